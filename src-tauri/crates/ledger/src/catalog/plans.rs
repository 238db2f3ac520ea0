//! Plans that were shown, until they are applied or run out.

use super::{Catalog, CatalogError};

/// The catalogue's word that a plan was taken just now, for the first time. Nothing else makes one.
#[derive(Debug)]
pub struct TakenPlan(());

impl Catalog {
    /// Keeps a plan.
    pub async fn put_plan(&self, id: &str, body: &str, made_at_ms: i64) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO plan (id, body, made_at_ms) VALUES (?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            id,
            body,
            made_at_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A plan and the moment at which it was applied.
    pub async fn plan(&self, id: &str) -> Result<Option<(String, Option<i64>)>, CatalogError> {
        let row = sqlx::query!("SELECT body, applied_at_ms FROM plan WHERE id = ?", id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| (row.body, row.applied_at_ms)))
    }

    /// Marks a plan as applied, on the disk before anything of it is done; nothing when it was already.
    pub async fn take_plan(&self, id: &str, at_ms: i64) -> Result<Option<TakenPlan>, CatalogError> {
        let done = sqlx::query!(
            "UPDATE plan SET applied_at_ms = ? WHERE id = ? AND applied_at_ms IS NULL",
            at_ms,
            id
        )
        .execute(&self.durable)
        .await?;
        Ok((done.rows_affected() == 1).then_some(TakenPlan(())))
    }

    /// Plans that were made before `at_ms` and never applied, with their bodies.
    pub async fn plans_before(&self, at_ms: i64) -> Result<Vec<(String, String)>, CatalogError> {
        let rows =
            sqlx::query!("SELECT id, body FROM plan WHERE applied_at_ms IS NULL AND made_at_ms < ?", at_ms)
                .fetch_all(&self.pool)
                .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.body)).collect())
    }

    /// Forgets a plan.
    pub async fn remove_plan(&self, id: &str) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM plan WHERE id = ?", id).execute(&self.pool).await?;
        Ok(())
    }
}
