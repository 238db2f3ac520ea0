//! `holdfast goal`: what a project is held to.

use clap::{ArgGroup, Args, Subcommand};
use contract::api;
use contract::command::Nothing;
use contract::drill::{GoalView, SetGoal};
use contract::number::Millis;
use contract::project::ProjectRef;
use contract::retention::{ComponentGoalView, GoalStandingView, SetComponentGoal};

use crate::console::Console;
use crate::error::{Ended, failure};
use crate::span::{self, Wish, span_or_none};
use crate::status::{Status, taught};
use crate::table::{listed, pairs, parts};
use crate::words;
use crate::yes_no::YesNo;
use base::Code;

const MINUTE_MS: i64 = 60_000;
/// At least one of these is named.
const GOALS: [&str; 7] = ["preset", "rpo", "rto", "copies", "drill_every", "whole_drills", "back_within"];

/// What to do with goals.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast goal set shop --preset user-data              financial, user-data, standard, analytics
  holdfast goal set shop --rpo 24h --rto 1h --copies 3 --drill-every 7d
  holdfast goal set shop --rto none                      no goal any more; what is not named stays
  holdfast goal set shop --whole-drills yes              a drill that left anything out does not count
  holdfast goal set shop --back-within 30                the same as --rto, in minutes
  holdfast goal set shop --component database --rpo 1h   a part that may lose less than the rest
  holdfast goal show shop                                with a schedule and a retention that would hold them"))]
pub(crate) enum Verb {
    /// The goals of a project, how it stands, and what would hold them.
    Show {
        /// Name or id of the project.
        project: String,
    },
    /// Say what a project is held to.
    Set(Wanted),
}

/// Goals as they are typed.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("goals").required(true).multiple(true).args(GOALS))]
pub(crate) struct Wanted {
    /// Name or id of the project.
    pub(crate) project: String,
    /// Goals by kind of data: financial, user-data, standard, analytics; the others change what they say.
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// How old the newest verified backup may get, as in 24h; none takes the goal away.
    #[arg(long, value_name = "AGE", value_parser = span_or_none)]
    rpo: Option<Wish>,
    /// Within what time it has to be back, as in 1h; none takes the goal away.
    #[arg(long, value_name = "TIME", value_parser = span_or_none)]
    rto: Option<Wish>,
    /// How many copies there have to be, the original among them; 0 takes the goal away.
    #[arg(long, value_name = "N")]
    copies: Option<u32>,
    /// How often a drill has to show that it comes back, as in 7d; none takes the goal away.
    #[arg(long, value_name = "TIME", value_parser = span_or_none)]
    drill_every: Option<Wish>,
    /// Whether only drills count that left nothing out: yes or no. Without an extension that this computer lacks, a
    /// drill leaves out what needs it; with --on or --image it need not.
    #[arg(long, value_enum)]
    whole_drills: Option<YesNo>,
    /// Within how many minutes it has to be back; 0 takes the goal away.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(0..=525_600), conflicts_with = "rto")]
    back_within: Option<u32>,
    /// A part of the project that has an RPO of its own: database, storage, config, redis, logs; none takes it away.
    #[arg(long, value_name = "PART", requires = "rpo", conflicts_with_all = ["preset", "rto", "copies", "drill_every", "whole_drills", "back_within"])]
    component: Option<String>,
}

impl Verb {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let project = match self {
            Self::Show { project } => project,
            Self::Set(wanted) => {
                let project = wanted.project.clone();
                if let Some(request) = wanted.of_component() {
                    let standing = api::goal_component_set(&console.engine, request).await?;
                    console.output.answer(&standing, || said(&standing));
                    return Ok(Status::Done);
                }
                let goal = wanted.over(console).await?;
                api::goal_set(&console.engine, SetGoal { project: project.clone(), goal }).await?;
                project
            }
        };
        let standing = api::goal_standing(&console.engine, ProjectRef { project }).await?;
        console.output.answer(&standing, || said(&standing));
        Ok(Status::Done)
    }
}

impl Wanted {
    /// The goals that the project has, with these in their places.
    async fn over(self, console: &Console<'_>) -> Result<GoalView, contract::error::UserError> {
        let set = api::goal_show(&console.engine, ProjectRef { project: self.project.clone() }).await?;
        let mut goal = match self.preset() {
            // What a drill has to be is no part of a preset.
            Some(name) => GoalView { whole_drills: set.whole_drills, ..preset(console, name).await? },
            None => set,
        };
        self.put_over(&mut goal);
        Ok(goal)
    }

    /// The goal of a part, where one is named.
    pub(crate) fn of_component(&self) -> Option<SetComponentGoal> {
        let (Some(component), Some(Wish(rpo))) = (&self.component, self.rpo) else { return None };
        let (project, component) = (self.project.clone(), component.clone());
        Some(SetComponentGoal { project, component, rpo_ms: rpo.map(Millis) })
    }

    /// The preset that is named, as it is typed.
    pub(crate) fn preset(&self) -> Option<&str> {
        self.preset.as_deref()
    }

    /// Puts what is said in the place of what was.
    pub(crate) fn put_over(&self, goal: &mut GoalView) {
        let minutes =
            self.back_within.map(|minutes| Wish((minutes > 0).then(|| i64::from(minutes) * MINUTE_MS)));
        let put = |place: &mut Option<Millis>, wanted: Option<Wish>| {
            if let Some(Wish(wanted)) = wanted {
                *place = wanted.map(Millis);
            }
        };
        put(&mut goal.rpo_ms, self.rpo);
        put(&mut goal.rto_ms, self.rto.or(minutes));
        put(&mut goal.drill_every_ms, self.drill_every);
        if let Some(copies) = self.copies {
            goal.copies = (copies > 0).then_some(copies);
        }
        if let Some(whole) = self.whole_drills {
            goal.whole_drills = whole == YesNo::Yes;
        }
    }
}

async fn preset(console: &Console<'_>, name: &str) -> Result<GoalView, contract::error::UserError> {
    let wanted = name.trim().replace('-', "_");
    let presets = api::goal_presets(&console.engine, Nothing {}).await?;
    let is_wanted = |goal: &GoalView| {
        serde_json::to_value(goal.category).is_ok_and(|category| category.as_str() == Some(&wanted))
    };
    presets.into_iter().map(|preset| preset.goal).find(is_wanted).ok_or_else(|| {
        failure(
            Code::WrongUsage,
            format!("there is no preset {name:?}"),
            "Choose one of: financial, user-data, standard, analytics.",
        )
    })
}

fn said(standing: &GoalStandingView) -> String {
    let goal = &standing.goal;
    let span = |ms: Option<Millis>| ms.map(|ms| span::words(ms.0)).unwrap_or_default();
    let age = standing.age_ms.map_or_else(
        || "no verified backup yet".to_owned(),
        |age| format!("the newest verified backup is {} old", words::span(age)),
    );
    let took = standing.restore_ms.map_or_else(
        || "not measured yet: a drill measures it".to_owned(),
        |took| format!("it took {} the last time", words::span(took)),
    );
    let is_any = *goal != GoalView::default();
    let assumed = if goal.rpo_ms.is_none() { ", assumed" } else { "" };
    let head = pairs(&[
        ("Project", standing.project.clone()),
        ("Goals", if is_any { String::new() } else { "No goal is set.".to_owned() }),
        ("Lose at most", format!("{}{assumed}; {age}", span(Some(standing.recovery_goal_ms)))),
        ("Back within", goal.rto_ms.map(|rto| format!("{}; {took}", span(Some(rto)))).unwrap_or_default()),
        ("Copies", goal.copies.map(|copies| copies.to_string()).unwrap_or_default()),
        ("Drill every", span(goal.drill_every_ms)),
        (
            "Drills count",
            if goal.whole_drills { "only if they left nothing out".to_owned() } else { String::new() },
        ),
        ("Last drill passed", standing.drilled_at_ms.map(words::moment).unwrap_or_default()),
    ]);
    let parts_of: Vec<String> = standing.components.iter().map(of_component).collect();
    let proposal = &standing.proposal;
    let lines = proposal.lines.iter().map(|line| {
        let note = line.in_place.as_ref().or(line.replaces.as_ref());
        format!("{}. {}", line.title, note.unwrap_or(&line.because))
    });
    let lines: Vec<String> = lines.chain(proposal.notes.clone()).collect();
    let wanting: Vec<String> = proposal
        .lines
        .iter()
        .filter(|line| line.in_place.is_none())
        .map(|line| line.command.clone())
        .collect();
    parts(&[
        head,
        listed("Parts", &parts_of),
        listed("What would hold them", &lines),
        listed("Commands", &wanting),
    ])
}

/// A component with a goal of its own.
fn of_component(one: &ComponentGoalView) -> String {
    let stands = match one.at_ms {
        Some(at) => format!("the newest verified backup with it is of {}", words::moment(at)),
        None => "no verified backup has it".to_owned(),
    };
    let over = if one.is_over { "; over its goal" } else { "" };
    format!("{}: lose at most {}; {stands}{over}", one.component, span::words(one.rpo_ms.0))
}
