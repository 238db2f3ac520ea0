//! Settings: names and values.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

impl Catalog {
    /// The value of a setting.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, CatalogError> {
        Ok(sqlx::query_scalar!("SELECT value FROM setting WHERE name = ?", name)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Keeps a value that nobody set: what was seen somewhere, and can be seen again.
    pub async fn keep_setting(&self, name: &str, value: &str) -> Result<(), CatalogError> {
        let mut on = self.pool.acquire().await?;
        Self::set_setting(&mut on, name, value).await
    }

    /// Sets a setting.
    pub async fn set_setting(on: &mut SqliteConnection, name: &str, value: &str) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            value
        )
        .execute(on)
        .await?;
        Ok(())
    }
}
