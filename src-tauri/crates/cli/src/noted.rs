//! `holdfast noted`: what a project's own database notes of backups, where it follows `WedSync`'s design.

use clap::Subcommand;
use contract::api;
use contract::noted::NotedBackupView;

use crate::console::Console;
use crate::error::Ended;
use crate::status::{Status, taught};
use crate::table::{Side, parts, table};
use crate::words;

/// What to do with the database's own notes.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast noted start shop --reason 'before the upgrade'    its function create_manual_backup notes one
  holdfast noted list shop                                   its backup_log: claims, no backups
  holdfast noted record shop@latest                          what was proven here, into its backup_verification

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
}

impl Verb {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Start { project, reason } => {
                let noted = api::noted_start(&console.engine, &project, &reason).await?;
                console.output.answer(&noted, || parts(&[noted.id.clone(), noted.notes.join("\n")]));
            }
            Self::List { project } => {
                let noted = api::noted_list(&console.engine, &project).await?;
                console.output.answer(&noted, || listed(&noted));
            }
            Self::Record { backup } => {
                let rows = api::noted_record(&console.engine, &backup).await?;
                console
                    .output
                    .answer(&rows, || format!("{} written there.", words::counted(rows.len() as u64, "row")));
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
