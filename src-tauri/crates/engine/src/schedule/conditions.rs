//! Conditions that delay due work: battery, metered network, quiet hours.
//!
//! An unknown condition delays nothing. `plan` decides whether a condition is overridden because data would
//! be lost.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::rule::{TimeOfDay, day_name, optional_weekday, parse_day};
use super::surroundings::{Power, Seen};
use base::failure::Failure;

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
    /// When the source is under maintenance. Never overridden: a read could get inconsistent data.
    #[serde(default)]
    pub maintenance: Option<Maintenance>,
}

impl Conditions {
    /// What is meant where nobody says otherwise.
    pub fn usual() -> Self {
        Self {
            battery_percent_min: Some(BATTERY_PERCENT_MIN),
            unmetered_only: true,
            quiet: None,
            maintenance: None,
        }
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

/// Hours in which a server is worked on: each day, or on one day of the week, the one on which they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// The day of the week; absent means every day.
    #[serde(default, with = "optional_weekday")]
    pub day: Option<Weekday>,
    /// The hours.
    pub hours: QuietHours,
}

impl Maintenance {
    /// Maintenance on a day of the week, as `sun` or `Sunday`; absent means every day.
    ///
    /// # Errors
    /// `invalid_request` with what was seen.
    pub fn new(day: Option<&str>, hours: QuietHours) -> Result<Self, Failure> {
        Ok(Self { day: day.map(parse_day).transpose()?, hours })
    }

    /// Its day, in full and in small letters.
    pub fn day_name(self) -> Option<&'static str> {
        self.day.map(day_name)
    }

    /// When it ends, where it goes on now.
    fn end(self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let today = zone.to_datetime(now).date();
        let (from, to) = (self.hours.from.time(), self.hours.to.time());
        let days_long = i32::from(to <= from);
        // What began yesterday may go on.
        [0, -1].into_iter().find_map(|days| {
            let begins = today.checked_add(days.days()).ok()?;
            if self.day.is_some_and(|day| begins.weekday() != day) {
                return None;
            }
            let ends = begins.checked_add(days_long.days()).ok()?;
            let [begin, end] =
                [begins.to_datetime(from), ends.to_datetime(to)].map(|at| zone.to_timestamp(at).ok());
            end.filter(|end| begin.is_some_and(|begin| begin <= now) && now < *end)
        })
    }
}

impl std::fmt::Display for Maintenance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.day {
            Some(day) => write!(f, "{} {}", &day_name(day)[..3], self.hours),
            None => write!(f, "{}", self.hours),
        }
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
    /// Whether its server is worked on now.
    pub(super) fn maintenance_now(&self, zone: &TimeZone, now: Timestamp) -> Option<Obstacle> {
        let maintenance = self.maintenance?;
        let end = maintenance.end(zone, now)?;
        Some(Obstacle { why: format!("its server is being maintained ({maintenance})"), until: Some(end) })
    }

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
    fn maintenance_holds_on_its_day_and_over_the_midnight_after_it() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let sunday = Maintenance::new(Some("Sun"), quiet("23:00", "01:00")).unwrap();
        let end = |text: &str| sunday.end(&TimeZone::UTC, at(text)).map(|end| end.to_string());
        // The 22nd of November 2026 is a Sunday.
        assert_eq!(end("2026-11-22T22:59:59Z"), None);
        assert_eq!(end("2026-11-22T23:00:00Z").as_deref(), Some("2026-11-23T01:00:00Z"));
        assert_eq!(end("2026-11-23T00:30:00Z").as_deref(), Some("2026-11-23T01:00:00Z"));
        assert_eq!(end("2026-11-23T01:00:00Z"), None);
        assert_eq!(end("2026-11-22T00:30:00Z"), None);
        let daily = Maintenance::new(None, quiet("03:00", "04:00")).unwrap();
        assert!(daily.end(&TimeZone::UTC, at("2026-11-25T03:59:00Z")).is_some());
        assert_eq!((sunday.to_string(), daily.to_string()), ("sun 23:00-01:00".into(), "03:00-04:00".into()));
        let stored = serde_json::to_string(&sunday).unwrap();
        assert_eq!(serde_json::from_str::<Maintenance>(&stored).unwrap(), sunday);
        assert_eq!(
            serde_json::from_str::<Maintenance>(&serde_json::to_string(&daily).unwrap()).unwrap(),
            daily
        );
        assert!(Maintenance::new(Some("noday"), quiet("03:00", "04:00")).is_err());
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
