//! `holdfast goal`: what a project is held to.

use clap::Subcommand;
use contract::api;
use contract::drill::{GoalView, SetGoal};
use contract::number::Millis;
use contract::project::ProjectRef;

use crate::console::Console;
use crate::error::Ended;
use crate::status::{Status, taught};
use crate::words;

const MINUTE_MS: i64 = 60_000;

/// What to do with goals.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast goal set shop --back-within 30      minutes; drills are measured against it
  holdfast goal set shop --back-within 0       no goal any more
  holdfast goal show shop"))]
pub(crate) enum Verb {
    /// The goal of a project.
    Show {
        /// Name or id of the project.
        project: String,
    },
    /// Say within how many minutes a project has to be back.
    Set {
        /// Name or id of the project.
        project: String,
        /// Minutes; 0 takes the goal away.
        #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(0..=525_600))]
        back_within: u32,
    },
}

impl Verb {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let goal = match self {
            Self::Show { project } => api::goal_show(&console.engine, ProjectRef { project }).await?,
            Self::Set { project, back_within } => {
                let rto_ms = (back_within > 0).then(|| Millis(i64::from(back_within) * MINUTE_MS));
                api::goal_set(&console.engine, SetGoal { project, goal: GoalView { rto_ms } }).await?
            }
        };
        console.output.answer(&goal, || match goal.rto_ms {
            Some(rto_ms) => format!("Back within {}.", words::span(rto_ms)),
            None => "No goal is set.".into(),
        });
        Ok(Status::Done)
    }
}
