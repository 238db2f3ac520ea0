//! What a project's own database notes of backups.

use engine::Engine;
use engine::platform::wedsync::{LogEntry, ManualBackup};

use super::Answer;
use crate::noted::NotedBackupView;
use crate::number::Millis;

/// Has the project's database note a manual backup.
///
/// # Errors
/// `no_connection`, `wedsync_not_there`, or what the database said.
#[crate::boxed]
pub async fn noted_start(engine: &Engine, project: &str, reason: &str) -> Answer<NotedBackupView> {
    Ok(engine.note_manual_backup(project, reason).await?.into())
}

/// What the project's database noted.
///
/// # Errors
/// As `noted_start`.
#[crate::boxed]
pub async fn noted_list(engine: &Engine, project: &str) -> Answer<Vec<NotedBackupView>> {
    Ok(engine.noted_backups(project).await?.into_iter().map(Into::into).collect())
}

/// Writes what was proven of a backup into its project's database.
///
/// # Errors
/// As `noted_start`; `backup_not_found`, `not_proven`.
#[crate::boxed]
pub async fn noted_record(engine: &Engine, backup: &str) -> Answer<Vec<String>> {
    Ok(engine.note_verifications(backup).await?)
}

impl From<ManualBackup> for NotedBackupView {
    fn from(noted: ManualBackup) -> Self {
        let ManualBackup { id, status, notes } = noted;
        Self { id, kind: Some("manual".into()), reason: None, started_at_ms: None, status, notes }
    }
}

impl From<LogEntry> for NotedBackupView {
    fn from(entry: LogEntry) -> Self {
        let LogEntry { backup_id, kind, reason, created_by: _, started_at, status } = entry;
        let started_at_ms = started_at.map(|at| Millis(at.as_millisecond()));
        Self { id: backup_id, kind, reason, started_at_ms, status, notes: Vec::new() }
    }
}
