//! A channel: target, filter, times.

use super::target::Target;
use crate::schedule::{QuietHours, TimeOfDay};
use ledger::catalog::{CatalogError, ChannelRecord};

/// How bad something has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Everything.
    All,
    /// Warnings and errors.
    Warnings,
    /// Errors.
    Errors,
    /// Nothing: the channel is off.
    None,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::All, Self::Warnings, Self::Errors, Self::None];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Warnings => "warnings",
            Self::Errors => "errors",
            Self::None => "none",
        }
    }
}

/// What a channel is told, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taste {
    /// How bad something has to be.
    pub level: Level,
    /// Whether each scheduled run is told; otherwise one that changes how things stand.
    pub each_run: bool,
    /// Hours of the day in which nothing is sent; held messages are sent at their end.
    pub quiet: Option<QuietHours>,
    /// Whether errors are told in quiet hours all the same.
    pub errors_in_quiet: bool,
    /// Time of day at which everything but errors is sent as one digest; absent means at once.
    pub digest_at: Option<TimeOfDay>,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where it leads.
    pub target: Target,
    /// Names its secrets in the keychain.
    pub(crate) secret_id: Option<String>,
    /// What it is told, and when.
    pub taste: Taste,
    /// What happened before is not told, in UTC milliseconds.
    pub created_at_ms: i64,
    /// The last time that something arrived.
    pub sent_at_ms: Option<i64>,
    /// Why the last attempt did not work, until one does, and when that was.
    pub problem: Option<(String, i64)>,
    /// Since when messages are given up.
    pub failing_since_ms: Option<i64>,
}

/// A channel, and what is on its way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelStanding {
    /// The channel.
    pub channel: Channel,
    /// Messages that wait: for their time, or to be tried again.
    pub waiting: u64,
    /// When the first of them is due, in UTC milliseconds.
    pub next_at_ms: Option<i64>,
    /// The name of the project that a heartbeat is about.
    pub project: Option<String>,
}

/// Under which name a channel's secrets rest.
pub(crate) fn secret_name(secret_id: &str) -> String {
    format!("channel:{secret_id}")
}

impl Channel {
    pub(crate) fn record(&self) -> Result<ChannelRecord, CatalogError> {
        let unwritable = |_| CatalogError::Unknown { column: "target", value: self.id.clone() };
        Ok(ChannelRecord {
            id: self.id.clone(),
            name: self.name.clone(),
            kind: self.target.kind().into(),
            target: serde_json::to_string(&self.target).map_err(unwritable)?,
            secret_id: self.secret_id.clone(),
            level: self.taste.level.as_str().into(),
            each_run: self.taste.each_run,
            quiet: self
                .taste
                .quiet
                .map(|quiet| serde_json::to_string(&quiet))
                .transpose()
                .map_err(unwritable)?,
            errors_in_quiet: self.taste.errors_in_quiet,
            digest_at: self.taste.digest_at.map(|at| at.to_string()),
            created_at_ms: self.created_at_ms,
            sent_at_ms: self.sent_at_ms,
            problem: self.problem.as_ref().map(|(problem, _)| problem.clone()),
            problem_at_ms: self.problem.as_ref().map(|(_, at)| *at),
            failing_since_ms: self.failing_since_ms,
        })
    }
}

impl TryFrom<ChannelRecord> for Channel {
    type Error = CatalogError;

    fn try_from(record: ChannelRecord) -> Result<Self, CatalogError> {
        let unknown = |column, value: &str| CatalogError::Unknown { column, value: value.to_owned() };
        let target = serde_json::from_str(&record.target).map_err(|_| unknown("target", &record.target))?;
        let level = Level::ALL.into_iter().find(|level| level.as_str() == record.level);
        let level = level.ok_or_else(|| unknown("level", &record.level))?;
        let quiet = record
            .quiet
            .as_deref()
            .map(|text| serde_json::from_str::<QuietHours>(text).map_err(|_| unknown("quiet", text)));
        let digest_at = record.digest_at.as_deref();
        let digest_at = digest_at.map(|at| TimeOfDay::parse(at).map_err(|_| unknown("digest_at", at)));
        Ok(Self {
            target,
            taste: Taste {
                level,
                each_run: record.each_run,
                quiet: quiet.transpose()?,
                errors_in_quiet: record.errors_in_quiet,
                digest_at: digest_at.transpose()?,
            },
            problem: record.problem.zip(record.problem_at_ms),
            id: record.id,
            name: record.name,
            secret_id: record.secret_id,
            created_at_ms: record.created_at_ms,
            sent_at_ms: record.sent_at_ms,
            failing_since_ms: record.failing_since_ms,
        })
    }
}
