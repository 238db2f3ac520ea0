//! Confirmed plans of retention: which backups each removes, and how far it came.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

/// How a confirmed plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// A process removes its backups at this moment.
    Running,
    /// All of them are gone.
    Done,
    /// Something stood in the way; the others stay.
    Stopped,
    /// Its process ended before it did.
    Interrupted,
}

impl RunState {
    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
        }
    }

    fn parse(value: String) -> Result<Self, CatalogError> {
        match value.as_str() {
            "running" => Ok(Self::Running),
            "done" => Ok(Self::Done),
            "stopped" => Ok(Self::Stopped),
            "interrupted" => Ok(Self::Interrupted),
            _ => Err(CatalogError::Unknown { column: "state", value }),
        }
    }
}

/// A confirmed plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionRun {
    /// Its id.
    pub id: String,
    /// The plan's id: what was seen when it was shown.
    pub plan: String,
    /// The backups that it removes.
    pub planned: Vec<String>,
    /// How many of them are gone.
    pub removed: u64,
    /// How it stands.
    pub state: RunState,
    /// The process that does it.
    pub process: String,
    /// Stable code of what stopped it.
    pub code: Option<String>,
    /// When it was confirmed.
    pub started_at_ms: i64,
    /// When it ended.
    pub finished_at_ms: Option<i64>,
}

impl Catalog {
    /// Begins a confirmed plan, within a transaction. False while another one of its project goes on.
    pub async fn begin_retention_on(
        on: &mut SqliteConnection,
        project_id: &str,
        run: &RetentionRun,
    ) -> Result<bool, CatalogError> {
        let planned = serde_json::json!(run.planned).to_string();
        let done = sqlx::query!(
            "INSERT INTO retention_run (id, project_id, plan, planned, state, process, started_at_ms)
             SELECT ?1, ?2, ?3, ?4, 'running', ?5, ?6
             WHERE NOT EXISTS (SELECT 1 FROM retention_run WHERE project_id = ?2 AND state = 'running')",
            run.id,
            project_id,
            run.plan,
            planned,
            run.process,
            run.started_at_ms
        )
        .execute(on)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// One backup more is gone, within the transaction that removes its row.
    pub async fn count_removed_on(on: &mut SqliteConnection, run_id: &str) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE retention_run SET removed = removed + 1 WHERE id = ?", run_id)
            .execute(on)
            .await?;
        Ok(())
    }

    /// Ends a confirmed plan, within a transaction. False where it had ended.
    pub async fn end_retention_on(
        on: &mut SqliteConnection,
        run_id: &str,
        state: RunState,
        code: Option<&str>,
        at_ms: i64,
    ) -> Result<bool, CatalogError> {
        let state = state.as_str();
        let done = sqlx::query!(
            "UPDATE retention_run SET state = ?, code = ?, finished_at_ms = ? WHERE id = ? AND state = 'running'",
            state,
            code,
            at_ms,
            run_id
        )
        .execute(on)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The last confirmed plan of a project.
    pub async fn last_retention(&self, project_id: &str) -> Result<Option<RetentionRun>, CatalogError> {
        let row = sqlx::query!(
            "SELECT id, plan, planned, removed, state, process, code, started_at_ms, finished_at_ms
             FROM retention_run WHERE project_id = ? ORDER BY started_at_ms DESC, id LIMIT 1",
            project_id
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(RetentionRun {
                planned: serde_json::from_str(&row.planned)
                    .map_err(|_| CatalogError::Unknown { column: "planned", value: row.planned })?,
                removed: u64::try_from(row.removed).unwrap_or(0),
                state: RunState::parse(row.state)?,
                id: row.id,
                plan: row.plan,
                process: row.process,
                code: row.code,
                started_at_ms: row.started_at_ms,
                finished_at_ms: row.finished_at_ms,
            })
        })
        .transpose()
    }
}
