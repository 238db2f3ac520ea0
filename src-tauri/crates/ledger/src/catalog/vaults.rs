//! The vault of this profile.

use camino::Utf8PathBuf;
use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

/// Where the vault is; its key is in the keychain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultRecord {
    /// Repository id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Directory.
    pub path: Utf8PathBuf,
    /// When it was created or opened here.
    pub created_at_ms: i64,
    /// When its recovery kit was saved and read back.
    pub kit_confirmed_at_ms: Option<i64>,
}

impl Catalog {
    /// The vault, where there is one.
    pub async fn vault(&self) -> Result<Option<VaultRecord>, CatalogError> {
        let row =
            sqlx::query!("SELECT id, name, path, created_at_ms, kit_confirmed_at_ms FROM vault LIMIT 1")
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(|row| VaultRecord {
            id: row.id,
            name: row.name,
            path: row.path.into(),
            created_at_ms: row.created_at_ms,
            kit_confirmed_at_ms: row.kit_confirmed_at_ms,
        }))
    }

    /// Makes this the vault of the profile.
    pub async fn set_vault(on: &mut SqliteConnection, vault: &VaultRecord) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM vault").execute(&mut *on).await?;
        let path = vault.path.as_str();
        sqlx::query!(
            "INSERT INTO vault (id, name, path, created_at_ms, kit_confirmed_at_ms) VALUES (?, ?, ?, ?, ?)",
            vault.id,
            vault.name,
            path,
            vault.created_at_ms,
            vault.kit_confirmed_at_ms
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// Notes that the kit was saved and read back.
    pub async fn confirm_kit(on: &mut SqliteConnection, at_ms: i64) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE vault SET kit_confirmed_at_ms = ?", at_ms).execute(on).await?;
        Ok(())
    }
}
