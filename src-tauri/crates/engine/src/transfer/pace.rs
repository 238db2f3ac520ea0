//! A limit in bytes per second, over all streams of all downloads that share it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::limits::Rate;

/// So much may be caught up with after nothing came for a while.
const BURST: Duration = Duration::from_millis(50);
/// How soon a changed limit is felt.
const SLICE: Duration = Duration::from_millis(200);

/// Lets bytes through one after the other, each when its time has come.
#[derive(Debug)]
pub(super) struct Pace {
    rate: Rate,
    /// When the next byte may pass.
    next: Mutex<Instant>,
}

impl Pace {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, next: Mutex::new(Instant::now()) }
    }

    /// Returns when so many bytes were allowed to come.
    pub(super) async fn take(&self, bytes: usize) {
        let Some(rate) = self.rate.get() else { return };
        let due = self.reserve(bytes, rate, Instant::now());
        loop {
            let now = Instant::now();
            if now >= due {
                return;
            }
            if self.rate.get() != Some(rate) {
                // What was reserved at the old rate is void at the new one.
                *self.next.lock().unwrap_or_else(PoisonError::into_inner) = now;
                return;
            }
            tokio::time::sleep_until(due.min(now + SLICE)).await;
        }
    }

    fn reserve(&self, bytes: usize, rate: u64, now: Instant) -> Instant {
        #[expect(clippy::cast_precision_loss, reason = "a time to sleep")]
        let takes = Duration::from_secs_f64(bytes as f64 / rate as f64);
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = (*next).max(now.checked_sub(BURST).unwrap_or(now)) + takes;
        *next
    }
}
