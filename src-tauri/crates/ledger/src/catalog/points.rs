//! The newest backups by what they hold: recovery points of components (`point.rs`), and what lists and comparisons mean
//! by the newest backup of a project.

use std::collections::HashMap;

use serde::Deserialize;

use super::written::read_rows;
use super::{BackupRecord, Catalog, CatalogError, believed_until_ms};
use crate::component::{Component, Components};
use crate::point::{Point, Seen};

/// A project's row, as SQL writes it.
#[derive(Deserialize)]
struct Row {
    project_id: String,
    database: Option<Point>,
    files: Option<Point>,
    configuration: Option<Point>,
    redis: Option<Point>,
    logs: Option<Point>,
    files_with: u8,
    configuration_with: u8,
    redis_with: u8,
}

impl Catalog {
    /// What the backups of all projects, or of one, say of their components; of those that are not dated after
    /// `until_ms`.
    pub async fn points_seen(
        &self,
        project: Option<&str>,
        until_ms: i64,
    ) -> Result<HashMap<String, Seen>, CatalogError> {
        // A subquery for each component, since a join for each would cost more; `holds` chooses the component's index.
        let written = sqlx::query_scalar!(
            r#"SELECT json_group_array(json_object('project_id', p.id,
                 'database', json((SELECT json_object('at_ms', m.at_ms, 'backup_id', m.id) FROM proven m
                    WHERE m.project_id = p.id AND m.holds & 1 AND m.counts & 1 AND m.at_ms <= ?2
                    ORDER BY m.at_ms DESC, m.id LIMIT 1)),
                 'files', json((SELECT json_object('at_ms', m.at_ms, 'backup_id', m.id) FROM proven m
                    WHERE m.project_id = p.id AND m.holds & 2 AND m.counts & 2 AND m.at_ms <= ?2
                    ORDER BY m.at_ms DESC, m.id LIMIT 1)),
                 'configuration', json((SELECT json_object('at_ms', m.at_ms, 'backup_id', m.id) FROM proven m
                    WHERE m.project_id = p.id AND m.holds & 4 AND m.counts & 4 AND m.at_ms <= ?2
                    ORDER BY m.at_ms DESC, m.id LIMIT 1)),
                 'redis', json((SELECT json_object('at_ms', m.at_ms, 'backup_id', m.id) FROM proven m
                    WHERE m.project_id = p.id AND m.holds & 8 AND m.counts & 8 AND m.at_ms <= ?2
                    ORDER BY m.at_ms DESC, m.id LIMIT 1)),
                 'logs', json((SELECT json_object('at_ms', m.at_ms, 'backup_id', m.id) FROM proven m
                    WHERE m.project_id = p.id AND m.holds & 16 AND m.counts & 16 AND m.at_ms <= ?2
                    ORDER BY m.at_ms DESC, m.id LIMIT 1)),
                 'files_with', EXISTS (SELECT 1 FROM proven m WHERE m.project_id = p.id AND m.holds & 2 AND (m.counts & 3) = 3
                    AND m.at_ms <= ?2 AND coalesce(m.remote_id, '') NOT LIKE 'sha256:%'),
                 'configuration_with', EXISTS (SELECT 1 FROM proven m WHERE m.project_id = p.id AND m.holds & 4 AND (m.counts & 5) = 5
                    AND m.at_ms <= ?2 AND coalesce(m.remote_id, '') NOT LIKE 'sha256:%'),
                 'redis_with', EXISTS (SELECT 1 FROM proven m WHERE m.project_id = p.id AND m.holds & 8 AND (m.counts & 9) = 9
                    AND m.at_ms <= ?2 AND coalesce(m.remote_id, '') NOT LIKE 'sha256:%'))) AS "rows!: String"
               FROM project p WHERE ?1 IS NULL OR p.id = ?1"#,
            project,
            until_ms
        )
        .fetch_one(&self.pool)
        .await?;
        let rows: Vec<Row> = read_rows(&written)?;
        let mut all = HashMap::with_capacity(rows.len());
        for row in rows {
            let newest = [row.database, row.files, row.configuration, row.redis, row.logs];
            let beside = [
                (Component::Files, row.files_with),
                (Component::Configuration, row.configuration_with),
                (Component::Redis, row.redis_with),
            ];
            let with_database =
                beside.into_iter().filter(|(_, is_there)| *is_there == 1).map(|(one, _)| one).collect();
            all.insert(row.project_id, Seen { newest, with_database });
        }
        Ok(all)
    }

    /// The newest backup of a project that counts for a component, of those that are not dated later than now.
    pub async fn newest_point(
        &self,
        project_id: &str,
        component: Component,
    ) -> Result<Option<Point>, CatalogError> {
        let seen = self.points_seen(Some(project_id), believed_until_ms()).await?.remove(project_id);
        Ok(seen.and_then(|seen| seen.newest(component).cloned()))
    }

    /// Which of its components each of these backups is the newest of that is proven at all; none for those that are
    /// dated later than now.
    pub async fn newest_of_components(
        &self,
        backup_ids: &[&str],
    ) -> Result<HashMap<String, Components>, CatalogError> {
        // SQLite binds no lists; JSON is one value.
        let (ids, until_ms) = (serde_json::json!(backup_ids).to_string(), believed_until_ms());
        let rows = sqlx::query!(
            r#"SELECT b.id,
                 coalesce(v.whole & 1 AND b.id = (SELECT m.id FROM proven m WHERE m.project_id = b.project_id AND m.holds & 1
                    AND m.whole & 1 AND m.at_ms <= ?2 ORDER BY m.at_ms DESC, m.id LIMIT 1), 0) AS "database!: bool",
                 coalesce(v.whole & 2 AND b.id = (SELECT m.id FROM proven m WHERE m.project_id = b.project_id AND m.holds & 2
                    AND m.whole & 2 AND m.at_ms <= ?2 ORDER BY m.at_ms DESC, m.id LIMIT 1), 0) AS "files!: bool",
                 coalesce(v.whole & 4 AND b.id = (SELECT m.id FROM proven m WHERE m.project_id = b.project_id AND m.holds & 4
                    AND m.whole & 4 AND m.at_ms <= ?2 ORDER BY m.at_ms DESC, m.id LIMIT 1), 0) AS "configuration!: bool",
                 coalesce(v.whole & 8 AND b.id = (SELECT m.id FROM proven m WHERE m.project_id = b.project_id AND m.holds & 8
                    AND m.whole & 8 AND m.at_ms <= ?2 ORDER BY m.at_ms DESC, m.id LIMIT 1), 0) AS "redis!: bool",
                 coalesce(v.whole & 16 AND b.id = (SELECT m.id FROM proven m WHERE m.project_id = b.project_id AND m.holds & 16
                    AND m.whole & 16 AND m.at_ms <= ?2 ORDER BY m.at_ms DESC, m.id LIMIT 1), 0) AS "logs!: bool"
               FROM json_each(?1) wanted JOIN backup b ON b.id = wanted.value JOIN proven v ON v.id = b.id"#,
            ids,
            until_ms
        )
        .fetch_all(&self.pool)
        .await?;
        let of = |one: [bool; 5]| {
            let there = Component::ALL.into_iter().zip(one).filter(|(_, is_newest)| *is_newest);
            there.map(|(component, _)| component).collect::<Components>()
        };
        Ok(rows
            .into_iter()
            .map(|row| (row.id, of([row.database, row.files, row.configuration, row.redis, row.logs])))
            .collect())
    }

    /// The component that backups of a project are of, the first that any of them holds.
    pub async fn main_component(&self, project_id: &str) -> Result<Option<Component>, CatalogError> {
        let bit = sqlx::query_scalar!(
            r#"SELECT CASE WHEN EXISTS (SELECT 1 FROM backup b WHERE b.project_id = ?1 AND b.holds & 1) THEN 1
                           WHEN EXISTS (SELECT 1 FROM backup b WHERE b.project_id = ?1 AND b.holds & 2) THEN 2
                           WHEN EXISTS (SELECT 1 FROM backup b WHERE b.project_id = ?1 AND b.holds & 4) THEN 4
                           WHEN EXISTS (SELECT 1 FROM backup b WHERE b.project_id = ?1 AND b.holds & 8) THEN 8
                           WHEN EXISTS (SELECT 1 FROM backup b WHERE b.project_id = ?1 AND b.holds & 16) THEN 16
                           ELSE 0 END AS "bit!: i64""#,
            project_id
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Components::from(bit).iter().next())
    }

    /// The newest backup of a project that holds what its backups are of, and that is not dated later than now; the
    /// database, where any of them holds one. Nothing where none holds anything that a project is made of.
    pub async fn newest_main(&self, project_id: &str) -> Result<Option<BackupRecord>, CatalogError> {
        match self.main_component(project_id).await? {
            Some(component) => self.newest_with(project_id, component).await,
            None => Ok(None),
        }
    }

    /// The newest backup of a project that holds a component, of those that are not dated later than now.
    pub async fn newest_with(
        &self,
        project_id: &str,
        component: Component,
    ) -> Result<Option<BackupRecord>, CatalogError> {
        // One that counts for nothing is only looked at where there is nothing else.
        match self.newest_of(project_id, component, false).await? {
            Some(newest) => Ok(Some(newest)),
            None => self.newest_of(project_id, component, true).await,
        }
    }

    async fn newest_of(
        &self,
        project_id: &str,
        component: Component,
        also_held_back: bool,
    ) -> Result<Option<BackupRecord>, CatalogError> {
        let until_ms = believed_until_ms();
        let bit: i64 = Components::NONE.with(component).into();
        Ok(sqlx::query_as!(
            BackupRecord,
            r#"SELECT id, project_id, at_ms, reason, trigger_kind AS "trigger", who,
                      holds AS "components!: i64", components AS parts, size_bytes,
                      added_bytes, row_count, table_count, migration, warning_count, remote_id, needs_id, held_back
               FROM backup WHERE project_id = ? AND holds & ? AND at_ms <= ? AND (? OR held_back IS NULL)
               ORDER BY at_ms DESC, id LIMIT 1"#,
            project_id,
            bit,
            until_ms,
            also_held_back
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// The newest snapshot of a project that holds this component and nothing beside it, and came as no file: the
    /// documents that its platform gave before.
    pub async fn newest_documents(
        &self,
        project_id: &str,
        component: Component,
    ) -> Result<Option<String>, CatalogError> {
        let bit: i64 = Components::NONE.with(component).into();
        Ok(sqlx::query_scalar!(
            "SELECT id FROM backup WHERE project_id = ? AND holds = ? AND remote_id IS NULL
             ORDER BY at_ms DESC, id LIMIT 1",
            project_id,
            bit
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}
