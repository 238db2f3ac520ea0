//! A plan, as it is stored and shown: it carries a fingerprint of what it saw, and a validity.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::existing::Identity;
use super::request::{Strategy, TableMode, Writers};
use crate::archive::Manifest;
use crate::catalog::ProofLevel;
use crate::proof::Estimate;
use crate::steps::RecoveryStep;
use base::clock::now_ms;
use postgres::cluster::Wall;
use postgres::connection::Settings;
use postgres::remedy::Remedy;

/// A server changes; what was seen longer ago than this has to be looked at again.
pub(super) const VALID_MS: i64 = 60 * 60 * 1000;
/// Indexes take space too; what a dump needs on the server's disk is about this many times its size.
const SPACE_FACTOR: u64 = 2;

/// A plan, as it is stored and shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own, as stored")]
pub struct RestorePlan {
    /// Id.
    pub id: String,
    /// The backup.
    pub backup_id: String,
    /// Its project's id and name.
    pub project_id: String,
    /// The project's name.
    pub project: String,
    /// The moment that comes back.
    pub at_ms: i64,
    /// How far the backup is proven: 1 to 3.
    pub level: Option<u8>,
    /// How it is done.
    pub strategy: Strategy,
    /// The database that will be created.
    pub database: String,
    /// The server, where it exists already: how it is reached.
    pub connection: Option<Settings>,
    /// Project whose password opens it; absent with a `connection` means a password of the plan's own.
    pub password_of: Option<String>,
    /// Whether the plan has a password of its own in the keychain.
    pub has_own_password: bool,
    /// The target in words.
    pub target: String,
    /// Label of the target's project.
    pub target_label: Option<String>,
    /// What the target was when the plan was made.
    pub fingerprint: String,
    /// Tables that will be created.
    pub tables: Vec<PlannedTable>,
    /// Rows in them.
    pub rows: Option<u64>,
    /// Bytes of the dump.
    pub size_bytes: u64,
    /// Space needed.
    pub needed_bytes: u64,
    /// Space free, where it can be known.
    pub free_bytes: Option<u64>,
    /// How the system walls the private server in, where it goes to one.
    #[serde(default)]
    pub wall: Option<Wall>,
    /// Databases of that server that are left alone.
    pub kept_databases: Vec<String>,
    /// Whether objects get their owners back.
    pub owners: bool,
    /// Whether rights are granted again.
    pub privileges: bool,
    /// The steps as sentences.
    pub steps: Vec<String>,
    /// Sentences to consider.
    pub warnings: Vec<String>,
    /// What forbids to apply it.
    pub blockers: Vec<String>,
    /// SQL for those of them that a statement takes away; each sentence stands there too.
    #[serde(default)]
    pub remedies: Vec<Remedy>,
    /// When it was made.
    pub made_at_ms: i64,
    /// Until when it can be applied.
    pub valid_until_ms: i64,
    /// The equivalent command line.
    pub command: String,
    /// The database that is there already, where the restore changes one.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// What becomes of tables that are there, where only some are restored.
    #[serde(default)]
    pub mode: Option<TableMode>,
    /// Under which name the old database stays after a swap, or the schema of tables beside the old ones.
    #[serde(default)]
    pub beside: Option<String>,
    /// When the old database of a swap goes by itself, as was agreed; absent means never.
    #[serde(default)]
    pub keep_until_ms: Option<i64>,
    /// The backup that is made before.
    #[serde(default)]
    pub safety: Safety,
    /// Whether others may write to what is replaced while that backup is made.
    #[serde(default)]
    pub writers: Writers,
    /// Whether sessions of others have to be ended, which needs a consent of its own.
    #[serde(default)]
    pub ends_connections: bool,
    /// How it can be undone, as a sentence.
    #[serde(default)]
    pub undo: String,
    /// What the button says: `Replace 41 tables in shop`.
    #[serde(default)]
    pub act: String,
    /// The restore that this one undoes or tidies up.
    #[serde(default)]
    pub restore_id: Option<String>,
    /// The number on its server of what is dropped, where the plan drops something: a name may be given to another.
    #[serde(default)]
    pub drops: Option<u32>,
    /// What the target's project wants done before and after, in order; their sentences are in `steps`.
    #[serde(default)]
    pub recovery_steps: Vec<RecoveryStep>,
    /// How long it would take until everything is loaded and checked, a safety backup not counted; absent
    /// where nothing is loaded.
    #[serde(default)]
    pub estimate: Option<Estimate>,
}

/// The backup before a restore.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Safety {
    /// There is nothing that could be lost.
    #[default]
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

/// One table of a plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlannedTable {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Rows in the backup; absent when it is not in it.
    pub rows: Option<u64>,
    /// Bytes in the dump.
    pub bytes: u64,
    /// What becomes of it.
    #[serde(default)]
    pub act: TableAct,
    /// Rows in it now, where it is there.
    #[serde(default)]
    pub rows_now: Option<u64>,
    /// Whether `rows_now` is the server's estimate.
    #[serde(default)]
    pub is_estimate: bool,
    /// What a comparison of its keys showed, where one was made.
    #[serde(default)]
    pub keys: Option<KeyDifference>,
}

/// What becomes of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableAct {
    /// It is not there, and will be.
    #[default]
    Create,
    /// Its rows become those of the backup.
    Replace,
    /// Rows are added to it.
    Add,
    /// It is not in the backup, and stays.
    Keep,
    /// It is not in the backup, and will not be there.
    Delete,
}

/// Rows by their keys: in the backup against now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDifference {
    /// In the backup alone: they come back.
    pub back: u64,
    /// There now alone: they would be lost.
    pub lost: u64,
    /// In both, and not the same.
    pub changed: u64,
}

/// A plan that says nothing yet but what comes back.
pub(super) fn blank(backup_id: &str, manifest: &Manifest, level: Option<ProofLevel>) -> RestorePlan {
    let tables = manifest.tables();
    let mut planned: Vec<PlannedTable> = tables
        .iter()
        .map(|table| PlannedTable {
            schema: table.schema.clone(),
            name: table.name.clone(),
            rows: Some(table.rows),
            bytes: table.bytes,
            act: TableAct::Create,
            rows_now: None,
            is_estimate: false,
            keys: None,
        })
        .collect();
    planned.sort_by_key(|table| std::cmp::Reverse(table.bytes));
    let made_at_ms = now_ms();
    let disk_bytes = manifest.database.as_ref().and_then(|database| database.server_bytes).unwrap_or(0);
    RestorePlan {
        id: Uuid::new_v4().simple().to_string(),
        backup_id: backup_id.to_owned(),
        project_id: String::new(),
        project: String::new(),
        at_ms: manifest.moment_at_ms,
        level: level.and_then(|level| u8::try_from(level.number()).ok()),
        strategy: Strategy::NewDatabase,
        database: String::new(),
        connection: None,
        password_of: None,
        has_own_password: false,
        target: String::new(),
        target_label: None,
        fingerprint: String::new(),
        tables: planned,
        rows: manifest.rows(),
        size_bytes: manifest.bytes(),
        needed_bytes: disk_bytes.max(manifest.bytes() * SPACE_FACTOR),
        free_bytes: None,
        wall: None,
        kept_databases: Vec::new(),
        owners: false,
        privileges: false,
        steps: Vec::new(),
        warnings: Vec::new(),
        blockers: Vec::new(),
        remedies: Vec::new(),
        made_at_ms,
        valid_until_ms: made_at_ms + VALID_MS,
        command: String::new(),
        identity: None,
        mode: None,
        beside: None,
        keep_until_ms: None,
        safety: Safety::NotNeeded,
        writers: Writers::Wait,
        ends_connections: false,
        undo: String::new(),
        act: String::new(),
        restore_id: None,
        drops: None,
        recovery_steps: Vec::new(),
        estimate: None,
    }
}
