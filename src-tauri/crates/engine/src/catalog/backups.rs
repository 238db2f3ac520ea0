//! Backups: what lists show. The details are in the manifest, in the vault.

use super::{Catalog, CatalogError, ProofLevel};

/// A backup as the catalogue keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRecord {
    /// The snapshot's id.
    pub id: String,
    /// The project's id.
    pub project_id: String,
    /// The moment that it restores.
    pub at_ms: i64,
    /// Why it was made.
    pub reason: Option<String>,
    /// What started it: `window`, `command_line`, `schedule`, `sample`.
    pub trigger: String,
    /// Who.
    pub who: String,
    /// Parts, comma-separated.
    pub components: String,
    /// Bytes of all parts.
    pub size_bytes: i64,
    /// Bytes that were new to the vault.
    pub added_bytes: i64,
    /// Rows in all tables, where they could be counted.
    pub row_count: Option<i64>,
    /// Tables.
    pub table_count: i64,
    /// Migration stamp.
    pub migration: Option<String>,
    /// Warnings in the manifest.
    pub warning_count: i64,
}

/// One point of the growth plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrowthRecord {
    /// The backup.
    pub id: String,
    /// Its moment.
    pub at_ms: i64,
    /// Bytes of all parts.
    pub size_bytes: i64,
    /// Bytes that were new.
    pub added_bytes: i64,
}

/// A backup's moment and proof, for the strip of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRecord {
    /// Its moment.
    pub at_ms: i64,
    /// Highest level with a last verdict of pass; 0 for none.
    pub level: i64,
}

impl Catalog {
    /// Adds a backup, or changes the row with its id.
    pub(crate) async fn put_backup(&self, b: &BackupRecord) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO backup (id, project_id, at_ms, reason, trigger_kind, who, components, size_bytes,
                                 added_bytes, row_count, table_count, migration, warning_count)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET project_id = excluded.project_id, at_ms = excluded.at_ms,
                 reason = excluded.reason, trigger_kind = excluded.trigger_kind, who = excluded.who,
                 components = excluded.components, size_bytes = excluded.size_bytes,
                 added_bytes = excluded.added_bytes, row_count = excluded.row_count,
                 table_count = excluded.table_count, migration = excluded.migration,
                 warning_count = excluded.warning_count",
            b.id,
            b.project_id,
            b.at_ms,
            b.reason,
            b.trigger,
            b.who,
            b.components,
            b.size_bytes,
            b.added_bytes,
            b.row_count,
            b.table_count,
            b.migration,
            b.warning_count
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A page of backups, newest first; of one project or of all.
    pub(crate) async fn backups(
        &self,
        project_id: Option<&str>,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<BackupRecord>, CatalogError> {
        let (offset, limit) = (i64::from(offset), i64::from(limit));
        let rows = match project_id {
            Some(project) => {
                sqlx::query_as!(
                    BackupRecord,
                    r#"SELECT id, project_id, at_ms, reason, trigger_kind AS "trigger", who, components, size_bytes,
                              added_bytes, row_count, table_count, migration, warning_count
                       FROM backup WHERE project_id = ? ORDER BY at_ms DESC, id LIMIT ? OFFSET ?"#,
                    project,
                    limit,
                    offset
                )
                .fetch_all(&self.pool)
                .await?
            }
            None => {
                sqlx::query_as!(
                    BackupRecord,
                    r#"SELECT id, project_id, at_ms, reason, trigger_kind AS "trigger", who, components, size_bytes,
                              added_bytes, row_count, table_count, migration, warning_count
                       FROM backup ORDER BY at_ms DESC, id LIMIT ? OFFSET ?"#,
                    limit,
                    offset
                )
                .fetch_all(&self.pool)
                .await?
            }
        };
        Ok(rows)
    }

    /// How many backups there are, of one project or of all.
    pub(crate) async fn backup_count(&self, project_id: Option<&str>) -> Result<i64, CatalogError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "n!: i64" FROM backup WHERE ?1 IS NULL OR project_id = ?1"#,
            project_id
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Backups whose id begins with `prefix`; two at most, enough to see that it is not unique.
    pub(crate) async fn backups_by_prefix(&self, prefix: &str) -> Result<Vec<BackupRecord>, CatalogError> {
        // Ids are hexadecimal, so the half-open range of the index is the prefix exactly.
        let end = format!("{prefix}g");
        Ok(sqlx::query_as!(
            BackupRecord,
            r#"SELECT id, project_id, at_ms, reason, trigger_kind AS "trigger", who, components, size_bytes,
                      added_bytes, row_count, table_count, migration, warning_count
               FROM backup WHERE id >= ? AND id < ? LIMIT 2"#,
            prefix,
            end
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// The newest backup of a project whose last verdict at `level` or above is a pass.
    pub(crate) async fn newest_proven(
        &self,
        project_id: &str,
        level: ProofLevel,
    ) -> Result<Option<(String, i64)>, CatalogError> {
        let level = level.number();
        let row = sqlx::query!(
            r#"SELECT b.id, b.at_ms FROM backup b
               WHERE b.project_id = ?1 AND EXISTS (
                   SELECT 1 FROM proof p WHERE p.backup_id = b.id AND p.level >= ?2 AND p.verdict = 'pass'
                     AND p.number = (SELECT max(q.number) FROM proof q WHERE q.backup_id = b.id AND q.level = p.level))
                 AND NOT EXISTS (
                   SELECT 1 FROM proof p WHERE p.backup_id = b.id AND p.level <= ?2 AND p.verdict = 'fail'
                     AND p.number = (SELECT max(q.number) FROM proof q WHERE q.backup_id = b.id AND q.level = p.level))
               ORDER BY b.at_ms DESC, b.id LIMIT 1"#,
            project_id,
            level
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| (row.id, row.at_ms)))
    }

    /// The newest backup of each of several projects whose last verdict at `level` or above is a pass.
    pub(crate) async fn newest_proven_of(
        &self,
        project_ids: &[&str],
        level: ProofLevel,
    ) -> Result<Vec<String>, CatalogError> {
        // SQLite binds no lists; JSON is one value.
        let (ids, level) = (serde_json::json!(project_ids).to_string(), level.number());
        let found = sqlx::query_scalar!(
            r#"SELECT (
                   SELECT b.id FROM backup b
                   WHERE b.project_id = wanted.value AND EXISTS (
                       SELECT 1 FROM proof p WHERE p.backup_id = b.id AND p.level >= ?2 AND p.verdict = 'pass'
                         AND p.number = (SELECT max(q.number) FROM proof q WHERE q.backup_id = b.id AND q.level = p.level))
                     AND NOT EXISTS (
                       SELECT 1 FROM proof p WHERE p.backup_id = b.id AND p.level <= ?2 AND p.verdict = 'fail'
                         AND p.number = (SELECT max(q.number) FROM proof q WHERE q.backup_id = b.id AND q.level = p.level))
                   ORDER BY b.at_ms DESC, b.id LIMIT 1) AS "id: String"
               FROM json_each(?1) wanted"#,
            ids,
            level
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Points of the growth plot since `since_ms`, oldest first.
    pub(crate) async fn growth(
        &self,
        project_id: &str,
        since_ms: i64,
    ) -> Result<Vec<GrowthRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            GrowthRecord,
            "SELECT id, at_ms, size_bytes, added_bytes FROM backup WHERE project_id = ? AND at_ms >= ? ORDER BY at_ms",
            project_id,
            since_ms
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Ids of all backups, of one project or of all.
    pub(crate) async fn backup_ids(&self, project_id: Option<&str>) -> Result<Vec<String>, CatalogError> {
        Ok(sqlx::query_scalar!("SELECT id FROM backup WHERE ?1 IS NULL OR project_id = ?1", project_id)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Removes the row of a backup, with its proofs.
    pub(crate) async fn remove_backup(&self, id: &str) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM backup WHERE id = ?", id).execute(&self.pool).await?;
        Ok(())
    }

    /// What a backup added to the vault, as far as this catalogue knows; 0 where it does not.
    pub(crate) async fn added_bytes(&self, id: &str) -> Result<u64, CatalogError> {
        let added = sqlx::query_scalar!("SELECT added_bytes FROM backup WHERE id = ?", id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(added.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0))
    }

    /// How many backups of a project have a proof that stands.
    pub(crate) async fn proven_count(&self, project_id: &str) -> Result<i64, CatalogError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "n!: i64" FROM backup b WHERE b.project_id = ? AND EXISTS (
                   SELECT 1 FROM proof p WHERE p.backup_id = b.id AND p.verdict = 'pass'
                     AND p.number = (SELECT max(q.number) FROM proof q WHERE q.backup_id = b.id AND q.level = p.level))"#,
            project_id
        )
        .fetch_one(&self.pool)
        .await?)
    }
}
