//! Jobs: list, show, log, cancel.

use base::secret::Secret;
use engine::Engine;
use engine::proof::limit_sentences;
use engine::pull::{GoingOn, can_pause};
use ledger::catalog::{JobLine, JobState, Level};
use ledger::job::{
    Difference, Fact, Job, JobOutput, Phase, PhaseState as EnginePhaseState, RestoreReport, may_be_paused,
};

use super::Answer;
use super::backup::trigger_words;
use crate::command::Nothing;
use crate::job::{
    AskLog, FactView, GoesOnView, JobRef, JobRow, JobStarted, JobStateView, JobView, ListJobs, LogLevel,
    LogLine, PhaseState, PhaseView, ResumeJob,
};
use crate::number::Count;
use crate::restore::{RestoreView, TableDifferenceView};

/// Jobs, newest first.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn job_list(engine: &Engine, request: ListJobs) -> Answer<Vec<JobRow>> {
    let jobs = engine.jobs(request.project.as_deref(), request.limit).await?;
    Ok(jobs.into_iter().map(|job| row(&job)).collect())
}

/// One job.
///
/// # Errors
/// `job_not_found`, `ambiguous_job`.
#[crate::boxed]
pub async fn job_show(engine: &Engine, request: JobRef) -> Answer<JobView> {
    let job = engine.job(&request.job).await?;
    let goes_on = engine.going_on(&job).await?.map(Into::into);
    let undoes_parts = engine.can_undo_parts(&job).await?;
    Ok(JobView { goes_on, undoes_parts, ..job.into() })
}

/// Lines of a log.
///
/// # Errors
/// `job_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn job_log(engine: &Engine, request: AskLog) -> Answer<Vec<LogLine>> {
    let level = match request.level {
        LogLevel::Info => Level::Info,
        LogLevel::Warning => Level::Warning,
        LogLevel::Error => Level::Error,
    };
    let after = i64::try_from(request.after.0).unwrap_or(i64::MAX);
    let lines = engine.job_log(&request.job, after, level, request.limit).await?;
    Ok(lines.into_iter().map(Into::into).collect())
}

/// Asks a job to end.
///
/// # Errors
/// `job_not_found`, `job_over`.
#[crate::boxed]
pub async fn job_cancel(engine: &Engine, request: JobRef) -> Answer<Nothing> {
    engine.cancel_job(&request.job).await?;
    Ok(Nothing {})
}

/// Asks a pull to end for now; what it fetched stays.
///
/// # Errors
/// `job_not_found`, `job_over`, `not_pausable`.
#[crate::boxed]
pub async fn job_pause(engine: &Engine, request: JobRef) -> Answer<Nothing> {
    engine.pause_job(&request.job).await?;
    Ok(Nothing {})
}

/// Goes on with a pull that ended in the middle, as a new run.
///
/// # Errors
/// `job_not_found`, `not_resumable`, `archive_passphrase_needed`.
#[crate::boxed]
pub async fn job_resume(engine: &Engine, request: ResumeJob) -> Answer<JobStarted> {
    let ResumeJob { job, passphrase } = request;
    let passphrase = passphrase.filter(|text| !text.is_empty()).map(Secret::new);
    Ok(JobStarted { job_id: engine.resume_job(&job, passphrase).await? })
}

impl From<GoingOn> for GoesOnView {
    fn from(going_on: GoingOn) -> Self {
        let GoingOn { remote_ids, bytes_here, bytes_total, needs_passphrase, is_paused } = going_on;
        Self {
            remote_ids,
            bytes_here: Count(bytes_here),
            bytes_total: bytes_total.map(Count),
            needs_passphrase,
            is_paused,
        }
    }
}

fn count(number: i64) -> Count {
    Count(u64::try_from(number).unwrap_or(0))
}

fn row(job: &Job) -> JobRow {
    let record = &job.record;
    let state = match record.state {
        JobState::Queued => JobStateView::Queued,
        JobState::Running => JobStateView::Running,
        JobState::Succeeded => JobStateView::Succeeded,
        JobState::Failed => JobStateView::Failed,
        JobState::Cancelled => JobStateView::Cancelled,
        JobState::Interrupted => JobStateView::Interrupted,
    };
    JobRow {
        id: record.id.clone(),
        kind: record.kind.as_str().to_owned(),
        title: record.title.clone(),
        project_id: record.project_id.clone(),
        project: job.project.clone(),
        state,
        percent: (record.state != JobState::Queued).then(|| job.progress.percent()),
        phase: job.progress.current().map(|phase| phase.title.clone()),
        waits_for: job.progress.waits_for.as_ref().map(|waits| waits.title.clone()),
        trigger: trigger_words(record.trigger.as_str()).to_owned(),
        is_mine: job.is_mine,
        created_at_ms: record.created_at_ms.into(),
        started_at_ms: record.started_at_ms.map(Into::into),
        finished_at_ms: record.finished_at_ms.map(Into::into),
        outcome: record.outcome.clone(),
    }
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        let (row, can_pause) = (row(&job), can_pause(&job));
        let has_ended = !matches!(job.record.state, JobState::Queued | JobState::Running);
        let may_be_paused = has_ended && may_be_paused(&job.progress.steps).is_some();
        let Job { record, project: _, is_mine: _, progress, output, failure, lines } = job;
        let JobOutput { outcome: _, backup_id, restore, verdict, file, is_all: _, made_project } =
            output.unwrap_or_default();
        let job_id = record.id.clone();
        let reason = progress.reason().map(str::to_owned);
        Self {
            sentence: record.sentence,
            phases: progress.phases.into_iter().map(Into::into).collect(),
            bytes_per_second: progress.bytes_per_second.map(Count),
            left_low_ms: progress.left_ms.map(|(low, _)| low.into()),
            left_high_ms: progress.left_ms.map(|(_, high)| high.into()),
            reason,
            facts: progress.facts.into_iter().map(Into::into).collect(),
            safe_next: progress.safe_next,
            steps: progress.steps.into_iter().map(Into::into).collect(),
            may_be_paused,
            waits_for: progress.waits_for.map(Into::into),
            error: failure.map(Into::into),
            backup_id,
            restore: restore.map(|report| restore_view(report, &job_id)),
            verdict: verdict.map(Into::into),
            file: file.map(Into::into),
            made_project,
            can_pause,
            // Asked for where a run is shown by itself.
            goes_on: None,
            undoes_parts: false,
            log_lines: count(lines.0),
            log_warnings: count(lines.1),
            log_errors: count(lines.2),
            row,
        }
    }
}

impl From<Phase> for PhaseView {
    fn from(phase: Phase) -> Self {
        let Phase {
            id,
            title,
            sentence,
            weight: _,
            state,
            bytes,
            bytes_total,
            rows,
            started_at_ms,
            elapsed_ms,
        } = phase;
        let state = match state {
            EnginePhaseState::Waits => PhaseState::Waits,
            EnginePhaseState::Running => PhaseState::Running,
            EnginePhaseState::Stalled => PhaseState::Stalled,
            EnginePhaseState::Done => PhaseState::Done,
            EnginePhaseState::Failed => PhaseState::Failed,
        };
        Self {
            id,
            title,
            sentence,
            state,
            bytes: Count(bytes),
            bytes_total: bytes_total.map(Count),
            rows: Count(rows),
            started_at_ms: started_at_ms.map(Into::into),
            elapsed_ms: elapsed_ms.map(Into::into),
        }
    }
}

impl From<Fact> for FactView {
    fn from(fact: Fact) -> Self {
        let Fact { name, value, note } = fact;
        Self { name, value, note }
    }
}

impl From<JobLine> for LogLine {
    fn from(line: JobLine) -> Self {
        let JobLine { number, at_ms, level, phase, message } = line;
        let level = match level {
            Level::Info => LogLevel::Info,
            Level::Warning => LogLevel::Warning,
            Level::Error => LogLevel::Error,
        };
        Self { number: count(number), at_ms: at_ms.into(), level, phase, message }
    }
}

pub(super) fn restore_view(report: RestoreReport, job_id: &str) -> RestoreView {
    let RestoreReport {
        backup_id,
        database,
        target,
        verdict,
        reason,
        tables_checked,
        rows_checked,
        differences,
        checks,
        notes,
        limits,
        restore_ms,
        check_ms,
        connect,
        scratch_id,
        steps,
    } = report;
    RestoreView {
        id: job_id.to_owned(),
        job_id: job_id.to_owned(),
        backup_id,
        database,
        target,
        verdict: verdict.into(),
        reason,
        tables_checked: Count(tables_checked),
        rows_checked: Count(rows_checked),
        differences: differences.into_iter().map(Into::into).collect(),
        checks: checks.into_iter().map(Into::into).collect(),
        notes,
        limits: limit_sentences(&limits),
        restore_ms: restore_ms.into(),
        check_ms: check_ms.into(),
        connect,
        scratch_id,
        steps: steps.into_iter().map(Into::into).collect(),
    }
}

impl From<Difference> for TableDifferenceView {
    fn from(difference: Difference) -> Self {
        let Difference { table, expected_rows, found_rows, problem } = difference;
        Self {
            table,
            content_differs: problem.is_none() && expected_rows == found_rows,
            expected_rows: expected_rows.map(Count),
            found_rows: found_rows.map(Count),
            problem,
        }
    }
}
