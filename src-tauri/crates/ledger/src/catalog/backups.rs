//! Backups: what lists show. The details are in the manifest, in the vault.

use std::collections::HashMap;

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError, ProofLevel, ProofRecord, Verdict};
use crate::component::Components;

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
    /// The components that it holds.
    pub components: Components,
    /// Parts of its manifest, comma-separated: what it came as beside the components.
    pub parts: String,
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
    /// The id on its platform of what was pulled, or the hash of the file that was imported.
    pub remote_id: Option<String>,
    /// The backup that it is nothing without: its id, or its id on its platform.
    pub needs_id: Option<String>,
    /// Why it counts for nothing.
    pub held_back: Option<String>,
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

/// What a list shows of a backup beside its row.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Name of its project.
    pub project: String,
    /// The level that stands.
    pub level: Option<ProofLevel>,
    /// What was tried last.
    pub last_proof: Option<ProofRecord>,
    /// True where it is the newest of its project for any component: that it holds with all that it needs, that stands
    /// at any level, did not fail to come back, and is not dated later than now.
    pub is_newest_verified: bool,
}

impl Catalog {
    /// Adds a backup, or changes the row with its id.
    pub async fn put_backup(&self, backup: &BackupRecord) -> Result<(), CatalogError> {
        self.put_backups(std::slice::from_ref(backup)).await
    }

    /// Adds backups, or changes the rows with their ids: all or none.
    pub async fn put_backups(&self, backups: &[BackupRecord]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await?;
        for b in backups {
            put(&mut tx, b).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A page of backups, newest first; of one project or of all.
    pub async fn backups(
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
                    r#"SELECT id, project_id, at_ms, reason, trigger_kind AS "trigger", who,
                              holds AS "components!: i64", components AS parts, size_bytes,
                              added_bytes, row_count, table_count, migration, warning_count, remote_id, needs_id, held_back
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
                    r#"SELECT id, project_id, at_ms, reason, trigger_kind AS "trigger", who,
                              holds AS "components!: i64", components AS parts, size_bytes,
                              added_bytes, row_count, table_count, migration, warning_count, remote_id, needs_id, held_back
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
    pub async fn backup_count(&self, project_id: Option<&str>) -> Result<i64, CatalogError> {
        // Two statements, since one with an optional condition cannot use the index of projects.
        let counted = match project_id {
            Some(project) => {
                sqlx::query_scalar!(
                    r#"SELECT count(*) AS "n!: i64" FROM backup WHERE project_id = ?"#,
                    project
                )
                .fetch_one(&self.pool)
                .await?
            }
            None => {
                sqlx::query_scalar!(r#"SELECT count(*) AS "n!: i64" FROM backup"#)
                    .fetch_one(&self.pool)
                    .await?
            }
        };
        Ok(counted)
    }

    /// Backups whose id begins with `prefix`; two at most, enough to see that it is not unique.
    pub async fn backups_by_prefix(&self, prefix: &str) -> Result<Vec<BackupRecord>, CatalogError> {
        // Ids are hexadecimal, so the half-open range of the index is the prefix exactly.
        let end = format!("{prefix}g");
        Ok(sqlx::query_as!(
            BackupRecord,
            r#"SELECT id, project_id, at_ms, reason, trigger_kind AS "trigger", who,
                      holds AS "components!: i64", components AS parts, size_bytes,
                      added_bytes, row_count, table_count, migration, warning_count, remote_id, needs_id, held_back
               FROM backup WHERE id >= ? AND id < ? LIMIT 2"#,
            prefix,
            end
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// What lists show of these backups beside their rows; those that are gone by now have no entry.
    pub async fn standings(&self, backup_ids: &[&str]) -> Result<HashMap<String, Standing>, CatalogError> {
        // SQLite binds no lists; JSON is one value.
        let ids = serde_json::json!(backup_ids).to_string();
        let mut newest = self.newest_of_components(backup_ids).await?;
        let rows = sqlx::query!(
            r#"SELECT b.id, b.level, p.name AS project, f.level AS "last_level?: i64", f.store AS "store?", f.verdict AS "verdict?",
                   f.at_ms AS "proof_at_ms?: i64", f.elapsed_ms AS "elapsed_ms?: i64", f.reason AS "reason?"
               FROM json_each(?1) wanted JOIN backup b ON b.id = wanted.value JOIN project p ON p.id = b.project_id
               LEFT JOIN proof f ON f.number = b.last_proof"#,
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        let mut standings = HashMap::new();
        for row in rows {
            let last_proof = match (row.last_level, row.store, row.verdict, row.reason) {
                (Some(level), Some(store), Some(verdict), Some(reason)) => Some(ProofRecord {
                    backup_id: row.id.clone(),
                    store,
                    level: ProofLevel::from_number(level)?,
                    verdict: Verdict::parse(verdict)?,
                    at_ms: row.proof_at_ms.unwrap_or_default(),
                    elapsed_ms: row.elapsed_ms.unwrap_or_default(),
                    reason,
                }),
                _ => None,
            };
            let (level, project) = (ProofLevel::standing(row.level)?, row.project);
            let is_newest_verified = newest.remove(&row.id).is_some_and(|of| !of.is_empty());
            standings.insert(row.id, Standing { project, level, last_proof, is_newest_verified });
        }
        Ok(standings)
    }

    /// Points of the growth plot since `since_ms`, oldest first: of backups that hold one of these components, or of
    /// all where none is named.
    pub async fn growth(
        &self,
        project_id: &str,
        since_ms: i64,
        holds: Components,
    ) -> Result<Vec<GrowthRecord>, CatalogError> {
        let bits: i64 = holds.into();
        Ok(sqlx::query_as!(
            GrowthRecord,
            "SELECT id, at_ms, size_bytes, added_bytes FROM backup
             WHERE project_id = ?1 AND at_ms >= ?2 AND (holds & ?3 OR ?3 = 0) ORDER BY at_ms",
            project_id,
            since_ms,
            bits
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// What of a platform, or of files, is here already: remote ids with the newest backup made of each.
    pub async fn remote_ids(&self, project_id: &str) -> Result<HashMap<String, String>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT remote_id AS "remote_id!", id FROM backup
               WHERE project_id = ? AND remote_id IS NOT NULL ORDER BY at_ms, id"#,
            project_id
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.remote_id, row.id)).collect())
    }

    /// The newest backup of any project that was made of this file.
    pub async fn backup_of_file(&self, remote_id: &str) -> Result<Option<(String, String)>, CatalogError> {
        let row = sqlx::query!(
            "SELECT id, project_id FROM backup WHERE remote_id = ? ORDER BY at_ms DESC, id LIMIT 1",
            remote_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| (row.id, row.project_id)))
    }

    /// Ids of all backups, of one project or of all.
    pub async fn backup_ids(&self, project_id: Option<&str>) -> Result<Vec<String>, CatalogError> {
        Ok(sqlx::query_scalar!("SELECT id FROM backup WHERE ?1 IS NULL OR project_id = ?1", project_id)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Removes the row of a backup, with its proofs.
    pub async fn remove_backup(&self, id: &str) -> Result<(), CatalogError> {
        Self::remove_backup_on(&mut *self.pool.acquire().await?, id).await?;
        Ok(())
    }

    /// The same, within a transaction. False where there is none.
    pub async fn remove_backup_on(on: &mut SqliteConnection, id: &str) -> Result<bool, CatalogError> {
        let done = sqlx::query!("DELETE FROM backup WHERE id = ?", id).execute(on).await?;
        Ok(done.rows_affected() == 1)
    }

    /// What a backup added to the vault, as far as this catalogue knows; 0 where it does not.
    pub async fn added_bytes(&self, id: &str) -> Result<u64, CatalogError> {
        let added = sqlx::query_scalar!("SELECT added_bytes FROM backup WHERE id = ?", id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(added.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0))
    }
}

async fn put(tx: &mut SqliteConnection, b: &BackupRecord) -> Result<(), CatalogError> {
    sqlx::query!(
        "INSERT INTO backup (id, project_id, at_ms, reason, trigger_kind, who, components, size_bytes,
                             added_bytes, row_count, table_count, migration, warning_count, remote_id, needs_id, held_back)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET project_id = excluded.project_id, at_ms = excluded.at_ms,
             reason = excluded.reason, trigger_kind = excluded.trigger_kind, who = excluded.who,
             components = excluded.components, size_bytes = excluded.size_bytes,
             added_bytes = excluded.added_bytes, row_count = excluded.row_count,
             table_count = excluded.table_count, migration = excluded.migration,
             warning_count = excluded.warning_count, remote_id = excluded.remote_id,
             needs_id = excluded.needs_id, held_back = excluded.held_back",
        b.id,
        b.project_id,
        b.at_ms,
        b.reason,
        b.trigger,
        b.who,
        b.parts,
        b.size_bytes,
        b.added_bytes,
        b.row_count,
        b.table_count,
        b.migration,
        b.warning_count,
        b.remote_id,
        b.needs_id,
        b.held_back
    )
    .execute(tx)
    .await?;
    Ok(())
}
