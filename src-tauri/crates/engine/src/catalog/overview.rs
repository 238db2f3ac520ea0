//! What lists show of projects, read for all of them at once: one query per figure, not one per figure
//! and project, so that a thousand projects are listed as fast as one.

use std::collections::HashMap;

use super::jobs::JobState;
use super::{Catalog, CatalogError, DayRecord, ProofLevel, ProofRecord, Verdict};

/// So many restores of a project are looked through for one whose checks passed.
const RESTORES_MAX: i64 = 20;

/// The newest backup of a project, and how many it has.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewestRecord {
    /// Bytes of all its parts.
    pub(crate) size_bytes: i64,
    /// Backups of the project.
    pub(crate) count: i64,
}

/// The last backup run of a project.
#[derive(Debug, Clone)]
pub(crate) struct LastRun {
    /// The job's id.
    pub(crate) job_id: String,
    /// How it ended.
    pub(crate) state: JobState,
    /// When it ended.
    pub(crate) finished_at_ms: i64,
    /// The failure (JSON).
    pub(crate) failure: Option<String>,
}

/// Figures by project's id; a project without one has no entry.
#[derive(Debug, Default)]
pub(crate) struct Overview {
    /// Newest backups.
    pub(crate) newest: HashMap<String, NewestRecord>,
    /// What was tried last with the newest backup.
    pub(crate) newest_proofs: HashMap<String, ProofRecord>,
    /// Newest readable backups: id and moment.
    pub(crate) recovery_points: HashMap<String, (String, i64)>,
    /// The best proofs that stand.
    pub(crate) best_proofs: HashMap<String, ProofRecord>,
    /// Moments and levels of backups since the first day asked for.
    pub(crate) days: HashMap<String, Vec<DayRecord>>,
    /// Moments of failed and interrupted backups since then.
    pub(crate) failures: HashMap<String, Vec<i64>>,
    /// Last backup runs that ended.
    pub(crate) last_runs: HashMap<String, LastRun>,
    /// Results of the last restores (JSON), newest first.
    pub(crate) restores: HashMap<String, Vec<String>>,
}

struct ProofRow {
    project_id: String,
    backup_id: String,
    store: String,
    level: i64,
    verdict: String,
    at_ms: i64,
    elapsed_ms: i64,
    reason: String,
}

fn proofs(rows: Vec<ProofRow>) -> Result<HashMap<String, ProofRecord>, CatalogError> {
    rows.into_iter()
        .map(|row| {
            let ProofRow { project_id, backup_id, store, level, verdict, at_ms, elapsed_ms, reason } = row;
            let (level, verdict) = (ProofLevel::from_number(level)?, Verdict::parse(verdict)?);
            Ok((project_id, ProofRecord { backup_id, store, level, verdict, at_ms, elapsed_ms, reason }))
        })
        .collect()
}

fn grouped<T>(rows: impl IntoIterator<Item = (String, T)>) -> HashMap<String, Vec<T>> {
    let mut groups: HashMap<String, Vec<T>> = HashMap::new();
    for (project, value) in rows {
        groups.entry(project).or_default().push(value);
    }
    groups
}

impl Catalog {
    /// Figures of all projects, or of one; days and failures since `since_ms`.
    pub(crate) async fn overview(
        &self,
        project: Option<&str>,
        since_ms: i64,
    ) -> Result<Overview, CatalogError> {
        Ok(Overview {
            newest: self.newest_backups(project).await?,
            newest_proofs: self.newest_proofs(project).await?,
            recovery_points: self.recovery_points(project).await?,
            best_proofs: self.best_proofs(project).await?,
            days: self.backup_days(project, since_ms).await?,
            failures: self.failure_times(project, since_ms).await?,
            last_runs: self.last_runs(project).await?,
            restores: self.last_restores(project).await?,
        })
    }

    async fn newest_backups(
        &self,
        project: Option<&str>,
    ) -> Result<HashMap<String, NewestRecord>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT b.project_id, b.size_bytes,
                      (SELECT count(*) FROM backup c WHERE c.project_id = p.id) AS "count!: i64"
               FROM project p JOIN backup b ON b.id =
                   (SELECT n.id FROM backup n WHERE n.project_id = p.id ORDER BY n.at_ms DESC, n.id LIMIT 1)
               WHERE ?1 IS NULL OR p.id = ?1"#,
            project
        )
        .fetch_all(&self.pool)
        .await?;
        let record = |size_bytes, count| NewestRecord { size_bytes, count };
        Ok(rows.into_iter().map(|row| (row.project_id, record(row.size_bytes, row.count))).collect())
    }

    async fn newest_proofs(
        &self,
        project: Option<&str>,
    ) -> Result<HashMap<String, ProofRecord>, CatalogError> {
        let rows = sqlx::query_as!(
            ProofRow,
            r#"SELECT p.id AS project_id, f.backup_id, f.store, f.level, f.verdict, f.at_ms, f.elapsed_ms, f.reason
               FROM project p JOIN proof f ON f.number =
                   (SELECT max(q.number) FROM proof q WHERE q.backup_id =
                       (SELECT n.id FROM backup n WHERE n.project_id = p.id ORDER BY n.at_ms DESC, n.id LIMIT 1))
               WHERE ?1 IS NULL OR p.id = ?1"#,
            project
        )
        .fetch_all(&self.pool)
        .await?;
        proofs(rows)
    }

    /// As `newest_proven` finds one.
    async fn recovery_points(
        &self,
        project: Option<&str>,
    ) -> Result<HashMap<String, (String, i64)>, CatalogError> {
        let level = ProofLevel::Readable.number();
        let rows = sqlx::query!(
            "SELECT b.project_id, b.id, b.at_ms FROM project p JOIN backup b ON b.id =
                 (SELECT n.id FROM backup n WHERE n.project_id = p.id AND EXISTS (
                      SELECT 1 FROM proof f WHERE f.backup_id = n.id AND f.level >= ?2 AND f.verdict = 'pass'
                        AND f.number = (SELECT max(q.number) FROM proof q WHERE q.backup_id = n.id AND q.level = f.level))
                    AND NOT EXISTS (
                      SELECT 1 FROM proof f WHERE f.backup_id = n.id AND f.level <= ?2 AND f.verdict = 'fail'
                        AND f.number = (SELECT max(q.number) FROM proof q WHERE q.backup_id = n.id AND q.level = f.level))
                  ORDER BY n.at_ms DESC, n.id LIMIT 1)
             WHERE ?1 IS NULL OR p.id = ?1",
            project,
            level
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.project_id, (row.id, row.at_ms))).collect())
    }

    /// The best pass that stands for any backup of a project: highest level, then newest.
    async fn best_proofs(&self, project: Option<&str>) -> Result<HashMap<String, ProofRecord>, CatalogError> {
        let rows = sqlx::query_as!(
            ProofRow,
            r#"SELECT p.id AS project_id, f.backup_id, f.store, f.level, f.verdict, f.at_ms, f.elapsed_ms, f.reason
               FROM project p JOIN proof f ON f.number =
                   (SELECT g.number FROM backup b JOIN proof g ON g.backup_id = b.id
                    WHERE b.project_id = p.id AND g.verdict = 'pass'
                      AND g.number = (SELECT max(q.number) FROM proof q WHERE q.backup_id = b.id AND q.level = g.level)
                    ORDER BY g.level DESC, g.at_ms DESC LIMIT 1)
               WHERE ?1 IS NULL OR p.id = ?1"#,
            project
        )
        .fetch_all(&self.pool)
        .await?;
        proofs(rows)
    }

    async fn backup_days(
        &self,
        project: Option<&str>,
        since_ms: i64,
    ) -> Result<HashMap<String, Vec<DayRecord>>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT b.project_id, b.at_ms, coalesce((SELECT max(p.level) FROM proof p WHERE p.backup_id = b.id AND p.verdict = 'pass'
                     AND p.number = (SELECT max(q.number) FROM proof q WHERE q.backup_id = b.id AND q.level = p.level)), 0)
                     AS "level!: i64"
               FROM backup b WHERE b.at_ms >= ?2 AND (?1 IS NULL OR b.project_id = ?1)"#,
            project,
            since_ms
        )
        .fetch_all(&self.pool)
        .await?;
        let day = |at_ms, level| DayRecord { at_ms, level };
        Ok(grouped(rows.into_iter().map(|row| (row.project_id, day(row.at_ms, row.level)))))
    }

    async fn failure_times(
        &self,
        project: Option<&str>,
        since_ms: i64,
    ) -> Result<HashMap<String, Vec<i64>>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT project_id AS "project_id!", created_at_ms FROM job
               WHERE project_id IS NOT NULL AND kind = 'backup' AND state IN ('failed', 'interrupted')
                 AND created_at_ms >= ?2 AND (?1 IS NULL OR project_id = ?1)"#,
            project,
            since_ms
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(grouped(rows.into_iter().map(|row| (row.project_id, row.created_at_ms))))
    }

    async fn last_runs(&self, project: Option<&str>) -> Result<HashMap<String, LastRun>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT p.id AS project_id, j.id, j.state, j.finished_at_ms AS "finished_at_ms!", j.failure
               FROM project p JOIN job j ON j.id =
                   (SELECT k.id FROM job k WHERE k.project_id = p.id AND k.kind = 'backup'
                      AND k.finished_at_ms IS NOT NULL ORDER BY k.created_at_ms DESC LIMIT 1)
               WHERE ?1 IS NULL OR p.id = ?1"#,
            project
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let (state, finished_at_ms) = (JobState::parse(row.state)?, row.finished_at_ms);
                let run = LastRun { job_id: row.id, state, finished_at_ms, failure: row.failure };
                Ok((row.project_id, run))
            })
            .collect()
    }

    async fn last_restores(
        &self,
        project: Option<&str>,
    ) -> Result<HashMap<String, Vec<String>>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT p.id AS project_id, j.result AS "result!" FROM project p JOIN job j ON j.id IN
                   (SELECT k.id FROM job k WHERE k.project_id = p.id AND k.kind = 'restore'
                      AND k.result IS NOT NULL ORDER BY k.created_at_ms DESC LIMIT ?2)
               WHERE ?1 IS NULL OR p.id = ?1 ORDER BY j.created_at_ms DESC"#,
            project,
            RESTORES_MAX
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(grouped(rows.into_iter().map(|row| (row.project_id, row.result))))
    }
}
