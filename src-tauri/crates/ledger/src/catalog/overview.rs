//! What lists show of projects, read for all of them at once: a few queries with one row per project, so
//! that a thousand projects are listed as fast as one.

use std::collections::HashMap;

use serde::Deserialize;

use super::jobs::JobState;
use super::proofs::Row as Proof;
use super::written::read_rows;
use super::{Catalog, CatalogError, ProofRecord, believed_until_ms};
use crate::point::Seen;

/// A failed run that may need a person.
#[derive(Debug, Clone)]
pub struct FailedRun {
    /// The job's id.
    pub job_id: String,
    /// How it ended.
    pub state: JobState,
    /// When it ended.
    pub finished_at_ms: i64,
    /// The failure (JSON).
    pub failure: Option<String>,
    /// What a scheduled verification or drill came to, where it did not come out well: its run ended all the same.
    pub said: Option<String>,
}

/// The figures of one project.
#[derive(Debug, Default)]
pub struct Figures {
    /// Backups.
    pub backups: i64,
    /// Bytes of all parts of the newest.
    pub newest_bytes: Option<i64>,
    /// What was tried last with the newest.
    pub newest_proof: Option<ProofRecord>,
    /// What its backups that are not dated later than now say of its components.
    pub seen: Seen,
    /// The best proof that stands for any backup: highest level, then newest.
    pub best_proof: Option<ProofRecord>,
    /// Moments, to the minute, and levels of backups since the first day asked for; level 0 is none, and that of what
    /// holds no database, where the project has a source.
    pub moments: Vec<(i64, u8)>,
    /// Moments, to the minute, of failed and interrupted backups since then.
    pub failures: Vec<i64>,
    /// The last backup run, where it failed and nobody acknowledged it.
    pub failed_run: Option<FailedRun>,
    /// How long the last full drill took that passed; without one, the last restore whose checks passed.
    pub restore_ms: Option<i64>,
}

/// Levels of proof, and none.
const LEVELS: i64 = 4;
/// Days begin at whole minutes.
const MINUTE_MS: i64 = 60_000;

/// Figures by project's id; a project without backups and runs has no entry.
pub type Overview = HashMap<String, Figures>;

/// A project's id, its backups' moments and levels, and the moments of failures.
type Happened = (String, Vec<(i64, u8)>, Vec<i64>);

/// A project's row, as SQL writes it.
#[derive(Deserialize)]
struct Row {
    project_id: String,
    older: i64,
    newest_bytes: i64,
    newest: Option<Proof>,
    best: Option<Proof>,
}

impl Catalog {
    /// Figures of all projects, or of one; days and failures since `since_ms`.
    pub async fn overview(&self, project: Option<&str>, since_ms: i64) -> Result<Overview, CatalogError> {
        // SQLite answers each on a thread of its own.
        let (mut overview, points, days, runs, checks, restores) = tokio::try_join!(
            self.of_backups(project, since_ms),
            self.points_seen(project, believed_until_ms()),
            self.of_days(project, since_ms),
            self.failed_runs(project),
            self.failed_checks(project),
            self.restore_times(project)
        )?;
        for (project, seen) in points {
            if let Some(figures) = overview.get_mut(&project) {
                figures.seen = seen;
            }
        }
        for (project, moments, failures) in days {
            let figures = overview.entry(project).or_default();
            figures.backups += i64::try_from(moments.len()).unwrap_or(i64::MAX);
            (figures.moments, figures.failures) = (moments, failures);
        }
        for (project, run) in runs {
            overview.entry(project).or_default().failed_run = Some(run);
        }
        for (project, run) in checks {
            // A backup that failed comes first.
            overview.entry(project).or_default().failed_run.get_or_insert(run);
        }
        for (project, restore_ms) in restores {
            overview.entry(project).or_default().restore_ms = Some(restore_ms);
        }
        Ok(overview)
    }

    /// Of backups it counts those before `since_ms` alone: most are younger, and are read one by one for their days.
    async fn of_backups(&self, project: Option<&str>, since_ms: i64) -> Result<Overview, CatalogError> {
        let until_ms = believed_until_ms();
        // The proofs come along in the row of their project: each row of its own costs more than the join. `json` keeps
        // SQLite from writing them as texts.
        let written = sqlx::query_scalar!(
            r#"SELECT json_group_array(json_object(
                      'project_id', p.id,
                      'older', (SELECT count(*) FROM backup c INDEXED BY backup_days
                                WHERE c.project_id = p.id AND c.at_ms < ?3 AND c.holds >= 0),
                      'newest_bytes', n.size_bytes,
                      'newest', json(iif(np.number IS NULL, NULL, json_object(
                          'backup_id', np.backup_id, 'store', np.store, 'level', np.level, 'verdict', np.verdict,
                          'at_ms', np.at_ms, 'elapsed_ms', np.elapsed_ms, 'reason', np.reason))),
                      'best', json(iif(bp.number IS NULL, NULL, json_object(
                          'backup_id', bp.backup_id, 'store', bp.store, 'level', bp.level, 'verdict', bp.verdict,
                          'at_ms', bp.at_ms, 'elapsed_ms', bp.elapsed_ms, 'reason', bp.reason))))) AS "rows!: String"
               FROM project p
               JOIN backup n ON n.rowid = coalesce(
                   -- The newest with a database, and only where there is none, the newest with files, and so on.
                   (SELECT m.rowid FROM backup m WHERE m.project_id = p.id AND m.holds & 1 AND m.at_ms <= ?2
                    ORDER BY m.at_ms DESC, m.id LIMIT 1),
                   (SELECT m.rowid FROM backup m WHERE m.project_id = p.id AND m.holds & 2 AND m.at_ms <= ?2
                    ORDER BY m.at_ms DESC, m.id LIMIT 1),
                   (SELECT m.rowid FROM backup m WHERE m.project_id = p.id AND m.at_ms <= ?2
                    ORDER BY m.at_ms DESC, m.id LIMIT 1),
                   (SELECT m.rowid FROM backup m WHERE m.project_id = p.id ORDER BY m.at_ms DESC, m.id LIMIT 1))
               LEFT JOIN proof np ON np.number = n.last_proof
               LEFT JOIN proof bp ON bp.number =
                   (SELECT l.level_proof FROM backup l WHERE l.project_id = p.id
                    ORDER BY l.level DESC, l.level_proof DESC LIMIT 1)
               WHERE ?1 IS NULL OR p.id = ?1"#,
            project,
            until_ms,
            since_ms
        )
        .fetch_one(&self.pool)
        .await?;
        let rows: Vec<Row> = read_rows(&written)?;
        let mut overview = Overview::with_capacity(rows.len());
        for row in rows {
            let figures = Figures {
                backups: row.older,
                newest_bytes: Some(row.newest_bytes),
                newest_proof: row.newest.map(ProofRecord::try_from).transpose()?,
                best_proof: row.best.map(ProofRecord::try_from).transpose()?,
                ..Figures::default()
            };
            overview.insert(row.project_id, figures);
        }
        Ok(overview)
    }

    /// What happened on the days since `since_ms`: backups, and runs that failed.
    async fn of_days(&self, project: Option<&str>, since_ms: i64) -> Result<Vec<Happened>, CatalogError> {
        // One text per project: a row for each moment would be a hundred times as many. One short number per
        // backup, since making texts of numbers is what takes the time: minutes, and a level below four. Of a project
        // with a connection or a platform only what holds its database brings it back.
        let rows = sqlx::query!(
            r#"SELECT p.id AS project_id,
                      iif(p.connection = 'null' AND p.platform IS NULL,
                          (SELECT group_concat((d.at_ms - ?2) / 60000 * 4 + d.level) FROM backup d
                           WHERE d.project_id = p.id AND d.at_ms >= ?2),
                          (SELECT group_concat((d.at_ms - ?2) / 60000 * 4 + d.level * (d.holds & 1))
                           FROM backup d INDEXED BY backup_days
                           WHERE d.project_id = p.id AND d.at_ms >= ?2 AND d.holds >= 0)) AS "moments?: String",
                      (SELECT group_concat((j.created_at_ms - ?2) / 60000 * 4) FROM job j INDEXED BY job_failed
                       WHERE j.project_id = p.id AND j.kind IN ('backup', 'pull')
                         AND j.state IN ('failed', 'interrupted') AND j.created_at_ms >= ?2) AS "failures?: String"
               FROM project p WHERE ?1 IS NULL OR p.id = ?1"#,
            project,
            since_ms
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let read = |text: Option<String>| moments(since_ms, text.as_deref().unwrap_or_default());
                let failures = read(row.failures)?.into_iter().map(|(at_ms, _)| at_ms).collect();
                Ok((row.project_id, read(row.moments)?, failures))
            })
            .collect()
    }

    /// Last backup runs that failed since a person looked.
    async fn failed_runs(&self, project: Option<&str>) -> Result<Vec<(String, FailedRun)>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT p.id AS project_id, j.id, j.state, j.finished_at_ms AS "finished_at_ms!", j.failure
               FROM project p JOIN job j ON j.rowid =
                   (SELECT k.rowid FROM job k WHERE k.project_id = p.id AND k.kind IN ('backup', 'pull')
                      AND k.finished_at_ms IS NOT NULL ORDER BY k.created_at_ms DESC LIMIT 1)
               WHERE (?1 IS NULL OR p.id = ?1) AND j.state IN ('failed', 'interrupted')
                 AND j.finished_at_ms > p.acknowledged_at_ms"#,
            project
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let (state, finished_at_ms) = (JobState::parse(row.state)?, row.finished_at_ms);
                let run =
                    FailedRun { job_id: row.id, state, finished_at_ms, failure: row.failure, said: None };
                Ok((row.project_id, run))
            })
            .collect()
    }

    /// Scheduled verifications and drills that did not come out well the last time, since a person looked.
    async fn failed_checks(&self, project: Option<&str>) -> Result<Vec<(String, FailedRun)>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT s.project_id, r.job_id AS "job_id!", r.ended_at_ms AS "finished_at_ms!", r.said
               FROM schedule s JOIN project p ON p.id = s.project_id
               JOIN schedule_run r ON r.schedule_id = s.id AND r.slot_ms =
                   (SELECT max(o.slot_ms) FROM schedule_run o
                    WHERE o.schedule_id = s.id AND o.state IN ('succeeded', 'failed'))
               WHERE (?1 IS NULL OR s.project_id = ?1) AND s.work NOT IN ('backup', 'pull')
                 AND r.state = 'failed' AND r.job_id IS NOT NULL AND r.ended_at_ms > p.acknowledged_at_ms
               ORDER BY r.ended_at_ms DESC, r.schedule_id"#,
            project
        )
        .fetch_all(&self.pool)
        .await?;
        let failed = |job_id, finished_at_ms, said: Option<String>| FailedRun {
            job_id,
            state: JobState::Failed,
            finished_at_ms,
            failure: None,
            said: Some(said.unwrap_or_else(|| "It ended without a word.".into())),
        };
        Ok(rows
            .into_iter()
            .map(|row| (row.project_id, failed(row.job_id, row.finished_at_ms, row.said)))
            .collect())
    }

    /// How long projects took to be back: a drill says it, and before the first one a restore.
    async fn restore_times(&self, project: Option<&str>) -> Result<Vec<(String, i64)>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT project_id AS "project_id!", restore_ms AS "restore_ms!: i64" FROM (SELECT p.id AS project_id, coalesce(
                   (SELECT d.rto_ms FROM drill d WHERE d.project_id = p.id AND d.kind = 'full' AND d.verdict = 'pass'
                    ORDER BY d.at_ms DESC, d.id LIMIT 1),
                   (SELECT json_extract(k.result, '$.restore.restore_ms') + json_extract(k.result, '$.restore.check_ms')
                    FROM job k WHERE k.project_id = p.id AND k.kind = 'restore'
                      AND k.state = 'succeeded' AND json_extract(k.result, '$.restore.verdict') = 'pass'
                    ORDER BY k.created_at_ms DESC LIMIT 1)) AS restore_ms
               FROM project p WHERE ?1 IS NULL OR p.id = ?1) WHERE restore_ms IS NOT NULL"#,
            project
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.project_id, row.restore_ms)).collect())
    }
}

/// Reads moments and levels, as the query above writes them.
fn moments(since_ms: i64, text: &str) -> Result<Vec<(i64, u8)>, CatalogError> {
    let one = |number: &str| {
        let number: i64 = number.parse().ok()?;
        let after_ms = (number / LEVELS).checked_mul(MINUTE_MS)?;
        Some((since_ms.checked_add(after_ms)?, u8::try_from(number % LEVELS).ok()?))
    };
    let read = text.split(',').filter(|number| !number.is_empty()).map(one).collect::<Option<Vec<_>>>();
    read.ok_or_else(|| CatalogError::Unknown { column: "at_ms", value: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::moments;

    #[test]
    fn moments_and_levels_are_read_as_they_were_written() {
        let since = 1_795_000_020_000;
        let written = [(since, 3), (since + 59_999, 0), (since + 60_000, 2), (since + 30 * 86_400_000, 1)];
        let text: Vec<String> =
            written.iter().map(|(at, level)| ((at - since) / 60_000 * 4 + level).to_string()).collect();
        let read = moments(since, &text.join(",")).unwrap();
        assert_eq!(read, [(since, 3), (since, 0), (since + 60_000, 2), (since + 30 * 86_400_000, 1)]);
        assert!(moments(since, "").unwrap().is_empty());
        assert!(moments(since, "7,x").is_err());
    }
}
