//! A limit in bytes per second, over all streams of all downloads that share it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So much may be caught up with after nothing came for a while.
const BURST: Duration = Duration::from_millis(50);
/// How soon a changed limit is felt.
const SLICE: Duration = Duration::from_millis(200);

/// A limit in bytes per second that can be changed while downloads run. Clones are the same limit: what
/// one download takes, the others that share it wait for.
#[derive(Debug, Clone, Default)]
pub struct Rate(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// None for 0.
    bytes_per_second: AtomicU64,
    /// When the next byte may pass; nothing passed yet for `None`.
    next: Mutex<Option<Instant>>,
}

impl Rate {
    /// At most so many bytes per second.
    pub fn of(bytes_per_second: u64) -> Self {
        let rate = Self::default();
        rate.set(Some(bytes_per_second));
        rate
    }

    /// From now on; without a limit for `None`.
    pub fn set(&self, bytes_per_second: Option<u64>) {
        self.0.bytes_per_second.store(bytes_per_second.map_or(0, |rate| rate.max(1)), Ordering::Relaxed);
    }

    /// Bytes per second, where there is a limit.
    pub fn get(&self) -> Option<u64> {
        Some(self.0.bytes_per_second.load(Ordering::Relaxed)).filter(|rate| *rate > 0)
    }

    /// Returns when so many bytes were allowed to come.
    pub(super) async fn take(&self, bytes: usize) {
        let Some(rate) = self.get() else { return };
        let due = self.reserve(bytes, rate, Instant::now());
        loop {
            let now = Instant::now();
            if now >= due {
                return;
            }
            if self.get() != Some(rate) {
                // What was reserved at the old rate is void at the new one.
                *self.0.next.lock().unwrap_or_else(PoisonError::into_inner) = None;
                return;
            }
            tokio::time::sleep_until(due.min(now + SLICE)).await;
        }
    }

    fn reserve(&self, bytes: usize, rate: u64, now: Instant) -> Instant {
        #[expect(clippy::cast_precision_loss, reason = "a time to sleep")]
        let takes = Duration::from_secs_f64(bytes as f64 / rate as f64);
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        let mut next = self.0.next.lock().unwrap_or_else(PoisonError::into_inner);
        let due = next.map_or(now, |next| next.max(earliest)) + takes;
        *next = Some(due);
        due
    }
}
