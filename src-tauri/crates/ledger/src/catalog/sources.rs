//! Where the components of projects come from, beside their databases.

use std::collections::HashMap;

use source::Place;
use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};
use crate::component::{Component, Components};

/// A source: a part of a project that Holdfast reads beside the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRecord {
    /// Id.
    pub id: String,
    /// The project that it belongs to.
    pub project_id: String,
    /// Its name, unique in the project without regard to case.
    pub name: String,
    /// What it is of the project.
    pub component: Component,
    /// Where it is.
    pub place: Place,
    /// Whether the keychain holds a secret for it.
    pub has_secret: bool,
    /// When it was added.
    pub created_at_ms: i64,
}

struct Row {
    id: String,
    project_id: String,
    name: String,
    component: String,
    place: String,
    has_secret: i64,
    created_at_ms: i64,
}

impl TryFrom<Row> for SourceRecord {
    type Error = CatalogError;

    fn try_from(row: Row) -> Result<Self, CatalogError> {
        let Row { id, project_id, name, component, place, has_secret, created_at_ms } = row;
        let component = Component::parse(&component)
            .ok_or(CatalogError::Unknown { column: "component", value: component })?;
        let place = serde_json::from_str(&place)
            .map_err(|_| CatalogError::Unknown { column: "place", value: place })?;
        Ok(Self { id, project_id, name, component, place, has_secret: has_secret != 0, created_at_ms })
    }
}

impl Catalog {
    /// The sources of a project: stored files, configuration, Redis, logs, and within these by name.
    pub async fn sources(&self, project_id: &str) -> Result<Vec<SourceRecord>, CatalogError> {
        Ok(self.all_sources(Some(project_id)).await?.remove(project_id).unwrap_or_default())
    }

    /// The sources of each project; `only` names the one, where it is one.
    pub async fn all_sources(
        &self,
        only: Option<&str>,
    ) -> Result<HashMap<String, Vec<SourceRecord>>, CatalogError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, project_id, name, component, place, has_secret, created_at_ms FROM source
             WHERE ?1 IS NULL OR project_id = ?1 ORDER BY name",
            only
        )
        .fetch_all(&self.pool)
        .await?;
        let mut all: HashMap<String, Vec<SourceRecord>> = HashMap::new();
        for row in rows {
            let source = SourceRecord::try_from(row)?;
            all.entry(source.project_id.clone()).or_default().push(source);
        }
        for sources in all.values_mut() {
            sources.sort_by_key(|source| source.component);
        }
        Ok(all)
    }

    /// The components that a project has sources of.
    pub async fn source_components(&self, project_id: &str) -> Result<Components, CatalogError> {
        let words =
            sqlx::query_scalar!("SELECT DISTINCT component FROM source WHERE project_id = ?", project_id)
                .fetch_all(&self.pool)
                .await?;
        Ok(Components::of_words(words.iter().map(String::as_str)))
    }

    /// Adds a source, or changes the one with its id, within a transaction. False when the project has another one of
    /// that name.
    pub async fn put_source_on(
        on: &mut SqliteConnection,
        source: &SourceRecord,
    ) -> Result<bool, CatalogError> {
        let place = serde_json::to_string(&source.place)
            .map_err(|error| CatalogError::Unknown { column: "place", value: error.to_string() })?;
        let component = source.component.as_str();
        let done = sqlx::query!(
            "INSERT INTO source (id, project_id, name, component, place, has_secret, created_at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET place = excluded.place, has_secret = excluded.has_secret,
                 created_at_ms = excluded.created_at_ms
             ON CONFLICT (project_id, name) DO NOTHING",
            source.id,
            source.project_id,
            source.name,
            component,
            place,
            source.has_secret,
            source.created_at_ms
        )
        .execute(on)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Adds a source, or changes the one with its id. False when the project has another one of that name.
    pub async fn put_source(&self, source: &SourceRecord) -> Result<bool, CatalogError> {
        Self::put_source_on(&mut *self.pool.acquire().await?, source).await
    }

    /// Removes a source, within a transaction. False when there is none of that id.
    pub async fn remove_source_on(on: &mut SqliteConnection, id: &str) -> Result<bool, CatalogError> {
        let done = sqlx::query!("DELETE FROM source WHERE id = ?", id).execute(on).await?;
        Ok(done.rows_affected() == 1)
    }
}
