//! When work that is due waits all the same: battery, metered network, quiet hours.
//!
//! What is not known holds nothing up. Whether a condition gives way, since data would be lost, is `plan`'s to say.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::rule::TimeOfDay;
use super::surroundings::{Power, Seen};
use crate::failure::Failure;

/// Below this an emptying battery is not emptied further, unless somebody said otherwise.
const BATTERY_PERCENT_MIN: u8 = 30;
/// A day's quiet hours end within two days, whatever a clock does.
const DAYS_AHEAD: i32 = 2;

/// When a schedule waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// On battery it waits below so many per cent; absent means that it does not look.
    pub battery_percent_min: Option<u8>,
    /// Whether it waits on a network that costs by what goes over it.
    pub unmetered_only: bool,
    /// When nobody wants to be disturbed.
    pub quiet: Option<QuietHours>,
}

impl Conditions {
    /// What is meant where nobody says otherwise.
    pub fn usual() -> Self {
        Self { battery_percent_min: Some(BATTERY_PERCENT_MIN), unmetered_only: true, quiet: None }
    }
}

/// Hours of each day, by the clock of the schedule; over midnight where they end before they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// Their first minute.
    pub from: TimeOfDay,
    /// The minute after their last.
    pub to: TimeOfDay,
}

impl QuietHours {
    /// Quiet hours.
    ///
    /// # Errors
    /// `invalid_request` where they end when they begin: that would be always, or never.
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Result<Self, Failure> {
        if from == to {
            return Err(Failure::invalid(
                format!("quiet hours from {from} to {to} are none, or all"),
                "Give two different times, as 08:00-18:00; to stop runs altogether pause the schedule.",
            ));
        }
        Ok(Self { from, to })
    }

    fn holds(self, reading: Time) -> bool {
        let (from, to) = (self.from.time(), self.to.time());
        if from < to { (from..to).contains(&reading) } else { reading >= from || reading < to }
    }

    /// When they end, where it is quiet now.
    pub(crate) fn end(self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let reading = zone.to_datetime(now);
        if !self.holds(reading.time()) {
            return None;
        }
        let ends = (0..DAYS_AHEAD).filter_map(|days| reading.date().checked_add(days.days()).ok());
        let ends = ends.filter_map(|date| zone.to_timestamp(date.to_datetime(self.to.time())).ok());
        ends.into_iter().find(|end| *end > now)
    }
}

impl std::fmt::Display for QuietHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

/// Why work waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Obstacle {
    /// The reason, as the rest of a sentence: `the battery is at 12 %`.
    pub(super) why: String,
    /// When it ends, where that is known.
    pub(super) until: Option<Timestamp>,
}

impl Conditions {
    /// What of all this is so now.
    pub(super) fn obstacle(&self, seen: Seen, zone: &TimeZone, now: Timestamp) -> Option<Obstacle> {
        let because = |why: String| Some(Obstacle { why, until: None });
        match (self.battery_percent_min, seen.power) {
            (Some(min), Power::Battery { percent }) if percent < min => {
                return because(format!(
                    "the battery is at {percent} % and not charged; it waits below {min} %"
                ));
            }
            _ => {}
        }
        if self.unmetered_only && seen.is_metered == Some(true) {
            return because("the network is metered".into());
        }
        let end = self.quiet.and_then(|quiet| Some((quiet, quiet.end(zone, now)?)));
        end.map(|(quiet, end)| Obstacle { why: format!("these are quiet hours ({quiet})"), until: Some(end) })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn quiet(from: &str, to: &str) -> QuietHours {
        QuietHours::new(TimeOfDay::parse(from).unwrap(), TimeOfDay::parse(to).unwrap()).unwrap()
    }

    #[test]
    fn quiet_hours_hold_their_first_minute_and_not_their_last_and_may_go_over_midnight() {
        let day = quiet("08:00", "18:00");
        let of_day = [time(7, 59, 59, 0), time(8, 0, 0, 0), time(17, 59, 0, 0), time(18, 0, 0, 0)];
        assert_eq!(of_day.map(|at| day.holds(at)), [false, true, true, false]);
        let night = quiet("22:00", "06:00");
        let of_night = [time(21, 59, 0, 0), time(22, 0, 0, 0), time(5, 59, 0, 0), time(6, 0, 0, 0)];
        assert_eq!(of_night.map(|at| night.holds(at)), [false, true, true, false]);
        let late: Timestamp = "2026-11-22T23:00:00Z".parse().unwrap();
        assert_eq!(night.end(&TimeZone::UTC, late), Some("2026-11-23T06:00:00Z".parse().unwrap()));
        assert!(
            QuietHours::new(TimeOfDay::parse("8:00").unwrap(), TimeOfDay::parse("08:00").unwrap()).is_err()
        );
    }
}
