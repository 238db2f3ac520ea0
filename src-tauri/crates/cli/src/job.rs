//! `holdfast job`: list, show, cancel; also runs of another process.

use std::time::Duration;

use base::command::Command;
use camino::Utf8PathBuf;
use clap::Subcommand;
use contract::api;
use contract::error::UserError;
use contract::job::{AskLog, JobRef, JobRow, JobStateView, JobView, ListJobs, LogLevel, LogLine, ResumeJob};
use contract::number::Count;
use contract::steps::{AnswerJob, AnswerView};

use crate::backup::follow_to_backup;
use crate::console::Console;
use crate::error::Ended;
use crate::follow::is_over;
use crate::secrets::from_file;
use crate::status::{Status, taught};
use crate::steps;
use crate::table::{Side, listed, pairs, parts, table};
use crate::words;

/// A run of another process hears of a wish to end within a second; its end may take longer.
const CANCEL_WAIT: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// As many lines as one call gives.
const LINES_MAX: u32 = 2000;

/// What to do with runs.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast job list --project shop --limit 5
  holdfast job show 0192f3a1 --log
  holdfast job continue 0192f3a1        what it waits for is done; --stop when it cannot be
  holdfast job cancel 0192f3a1          also a run of the window or of another terminal
  holdfast job pause 0192f3a1           a pull; what it fetched stays
  holdfast job resume 0192f3a1          only the rest is fetched"))]
pub(crate) enum Verb {
    /// Runs, newest first.
    List {
        /// Only those of this project.
        #[arg(long, value_name = "PROJECT")]
        project: Option<String>,
        /// How many at most, 1 to 500.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// One run with its phases.
    Show {
        /// Id, or a unique prefix of one.
        job: String,
        /// Also its log, on standard error when a document is printed.
        #[arg(long)]
        log: bool,
    },
    /// Say to a run that waits for a person that it is done.
    Continue {
        /// Id, or a unique prefix of one.
        job: String,
        /// Say that it is not done: the run stops here.
        #[arg(long)]
        stop: bool,
    },
    /// End a run cleanly, and wait for its end.
    Cancel {
        /// Id, or a unique prefix of one.
        job: String,
    },
    /// End a pull for now, while it fetches; what it fetched stays.
    Pause {
        /// Id, or a unique prefix of one.
        job: String,
    },
    /// Go on with a pull that was paused, cancelled, killed or failed: only the rest is fetched.
    Resume {
        /// Id, or a unique prefix of one.
        job: String,
        /// Opens what is encrypted, where the run had a passphrase: a file that holds it.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<Utf8PathBuf>,
    },
}

impl Verb {
    /// Whether secrets are needed: only for signing in at a platform again.
    pub(crate) fn needs_secrets(&self) -> bool {
        matches!(self, Self::Resume { .. })
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::List { project, limit } => {
                let jobs = api::job_list(&console.engine, ListJobs { project, limit }).await?;
                console.output.answer(&jobs, || list_words(&jobs));
                Ok(Status::Done)
            }
            Self::Show { job, log } => {
                let view = api::job_show(&console.engine, JobRef { job }).await?;
                if log {
                    show_log(console, &view).await?;
                }
                console.output.answer(&view, || words_of(&view));
                Ok(Status::Done)
            }
            Self::Continue { job, stop } => go_on(console, job, stop).await,
            Self::Cancel { job } => {
                api::job_cancel(&console.engine, JobRef { job: job.clone() }).await?;
                ended(console, job).await
            }
            Self::Pause { job } => {
                api::job_pause(&console.engine, JobRef { job: job.clone() }).await?;
                ended(console, job).await
            }
            Self::Resume { job, passphrase_file } => {
                let passphrase = passphrase_file.as_deref().map(from_file).transpose()?;
                let started = api::job_resume(&console.engine, ResumeJob { job, passphrase }).await?;
                follow_to_backup(console, started).await
            }
        }
    }
}

async fn go_on(console: &Console<'_>, job: String, stop: bool) -> Ended {
    let view = api::job_show(&console.engine, JobRef { job }).await?;
    let answer = if stop { AnswerView::Stop } else { AnswerView::GoOn };
    // The step that is waited at now, and no later one.
    let seen = view.waits_for.as_ref().map(|waits| waits.step_id.clone());
    let request = AnswerJob { job: view.row.id.clone(), step: seen, answer };
    let answered = api::job_answer(&console.engine, request).await?;
    let title = view.waits_for.map(|waits| waits.title).unwrap_or_default();
    console.output.answer(&answered, || match answer {
        AnswerView::GoOn => format!("“{title}” is done: the run goes on."),
        AnswerView::Stop => format!("The run stops at “{title}”."),
    });
    Ok(Status::Done)
}

/// Waits for the end of a run that was asked to end.
async fn ended(console: &Console<'_>, job: String) -> Ended {
    let begun = tokio::time::Instant::now();
    let mut view = api::job_show(&console.engine, JobRef { job }).await?;
    while !is_over(&view) && begun.elapsed() < CANCEL_WAIT {
        tokio::time::sleep(LOOK_EVERY).await;
        view = api::job_show(&console.engine, JobRef { job: view.row.id.clone() }).await?;
    }
    console.output.answer(&view, || match view.row.outcome.as_deref() {
        Some(outcome) if is_over(&view) => format!("{}: {outcome}", view.row.title),
        _ => format!("{} was asked to end, and has not ended yet.", view.row.title),
    });
    Ok(match view.row.state {
        JobStateView::Cancelled | JobStateView::Interrupted => Status::Done,
        // It was too late, or it takes longer than a person waits.
        _ => Status::Inconclusive,
    })
}

async fn show_log(console: &Console<'_>, job: &JobView) -> Result<(), UserError> {
    let mut after = Count(0);
    loop {
        let ask = AskLog { job: job.row.id.clone(), after, level: LogLevel::Info, limit: LINES_MAX };
        let lines = api::job_log(&console.engine, ask).await?;
        let Some(last) = lines.last() else { return Ok(()) };
        after = last.number;
        for line in &lines {
            console.output.tell(&log_line(line));
        }
    }
}

fn log_line(line: &LogLine) -> String {
    let level = match line.level {
        LogLevel::Info => "       ",
        LogLevel::Warning => "warning",
        LogLevel::Error => "error  ",
    };
    format!("{}  {level}  {:<9}  {}", words::moment(line.at_ms), line.phase, line.message)
}

fn list_words(jobs: &[JobRow]) -> String {
    if jobs.is_empty() {
        return "No runs yet. Make a backup: `holdfast backup run PROJECT`.".into();
    }
    let rows: Vec<Vec<String>> = jobs
        .iter()
        .map(|job| {
            vec![
                words::short_run(&job.id).into(),
                words::moment(job.created_at_ms),
                state(job),
                job.title.clone(),
                job.outcome.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        ("ID", Side::Left),
        ("ASKED FOR", Side::Left),
        ("STATE", Side::Left),
        ("RUN", Side::Left),
        ("OUTCOME", Side::Left),
    ];
    table(&columns, &rows)
}

fn state(job: &JobRow) -> String {
    match job.state {
        JobStateView::Queued => "waits".into(),
        JobStateView::Running if job.waits_for.is_some() => "waits for you".into(),
        JobStateView::Running => format!("{:.0} %", job.percent.unwrap_or(0.0)),
        JobStateView::Succeeded => "succeeded".into(),
        JobStateView::Failed => "failed".into(),
        JobStateView::Cancelled => "cancelled".into(),
        JobStateView::Interrupted => "interrupted".into(),
    }
}

fn words_of(job: &JobView) -> String {
    let row = &job.row;
    let head = pairs(&[
        ("Run", row.title.clone()),
        ("Id", row.id.clone()),
        ("State", state(row)),
        ("What", job.sentence.clone()),
        ("Started", row.started_at_ms.map(words::moment).unwrap_or_default()),
        ("Ended", row.finished_at_ms.map(words::moment).unwrap_or_default()),
        ("Backup", job.backup_id.as_deref().map(words::short).unwrap_or_default().into()),
        ("Verdict", job.verdict.map(words::verdict).unwrap_or_default().into()),
        ("Outcome", row.outcome.clone().unwrap_or_default()),
    ]);
    let rows: Vec<Vec<String>> = job
        .phases
        .iter()
        .map(|phase| {
            let state = format!("{:?}", phase.state).to_lowercase();
            let elapsed = phase.elapsed_ms.map(words::span).unwrap_or_default();
            vec![phase.title.clone(), state, words::bytes(phase.bytes.0), words::count(phase.rows.0), elapsed]
        })
        .collect();
    let columns = [
        ("PHASE", Side::Left),
        ("STATE", Side::Left),
        ("SIZE", Side::Right),
        ("ROWS", Side::Right),
        ("TIME", Side::Right),
    ];
    let facts: Vec<String> = job.facts.iter().map(|fact| format!("{}: {}", fact.name, fact.value)).collect();
    let waits = job.waits_for.as_ref().map(|waits| {
        format!(
            "It waits for a person: {}\n  {}\n  Done: `{}`",
            waits.title,
            waits.instructions,
            Command::JobContinue { job: words::short_run(&row.id).to_owned(), stop: false }
        )
    });
    let goes_on = job.goes_on.as_ref().map(|with| {
        let total =
            with.bytes_total.map(|total| format!(" of {}", words::bytes(total.0))).unwrap_or_default();
        let job = words::short_run(&row.id).to_owned();
        let resume = Command::JobResume { job, is_encrypted: with.needs_passphrase };
        format!("{}{total} are here. Go on: `{resume}`", words::bytes(with.bytes_here.0))
    });
    let error = job.error.as_ref().and_then(|error| error.hint.clone()).unwrap_or_default();
    parts(&[
        head,
        waits.unwrap_or_default(),
        table(&columns, &rows),
        steps::results(&job.steps),
        listed("Facts", &facts),
        error,
        job.safe_next.clone(),
        goes_on.unwrap_or_default(),
    ])
}
