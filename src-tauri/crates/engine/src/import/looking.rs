//! Looks at files that go on: how far they are, and ending them.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;

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

impl Engine {
    /// Ends a look. One that has ended already, or is not known, needs nothing.
    pub fn stop_looking(&self, id: &str) {
        self.looks.stop(id);
    }
}

/// The looks of this process, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Looks(Arc<Mutex<HashMap<String, CancellationToken>>>);

impl Looks {
    /// Begins one. It ends with what is given back, also where that is dropped half-way.
    pub(super) fn begin(&self, id: Option<String>) -> Look {
        let token = CancellationToken::new();
        if let Some(id) = &id {
            self.known().insert(id.clone(), token.clone());
        }
        Look { looks: self.clone(), id, token }
    }

    fn stop(&self, id: &str) {
        if let Some(token) = self.known().get(id) {
            token.cancel();
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look that goes on.
#[derive(Debug)]
pub(super) struct Look {
    looks: Looks,
    id: Option<String>,
    pub(super) token: CancellationToken,
}

impl Drop for Look {
    fn drop(&mut self) {
        // Whoever reads for somebody who is gone ends at its next chunk.
        self.token.cancel();
        if let Some(id) = &self.id {
            self.looks.known().remove(id);
        }
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
    use super::*;

    #[test]
    fn a_look_is_ended_by_its_name_and_by_nobody_waiting_for_it_and_then_forgotten() {
        let looks = Looks::default();
        let (one, other) = (looks.begin(Some("one".into())), looks.begin(None));
        looks.stop("other");
        assert!(!one.token.is_cancelled());
        looks.stop("one");
        assert!(one.token.is_cancelled() && !other.token.is_cancelled());
        let token = other.token.clone();
        drop((one, other));
        assert!(token.is_cancelled() && looks.known().is_empty());
    }

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
