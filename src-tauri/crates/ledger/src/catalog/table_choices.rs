//! Of which tables the backups of a project take the rows, where a person chose some.

use postgres::choice::TableChoice;
use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

impl Catalog {
    /// The choice of a project; everything where nobody chose.
    pub async fn table_choice(&self, project_id: &str) -> Result<TableChoice, CatalogError> {
        let text = sqlx::query_scalar!("SELECT choice FROM table_choice WHERE project_id = ?", project_id)
            .fetch_optional(&self.pool)
            .await?;
        let Some(text) = text else { return Ok(TableChoice::default()) };
        serde_json::from_str(&text).map_err(|_| CatalogError::Unknown { column: "choice", value: text })
    }

    /// Sets the choice of a project, within a transaction; everything takes it away.
    pub async fn set_table_choice_on(
        on: &mut SqliteConnection,
        project_id: &str,
        choice: &TableChoice,
    ) -> Result<(), CatalogError> {
        if choice.is_everything() {
            sqlx::query!("DELETE FROM table_choice WHERE project_id = ?", project_id).execute(on).await?;
            return Ok(());
        }
        let text = serde_json::to_string(choice)
            .map_err(|error| CatalogError::Unknown { column: "choice", value: error.to_string() })?;
        sqlx::query!(
            "INSERT INTO table_choice (project_id, choice) VALUES (?, ?)
             ON CONFLICT (project_id) DO UPDATE SET choice = excluded.choice",
            project_id,
            text
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// The same, on its own.
    pub async fn set_table_choice(&self, project_id: &str, choice: &TableChoice) -> Result<(), CatalogError> {
        Self::set_table_choice_on(&mut *self.pool.acquire().await?, project_id, choice).await
    }
}
