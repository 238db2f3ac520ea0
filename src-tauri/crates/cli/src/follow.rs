//! Following a job of this process to its end; Ctrl-C ends it cleanly.

use std::io::IsTerminal as _;
use std::time::Duration;

use base::Code;
use base::command::{About, Command};
use contract::api;
use contract::error::UserError;
use contract::job::{AskLog, JobRef, JobStarted, JobStateView, JobView, LogLevel};
use contract::number::Count;
use ledger::event::Event;
use tokio::sync::broadcast::error::RecvError;

use crate::console::Console;
use crate::error::{cancelled, failure};
use crate::progress::Progress;
use crate::waiting::Waiting;

/// Events are hints that may be lost; this often the job is asked for in any case.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// More warnings than this are in the log, not on the terminal.
const WARNINGS_MAX: u32 = 20;

/// Follows a job until it has ended.
///
/// # Errors
/// Why it failed; `cancelled` when it was.
pub(crate) async fn follow(console: &Console<'_>, started: JobStarted) -> Result<JobView, UserError> {
    let ended = watch(console, &started.job_id).await?;
    console.output.clear();
    say_warnings(console, &ended).await?;
    if ended.row.state == JobStateView::Failed && !std::io::stderr().is_terminal() {
        // Nobody sits here: who is told of such things hears of it now, and not once something else runs.
        console.engine.notifier().without_health().once().await;
    }
    match ended.row.state {
        JobStateView::Failed => Err(ended.error.clone().unwrap_or_else(|| without_reason(&ended))),
        JobStateView::Cancelled => Err(cancelled()),
        JobStateView::Interrupted => Err(without_reason(&ended)),
        JobStateView::Queued | JobStateView::Running | JobStateView::Succeeded => Ok(ended),
    }
}

async fn watch(console: &Console<'_>, id: &str) -> Result<JobView, UserError> {
    let hearing = console.interrupts.hear();
    let mut events = console.engine.events();
    let mut look = tokio::time::interval(LOOK_EVERY);
    let mut progress = Progress::default();
    let mut waiting = Waiting::default();
    let mut is_asked = false;
    loop {
        let job = tokio::select! {
            event = events.recv() => match event {
                Ok(Event::Progress(job)) if job.record.id != id => continue,
                Ok(Event::Progress(job)) => (*job).into(),
                Ok(Event::Changed(_)) => show(console, id).await?,
                Err(RecvError::Lagged(_)) => continue,
                // Without events the clock is enough.
                Err(RecvError::Closed) => { look.tick().await; show(console, id).await? }
            },
            _ = look.tick() => show(console, id).await?,
            answer = waiting.answer() => {
                waiting.give(console, id, answer).await?;
                show(console, id).await?
            }
            () = hearing.first(), if !is_asked => {
                is_asked = true;
                console.output.say("Cancelling, and waiting for a clean end. Ctrl-C again ends at once.");
                ask_to_end(console, id).await?;
                continue;
            }
        };
        progress.show(console.output, &job);
        waiting.show(console, &job);
        if is_over(&job) {
            return Ok(job);
        }
    }
}

async fn show(console: &Console<'_>, id: &str) -> Result<JobView, UserError> {
    api::job_show(&console.engine, JobRef { job: id.to_owned() }).await
}

/// A job that has just ended needs no wish to end.
async fn ask_to_end(console: &Console<'_>, id: &str) -> Result<(), UserError> {
    match api::job_cancel(&console.engine, JobRef { job: id.to_owned() }).await {
        Err(error) if error.code == Code::JobOver => Ok(()),
        asked => asked.map(|_| ()),
    }
}

/// Whether a job has ended, well or not.
pub(crate) fn is_over(job: &JobView) -> bool {
    !matches!(job.row.state, JobStateView::Queued | JobStateView::Running)
}

async fn say_warnings(console: &Console<'_>, job: &JobView) -> Result<(), UserError> {
    if job.log_warnings.0 == 0 || job.row.state == JobStateView::Cancelled {
        return Ok(());
    }
    let ask =
        AskLog { job: job.row.id.clone(), after: Count(0), level: LogLevel::Warning, limit: WARNINGS_MAX };
    for line in api::job_log(&console.engine, ask).await? {
        if line.level == LogLevel::Warning {
            console.output.say(&format!("  Warning: {}", line.message));
        }
    }
    Ok(())
}

fn without_reason(job: &JobView) -> UserError {
    let message = job.row.outcome.clone().unwrap_or_else(|| "the run ended without a reason".into());
    failure(
        Code::Interrupted,
        message,
        format!("See its log: `{}`.", Command::about(About::JobShow, &job.row.id)),
    )
}
