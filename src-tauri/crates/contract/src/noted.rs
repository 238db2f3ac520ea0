//! What a project's own database notes of backups, where it follows `WedSync`'s design.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};

/// An entry of the database's log: a claim.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NotedBackupView {
    /// Its id there.
    pub id: String,
    /// Its kind there.
    pub kind: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When it began.
    pub started_at_ms: Option<Millis>,
    /// How it stands, in the database's own word.
    pub status: Option<String>,
    /// What has to be known, as sentences.
    pub notes: Vec<String>,
}

/// What is known here of such a database, without asking it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NotedStateView {
    /// Whether it was seen to follow the design.
    pub is_known: bool,
    /// Whether the result of every drill is written there.
    pub records_drills: bool,
}

/// Has the database note a manual backup.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NoteBackup {
    /// Id or name of the project.
    pub project: String,
    /// Why.
    pub reason: String,
}

/// Has the database test a backup that it noted.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TestNoted {
    /// Id or name of the project.
    pub project: String,
    /// The backup's id there.
    pub id: String,
}

/// Says whether the result of every drill is written there.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RecordDrills {
    /// Id or name of the project.
    pub project: String,
    /// Whether.
    pub is_on: bool,
}

/// What changed in a backup's database since, as it tracks it: claims.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChangesSinceView {
    /// Since when: the moment that the backup restores.
    pub since_ms: Millis,
    /// Table by table.
    pub tables: Vec<TableChangesView>,
    /// Whether there are more than were read.
    pub is_cut: bool,
    /// All of it in one sentence.
    pub words: String,
}

/// What changed in one table.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TableChangesView {
    /// Its name, as it stands there.
    pub table: String,
    /// Rows that came.
    pub inserted: Count,
    /// Rows that changed.
    pub updated: Count,
    /// Rows that went.
    pub deleted: Count,
    /// What is called otherwise there.
    pub other: Count,
    /// When the last of them was.
    pub last_at_ms: Millis,
}
