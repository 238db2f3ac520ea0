//! `holdfast demo`: the whole loop on a sample project, step by step, with nothing configured.
//!
//! Everything lies in a temporary profile and is removed at the end; nothing of an existing profile,
//! keychain or server is read or changed.

mod loop_steps;

use std::time::Duration;

use base::Code;
use base::command::Command;
use base::secret::{Derivation, Place, Secret};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use contract::api;
use contract::backup::VerdictView;
use contract::command::Nothing;
use contract::drill::DrillView;
use contract::error::UserError;
use contract::number::Millis;
use contract::project::RemoveProject;
use contract::restore::RestoreView;
use engine::{Engine, EngineOptions};
use ledger::job::Trigger;
use postgres::tools::SearchRoots;
use serde::Serialize;
use uuid::Uuid;

use crate::console::Console;
use crate::error::{Ended, cancelled, failure};
use crate::interrupt::Interrupts;
use crate::output::Output;
use crate::status::{Status, taught};
use crate::table::parts;
use crate::words;

/// What shows the backups of the profile that is kept.
const LIST: &str = "holdfast backup list";

/// Making a key takes a second or two and cannot be cut off.
const REMOVE_ATTEMPTS: u32 = 20;
const REMOVE_WAIT: Duration = Duration::from_millis(250);

/// How the demo ends.
#[derive(Debug, Args)]
#[command(after_help = taught!("  holdfast demo\n  holdfast demo --keep          leaves the profile, to look around in it\n  holdfast demo --json | jq -r .verdict"))]
pub(crate) struct Arguments {
    /// Keep the temporary profile and the sample, and say where they are.
    #[arg(long)]
    keep: bool,
}

/// What the demo came to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Demo {
    verdict: VerdictView,
    reason: String,
    steps: Vec<Step>,
    restore: RestoreView,
    drill: DrillView,
    elapsed_ms: Millis,
    /// The temporary profile, where it was kept.
    kept: Option<Utf8PathBuf>,
}

/// One step of the loop.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    title: String,
    sentence: String,
    command: String,
    elapsed_ms: Millis,
}

/// Runs the demo; the status is that of the restore's verdict.
pub(crate) async fn run(arguments: Arguments, output: &Output, interrupts: &Interrupts) -> Ended {
    let begun = std::time::Instant::now();
    let home = temporary()?;
    let directory = Utf8PathBuf::try_from(home.path().to_owned())
        .map_err(|error| failure(Code::NoHome, error.to_string(), "Set TMPDIR to another directory."))?;
    let console = Console { engine: open(&directory, arguments.keep).await?, output, interrupts };
    output.tell(&opening(&directory));
    let walked = tokio::select! {
        biased;
        walked = loop_steps::walk(&console, &directory) => walked,
        () = interrupts.unheard() => Err(cancelled()),
    };
    console.end().await;
    let kept = if arguments.keep && walked.is_ok() {
        Some(Utf8PathBuf::try_from(home.keep()).unwrap_or(directory))
    } else {
        let removed = remove(console, home).await;
        if let (Err(_), Err(error)) = (&walked, &removed) {
            output.say(&format!("{} {}", error.message, error.hint.as_deref().unwrap_or_default()));
        }
        walked.as_ref().map_or(Ok(()), |_| removed)?;
        None
    };
    let (steps, restore, drill) = walked?;
    // Of the two, the one that says less.
    let is_whole = restore.verdict == VerdictView::Pass;
    let (verdict, reason) = if is_whole {
        (drill.row.verdict, drill.row.reason.clone())
    } else {
        (restore.verdict, restore.reason.clone())
    };
    let elapsed_ms = Millis(i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX));
    let demo = Demo { verdict, reason, steps, restore, drill, elapsed_ms, kept };
    output.answer(&demo, || summary(&demo));
    Ok(Status::from(verdict))
}

fn temporary() -> Result<tempfile::TempDir, UserError> {
    tempfile::Builder::new().prefix("holdfast-demo-").tempdir().map_err(|source| {
        failure(
            Code::NoHome,
            format!("no temporary directory can be made: {source}"),
            "Set TMPDIR to a writable directory.",
        )
    })
}

async fn open(directory: &Utf8Path, keep: bool) -> Result<Engine, UserError> {
    let passphrase = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    if keep {
        let path = directory.join("passphrase");
        let written = base::disk::write_private(&path, passphrase.as_bytes());
        written.map_err(|source| {
            failure(Code::WriteFailed, format!("{path}: {source}"), "Set TMPDIR to another directory.")
        })?;
    }
    let options = EngineOptions {
        home: directory.to_owned(),
        secrets: Some(Place::File(sealed(directory))),
        passphrase: Some(Secret::new(passphrase)),
        keychain_wait: None,
        derivation: Derivation::Usual,
        trigger: Trigger::CommandLine,
        tool_roots: SearchRoots::of_this_system(),
        stall_limit: None,
        lock_wait: None,
        read_older_after: None,
        platform_standing: None,
        sample_platform: None,
    };
    Engine::open(options).await.map_err(UserError::from)
}

fn sealed(directory: &Utf8Path) -> Utf8PathBuf {
    directory.join("secrets.sealed")
}

fn opening(directory: &Utf8Path) -> String {
    format!(
        "Holdfast backs up a sample project, verifies it, restores it, compares every row, and drills all of it.\n\
         Everything lies in {directory}, with its secrets in a sealed file; nothing else is touched."
    )
}

/// Removes the sample with its server, and the temporary profile; also after a step that failed.
async fn remove(console: Console<'_>, home: tempfile::TempDir) -> Result<(), UserError> {
    for row in api::project_list(&console.engine, Nothing {}).await? {
        let request = RemoveProject { project: row.id, keep_backups: false, confirm: row.name };
        api::project_remove(&console.engine, request).await?;
    }
    // Open files cannot be removed everywhere.
    drop(console);
    remove_profile(home).await
}

/// Removes the temporary profile; a thread that was cut off may still write into it for a moment.
async fn remove_profile(home: tempfile::TempDir) -> Result<(), UserError> {
    let path = home.keep();
    let mut removed = std::fs::remove_dir_all(&path);
    for _ in 0..REMOVE_ATTEMPTS {
        if removed.is_ok() {
            break;
        }
        tokio::time::sleep(REMOVE_WAIT).await;
        removed = std::fs::remove_dir_all(&path);
    }
    removed.map_err(|source| {
        failure(Code::WriteFailed, format!("{} stays behind: {source}", path.display()), "Remove it by hand.")
    })
}

fn summary(demo: &Demo) -> String {
    let verdict = match demo.verdict {
        VerdictView::Pass => "PASS",
        VerdictView::Fail => "FAIL",
        VerdictView::Inconclusive => "INCONCLUSIVE",
    };
    let end = match &demo.kept {
        None => "The sample, its vault and the temporary profile are removed.".into(),
        Some(home) => format!(
            "Everything was kept. To look around:\n  export HOLDFAST_HOME={home} HOLDFAST_SECRETS=file:{} HOLDFAST_PASSPHRASE_FILE={home}/passphrase\n  \
             {LIST}\nTo remove it: {}, then delete {home}",
            sealed(home),
            Command::ProjectRemove {
                project: loop_steps::SAMPLE.into(),
                confirm: Some(loop_steps::SAMPLE.into()),
                keep_backups: false,
            },
        ),
    };
    let done = format!("\n{verdict} in {}: {}", words::span(demo.elapsed_ms), demo.reason);
    let next = "Your own project: holdfast vault init --path DIR --kit FILE, then holdfast project add NAME --postgres URL";
    parts(&[done, end, next.into()])
}
