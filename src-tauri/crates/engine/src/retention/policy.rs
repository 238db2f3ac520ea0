//! The policy of a project: how many of its verified backups stay, by tiers.

use jiff::tz::TimeZone;

use base::clock::now_ms;
use base::command::{self, Command, RetentionSet};
use base::failure::Failure;
use ledger::catalog::{FLOOR_USUAL, RetentionRecord};

/// More of one tier is a mistake in typing.
const COUNT_MAX: u32 = 10_000;
/// More than that always stays is no retention any more.
const FLOOR_MAX: u32 = 1_000;
const SECOND_MS: i64 = 1000;
const HOUR_MS: i64 = 60 * 60 * SECOND_MS;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;
const WITHIN_MS_MIN: i64 = HOUR_MS;
const WITHIN_MS_MAX: i64 = 100 * 366 * DAY_MS;

/// Which verified backups of a project stay. Each figure adds to what the others keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// So many of the newest.
    pub keep_last: u32,
    /// The newest of each of so many hours that have one.
    pub hourly: u32,
    /// The newest of each of so many days that have one.
    pub daily: u32,
    /// The newest of each of so many weeks that have one; weeks begin on Monday.
    pub weekly: u32,
    /// The newest of each of so many months that have one.
    pub monthly: u32,
    /// The newest of each of so many years that have one.
    pub yearly: u32,
    /// All that are at most so much older than the newest verified one (milliseconds).
    pub within_ms: Option<i64>,
    /// So many of the newest always stay, whoever deletes; at least one.
    pub floor: u32,
    /// The time zone in which hours, days and so on begin, by its IANA name.
    pub zone: String,
}

/// Policies that systems of today have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// 24 hours, 30 days, 12 weeks, 12 months, 7 years.
    Omniops,
    /// 24 hours, 7 days, 4 weeks, 12 months.
    Wedsync,
    /// The last seven.
    Keep7,
    /// Everything of 30 days.
    ThirtyDays,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Omniops, Self::Wedsync, Self::Keep7, Self::ThirtyDays];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Omniops => "omniops",
            Self::Wedsync => "wedsync",
            Self::Keep7 => "keep-7",
            Self::ThirtyDays => "30-days",
        }
    }

    /// The preset of this name.
    ///
    /// # Errors
    /// `invalid_request`, with the names that there are.
    pub fn named(name: &str) -> Result<Self, Failure> {
        Self::ALL.into_iter().find(|preset| preset.name() == name.trim()).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Failure::invalid(format!("there is no preset {name:?}"), format!("Choose one of: {names}."))
        })
    }

    /// Its policy, with the usual floor, in this computer's time zone.
    pub fn policy(self) -> Policy {
        let none = Policy::nothing();
        match self {
            Self::Omniops => Policy { hourly: 24, daily: 30, weekly: 12, monthly: 12, yearly: 7, ..none },
            Self::Wedsync => Policy { hourly: 24, daily: 7, weekly: 4, monthly: 12, ..none },
            Self::Keep7 => Policy { keep_last: 7, ..none },
            Self::ThirtyDays => Policy { within_ms: Some(30 * DAY_MS), ..none },
        }
    }
}

impl Policy {
    /// A policy with no figure but the usual floor, in this computer's time zone.
    pub fn nothing() -> Self {
        let zone = TimeZone::system().iana_name().unwrap_or("UTC").to_owned();
        Self {
            keep_last: 0,
            hourly: 0,
            daily: 0,
            weekly: 0,
            monthly: 0,
            yearly: 0,
            within_ms: None,
            floor: FLOOR_USUAL,
            zone,
        }
    }

    /// The preset that it is, floor and time zone apart.
    pub fn preset(&self) -> Option<Preset> {
        let as_preset =
            |preset: Preset| Self { floor: self.floor, zone: self.zone.clone(), ..preset.policy() };
        Preset::ALL.into_iter().find(|preset| as_preset(*preset) == *self)
    }

    /// Its time zone.
    ///
    /// # Errors
    /// `invalid_request` where this computer does not know it: another one would begin days elsewhere.
    pub fn time_zone(&self) -> Result<TimeZone, Failure> {
        TimeZone::get(&self.zone).map_err(|_| {
            Failure::invalid(
                format!("this computer knows no time zone {:?}", self.zone),
                "Give a name as in Europe/Berlin, or UTC.",
            )
        })
    }

    /// Itself, where it makes sense.
    ///
    /// # Errors
    /// `invalid_request`: it keeps nothing, a figure is out of bounds, or its time zone is unknown.
    pub fn checked(self) -> Result<Self, Failure> {
        let tiers = self.tiers();
        if tiers.iter().all(|(_, count)| *count == 0) && self.within_ms.is_none() {
            return Err(Failure::invalid(
                "a policy that keeps nothing",
                "Say what stays, for instance the last 7; to keep everything, take the policy away.",
            ));
        }
        if tiers.iter().any(|(_, count)| *count > COUNT_MAX) {
            return Err(Failure::invalid(
                format!("more than {COUNT_MAX} of one tier"),
                "Give a smaller number; to keep everything, take the policy away.",
            ));
        }
        let is_odd = |ms: i64| !(WITHIN_MS_MIN..=WITHIN_MS_MAX).contains(&ms) || ms % SECOND_MS != 0;
        if self.within_ms.is_some_and(is_odd) {
            return Err(Failure::invalid(
                "an age of less than an hour, of more than a hundred years, or not of whole seconds",
                "Give an age as in 30d.",
            ));
        }
        if !(1..=FLOOR_MAX).contains(&self.floor) {
            return Err(Failure::invalid(
                format!("a floor of {}", self.floor),
                format!("Give 1 to {FLOOR_MAX}: at least the newest verified backup always stays."),
            ));
        }
        self.time_zone()?;
        Ok(self)
    }

    fn tiers(&self) -> [(&'static str, u32); 6] {
        [
            ("last", self.keep_last),
            ("hourly", self.hourly),
            ("daily", self.daily),
            ("weekly", self.weekly),
            ("monthly", self.monthly),
            ("yearly", self.yearly),
        ]
    }

    /// In one sentence.
    pub fn words(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (tier, count) in self.tiers().into_iter().filter(|(_, count)| *count > 0) {
            parts.push(if tier == "last" { format!("the last {count}") } else { format!("{count} {tier}") });
        }
        if let Some(ms) = self.within_ms {
            parts.push(format!("all within {} of the newest", age_words(ms)));
        }
        let stay = if self.floor == 1 { "stays" } else { "stay" };
        format!(
            "Keep {}; {} verified always {stay}. Days are of {}.",
            parts.join(", "),
            self.floor,
            self.zone
        )
    }

    /// The command line that sets it for a project.
    pub fn command(&self, project: &str) -> String {
        let (project, policy) = (project.to_owned(), Some(self.as_typed()));
        Command::RetentionSet(RetentionSet { project, policy }).to_string()
    }

    /// As it is typed: one that is ready by its name, and the usual floor not at all.
    pub fn as_typed(&self) -> command::Policy {
        let Self { keep_last, hourly, daily, weekly, monthly, yearly, within_ms, floor, zone } = self.clone();
        command::Policy {
            preset: self.preset().map(Preset::name),
            keep_last,
            hourly,
            daily,
            weekly,
            monthly,
            yearly,
            within_ms,
            floor: Some(floor).filter(|floor| *floor != FLOOR_USUAL),
            zone,
        }
    }

    pub(super) fn record(&self) -> RetentionRecord {
        RetentionRecord {
            keep_last: self.keep_last.into(),
            hourly: self.hourly.into(),
            daily: self.daily.into(),
            weekly: self.weekly.into(),
            monthly: self.monthly.into(),
            yearly: self.yearly.into(),
            within_ms: self.within_ms,
            floor: self.floor.into(),
            zone: self.zone.clone(),
            set_at_ms: now_ms(),
        }
    }

    pub(super) fn of_record(record: RetentionRecord) -> Self {
        // What the catalogue holds passed the checks; a larger figure would keep more, never less.
        let count = |stored: i64| u32::try_from(stored).unwrap_or(u32::MAX);
        Self {
            keep_last: count(record.keep_last),
            hourly: count(record.hourly),
            daily: count(record.daily),
            weekly: count(record.weekly),
            monthly: count(record.monthly),
            yearly: count(record.yearly),
            within_ms: record.within_ms,
            floor: count(record.floor).max(1),
            zone: record.zone,
        }
    }
}

/// An age in days where it is whole days, else in hours.
pub(super) fn age_words(ms: i64) -> String {
    let hours = ms / HOUR_MS;
    let (count, unit) = if ms % DAY_MS == 0 { (ms / DAY_MS, "day") } else { (hours, "hour") };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}
