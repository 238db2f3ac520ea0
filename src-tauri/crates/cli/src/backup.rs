//! `holdfast backup`: run, list, show, diff, save, hold, delete.

use base::Code;
use base::command::{About, Command, Pull};
use clap::{Args, Subcommand, ValueEnum};
use contract::api;
use contract::backup::{
    BackupRef, BackupRow, BackupView, DeleteBackup, DeletionPlan, StartBackup, VerdictView,
};
use contract::coverage::PartStateView;
use contract::diff::CompareBackups;
use contract::error::UserError;
use contract::job::JobStarted;
use contract::tables::{NotTakenTableView, NotTakenView, TableChoiceView};

use crate::backup_list::List;
use crate::console::Console;
use crate::diff_words;
use crate::error::{Ended, failure};
use crate::export;
use crate::follow::follow;
use crate::keeping::{self, Kept};
use crate::rows;
use crate::status::{Status, taught};
use crate::table::{Side, listed, pairs, parts, table};
use crate::words;

/// Tables beyond the largest are in the document.
const TABLES_SHOWN: usize = 15;

/// What to do with backups.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast backup run shop --reason 'before the upgrade'     prints the new backup's id
  holdfast backup run shop --type database                   one of full, incremental, database, storage, configuration, redis, logs
  holdfast backup run shop --only files,config               what the project has beside its database
  holdfast backup run shop --table 'tenant_acme.*'           rows of these tables; it counts for no goal
  holdfast backup list shop --limit 10
  holdfast backup list --holds database --proof restored --since 2026-11-01
  holdfast backup list --kind pulled --space                 also what only these need in the vault
  holdfast backup show shop@latest
  holdfast backup rows shop@latest public.orders --count 50
  holdfast backup diff 1a2b3c4d shop@latest                  tables, rows, bytes, and whether the content is the same
  holdfast backup save shop@latest --part database --to shop.dump
  holdfast backup save shop@latest --part database --as sql --no-owner --to shop.sql.gz
  holdfast backup save shop@latest --part database --as tar --to shop-sql.tar.zst.age --passphrase-file F
  holdfast backup hold 1a2b3c4d --reason 'the audit of 2026'
  holdfast backup expire 1a2b3c4d --on 2027-01-31            kept until then, and no longer; --never takes it back
  holdfast backup delete 1a2b3c4d                            shows what it would do
  holdfast backup delete 1a2b3c4d --confirm 1a2b3c4d"))]
pub(crate) enum Verb {
    /// Back a project up, and verify what was written.
    Run {
        /// Id or name of the project.
        project: String,
        /// Why, for people.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// What to take; `full` is what is taken anyway. `incremental` is the same: each backup is a restore point of its
        /// own, whose unchanged parts take no more room.
        #[arg(long = "type", value_enum, conflicts_with_all = ["only", "tables", "without_rows"])]
        of_type: Option<Preset>,
        /// Only these: database, files, config, redis, logs. May be given more than once.
        #[arg(long, value_name = "COMPONENT", value_delimiter = ',')]
        only: Vec<String>,
        #[command(flatten)]
        tables: RunTables,
    },
    /// Backups, newest first, with what they hold; what all of them take stands below.
    List(List),
    /// One backup with its tables and proofs.
    Show {
        /// Id, a unique prefix of one, or `PROJECT@latest`.
        backup: String,
    },
    /// Rows of a table, without restoring it.
    Rows(rows::OfBackup),
    /// Compare two backups by what was counted in them and how they are made; no row is read.
    Diff {
        /// Id, a unique prefix of one, or `PROJECT@latest`.
        one: String,
        /// Id, a unique prefix of one, or `PROJECT@latest`.
        other: String,
    },
    /// Save one part as a file: the dump as it is, as SQL, the roles, a file or a folder.
    Save(export::One),
    /// Hold a backup: neither retention nor a person deletes it until it is released.
    Hold(keeping::Hold),
    /// Release a backup that is held.
    Release(keeping::Release),
    /// Keep a backup until a date, whatever the policy says, and no longer.
    Expire(keeping::Expire),
    /// Delete a backup; without --confirm it only shows what that would do.
    Delete {
        /// Id, a unique prefix of one, or `PROJECT@latest`.
        backup: String,
        /// The backup's short id, typed.
        #[arg(long, value_name = "SHORT-ID")]
        confirm: Option<String>,
    },
}

/// What a backup takes, by the name that such backups have elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Preset {
    /// Everything that the project has.
    Full,
    /// The same.
    Incremental,
    /// Its database alone.
    Database,
    /// Its stored files alone.
    Storage,
    /// Its configuration alone.
    Configuration,
    /// Its Redis alone.
    Redis,
    /// Its logs alone.
    Logs,
}

impl Preset {
    fn only(self) -> Vec<String> {
        let component = match self {
            Self::Full | Self::Incremental => return Vec::new(),
            Self::Database => "database",
            Self::Storage => "files",
            Self::Configuration => "config",
            Self::Redis => "redis",
            Self::Logs => "logs",
        };
        vec![component.to_owned()]
    }
}

/// Tables for one backup alone.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunTables {
    /// Rows of these tables alone, for this backup: `schema.table`, a star at the end of either takes all that begin so.
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    /// No rows of these, for this backup.
    #[arg(long, value_name = "TABLE")]
    without_rows: Vec<String>,
}

impl RunTables {
    /// What is chosen, where anything is.
    pub(crate) fn choice(self) -> Option<TableChoiceView> {
        let choice = TableChoiceView { only: self.tables, without_rows: self.without_rows };
        (choice != TableChoiceView::default()).then_some(choice)
    }
}

impl Verb {
    /// Whether secrets are needed.
    pub(crate) fn needs_secrets(&self) -> bool {
        match self {
            Self::List(list) => list.needs_secrets(),
            Self::Expire(_) => false,
            _ => true,
        }
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Run { project, reason, of_type, only, tables } => {
                let only = of_type.map_or(only, Preset::only);
                let request = StartBackup { project, reason, only, tables: tables.choice() };
                let (view, verdict) = back_up(console, request).await?;
                console.output.answer(&view, || view.row.id.clone());
                Ok(Status::from(verdict))
            }
            Self::List(list) => list.run(console).await,
            Self::Show { backup } => {
                let view = api::backup_show(&console.engine, BackupRef { backup }).await?;
                let kept = keeping::kept(console, vec![view.row.id.clone()]).await?;
                console.output.answer(&view, || words_of(&view, &kept));
                Ok(Status::Done)
            }
            Self::Rows(rows) => rows.run(console).await,
            Self::Diff { one, other } => {
                let view = api::backup_diff(&console.engine, CompareBackups { one, other }).await?;
                console.output.answer(&view, || diff_words::of(&view));
                Ok(Status::Done)
            }
            Self::Save(one) => one.run(console).await,
            Self::Hold(hold) => hold.run(console).await,
            Self::Release(release) => release.run(console).await,
            Self::Expire(expire) => expire.run(console).await,
            Self::Delete { backup, confirm } => delete(console, backup, confirm).await,
        }
    }
}

/// Makes a backup and follows it; returns it with the verdict of its verification.
pub(crate) async fn back_up(
    console: &Console<'_>,
    request: StartBackup,
) -> Result<(BackupView, VerdictView), UserError> {
    let started = api::backup_start(&console.engine, request).await?;
    let job = follow(console, started).await?;
    if let Some(outcome) = &job.row.outcome {
        console.output.say(outcome);
    }
    if api::current(&console.engine).await?.kit_confirmed_at_ms.is_none() {
        console.output.say("The recovery kit is not saved: until it is, no backup counts as done. `holdfast vault kit --to FILE`");
    }
    let made = job.backup_id.ok_or_else(|| {
        failure(
            Code::Internal,
            "the run ended without a backup",
            format!("See its log: `{} --log`.", Command::about(About::JobShow, &job.row.id)),
        )
    })?;
    let view = api::backup_show(&console.engine, BackupRef { backup: made }).await?;
    Ok((view, job.verdict.unwrap_or(VerdictView::Inconclusive)))
}

/// Follows a run that may make a backup, and shows that; where there was nothing to do, the run.
pub(crate) async fn follow_to_backup(console: &Console<'_>, started: JobStarted) -> Ended {
    let job = follow(console, started).await?;
    let Some(backup) = job.backup_id.clone() else {
        console.output.answer(&job, || job.row.outcome.clone().unwrap_or_default());
        return Ok(Status::Done);
    };
    if let Some(outcome) = &job.row.outcome {
        console.output.say(outcome);
    }
    let view = api::backup_show(&console.engine, BackupRef { backup }).await?;
    console.output.answer(&view, || view.row.id.clone());
    Ok(Status::from(job.verdict.unwrap_or(VerdictView::Inconclusive)))
}

async fn delete(console: &Console<'_>, backup: String, confirm: Option<String>) -> Ended {
    let plan = api::backup_deletion_plan(&console.engine, BackupRef { backup: backup.clone() }).await?;
    let Some(confirm) = confirm else {
        console.output.answer(&plan, || plan_words(&plan));
        return Ok(Status::Refused);
    };
    // Half of it would be worse than all: the first Ctrl-C waits.
    let _hearing = console.interrupts.hear();
    let deleted =
        api::backup_delete(&console.engine, DeleteBackup { backup: plan.backup.id.clone(), confirm }).await?;
    console.output.answer(&deleted, || {
        format!("The backup {} of {} is deleted.", plan.backup.short_id, plan.backup.project)
    });
    Ok(Status::Done)
}

fn words_of(view: &BackupView, kept: &[Kept]) -> String {
    let is_documents = !view.row.components.iter().any(|one| one == "database" || one == "artifact")
        && !view.components.iter().any(|held| held.comes_back);
    let row = &view.row;
    let head = pairs(&[
        ("Backup", row.id.clone()),
        ("Project", row.project.clone()),
        (
            "Type",
            view.type_words
                .as_ref()
                .map(|of| format!("{of}; a restore point of its own"))
                .unwrap_or_default(),
        ),
        ("Moment", words::moment(row.at_ms)),
        ("From", view.origin.clone()),
        ("Server", view.server_version.clone().unwrap_or_default()),
        (
            "Made by",
            format!(
                "{}, {}{}",
                row.trigger,
                row.who,
                view.tool_version.as_deref().map_or_else(String::new, |tool| format!("; {tool}"))
            ),
        ),
        ("Reason", row.reason.clone().unwrap_or_default()),
        (
            "Size",
            format!(
                "{}, of which {} were new to the vault",
                words::bytes(row.size_bytes.0),
                words::bytes(row.added_bytes.0)
            ),
        ),
        ("Proven", words::level(row.level).into()),
        ("Part of", part_of(row).unwrap_or_default()),
        ("Does not count", row.held_back.as_ref().map(|why| format!("{why}.")).unwrap_or_default()),
        ("Kept until", kept.first().map(Kept::words).unwrap_or_default()),
        ("Schema", row.migration.as_ref().map(|stamp| format!("migration {stamp}")).unwrap_or_default()),
        (if is_documents { "Save" } else { "Restore" }, view.restore_command.clone()),
    ]);
    let proofs: Vec<String> = view
        .proofs
        .iter()
        .map(|proof| {
            format!(
                "{}  {}: {}. {}",
                words::moment(proof.at_ms),
                words::level(Some(proof.level)),
                words::verdict(proof.verdict),
                proof.reason
            )
        })
        .collect();
    parts(&[
        head,
        listed("Holds", &holds(view)),
        held(view),
        listed("Not in it of what the project had", &lacking(view)),
        listed("Not in it, so that it does not count for that component", &absent(view)),
        tables_of(view),
        listed("Not in it, by choice", &not_taken(view.not_taken.as_ref())),
        listed("Proofs, newest first", &proofs),
        listed("Warnings", &view.warnings),
    ])
}

/// How far it is proven, and whether it counts at all.
pub(crate) fn proven(row: &BackupRow) -> String {
    let level = words::level(row.level);
    match (&row.held_back, &row.needs) {
        (Some(_), _) => format!("{level}, does not count"),
        (None, Some(_)) => format!("{level}, a part"),
        (None, None) => level.into(),
    }
}

/// What it is nothing without.
fn part_of(row: &BackupRow) -> Option<String> {
    let needs = row.needs.as_ref()?;
    Some(if let (Some(id), Some(at)) = (&needs.id, needs.at_ms) {
        let id: String = id.chars().take(8).collect();
        format!("the full backup {id} of {}; restore both together", words::moment(at))
    } else {
        let ids = vec![needs.name.clone()];
        let pull = Command::Pull(Pull { project: row.project.clone(), ids, ..Pull::default() });
        format!("the full backup {}, which is not here: `{pull}`", needs.name)
    })
}

/// What it is made of: what a person recognises in a database, a file that came, what was found in that.
fn holds(view: &BackupView) -> Vec<String> {
    let recognised = view.recognised.iter().flat_map(|one| one.sentences.iter().cloned());
    let what = view.artifact.iter().map(|one| one.what.clone());
    let findings = view.artifact.iter().flat_map(|one| one.findings.iter().cloned());
    recognised.chain(what).chain(findings).collect()
}

/// What each component and source gave, and how far that is proven.
fn held(view: &BackupView) -> String {
    if view.components.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = view
        .components
        .iter()
        .map(|held| {
            let odd = match held.odd.0 {
                0 => String::new(),
                odd => format!(", {} not as of one moment", words::count(odd)),
            };
            vec![
                held.component.clone(),
                held.name.clone(),
                format!("{}{odd}", words::counted(held.items.0, held.unit.trim_end_matches('s'))),
                words::bytes(held.bytes.0),
                words::level(held.level).into(),
            ]
        })
        .collect();
    let columns = [
        ("COMPONENT", Side::Left),
        ("NAME", Side::Left),
        ("ITEMS", Side::Right),
        ("SIZE", Side::Right),
        ("PROVEN", Side::Left),
    ];
    let about: Vec<String> = view
        .components
        .iter()
        .flat_map(|held| {
            held.about.iter().map(|about| format!("{} “{}”: {about}.", held.component, held.name))
        })
        .collect();
    parts(&[table(&columns, &rows), about.join("\n")])
}

/// What was to be read and gave nothing, each with the reason.
/// What of the project is in no component. What was to be read and was not is named apart.
fn lacking(view: &BackupView) -> Vec<String> {
    let is_named = |key: &str| view.absent.iter().any(|one| format!("{}:{}", one.component, one.name) == key);
    let parts = view.coverage.iter().flat_map(|coverage| &coverage.parts);
    let parts = parts.filter(|part| part.state != PartStateView::Taken && !is_named(&part.key));
    parts
        .map(|part| match part.state {
            PartStateView::Unwanted => format!("{}, {}; nobody wants it.", part.title, part.found),
            PartStateView::InPart => format!("{}, {}: in part; {}.", part.title, part.found, part.why),
            PartStateView::Taken | PartStateView::NotTaken => {
                format!("{}, {}; {}.", part.title, part.found, part.why)
            }
        })
        .collect()
}

fn absent(view: &BackupView) -> Vec<String> {
    view.absent.iter().map(|one| format!("{} “{}”: {}.", one.component, one.name, one.why)).collect()
}

/// What of the database is not in it by choice, and what a restore leaves out for that.
fn not_taken(not_taken: Option<&NotTakenView>) -> Vec<String> {
    let Some(NotTakenView { tables, schemas, cut, .. }) = not_taken else { return Vec::new() };
    let rows = |table: &NotTakenTableView| {
        let name = format!("{}.{}", table.schema, table.name);
        match (table.is_absent, table.rows_estimated) {
            (true, _) => format!("{name}: nothing of it"),
            (false, Some(rows)) => format!("rows of {name}: about {}", words::count(rows.0)),
            (false, None) => format!("rows of {name}"),
        }
    };
    let tables = tables.iter().map(rows);
    let schemas = schemas.iter().map(|schema| format!("schema {schema}: no table, view or sequence of it"));
    let cut = cut.iter().map(|what| format!("a restore leaves out {what}"));
    tables.chain(schemas).chain(cut).collect()
}

fn tables_of(view: &BackupView) -> String {
    if view.table_list.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = view
        .table_list
        .iter()
        .take(TABLES_SHOWN)
        .map(|table| {
            vec![
                format!("{}.{}", table.schema, table.name),
                words::count(table.rows.0),
                words::bytes(table.size_bytes.0),
            ]
        })
        .collect();
    let tables = table(&[("TABLE", Side::Left), ("ROWS", Side::Right), ("SIZE", Side::Right)], &rows);
    let hidden = view.table_list.len().saturating_sub(TABLES_SHOWN) as u64;
    if hidden > 0 { format!("{tables}\nand {}", words::counted(hidden, "smaller table")) } else { tables }
}

fn plan_words(plan: &DeletionPlan) -> String {
    let row = &plan.backup;
    let what = format!(
        "Deleting the backup {} of {} from {}, {}:",
        row.short_id,
        row.project,
        words::moment(row.at_ms),
        words::bytes(row.size_bytes.0)
    );
    let end = match &plan.refusal {
        Some(refusal) => format!("It may not be deleted: {refusal}."),
        None => format!(
            "Nothing was deleted. To do it: {}",
            Command::BackupDelete { backup: row.short_id.clone(), confirm: Some(plan.confirm.clone()) }
        ),
    };
    let stays = match &plan.newest_verified_after {
        Some(point) => format!(
            "The newest verified point that stays: {} ({}).",
            words::moment(point.at_ms),
            words::short(&point.backup_id)
        ),
        None => "No verified backup of this project stays.".into(),
    };
    parts(&[listed(&what, &plan.effects), stays, end])
}
