//! Receipts of files that were sent to a chat.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

/// A receipt as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRecord {
    /// The id of what was sent.
    pub bundle: String,
    /// The project whose bot sent it; it may be gone, or not be here yet.
    pub project_id: String,
    /// That project's name then.
    pub project: String,
    /// When it was sent.
    pub at_ms: i64,
    /// The receipt (JSON).
    pub receipt: String,
    /// The snapshot of the vault that holds it.
    pub snapshot_id: Option<String>,
}

impl Catalog {
    /// All receipts, oldest first.
    pub async fn receipts(&self) -> Result<Vec<ReceiptRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            ReceiptRecord,
            "SELECT bundle, project_id, project, at_ms, receipt, snapshot_id FROM receipt ORDER BY at_ms, bundle"
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Keeps a receipt, in place of one of the same bundle. Where it lies in the vault is another matter.
    pub async fn put_receipt(on: &mut SqliteConnection, record: &ReceiptRecord) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO receipt (bundle, project_id, project, at_ms, receipt, snapshot_id) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (bundle) DO UPDATE SET at_ms = excluded.at_ms, receipt = excluded.receipt",
            record.bundle,
            record.project_id,
            record.project,
            record.at_ms,
            record.receipt,
            record.snapshot_id
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// Keeps how far a sending has come. It is on the disk before the next part goes: what is in the chat is named
    /// nowhere else.
    pub async fn note_sending(&self, record: &ReceiptRecord) -> Result<(), CatalogError> {
        let mut tx = self.durable.begin_with("BEGIN IMMEDIATE").await?;
        Self::put_receipt(&mut tx, record).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes where a receipt lies in the vault.
    pub async fn place_receipt(&self, bundle: &str, snapshot_id: &str) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE receipt SET snapshot_id = ?2 WHERE bundle = ?1", bundle, snapshot_id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets a receipt.
    pub async fn remove_receipt(on: &mut SqliteConnection, bundle: &str) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM receipt WHERE bundle = ?", bundle).execute(on).await?;
        Ok(())
    }

    /// Forgets a sending that left nothing in the chat.
    pub async fn forget_sending(&self, bundle: &str) -> Result<(), CatalogError> {
        let mut tx = self.durable.begin_with("BEGIN IMMEDIATE").await?;
        Self::remove_receipt(&mut tx, bundle).await?;
        tx.commit().await?;
        Ok(())
    }
}
