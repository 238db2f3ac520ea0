//! Restores: a plan that is shown, confirmed, and applied while it is fresh.

mod identity;

pub use identity::{ConnectedView, TargetIdentityView};

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::backup::LevelView;
use crate::connection::ConnectionView;
use crate::number::{Count, Millis};
use crate::steps::{PlannedStepView, StepResultView};
use crate::wall::WallView;

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
        connection: Box<ConnectionView>,
        /// Password for it; used for this restore, never stored.
        password: Option<String>,
    },
    /// Beside a project's database, in whose place it then comes.
    #[serde(rename_all = "camelCase")]
    Swap {
        /// Id or name of the project; absent means the backup's own.
        project: Option<String>,
        /// After so many days the old database goes by itself; absent means that it stays until discarded.
        keep_days: Option<u16>,
    },
    /// Into a project's database, in one transaction.
    InPlace {
        /// Id or name of the project; absent means the backup's own.
        project: Option<String>,
    },
    /// Some tables into a project's database, in one transaction.
    Tables {
        /// Id or name of the project; absent means the backup's own.
        project: Option<String>,
        /// Which, as `schema.name`.
        tables: Vec<String>,
        /// What becomes of those that are there.
        mode: TableModeView,
    },
    /// The rows of every table that the project's role may fill, in one transaction; nothing else that is there is changed.
    AllRows {
        /// Id or name of the project; absent means the backup's own.
        project: Option<String>,
        /// What becomes of the rows that are there; never `beside`.
        mode: TableModeView,
        /// Whether schemas, types, tables, functions and whatever else is not there is made first.
        makes: bool,
    },
}

/// What becomes of tables that exist already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TableModeView {
    /// They are left alone; what comes back lies in a schema of its own.
    Beside,
    /// Their rows are replaced by those of the backup.
    Replace,
    /// They keep every row; rows whose key is missing come back.
    MissingRows,
    /// What was deleted or changed between the backup and a later one is taken back where nothing was changed since.
    Merge,
}

/// Asks for a plan.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanRestore {
    /// Id, prefix, or `PROJECT@latest`.
    pub backup: String,
    /// Where to.
    pub target: TargetRequest,
    /// Why no safety backup is wanted; absent means that one is made where something could be lost.
    #[serde(default)]
    pub no_safety_because: Option<String>,
    /// Whether others may write to what is replaced while the safety backup is made; what they commit is kept apart.
    #[serde(default)]
    pub let_writers_write: bool,
    /// The backup made after the damage, for the mode `merge` alone: id, prefix, or `PROJECT@latest`.
    #[serde(default)]
    pub after: Option<String>,
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
    /// `scratch`, `new_database`, `swap`, `in_place`, `tables`, `swap_back`, `drop`.
    #[specta(type = crate::words::StrategyWord)]
    pub strategy: String,
    /// What becomes of tables that are there, where only some are restored.
    pub mode: Option<TableModeView>,
    /// The moment of the backup made after the damage, where what was damaged is merged back.
    #[serde(default)]
    pub after_ms: Option<Millis>,
    /// Name of the database that is created or changed; has to be typed.
    pub target_database: String,
    /// The target's identity in words: server, version, system identifier.
    pub target: String,
    /// Label of the target's project, where it is one.
    pub target_label: Option<String>,
    /// The database that is there already, where the restore changes one.
    pub identity: Option<TargetIdentityView>,
    /// Tables of the backup that stay as they are, where all rows come back that the role may write.
    pub left_out: Vec<LeftOutView>,
    /// The command line of a restore that the role may do, where this one is forbidden to it: all rows, into the
    /// tables that are there.
    pub instead: Option<String>,
    /// Under which name the old database stays, or the schema of tables beside the old ones.
    pub beside: Option<String>,
    /// When the old database of a swap goes by itself; absent means that it stays until discarded.
    pub keep_until_ms: Option<Millis>,
    /// The backup that is made before.
    pub safety: SafetyView,
    /// Whether others may write while that is made; absent where nobody would have to wait for it.
    #[serde(default)]
    pub lets_writers_write: Option<bool>,
    /// Whether sessions of others have to be ended, which needs a consent of its own.
    pub ends_connections: bool,
    /// What the button says: `Replace 41 tables in shop`.
    pub act: String,
    /// How it can be undone, as a sentence.
    pub undo: String,
    /// The restore that this plan undoes or tidies up.
    pub restore_id: Option<String>,
    /// How long it would take, a safety backup not counted; absent where nothing is loaded.
    #[serde(default)]
    pub estimate: Option<EstimateView>,
    /// The tables that it is about, and those that it would delete or keep.
    pub tables: Vec<PlannedTable>,
    /// Rows that come back, in all tables, by keys or by counts.
    pub rows_back: Count,
    /// Rows that are there now and would be lost, by keys or by counts.
    pub rows_lost: Count,
    /// Whether a figure of those is an estimate or goes by counts alone.
    pub is_estimate: bool,
    /// Rows in all of them.
    pub rows: Option<Count>,
    /// Bytes of the dump.
    pub size_bytes: Count,
    /// Space needed, roughly.
    pub needed_bytes: Count,
    /// Space free, where it can be known.
    pub free_bytes: Option<Count>,
    /// How the system walls the private server in, where it goes to one.
    #[serde(default)]
    pub wall: Option<WallView>,
    /// Databases on that server that are left alone.
    pub kept_databases: Vec<String>,
    /// The steps, in order, as sentences.
    pub steps: Vec<String>,
    /// Those of them that the project wants done before and after.
    pub recovery_steps: Vec<PlannedStepView>,
    /// Sentences to consider.
    pub warnings: Vec<String>,
    /// Reasons that forbid to apply the plan.
    pub blockers: Vec<String>,
    /// Owners and rights of the backup that will not be as they were, the first ones.
    pub rights_lost: Vec<String>,
    /// How many there are.
    pub rights_lost_count: Count,
    /// SQL for those of them that a statement takes away.
    pub remedies: Vec<RemedyView>,
    /// When it was made.
    pub made_at_ms: Millis,
    /// Until when it can be applied.
    pub valid_until_ms: Millis,
    /// The equivalent command line.
    pub command: String,
}

/// A table of the backup that stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LeftOutView {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Why, as the end of a sentence.
    pub why: String,
}

/// SQL that a person can run on the server, so that something no longer stands in the way.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemedyView {
    /// Which of the blockers or obstacles it takes away, from 0.
    pub at: Option<Count>,
    /// The blocker or obstacle word for word, SQL included.
    pub of: String,
    /// What stands in the way, without the SQL.
    pub obstacle: String,
    /// One statement.
    pub sql: String,
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
    /// What happens: `create`, `replace`, `add`, `merge`, `keep`, `delete`.
    #[specta(type = crate::words::TableActWord)]
    pub act: String,
    /// Rows in it now, where it is there.
    pub rows_now: Option<Count>,
    /// Whether that is the server's estimate.
    pub is_estimate: bool,
    /// Rows that come back: by keys where they were compared, else by the counts.
    pub rows_back: Option<Count>,
    /// Rows that would be lost.
    pub rows_lost: Option<Count>,
    /// Rows that are other now, or in which a merge sets something back; known only where keys were compared.
    pub rows_changed: Option<Count>,
    /// Of a merge: rows in which something damaged stays, since it was changed again; known only where keys were
    /// compared.
    #[serde(default)]
    pub rows_kept: Option<Count>,
}

/// The backup that is made before a restore.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SafetyView {
    /// There is nothing that could be lost.
    NotNeeded,
    /// One is made first; if it fails, the restore does not start.
    Planned {
        /// Name of the project that it belongs to.
        project: String,
    },
    /// A person declined it.
    Declined {
        /// Why.
        reason: String,
    },
}

/// How long something would take, and how that is known.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EstimateView {
    /// From the beginning to the last check.
    pub ms: Millis,
    /// Whether nothing was measured.
    pub is_guess: bool,
    /// What it goes by, as a sentence.
    pub basis: String,
}

/// Applies a plan.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ApplyRestore {
    /// The plan.
    pub plan_id: String,
    /// Name of the target database, typed.
    pub confirm: String,
    /// Consent to end sessions of others where a database has to change its name.
    #[serde(default)]
    pub end_connections: bool,
}

/// Names a restore.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RestoreRef {
    /// Id, or the beginning of one.
    pub restore: String,
}

/// A restore whose undo is planned.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanUndo {
    /// Id, or the beginning of one.
    pub restore: String,
    /// Why no safety backup is wanted before it; absent means that one is made where there is something to
    /// lose.
    pub no_safety_because: Option<String>,
}

/// A restore in the list, and how it stands.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RestoreRow {
    /// Id: that of its job.
    pub id: String,
    /// The backup.
    pub backup_id: String,
    /// Project of the backup.
    pub project: String,
    /// How it was done; as in the plan.
    #[specta(type = crate::words::StrategyWord)]
    pub strategy: String,
    /// The target.
    pub database: String,
    /// Where it is, in words.
    pub target: String,
    /// `preparing`, `switching`, `done`, `failed`, `undone`, `discarded`.
    #[specta(type = crate::words::RestoreStateWord)]
    pub state: String,
    /// Verdict of its checks, once they ran.
    pub verdict: Option<crate::backup::VerdictView>,
    /// The backup that was made before.
    pub safety_backup_id: Option<String>,
    /// The moment that came back.
    pub moment_ms: Millis,
    /// When it began.
    pub at_ms: Millis,
}

/// A restore, and what can be done about it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RestoreStandingView {
    /// The restore.
    pub restore: RestoreRow,
    /// How it stands, in a sentence; the server was asked where only it knows.
    pub sentence: String,
    /// What can be done next.
    pub next: String,
    /// Whether an undo can be planned.
    pub can_undo: bool,
    /// Whether what was kept for an undo can be discarded.
    pub can_discard: bool,
    /// What came of each recovery step.
    pub steps: Vec<StepResultView>,
}

/// A restore written down for others, with everything that is known of it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RestoreReportView {
    /// `holdfast-restore-report`.
    pub format: String,
    /// The restore.
    pub restore: RestoreRow,
    /// Account and computer of whoever started it, where the audit chain has them.
    pub who: Option<String>,
    /// `window` or `command_line`, where the audit chain has it.
    pub origin: Option<String>,
    /// What was planned: target, identity, safety backup or why it was declined, tables, steps.
    pub plan: RestorePlanView,
    /// Where the time went.
    pub phases: Vec<crate::job::PhaseView>,
    /// What came of each recovery step, also where nothing was restored.
    pub steps: Vec<StepResultView>,
    /// How its run ended, in a sentence.
    pub outcome: Option<String>,
    /// When it ended.
    pub finished_at_ms: Option<Millis>,
    /// What the checks found, once they ran.
    pub result: Option<RestoreView>,
    /// How it stands, in a sentence.
    pub sentence: String,
    /// What is left to do by hand.
    pub next: String,
    /// Whether an undo can be planned.
    pub can_undo: bool,
    /// Whether what was kept for an undo can be discarded.
    pub can_discard: bool,
}

/// Asks for the report of a restore as a file.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SaveRestoreReport {
    /// Id, or the beginning of one.
    pub restore: String,
    /// Where to; ends in `.html` or `.json`. It may take the place of a report, and of nothing else.
    pub path: String,
}

/// What came of a restore; the checks decide.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
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
    /// What was not brought back here, and why.
    pub limits: Vec<String>,
    /// How long the restore took, and how long the checks.
    pub restore_ms: Millis,
    /// How long the checks took.
    pub check_ms: Millis,
    /// How to connect to it, without a password.
    pub connect: String,
    /// Id of the scratch cluster, where it is one.
    pub scratch_id: Option<String>,
    /// What came of each recovery step; reports of older versions have none.
    pub steps: Vec<StepResultView>,
}

/// A table whose rows are not those of the manifest.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
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
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
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
