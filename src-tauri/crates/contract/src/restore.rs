//! Restores: a plan that is shown, confirmed, and applied while it is fresh.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::backup::LevelView;
use crate::connection::ConnectionView;
use crate::number::{Count, Millis};

/// Where a restore goes.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum TargetRequest {
    /// A private cluster on this computer, to look inside.
    Scratch,
    /// A database that does not exist yet, on the server of a project.
    NewDatabase {
        /// Name of the database to create.
        name: String,
        /// Id or name of the project whose server is meant; absent means the backup's own.
        project: Option<String>,
    },
    /// A database that does not exist yet, on another server.
    OtherServer {
        /// Name of the database to create.
        name: String,
        /// How the server is reached; its `database` is only used to sign in.
        connection: ConnectionView,
        /// Password for it; used for this restore, never stored.
        password: Option<String>,
    },
}

/// Asks for a plan.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanRestore {
    /// Id, prefix, or `PROJECT@latest`.
    pub backup: String,
    /// Where to.
    pub target: TargetRequest,
}

/// A plan, as it is shown word for word.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RestorePlanView {
    /// Id of the plan.
    pub id: String,
    /// The backup.
    pub backup_id: String,
    /// Its project.
    pub project: String,
    /// The moment that comes back.
    pub at_ms: Millis,
    /// How far that backup is proven.
    pub level: Option<LevelView>,
    /// `new_database` or `scratch`.
    pub strategy: String,
    /// Name of the database that will be created; has to be typed.
    pub target_database: String,
    /// The target's identity in words: server, version, system identifier.
    pub target: String,
    /// Label of the target's project, where it is one.
    pub target_label: Option<String>,
    /// Tables that will be created.
    pub tables: Vec<PlannedTable>,
    /// Rows in all of them.
    pub rows: Option<Count>,
    /// Bytes of the dump.
    pub size_bytes: Count,
    /// Space needed, roughly.
    pub needed_bytes: Count,
    /// Space free, where it can be known.
    pub free_bytes: Option<Count>,
    /// Databases on that server that are left alone.
    pub kept_databases: Vec<String>,
    /// The steps, in order, as sentences.
    pub steps: Vec<String>,
    /// Sentences to consider.
    pub warnings: Vec<String>,
    /// Reasons that forbid to apply the plan.
    pub blockers: Vec<String>,
    /// When it was made.
    pub made_at_ms: Millis,
    /// Until when it can be applied.
    pub valid_until_ms: Millis,
    /// The equivalent command line.
    pub command: String,
}

/// One table of a plan.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlannedTable {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Rows in the backup.
    pub rows: Option<Count>,
    /// Bytes in the dump.
    pub size_bytes: Count,
    /// What happens: `create`.
    pub act: String,
}

/// Applies a plan.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ApplyRestore {
    /// The plan.
    pub plan_id: String,
    /// Name of the target database, typed.
    pub confirm: String,
}

/// What came of a restore; the checks decide.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RestoreView {
    /// Id of the restore.
    pub id: String,
    /// The job.
    pub job_id: String,
    /// The backup.
    pub backup_id: String,
    /// Database that was created.
    pub database: String,
    /// Where it is, in words.
    pub target: String,
    /// Verdict of the checks.
    pub verdict: crate::backup::VerdictView,
    /// Why.
    pub reason: String,
    /// Tables compared, rows compared.
    pub tables_checked: Count,
    /// Rows compared.
    pub rows_checked: Count,
    /// Tables that differ, with what was expected and found.
    pub differences: Vec<TableDifferenceView>,
    /// The checks, each with its verdict; reports of older versions have none.
    pub checks: Vec<crate::drill::CheckView>,
    /// Messages of the tools that were expected or tolerable.
    pub notes: Vec<String>,
    /// How long the restore took, and how long the checks.
    pub restore_ms: Millis,
    /// How long the checks took.
    pub check_ms: Millis,
    /// How to connect to it, without a password.
    pub connect: String,
    /// Id of the scratch cluster, where it is one.
    pub scratch_id: Option<String>,
}

/// A table whose rows are not those of the manifest.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TableDifferenceView {
    /// Schema and name.
    pub table: String,
    /// Rows that the manifest says; absent when the table is not in it.
    pub expected_rows: Option<Count>,
    /// Rows that were found; absent when the table is missing.
    pub found_rows: Option<Count>,
    /// Why it could not be compared.
    pub problem: Option<String>,
    /// Whether the counts agree and only the content differs.
    pub content_differs: bool,
}

/// A scratch cluster on this computer.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScratchView {
    /// Id.
    pub id: String,
    /// Backup inside.
    pub backup_id: String,
    /// Project of that backup.
    pub project: String,
    /// Directory with the plaintext data, mode 0700.
    pub directory: String,
    /// How to connect.
    pub connect: String,
    /// Whether its server runs.
    pub is_running: bool,
    /// When it was made.
    pub created_at_ms: Millis,
}

/// Names a scratch cluster.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScratchRef {
    /// Id.
    pub scratch: String,
}
