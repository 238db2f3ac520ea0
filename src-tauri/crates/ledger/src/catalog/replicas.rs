//! Replicas: where else the vault's files are, and how each place stands.

use std::collections::HashSet;

use camino::Utf8PathBuf;
use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError, Place};
use crate::audit::Act;

/// A replica as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaRecord {
    /// Id.
    pub id: String,
    /// The vault that it is a replica of.
    pub vault_id: String,
    /// What people call it.
    pub name: String,
    /// Directory.
    pub path: Utf8PathBuf,
    /// What a person declared of where that is, and the medium that was seen there.
    pub place: Place,
    /// When it was added.
    pub added_at_ms: i64,
    /// When the last copy began that came to its end.
    pub copied_at_ms: Option<i64>,
    /// When a part of it was last read back, and found sound.
    pub checked_at_ms: Option<i64>,
    /// Which part that was, from 1; 0 before the first.
    pub checked_part: i64,
    /// Backups that it has, that the vault lost, and that nobody removed.
    pub only_here: i64,
    /// Why the last copy did not work, until one does.
    pub problem: Option<String>,
    /// When that was.
    pub problem_at_ms: Option<i64>,
    /// What was found damaged when a part was read back, until a part reads back sound.
    pub damage: Option<String>,
    /// How many backups of the catalogue it has.
    pub backups: i64,
}

impl ReplicaRecord {
    /// A new one at a place, without id or name.
    pub fn at(path: &str) -> Self {
        Self {
            id: String::new(),
            vault_id: String::new(),
            name: String::new(),
            path: path.into(),
            place: Place::default(),
            added_at_ms: 0,
            copied_at_ms: None,
            checked_at_ms: None,
            checked_part: 0,
            only_here: 0,
            problem: None,
            problem_at_ms: None,
            damage: None,
            backups: 0,
        }
    }
}

/// The newest backup of a project that a replica has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaPoint {
    pub replica_id: String,
    pub project_id: String,
    pub newest_at_ms: i64,
}

impl Catalog {
    /// All replicas of a vault, by name.
    pub async fn replicas(&self, vault_id: &str) -> Result<Vec<ReplicaRecord>, CatalogError> {
        let rows = sqlx::query!(
            "SELECT id, vault_id, name, path, added_at_ms, copied_at_ms, checked_at_ms, checked_part, only_here,
                    problem, problem_at_ms, damage, backups
             FROM replica WHERE vault_id = ? ORDER BY name, id",
            vault_id
        )
        .fetch_all(&self.pool)
        .await?;
        let mut places = self.places().await?;
        let replicas = rows.into_iter().map(|row| ReplicaRecord {
            place: places.remove(&row.id).unwrap_or_default(),
            id: row.id,
            vault_id: row.vault_id,
            name: row.name,
            path: row.path.into(),
            added_at_ms: row.added_at_ms,
            copied_at_ms: row.copied_at_ms,
            checked_at_ms: row.checked_at_ms,
            checked_part: row.checked_part,
            only_here: row.only_here,
            problem: row.problem,
            problem_at_ms: row.problem_at_ms,
            damage: row.damage,
            backups: row.backups,
        });
        Ok(replicas.collect())
    }

    /// Adds a replica.
    pub async fn add_replica(on: &mut SqliteConnection, replica: &ReplicaRecord) -> Result<(), CatalogError> {
        let path = replica.path.as_str();
        sqlx::query!(
            "INSERT INTO replica (id, vault_id, name, path, added_at_ms) VALUES (?, ?, ?, ?, ?)",
            replica.id,
            replica.vault_id,
            replica.name,
            path,
            replica.added_at_ms
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// Forgets a replica. Its files stay.
    pub async fn remove_replica(on: &mut SqliteConnection, id: &str) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM replica WHERE id = ?", id).execute(on).await?;
        Ok(())
    }

    /// Notes a copy that came to its end: when it began, the backups that the replica has by now, and how many of
    /// them the vault lost.
    pub async fn replica_copied(
        &self,
        id: &str,
        began_at_ms: i64,
        backups: &[String],
        only_here: i64,
    ) -> Result<(), CatalogError> {
        let backups = serde_json::Value::from(backups).to_string();
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query!(
            "UPDATE replica SET copied_at_ms = ?2, only_here = ?3, problem = NULL, problem_at_ms = NULL WHERE id = ?1",
            id,
            began_at_ms,
            only_here
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "DELETE FROM replica_backup WHERE replica_id = ?1
               AND backup_id NOT IN (SELECT value FROM json_each(?2))",
            id,
            backups
        )
        .execute(&mut *tx)
        .await?;
        // What is in no catalogue, such as another program's snapshot, is no backup.
        sqlx::query!(
            "INSERT OR IGNORE INTO replica_backup (replica_id, backup_id)
             SELECT r.id, b.id FROM replica r, json_each(?2) found JOIN backup b ON b.id = found.value
             WHERE r.id = ?1",
            id,
            backups
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("DELETE FROM replica_project WHERE replica_id = ?", id).execute(&mut *tx).await?;
        // Of a project with a database what has it there counts, and of others what has its files.
        sqlx::query!(
            "INSERT INTO replica_project (replica_id, project_id, newest_at_ms)
             SELECT r.replica_id, b.project_id, max(b.at_ms) FROM replica_backup r JOIN backup b ON b.id = r.backup_id
             WHERE r.replica_id = ? AND b.held_back IS NULL
               AND (b.holds & 1 OR NOT EXISTS (SELECT 1 FROM backup d WHERE d.project_id = b.project_id AND d.holds & 1)
                    AND (b.holds & 2 OR NOT EXISTS (SELECT 1 FROM backup f WHERE f.project_id = b.project_id AND f.holds & 2)))
             GROUP BY r.replica_id, b.project_id",
            id
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that a part of a replica was read back: sound, or what was found. A part that was damaged is the next one
    /// again, so that no sound one speaks for it.
    pub async fn replica_checked(
        &self,
        id: &str,
        part: i64,
        at_ms: i64,
        damage: Option<&str>,
    ) -> Result<(), CatalogError> {
        sqlx::query!(
            "UPDATE replica SET checked_part = iif(?4 IS NULL, ?2, checked_part),
                                checked_at_ms = iif(?4 IS NULL, ?3, checked_at_ms), damage = ?4
             WHERE id = ?1",
            id,
            part,
            at_ms,
            damage
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes why a copy did not work.
    pub async fn replica_failed(&self, id: &str, problem: &str, at_ms: i64) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE replica SET problem = ?2, problem_at_ms = ?3 WHERE id = ?1", id, problem, at_ms)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The newest backup of each project that each replica has, of one project or of all.
    pub async fn replica_points(&self, project_id: Option<&str>) -> Result<Vec<ReplicaPoint>, CatalogError> {
        Ok(sqlx::query_as!(
            ReplicaPoint,
            "SELECT replica_id, project_id, newest_at_ms FROM replica_project WHERE ?1 IS NULL OR project_id = ?1",
            project_id
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Snapshots that were removed from the vault on purpose, as the audit log has it, and that the catalogue does not
    /// list, unless they are being removed. A confirmed removal counts as long as it did not fail: a process may die
    /// before it says that it is done.
    pub async fn removed_on_purpose(&self) -> Result<HashSet<String>, CatalogError> {
        let (deleted, confirmed, failed, receipt) = (
            Act::BackupDeleted.code(),
            Act::BackupDeletionConfirmed.code(),
            Act::BackupDeletionFailed.code(),
            Act::ReceiptRemoved.code(),
        );
        let mut tx = self.pool.begin().await?;
        let entries = sqlx::query!(
            "SELECT act, subject_id FROM audit WHERE act IN (?1, ?2, ?3, ?4) ORDER BY seq",
            deleted,
            confirmed,
            failed,
            receipt
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut removed = HashSet::new();
        for entry in entries {
            if entry.act == failed {
                removed.remove(&entry.subject_id);
            } else {
                removed.insert(entry.subject_id);
            }
        }
        let known =
            sqlx::query_scalar!("SELECT id FROM backup WHERE leaving IS NULL").fetch_all(&mut *tx).await?;
        for id in known {
            removed.remove(&id);
        }
        Ok(removed)
    }
}
