//! A message: kind, severity, sentences and figures.

use base::Severity;
use ledger::catalog::{CatalogError, MessageRecord};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The word that is stored and sent: receivers know three.
pub(super) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok | Severity::Info => "info",
        Severity::Warning | Severity::Unknown => "warning",
        Severity::Critical => "error",
    }
}

fn stored(value: String) -> Result<Severity, CatalogError> {
    let known = [Severity::Info, Severity::Warning, Severity::Critical];
    let known = known.into_iter().find(|one| word(*one) == value);
    known.ok_or(CatalogError::Unknown { column: "severity", value })
}

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// A scheduled run began; for heartbeats alone.
    RunStarted,
    /// A scheduled run came out well.
    RunCompleted,
    /// A scheduled run did not.
    RunFailed,
    /// A schedule failed so often that a person is needed.
    GaveUp,
    /// The newest recovery point of a project is older than its goal.
    OverGoal,
    /// It is not any more.
    WithinGoal,
    /// A backup is kept only for some days more.
    Expiring,
    /// What the drills of a week came to.
    DrillReport,
    /// Another channel does not work.
    ChannelFailing,
    /// Somebody wanted to see whether it arrives.
    Test,
    /// Health finds something, or does not any more.
    Health,
    /// A run that was started by hand failed, and nobody saw it.
    HandFailed,
}

impl MessageKind {
    const ALL: [Self; 12] = [
        Self::RunStarted,
        Self::RunCompleted,
        Self::RunFailed,
        Self::GaveUp,
        Self::OverGoal,
        Self::WithinGoal,
        Self::Expiring,
        Self::DrillReport,
        Self::ChannelFailing,
        Self::Test,
        Self::Health,
        Self::HandFailed,
    ];

    /// The word that is stored, and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RunStarted => "run_started",
            Self::RunCompleted => "run_completed",
            Self::RunFailed => "run_failed",
            Self::GaveUp => "gave_up",
            Self::OverGoal => "over_goal",
            Self::WithinGoal => "within_goal",
            Self::Expiring => "expiring",
            Self::DrillReport => "drill_report",
            Self::ChannelFailing => "channel_failing",
            Self::Test => "test",
            Self::Health => "health",
            Self::HandFailed => "hand_failed",
        }
    }

    fn stored(value: String) -> Result<Self, CatalogError> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == value);
        known.ok_or(CatalogError::Unknown { column: "kind", value })
    }
}

/// A figure with its name: `Duration`, `4.1 s`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// Its value, with the unit.
    pub value: String,
}

impl Figure {
    pub(super) fn new(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id: the same for every channel and every attempt.
    pub id: String,
    /// What makes it this message.
    pub key: String,
    /// What it is about.
    pub kind: MessageKind,
    /// How bad it is.
    pub severity: Severity,
    /// Whether something is otherwise than it was.
    pub is_change: bool,
    /// The project that it is about.
    pub project_id: Option<String>,
    /// The run that it is about.
    pub job_id: Option<String>,
    /// The channel that it is about.
    pub channel_id: Option<String>,
    /// When it happened, in UTC milliseconds.
    pub at_ms: i64,
    /// In some words.
    pub subject: String,
    /// In sentences.
    pub lines: Vec<String>,
    /// In figures.
    pub figures: Vec<Figure>,
    /// The name of its project.
    pub project: Option<String>,
}

/// The part of a message that is for people, as it is stored.
#[derive(Serialize, Deserialize)]
struct Words {
    subject: String,
    lines: Vec<String>,
    figures: Vec<Figure>,
    project: Option<String>,
}

impl Message {
    /// A message about nothing in particular.
    pub(super) fn new(
        kind: MessageKind,
        severity: Severity,
        key: String,
        at_ms: i64,
        subject: String,
    ) -> Self {
        Self {
            id: Uuid::now_v7().simple().to_string(),
            key,
            kind,
            severity,
            is_change: true,
            project_id: None,
            job_id: None,
            channel_id: None,
            at_ms,
            subject,
            lines: Vec::new(),
            figures: Vec::new(),
            project: None,
        }
    }

    /// The same about a project.
    pub(super) fn of_project(mut self, id: &str, name: &str) -> Self {
        self.project_id = Some(id.into());
        self.project = Some(name.into());
        self
    }

    /// The same with a sentence more.
    pub(super) fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// The same with a figure more.
    pub(super) fn figure(mut self, name: &str, value: impl Into<String>) -> Self {
        self.figures.push(Figure::new(name, value));
        self
    }

    /// Whether it is about one scheduled run.
    pub fn is_of_run(&self) -> bool {
        matches!(self.kind, MessageKind::RunCompleted | MessageKind::RunFailed | MessageKind::GaveUp)
    }

    pub(super) fn record(&self) -> Result<MessageRecord, CatalogError> {
        let words = Words {
            subject: self.subject.clone(),
            lines: self.lines.clone(),
            figures: self.figures.clone(),
            project: self.project.clone(),
        };
        let unwritable = |_| CatalogError::Unknown { column: "words", value: self.key.clone() };
        Ok(MessageRecord {
            id: self.id.clone(),
            key: self.key.clone(),
            kind: self.kind.as_str().into(),
            severity: word(self.severity).into(),
            is_change: self.is_change,
            project_id: self.project_id.clone(),
            job_id: self.job_id.clone(),
            channel_id: self.channel_id.clone(),
            at_ms: self.at_ms,
            words: serde_json::to_string(&words).map_err(unwritable)?,
        })
    }
}

impl TryFrom<MessageRecord> for Message {
    type Error = CatalogError;

    fn try_from(record: MessageRecord) -> Result<Self, CatalogError> {
        let MessageRecord {
            id,
            key,
            kind,
            severity,
            is_change,
            project_id,
            job_id,
            channel_id,
            at_ms,
            words,
        } = record;
        let Words { subject, lines, figures, project } = serde_json::from_str(&words)
            .map_err(|error| CatalogError::Unknown { column: "words", value: error.to_string() })?;
        let (kind, severity) = (MessageKind::stored(kind)?, stored(severity)?);
        Ok(Self {
            id,
            key,
            kind,
            severity,
            is_change,
            project_id,
            job_id,
            channel_id,
            at_ms,
            subject,
            lines,
            figures,
            project,
        })
    }
}
