//! The time, in one place.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// No rest is longer: a laptop sleeps meanwhile, and clocks are set.
const REST_MAX: Duration = Duration::from_mins(1);

/// Now, in UTC milliseconds.
pub fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// What tells a scheduler the time, and lets it rest.
#[async_trait]
pub trait Clock: std::fmt::Debug + Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// The time zone that this computer is in now; it may be another one later.
    fn zone(&self) -> TimeZone;

    /// Returns when it is time to look again: at `until` at the latest, where that is known.
    async fn rest(&self, until: Option<Timestamp>);
}

/// The clock of this computer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn zone(&self) -> TimeZone {
        TimeZone::system()
    }

    async fn rest(&self, until: Option<Timestamp>) {
        let left = until.and_then(|until| Duration::try_from(until.duration_since(self.now())).ok());
        tokio::time::sleep(left.unwrap_or(REST_MAX).min(REST_MAX)).await;
    }
}
