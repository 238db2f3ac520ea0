//! What papers need beside the facts: contacts, the files of recovery plans, checks of whether a backup is clean, and
//! the points that a project could have been recovered to.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError, Verdict};
use crate::component::{Component, Components};

/// Somebody who is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRecord {
    /// What they are for: `database administrator`.
    pub role: String,
    /// Who.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// E-mail address.
    pub email: String,
    /// Anything else.
    pub note: String,
}

/// The file of a recovery plan, as it was written or could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFileRecord {
    /// Where.
    pub path: String,
    /// Of what it says; absent while it was never written there.
    pub digest: Option<String>,
    /// When it was written.
    pub written_at_ms: Option<i64>,
    /// Why it could not be the last time.
    pub problem: Option<String>,
    /// When that was tried.
    pub tried_at_ms: i64,
}

/// A check of whether a backup is clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanRecord {
    /// The job's id.
    pub id: String,
    /// The project.
    pub project_id: String,
    /// The backup that was looked at.
    pub backup_id: String,
    /// Before which moment one was wanted (UTC milliseconds).
    pub before_ms: i64,
    /// What it came to.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
    /// The checks (JSON).
    pub checks: String,
    /// When.
    pub at_ms: i64,
}

/// A backup as a point to recover to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointRecord {
    /// The backup.
    pub id: String,
    /// The moment that it restores.
    pub at_ms: i64,
    /// Bytes of all parts.
    pub size_bytes: i64,
    /// The level that stands; 0 for none, and where it is no recovery point of the component that was asked for.
    pub level: i64,
    /// When that level was last shown.
    pub proven_at_ms: Option<i64>,
    /// When it was first shown to be readable.
    pub verified_at_ms: Option<i64>,
    /// When it was last shown to be damaged.
    pub failed_at_ms: Option<i64>,
}

impl Catalog {
    /// Who is called for a project, in order.
    pub async fn contacts(&self, project_id: &str) -> Result<Vec<ContactRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            ContactRecord,
            "SELECT role, name, phone, email, note FROM contact WHERE project_id = ? ORDER BY position",
            project_id
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Puts a list in the place of the one that is there, within a transaction.
    pub async fn set_contacts_on(
        on: &mut SqliteConnection,
        project_id: &str,
        contacts: &[ContactRecord],
    ) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM contact WHERE project_id = ?", project_id).execute(&mut *on).await?;
        for (position, contact) in (1_i64..).zip(contacts) {
            sqlx::query!(
                "INSERT INTO contact (project_id, position, role, name, phone, email, note)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
                project_id,
                position,
                contact.role,
                contact.name,
                contact.phone,
                contact.email,
                contact.note
            )
            .execute(&mut *on)
            .await?;
        }
        Ok(())
    }

    /// The file of a project's recovery plan, where one was written or tried.
    pub async fn plan_file(&self, project_id: &str) -> Result<Option<PlanFileRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            PlanFileRecord,
            "SELECT path, digest, written_at_ms, problem, tried_at_ms FROM recovery_plan_file WHERE project_id = ?",
            project_id
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Notes what became of the file of a project's recovery plan.
    pub async fn put_plan_file(&self, project_id: &str, file: &PlanFileRecord) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO recovery_plan_file (project_id, path, digest, written_at_ms, problem, tried_at_ms)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (project_id) DO UPDATE SET path = excluded.path, digest = excluded.digest,
                 written_at_ms = excluded.written_at_ms, problem = excluded.problem,
                 tried_at_ms = excluded.tried_at_ms",
            project_id,
            file.path,
            file.digest,
            file.written_at_ms,
            file.problem,
            file.tried_at_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Adds a check; none is ever changed.
    pub async fn add_clean_check(&self, check: &CleanRecord) -> Result<(), CatalogError> {
        let verdict = check.verdict.as_str();
        sqlx::query!(
            "INSERT INTO clean_check (id, project_id, backup_id, before_ms, verdict, reason, checks, at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            check.id,
            check.project_id,
            check.backup_id,
            check.before_ms,
            verdict,
            check.reason,
            check.checks,
            check.at_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The last checks of a project, newest first.
    pub async fn clean_checks(&self, project_id: &str, limit: u32) -> Result<Vec<CleanRecord>, CatalogError> {
        let rows = sqlx::query!(
            "SELECT id, project_id, backup_id, before_ms, verdict, reason, checks, at_ms FROM clean_check
             WHERE project_id = ? ORDER BY at_ms DESC, id LIMIT ?",
            project_id,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let read = rows.into_iter().map(|row| {
            Ok(CleanRecord {
                id: row.id,
                project_id: row.project_id,
                backup_id: row.backup_id,
                before_ms: row.before_ms,
                verdict: Verdict::parse(row.verdict)?,
                reason: row.reason,
                checks: row.checks,
                at_ms: row.at_ms,
            })
        });
        read.collect()
    }

    /// The backups of a project, newest first, with what the ledger says of each as a recovery point of a component:
    /// nothing where it is none.
    pub async fn points(
        &self,
        project_id: &str,
        component: Option<Component>,
        limit: u32,
    ) -> Result<Vec<PointRecord>, CatalogError> {
        let bits: i64 = component.into_iter().collect::<Components>().into();
        Ok(sqlx::query_as!(
            PointRecord,
            r#"SELECT b.id AS "id!", b.at_ms AS "at_ms!", b.size_bytes AS "size_bytes!", CASE WHEN b.is_whole THEN b.level ELSE 0 END AS "level!: i64",
                   (SELECT p.at_ms FROM proof p WHERE p.number = b.level_proof) AS "proven_at_ms?: i64",
                   (SELECT min(p.at_ms) FROM proof p WHERE b.is_whole
                      AND p.backup_id = b.id AND p.level >= 2 AND p.verdict = 'pass') AS "verified_at_ms?: i64",
                   (SELECT max(p.at_ms) FROM proof p
                    WHERE p.backup_id = b.id AND p.level <= 2 AND p.verdict = 'fail') AS "failed_at_ms?: i64"
               FROM (SELECT c.id, c.at_ms, c.size_bytes, c.level, c.level_proof, c.held_back IS NULL
                        AND (c.holds & ?2 OR ?2 = 0)
                        AND (c.needs_id IS NULL OR EXISTS (SELECT 1 FROM proven v
                                                           WHERE v.id = c.id AND (v.whole & ?2 OR ?2 = 0))) AS is_whole
                     FROM backup c WHERE c.project_id = ?1 ORDER BY c.at_ms DESC, c.id LIMIT ?3) b
               ORDER BY b.at_ms DESC, b.id"#,
            project_id,
            bits,
            limit
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
