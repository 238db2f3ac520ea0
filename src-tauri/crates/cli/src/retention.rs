//! `holdfast retention`: show, set, preview, apply.

use base::Code;
use clap::{Args, Subcommand};
use contract::api;
use contract::number::Millis;
use contract::project::ProjectRef;
use contract::retention::{ApplyRetention, PolicyView, PreviewRetention, SetRetention};
use engine::retention::{Policy, Preset};

use crate::console::Console;
use crate::error::Ended;
use crate::follow::follow;
use crate::retention_words as said;
use crate::span::span;
use crate::status::{Status, taught};

/// What to do with retention.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast retention set shop --preset omniops           24 hours, 30 days, 12 weeks, 12 months, 7 years
  holdfast retention set shop --daily 7 --weekly 4 --monthly 12
  holdfast retention set shop --within 30d --floor 5
  holdfast retention preview shop                        day by day: what is kept, and why
  holdfast retention preview shop --keep-last 7          of a policy that is not set
  holdfast retention apply shop                          shows what would go, and the command that removes it
  holdfast retention apply shop --plan 1a2b3c4d5e6f7081 --confirm shop
  holdfast retention set shop --none                     everything is kept"))]
pub(crate) enum Verb {
    /// The policy of a project.
    Show {
        /// Name or id of the project.
        project: String,
    },
    /// Say how long backups of a project are kept; removes nothing.
    Set {
        /// Name or id of the project.
        project: String,
        /// Take the policy away: everything is kept.
        #[arg(long, conflicts_with = "rules")]
        none: bool,
        #[command(flatten)]
        rules: Rules,
    },
    /// Day by day, what a policy keeps and why; of the project's own, or of one that is only looked at.
    Preview {
        /// Name or id of the project.
        project: String,
        #[command(flatten)]
        rules: Rules,
    },
    /// Remove what the policy does not keep; without --confirm it only shows what that would be.
    Apply {
        /// Name or id of the project.
        project: String,
        /// The id of the plan that was shown.
        #[arg(long, value_name = "PLAN", requires = "confirm")]
        plan: Option<String>,
        /// The project's name, typed.
        #[arg(long, value_name = "PROJECT", requires = "plan")]
        confirm: Option<String>,
    },
}

/// A policy.
#[derive(Debug, Args)]
#[group(id = "rules", multiple = true)]
pub(crate) struct Rules {
    /// One that is ready to take: omniops, wedsync, keep-7, 30-days.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["keep_last", "hourly", "daily", "weekly", "monthly", "yearly", "within"])]
    preset: Option<String>,
    /// Keep so many of the newest.
    #[arg(long, value_name = "N")]
    keep_last: Option<u32>,
    /// Keep the newest of so many hours that have one.
    #[arg(long, value_name = "N")]
    hourly: Option<u32>,
    /// Keep the newest of so many days that have one.
    #[arg(long, value_name = "N")]
    daily: Option<u32>,
    /// Keep the newest of so many weeks that have one.
    #[arg(long, value_name = "N")]
    weekly: Option<u32>,
    /// Keep the newest of so many months that have one.
    #[arg(long, value_name = "N")]
    monthly: Option<u32>,
    /// Keep the newest of so many years that have one.
    #[arg(long, value_name = "N")]
    yearly: Option<u32>,
    /// Keep all that are at most so much older than the newest, as in 30d.
    #[arg(long, value_name = "AGE", value_parser = span)]
    within: Option<i64>,
    /// So many verified backups always stay [default: 3].
    #[arg(long, value_name = "N")]
    floor: Option<u32>,
    /// The time zone in which days begin [default: this computer's].
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
}

impl Rules {
    fn is_empty(&self) -> bool {
        let counts = [self.keep_last, self.hourly, self.daily, self.weekly, self.monthly, self.yearly];
        self.preset.is_none()
            && self.within.is_none()
            && counts.iter().all(Option::is_none)
            && self.floor.is_none()
            && self.time_zone.is_none()
    }

    /// The policy that is asked for.
    pub(crate) fn policy(self) -> Result<PolicyView, engine::Failure> {
        let start = match &self.preset {
            Some(name) => Preset::named(name)?.policy(),
            None => Policy::nothing(),
        };
        let PolicyView { keep_last, hourly, daily, weekly, monthly, yearly, within_ms, floor, zone } =
            start.into();
        Ok(PolicyView {
            keep_last: self.keep_last.unwrap_or(keep_last),
            hourly: self.hourly.unwrap_or(hourly),
            daily: self.daily.unwrap_or(daily),
            weekly: self.weekly.unwrap_or(weekly),
            monthly: self.monthly.unwrap_or(monthly),
            yearly: self.yearly.unwrap_or(yearly),
            within_ms: self.within.map(Millis).or(within_ms),
            floor: self.floor.unwrap_or(floor),
            zone: self.time_zone.unwrap_or(zone),
        })
    }
}

impl Verb {
    /// Whether secrets are needed.
    pub(crate) fn needs_secrets(&self) -> bool {
        // What others hold and removed is asked of the vault before anything is shown.
        matches!(self, Self::Apply { .. })
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Show { project } => {
                let view = api::retention_show(&console.engine, ProjectRef { project }).await?;
                console.output.answer(&view, || said::of_retention(&view));
                Ok(Status::Done)
            }
            Self::Set { project, none, rules } => {
                let policy = if none { None } else { Some(rules.policy()?) };
                let view = api::retention_set(&console.engine, SetRetention { project, policy }).await?;
                console.output.answer(&view, || said::of_retention(&view));
                Ok(Status::Done)
            }
            Self::Preview { project, rules } => {
                let policy = if rules.is_empty() { None } else { Some(rules.policy()?) };
                let plan =
                    api::retention_preview(&console.engine, PreviewRetention { project, policy }).await?;
                console.output.answer(&plan, || said::of_plan(&plan));
                Ok(Status::Done)
            }
            Self::Apply { project, plan, confirm } => apply(console, project, plan.zip(confirm)).await,
        }
    }
}

async fn apply(console: &Console<'_>, project: String, confirmed: Option<(String, String)>) -> Ended {
    let Some((plan, confirm)) = confirmed else {
        let plan = api::retention_plan(&console.engine, ProjectRef { project }).await?;
        console.output.answer(&plan, || said::of_going(&plan));
        return Ok(Status::Refused);
    };
    let of = project.clone();
    // The run before, so that its outcome is not taken for that of one which never began.
    let shown = api::retention_show(&console.engine, ProjectRef { project: project.clone() }).await?;
    let before = shown.last_run.map(|run| run.id);
    let request = ApplyRetention { project, plan, confirm };
    let started = api::retention_apply(&console.engine, request).await?;
    let stopped = match follow(console, started).await {
        Ok(_) => None,
        Err(error) if error.code == Code::Cancelled => return Err(error),
        Err(error) => Some(error),
    };
    let applied = api::retention_applied(&console.engine, &of, before.as_deref(), stopped).await?;
    // What was removed by then is gone, and the rest is whole: that is no failure alone.
    if let Some(error) = applied.stopped.clone().filter(|_| applied.removed.is_empty()) {
        return Err(error);
    }
    console.output.answer(&applied, || said::of_applied(&applied));
    Ok(if applied.stopped.is_some() { Status::Inconclusive } else { Status::Done })
}
