//! Projects.

use std::collections::HashMap;

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};
use crate::component::{Component, Components};
use crate::point::Expects;
use base::Code;
use base::command::{BundleImport, Command};
use base::failure::Failure;
use postgres::connection::Settings;
use remote::platform::PlatformSettings;

/// What a project is to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// People depend on it now.
    Production,
    /// Before production.
    Staging,
    /// For developers.
    Development,
}

impl Label {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
        }
    }

    fn parse(value: String) -> Result<Self, CatalogError> {
        match value.as_str() {
            "production" => Ok(Self::Production),
            "staging" => Ok(Self::Staging),
            "development" => Ok(Self::Development),
            _ => Err(CatalogError::Unknown { column: "label", value }),
        }
    }
}

/// A project.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectRecord {
    /// Id.
    pub id: String,
    /// Name, unique without regard to case.
    pub name: String,
    /// Label.
    pub label: Label,
    /// True for the sample.
    pub is_sample: bool,
    /// True when only its backups are kept.
    pub is_archived: bool,
    /// How its database is reached; absent where it is not reached from here.
    pub connection: Option<Settings>,
    /// The platform that backs it up by itself, where there is one.
    pub platform: Option<PlatformSettings>,
    /// What Holdfast reads of it beside a database.
    pub parts: Components,
    /// Whether the keychain holds a password for it.
    pub has_password: bool,
    /// Server version as last seen.
    pub server_version: Option<String>,
    /// Failures before this moment were acknowledged.
    pub acknowledged_at_ms: i64,
    /// When it was added.
    pub created_at_ms: i64,
}

impl ProjectRecord {
    /// Whether Holdfast reaches its database by itself; of a sample: whether it has a server of its own.
    pub fn has_database(&self) -> bool {
        self.connection.is_some()
    }

    /// Whether anything new comes of it: from its database, from its platform, from what it has beside them. Files that
    /// were imported get no newer by themselves.
    pub fn has_source(&self) -> bool {
        self.is_of_a_database() || !self.parts.is_empty()
    }

    /// Whether Holdfast backs something of it up by itself: its database, or what it has beside one.
    pub fn is_read_here(&self) -> bool {
        self.has_database() || !self.parts.is_empty()
    }

    /// What there are to be backups of.
    pub fn expects(&self) -> Expects {
        Expects { database: self.is_of_a_database(), platform: self.platform.is_some(), parts: self.parts }
    }

    /// Whether its backups are to have a database: one that is reached, or that its platform backs up.
    pub fn is_of_a_database(&self) -> bool {
        self.connection.is_some() || self.platform.is_some()
    }

    /// The command that brings its next backup: from its database where that is reached, else from its platform.
    pub fn backup_command(&self) -> Command {
        match (self.is_read_here(), &self.platform) {
            (true, _) => Command::back_up(&self.name),
            (false, Some(_)) => Command::pull(&self.name),
            (false, None) => Command::BundleImport(BundleImport {
                files: vec!["FILE".to_owned()],
                is_encrypted: false,
                into: Some(self.name.clone()),
                as_project: None,
                reason: None,
                is_trusted: false,
            }),
        }
    }

    /// How its database is reached.
    ///
    /// # Errors
    /// `no_connection` where Holdfast does not reach one.
    pub fn postgres(&self) -> Result<&Settings, Failure> {
        self.connection.as_ref().ok_or_else(|| {
            Failure::new(
                Code::NoConnection,
                format!("{} has no database that Holdfast reaches by itself", self.name),
                match self.platform {
                    Some(_) => "Pull what its platform backs up: `holdfast pull PROJECT`; or add the database's connection to the project.",
                    None => "Add its connection: `holdfast project edit PROJECT --postgres URL`. What it has beside a database is added by `holdfast component add PROJECT …`, a backup file by `holdfast bundle import`.",
                },
            )
        })
    }

    /// What is reached, for sentences.
    pub fn reaches_words(&self) -> String {
        let database = self.connection.as_ref().map(|connection| connection.host_words().into_owned());
        let platform = self.platform.as_ref().map(PlatformSettings::place);
        match (database, platform) {
            (Some(one), Some(other)) if one != other => format!("{one} and {other}"),
            (Some(one), _) | (None, Some(one)) => one,
            (None, None) => "anything".into(),
        }
    }
}

/// One row as SQL gives it.
struct Row {
    id: String,
    name: String,
    label: String,
    is_sample: i64,
    is_archived: i64,
    connection: String,
    platform: Option<String>,
    parts: i64,
    has_password: i64,
    server_version: Option<String>,
    acknowledged_at_ms: i64,
    created_at_ms: i64,
}

impl TryFrom<Row> for ProjectRecord {
    type Error = CatalogError;

    fn try_from(row: Row) -> Result<Self, CatalogError> {
        let connection = serde_json::from_str(&row.connection)
            .map_err(|_| CatalogError::Unknown { column: "connection", value: row.connection })?;
        let unknown = |value: String| CatalogError::Unknown { column: "platform", value };
        let platform = row.platform.map(|text| serde_json::from_str(&text).map_err(|_| unknown(text)));
        let platform = platform.transpose()?;
        Ok(Self {
            id: row.id,
            name: row.name,
            label: Label::parse(row.label)?,
            is_sample: row.is_sample != 0,
            is_archived: row.is_archived != 0,
            connection,
            platform,
            parts: Components::from(row.parts),
            has_password: row.has_password != 0,
            server_version: row.server_version,
            acknowledged_at_ms: row.acknowledged_at_ms,
            created_at_ms: row.created_at_ms,
        })
    }
}

impl Catalog {
    /// All projects by name.
    pub async fn projects(&self) -> Result<Vec<ProjectRecord>, CatalogError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id, name, label, is_sample, is_archived, connection, platform, 0 AS "parts!: i64", has_password,
                    server_version, acknowledged_at_ms, created_at_ms FROM project ORDER BY name"#
        )
        .fetch_all(&self.pool)
        .await?;
        // Read apart: most projects have none, and a search of each costs what the scheduler may use in all.
        let sources = sqlx::query!("SELECT project_id, component FROM source").fetch_all(&self.pool).await?;
        let mut parts: HashMap<String, Components> = HashMap::new();
        for source in sources {
            let known = parts.entry(source.project_id).or_default();
            *known = Component::parse(&source.component).map_or(*known, |component| known.with(component));
        }
        let with_parts = |row: Row| {
            let parts = parts.get(&row.id).copied().unwrap_or_default();
            Ok(ProjectRecord { parts, ..ProjectRecord::try_from(row)? })
        };
        rows.into_iter().map(with_parts).collect()
    }

    /// Names of projects by their ids.
    pub async fn project_names(&self, ids: &[&str]) -> Result<HashMap<String, String>, CatalogError> {
        // SQLite binds no lists; JSON is one value.
        let ids = serde_json::json!(ids).to_string();
        let rows =
            sqlx::query!("SELECT id, name FROM project WHERE id IN (SELECT value FROM json_each(?))", ids)
                .fetch_all(&self.pool)
                .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
    }

    /// The project with this id or name.
    pub async fn project(&self, id_or_name: &str) -> Result<Option<ProjectRecord>, CatalogError> {
        Self::project_on(&mut *self.pool.acquire().await?, id_or_name).await
    }

    /// The same, within a transaction.
    pub async fn project_on(
        on: &mut SqliteConnection,
        id_or_name: &str,
    ) -> Result<Option<ProjectRecord>, CatalogError> {
        let row = sqlx::query_as!(
            Row,
            r#"SELECT id, name, label, is_sample, is_archived, connection, platform,
                    (SELECT coalesce(sum(DISTINCT CASE s.component WHEN 'storage' THEN 2 WHEN 'config' THEN 4
                        WHEN 'redis' THEN 8 WHEN 'logs' THEN 16 END), 0)
                     FROM source s WHERE s.project_id = project.id) AS "parts!: i64", has_password,
                    server_version, acknowledged_at_ms, created_at_ms FROM project WHERE id = ?1 OR name = ?1"#,
            id_or_name
        )
        .fetch_optional(on)
        .await?;
        row.map(ProjectRecord::try_from).transpose()
    }

    /// Adds a project, or changes the one with its id. Whether it is archived stays as it is: only its
    /// removal says that, and somebody may change it at the same moment.
    pub async fn put_project(&self, project: &ProjectRecord) -> Result<(), CatalogError> {
        Self::put_project_on(&mut *self.pool.acquire().await?, project).await
    }

    /// The same, within a transaction.
    pub async fn put_project_on(
        on: &mut SqliteConnection,
        project: &ProjectRecord,
    ) -> Result<(), CatalogError> {
        let connection = serde_json::to_string(&project.connection)
            .map_err(|e| CatalogError::Unknown { column: "connection", value: e.to_string() })?;
        let platform = project.platform.as_ref().map(serde_json::to_string).transpose();
        let platform =
            platform.map_err(|e| CatalogError::Unknown { column: "platform", value: e.to_string() })?;
        let label = project.label.as_str();
        sqlx::query!(
            "INSERT INTO project (id, name, label, is_sample, is_archived, connection, platform,
                                  has_password, server_version, acknowledged_at_ms, created_at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, label = excluded.label,
                 connection = excluded.connection, platform = excluded.platform,
                 has_password = excluded.has_password, server_version = excluded.server_version,
                 acknowledged_at_ms = excluded.acknowledged_at_ms",
            project.id,
            project.name,
            label,
            project.is_sample,
            project.is_archived,
            connection,
            platform,
            project.has_password,
            project.server_version,
            project.acknowledged_at_ms,
            project.created_at_ms
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// Removes a project with the rows of its backups and proofs; its runs stay in the activity.
    pub async fn remove_project(on: &mut SqliteConnection, id: &str) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM project WHERE id = ?", id).execute(on).await?;
        Ok(())
    }
}
