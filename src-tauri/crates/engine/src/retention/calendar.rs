//! The preview as a calendar: days, newest first, each with the outcome for its backups.

use jiff::tz::TimeZone;

use super::Fate;
use super::period::{date_words, moment};

/// One day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Its date: `2026-11-22`.
    pub date: String,
    /// Its beginning.
    pub start_ms: i64,
    /// Its backups, newest first.
    pub backups: Vec<Fate>,
}

/// The days that have backups; `fates` are sorted, newest first.
pub fn calendar(fates: &[Fate], zone: &TimeZone) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for fate in fates {
        let date = date_words(fate.at_ms, zone);
        match days.last_mut() {
            Some(day) if day.date == date => day.backups.push(fate.clone()),
            _ => {
                let at = moment(fate.at_ms, zone);
                let start = at.start_of_day().map_or_else(|_| at.timestamp(), |start| start.timestamp());
                days.push(Day { date, start_ms: start.as_millisecond(), backups: vec![fate.clone()] });
            }
        }
    }
    days
}
