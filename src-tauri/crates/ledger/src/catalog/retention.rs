//! How long backups are kept: policies of projects, holds and dates of backups, and what plans removed.

use std::collections::HashMap;

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError, ProofLevel};
use crate::component::Components;
use crate::point::Link;

/// So many verified backups of a project stay, where nobody said another number.
pub const FLOOR_USUAL: u32 = 3;

/// The policy of a project, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionRecord {
    /// The newest so many stay.
    pub keep_last: i64,
    /// The newest of each of so many hours.
    pub hourly: i64,
    /// Of so many days.
    pub daily: i64,
    /// Of so many weeks.
    pub weekly: i64,
    /// Of so many months.
    pub monthly: i64,
    /// Of so many years.
    pub yearly: i64,
    /// All that are younger than this (milliseconds).
    pub within_ms: Option<i64>,
    /// So many verified ones stay whatever the rest says.
    pub floor: i64,
    /// The time zone that days are counted in, as in the IANA database.
    pub zone: String,
    /// When it was set (UTC milliseconds).
    pub set_at_ms: i64,
}

/// A backup as far as its keeping depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBackup {
    /// The backup.
    pub id: String,
    /// The moment that it restores (UTC milliseconds).
    pub at_ms: i64,
    /// How far it is proven.
    pub level: Option<ProofLevel>,
    /// Whether what was tried last showed it to be wrong.
    pub is_failed: bool,
    /// Whether it did not come back when it was last restored.
    pub restore_failed: bool,
    /// The server's clock before this computer's, when it was taken; of the last backups alone.
    pub clock_skew_ms: Option<i64>,
    /// Why somebody holds it.
    pub hold: Option<String>,
    /// Until when somebody wants it kept (UTC milliseconds).
    pub until_ms: Option<i64>,
    /// The components that it holds.
    pub holds: Components,
    /// Its id on its platform.
    pub remote_id: Option<String>,
    /// The backup that it is nothing without.
    pub needs_id: Option<String>,
    /// Why it counts for nothing.
    pub held_back: Option<String>,
}

impl KeptBackup {
    /// As far as others need it or it needs them.
    pub fn link(&self) -> Link<'_> {
        Link {
            id: &self.id,
            remote_id: self.remote_id.as_deref(),
            needs_id: self.needs_id.as_deref(),
            at_ms: self.at_ms,
            holds: self.holds,
            stands: self.level.is_some() && !self.restore_failed && self.held_back.is_none(),
        }
    }
}

/// What a person said of one backup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keeping {
    /// Why it is held, where it is.
    pub hold_reason: Option<String>,
    /// Who holds it.
    pub hold_who: Option<String>,
    /// Since when.
    pub held_at_ms: Option<i64>,
    /// Until when it is kept, and no longer.
    pub until_ms: Option<i64>,
}

impl Catalog {
    /// The policy of a project, where it has one.
    pub async fn retention(&self, project_id: &str) -> Result<Option<RetentionRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            RetentionRecord,
            "SELECT keep_last, hourly, daily, weekly, monthly, yearly, within_ms, floor, zone, set_at_ms
             FROM retention WHERE project_id = ?",
            project_id
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Sets the policy of a project, within a transaction.
    pub async fn set_retention_on(
        on: &mut SqliteConnection,
        project_id: &str,
        policy: &RetentionRecord,
    ) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO retention (project_id, keep_last, hourly, daily, weekly, monthly, yearly, within_ms,
                                    floor, zone, set_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (project_id) DO UPDATE SET keep_last = excluded.keep_last, hourly = excluded.hourly,
                 daily = excluded.daily, weekly = excluded.weekly, monthly = excluded.monthly,
                 yearly = excluded.yearly, within_ms = excluded.within_ms, floor = excluded.floor,
                 zone = excluded.zone, set_at_ms = excluded.set_at_ms",
            project_id,
            policy.keep_last,
            policy.hourly,
            policy.daily,
            policy.weekly,
            policy.monthly,
            policy.yearly,
            policy.within_ms,
            policy.floor,
            policy.zone,
            policy.set_at_ms
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// Takes the policy of a project away, within a transaction: everything is kept.
    pub async fn remove_retention_on(
        on: &mut SqliteConnection,
        project_id: &str,
    ) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM retention WHERE project_id = ?", project_id).execute(on).await?;
        Ok(())
    }

    /// How many verified backups of a project always stay.
    pub async fn floor(&self, project_id: &str) -> Result<i64, CatalogError> {
        let floor = sqlx::query_scalar!("SELECT floor FROM retention WHERE project_id = ?", project_id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(floor.unwrap_or(i64::from(FLOOR_USUAL)))
    }

    /// All backups of a project that nobody is deleting, newest first.
    pub async fn kept_backups(&self, project_id: &str) -> Result<Vec<KeptBackup>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT b.id, b.at_ms, b.level, b.restore_failed AS "restore_failed: bool", f.verdict AS "verdict?",
                      k.hold_reason AS "hold?", k.until_ms AS "until_ms?: i64",
                      b.holds AS "holds!: i64", b.remote_id, b.needs_id, b.held_back,
                      c.clock_skew_ms AS "clock_skew_ms?: i64"
               FROM backup b LEFT JOIN proof f ON f.number = b.last_proof
               LEFT JOIN backup_keeping k ON k.backup_id = b.id
               LEFT JOIN backup_counted c ON c.backup_id = b.id
               WHERE b.project_id = ? AND b.leaving IS NULL ORDER BY b.at_ms DESC, b.id"#,
            project_id
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(KeptBackup {
                    level: ProofLevel::standing(row.level)?,
                    is_failed: row.restore_failed || row.verdict.as_deref() == Some("fail"),
                    restore_failed: row.restore_failed,
                    clock_skew_ms: row.clock_skew_ms,
                    id: row.id,
                    at_ms: row.at_ms,
                    hold: row.hold,
                    until_ms: row.until_ms,
                    holds: row.holds.into(),
                    remote_id: row.remote_id,
                    needs_id: row.needs_id,
                    held_back: row.held_back,
                })
            })
            .collect()
    }

    /// How the last runs of a project that fetch backups ended, newest first: true for well. Those that a
    /// person cancelled say nothing of the source.
    pub async fn last_runs(&self, project_id: &str, limit: u32) -> Result<Vec<bool>, CatalogError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT state = 'succeeded' AS "is_well!: bool" FROM job
               WHERE project_id = ? AND kind IN ('backup', 'pull') AND finished_at_ms IS NOT NULL
                 AND state IN ('succeeded', 'failed', 'interrupted')
               ORDER BY created_at_ms DESC, id LIMIT ?"#,
            project_id,
            limit
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// What a person said of a backup.
    pub async fn keeping(&self, backup_id: &str) -> Result<Keeping, CatalogError> {
        let kept = sqlx::query_as!(
            Keeping,
            "SELECT hold_reason, hold_who, held_at_ms, until_ms FROM backup_keeping WHERE backup_id = ?",
            backup_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(kept.unwrap_or_default())
    }

    /// What people said of backups, of all of which somebody said something.
    pub async fn keepings(&self) -> Result<Vec<(String, Keeping)>, CatalogError> {
        let rows =
            sqlx::query!("SELECT backup_id, hold_reason, hold_who, held_at_ms, until_ms FROM backup_keeping")
                .fetch_all(&self.pool)
                .await?;
        let keeping = rows.into_iter().map(|row| {
            let (hold_reason, hold_who) = (row.hold_reason, row.hold_who);
            let kept = Keeping { hold_reason, hold_who, held_at_ms: row.held_at_ms, until_ms: row.until_ms };
            (row.backup_id, kept)
        });
        Ok(keeping.collect())
    }

    /// Ids of the projects that have these backups.
    pub async fn projects_of_backups(&self, backups: &[String]) -> Result<Vec<String>, CatalogError> {
        let ids = serde_json::json!(backups).to_string();
        Ok(sqlx::query_scalar!(
            "SELECT DISTINCT project_id FROM backup WHERE id IN (SELECT value FROM json_each(?)) ORDER BY project_id",
            ids
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Ids of the projects of which a backup has a date after one moment and until another, and whose policy
    /// removes what has none.
    pub async fn projects_with_dates(
        &self,
        after_ms: i64,
        until_ms: i64,
    ) -> Result<Vec<String>, CatalogError> {
        // From the few that are dated to their backups, not through all backups of all projects.
        Ok(sqlx::query_scalar!(
            "SELECT DISTINCT b.project_id FROM backup_keeping k CROSS JOIN backup b ON b.id = k.backup_id
             JOIN retention r ON r.project_id = b.project_id
             WHERE k.until_ms > ? AND k.until_ms <= ? ORDER BY b.project_id",
            after_ms,
            until_ms
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Bytes that backups of a project added to the vault when they were made, by their ids.
    pub async fn added_bytes_of(&self, project_id: &str) -> Result<HashMap<String, i64>, CatalogError> {
        let rows = sqlx::query!("SELECT id, added_bytes FROM backup WHERE project_id = ?", project_id)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.added_bytes)).collect())
    }

    /// Stores what a person said of a backup, within a transaction.
    pub async fn set_keeping_on(
        on: &mut SqliteConnection,
        backup_id: &str,
        keeping: &Keeping,
    ) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO backup_keeping (backup_id, hold_reason, hold_who, held_at_ms, until_ms) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (backup_id) DO UPDATE SET hold_reason = excluded.hold_reason,
                 hold_who = excluded.hold_who, held_at_ms = excluded.held_at_ms, until_ms = excluded.until_ms",
            backup_id,
            keeping.hold_reason,
            keeping.hold_who,
            keeping.held_at_ms,
            keeping.until_ms
        )
        .execute(on)
        .await?;
        Ok(())
    }
}
