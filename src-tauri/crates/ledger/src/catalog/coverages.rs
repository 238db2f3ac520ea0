//! What was seen of projects, and what of it nobody wants in backups.

use std::collections::HashMap;

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};
use crate::coverage::Found;

/// What is known of the coverage of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CoverageRecord {
    /// What was seen; absent where nobody looked yet.
    pub found: Option<Found>,
    /// Keys of parts that a person does not want.
    pub unwanted: Vec<String>,
}

impl Catalog {
    /// What is known of each project; `only` names the one, where it is one.
    pub async fn coverages(
        &self,
        only: Option<&str>,
    ) -> Result<HashMap<String, CoverageRecord>, CatalogError> {
        let rows = sqlx::query!(
            "SELECT project_id AS \"project_id!\", found, unwanted FROM coverage WHERE ?1 IS NULL OR project_id = ?1",
            only
        )
        .fetch_all(&self.pool)
        .await?;
        let of_row = |(project, found, unwanted): (String, Option<String>, String)| {
            // What another version saw is looked at again.
            let found = found.and_then(|text| serde_json::from_str(&text).ok());
            let unwanted = serde_json::from_str(&unwanted)
                .map_err(|_| CatalogError::Unknown { column: "unwanted", value: unwanted })?;
            Ok((project, CoverageRecord { found, unwanted }))
        };
        rows.into_iter().map(|row| of_row((row.project_id, row.found, row.unwanted))).collect()
    }

    /// What is known of one.
    pub async fn coverage(&self, project_id: &str) -> Result<CoverageRecord, CatalogError> {
        Ok(self.coverages(Some(project_id)).await?.remove(project_id).unwrap_or_default())
    }

    /// Notes what was seen of a project.
    pub async fn put_found(&self, project_id: &str, found: &Found) -> Result<(), CatalogError> {
        let text = serde_json::to_string(found)
            .map_err(|error| CatalogError::Unknown { column: "found", value: error.to_string() })?;
        sqlx::query!(
            "INSERT INTO coverage (project_id, found) VALUES (?, ?)
             ON CONFLICT (project_id) DO UPDATE SET found = excluded.found",
            project_id,
            text
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Which parts of a project a person does not want, within a transaction.
    pub async fn unwanted_on(
        on: &mut SqliteConnection,
        project_id: &str,
    ) -> Result<Vec<String>, CatalogError> {
        let text = sqlx::query_scalar!("SELECT unwanted FROM coverage WHERE project_id = ?", project_id)
            .fetch_optional(on)
            .await?;
        let Some(text) = text else { return Ok(Vec::new()) };
        serde_json::from_str(&text).map_err(|_| CatalogError::Unknown { column: "unwanted", value: text })
    }

    /// Forgets what was seen of a project, whose place changed.
    pub async fn forget_found(&self, project_id: &str) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE coverage SET found = NULL WHERE project_id = ?", project_id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Sets which parts of a project a person does not want, within a transaction.
    pub async fn set_unwanted_on(
        on: &mut SqliteConnection,
        project_id: &str,
        unwanted: &[String],
    ) -> Result<(), CatalogError> {
        let text = serde_json::to_string(unwanted)
            .map_err(|error| CatalogError::Unknown { column: "unwanted", value: error.to_string() })?;
        sqlx::query!(
            "INSERT INTO coverage (project_id, unwanted) VALUES (?, ?)
             ON CONFLICT (project_id) DO UPDATE SET unwanted = excluded.unwanted",
            project_id,
            text
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// The same, on its own.
    pub async fn set_unwanted(&self, project_id: &str, unwanted: &[String]) -> Result<(), CatalogError> {
        Self::set_unwanted_on(&mut *self.pool.acquire().await?, project_id, unwanted).await
    }
}
