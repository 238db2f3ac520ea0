//! Scratch clusters that a person keeps, or that a killed process left.

use super::{Catalog, CatalogError};

/// A scratch cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScratchRecord {
    /// Id.
    pub id: String,
    /// The backup inside.
    pub backup_id: String,
    /// The name of that backup's project.
    pub project: String,
    /// Where it is, as the cluster describes itself (JSON).
    pub record: String,
    /// The job that filled it.
    pub job_id: String,
    /// When it was made.
    pub created_at_ms: i64,
}

impl Catalog {
    /// Notes a scratch cluster, before its directory is made.
    pub async fn put_scratch(&self, scratch: &ScratchRecord) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO scratch (id, backup_id, project, record, job_id, created_at_ms) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET record = excluded.record",
            scratch.id,
            scratch.backup_id,
            scratch.project,
            scratch.record,
            scratch.job_id,
            scratch.created_at_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// All scratch clusters, newest first.
    pub async fn scratches(&self) -> Result<Vec<ScratchRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            ScratchRecord,
            "SELECT id, backup_id, project, record, job_id, created_at_ms FROM scratch ORDER BY created_at_ms DESC"
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Forgets a scratch cluster, after its directory is gone.
    pub async fn remove_scratch(&self, id: &str) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM scratch WHERE id = ?", id).execute(&self.pool).await?;
        Ok(())
    }
}
