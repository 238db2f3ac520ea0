//! Platforms that back themselves up: how they are reached, what they can do, what they have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};
use crate::project::LabelView;

mod plan;

pub use plan::{
    ApplyRemotePlan, ImportAtPlatform, PlanRemoteImport, PlanRemoteRestore, RemotePartView, RemotePlanView,
    UploadToPlatform,
};

/// The platforms that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PlatformKindView {
    /// A self-hosted Supabase manager.
    Supamanager,
    /// Supabase's cloud.
    Supabase,
    /// An admin API with backups of organisations and whole dumps.
    Opttius,
    /// A platform that keeps its backups with Telegram.
    TelegramPlatform,
}

/// How a project on a platform is reached. Holds no credentials.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlatformSettingsView {
    /// Which platform.
    pub kind: PlatformKindView,
    /// Where its API is.
    pub address: String,
    /// The project or organisation there.
    pub reference: String,
    /// Who signs in, where it is an account.
    pub account: Option<String>,
    /// What only this kind needs, by name.
    pub more: BTreeMap<String, String>,
}

/// A field of the form in which a platform is connected.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlatformFieldView {
    /// `address`, `reference`, `account`, or a name of `more` or of a credential.
    pub name: String,
    /// Title.
    pub title: String,
    /// What belongs there, and where to get it.
    pub hint: String,
    /// What stands there at first.
    pub usual: String,
    /// Whether it may not be empty.
    pub is_needed: bool,
    /// The words of which it is one, the usual one first; empty where it is any text.
    pub choices: Vec<String>,
}

/// What has to be entered to connect a platform.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlatformFormView {
    /// Which platform.
    pub kind: PlatformKindView,
    /// Its name.
    pub name: String,
    /// Settings.
    pub settings: Vec<PlatformFieldView>,
    /// Credentials.
    pub credentials: Vec<PlatformFieldView>,
}

/// Asks an account at a platform which projects it sees, or where the database of one is.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AskAccount {
    /// Where the account is; for a list of its projects the reference may be empty. Absent means as the project's.
    pub platform: Option<PlatformSettingsView>,
    /// Credentials; those that are absent are the project's, if the account is its own.
    pub credentials: BTreeMap<String, String>,
    /// A project here that signs in with the account already.
    pub project: Option<String>,
}

/// A project of an account, as its platform describes it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AccountProjectView {
    /// What it is called in calls.
    pub reference: String,
    /// Its name there.
    pub name: String,
    /// Its state there: a claim.
    pub status: Option<String>,
    /// Region, where there is one.
    pub region: Option<String>,
    /// Postgres version, where it says.
    pub server_version: Option<String>,
    /// Id of the project here that is the same one; absent where none is.
    pub here_id: Option<String>,
    /// Its name here.
    pub here_name: Option<String>,
}

/// Adds projects of an account.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddAccountProjects {
    /// The account.
    pub account: AskAccount,
    /// What the projects are to their owner.
    pub label: LabelView,
    /// Their references there.
    pub references: Vec<String>,
}

/// What became of one project that was to be added.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddedProjectView {
    /// Its reference there.
    pub reference: String,
    /// Id of the project here; absent where it was not added.
    pub id: Option<String>,
    /// Its name here.
    pub name: Option<String>,
    /// Why it was not added.
    pub problem: Option<String>,
}

/// Asks whether a platform lets itself be used.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TestPlatform {
    /// The settings; absent means those of the project.
    pub platform: Option<PlatformSettingsView>,
    /// Credentials; those that are absent are the project's, if the address is its own.
    pub credentials: BTreeMap<String, String>,
    /// The project.
    pub project: Option<String>,
}

/// Something that can be asked of a platform, and whether this account may.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AbilityView {
    /// Its name: `create`, `download` …
    pub act: String,
    /// As in "cannot …".
    pub words: String,
    /// Whether it can be done.
    pub can: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// A backup on its platform: a claim.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemoteBackupView {
    /// Its id there.
    pub id: String,
    /// Its kind there, in its own word.
    pub kind: String,
    /// `creating`, `completed`, `failed`, or the platform's own word.
    pub state: String,
    /// Per cent, while it is being made.
    pub percent: Option<u8>,
    /// What the platform says of a failure.
    pub said: Option<String>,
    /// File name.
    pub file_name: Option<String>,
    /// Bytes, as the platform says.
    pub size_bytes: Option<Count>,
    /// When it was begun.
    pub created_at_ms: Option<Millis>,
    /// When the platform deletes it.
    pub expires_at_ms: Option<Millis>,
    /// True when that is within seven days, and it is not here yet.
    pub is_expiring: bool,
    /// Whether the platform says that it is encrypted.
    pub is_encrypted: Option<bool>,
    /// Whether its bytes can be had.
    pub can_download: bool,
    /// Why not.
    pub no_download: Option<String>,
    /// The backup here that was pulled from it.
    pub backup_id: Option<String>,
}

/// A platform's schedule.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemoteScheduleView {
    /// Whether it runs.
    pub enabled: bool,
    /// `hourly`, `daily`, `weekly`.
    pub frequency: String,
    /// `HH:MM`, UTC.
    pub time: String,
    /// Kind of backup.
    pub kind: Option<String>,
    /// How many are kept.
    pub retention: Option<u32>,
}

/// A named fact.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemoteFactView {
    /// Name.
    pub name: String,
    /// Value in words.
    pub value: String,
}

/// A moment that the platform keeps under a name.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RestorePointView {
    /// Name.
    pub name: String,
    /// Its state, as the platform says.
    pub status: String,
}

/// What a platform shows of a project right now.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlatformView {
    /// The project's id here.
    pub project_id: String,
    /// Its name here.
    pub project: String,
    /// The platform's name.
    pub platform: String,
    /// Name of the project there.
    pub remote_name: String,
    /// Its state there: a claim.
    pub remote_status: Option<String>,
    /// Who signs in.
    pub account: Option<String>,
    /// As what.
    pub role: Option<String>,
    /// When the token runs out.
    pub token_expires_at_ms: Option<Millis>,
    /// Everything that can be asked, and whether this account may.
    pub abilities: Vec<AbilityView>,
    /// Kinds of backups that can be started, the usual one first.
    pub creatable: Vec<String>,
    /// Its backups, newest first.
    pub backups: Vec<RemoteBackupView>,
    /// How many there are in all, where it says.
    pub total: Option<Count>,
    /// What is odd, as sentences.
    pub notes: Vec<String>,
    /// Its schedule, where it can be read.
    pub schedule: Option<RemoteScheduleView>,
    /// What it counts.
    pub statistics: Vec<RemoteFactView>,
    /// Its restore points.
    pub restore_points: Vec<RestorePointView>,
    /// Whether a passphrase is stored that opens what it encrypts.
    pub has_passphrase: bool,
}

/// Stores the passphrase that opens what the platform of a project encrypts, or forgets it.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetPlatformPassphrase {
    /// Id or name of the project.
    pub project: String,
    /// The passphrase; absent forgets the stored one.
    pub passphrase: Option<String>,
}

/// Starts a backup on a platform.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CreateRemote {
    /// Id or name of the project.
    pub project: String,
    /// Kind; absent means the usual one. `export` exports the project, `logs` its logs.
    pub kind: Option<String>,
    /// Compress it, where there is a choice.
    pub compress: bool,
    /// Let the platform encrypt it, where it can.
    pub encrypt: bool,
    /// `sql`, `tar`, `json`, `text`, where there is a choice.
    pub format: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Whom the platform tells.
    pub notify_email: Option<String>,
    /// First moment, of logs.
    pub from_ms: Option<Millis>,
    /// Last moment, of logs.
    pub to_ms: Option<Millis>,
    /// Pull it once it is done.
    pub then_pull: bool,
}

/// Has a platform make a new, empty project, and adds it here.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MakeRemoteProject {
    /// Id or name of the project whose account makes it.
    pub like: String,
    /// Its name, there and here.
    pub name: String,
    /// What it is to its owner.
    pub label: LabelView,
    /// The organisation that pays for it; absent means that of the other project.
    pub organization: Option<String>,
    /// Where it runs, in the platform's words; absent means where the other project runs.
    pub region: Option<String>,
    /// How large its server is, in the platform's words; absent means its smallest.
    pub size: Option<String>,
}

/// Pulls backups of a platform into the vault.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StartPull {
    /// Id or name of the project.
    pub project: String,
    /// Their ids there; empty means the newest that is not here yet.
    pub ids: Vec<String>,
    /// All that are not here yet: what goes there first comes first.
    pub all: bool,
    /// Opens what is encrypted; absent means the one that is stored for the project, where one is.
    pub passphrase: Option<String>,
    /// Streams at most: 1 to 16; absent means 8.
    pub streams: Option<u8>,
    /// Bytes per second at most.
    pub bytes_per_second: Option<Count>,
}

/// Form of a file of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum LogFormatView {
    /// One JSON document per line, as the platform gives it.
    Json,
    /// Time and message, one line each.
    Text,
}

/// Reads the logs of a project's platform for a range.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReadLogs {
    /// Id or name of the project.
    pub project: String,
    /// The first moment.
    pub from_ms: Millis,
    /// The moment after the last one.
    pub to_ms: Millis,
    /// One of the platform's sources; absent means its usual.
    pub source: Option<String>,
    /// The file to write; absent means none.
    pub path: Option<String>,
    /// Its form.
    pub format: LogFormatView,
    /// Whether a file of that name may be replaced; on the command line only.
    pub replace: bool,
    /// Keep them in the vault, by days.
    pub keep: bool,
}

/// Something to do on a platform that is done at once.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlatformActRequest {
    /// Id or name of the project.
    pub project: String,
    /// `pause`, `resume`, `trigger_cron`, `add_restore_point`.
    pub act: String,
    /// A name, where the act takes one.
    pub name: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlatformActed {
    /// Facts, in order.
    pub facts: Vec<RemoteFactView>,
}

/// Changes a platform's schedule.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetRemoteSchedule {
    /// Id or name of the project.
    pub project: String,
    /// The new one.
    pub schedule: RemoteScheduleView,
}

/// Names a backup on a platform, for a plan that shows what would happen.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemoteRef {
    /// Id or name of the project.
    pub project: String,
    /// The backup's id there.
    pub id: String,
}
