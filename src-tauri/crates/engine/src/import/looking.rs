//! Running inspections of files: their progress, and cancelling them.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;

/// As often as the progress of a run.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// How far a look is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookedAt {
    /// Bytes read of the files so far.
    pub bytes: u64,
    /// Bytes that they have, as their folder says.
    pub bytes_total: u64,
}

/// Who watches a look, and by which name it can be ended.
#[derive(Clone)]
pub struct Looking {
    /// The name; without one nobody ends it.
    pub id: Option<String>,
    /// Is told how far it is, at most ten times a second.
    pub tell: Arc<dyn Fn(LookedAt) + Send + Sync>,
}

impl Default for Looking {
    fn default() -> Self {
        Self { id: None, tell: Arc::new(|_| {}) }
    }
}

impl fmt::Debug for Looking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Looking").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Tells of one file after the other as of one.
pub(super) struct Teller {
    tell: Arc<dyn Fn(LookedAt) + Send + Sync>,
    before: u64,
    bytes_total: u64,
    last: Cell<Instant>,
}

impl Teller {
    /// Before the first byte of the next file, when `before` bytes of others were read.
    pub(super) fn new(looking: &Looking, before: u64, bytes_total: u64) -> Self {
        let teller =
            Self { tell: looking.tell.clone(), before, bytes_total, last: Cell::new(Instant::now()) };
        teller.say(0);
        teller
    }

    /// So many bytes of this file were read.
    pub(super) fn read(&self, bytes: u64) {
        if self.last.get().elapsed() >= TELL_EVERY {
            self.last.set(Instant::now());
            self.say(bytes);
        }
    }

    fn say(&self, bytes: u64) {
        // A file that grows meanwhile is not more than whole.
        let bytes = self.before.saturating_add(bytes).min(self.bytes_total);
        (self.tell)(LookedAt { bytes, bytes_total: self.bytes_total });
    }
}

/// The size of each, as its folder says; what cannot be asked is named when it is opened.
pub(super) fn sizes(paths: &[Utf8PathBuf]) -> Vec<u64> {
    paths.iter().map(|path| std::fs::metadata(path).map_or(0, |known| known.len())).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn several_files_are_told_of_as_one_and_never_as_more_than_whole() {
        let heard: Arc<Mutex<Vec<u64>>> = Arc::default();
        let tell = {
            let heard = heard.clone();
            move |at: LookedAt| heard.lock().unwrap().push(at.bytes * 100 / at.bytes_total)
        };
        let looking = Looking { id: None, tell: Arc::new(tell) };
        let second = Teller::new(&looking, 60, 100);
        second.say(30);
        second.say(4000);
        assert_eq!(*heard.lock().unwrap(), [60, 90, 100]);
    }
}
