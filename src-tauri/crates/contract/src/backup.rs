//! Backups: what they hold, and how far they are proven.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::component::{AbsentView, HeldView};
use crate::coverage::ProjectCoverageView;
use crate::number::{Count, Millis};
use crate::recognised::RecognisedView;
use crate::tables::{NotTakenView, TableChoiceView, TableView};

/// How far a backup is proven. Each level is shown as such, never as one tick for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum LevelView {
    /// Every block was read from the vault, and its hash matched; or, where an earlier proven backup
    /// holds it, its authentication code.
    Bytes,
    /// The archive parses and lists. A verification also counted every row again.
    Readable,
    /// A restore brought it back, and rows and fingerprints matched.
    Restored,
}

/// An honest verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum VerdictView {
    /// It was shown.
    Pass,
    /// It was shown to be wrong.
    Fail,
    /// It could not be shown either way.
    Inconclusive,
}

/// One entry of the proof ledger.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProofView {
    /// The level that was tried.
    pub level: LevelView,
    /// What came out.
    pub verdict: VerdictView,
    /// When.
    pub at_ms: Millis,
    /// How long it took.
    pub elapsed_ms: Millis,
    /// What was done and seen, in one sentence.
    pub reason: String,
}

/// The newest verified restorable point.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryPoint {
    /// The backup.
    pub backup_id: String,
    /// The moment in time that it restores.
    pub at_ms: Millis,
}

/// A backup as lists show it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupRow {
    /// Id: the snapshot's id in the vault.
    pub id: String,
    /// Short form of the id.
    pub short_id: String,
    /// Project it belongs to.
    pub project_id: String,
    /// That project's name.
    pub project: String,
    /// The moment in time that it restores (the exported snapshot's).
    pub at_ms: Millis,
    /// Why it was made, as a person wrote it.
    pub reason: Option<String>,
    /// Who or what started it: `by hand`, `command line`, `schedule`.
    pub trigger: String,
    /// Who.
    pub who: String,
    /// The parts: `database` …
    pub components: Vec<String>,
    /// Bytes of all parts, before deduplication.
    pub size_bytes: Count,
    /// Bytes that it added to the vault.
    pub added_bytes: Count,
    /// Rows in all tables; absent when the dump could not be counted.
    pub rows: Option<Count>,
    /// Tables.
    pub tables: Count,
    /// Migration stamp of the schema.
    pub migration: Option<String>,
    /// Highest level whose last verdict is a pass; absent before any.
    pub level: Option<LevelView>,
    /// The last proof that was tried.
    pub last_proof: Option<ProofView>,
    /// Number of warnings in the manifest.
    pub warnings: u32,
    /// True for the newest verified backup of its project, which cannot be deleted.
    pub is_newest_verified: bool,
    /// The backup that it is nothing without, where it is a part: a platform's incremental.
    pub needs: Option<NeededView>,
    /// Why it counts for nothing though it is kept, and what to do, in sentences without the last full stop.
    pub held_back: Option<String>,
}

/// A backup that another one is nothing without.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NeededView {
    /// Its id here, or its id at the platform.
    pub name: String,
    /// Its id here; absent where it is not here.
    pub id: Option<String>,
    /// Its moment, where it is here.
    pub at_ms: Option<Millis>,
}

/// Asks for backups, newest first.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ListBackups {
    /// Id or name of a project; absent means all.
    pub project: Option<String>,
    /// How many to skip.
    pub offset: u32,
    /// How many at most; 1 to 500.
    pub limit: u32,
    /// Only those; absent means all.
    #[serde(default)]
    pub sift: Option<SiftBackups>,
}

/// Which backups are asked for; what is absent, empty or false does not matter.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SiftBackups {
    /// How they came.
    pub kind: Option<BackupKindView>,
    /// Who began them.
    pub by: Option<BegunByView>,
    /// What they have to hold, all of it: `database`, `storage`, `config`, `redis`, `logs`.
    pub holds: Vec<String>,
    /// How far they are proven.
    pub proof: Option<ProofSiftView>,
    /// Of this moment or later.
    pub since_ms: Option<Millis>,
    /// Of before this moment.
    pub until_ms: Option<Millis>,
    /// Held by somebody.
    pub is_held: bool,
    /// A text that stands in what a list shows of them.
    pub text: Option<String>,
}

/// How a backup came into the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum BackupKindView {
    /// Holdfast read the source itself.
    Own,
    /// It was pulled from a platform.
    Pulled,
    /// It is a file of a person.
    Imported,
}

/// Who began a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum BegunByView {
    /// A person, in the window or by the command line.
    Person,
    /// A schedule.
    Schedule,
}

/// How far backups have to be proven that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ProofSiftView {
    /// At least that every block is there.
    Bytes,
    /// At least that it is readable.
    Readable,
    /// A restore brought it back.
    Restored,
    /// Not at all.
    Never,
    /// What was tried last showed it to be wrong.
    Failed,
}

/// Asks what some backups take.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SumBackups {
    /// Id or name of a project; absent means all.
    pub project: Option<String>,
    /// Only those; absent means all.
    #[serde(default)]
    pub sift: Option<SiftBackups>,
}

/// What some backups take, as the list knows it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupSums {
    /// How many.
    pub backups: Count,
    /// Bytes of all their parts, before deduplication.
    pub size_bytes: Count,
    /// Bytes that they added to the vault when they were made.
    pub added_bytes: Count,
}

/// What some backups cost in space, measured in the vault.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupSpace {
    /// How many.
    pub backups: Count,
    /// What only they need: free once they are removed and the vault is pruned.
    pub alone_bytes: Count,
    /// What nothing needs any more: a prune frees it.
    pub unused_bytes: Count,
    /// What the vault's data takes in all.
    pub stored_bytes: Count,
}

/// A page of backups.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupPage {
    /// All that match.
    pub total: Count,
    /// This page.
    pub backups: Vec<BackupRow>,
}

/// One point of the growth plot.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GrowthPoint {
    /// The backup.
    pub backup_id: String,
    /// Its moment.
    pub at_ms: Millis,
    /// Size of all parts.
    pub size_bytes: Count,
    /// What it added to the vault.
    pub added_bytes: Count,
}

/// Asks for the growth of a project's backups.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AskGrowth {
    /// Id or name.
    pub project: String,
    /// Days back from now.
    pub days: u32,
}

/// A backup with its details.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupView {
    /// As in lists.
    pub row: BackupRow,
    /// What it was asked to take, in words: `full, everything that the project had`; absent where that was not noted.
    pub type_words: Option<String>,
    /// Its parts with sizes and checksums.
    pub parts: Vec<PartView>,
    /// Tables with rows and bytes, largest first.
    pub table_list: Vec<TableView>,
    /// Server version; absent where there is no database.
    pub server_version: Option<String>,
    /// Version of the tool that dumped.
    pub tool_version: Option<String>,
    /// What a person recognises their project by; absent where that was not looked for, or nothing found.
    pub recognised: Option<RecognisedView>,
    /// Files beside the database, by component.
    pub trees: Vec<TreeView>,
    /// What it holds, by component and source.
    pub components: Vec<HeldView>,
    /// What of the project it was made of; absent where nobody looked.
    pub coverage: Option<ProjectCoverageView>,
    /// What was to be read and is not in it, so that it does not count for that component.
    pub absent: Vec<AbsentView>,
    /// The file that it was made of, where it came as one.
    pub artifact: Option<ArtifactView>,
    /// Host and database that it came from.
    pub origin: String,
    /// Position in the server's log, where it may be read.
    pub lsn: Option<String>,
    /// When the run started and ended.
    pub started_at_ms: Millis,
    /// When the run ended.
    pub finished_at_ms: Millis,
    /// Extensions of the database.
    pub extensions: Vec<String>,
    /// What of its database it does not have by choice.
    pub not_taken: Option<NotTakenView>,
    /// Warnings of the run, as sentences.
    pub warnings: Vec<String>,
    /// Everything that was tried to prove it, newest first.
    pub proofs: Vec<ProofView>,
    /// The equivalent command line for a restore.
    pub restore_command: String,
    /// The backup of the same project that was made before; absent for the first.
    pub previous_id: Option<String>,
}

/// One part of a backup.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PartView {
    /// What it is: `database`, `roles`.
    pub component: String,
    /// Its path in the snapshot.
    pub path: String,
    /// Size.
    pub size_bytes: Count,
    /// SHA-256 (hexadecimal).
    pub sha256: String,
}

/// Files of one component.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TreeView {
    /// `storage`, `config`, `redis`, `logs`, `other`.
    pub component: String,
    /// Folder in the snapshot.
    pub path: String,
    /// Files.
    pub files: Count,
    /// Their bytes.
    pub size_bytes: Count,
}

/// The file that a backup was made of.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactView {
    /// What it is, as a sentence.
    pub what: String,
    /// The layers that were opened, outermost first.
    pub layers: Vec<String>,
    /// Who made it, as far as it says.
    pub made_by: Option<String>,
    /// When, as far as it says.
    pub made_at_ms: Option<Millis>,
    /// Its id on the platform that it was pulled from.
    pub remote_id: Option<String>,
    /// What was found in it, as sentences.
    pub findings: Vec<String>,
    /// Why the database in it could not be loaded, where it could not.
    pub unloaded: Option<String>,
    /// A person, or its platform, vouches for where it comes from.
    pub is_trusted: bool,
}

/// Names backups whose proofs are asked for.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AskProofs {
    /// Ids, at most 100.
    pub backups: Vec<String>,
}

/// How one backup is proven, level by level, and how long a drill of it would take.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProofStandingView {
    /// The backup.
    pub backup_id: String,
    /// What came out last, one entry per level that was tried, the lowest first.
    pub proofs: Vec<ProofView>,
    /// How long a drill of it would take.
    pub drill: crate::restore::EstimateView,
}

/// What was read again of one backup by checks that go through the whole vault part by part.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CoverageView {
    /// Packs that it lies in.
    pub packs: Count,
    /// Those of them that were read whole at some time.
    pub packs_read: Count,
    /// When the one was read that was read longest ago.
    pub oldest_at_ms: Option<Millis>,
    /// When the last one was read.
    pub newest_at_ms: Option<Millis>,
    /// When its bytes count as proven by that: once every pack was read and found well, `oldestAtMs`.
    pub proven_at_ms: Option<Millis>,
    /// Packs that were damaged when they were last read; it may be that only others need what is damaged.
    pub damaged: Vec<crate::vault::DamagedPackView>,
    /// Blocks of it that are in no index.
    pub missing: Count,
}

/// Plans or starts a backup.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StartBackup {
    /// Id or name of the project.
    pub project: String,
    /// Why, for people.
    pub reason: Option<String>,
    /// Components: `database`, `storage`, `config`, `redis`, `logs`; none means all that the project has.
    #[serde(default)]
    pub only: Vec<String>,
    /// Tables for this backup alone, which then holds the database alone and counts for no goal; absent means those
    /// that are chosen for the project.
    #[serde(default)]
    pub tables: Option<TableChoiceView>,
}

/// What a backup would do.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupPlanView {
    /// Project.
    pub project: String,
    /// From where.
    pub origin: String,
    /// To where.
    pub destination: String,
    /// Server version; absent where no database is read.
    pub server_version: Option<String>,
    /// Tool that will dump.
    pub tool_version: Option<String>,
    /// Tables.
    pub tables: Count,
    /// Size of the database on the server.
    pub database_bytes: Count,
    /// Free space at the vault.
    pub free_bytes: Count,
    /// Tables that are new since the last backup.
    pub new_tables: Vec<String>,
    /// Tables of the last backup that are gone.
    pub gone_tables: Vec<String>,
    /// Tables whose rows are not taken by choice.
    pub left_out: Vec<String>,
    /// What is read beside the database, in words.
    pub parts: Vec<String>,
    /// Sentences to consider.
    pub warnings: Vec<String>,
}

/// Names a backup.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupRef {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    pub backup: String,
}

/// What deleting a backup would do.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DeletionPlan {
    /// The backup.
    pub backup: BackupRow,
    /// What has to be typed: its short id.
    pub confirm: String,
    /// Why it may not be deleted; absent when it may.
    pub refusal: Option<String>,
    /// Sentences that say what happens.
    pub effects: Vec<String>,
    /// The recovery point that stays.
    pub newest_verified_after: Option<RecoveryPoint>,
}

/// Deletes a backup.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DeleteBackup {
    /// Id, prefix, or `PROJECT@latest`.
    pub backup: String,
    /// Its short id, typed.
    pub confirm: String,
}

/// Verifies a backup as a job.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VerifyBackup {
    /// Id, prefix, or `PROJECT@latest`.
    pub backup: String,
    /// Level to prove.
    pub level: LevelView,
}
