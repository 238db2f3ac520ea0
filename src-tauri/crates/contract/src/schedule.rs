//! Schedules: what is done for a project by itself, when, and how it stands.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::drill::AskImage;
use crate::number::Millis;

/// What a schedule has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum WorkView {
    /// A backup, read back.
    Backup,
    /// What a platform backed up and is not here, fetched and read back.
    Pull,
    /// The newest backup's bytes are read back.
    VerifyQuick,
    /// One table of the newest backup is restored, each day another one.
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

/// When work is due. Times are `HH:MM`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RuleView {
    /// Every full hour.
    Hourly,
    /// Every day.
    Daily {
        /// When.
        at: String,
    },
    /// Every week.
    Weekly {
        /// On which day: `mon`, `monday`, …
        day: String,
        /// When.
        at: String,
    },
    /// Every month.
    Monthly {
        /// On which day, 1 to 31; in a shorter month on its last.
        day: u8,
        /// When.
        at: String,
    },
    /// As a cron expression of five fields says.
    Cron {
        /// The expression.
        expression: String,
    },
}

/// By which clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ZoneView {
    /// That of the place where this computer is.
    Local,
    /// UTC.
    Utc,
}

/// When a schedule waits although it is due; all but the network and maintenance give way when the recovery point is at risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConditionsView {
    /// On battery it waits below so many per cent; absent means that it does not look.
    pub battery_percent_min: Option<u8>,
    /// Whether it waits on a metered network.
    pub unmetered_only: bool,
    /// Quiet hours, by the clock of the schedule.
    pub quiet: Option<QuietHoursView>,
    /// When its server is worked on; never gives way.
    pub maintenance: Option<MaintenanceView>,
}

/// Hours in which a server is worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MaintenanceView {
    /// The day of the week on which they begin, `sun`, `sunday`; absent means every day.
    pub day: Option<String>,
    /// The hours.
    pub hours: QuietHoursView,
}

/// Quiet hours, `HH:MM`; over midnight where they end before they begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct QuietHoursView {
    /// Their first minute.
    pub from: String,
    /// The minute after their last.
    pub to: String,
}

/// How a schedule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleStateView {
    /// To be done now.
    Due,
    /// Nothing to do before the next time.
    Planned,
    /// Due, and something is in the way.
    Waiting,
    /// It failed, and is tried again.
    Retrying,
    /// It failed so often that a person is needed.
    GivenUp,
    /// It goes on.
    Running,
    /// A person paused it.
    Paused,
    /// Its rule does not come any more.
    Over,
}

/// How a run of a schedule stands or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleRunStateView {
    /// It goes on.
    Running,
    /// Done, and verified.
    Succeeded,
    /// Tried in vain.
    Failed,
    /// Its process ended in the middle.
    Interrupted,
    /// A person ended it.
    Stopped,
}

/// What became of a time at which work was due.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleRunView {
    /// When it was due.
    pub slot_ms: Millis,
    /// How it ended.
    pub state: ScheduleRunStateView,
    /// How often it was begun.
    pub attempts: u32,
    /// When the last attempt ended.
    pub ended_at_ms: Option<Millis>,
    /// The run that did it.
    pub job_id: Option<String>,
    /// What it came to, as a sentence.
    pub said: Option<String>,
}

/// What a schedule has the platform make before it fetches, as far as the platform gives a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CreatesView {
    /// One of the kinds that the platform names; also `export` and `logs`.
    pub kind: String,
    /// Compress it.
    pub compress: bool,
    /// Let the platform encrypt it; the stored passphrase opens it.
    pub encrypt: bool,
    /// `sql`, `tar`, `json`, `text`.
    pub format: Option<String>,
    /// Whom the platform tells.
    pub notify_email: Option<String>,
    /// Of logs: so much of the time before each run.
    pub range_ms: Option<Millis>,
}

/// A schedule.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleView {
    /// Id.
    pub id: String,
    /// Id of its project.
    pub project_id: String,
    /// Name of its project.
    pub project: String,
    /// What people call it; a project has one of each name.
    pub name: String,
    /// What is done.
    pub work: WorkView,
    /// The same in words: `Full verification`.
    pub work_words: String,
    /// When.
    pub rule: RuleView,
    /// The same in words: `every day at 02:00`.
    pub rule_words: String,
    /// By which clock.
    pub zone: ZoneView,
    /// Its name: `Europe/Berlin`.
    pub zone_words: String,
    /// Runs begin up to so many seconds later; how much is always the same for one schedule, and in the times below.
    pub jitter_s: u32,
    /// How long a backup that it makes is kept, whatever the policy says, and no longer.
    pub keep_ms: Option<Millis>,
    /// What its platform makes before it fetches; absent where it only fetches.
    pub creates: Option<CreatesView>,
    /// Id of the project whose server lends a database for its drills; absent, with no image, means a private
    /// Postgres here.
    pub on: Option<String>,
    /// The container image in which its drills are made.
    pub image: Option<AskImage>,
    /// When it waits.
    pub conditions: ConditionsView,
    /// How it stands.
    pub state: ScheduleStateView,
    /// Why, as a sentence.
    pub because: String,
    /// What else is to be said: clocks that were set, conditions that give way.
    pub notes: Vec<String>,
    /// When something happens next; absent where that depends on what is in the way.
    pub next_at_ms: Option<Millis>,
    /// When its next runs begin, whatever is in their way; none while it is paused until it is resumed.
    pub upcoming_ms: Vec<Millis>,
    /// Since when it is paused.
    pub paused_at_ms: Option<Millis>,
    /// Until when; absent while it is paused means until somebody resumes it.
    pub paused_until_ms: Option<Millis>,
    /// The newest success that was verified, whoever began it.
    pub last_success_at_ms: Option<Millis>,
    /// Its last runs, newest first.
    pub runs: Vec<ScheduleRunView>,
    /// The equivalent command line.
    pub command: String,
}

/// The run that brings a project its next recovery point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NextRunView {
    /// The schedule's name.
    pub schedule: String,
    /// What is done.
    pub work: WorkView,
    /// How often: `daily`.
    pub often: String,
    /// How the schedule stands.
    pub state: ScheduleStateView,
    /// Why, as a sentence.
    pub because: String,
    /// What is in the way, until when it is paused, or what failed: in a few words.
    pub why: Option<String>,
    /// When something happens next; absent where that depends on what is in the way.
    pub at_ms: Option<Millis>,
}

/// Asks for schedules.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ListSchedules {
    /// Id or name of a project; absent means all.
    pub project: Option<String>,
}

/// Sets a schedule, in the place of the one with its name.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetSchedule {
    /// Id or name of the project.
    pub project: String,
    /// What it is called; absent means as its work.
    pub name: Option<String>,
    /// What is done; absent means a backup, and a pull where a platform backs the project up.
    pub work: Option<WorkView>,
    /// When.
    pub rule: RuleView,
    /// By which clock.
    pub zone: ZoneView,
    /// Runs begin up to so many seconds later.
    pub jitter_s: u32,
    /// How long a backup that it makes is kept, whatever the policy says, and no longer; absent leaves that to the
    /// policy.
    pub keep_ms: Option<Millis>,
    /// What its platform makes before it fetches; absent means that it only fetches.
    pub creates: Option<CreatesView>,
    /// Id or name of the project whose server lends a database for its drills.
    pub on: Option<String>,
    /// The container image in which its drills are made.
    pub image: Option<AskImage>,
    /// When it waits; absent means: below 30 per cent of a battery, and on a metered network.
    pub conditions: Option<ConditionsView>,
}

/// Names the schedules of a project, or one of them.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleRef {
    /// Id or name of the project.
    pub project: String,
    /// The schedule's name; absent means all of the project.
    pub name: Option<String>,
}

/// Pauses the schedules of a project, or one of them.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PauseSchedule {
    /// Id or name of the project.
    pub project: String,
    /// The schedule's name; absent means all of the project.
    pub name: Option<String>,
    /// Until when; absent means until somebody resumes it.
    pub until_ms: Option<Millis>,
}

/// Pauses all schedules.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PauseAll {
    /// Until when; absent means until somebody resumes them.
    pub until_ms: Option<Millis>,
}

/// A pause of all schedules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PausedView {
    /// Since when.
    pub at_ms: Millis,
    /// Until when; absent means until somebody resumes them.
    pub until_ms: Option<Millis>,
}

/// What was due, and what came of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DueRunView {
    /// Id of the project.
    pub project_id: String,
    /// Its name.
    pub project: String,
    /// The schedule's name.
    pub schedule: String,
    /// What was done.
    pub work: WorkView,
    /// When it was due.
    pub slot_ms: Millis,
    /// How it ended.
    pub state: ScheduleRunStateView,
    /// What it came to, as a sentence.
    pub said: String,
    /// The run that did it.
    pub job_id: Option<String>,
}

/// What a look at all schedules came to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DueView {
    /// What was due, and was done or tried.
    pub runs: Vec<DueRunView>,
    /// How all schedules stand now.
    pub schedules: Vec<ScheduleView>,
}
