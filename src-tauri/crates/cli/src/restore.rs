//! `holdfast restore`: plan, look, apply.

use std::io::Write as _;

use base::Code;
use base::command::{About, Command, split_names};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{ArgGroup, Args, Subcommand};
use contract::api;
use contract::command::Nothing;
use contract::component::{PartTargetView, PlanParts, PlanPartsUndo};
use contract::error::UserError;
use contract::job::JobStarted;
use contract::restore::{
    ApplyRestore, PlanRestore, PlanUndo, RestorePlanView, RestoreRef, RestoreView, SaveRestoreReport,
    TableModeView, TargetRequest,
};
use serde::Deserialize;

use crate::connection;
use crate::console::Console;
use crate::drill::refuse_report;
use crate::error::{Ended, failure, unreadable};
use crate::follow::follow;
use crate::part_restore;
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
  holdfast restore plan shop@latest --swap --out plan.json                         beside the project's database, then in its place
  holdfast restore plan shop@latest --in-place --out plan.json                     over it, in one transaction
  holdfast restore plan shop@latest --tables public.orders,public.items --missing-rows --out plan.json
  holdfast restore plan 1a2b3c4d --tables public.orders --merge --after 5e6f7a8b --out plan.json
                                                                                   what was damaged between two backups, and no later work
  holdfast restore plan shop@latest --all-rows --replace --out plan.json           what an ordinary role may write, tables as they are
  holdfast restore plan shop@latest --all-rows --replace --make-missing --on shop-new --out plan.json
                                                                                   into a project that was made anew
  holdfast restore plan shop@latest --component files --prefix 2026/ --to-folder /tmp/files --out plan.json
  holdfast restore plan shop@latest --component logs --from 2026-11-01 --until 2026-11-07 --to-folder /tmp/logs --out plan.json
  holdfast restore plan shop@latest --component config --in-place --out plan.json
  holdfast restore apply plan.json --confirm shop_copy                             of a component: the name of the project
  holdfast restore list
  holdfast restore report 3f2a9c1b --html restore.html                             what was done, for others
  holdfast restore undo 3f2a9c1b --out undo.json                                   a plan like any other, to be applied

Before a database is changed it is backed up. A plan that cannot be applied is shown and written, and ends with status 4; so does a stale one.
What is applied is the plan as Holdfast stored it: of the file only the plan's id is read."))]
pub(crate) enum Verb {
    /// Look at the target, and write down what a restore would do; nothing is changed.
    Plan(Box<Plan>),
    /// Apply a plan that was looked at, and check every row of what came back.
    Apply {
        /// The plan's file, as `restore plan` wrote it.
        plan: Utf8PathBuf,
        /// Name of the target database, typed; for a component the project's name.
        #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
        confirm: String,
        /// Consent to end sessions of others, where a database has to change its name.
        #[arg(long)]
        end_connections: bool,
    },
    /// Restores that were applied, newest first.
    List,
    /// How a restore stands, as its server says now, and what can be done about it.
    Show {
        /// Id, or the beginning of one.
        restore: String,
    },
    /// A restore written down for others: what, by whom, the checks, how it stands, what is left to do.
    Report {
        /// Id, or the beginning of one.
        restore: String,
        /// Also write it as a page that needs nothing else.
        #[arg(long, value_name = "FILE")]
        html: Option<Utf8PathBuf>,
        /// Also write it as a document.
        #[arg(long, value_name = "FILE")]
        json_file: Option<Utf8PathBuf>,
    },
    /// Plan the undo of a restore, or take away what an interrupted one left; apply it as any plan.
    Undo {
        /// Id of the restore, or of the run that brought files or keys back; or the beginning of one.
        restore: String,
        /// Make no safety backup before it, and say why.
        #[arg(long, value_name = "REASON")]
        no_safety_backup: Option<String>,
        /// File to write the plan to.
        #[arg(long, value_name = "PLAN")]
        out: Utf8PathBuf,
    },
    /// Plan to drop the database that a swap, or its undo, kept; apply it as any plan.
    Discard {
        /// Id, or the beginning of one.
        #[arg(required_unless_present = "due")]
        restore: Option<String>,
        /// File to write the plan to.
        #[arg(long, value_name = "PLAN", required_unless_present = "due")]
        out: Option<Utf8PathBuf>,
        /// Drop those whose date has come, as agreed when they were swapped away.
        #[arg(long, conflicts_with_all = ["restore", "out"])]
        due: bool,
    },
}

/// What is to be restored, and where to.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("target").required(true)), group(ArgGroup::new("mode")))]
#[expect(clippy::struct_excessive_bools, reason = "each is an argument of its own")]
pub(crate) struct Plan {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    backup: String,
    /// Into a private Postgres on this computer, to look inside.
    #[arg(long, group = "target")]
    scratch: bool,
    /// Into a database that does not exist yet.
    #[arg(long, value_name = "NAME", group = "target")]
    to_new_database: Option<String>,
    /// Beside the project's database, in whose place it then comes; the old one stays until discarded.
    #[arg(long, group = "target")]
    swap: bool,
    /// Let the old database go by itself after so many days [default: it stays until discarded].
    #[arg(long, value_name = "DAYS", requires = "swap", value_parser = clap::value_parser!(u16).range(1..=3650))]
    keep_old: Option<u16>,
    /// Over the project's database, in one transaction.
    #[arg(long, group = "target")]
    in_place: bool,
    /// Only these tables, into the project's database, in one transaction.
    /// A comma within a name stands behind a backslash.
    #[arg(long, value_name = "SCHEMA.TABLE,…", group = "target", requires = "mode")]
    tables: Vec<String>,
    /// The rows of every table that the project's role may fill, into the tables that are there, in one transaction.
    /// Tables, functions and rights stay as they are; what cannot be filled is named.
    #[arg(long, group = "target", requires = "mode", conflicts_with = "beside")]
    all_rows: bool,
    /// Make schemas, types, tables, functions, policies and whatever else of the backup is not there; what is there
    /// stays as it is. For a project that was made anew, which has what is the platform's and nothing of yours.
    #[arg(long, requires = "all_rows")]
    make_missing: bool,
    /// The tables come back in a schema of their own, beside those that are there.
    #[arg(long, group = "mode", requires = "tables")]
    beside: bool,
    /// Their rows become those of the backup.
    #[arg(long, group = "mode", conflicts_with_all = ["scratch", "to_new_database", "swap", "in_place"])]
    replace: bool,
    /// Only rows whose key is missing come back; every row that is there stays.
    #[arg(long, group = "mode", conflicts_with_all = ["scratch", "to_new_database", "swap", "in_place"])]
    missing_rows: bool,
    /// What was deleted or changed between this backup and the one that --after names is taken back, where nobody has
    /// changed it since. Every other row and column stays.
    #[arg(long, group = "mode", requires = "after", conflicts_with_all = ["scratch", "to_new_database", "swap", "in_place"])]
    merge: bool,
    /// The backup that was made after the damage: its id, a unique prefix of one, or `PROJECT@latest`.
    #[arg(long, value_name = "BACKUP", requires = "merge")]
    after: Option<String>,
    /// Not the database but this of the backup: files, config, redis, logs; into a folder, or with --in-place to where it
    /// came from.
    #[arg(long, value_name = "COMPONENT", conflicts_with_all = ["scratch", "to_new_database", "swap", "tables", "all_rows", "on", "let_writers_write"])]
    component: Option<String>,
    /// One of several of the same kind, by its name.
    #[arg(long, requires = "component")]
    name: Option<String>,
    /// Only files whose names begin so.
    #[arg(long, requires = "component")]
    prefix: Option<String>,
    /// Only files with a day in their names, of this one or later; logs have one each.
    #[arg(long, value_name = "DAY", requires = "component")]
    from: Option<String>,
    /// Of this one or earlier.
    #[arg(long, value_name = "DAY", requires = "component")]
    until: Option<String>,
    /// Into this folder, which is empty or not there.
    #[arg(long, value_name = "DIR", group = "target", requires = "component")]
    to_folder: Option<String>,
    /// Delete files that are there and not in the backup.
    #[arg(long, requires = "component", conflicts_with = "to_folder")]
    delete_extra: bool,
    /// Make no safety backup before anything is changed, and say why.
    #[arg(long, value_name = "REASON")]
    no_safety_backup: Option<String>,
    /// Let others write to what is replaced while the safety backup is made; rows that they add or change meanwhile are
    /// counted, and kept as text in a schema of its own, and rows that they delete are not.
    #[arg(long, conflicts_with_all = ["scratch", "no_safety_backup"])]
    let_writers_write: bool,
    /// On the server of this project [default: the backup's own].
    #[arg(long, value_name = "PROJECT", conflicts_with_all = ["scratch", "on_server"])]
    on: Option<String>,
    /// On another server: a URL without a password in it.
    #[arg(long, value_name = "URL", requires = "to_new_database")]
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
            Self::Apply { plan, confirm, end_connections } => {
                if let Some(id) = part_restore::plan_in(console, &plan).await? {
                    return part_restore::apply(console, id, confirm).await;
                }
                let view = apply(console, &plan, confirm, end_connections).await?;
                console.output.answer(&view, || restore_words::outcome(&view));
                Ok(Status::from(view.verdict))
            }
            Self::List => {
                let all = api::restore_list(&console.engine, Nothing {}).await?;
                console.output.answer(&all, || restore_words::list(&all));
                Ok(Status::Done)
            }
            Self::Show { restore } => {
                let view = api::restore_show(&console.engine, RestoreRef { restore }).await?;
                console.output.answer(&view, || restore_words::standing(&view));
                Ok(Status::Done)
            }
            Self::Report { restore, html, json_file } => {
                let view = api::restore_report(&console.engine, RestoreRef { restore }).await?;
                for (file, ending) in [(html, "html"), (json_file, "json")] {
                    if let Some(file) = file {
                        refuse_report(&file, ending)?;
                        let (restore, path) = (view.restore.id.clone(), file.clone().into_string());
                        let request = SaveRestoreReport { restore, path };
                        api::restore_report_save(&console.engine, request).await?;
                        console.output.say(&format!("Written: {file}"));
                    }
                }
                console.output.answer(&view, || restore_words::report(&view));
                Ok(Status::Done)
            }
            Self::Undo { restore, no_safety_backup: no_safety_because, out } => {
                refuse_other_file(&out)?;
                let request =
                    PlanUndo { restore: restore.clone(), no_safety_because: no_safety_because.clone() };
                match api::restore_undo_plan(&console.engine, request).await {
                    // A run that brought back files or keys is no restore of a database.
                    Err(error) if error.code == Code::RestoreNotFound => {
                        let request = PlanPartsUndo { run: restore, no_safety_because };
                        match part_restore::plan_undo(console, request, &out).await {
                            Err(other) if other.code == Code::JobNotFound => Err(error),
                            ended => ended,
                        }
                    }
                    view => show(console, &view?, &out),
                }
            }
            Self::Discard { restore: Some(restore), out: Some(out), .. } => {
                refuse_other_file(&out)?;
                let view = api::restore_discard_plan(&console.engine, RestoreRef { restore }).await?;
                show(console, &view, &out)
            }
            Self::Discard { .. } => Box::pin(discard_due(console)).await,
        }
    }
}

impl Plan {
    async fn run(self, console: &Console<'_>) -> Ended {
        refuse_other_file(&self.out)?;
        let out = self.out().to_owned();
        if let Some(parts) = self.parts()? {
            return part_restore::plan(console, parts, &out).await;
        }
        let view = api::restore_plan(&console.engine, self.request().await?).await?;
        show(console, &view, &out)
    }

    /// Where the plan goes.
    pub(crate) fn out(&self) -> &Utf8Path {
        &self.out
    }

    /// What is asked for, where it is not the database.
    pub(crate) fn parts(&self) -> Result<Option<PlanParts>, UserError> {
        let Some(component) = self.component.clone() else { return Ok(None) };
        let target = match (&self.to_folder, self.in_place) {
            (Some(path), _) => PartTargetView::Folder { path: path.clone() },
            (None, true) => PartTargetView::InPlace,
            (None, false) => {
                return Err(failure(
                    Code::WrongUsage,
                    "a component comes back into a folder, or to where it came from",
                    "Give --to-folder DIR, or --in-place.",
                ));
            }
        };
        Ok(Some(PlanParts {
            backup: self.backup.clone(),
            component,
            name: self.name.clone(),
            prefix: self.prefix.clone(),
            from: self.from.clone(),
            until: self.until.clone(),
            target,
            deletes_extra: self.delete_extra,
            no_safety_because: self.no_safety_backup.clone(),
        }))
    }

    /// What is asked for.
    pub(crate) async fn request(self) -> Result<PlanRestore, UserError> {
        let mode = match self {
            Self { replace: true, .. } => TableModeView::Replace,
            Self { missing_rows: true, .. } => TableModeView::MissingRows,
            Self { merge: true, .. } => TableModeView::Merge,
            _ => TableModeView::Beside,
        };
        let target = match (self.to_new_database, self.on_server) {
            (None, _) if self.swap => TargetRequest::Swap { project: self.on, keep_days: self.keep_old },
            (None, _) if self.in_place => TargetRequest::InPlace { project: self.on },
            (None, _) if !self.tables.is_empty() => {
                let tables = self.tables.iter().flat_map(|names| split_names(names)).collect();
                TargetRequest::Tables { project: self.on, tables, mode }
            }
            (None, _) if self.all_rows => {
                TargetRequest::AllRows { project: self.on, mode, makes: self.make_missing }
            }
            (None, _) => TargetRequest::Scratch,
            (Some(name), None) => TargetRequest::NewDatabase { name, project: self.on },
            (Some(name), Some(url)) => {
                let connection = Box::new(connection::read(&url)?);
                let question =
                    format!("Password of {} at {} (empty for none):", connection.user, connection.host);
                let password = self.password.read(Some(&question)).await?;
                TargetRequest::OtherServer { name, connection, password }
            }
        };
        let (no_safety_because, let_writers_write) = (self.no_safety_backup, self.let_writers_write);
        Ok(PlanRestore {
            backup: self.backup,
            target,
            no_safety_because,
            let_writers_write,
            after: self.after,
        })
    }
}

/// Writes a plan and shows it; one that cannot be applied ends with a status of its own.
fn show(console: &Console<'_>, view: &RestorePlanView, out: &Utf8Path) -> Ended {
    write(out, view)?;
    console.output.answer(view, || restore_words::plan(view, out));
    Ok(if view.blockers.is_empty() { Status::Done } else { Status::Refused })
}

/// Applies the plan that a file names, and follows the restore.
pub(crate) async fn apply(
    console: &Console<'_>,
    file: &Utf8Path,
    confirm: String,
    end_connections: bool,
) -> Result<RestoreView, UserError> {
    let plan_id = plan_id(console, file).await?;
    let request = ApplyRestore { plan_id, confirm, end_connections };
    let started = api::restore_apply(&console.engine, request).await?;
    let job = follow(console, started).await?;
    job.restore.ok_or_else(|| {
        failure(
            Code::Internal,
            "the restore ended without a result",
            format!("See its log: `{} --log`.", Command::about(About::JobShow, &job.row.id)),
        )
    })
}

/// Drops what was to go by now, and follows each drop to its end.
async fn discard_due(console: &Console<'_>) -> Ended {
    let jobs = console.engine.discard_due().await.map_err(UserError::from)?;
    let mut dropped = Vec::new();
    for job_id in jobs {
        dropped.extend(follow(console, JobStarted { job_id }).await?.restore);
    }
    console.output.answer(&dropped, || restore_words::dropped(&dropped));
    Ok(Status::Done)
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
            Code::PlanUnreadable,
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
    Err(failure(
        Code::FileExists,
        format!("{out} exists, and is not a plan"),
        "Choose another file for --out.",
    ))
}

/// Writes the plan for its owner alone: it tells what is on the server.
pub(crate) fn write(out: &Utf8Path, plan: &impl serde::Serialize) -> Result<(), UserError> {
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
            Code::WriteFailed,
            format!("{out} cannot be written: {source}"),
            "Check that the folder exists and is writable.",
        )
    })
}
