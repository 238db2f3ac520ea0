//! `holdfast restore`: plan, look, apply.

use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};
use contract::api;
use contract::error::UserError;
use contract::restore::{ApplyRestore, PlanRestore, RestorePlanView, RestoreView, TargetRequest};
use serde::Deserialize;

use crate::connection;
use crate::console::Console;
use crate::error::{Ended, failure, unreadable};
use crate::follow::follow;
use crate::restore_words;
use crate::secrets::PasswordSource;
use crate::status::{Status, taught};

/// What to do with restores.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast restore plan shop@latest --scratch --out plan.json                      to look inside, on this computer
  holdfast restore plan shop@latest --to-new-database shop_copy --out plan.json    on the project's own server
  holdfast restore plan 1a2b3c4d --to-new-database shop_copy --on staging --out plan.json
  holdfast restore plan 1a2b3c4d --to-new-database shop_copy \\
      --on-server postgresql://admin@other.example/postgres --password-stdin --out plan.json < password
  holdfast restore apply plan.json --confirm shop_copy

A plan that cannot be applied is shown and written, and ends with status 4; so does a stale one.
What is applied is the plan as Holdfast stored it: of the file only the plan's id is read."))]
pub(crate) enum Verb {
    /// Look at the target, and write down what a restore would do; nothing is changed.
    Plan(Plan),
    /// Apply a plan that was looked at, and check every row of what came back.
    Apply {
        /// The plan's file, as `restore plan` wrote it.
        plan: Utf8PathBuf,
        /// Name of the target database, typed.
        #[arg(long, value_name = "TARGET-DATABASE", default_value = "", hide_default_value = true)]
        confirm: String,
    },
}

/// What is to be restored, and where to.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    backup: String,
    /// Into a private Postgres on this computer, to look inside.
    #[arg(long, required_unless_present = "to_new_database", conflicts_with = "to_new_database")]
    scratch: bool,
    /// Into a database that does not exist yet.
    #[arg(long, value_name = "NAME")]
    to_new_database: Option<String>,
    /// On the server of this project [default: the backup's own].
    #[arg(long, value_name = "PROJECT", conflicts_with_all = ["scratch", "on_server"])]
    on: Option<String>,
    /// On another server: a URL without a password in it.
    #[arg(long, value_name = "URL", conflicts_with = "scratch")]
    on_server: Option<String>,
    #[command(flatten)]
    password: PasswordSource,
    /// File to write the plan to.
    #[arg(long, value_name = "PLAN")]
    out: Utf8PathBuf,
}

impl Verb {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Plan(plan) => plan.run(console).await,
            Self::Apply { plan, confirm } => {
                let view = apply(console, &plan, confirm).await?;
                console.output.answer(&view, || restore_words::outcome(&view));
                Ok(Status::from(view.verdict))
            }
        }
    }
}

impl Plan {
    async fn run(self, console: &Console<'_>) -> Ended {
        refuse_other_file(&self.out)?;
        let out = self.out.clone();
        let view = self.make(console).await?;
        write(&out, &view)?;
        console.output.answer(&view, || restore_words::plan(&view, &out));
        Ok(if view.blockers.is_empty() { Status::Done } else { Status::Refused })
    }

    async fn make(self, console: &Console<'_>) -> Result<RestorePlanView, UserError> {
        let target = match (self.to_new_database, self.on_server) {
            (None, _) => TargetRequest::Scratch,
            (Some(name), None) => TargetRequest::NewDatabase { name, project: self.on },
            (Some(name), Some(url)) => {
                let connection = connection::read(console, &url).await?;
                let question =
                    format!("Password of {} at {} (empty for none):", connection.user, connection.host);
                let password = self.password.read(Some(&question)).await?;
                TargetRequest::OtherServer { name, connection, password }
            }
        };
        api::restore_plan(&console.engine, PlanRestore { backup: self.backup, target }).await
    }
}

/// Applies the plan that a file names, and follows the restore.
pub(crate) async fn apply(
    console: &Console<'_>,
    file: &Utf8Path,
    confirm: String,
) -> Result<RestoreView, UserError> {
    let plan_id = plan_id(console, file).await?;
    let started = api::restore_apply(&console.engine, ApplyRestore { plan_id, confirm }).await?;
    let job = follow(console, started).await?;
    job.restore.ok_or_else(|| {
        failure(
            "internal",
            "the restore ended without a result",
            format!("See its log: `holdfast job show {} --log`.", job.row.id),
        )
    })
}

/// Of the file only the id counts.
#[derive(Deserialize)]
struct Named {
    id: String,
}

async fn plan_id(console: &Console<'_>, file: &Utf8Path) -> Result<String, UserError> {
    let text = std::fs::read_to_string(file).map_err(|source| unreadable(file, &source))?;
    let Named { id } = serde_json::from_str(&text).map_err(|error| {
        failure(
            "plan_unreadable",
            format!("{file} is not a plan: {error}"),
            "Give the file that `holdfast restore plan` wrote.",
        )
    })?;
    let (stored, _) = console.engine.restore_plan(&id).await.map_err(UserError::from)?;
    let stored = serde_json::to_value(RestorePlanView::from(stored)).ok();
    if serde_json::from_str(&text).ok() != stored {
        console.output.say(&format!(
            "{file} was changed after it was written. What is applied is the plan as Holdfast stored it."
        ));
    }
    Ok(id)
}

/// A plan may take the place of a plan, and of nothing else.
fn refuse_other_file(out: &Utf8Path) -> Result<(), UserError> {
    let is_plan = |text: String| serde_json::from_str::<Named>(&text).is_ok();
    if !out.exists() || std::fs::read_to_string(out).is_ok_and(is_plan) {
        return Ok(());
    }
    Err(failure("file_exists", format!("{out} exists, and is not a plan"), "Choose another file for --out."))
}

/// Writes the plan for its owner alone: it tells what is on the server.
pub(crate) fn write(out: &Utf8Path, plan: &RestorePlanView) -> Result<(), UserError> {
    let folder = out.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    let written = || -> std::io::Result<()> {
        // A temporary file is private from the start, and the plan is there whole or not at all.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, plan)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(out).map(drop).map_err(|error| error.error)
    };
    written().map_err(|source| {
        failure(
            "write_failed",
            format!("{out} cannot be written: {source}"),
            "Check that the folder exists and is writable.",
        )
    })
}
