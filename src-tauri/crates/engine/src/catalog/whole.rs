//! Backups that hold something to restore, beside those that hold documents of a platform alone:
//! configuration, logs. Such documents are kept and listed, and are never what a project can be brought back
//! from; the lists of components tell them, here and in the queries that count what is restorable.

use super::{BackupRecord, Catalog, CatalogError, believed_until_ms};

impl Catalog {
    /// The newest backup of a project that holds something to restore, of those that are not dated later than now.
    pub(crate) async fn newest_whole(&self, project_id: &str) -> Result<Option<BackupRecord>, CatalogError> {
        let until_ms = believed_until_ms();
        Ok(sqlx::query_as!(
            BackupRecord,
            r#"SELECT id, project_id, at_ms, reason, trigger_kind AS "trigger", who,
                      holds AS "components!: i64", components AS parts, size_bytes,
                      added_bytes, row_count, table_count, migration, warning_count, remote_id, needs_id, held_back
               FROM backup WHERE project_id = ? AND components NOT IN ('config', 'logs') AND at_ms <= ?
               ORDER BY at_ms DESC, id LIMIT 1"#,
            project_id,
            until_ms
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// The newest snapshot of a project that holds documents of this kind alone: `config`, `logs`.
    pub(crate) async fn newest_documents(
        &self,
        project_id: &str,
        component: &str,
    ) -> Result<Option<String>, CatalogError> {
        Ok(sqlx::query_scalar!(
            "SELECT id FROM backup WHERE project_id = ? AND components = ? ORDER BY at_ms DESC, id LIMIT 1",
            project_id,
            component
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}

impl BackupRecord {
    /// Whether it holds documents of a platform and nothing to restore.
    pub fn is_of_documents_alone(&self) -> bool {
        matches!(self.parts.as_str(), "config" | "logs")
    }
}
