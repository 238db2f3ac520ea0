//! What a person asserts of a project's data.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

/// An assertion: a query that returns no row, or a single true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionRecord {
    /// Its name, unique in the project.
    pub name: String,
    /// The query.
    pub query: String,
    /// When it was added.
    pub created_at_ms: i64,
}

impl Catalog {
    /// The assertions of a project, by name.
    pub async fn assertions(&self, project_id: &str) -> Result<Vec<AssertionRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            AssertionRecord,
            "SELECT name, query, created_at_ms FROM assertion WHERE project_id = ? ORDER BY name",
            project_id
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Adds an assertion, within a transaction. False when the project has one of that name.
    pub async fn add_assertion_on(
        on: &mut SqliteConnection,
        project_id: &str,
        assertion: &AssertionRecord,
    ) -> Result<bool, CatalogError> {
        let done = sqlx::query!(
            "INSERT INTO assertion (project_id, name, query, created_at_ms) VALUES (?, ?, ?, ?)
             ON CONFLICT (project_id, name) DO NOTHING",
            project_id,
            assertion.name,
            assertion.query,
            assertion.created_at_ms
        )
        .execute(on)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Removes an assertion, within a transaction. False when there is none of that name.
    pub async fn remove_assertion_on(
        on: &mut SqliteConnection,
        project_id: &str,
        name: &str,
    ) -> Result<bool, CatalogError> {
        let done = sqlx::query!("DELETE FROM assertion WHERE project_id = ? AND name = ?", project_id, name)
            .execute(on)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
