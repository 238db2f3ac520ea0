//! `holdfast scratch`: restored copies on this computer.

use clap::Subcommand;
use contract::api;
use contract::command::Nothing;
use contract::restore::{ScratchRef, ScratchView};

use crate::console::Console;
use crate::error::Ended;
use crate::status::{Status, taught};
use crate::table::{Side, table};
use crate::words;

/// What to do with scratch clusters.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast restore plan shop@latest --scratch --out plan.json
  holdfast scratch list
  holdfast scratch remove 3f2a9c1b"))]
pub(crate) enum Verb {
    /// Scratch clusters, newest first.
    List,
    /// Stop one, and remove its data.
    Remove {
        /// Id, as `list` shows it.
        scratch: String,
    },
}

impl Verb {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::List => {
                let all = api::scratch_list(&console.engine, Nothing {}).await?;
                console.output.answer(&all, || list_words(&all));
            }
            Self::Remove { scratch } => {
                // Half of it would be worse than all: the first Ctrl-C waits.
                let _hearing = console.interrupts.hear();
                let removed =
                    api::scratch_remove(&console.engine, ScratchRef { scratch: scratch.clone() }).await?;
                console
                    .output
                    .answer(&removed, || format!("The scratch cluster {scratch} and its data are removed."));
            }
        }
        Ok(Status::Done)
    }
}

fn list_words(all: &[ScratchView]) -> String {
    if all.is_empty() {
        return "No scratch clusters. Make one: `holdfast restore plan BACKUP --scratch --out PLAN`.".into();
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|one| {
            let runs = if one.is_running { "runs" } else { "stopped" };
            vec![
                one.id.clone(),
                one.project.clone(),
                words::short(&one.backup_id).into(),
                words::moment(one.created_at_ms),
                runs.into(),
                one.connect.clone(),
            ]
        })
        .collect();
    let columns = [
        ("ID", Side::Left),
        ("PROJECT", Side::Left),
        ("BACKUP", Side::Left),
        ("MADE", Side::Left),
        ("SERVER", Side::Left),
        ("CONNECT", Side::Left),
    ];
    table(&columns, &rows)
}
