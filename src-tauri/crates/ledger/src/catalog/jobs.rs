//! Jobs and their logs.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};
use crate::job::{JobKind, Trigger};

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for another job.
    Queued,
    /// Goes on.
    Running,
    /// Done.
    Succeeded,
    /// Did not work.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// Its process ended in the middle.
    Interrupted,
}

impl JobState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    pub(super) fn parse(value: String) -> Result<Self, CatalogError> {
        Ok(match value.as_str() {
            "queued" => Self::Queued,
            "running" => Self::Running,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            "interrupted" => Self::Interrupted,
            _ => return Err(CatalogError::Unknown { column: "state", value }),
        })
    }

    /// True once nothing more will happen to it.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    /// Id.
    pub id: String,
    /// What it is.
    pub kind: JobKind,
    /// Title.
    pub title: String,
    /// From where to where.
    pub sentence: String,
    /// Project.
    pub project_id: Option<String>,
    /// Whether it writes to the vault.
    pub writes_vault: bool,
    /// What started it.
    pub trigger: Trigger,
    /// State.
    pub state: JobState,
    /// Names the lock file of its process.
    pub process: String,
    /// Whether somebody asked for its end.
    pub cancel_asked: bool,
    /// When it was asked for.
    pub created_at_ms: i64,
    /// When it began.
    pub started_at_ms: Option<i64>,
    /// When it ended.
    pub finished_at_ms: Option<i64>,
    /// What it came to.
    pub outcome: Option<String>,
    /// Phases and figures (JSON).
    pub progress: String,
    /// The failure (JSON).
    pub failure: Option<String>,
    /// The result (JSON).
    pub result: Option<String>,
}

/// Level of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For the record.
    Info,
    /// Look at it.
    Warning,
    /// It did not work.
    Error,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLine {
    /// Position, from 1.
    pub number: i64,
    /// When.
    pub at_ms: i64,
    /// Level.
    pub level: Level,
    /// Phase.
    pub phase: String,
    /// Message.
    pub message: String,
}

struct Row {
    id: String,
    kind: String,
    title: String,
    sentence: String,
    project_id: Option<String>,
    writes_vault: i64,
    trigger: String,
    state: String,
    process: String,
    cancel_asked: i64,
    created_at_ms: i64,
    started_at_ms: Option<i64>,
    finished_at_ms: Option<i64>,
    outcome: Option<String>,
    progress: String,
    failure: Option<String>,
    result: Option<String>,
}

/// Reads the word of a kind.
pub(super) fn kind(value: String) -> Result<JobKind, CatalogError> {
    JobKind::parse(&value).ok_or(CatalogError::Unknown { column: "kind", value })
}

/// Reads the word of what started a run.
pub(super) fn trigger(value: String) -> Result<Trigger, CatalogError> {
    Trigger::parse(&value).ok_or(CatalogError::Unknown { column: "trigger_kind", value })
}

impl TryFrom<Row> for JobRecord {
    type Error = CatalogError;

    fn try_from(row: Row) -> Result<Self, CatalogError> {
        Ok(Self {
            id: row.id,
            kind: kind(row.kind)?,
            title: row.title,
            sentence: row.sentence,
            project_id: row.project_id,
            writes_vault: row.writes_vault != 0,
            trigger: trigger(row.trigger)?,
            state: JobState::parse(row.state)?,
            process: row.process,
            cancel_asked: row.cancel_asked != 0,
            created_at_ms: row.created_at_ms,
            started_at_ms: row.started_at_ms,
            finished_at_ms: row.finished_at_ms,
            outcome: row.outcome,
            progress: row.progress,
            failure: row.failure,
            result: row.result,
        })
    }
}

impl Catalog {
    /// Adds a job.
    pub async fn add_job(on: &mut SqliteConnection, job: &JobRecord) -> Result<(), CatalogError> {
        let (kind, trigger, state) = (job.kind.as_str(), job.trigger.as_str(), job.state.as_str());
        sqlx::query!(
            "INSERT INTO job (id, kind, title, sentence, project_id, writes_vault, trigger_kind, state, process,
                              created_at_ms, progress) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            job.id,
            kind,
            job.title,
            job.sentence,
            job.project_id,
            job.writes_vault,
            trigger,
            state,
            job.process,
            job.created_at_ms,
            job.progress
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// Lets a queued job begin, unless an earlier one is in its way: one writer per vault, one job per
    /// project but for drills, which only read the vault, none while a backup of the project is deleted. Atomic across processes. False when it has
    /// to wait.
    pub async fn claim_job(&self, id: &str, at_ms: i64) -> Result<bool, CatalogError> {
        let done = sqlx::query!(
            "UPDATE job SET state = 'running', started_at_ms = ?2
             WHERE id = ?1 AND state = 'queued' AND NOT EXISTS (
                 SELECT 1 FROM job o WHERE o.id <> job.id
                   AND (o.state = 'running' OR (o.state = 'queued'
                        AND (o.created_at_ms, o.id) < (job.created_at_ms, job.id)))
                   AND ((o.writes_vault = 1 AND job.writes_vault = 1)
                        OR (o.kind <> 'drill' AND job.kind <> 'drill'
                            AND o.project_id IS NOT NULL AND o.project_id = job.project_id)))
               AND NOT EXISTS (SELECT 1 FROM backup b WHERE b.project_id = job.project_id AND b.leaving IS NOT NULL)",
            id,
            at_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Lets a running job write to the vault from now on, unless another one does. Atomic across processes.
    /// False when it has to wait.
    pub async fn claim_vault(&self, id: &str) -> Result<bool, CatalogError> {
        let done = sqlx::query!(
            "UPDATE job SET writes_vault = 1 WHERE id = ?1 AND NOT EXISTS (
                 SELECT 1 FROM job o WHERE o.id <> ?1 AND o.state = 'running' AND o.writes_vault = 1)",
            id
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Says that a job does not write to the vault any more.
    pub async fn leave_vault(&self, id: &str) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE job SET writes_vault = 0 WHERE id = ?", id).execute(&self.pool).await?;
        Ok(())
    }

    /// Stores the progress of a job on the disk.
    pub async fn keep_progress(&self, id: &str, progress: &str) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE job SET progress = ? WHERE id = ?", progress, id).execute(&self.durable).await?;
        Ok(())
    }

    /// Stores the progress of a job, and whether somebody asked for its end meanwhile.
    pub async fn save_progress(
        &self,
        id: &str,
        progress: &str,
        lines: &[JobLine],
    ) -> Result<bool, CatalogError> {
        let mut tx = self.pool.begin().await?;
        sqlx::query!("UPDATE job SET progress = ? WHERE id = ?", progress, id).execute(&mut *tx).await?;
        for line in lines {
            let level = line.level as i64;
            sqlx::query!(
                "INSERT OR REPLACE INTO job_line (job_id, number, at_ms, level, phase, message) VALUES (?, ?, ?, ?, ?, ?)",
                id,
                line.number,
                line.at_ms,
                level,
                line.phase,
                line.message
            )
            .execute(&mut *tx)
            .await?;
        }
        let asked =
            sqlx::query_scalar!("SELECT cancel_asked FROM job WHERE id = ?", id).fetch_one(&mut *tx).await?;
        tx.commit().await?;
        Ok(asked != 0)
    }

    /// Ends a job that waits or runs; false when it has ended already.
    pub async fn finish_job(on: &mut SqliteConnection, job: &JobRecord) -> Result<bool, CatalogError> {
        let state = job.state.as_str();
        let done = sqlx::query!(
            "UPDATE job SET state = ?, finished_at_ms = ?, outcome = ?, progress = ?, failure = ?, result = ?
             WHERE id = ? AND state IN ('queued', 'running')",
            state,
            job.finished_at_ms,
            job.outcome,
            job.progress,
            job.failure,
            job.result,
            job.id
        )
        .execute(on)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Asks a job to end; its process sees it within a second.
    pub async fn ask_cancel(&self, id: &str) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE job SET cancel_asked = 1 WHERE id = ?", id).execute(&self.pool).await?;
        Ok(())
    }

    /// Jobs that wait or run, oldest first.
    pub async fn open_jobs(&self) -> Result<Vec<JobRecord>, CatalogError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id, kind, title, sentence, project_id, writes_vault, trigger_kind AS "trigger", state, process,
                      cancel_asked, created_at_ms, started_at_ms, finished_at_ms, outcome, progress, failure, result
               FROM job WHERE state IN ('queued', 'running') ORDER BY created_at_ms"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(JobRecord::try_from).collect()
    }

    /// Jobs, newest first, of one project or of all.
    pub async fn jobs(&self, project_id: Option<&str>, limit: u32) -> Result<Vec<JobRecord>, CatalogError> {
        // Two statements, since one with an optional condition cannot use the index of projects.
        let rows = match project_id {
            Some(project) => {
                sqlx::query_as!(
                    Row,
                    r#"SELECT id, kind, title, sentence, project_id, writes_vault, trigger_kind AS "trigger", state, process,
                              cancel_asked, created_at_ms, started_at_ms, finished_at_ms, outcome, progress, failure, result
                       FROM job WHERE project_id = ? ORDER BY created_at_ms DESC, id LIMIT ?"#,
                    project,
                    limit
                )
                .fetch_all(&self.pool)
                .await?
            }
            None => {
                sqlx::query_as!(
                    Row,
                    r#"SELECT id, kind, title, sentence, project_id, writes_vault, trigger_kind AS "trigger", state, process,
                              cancel_asked, created_at_ms, started_at_ms, finished_at_ms, outcome, progress, failure, result
                       FROM job ORDER BY created_at_ms DESC, id LIMIT ?"#,
                    limit
                )
                .fetch_all(&self.pool)
                .await?
            }
        };
        rows.into_iter().map(JobRecord::try_from).collect()
    }

    /// Jobs whose id begins with `prefix`; two at most.
    pub async fn jobs_by_prefix(&self, prefix: &str) -> Result<Vec<JobRecord>, CatalogError> {
        let end = format!("{prefix}g");
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id, kind, title, sentence, project_id, writes_vault, trigger_kind AS "trigger", state, process,
                      cancel_asked, created_at_ms, started_at_ms, finished_at_ms, outcome, progress, failure, result
               FROM job WHERE id >= ? AND id < ? LIMIT 2"#,
            prefix,
            end
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(JobRecord::try_from).collect()
    }

    /// Finished runs of a kind for a project, newest first.
    pub async fn last_jobs(
        &self,
        project_id: &str,
        kind: &str,
        limit: u32,
    ) -> Result<Vec<JobRecord>, CatalogError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id, kind, title, sentence, project_id, writes_vault, trigger_kind AS "trigger", state, process,
                      cancel_asked, created_at_ms, started_at_ms, finished_at_ms, outcome, progress, failure, result
               FROM job WHERE project_id = ? AND kind = ? AND finished_at_ms IS NOT NULL
               ORDER BY created_at_ms DESC LIMIT ?"#,
            project_id,
            kind,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(JobRecord::try_from).collect()
    }

    /// Runs since a moment that brought files or keys back to where they came from: id, when each was asked for, the backup
    /// that it restored, the backup of the state before.
    pub async fn parts_restored(
        &self,
        since_ms: i64,
    ) -> Result<Vec<(String, i64, String, Option<String>)>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT id, created_at_ms, json_extract(progress, '$.parts.backup_id') AS "backup: String",
                      json_extract(progress, '$.parts.safety') AS "safety: String"
               FROM job WHERE kind = 'restore' AND created_at_ms >= ?
                 AND json_extract(progress, '$.parts.backup_id') IS NOT NULL"#,
            since_ms
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((row.id, row.created_at_ms, row.backup?, row.safety)))
            .collect())
    }

    /// Lines of a log after `after`, of `level` and above.
    pub async fn job_lines(
        &self,
        id: &str,
        after: i64,
        level: Level,
        limit: u32,
    ) -> Result<Vec<JobLine>, CatalogError> {
        let level = level as i64;
        let rows = sqlx::query!(
            "SELECT number, at_ms, level, phase, message FROM job_line
             WHERE job_id = ? AND number > ? AND level >= ? ORDER BY number LIMIT ?",
            id,
            after,
            level,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let level = match row.level {
                    0 => Level::Info,
                    1 => Level::Warning,
                    2 => Level::Error,
                    other => return Err(CatalogError::Unknown { column: "level", value: other.to_string() }),
                };
                Ok(JobLine {
                    number: row.number,
                    at_ms: row.at_ms,
                    level,
                    phase: row.phase,
                    message: row.message,
                })
            })
            .collect()
    }

    /// How many lines a log has: in all, warnings, errors.
    pub async fn line_counts(&self, id: &str) -> Result<(i64, i64, i64), CatalogError> {
        let row = sqlx::query!(
            r#"SELECT count(*) AS "n!: i64", coalesce(sum(level = 1), 0) AS "w!: i64", coalesce(sum(level = 2), 0) AS "e!: i64"
               FROM job_line WHERE job_id = ?"#,
            id
        )
        .fetch_one(&self.pool)
        .await?;
        Ok((row.n, row.w, row.e))
    }
}
