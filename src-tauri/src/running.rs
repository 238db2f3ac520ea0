//! The jobs that this process runs, as far as closing and quitting are concerned.

use std::time::Duration;

use contract::api;
use contract::job::{JobRow, JobStateView, ListJobs};
use engine::Engine;
use tauri::{AppHandle, Manager as _};

/// More jobs than one process ever has in hand.
const JOBS_MAX: u32 = 100;

/// How long a cancelled job may take to clean up before the application goes anyway; what is left
/// then is named `interrupted` at the next start.
const STOP_MAX: Duration = Duration::from_secs(20);

/// Jobs of this process that run or wait. An engine that cannot answer has none that could be kept.
pub(crate) async fn mine(app: &AppHandle) -> Vec<JobRow> {
    let Some(engine) = app.try_state::<Engine>() else { return Vec::new() };
    let request = ListJobs { project: None, limit: JOBS_MAX };
    let jobs = api::job_list(&engine, request).await.unwrap_or_default();
    jobs.into_iter().filter(|job| job.is_mine && goes_on(job)).collect()
}

/// Ends everything that goes on, and waits until it has cleaned up.
pub(crate) async fn stop(app: &AppHandle) {
    if let Some(engine) = app.try_state::<Engine>() {
        engine.shut_down(STOP_MAX).await;
    }
}

/// Titles with their per cent: `Backing up shop-prod, 61 %`.
pub(crate) fn titles(jobs: &[JobRow]) -> String {
    jobs.iter().map(title).collect::<Vec<_>>().join("\n")
}

/// One title with its per cent.
pub(crate) fn title(job: &JobRow) -> String {
    match job.percent {
        Some(percent) => format!("{}, {} %", job.title, percent.floor()),
        None => job.title.clone(),
    }
}

/// Whether a job has not ended.
pub(crate) fn goes_on(job: &JobRow) -> bool {
    matches!(job.state, JobStateView::Queued | JobStateView::Running)
}
