//! What a schedule does, when, and in which time zone: as stored and typed.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::cron;
use base::failure::Failure;

/// What a schedule has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// A backup, read back.
    Backup,
    /// What a platform backed up and is not here, fetched and read back.
    Pull,
    /// The newest backup's bytes are read back.
    VerifyQuick,
    /// One table of the newest backup is restored, each time another one.
    VerifySample,
    /// The newest backup is read back, opened, and its rows are counted.
    VerifyFull,
    /// The newest backup is restored, all of it.
    Drill,
    /// Backups that the policy does not keep are removed, then what no backup of the vault needs.
    Prune,
    /// The vault is copied to its replicas, and a part of each is read back.
    Copy,
}

impl Work {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Backup,
        Self::Pull,
        Self::VerifyQuick,
        Self::VerifySample,
        Self::VerifyFull,
        Self::Drill,
        Self::Prune,
        Self::Copy,
    ];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Pull => "pull",
            Self::VerifyQuick => "verify_quick",
            Self::VerifySample => "verify_sample",
            Self::VerifyFull => "verify_full",
            Self::Drill => "drill",
            Self::Prune => "prune",
            Self::Copy => "copy",
        }
    }

    /// The work that is stored under this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|work| work.as_str() == word)
    }

    /// Whether it brings a newer recovery point.
    pub fn brings_recovery_point(self) -> bool {
        matches!(self, Self::Backup | Self::Pull)
    }
}

/// By which clock a rule is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// That of the place where this computer is, wherever that is at the time.
    Local,
    /// Coordinated universal time.
    Utc,
}

impl Zone {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Utc => "utc",
        }
    }

    /// The zone that is stored under this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Local, Self::Utc].into_iter().find(|zone| zone.as_str() == word)
    }

    /// The time zone, on a computer that is in `local`.
    pub fn on(self, local: &TimeZone) -> TimeZone {
        match self {
            Self::Local => local.clone(),
            Self::Utc => TimeZone::UTC,
        }
    }
}

/// A time on the clock, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(Time);

impl TimeOfDay {
    /// Reads `02:30`.
    ///
    /// # Errors
    /// `invalid_request` with what was seen.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let number = |digits: &str| {
            let is_number = matches!(digits.len(), 1 | 2) && digits.bytes().all(|b| b.is_ascii_digit());
            if is_number { digits.parse::<i8>().ok() } else { None }
        };
        let read = || {
            let (hours, minutes) = text.trim().split_once(':')?;
            let minutes = number(minutes).filter(|_| minutes.len() == 2)?;
            Time::new(number(hours)?, minutes, 0, 0).ok()
        };
        read().map(Self).ok_or_else(|| {
            Failure::invalid(
                format!("{text:?} is no time of day"),
                "Give hours and minutes from 00:00 to 23:59, as 02:30.",
            )
        })
    }

    /// The time.
    pub(crate) fn time(self) -> Time {
        self.0
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = Failure;

    fn try_from(text: String) -> Result<Self, Failure> {
        Self::parse(&text)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// When work is due.
///
/// By the clock of its zone: a time that does not exist, since a clock went forward over it, is due at the next
/// moment that exists; one that exists twice is due once, the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Rule {
    /// At every full hour of universal time: hours are counted, whatever a clock is set to.
    Hourly,
    /// Every day.
    Daily {
        /// When.
        at: TimeOfDay,
    },
    /// Every week.
    Weekly {
        /// On which day.
        #[serde(with = "weekday")]
        day: Weekday,
        /// When.
        at: TimeOfDay,
    },
    /// Every month.
    Monthly {
        /// On which day, 1 to 31; in a month that has no such day, on its last.
        day: u8,
        /// When.
        at: TimeOfDay,
    },
    /// As a cron expression of five fields says.
    Cron {
        /// The expression.
        expression: String,
    },
}

impl Rule {
    /// Every week; `day` as `mon` or `Monday`.
    ///
    /// # Errors
    /// `invalid_request` with what was seen.
    pub fn weekly(day: &str, at: &str) -> Result<Self, Failure> {
        Ok(Self::Weekly { day: parse_day(day)?, at: TimeOfDay::parse(at)? })
    }

    /// Every month; `day` from `1` to `31`.
    ///
    /// # Errors
    /// `invalid_request` with what was seen.
    pub fn monthly(day: &str, at: &str) -> Result<Self, Failure> {
        let known = day.trim().parse().ok().filter(|day: &u8| (1..=31).contains(day)).ok_or_else(|| {
            Failure::invalid(
                format!("{day:?} is no day of a month"),
                "Give a day from 1 to 31; in a month that has no such day the last one is meant.",
            )
        })?;
        Ok(Self::Monthly { day: known, at: TimeOfDay::parse(at)? })
    }

    /// As a cron expression says.
    ///
    /// # Errors
    /// `invalid_request` with what was seen, also for one that never comes.
    pub fn cron(expression: &str) -> Result<Self, Failure> {
        cron::parse(expression)?;
        Ok(Self::Cron { expression: expression.trim().to_owned() })
    }
}

/// Days of the week, as they are stored and typed.
mod weekday {
    use jiff::civil::Weekday;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];

    /// Three letters are enough.
    pub(super) fn parse(text: &str) -> Option<Weekday> {
        let text = text.trim().to_lowercase();
        let is_named = |name: &str| text == name || text == name[..3];
        NAMES.into_iter().find(|(name, _)| is_named(name)).map(|(_, day)| day)
    }

    pub(super) fn name(day: Weekday) -> &'static str {
        NAMES.into_iter().find(|(_, one)| *one == day).map_or("", |(name, _)| name)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over like this")]
    pub(super) fn serialize<S: Serializer>(day: &Weekday, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(name(*day))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Weekday, D::Error> {
        let text = String::deserialize(from)?;
        parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no day of the week")))
    }
}

/// A day of the week that may be absent, as it is stored.
pub(super) mod optional_weekday {
    use jiff::civil::Weekday;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands it over like this"
    )]
    pub(in crate::schedule) fn serialize<S: Serializer>(
        day: &Option<Weekday>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        day.map(super::weekday::name).serialize(to)
    }

    pub(in crate::schedule) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Weekday>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| super::weekday::parse(&text).ok_or_else(|| D::Error::custom("no day of the week")))
            .transpose()
    }
}

/// Reads a day of the week, as `mon` or `Monday`.
///
/// # Errors
/// `invalid_request` with what was seen.
pub(super) fn parse_day(day: &str) -> Result<Weekday, Failure> {
    weekday::parse(day).ok_or_else(|| {
        Failure::invalid(
            format!("{day:?} is no day of the week"),
            "Give one of mon, tue, wed, thu, fri, sat, sun.",
        )
    })
}

/// The name of a day, in full and in small letters.
pub(super) fn day_name(day: Weekday) -> &'static str {
    weekday::name(day)
}
