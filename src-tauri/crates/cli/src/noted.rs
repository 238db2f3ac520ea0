//! `holdfast noted`: what a project's own database notes of backups, where it follows `WedSync`'s design.

use clap::Subcommand;
use contract::api;
use contract::backup::BackupRef;
use contract::noted::{ChangesSinceView, NoteBackup, NotedBackupView, RecordDrills, TestNoted};
use contract::project::ProjectRef;

use crate::console::Console;
use crate::error::Ended;
use crate::follow::follow;
use crate::status::{Status, taught};
use crate::table::{Side, parts, table};
use crate::words;

/// What to do with the database's own notes.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast noted start shop --reason 'before the upgrade'    its function create_manual_backup notes one
  holdfast noted list shop                                   its backup_log: claims, no backups
  holdfast noted record shop@latest                          what was proven here, into its backup_verification
  holdfast noted drills shop --on                            the result of every drill, into its backup_tests
  holdfast noted test shop manual_20261101                   its function test_backup_restoration
  holdfast noted changes shop@latest                         rows that changed since, as it tracks them

A note there is no backup: `holdfast backup run` makes one."))]
pub(crate) enum Verb {
    /// Have the database note a manual backup.
    Start {
        /// Id or name of the project.
        project: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// What it noted.
    List {
        /// Id or name of the project.
        project: String,
    },
    /// Write what was proven of a backup there.
    Record {
        /// Id, a unique prefix of one, or `PROJECT@latest`.
        backup: String,
    },
    /// Write the result of every drill there from now on, or not any more; without an option says which.
    Drills {
        /// Id or name of the project.
        project: String,
        /// From now on.
        #[arg(long, conflicts_with = "off")]
        on: bool,
        /// Not any more.
        #[arg(long)]
        off: bool,
    },
    /// Have the database test a backup that it noted, by its own function.
    Test {
        /// Id or name of the project.
        project: String,
        /// The backup's id there.
        id: String,
    },
    /// What changed since a backup here, as the database tracks it.
    Changes {
        /// Id, a unique prefix of one, or `PROJECT@latest`.
        backup: String,
    },
}

impl Verb {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Start { project, reason } => {
                let noted = api::noted_start(&console.engine, NoteBackup { project, reason }).await?;
                console.output.answer(&noted, || parts(&[noted.id.clone(), noted.notes.join("\n")]));
            }
            Self::List { project } => {
                let noted = api::noted_list(&console.engine, ProjectRef { project }).await?;
                console.output.answer(&noted, || listed(&noted));
            }
            Self::Record { backup } => {
                let rows = api::noted_record(&console.engine, BackupRef { backup }).await?;
                console
                    .output
                    .answer(&rows, || format!("{} written there.", words::counted(rows.len() as u64, "row")));
            }
            Self::Drills { project, on, off } => {
                if on || off {
                    let request = RecordDrills { project: project.clone(), is_on: on };
                    api::noted_record_drills(&console.engine, request).await?;
                }
                let state = api::noted_state(&console.engine, ProjectRef { project }).await?;
                console.output.answer(&state, || {
                    let word = if state.records_drills { "is" } else { "is not" };
                    format!("The result of every drill {word} written there.")
                });
            }
            Self::Test { project, id } => {
                let started = api::noted_test(&console.engine, TestNoted { project, id }).await?;
                let job = follow(console, started).await?;
                console.output.answer(&job, || job.row.outcome.clone().unwrap_or_default());
                return Ok(job.verdict.map_or(Status::Done, Status::from));
            }
            Self::Changes { backup } => {
                let changes = api::noted_changes(&console.engine, BackupRef { backup }).await?;
                console.output.answer(&changes, || changed(&changes));
            }
        }
        Ok(Status::Done)
    }
}

fn listed(noted: &[NotedBackupView]) -> String {
    if noted.is_empty() {
        return "Its log is empty.".to_owned();
    }
    let rows: Vec<Vec<String>> = noted
        .iter()
        .map(|one| {
            vec![
                one.id.clone(),
                one.kind.clone().unwrap_or_default(),
                one.started_at_ms.map(words::moment).unwrap_or_default(),
                one.status.clone().unwrap_or_default(),
                one.reason.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        ("ID", Side::Left),
        ("KIND", Side::Left),
        ("BEGUN", Side::Left),
        ("SAYS", Side::Left),
        ("REASON", Side::Left),
    ];
    table(&columns, &rows)
}

fn changed(changes: &ChangesSinceView) -> String {
    let rows: Vec<Vec<String>> = changes
        .tables
        .iter()
        .map(|one| {
            let counts =
                [one.inserted, one.updated, one.deleted, one.other].map(|count| words::count(count.0));
            let [inserted, updated, deleted, other] = counts;
            vec![one.table.clone(), inserted, updated, deleted, other, words::moment(one.last_at_ms)]
        })
        .collect();
    let columns = [
        ("TABLE", Side::Left),
        ("INSERTED", Side::Right),
        ("UPDATED", Side::Right),
        ("DELETED", Side::Right),
        ("OTHER", Side::Right),
        ("LAST", Side::Left),
    ];
    let all = format!("{}; {}.", words::moment(changes.since_ms), changes.words);
    if rows.is_empty() { all } else { parts(&[table(&columns, &rows), all]) }
}
