//! Places: what a person declared of the vault's and of each replica's, the medium that was seen there, and when the
//! originals last answered.

use std::collections::HashMap;

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

/// What a person said of where a place is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Whether it is elsewhere: the vault, than the originals; a replica, than the vault.
    pub is_elsewhere: bool,
    /// When that was said.
    pub at_ms: i64,
    /// By whom; absent where nobody wrote that down then.
    pub by: Option<String>,
}

impl Declared {
    /// As a part of a sentence: `declared elsewhere on 3 Nov 2026 by anna`.
    pub fn words(&self) -> String {
        let place = if self.is_elsewhere { "declared elsewhere" } else { "declared to be in the same place" };
        let day = base::words::day_words(self.at_ms);
        match &self.by {
            Some(by) => format!("{place} on {day} by {by}"),
            None => format!("{place} on {day}"),
        }
    }
}

/// What is known of a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// What a person said; absent where nobody did.
    pub declared: Option<Declared>,
    /// The medium that was seen there last.
    pub medium: Option<String>,
}

impl Place {
    /// What a person said of it, in words.
    pub fn words(&self) -> String {
        self.declared.as_ref().map_or_else(|| "nobody declared where it is".to_owned(), Declared::words)
    }

    /// Whether a person said that it is elsewhere.
    pub fn is_elsewhere(&self) -> bool {
        self.declared.as_ref().is_some_and(|declared| declared.is_elsewhere)
    }
}

impl Catalog {
    /// What is known of places, by the id of the vault or the replica.
    pub async fn places(&self) -> Result<HashMap<String, Place>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT id, is_elsewhere AS "is_elsewhere: bool", declared_at_ms, declared_by, medium FROM place"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let declared = row
                    .is_elsewhere
                    .zip(row.declared_at_ms)
                    .map(|(is_elsewhere, at_ms)| Declared { is_elsewhere, at_ms, by: row.declared_by });
                (row.id, Place { declared, medium: row.medium })
            })
            .collect())
    }

    /// Keeps what a person declared of a place; absent takes it back.
    pub async fn declare_place(
        on: &mut SqliteConnection,
        id: &str,
        declared: Option<&Declared>,
    ) -> Result<(), CatalogError> {
        let is_elsewhere = declared.map(|one| one.is_elsewhere);
        let at_ms = declared.map(|one| one.at_ms);
        let by = declared.and_then(|one| one.by.as_deref());
        sqlx::query!(
            "INSERT INTO place (id, is_elsewhere, declared_at_ms, declared_by) VALUES (?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET is_elsewhere = excluded.is_elsewhere,
                 declared_at_ms = excluded.declared_at_ms, declared_by = excluded.declared_by",
            id,
            is_elsewhere,
            at_ms,
            by
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// Keeps which medium was seen at a place, for the time in which it is not connected.
    pub async fn saw_medium(&self, id: &str, medium: &str) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO place (id, medium) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET medium = excluded.medium",
            id,
            medium
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that the original of a project answered.
    pub async fn saw_original(&self, project_id: &str, at_ms: i64) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO original_seen (project_id, at_ms) SELECT p.id, ?2 FROM project p WHERE p.id = ?1
             ON CONFLICT (project_id) DO UPDATE SET at_ms = excluded.at_ms",
            project_id,
            at_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// When the originals last answered, by project.
    pub async fn originals_seen(&self) -> Result<HashMap<String, i64>, CatalogError> {
        let rows = sqlx::query!("SELECT project_id, at_ms FROM original_seen").fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|row| (row.project_id, row.at_ms)).collect())
    }
}
