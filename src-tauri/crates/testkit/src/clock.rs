//! Clocks: one that stands where it was set, and one that wakes nobody.

use std::time::Duration;

use async_trait::async_trait;
use engine::schedule::{Clock, SystemClock};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::Notify;

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

/// The clock of this computer, which wakes nobody: who rests by it wakes by what happens, or never.
#[derive(Debug, Default)]
pub struct SilentClock(Notify);

impl SilentClock {
    /// Returns once somebody rests.
    pub async fn rests(&self) {
        self.0.notified().await;
    }
}

#[async_trait]
impl Clock for SilentClock {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn zone(&self) -> TimeZone {
        SystemClock.zone()
    }

    async fn rest(&self, _: Option<Timestamp>) {
        self.0.notify_one();
        std::future::pending::<()>().await;
    }
}
