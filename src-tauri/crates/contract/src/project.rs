//! Projects: what is protected.

use base::Code;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::backup::{ProofView, RecoveryPoint};
use crate::connection::ConnectionView;
use crate::coverage::CoverageFigure;
use crate::error::ErrorCode;
use crate::number::{Count, Millis};
use crate::platform::{PlatformKindView, PlatformSettingsView};
use crate::schedule::NextRunView;

/// What a project is to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum LabelView {
    /// People depend on it now.
    Production,
    /// Before production.
    Staging,
    /// For developers.
    Development,
}

/// The state of a project in one word, for icon and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ProjectState {
    /// Restorable, inside its goal.
    Ok,
    /// Due soon, or something to look at.
    Warn,
    /// Over its goal, or the last run failed.
    Danger,
    /// Copies exist, and could not be proven.
    Inconclusive,
    /// A run is going on.
    Running,
    /// No backup yet, or not protected any more.
    Idle,
}

/// A project as lists show it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProjectRow {
    /// Id.
    pub id: String,
    /// Name, unique.
    pub name: String,
    /// Label.
    pub label: LabelView,
    /// True for the sample project.
    pub is_sample: bool,
    /// True when it is not protected any more, and its backups are kept.
    pub is_archived: bool,
    /// What and where, for instance `Postgres 15.8 at db.shop.example:5432`.
    pub place: String,
    /// State for icon and colour.
    pub state: ProjectState,
    /// Whether Holdfast reaches its database by itself.
    pub has_database: bool,
    /// What Holdfast reads of it beside a database: `storage`, `config`, `redis`, `logs`.
    pub parts: Vec<String>,
    /// The platform that makes backups of it, where it is on one. Imported files have neither.
    pub platform: Option<PlatformKindView>,
    /// The state in words: `Restorable`, `Over its goal`, `Backing up, 61 %`.
    pub state_words: String,
    /// The newest verified restorable point: of the component that is next over its goal.
    pub recovery_point: Option<RecoveryPoint>,
    /// The component that it is of, in words, where others of the project have a younger one.
    pub oldest_part: Option<String>,
    /// The recovery points of its components, where it has more than one.
    pub points: Vec<ComponentPointView>,
    /// How old the recovery point may get.
    pub goal_ms: Millis,
    /// The best proof that any backup of this project has.
    pub best_proof: Option<ProofView>,
    /// Measured time of the last restore that passed its checks.
    pub restore_ms: Option<Millis>,
    /// The last 30 days, oldest first.
    pub days: Vec<DayView>,
    /// Backups kept.
    pub backups: Count,
    /// Size of the newest backup.
    pub newest_bytes: Option<Count>,
    /// How much of it backups take; absent where it is not backed up from here.
    pub coverage: Option<CoverageFigure>,
    /// How many copies there are of it; absent before its first backup.
    pub copies: Option<CopiesView>,
    /// The run that brings its next recovery point; absent where no schedule does.
    pub next_run: Option<NextRunView>,
    /// The job that runs or waits for this project.
    pub job: Option<RunningJob>,
    /// Why the last run failed, until a later one succeeds or a person acknowledged it.
    pub failure: Option<FailureView>,
}

/// The recovery point of a component of a project.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ComponentPointView {
    /// Stable word: `database`, `storage`, `config`, `redis`, `logs`.
    #[specta(type = crate::words::ComponentWord)]
    pub component: String,
    /// What it is, within a sentence: `stored files`.
    pub words: String,
    /// The newest backup that counts for it; absent while there is none.
    pub point: Option<RecoveryPoint>,
    /// How old it may get.
    pub goal_ms: Millis,
    /// Whether it is older, or there is none.
    pub is_over: bool,
}

/// How many copies there are of a project, and where.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CopiesView {
    /// How many, the original among them.
    pub have: u32,
    /// How many there should be: the goal, or three.
    pub wanted: u32,
    /// On how many media they are known to be.
    pub media: u32,
    /// Whether one of them is elsewhere.
    pub elsewhere: ElsewhereView,
    /// Whether there are enough of them, on two media, and one is declared to be elsewhere.
    pub are_enough: bool,
    /// Where they are: `the original, and the backups in “Anchor” and in “NAS”`.
    pub places: String,
    /// Each place as a line: what it is on, what was declared of it, and whether it counts.
    pub each: Vec<String>,
    /// Replicas that have nothing of it, or what is too old to count.
    pub behind: Vec<String>,
}

/// Whether one copy is in another place than the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ElsewhereView {
    /// A person declared that it is.
    Yes,
    /// None is.
    No,
    /// Nobody declared it.
    NotKnown,
}

/// A job that is going on.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RunningJob {
    /// Its id.
    pub id: String,
    /// What it does: `backup`, `restore`, `verify`, `check`, `repair`, `sample`.
    #[specta(type = crate::words::JobKindWord)]
    pub kind: String,
    /// Overall progress, 0 to 100; absent while nothing can be said.
    pub percent: Option<f64>,
    /// Title of the step at which it waits for a person.
    pub waits_for: Option<String>,
}

/// A failure that nobody has dealt with.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FailureView {
    /// The run.
    pub job_id: String,
    /// When.
    pub at_ms: Millis,
    /// Stable code.
    #[specta(type = ErrorCode)]
    pub code: Code,
    /// What was seen.
    pub message: String,
}

/// One day of the strip.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DayView {
    /// Start of the day in the user's time zone.
    pub day_ms: Millis,
    /// Highest proof level that a backup of that day has: 0 none, 1 bytes, 2 readable, 3 restored.
    pub level: u8,
    /// Backups of that day.
    pub backups: u32,
    /// Runs of that day that failed.
    pub failures: u32,
}

/// A project with its details.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProjectView {
    /// As in lists.
    pub row: ProjectRow,
    /// How its database is reached; absent where Holdfast does not reach one.
    pub connection: Option<ConnectionView>,
    /// The platform that it is on.
    pub platform: Option<PlatformSettingsView>,
    /// Server version as of the last backup or test.
    pub server_version: Option<String>,
    /// When it was added.
    pub created_at_ms: Millis,
    /// Whether a password is stored for it.
    pub has_password: bool,
    /// The equivalent command line for a backup.
    pub backup_command: String,
}

/// Adds a project.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddProject {
    /// Name, unique.
    pub name: String,
    /// Label.
    pub label: LabelView,
    /// How its database is reached, where Holdfast backs it up.
    pub connection: Option<ConnectionView>,
    /// Its password; goes to the keychain.
    pub password: Option<String>,
    /// The passphrase of the SSH account's key, or that account's password; goes to the keychain.
    pub ssh_secret: Option<String>,
    /// The platform that backs it up by itself.
    pub platform: Option<PlatformSettingsView>,
    /// What signs in there, by name; goes to the keychain.
    pub credentials: BTreeMap<String, String>,
}

/// Changes a project; what is absent stays.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EditProject {
    /// Id or name.
    pub project: String,
    /// New name.
    pub name: Option<String>,
    /// New label.
    pub label: Option<LabelView>,
    /// New connection.
    pub connection: Option<ConnectionView>,
    /// New password.
    pub password: Option<String>,
    /// New passphrase of the SSH account's key, or new password of that account; an empty one removes it.
    pub ssh_secret: Option<String>,
    /// New platform.
    pub platform: Option<PlatformSettingsView>,
    /// New credentials, by name; those that are not named stay.
    pub credentials: BTreeMap<String, String>,
}

/// Names a project.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProjectRef {
    /// Id or name.
    pub project: String,
}

/// What removing a project would do.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemovalPlan {
    /// The project's name, to be typed.
    pub name: String,
    /// Backups that would stay in the vault, or go.
    pub backups: Count,
    /// Their newest.
    pub newest_at_ms: Option<Millis>,
    /// Whether a private sample server with its data goes too, and where it is.
    pub sample_directory: Option<String>,
    /// Sentences that say what happens.
    pub effects: Vec<String>,
}

/// Removes a project.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemoveProject {
    /// Id or name.
    pub project: String,
    /// Keep its backups; the project stays in the list as not protected any more.
    pub keep_backups: bool,
    /// The project's name, typed.
    pub confirm: String,
}
