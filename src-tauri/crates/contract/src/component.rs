//! What a project has beside its database: where it is, how it comes back.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::backup::LevelView;
use crate::connection::SshView;
use crate::number::{Count, Millis};

/// Where a component is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", rename_all_fields = "camelCase", tag = "kind")]
pub enum PlaceRequest {
    /// Uploaded files: a folder of this computer.
    Files {
        /// The folder.
        path: String,
        /// Patterns for names; none takes all.
        patterns: Vec<String>,
    },
    /// Uploaded files: a bucket of an object store that speaks S3.
    Bucket {
        /// Its name.
        bucket: String,
        /// What the names of its objects begin with; empty takes all.
        prefix: String,
        /// The store, such as `https://s3.eu-central-1.amazonaws.com`.
        endpoint: String,
        /// Its region; `us-east-1` where a store has none.
        region: String,
        /// The id of the access key; absent asks without signing.
        access_key: Option<String>,
        /// Whether the bucket is a part of the host's name, as AWS wants it.
        in_host: bool,
    },
    /// The buckets of a Supabase project, by its Storage API. The key is the password.
    StorageApi {
        /// `https://REF.supabase.co`, or the address of a storage service whole.
        url: String,
    },
    /// A folder of an SSH server, read by SFTP.
    Sftp {
        /// What is in it: `files`, `config`, `logs`.
        component: String,
        /// The folder there, whole.
        path: String,
        /// Patterns for names; none takes all, or of configuration what is usually called so.
        patterns: Vec<String>,
        /// The server and the account; absent takes that by way of which the project's database is reached.
        ssh: Option<SshView>,
    },
    /// Configuration: files, and of folders those that are called like configuration.
    Configuration {
        /// Files and folders.
        paths: Vec<String>,
        /// Patterns for names in folders; none takes what configuration is usually called.
        patterns: Vec<String>,
    },
    /// A Redis server.
    Redis {
        /// `redis://HOST:6379`, or `rediss://` where it is encrypted.
        url: String,
        /// The container from inside of which host and port are seen, on the SSH server of the project's database or,
        /// without one, on this computer.
        container: Option<String>,
    },
    /// Logs: files of a folder.
    LogFolder {
        /// The folder.
        path: String,
        /// Patterns for names; none takes all.
        patterns: Vec<String>,
    },
    /// Logs: what a container printed.
    ContainerLog {
        /// Its name.
        container: String,
        /// The server that it runs on, and the account there; absent takes that by way of which the project's database
        /// is reached, and this computer where that is reached straight.
        ssh: Option<SshView>,
    },
    /// Logs: rows of a table of the project's database.
    LogTable {
        /// Its schema.
        schema: String,
        /// Its name.
        table: String,
        /// The column with the time of a row.
        column: String,
    },
}

/// Adds a component, or puts another place behind the name of one.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddComponent {
    /// Id or name of the project.
    pub project: String,
    /// Its name; absent takes one from the place.
    pub name: Option<String>,
    /// Where it is.
    pub place: PlaceRequest,
    /// The password of the Redis server, the secret of the access key, or what opens the key of the SSH account.
    pub password: Option<String>,
}

/// Names a component of a project.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ComponentRef {
    /// Id or name of the project.
    pub project: String,
    /// The component's name.
    pub name: String,
}

/// A component of a project, beside its database.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ComponentSourceView {
    /// Its name.
    pub name: String,
    /// `storage`, `config`, `redis`, `logs`.
    pub component: String,
    /// Where it is, in words.
    pub place: String,
    /// Whether the keychain holds a password for it.
    pub has_password: bool,
    /// When it was added, or last changed.
    pub created_at_ms: Millis,
}

/// What was seen at a component.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ComponentLookView {
    /// Which.
    pub source: ComponentSourceView,
    /// Files, keys or days; absent where they cannot be counted beforehand.
    pub items: Option<Count>,
    /// Their bytes, where they are known.
    pub bytes: Option<Count>,
    /// What is there and cannot be taken, each with the reason; the first fifty.
    pub left_out: Vec<String>,
    /// How many that are.
    pub left_out_count: Count,
    /// All of it in a sentence.
    pub sentence: String,
}

/// Where parts come back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PartTargetView {
    /// A folder of this computer that is empty, or not there.
    Folder {
        /// The folder.
        path: String,
    },
    /// Where they came from.
    InPlace,
}

/// Plans to bring parts of a backup back.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanParts {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    pub backup: String,
    /// `files`, `config`, `redis`, `logs`.
    pub component: String,
    /// One of its sources; absent means all.
    pub name: Option<String>,
    /// Only files whose names begin so.
    pub prefix: Option<String>,
    /// Only files with a day in their names, `2026-11-25`, of this one or later.
    #[serde(default)]
    pub from: Option<String>,
    /// Of this one or earlier.
    #[serde(default)]
    pub until: Option<String>,
    /// Where to.
    pub target: PartTargetView,
    /// Whether files go that the backup does not have.
    pub deletes_extra: bool,
    /// Why no safety backup is to be made; absent means that one is.
    pub no_safety_because: Option<String>,
}

/// What a plan does to one source.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PartCountsView {
    /// The source.
    pub name: String,
    /// What is not there and comes back.
    pub add: Count,
    /// What is there and gets the state of the backup.
    pub replace: Count,
    /// What is there as in the backup.
    pub same: Count,
    /// What is there and not in the backup, and goes.
    pub delete: Count,
    /// What is there and not in the backup, and stays.
    pub extra: Count,
    /// Keys that have expired since.
    pub expired: Count,
    /// Bytes that are written.
    pub bytes: Count,
}

/// A plan for parts of a backup.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PartPlanView {
    /// Id.
    pub id: String,
    /// `parts`: what tells it from the plan of a database.
    pub kind: String,
    /// The backup.
    pub backup_id: String,
    /// The moment that it restores.
    pub at_ms: Millis,
    /// Until when it may be applied.
    pub valid_until_ms: Millis,
    /// `storage`, `config`, `redis`, `logs`.
    pub component: String,
    /// Where to.
    pub target: PartTargetView,
    /// What happens to each source.
    pub counts: Vec<PartCountsView>,
    /// All of them together.
    pub total: PartCountsView,
    /// What happens, as sentences in order.
    pub steps: Vec<String>,
    /// What forbids it.
    pub blockers: Vec<String>,
    /// What to know.
    pub warnings: Vec<String>,
    /// Whether a safety backup of the component is made first.
    pub makes_safety: bool,
    /// Why not, where a person declined it.
    pub no_safety_because: Option<String>,
    /// What has to be typed: the project's name.
    pub confirm: String,
    /// The button's words.
    pub button: String,
    /// The same on the command line.
    pub command: String,
}

/// Plans to undo a run that brought parts back to where they came from.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanPartsUndo {
    /// The run: its id, or the beginning of one.
    pub run: String,
    /// Why no safety backup is to be made; absent means that one is.
    pub no_safety_because: Option<String>,
}

/// Applies such a plan.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ApplyParts {
    /// The plan.
    pub plan_id: String,
    /// The project's name, typed.
    pub confirm: String,
}

/// A component of a backup, or what one source of it gave.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HeldView {
    /// `database`, `storage`, `config`, `redis`, `logs`.
    pub component: String,
    /// Name of the database, or of the source.
    pub name: String,
    /// Where it came from, in words; absent where the backup does not say.
    pub from: Option<String>,
    /// Tables, files or keys.
    pub items: Count,
    /// What `items` counts: `tables`, `files`, `keys`.
    pub unit: String,
    /// Bytes.
    pub bytes: Count,
    /// Files that had not changed since the backup before, and were not read again.
    pub unchanged: Count,
    /// Files that are not in it as of one moment: gone, written to meanwhile, not readable.
    pub odd: Count,
    /// Some of these, each with the reason.
    pub named: Vec<String>,
    /// What is known about it beside its items: the commit and the images of a configuration, the buckets of a storage.
    pub about: Vec<String>,
    /// How far it is proven; absent before anything is.
    pub level: Option<LevelView>,
    /// Whether Holdfast can bring it back by itself: into a folder, or to where it came from.
    pub comes_back: bool,
}

/// A source that gave nothing.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AbsentView {
    /// The component.
    pub component: String,
    /// Name of the source.
    pub name: String,
    /// Why, in a sentence without its full stop.
    pub why: String,
}
