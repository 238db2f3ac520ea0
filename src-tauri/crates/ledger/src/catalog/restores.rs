//! Restores that were applied: how far each came, and what an undo of it needs.
//!
//! On the disk before the act that a note announces: a server keeps what it committed when this computer loses its
//! power, and then only the note knows what to ask it for.

use super::{Catalog, CatalogError};

/// A restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreRecord {
    /// Id: that of its job.
    pub id: String,
    /// The project that its target belongs to, where it still exists.
    pub project_id: Option<String>,
    /// The plan (JSON).
    pub plan: String,
    /// `preparing`, `switching`, `done`, `failed`, `undone`, `discarded`.
    pub state: String,
    /// What it left on the server (JSON).
    pub traces: String,
    /// What its checks found (JSON), once they ran.
    pub report: Option<String>,
    /// What came of each recovery step (JSON).
    pub steps: String,
    /// When it began (UTC milliseconds).
    pub at_ms: i64,
}

impl Catalog {
    /// Notes a restore, or how far it came. What came of its steps is noted apart, once it is there.
    pub async fn put_restore(&self, restore: &RestoreRecord) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO restore (id, project_id, plan, state, traces, report, steps, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, traces = excluded.traces, report = excluded.report",
            restore.id,
            restore.project_id,
            restore.plan,
            restore.state,
            restore.traces,
            restore.report,
            restore.steps,
            restore.at_ms
        )
        .execute(&self.durable)
        .await?;
        Ok(())
    }

    /// Notes what came of the steps of a restore so far.
    pub async fn set_restore_steps(&self, id: &str, steps: &str) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE restore SET steps = ? WHERE id = ?", steps, id).execute(&self.durable).await?;
        Ok(())
    }

    /// Restores, newest first.
    pub async fn restores(&self, limit: u32) -> Result<Vec<RestoreRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            RestoreRecord,
            "SELECT id, project_id, plan, state, traces, report, steps, at_ms FROM restore ORDER BY at_ms DESC, id LIMIT ?",
            limit
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Restores whose id begins so; two are enough to know that it is ambiguous.
    pub async fn restores_by_prefix(&self, prefix: &str) -> Result<Vec<RestoreRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            RestoreRecord,
            "SELECT id, project_id, plan, state, traces, report, steps, at_ms FROM restore
             WHERE substr(id, 1, length(?1)) = ?1 LIMIT 2",
            prefix
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
