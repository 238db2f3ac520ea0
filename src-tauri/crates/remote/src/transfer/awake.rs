//! Whether the computer slept, and how long it was awake. Pure: both clocks are handed in.
//!
//! The monotonic clock stands still in sleep on some systems and runs on others; the wall clock always
//! runs on. A tick that should come after a quarter of a second and comes after ten is a sleep either way.

use std::time::Duration;

use jiff::Timestamp;

/// Between two ticks.
pub(super) const TICK: Duration = Duration::from_millis(250);
/// A busy computer may be late by less than this.
const SLEEP_MIN: Duration = Duration::from_secs(10);
/// A late tick counts at most so much as time awake.
const COUNTED_MAX: Duration = Duration::from_secs(2);

/// Both clocks at the last tick.
#[derive(Debug, Clone, Copy)]
pub(super) struct Awake {
    wall: Timestamp,
    monotonic: Duration,
}

/// What a tick showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tick {
    /// How long the computer was awake since the last one.
    pub(super) awake: Duration,
    /// How long it slept, where it did.
    pub(super) slept: Option<Duration>,
}

impl Awake {
    pub(super) fn new(wall: Timestamp, monotonic: Duration) -> Self {
        Self { wall, monotonic }
    }

    pub(super) fn tick(&mut self, wall: Timestamp, monotonic: Duration) -> Tick {
        // A wall clock that was set back says nothing.
        let by_wall = Duration::try_from(wall.duration_since(self.wall)).unwrap_or_default();
        let by_monotonic = monotonic.saturating_sub(self.monotonic);
        *self = Self { wall, monotonic };
        let longest = by_wall.max(by_monotonic);
        Tick {
            awake: by_monotonic.min(COUNTED_MAX),
            slept: Some(longest).filter(|longest| *longest >= SLEEP_MIN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn sleep_shows_in_either_clock_and_does_not_count_as_time_without_progress() {
        let mut awake = Awake::new(at(1000), Duration::ZERO);
        let tick = awake.tick(at(1001), Duration::from_secs(1));
        assert_eq!(tick, Tick { awake: Duration::from_secs(1), slept: None });
        // The monotonic clock stood still.
        let tick = awake.tick(at(8201), Duration::from_millis(1250));
        assert_eq!(tick.slept, Some(Duration::from_hours(2)));
        assert_eq!(tick.awake, Duration::from_millis(250));
        // It ran on.
        let tick = awake.tick(at(8261), Duration::from_millis(61_250));
        assert_eq!(tick, Tick { awake: COUNTED_MAX, slept: Some(Duration::from_mins(1)) });
        // The wall clock was set back.
        let tick = awake.tick(at(1), Duration::from_millis(61_500));
        assert_eq!(tick, Tick { awake: Duration::from_millis(250), slept: None });
    }
}
