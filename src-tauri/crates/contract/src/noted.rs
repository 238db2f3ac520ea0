//! What a project's own database notes of backups. For the command line alone.

use serde::Serialize;
use specta::Type;

use crate::number::Millis;

/// An entry of the database's log: a claim.
#[derive(Debug, Clone, Serialize, Type)]
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
