//! Jobs: runs with phases, progress and a log.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::backup::VerdictView;
use crate::error::UserError;
use crate::export::WrittenFileView;
use crate::number::{Count, Millis};
use crate::restore::RestoreView;
use crate::steps::{StepResultView, WaitsForView};

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum JobStateView {
    /// Waits for another job.
    Queued,
    /// Goes on.
    Running,
    /// Done.
    Succeeded,
    /// Did not work.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// The process ended in the middle.
    Interrupted,
}

/// State of a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PhaseState {
    /// Not begun.
    Waits,
    /// Goes on.
    Running,
    /// No bytes or rows for longer than a minute.
    Stalled,
    /// Done.
    Done,
    /// Did not work.
    Failed,
}

/// One phase of a job.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PhaseView {
    /// Stable id: `snapshot`, `dump`, `vault`, `verify` …
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What, from where, to where, in one sentence.
    pub sentence: String,
    /// State.
    pub state: PhaseState,
    /// Bytes so far.
    pub bytes: Count,
    /// Bytes in all, where they are known.
    pub bytes_total: Option<Count>,
    /// Rows so far.
    pub rows: Count,
    /// When it began.
    pub started_at_ms: Option<Millis>,
    /// How long it took, or takes so far.
    pub elapsed_ms: Option<Millis>,
}

/// A job as lists show it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct JobRow {
    /// Id.
    pub id: String,
    /// `backup`, `restore`, `verify`, `check`, `repair`, `prune`, `copy`, `drill`, `sample`, `export`.
    #[specta(type = crate::words::JobKindWord)]
    pub kind: String,
    /// Title, for instance `Backing up shop-prod`.
    pub title: String,
    /// Project, where it belongs to one.
    pub project_id: Option<String>,
    /// That project's name.
    pub project: Option<String>,
    /// State.
    pub state: JobStateView,
    /// Overall progress, 0 to 100.
    pub percent: Option<f64>,
    /// Name of the phase that goes on.
    pub phase: Option<String>,
    /// Title of the step at which it waits for a person.
    pub waits_for: Option<String>,
    /// Who or what started it.
    pub trigger: String,
    /// Whether this very process runs it.
    pub is_mine: bool,
    /// When it was asked for.
    pub created_at_ms: Millis,
    /// When it began.
    pub started_at_ms: Option<Millis>,
    /// When it ended.
    pub finished_at_ms: Option<Millis>,
    /// What it came to, in one sentence.
    pub outcome: Option<String>,
}

/// A job with its details.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    /// As in lists.
    pub row: JobRow,
    /// From where to where, in one sentence.
    pub sentence: String,
    /// Phases in order.
    pub phases: Vec<PhaseView>,
    /// Bytes per second over the last seconds.
    pub bytes_per_second: Option<Count>,
    /// Time left, at best.
    pub left_low_ms: Option<Millis>,
    /// Time left, at worst.
    pub left_high_ms: Option<Millis>,
    /// Why, as the person who started it said.
    pub reason: Option<String>,
    /// Facts beside it: why, started, moment, schema, adds …
    pub facts: Vec<FactView>,
    /// What cancelling would leave, or what is safe to do next, in sentences.
    pub safe_next: String,
    /// Recovery steps in order, with what came of each.
    pub steps: Vec<StepResultView>,
    /// Whether it has ended and may have left the project paused at its platform.
    pub may_be_paused: bool,
    /// The step at which it waits for a person.
    pub waits_for: Option<WaitsForView>,
    /// The error it ended with.
    pub error: Option<UserError>,
    /// The backup that it made.
    pub backup_id: Option<String>,
    /// What a restore came to.
    pub restore: Option<RestoreView>,
    /// Verdict of a verification or check.
    pub verdict: Option<VerdictView>,
    /// The file that it wrote for people to take away.
    pub file: Option<WrittenFileView>,
    /// Id of the project that was made anew, into which a backup can be brought.
    pub made_project: Option<String>,
    /// Whether it can be paused right now.
    pub can_pause: bool,
    /// What it can go on with, where it ended in the middle.
    pub goes_on: Option<GoesOnView>,
    /// Whether it brought files or keys back to where they came from, and can be undone.
    pub undoes_parts: bool,
    /// Lines of the log in all, warnings in it, errors in it.
    pub log_lines: Count,
    /// Warnings in the log.
    pub log_warnings: Count,
    /// Errors in the log.
    pub log_errors: Count,
}

/// What a run that ended in the middle of its downloads can go on with.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GoesOnView {
    /// Ids at the platform of what is not here yet, the one that was being fetched first.
    pub remote_ids: Vec<String>,
    /// Bytes of the first one that are here.
    pub bytes_here: Count,
    /// Its bytes in all, where they are known.
    pub bytes_total: Option<Count>,
    /// Whether its passphrase has to be given again.
    pub needs_passphrase: bool,
    /// Whether a person ended it for now.
    pub is_paused: bool,
}

/// A fact beside a run.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FactView {
    /// What.
    pub name: String,
    /// The value.
    pub value: String,
    /// A second line under it.
    pub note: Option<String>,
}

/// Level of a line in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For the record.
    Info,
    /// Look at it.
    Warning,
    /// It did not work.
    Error,
}

/// A line of a job's log.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// Position, from 1.
    pub number: Count,
    /// When.
    pub at_ms: Millis,
    /// Level.
    pub level: LogLevel,
    /// Phase.
    pub phase: String,
    /// Message; never holds a secret.
    pub message: String,
}

/// Asks for jobs, newest first.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ListJobs {
    /// Id or name of a project; absent means all.
    pub project: Option<String>,
    /// How many at most; 1 to 500.
    pub limit: u32,
}

/// Names a job.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct JobRef {
    /// Id, or a unique prefix of one.
    pub job: String,
}

/// Goes on with a run that ended in the middle, as a new run.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ResumeJob {
    /// Id of the run that ended, or a unique prefix of one.
    pub job: String,
    /// Opens what is encrypted, where the run had a passphrase: none is kept.
    pub passphrase: Option<String>,
}

/// Asks for lines of a log.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AskLog {
    /// The job.
    pub job: String,
    /// Only lines after this number.
    pub after: Count,
    /// Only this level and above.
    pub level: LogLevel,
    /// How many at most; 1 to 2000.
    pub limit: u32,
}

/// A job was started.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct JobStarted {
    /// Its id.
    pub job_id: String,
}
