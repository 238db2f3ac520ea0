//! A clock that stands where it was set.

use std::time::Duration;

use async_trait::async_trait;
use engine::schedule::Clock;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Shows this moment, in UTC.
#[derive(Debug, Clone, Copy)]
pub struct StoppedClock(pub Timestamp);

impl StoppedClock {
    /// So many milliseconds after 1970.
    pub fn at_ms(ms: i64) -> Self {
        Self(Timestamp::from_millisecond(ms).unwrap())
    }
}

#[async_trait]
impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    async fn rest(&self, _: Option<Timestamp>) {
        // It stands; whoever rests looks again soon, in case that something else changed.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
