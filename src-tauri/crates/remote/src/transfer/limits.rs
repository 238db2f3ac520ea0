//! What a download may take: streams, bytes per second, time without bytes. And the switch that pauses it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::rate::Rate;

/// Streams of one download, whatever is asked for; above it servers see an attack.
pub const STREAMS_MAX: usize = 16;
/// Streams of one download unless somebody chose otherwise.
pub const STREAMS_DEFAULT: usize = 8;
/// A connection that gives nothing for so long is made again.
const IDLE_LIMIT: Duration = Duration::from_secs(30);
/// A download that gets nothing for so long, while the computer is awake, has failed.
const STALL_LIMIT: Duration = Duration::from_mins(10);

/// Limits of one download.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most streams at once, from 1 to [`STREAMS_MAX`].
    pub streams_max: usize,
    /// Bytes per second over all streams, and over all downloads that share it.
    pub rate: Rate,
    /// A connection that gives nothing for so long is made again.
    pub idle: Duration,
    /// Without a byte for so long, sleep of the computer not counted, the download fails.
    pub stall: Duration,
    /// What time it is, by the clock that links expire by.
    pub clock: Clock,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            streams_max: STREAMS_DEFAULT,
            rate: Rate::default(),
            idle: IDLE_LIMIT,
            stall: STALL_LIMIT,
            clock: Clock::default(),
        }
    }
}

/// Tells the time of day. Another one than the system's is for tests.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// Asks this for the time.
    pub fn of(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::of(Timestamp::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Pauses a download and lets it go on. Clones are the same switch.
#[derive(Debug, Clone)]
pub struct Pause(Arc<watch::Sender<bool>>);

impl Default for Pause {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Pause {
    /// Pauses, or goes on. A paused download has no connection open.
    pub fn set(&self, is_paused: bool) {
        self.0.send_replace(is_paused);
    }

    /// Whether it pauses now.
    pub fn is_paused(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is, or is not, paused.
    pub(super) async fn until(&self, is_paused: bool) {
        // The sender is here, so that it cannot have gone.
        let _ = self.0.subscribe().wait_for(|now| *now == is_paused).await;
    }
}
