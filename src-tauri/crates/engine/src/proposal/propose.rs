//! Proposes a schedule, a retention policy and a drill interval that meet a project's goals.

use super::proposed::{Known, Line, lines};
use crate::engine::Engine;
use crate::retention::Preset;
use crate::schedule::{Rule, TimeOfDay, Work};
use base::failure::Failure;
use ledger::catalog::{Category, ComponentGoal, Goals, ScheduleRecord};
use ledger::component::Component;
use ledger::point::RECOVERY_GOAL_MS;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// When backups are made: how often, in words, and as `holdfast schedule set` takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// From one to the next (milliseconds).
    pub every_ms: i64,
    /// In words.
    pub words: &'static str,
    /// The options of the command line.
    pub options: &'static str,
}

impl Schedule {
    /// The rule of it.
    ///
    /// # Errors
    /// Never, as long as its options are those of a schedule.
    pub fn rule(self) -> Result<Rule, Failure> {
        let cron = self.options.strip_prefix("--cron '").and_then(|rest| rest.strip_suffix('\''));
        match (cron, self.every_ms) {
            (Some(expression), _) => Rule::cron(expression),
            (None, HOUR_MS) => Ok(Rule::Hourly),
            (None, DAY_MS) => Ok(Rule::Daily { at: TimeOfDay::parse("02:00")? }),
            (None, _) => Rule::weekly("sunday", "02:00"),
        }
    }
}

/// The schedules that are proposed, the rarest first.
const SCHEDULES: [Schedule; 8] = [
    Schedule { every_ms: 7 * DAY_MS, words: "weekly, on Sunday at 02:00", options: "--weekly sunday 02:00" },
    Schedule { every_ms: DAY_MS, words: "daily at 02:00", options: "--daily 02:00" },
    Schedule {
        every_ms: 12 * HOUR_MS,
        words: "twice a day, at 02:00 and 14:00",
        options: "--cron '0 2,14 * * *'",
    },
    Schedule { every_ms: 6 * HOUR_MS, words: "every 6 hours", options: "--cron '0 2,8,14,20 * * *'" },
    Schedule { every_ms: 2 * HOUR_MS, words: "every 2 hours", options: "--cron '0 */2 * * *'" },
    Schedule { every_ms: HOUR_MS, words: "hourly", options: "--hourly" },
    Schedule { every_ms: 30 * MINUTE_MS, words: "every 30 minutes", options: "--cron '*/30 * * * *'" },
    Schedule { every_ms: 10 * MINUTE_MS, words: "every 10 minutes", options: "--cron '*/10 * * * *'" },
];

/// What would hold the goals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// When backups are made.
    pub schedule: Schedule,
    /// Which of them stay.
    pub retention: Preset,
    /// How often a drill shows that they come back (milliseconds).
    pub drill_every_ms: i64,
    /// What is to be known, as sentences.
    pub notes: Vec<String>,
}

/// What would hold the goals, where a backup takes `backup_ms` as far as that is known. From one backup to the end
/// of the next is less than may be lost: a run takes its time, and until it is verified the one before counts.
pub fn propose(goals: &Goals, backup_ms: Option<i64>) -> Proposal {
    let rpo_ms = goals.rpo_ms.unwrap_or(RECOVERY_GOAL_MS);
    let run_ms = backup_ms.unwrap_or(0).max(0);
    let mut notes = Vec::new();
    let fits = |schedule: &&Schedule| schedule.every_ms.saturating_add(run_ms) < rpo_ms;
    let most = SCHEDULES[SCHEDULES.len() - 1];
    let schedule = SCHEDULES.iter().find(fits).copied().unwrap_or(most);
    if schedule.every_ms.saturating_add(run_ms) >= rpo_ms {
        notes.push(
            "Whole backups cannot come that often: the goal will be missed. Give it more time.".to_owned(),
        );
    } else if schedule.every_ms < HOUR_MS {
        notes.push("Each run reads the whole database; watch what that costs the server.".into());
    }
    if goals.rpo_ms.is_none() {
        notes.push("Nobody said how much may be lost: a day is assumed.".into());
    }
    let retention = match goals.category {
        Some(Category::Financial | Category::UserData) => Preset::Omniops,
        Some(Category::Standard) => Preset::Wedsync,
        None if rpo_ms <= HOUR_MS => Preset::Omniops,
        None if rpo_ms <= 12 * HOUR_MS => Preset::Wedsync,
        Some(Category::Analytics) | None => Preset::ThirtyDays,
    };
    let by_rto = match goals.rto_ms {
        Some(ms) if ms <= 4 * HOUR_MS => 7 * DAY_MS,
        Some(ms) if ms <= 24 * HOUR_MS => 30 * DAY_MS,
        _ => 90 * DAY_MS,
    };
    Proposal { schedule, retention, drill_every_ms: goals.drill_every_ms.unwrap_or(by_rto), notes }
}

/// What a project is held to, how it stands, and what would hold it.
#[derive(Debug, Clone)]
pub struct GoalStanding {
    /// The project's id.
    pub project_id: String,
    /// The project's name.
    pub project: String,
    /// What it is held to.
    pub goals: Goals,
    /// How old the recovery point may get: the goal, or what is assumed without one.
    pub recovery_goal_ms: i64,
    /// How old it is.
    pub age_ms: Option<i64>,
    /// How long it took to be back the last time.
    pub restore_ms: Option<i64>,
    /// When the last drill of everything passed.
    pub drilled_at_ms: Option<i64>,
    /// Components that have a goal of their own, and how each stands.
    pub components: Vec<ComponentGoal>,
    /// Components that can have one.
    pub goal_components: Vec<Component>,
    /// What would hold the goals.
    pub proposal: Proposal,
    /// The same line by line, with what of it is there already.
    pub lines: Vec<Line>,
}

impl GoalStanding {
    /// The command lines of the proposal, in the order in which they are given.
    pub fn commands(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.command.clone()).collect()
    }
}

impl Engine {
    /// What copies the vault for another project, as a sentence.
    async fn copied_by(&self, project_id: &str) -> Result<Option<String>, Failure> {
        let all = self.profile.catalog.schedules(None).await?;
        let is_it = |one: &&ScheduleRecord| {
            one.work == Work::Copy.as_str() && one.project_id != project_id && one.paused_at_ms.is_none()
        };
        Ok(all
            .iter()
            .find(is_it)
            .map(|one| format!("“{}” of {} copies all of the vault.", one.name, one.project)))
    }

    /// A project's goals, its status against them, and a proposal that meets them.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn goal_standing(&self, project: &str) -> Result<GoalStanding, Failure> {
        let standing = self.standing(project).await?;
        let catalog = &self.profile.catalog;
        let known = &standing.project;
        let backup_ms = catalog.last_backup_ms(&known.id).await?;
        let policy = self.policy(known).await?;
        let schedules = self.schedules(Some(&known.id)).await?;
        let tightest = tightest(&standing.goals, &standing.components);
        let mut proposal = propose(&tightest, backup_ms);
        if !known.has_source() {
            // Nothing comes by itself, so that nothing is said of how often.
            proposal.notes = vec![
                "Files are imported by hand: no schedule makes them newer, and none is proposed.".into(),
            ];
        }
        let rpo_ms = tightest.rpo_ms.unwrap_or(RECOVERY_GOAL_MS);
        let known = Known {
            project: known,
            goals: &tightest,
            policy: policy.as_ref(),
            schedules: &schedules,
            backup_ms,
            rpo_ms,
            replicas: self.replicas().await?.len(),
            copied_by: self.copied_by(&known.id).await?,
        };
        Ok(GoalStanding {
            recovery_goal_ms: standing.recovery_goal_ms(),
            age_ms: standing.age_ms(),
            restore_ms: standing.restore_ms,
            drilled_at_ms: catalog
                .last_passed_drill(&standing.project.id, standing.goals.whole_drills)
                .await?,
            lines: lines(&known, &proposal)?,
            proposal,
            goal_components: self.goal_components(&standing.project.id).await?,
            components: standing.components,
            goals: standing.goals,
            project_id: standing.project.id,
            project: standing.project.name,
        })
    }
}

/// What a schedule has to meet: the project's goals, or a component's if stricter.
fn tightest(goals: &Goals, components: &[ComponentGoal]) -> Goals {
    let least = components.iter().map(|one| one.rpo_ms).chain(goals.rpo_ms).min();
    Goals { rpo_ms: least, ..*goals }
}
