//! What platforms showed of backups that they delete by themselves, when each was asked last, what of them was removed
//! here on purpose, and which backups are parts of others.

use std::collections::{HashMap, HashSet};

use sqlx::SqliteConnection;

use super::{Catalog, CatalogError};

/// A backup that its platform deletes at a moment, as it showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteExpiry {
    /// The project's id.
    pub project_id: String,
    /// Its id there.
    pub remote_id: String,
    /// Its kind there.
    pub kind: String,
    /// When it was made, where the platform says.
    pub made_at_ms: Option<i64>,
    /// When it goes.
    pub expires_at_ms: i64,
}

impl Catalog {
    /// Keeps in mind that a backup of a platform was removed on purpose, before its row goes.
    pub async fn note_removed_on(
        on: &mut SqliteConnection,
        backup_id: &str,
        by_policy: bool,
    ) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT OR REPLACE INTO remote_removed (project_id, remote_id, made_at_ms, by_policy)
             SELECT project_id, remote_id, at_ms, ?2 FROM backup
             WHERE id = ?1 AND remote_id NOT LIKE 'sha256:%' AND id IN (SELECT backup_id FROM remote_here)",
            backup_id,
            by_policy
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// Ids of what of a project's platform was here and was removed on purpose: it does not come again by itself. What
    /// was never here may be what a policy keeps, however old it is.
    pub async fn removed_remotes(&self, project_id: &str) -> Result<HashSet<String>, CatalogError> {
        let ids =
            sqlx::query_scalar!("SELECT remote_id FROM remote_removed WHERE project_id = ?", project_id)
                .fetch_all(&self.pool)
                .await?;
        Ok(ids.into_iter().collect())
    }

    /// Ids of what of a project's platform is here: what no proof found damaged, and no run left behind before it was
    /// read back from the vault.
    pub async fn remotes_that_stand(&self, project_id: &str) -> Result<HashSet<String>, CatalogError> {
        let ids = sqlx::query_scalar!(
            r#"SELECT remote_id AS "remote_id!" FROM remote_here WHERE project_id = ?"#,
            project_id
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().collect())
    }

    /// Notes what a platform shows, in place of what it showed before.
    pub async fn note_remotes(
        &self,
        project_id: &str,
        at_ms: i64,
        shown: &[RemoteExpiry],
    ) -> Result<(), CatalogError> {
        let rows: Vec<_> = shown
            .iter()
            .map(|one| serde_json::json!([one.remote_id, one.kind, one.made_at_ms, one.expires_at_ms]))
            .collect();
        let rows = serde_json::Value::from(rows).to_string();
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query!("DELETE FROM remote_backup WHERE project_id = ?", project_id).execute(&mut *tx).await?;
        sqlx::query!(
            "INSERT OR REPLACE INTO remote_backup (project_id, remote_id, kind, made_at_ms, expires_at_ms)
             SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
                    json_extract(value, '$[3]') FROM json_each(?2)",
            project_id,
            rows
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "INSERT INTO platform_look (project_id, at_ms) VALUES (?1, ?2)
             ON CONFLICT (project_id) DO UPDATE SET at_ms = excluded.at_ms",
            project_id,
            at_ms
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// What platforms delete after one moment and until another, and what does not stand here and was not removed on purpose;
    /// what goes first comes first.
    pub async fn remotes_expiring(
        &self,
        project: Option<&str>,
        after_ms: i64,
        until_ms: i64,
    ) -> Result<Vec<RemoteExpiry>, CatalogError> {
        Ok(sqlx::query_as!(
            RemoteExpiry,
            "SELECT r.project_id, r.remote_id, r.kind, r.made_at_ms, r.expires_at_ms FROM remote_backup r
             WHERE (?1 IS NULL OR r.project_id = ?1) AND r.expires_at_ms > ?2 AND r.expires_at_ms <= ?3
               AND NOT EXISTS (SELECT 1 FROM remote_here h
                               WHERE h.project_id = r.project_id AND h.remote_id = r.remote_id)
               AND NOT EXISTS (SELECT 1 FROM remote_removed m
                               WHERE m.project_id = r.project_id AND m.remote_id = r.remote_id)
             ORDER BY r.expires_at_ms, r.remote_id",
            project,
            after_ms,
            until_ms
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// When a project's platform was asked last.
    pub async fn platform_looked_at(&self, project_id: &str) -> Result<Option<i64>, CatalogError> {
        Ok(sqlx::query_scalar!("SELECT at_ms FROM platform_look WHERE project_id = ?", project_id)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Of backups that are nothing without another one: id and moment of that, where it is here.
    pub async fn needed(&self, backup_ids: &[&str]) -> Result<HashMap<String, (String, i64)>, CatalogError> {
        let ids = serde_json::json!(backup_ids).to_string();
        let rows = sqlx::query!(
            r#"SELECT b.id AS "id!", f.id AS "needed_id!", max(f.at_ms) AS "at_ms!: i64"
               FROM json_each(?1) wanted JOIN backup b ON b.id = wanted.value
               JOIN backup f ON f.project_id = b.project_id AND f.id <> b.id
                    AND (f.id = b.needs_id OR f.remote_id = b.needs_id)
               GROUP BY b.id"#,
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.id, (row.needed_id, row.at_ms))).collect())
    }
}
