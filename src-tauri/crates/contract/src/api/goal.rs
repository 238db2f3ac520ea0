//! Goals of projects: what they are held to, how they stand, what would hold them.

use engine::Engine;
use engine::catalog::{Category, Goals};
use engine::retention::{GoalStanding, Proposal};

use super::Answer;
use crate::command::Nothing;
use crate::drill::{CategoryView, GoalView, SetGoal};
use crate::project::ProjectRef;
use crate::retention::{GoalPresetView, GoalStandingView, ProposalView};

/// What a project is held to.
///
/// # Errors
/// `project_not_found`.
pub async fn goal_show(engine: &Engine, request: ProjectRef) -> Answer<GoalView> {
    Ok(engine.goals(&request.project).await?.into())
}

/// Says what a project is held to: all of it, so that what is absent is no goal.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
pub async fn goal_set(engine: &Engine, request: SetGoal) -> Answer<GoalView> {
    Ok(engine.set_goals(&request.project, request.goal.into()).await?.into())
}

/// What a project is held to, how it stands against that, and what would hold it.
///
/// # Errors
/// `project_not_found`.
pub async fn goal_standing(engine: &Engine, request: ProjectRef) -> Answer<GoalStandingView> {
    Ok(engine.goal_standing(&request.project).await?.into())
}

/// Goals by category of data.
///
/// # Errors
/// Never.
#[expect(clippy::unused_async, reason = "a command, called as all of them are")]
pub async fn goal_presets(_: &Engine, _: Nothing) -> Answer<Vec<GoalPresetView>> {
    let preset = |(category, title): (Category, &str)| GoalPresetView {
        goal: engine::project::preset(category).into(),
        title: title.to_owned(),
    };
    Ok([
        (Category::Financial, "Financial data"),
        (Category::UserData, "User data"),
        (Category::Standard, "Standard"),
        (Category::Analytics, "Analytics"),
    ]
    .map(preset)
    .into())
}

impl From<CategoryView> for Category {
    fn from(category: CategoryView) -> Self {
        match category {
            CategoryView::Financial => Self::Financial,
            CategoryView::UserData => Self::UserData,
            CategoryView::Standard => Self::Standard,
            CategoryView::Analytics => Self::Analytics,
        }
    }
}

impl From<Category> for CategoryView {
    fn from(category: Category) -> Self {
        match category {
            Category::Financial => Self::Financial,
            Category::UserData => Self::UserData,
            Category::Standard => Self::Standard,
            Category::Analytics => Self::Analytics,
        }
    }
}

impl From<Goals> for GoalView {
    fn from(goals: Goals) -> Self {
        let Goals { category, rpo_ms, rto_ms, copies, drill_every_ms } = goals;
        Self {
            category: category.map(Into::into),
            rpo_ms: rpo_ms.map(Into::into),
            rto_ms: rto_ms.map(Into::into),
            copies,
            drill_every_ms: drill_every_ms.map(Into::into),
        }
    }
}

impl From<GoalView> for Goals {
    fn from(view: GoalView) -> Self {
        let GoalView { category, rpo_ms, rto_ms, copies, drill_every_ms } = view;
        Self {
            category: category.map(Into::into),
            rpo_ms: rpo_ms.map(|ms| ms.0),
            rto_ms: rto_ms.map(|ms| ms.0),
            copies,
            drill_every_ms: drill_every_ms.map(|ms| ms.0),
        }
    }
}

impl From<GoalStanding> for GoalStandingView {
    fn from(standing: GoalStanding) -> Self {
        let commands = standing.commands();
        let GoalStanding {
            project_id,
            project,
            goals,
            recovery_goal_ms,
            age_ms,
            restore_ms,
            drilled_at_ms,
            proposal,
        } = standing;
        let Proposal { schedule, retention, drill_every_ms, notes } = proposal;
        Self {
            project_id,
            project,
            goal: goals.into(),
            recovery_goal_ms: recovery_goal_ms.into(),
            age_ms: age_ms.map(Into::into),
            restore_ms: restore_ms.map(Into::into),
            drilled_at_ms: drilled_at_ms.map(Into::into),
            proposal: ProposalView {
                schedule: schedule.words.to_owned(),
                every_ms: schedule.every_ms.into(),
                retention: retention.name().to_owned(),
                retention_words: retention.policy().words(),
                drill_every_ms: drill_every_ms.into(),
                notes,
                commands,
            },
        }
    }
}
