//! A plan, as stored and shown: with a fingerprint of its target, and an expiry.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::existing::Identity;
use super::request::{Strategy, TableMode, Writers};
use super::writable::Triggers;
use crate::archive::Manifest;
use crate::proof::Estimate;
use crate::steps::RecoveryStep;
use base::clock::now_ms;
use ledger::catalog::ProofLevel;
use postgres::cluster::Wall;
use postgres::connection::Settings;
use postgres::remedy::Remedy;
use remote::platform::PlatformSettings;

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
    /// Owners and rights of the backup that will not be as they were, the first ones.
    #[serde(default)]
    pub rights_lost: Vec<String>,
    /// How many there are.
    #[serde(default)]
    pub rights_lost_count: u64,
    /// SQL statements that remove some of the blockers; each blocker is in that list too.
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
    /// The backup made after the damage, where what was damaged is merged back.
    #[serde(default)]
    pub after: Option<Later>,
    /// How triggers, rules and foreign keys are kept from acting while rows go into tables that are there.
    #[serde(default)]
    pub triggers: Triggers,
    /// Tables of the backup that stay as they are, where all rows come back that the role may write.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
    /// What is made before, where it is not there; absent where nothing is to be made.
    #[serde(default)]
    pub makes: Option<Makes>,
    /// The command line of a restore that the role may do, where this one is forbidden to it.
    #[serde(default)]
    pub instead: Option<String>,
    /// Under which name the old database stays after a swap, or the schema of tables beside the old ones.
    #[serde(default)]
    pub beside: Option<String>,
    /// When the old database of a swap is dropped, as agreed; absent means never.
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
    /// The platform of the target's project, where one of these is done there.
    #[serde(default)]
    pub platform: Option<PlatformSettings>,
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

/// A backup of the same project that was made later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    /// Its id.
    pub backup_id: String,
    /// Its moment.
    pub at_ms: i64,
}

/// What of a backup's structure is made where it is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Makes {
    /// How many of each kind, in words: `2 schemas`, `14 tables`.
    pub objects: Vec<String>,
    /// Roles that are not on the server, and are made without login and password.
    pub roles: Vec<String>,
    /// What cannot be made, since the backup does not have what it needs by choice: its numbers in the catalogue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_held: Vec<(u32, u32)>,
}

/// A table of the backup that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Why, as the end of a sentence.
    pub why: String,
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

impl PlannedTable {
    /// Rows that come back: exact where keys were compared, else the difference of both counts. Absent where nothing
    /// comes back.
    pub fn rows_back(&self) -> Option<u64> {
        match (self.act, self.keys) {
            (TableAct::Create, _) => self.rows,
            // Of a merge, rows that came since would hide those that went.
            (TableAct::Keep | TableAct::Delete | TableAct::Empty, _) | (TableAct::Merge, None) => None,
            (TableAct::Add | TableAct::Merge | TableAct::Replace, Some(keys)) => Some(keys.back),
            (TableAct::Add | TableAct::Replace, None) => {
                Some(self.rows.unwrap_or(0).saturating_sub(self.rows_now.unwrap_or(0)))
            }
        }
    }

    /// Rows of now that are lost: exact where keys were compared, else the difference of both counts. Absent where
    /// nothing can be lost, or where nobody counted.
    pub fn rows_lost(&self) -> Option<u64> {
        match (self.act, self.keys) {
            (TableAct::Create | TableAct::Keep, _) => None,
            (TableAct::Delete | TableAct::Empty, _) => self.rows_now,
            (TableAct::Add | TableAct::Merge, _) => Some(0),
            (TableAct::Replace, Some(keys)) => Some(keys.lost),
            (TableAct::Replace, None) => {
                Some(self.rows_now.unwrap_or(0).saturating_sub(self.rows.unwrap_or(0)))
            }
        }
    }

    /// Whether its rows back and lost may be others. What is kept is not counted; what is deleted is exact where its
    /// rows were counted.
    fn is_guessed(&self) -> bool {
        match self.act {
            TableAct::Replace | TableAct::Add | TableAct::Merge => self.keys.is_none(),
            TableAct::Delete | TableAct::Empty => self.is_estimate,
            TableAct::Create | TableAct::Keep => false,
        }
    }
}

impl RestorePlan {
    /// Rows that come back in all its tables.
    pub fn rows_back(&self) -> u64 {
        self.tables.iter().filter_map(PlannedTable::rows_back).fold(0, u64::saturating_add)
    }

    /// Rows of now that are lost in all its tables.
    pub fn rows_lost(&self) -> u64 {
        self.tables.iter().filter_map(PlannedTable::rows_lost).fold(0, u64::saturating_add)
    }

    /// Whether these two figures may be others.
    pub fn is_guessed(&self) -> bool {
        self.tables.iter().any(PlannedTable::is_guessed)
    }
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
    /// What was damaged in it is taken back, and what was changed since stays.
    Merge,
    /// It is not in the backup, and stays.
    Keep,
    /// It is not in the backup, and will not be there.
    Delete,
    /// Its rows are not in the backup, by choice; it will be there without any.
    Empty,
}

impl TableAct {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Add => "add",
            Self::Merge => "merge",
            Self::Keep => "keep",
            Self::Delete => "delete",
            Self::Empty => "empty",
        }
    }
}

/// Rows by their keys: in the backup against now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDifference {
    /// In the backup alone: they come back.
    pub back: u64,
    /// There now alone: they would be lost.
    pub lost: u64,
    /// In both, and not the same; of a merge, those in which something is set back.
    pub changed: u64,
    /// Of a merge: rows in which something stays that was damaged, since it was changed again, deleted or made anew.
    #[serde(default)]
    pub kept: u64,
    /// Of a merge: rows that are new between the two backups and still there; they stay.
    #[serde(default)]
    pub added: u64,
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
        rights_lost: Vec::new(),
        rights_lost_count: 0,
        remedies: Vec::new(),
        made_at_ms,
        valid_until_ms: made_at_ms + VALID_MS,
        command: String::new(),
        identity: None,
        mode: None,
        after: None,
        triggers: Triggers::default(),
        left_out: Vec::new(),
        makes: None,
        instead: None,
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
        platform: None,
        estimate: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(act: TableAct, rows: Option<u64>, rows_now: Option<u64>) -> PlannedTable {
        let (schema, name) = ("public".into(), "orders".into());
        PlannedTable { schema, name, rows, bytes: 0, act, rows_now, is_estimate: false, keys: None }
    }

    fn figures(table: &PlannedTable) -> (Option<u64>, Option<u64>, bool) {
        (table.rows_back(), table.rows_lost(), table.is_guessed())
    }

    #[test]
    fn rows_back_and_lost_are_guessed_from_counts_until_keys_were_compared() {
        let fewer = table(TableAct::Replace, Some(100), Some(80));
        assert_eq!(figures(&fewer), (Some(20), Some(0), true));
        let more = table(TableAct::Replace, Some(80), Some(100));
        assert_eq!(figures(&more), (Some(0), Some(20), true));

        let keys = Some(KeyDifference { back: 7, lost: 27, changed: 3, ..KeyDifference::default() });
        assert_eq!(figures(&PlannedTable { keys, ..more }), (Some(7), Some(27), false));
        let added = PlannedTable { keys, ..table(TableAct::Add, Some(80), Some(100)) };
        assert_eq!(figures(&added), (Some(7), Some(0), false), "what is only added loses nothing");
    }

    #[test]
    fn a_table_that_is_made_or_kept_loses_nothing_and_one_that_goes_loses_all() {
        assert_eq!(figures(&table(TableAct::Create, Some(9), None)), (Some(9), None, false));
        assert_eq!(figures(&table(TableAct::Keep, None, Some(9))), (None, None, false));
        assert_eq!(figures(&table(TableAct::Delete, None, Some(9))), (None, Some(9), false));
        let estimated = PlannedTable { is_estimate: true, ..table(TableAct::Delete, None, Some(9)) };
        assert_eq!(figures(&estimated), (None, Some(9), true));
    }
}
