//! Projects whose own database notes backups, by `WedSync`'s design.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

impl Catalog {
    /// Whether the results of a project's drills are written into its database; absent where no such design was found
    /// there yet.
    pub async fn noted(&self, project_id: &str) -> Result<Option<bool>, CatalogError> {
        let row = sqlx::query_scalar!(
            r#"SELECT records_drills AS "records_drills: bool" FROM noted WHERE project_id = ?"#,
            project_id
        );
        Ok(row.fetch_optional(&self.pool).await?)
    }

    /// Notes that a project's database follows the design.
    pub async fn set_noted_found(&self, project_id: &str, at_ms: i64) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO noted (project_id, found_at_ms) VALUES (?, ?)
             ON CONFLICT (project_id) DO UPDATE SET found_at_ms = excluded.found_at_ms",
            project_id,
            at_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Says whether the results of a project's drills are written into its database, within a transaction.
    pub async fn set_records_drills_on(
        on: &mut SqliteConnection,
        project_id: &str,
        records_drills: bool,
        at_ms: i64,
    ) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO noted (project_id, records_drills, found_at_ms) VALUES (?, ?, ?)
             ON CONFLICT (project_id) DO UPDATE SET records_drills = excluded.records_drills",
            project_id,
            records_drills,
            at_ms
        )
        .execute(on)
        .await?;
        Ok(())
    }
}
