//! What happened to a project within a period: its runs, its ledger, what is held.

use super::{Catalog, CatalogError, JobState, ProofLevel, Verdict, jobs};
use crate::job::{JobKind, Trigger};

/// A run, as reports need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: JobKind,
    /// How it ended, or that it has not.
    pub state: JobState,
    /// What started it.
    pub trigger: Trigger,
    /// When it was asked for.
    pub created_at_ms: i64,
    /// When it began.
    pub started_at_ms: Option<i64>,
    /// When it ended.
    pub finished_at_ms: Option<i64>,
    /// What it came to.
    pub outcome: Option<String>,
    /// The failure (JSON).
    pub failure: Option<String>,
    /// The backup that it made or looked at.
    pub backup_id: Option<String>,
    /// Its verdict, where it has one.
    pub verdict: Option<Verdict>,
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRecord {
    /// The backup.
    pub backup_id: String,
    /// The level that was tried.
    pub level: ProofLevel,
    /// What came out.
    pub verdict: Verdict,
    /// When.
    pub at_ms: i64,
    /// What was done and seen.
    pub reason: String,
}

/// A backup that a person holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRecord {
    /// The backup.
    pub id: String,
    /// Its moment.
    pub at_ms: i64,
    /// Why.
    pub reason: String,
    /// Who.
    pub who: String,
    /// Since when.
    pub held_at_ms: i64,
}

impl Catalog {
    /// Runs of a project that were asked for before `until_ms`, oldest first.
    pub async fn runs_until(&self, project_id: &str, until_ms: i64) -> Result<Vec<RunRecord>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT id, kind, state, trigger_kind, created_at_ms, started_at_ms, finished_at_ms, outcome, failure,
                      json_extract(result, '$.backup_id') AS "backup_id?: String",
                      json_extract(result, '$.verdict') AS "verdict?: String"
               FROM job WHERE project_id = ? AND created_at_ms < ? ORDER BY created_at_ms, id"#,
            project_id,
            until_ms
        )
        .fetch_all(&self.pool)
        .await?;
        let read = rows.into_iter().map(|row| {
            Ok(RunRecord {
                id: row.id,
                kind: jobs::kind(row.kind)?,
                state: JobState::parse(row.state)?,
                trigger: jobs::trigger(row.trigger_kind)?,
                created_at_ms: row.created_at_ms,
                started_at_ms: row.started_at_ms,
                finished_at_ms: row.finished_at_ms,
                outcome: row.outcome,
                failure: row.failure,
                backup_id: row.backup_id,
                verdict: row.verdict.map(Verdict::parse).transpose()?,
            })
        });
        read.collect()
    }

    /// Entries of the ledger of a project's backups within a period, oldest first.
    pub async fn ledger_between(
        &self,
        project_id: &str,
        from_ms: i64,
        until_ms: i64,
    ) -> Result<Vec<LedgerRecord>, CatalogError> {
        let rows = sqlx::query!(
            "SELECT p.backup_id, p.level, p.verdict, p.at_ms, p.reason FROM proof p JOIN backup b ON b.id = p.backup_id
             WHERE b.project_id = ? AND p.at_ms >= ? AND p.at_ms < ? ORDER BY p.number",
            project_id,
            from_ms,
            until_ms
        )
        .fetch_all(&self.pool)
        .await?;
        let read = rows.into_iter().map(|row| {
            Ok(LedgerRecord {
                backup_id: row.backup_id,
                level: ProofLevel::from_number(row.level)?,
                verdict: Verdict::parse(row.verdict)?,
                at_ms: row.at_ms,
                reason: row.reason,
            })
        });
        read.collect()
    }

    /// Backups of a project that somebody holds, newest first.
    pub async fn held(&self, project_id: &str) -> Result<Vec<HeldRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            HeldRecord,
            r#"SELECT b.id, b.at_ms, k.hold_reason AS "reason!: String", coalesce(k.hold_who, '') AS "who!: String",
                      coalesce(k.held_at_ms, 0) AS "held_at_ms!: i64"
               FROM backup_keeping k JOIN backup b ON b.id = k.backup_id
               WHERE b.project_id = ? AND k.hold_reason IS NOT NULL ORDER BY b.at_ms DESC, b.id"#,
            project_id
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
