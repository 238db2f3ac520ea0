//! Why a backup stays or is removed: every reason, in words.

use jiff::tz::TimeZone;

use super::period::date_words;
use super::policy::age_words;

/// Why a backup stays, or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The project has no policy.
    NoPolicy,
    /// Nothing is removed at this moment.
    Paused,
    /// It is dated later than now, and does not count before that moment.
    DatedLater(i64),
    /// It is the newest verified one.
    NewestVerified,
    /// It is one of so many that always stay.
    Floor(u32),
    /// A person holds it.
    Held(String),
    /// An undo of a restore needs it; until when, where that ends by itself.
    Undo {
        /// What needs it.
        what: String,
        /// Until when.
        until_ms: Option<i64>,
    },
    /// Another backup that stays is nothing without it.
    NeededBy {
        /// That backup.
        id: String,
        /// Until when that one stays, where that is a date.
        until_ms: Option<i64>,
    },
    /// A person said until when.
    Until(i64),
    /// It is one of so many newest.
    Last(u32),
    /// A tier keeps it: its code, and its words.
    Tier(&'static str, String),
    /// It is at most so much older than the newest verified one.
    Within {
        /// The age.
        within_ms: i64,
        /// Until when that is, as long as backups go on.
        until_ms: i64,
    },
    /// It is not verified, and neither is any other.
    NothingVerified,
    /// It is not verified, and the floor is not reached.
    TooFewVerified(u32),
    /// It is not verified, and newer than the newest verified one.
    NewerThanVerified,
    /// It is not verified; it is kept for some time, since it may still be.
    Grace {
        /// Until when.
        until_ms: i64,
        /// Its last proof failed.
        is_failed: bool,
    },
    /// It is not verified; verified, it would be kept for this.
    WouldBe(String),
    /// No rule keeps it.
    NoRule,
    /// Its date came.
    Expired(i64),
    /// It was never verified in its time.
    NeverVerified,
    /// Its last proof failed.
    Failed,
    /// It counts for nothing, and why.
    HeldBack(String),
}

impl Reason {
    /// A stable word for what it is.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoPolicy => "no_policy",
            Self::Paused => "paused",
            Self::DatedLater(_) => "dated_later",
            Self::NewestVerified => "newest_verified",
            Self::Floor(_) => "floor",
            Self::Held(_) => "held",
            Self::Undo { .. } => "undo",
            Self::NeededBy { .. } => "needed_by",
            Self::Until(_) => "until",
            Self::Last(_) => "last",
            Self::Tier(code, _) => code,
            Self::Within { .. } => "within",
            Self::NothingVerified => "nothing_verified",
            Self::TooFewVerified(_) => "too_few_verified",
            Self::NewerThanVerified => "newer_than_verified",
            Self::Grace { .. } => "grace",
            Self::WouldBe(_) => "would_be",
            Self::NoRule => "no_rule",
            Self::Expired(_) => "expired",
            Self::NeverVerified => "never_verified",
            Self::Failed => "failed",
            Self::HeldBack(_) => "held_back",
        }
    }

    /// For people; dates are of `zone`.
    pub fn words(&self, zone: &TimeZone) -> String {
        let date = |at_ms: &i64| date_words(*at_ms, zone);
        match self {
            Self::NoPolicy => "there is no policy: everything is kept".into(),
            Self::Paused => "retention is paused".into(),
            Self::DatedLater(at) => format!("dated later than now: does not count until {}", date(at)),
            Self::NewestVerified => "newest verified".into(),
            Self::Floor(1) => "the one that always stays".into(),
            Self::Floor(floor) => format!("one of the {floor} that stay"),
            Self::Held(why) => format!("held: {why}"),
            Self::Undo { what, until_ms: Some(until) } => format!("needed for {what}, until {}", date(until)),
            Self::Undo { what, until_ms: None } => format!("needed for {what}"),
            Self::NeededBy { id, .. } => {
                format!("backup {} needs it", id.chars().take(8).collect::<String>())
            }
            Self::Until(until) => format!("kept until {}, as somebody said", date(until)),
            Self::Last(count) => format!("one of the last {count}"),
            Self::Tier(_, words) => words.clone(),
            Self::Within { within_ms, .. } => format!("within {} of the newest", age_words(*within_ms)),
            Self::NothingVerified => "not verified, and no other one is".into(),
            Self::TooFewVerified(floor) => {
                format!("not verified: does not count, kept until {floor} are verified")
            }
            Self::NewerThanVerified => "not verified, and newer than the newest verified one".into(),
            Self::Grace { until_ms, is_failed: false } => {
                format!("not verified: does not count, kept until {}", date(until_ms))
            }
            Self::Grace { until_ms, is_failed: true } => {
                format!("its last proof failed: does not count, kept until {}", date(until_ms))
            }
            Self::WouldBe(words) => format!("not verified: does not count; verified it would be {words}"),
            Self::NoRule => "no rule keeps it".into(),
            Self::Expired(at) => format!("its date came: {}", date(at)),
            Self::NeverVerified => "not verified, and newer ones are".into(),
            Self::Failed => "its last proof failed, and newer ones are verified".into(),
            Self::HeldBack(why) => format!("it counts for nothing: {why}"),
        }
    }

    /// Until when it holds, where it ends by a date.
    pub(super) fn until_ms(&self) -> Option<i64> {
        match self {
            Self::Undo { until_ms, .. } | Self::NeededBy { until_ms, .. } => *until_ms,
            Self::Until(until_ms) | Self::Within { until_ms, .. } | Self::Grace { until_ms, .. } => {
                Some(*until_ms)
            }
            _ => None,
        }
    }

    /// Whether it holds beyond a date that a person set.
    pub(super) fn outlasts_a_date(&self) -> bool {
        matches!(
            self,
            Self::NoPolicy
                | Self::Paused
                | Self::DatedLater(_)
                | Self::NewestVerified
                | Self::Floor(_)
                | Self::Held(_)
                | Self::Undo { .. }
                | Self::NeededBy { .. }
                | Self::NothingVerified
                | Self::TooFewVerified(_)
                | Self::NewerThanVerified
        )
    }
}
