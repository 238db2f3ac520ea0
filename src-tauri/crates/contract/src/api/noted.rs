//! What a project's own database notes of backups.

use engine::Engine;
use engine::noted::{ChangesSince, TableChanges};
use remote::platform::wedsync::{LogEntry, ManualBackup};

use super::Answer;
use crate::backup::BackupRef;
use crate::command::Nothing;
use crate::job::JobStarted;
use crate::noted::{
    ChangesSinceView, NoteBackup, NotedBackupView, NotedStateView, RecordDrills, TableChangesView, TestNoted,
};
use crate::number::{Count, Millis};
use crate::project::ProjectRef;

/// Has the project's database note a manual backup.
///
/// # Errors
/// `no_connection`, `wedsync_not_there`, or what the database said.
#[crate::boxed]
pub async fn noted_start(engine: &Engine, request: NoteBackup) -> Answer<NotedBackupView> {
    Ok(engine.note_manual_backup(&request.project, &request.reason).await?.into())
}

/// What the project's database noted.
///
/// # Errors
/// As `noted_start`.
#[crate::boxed]
pub async fn noted_list(engine: &Engine, request: ProjectRef) -> Answer<Vec<NotedBackupView>> {
    Ok(engine.noted_backups(&request.project).await?.into_iter().map(Into::into).collect())
}

/// What is known here of it, without asking it.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn noted_state(engine: &Engine, request: ProjectRef) -> Answer<NotedStateView> {
    let known = engine.records_drills(&request.project).await?;
    Ok(NotedStateView { is_known: known.is_some(), records_drills: known.unwrap_or(false) })
}

/// Writes what was proven of a backup into its project's database. Returns the ids of the rows.
///
/// # Errors
/// As `noted_start`; `backup_not_found`, `not_proven`.
#[crate::boxed]
pub async fn noted_record(engine: &Engine, request: BackupRef) -> Answer<Vec<String>> {
    Ok(engine.note_verifications(&request.backup).await?)
}

/// Has the result of every drill written there from now on, or not any more.
///
/// # Errors
/// As `noted_start`.
#[crate::boxed]
pub async fn noted_record_drills(engine: &Engine, request: RecordDrills) -> Answer<Nothing> {
    engine.record_drills(&request.project, request.is_on).await?;
    Ok(Nothing {})
}

/// Starts to have the database test a backup that it noted.
///
/// # Errors
/// `project_not_found`, `no_connection`, `invalid_request`.
#[crate::boxed]
pub async fn noted_test(engine: &Engine, request: TestNoted) -> Answer<JobStarted> {
    Ok(JobStarted { job_id: engine.start_noted_test(&request.project, &request.id).await? })
}

/// What changed in a backup's database since.
///
/// # Errors
/// `backup_not_found`, and as `noted_start`.
#[crate::boxed]
pub async fn noted_changes(engine: &Engine, request: BackupRef) -> Answer<ChangesSinceView> {
    Ok(engine.changes_since(&request.backup).await?.into())
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

impl From<ChangesSince> for ChangesSinceView {
    fn from(changes: ChangesSince) -> Self {
        let words = changes.words();
        let ChangesSince { since_ms, tables, is_cut } = changes;
        Self {
            since_ms: since_ms.into(),
            tables: tables.into_iter().map(Into::into).collect(),
            is_cut,
            words,
        }
    }
}

impl From<TableChanges> for TableChangesView {
    fn from(changes: TableChanges) -> Self {
        let TableChanges { table, inserted, updated, deleted, other, last_at_ms } = changes;
        Self {
            table,
            inserted: Count(inserted),
            updated: Count(updated),
            deleted: Count(deleted),
            other: Count(other),
            last_at_ms: last_at_ms.into(),
        }
    }
}
