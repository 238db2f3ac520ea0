//! Goals of projects: what they are held to, how they stand, what would hold them.

use engine::Engine;
use engine::proposal::{GoalStanding, Line, Part, Proposal};
use ledger::catalog::{Category, ComponentGoal, Goals};
use ledger::component::Component;

use super::Answer;
use crate::command::Nothing;
use crate::drill::{CategoryView, GoalView, SetGoal};
use crate::project::ProjectRef;
use crate::retention::{
    ComponentGoalView, ComponentView, GoalPresetView, GoalStandingView, ProposalLineView, ProposalView,
    SetComponentGoal,
};

/// What a project is held to.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn goal_show(engine: &Engine, request: ProjectRef) -> Answer<GoalView> {
    Ok(engine.goals(&request.project).await?.into())
}

/// Says what a project is held to: all of it, so that what is absent is no goal.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn goal_set(engine: &Engine, request: SetGoal) -> Answer<GoalView> {
    Ok(engine.set_goals(&request.project, request.goal.into()).await?.into())
}

/// What a project is held to, how it stands against that, and what would hold it.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn goal_standing(engine: &Engine, request: ProjectRef) -> Answer<GoalStandingView> {
    Ok(engine.goal_standing(&request.project).await?.into())
}

/// Says how old the newest verified backup with a component in it may get; how the project stands then.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn goal_component_set(engine: &Engine, request: SetComponentGoal) -> Answer<GoalStandingView> {
    let SetComponentGoal { project, component, rpo_ms } = request;
    engine.set_component_goal(&project, &component, rpo_ms.map(|ms| ms.0)).await?;
    Ok(engine.goal_standing(&project).await?.into())
}

/// Goals by category of data.
///
/// # Errors
/// Never.
#[crate::boxed]
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
        let Goals { category, rpo_ms, rto_ms, copies, drill_every_ms, whole_drills } = goals;
        Self {
            category: category.map(Into::into),
            rpo_ms: rpo_ms.map(Into::into),
            rto_ms: rto_ms.map(Into::into),
            copies,
            drill_every_ms: drill_every_ms.map(Into::into),
            whole_drills,
        }
    }
}

impl From<GoalView> for Goals {
    fn from(view: GoalView) -> Self {
        let GoalView { category, rpo_ms, rto_ms, copies, drill_every_ms, whole_drills } = view;
        Self {
            category: category.map(Into::into),
            rpo_ms: rpo_ms.map(|ms| ms.0),
            rto_ms: rto_ms.map(|ms| ms.0),
            copies,
            drill_every_ms: drill_every_ms.map(|ms| ms.0),
            whole_drills,
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
            components,
            goal_components,
            proposal,
            lines,
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
            components: components.into_iter().map(Into::into).collect(),
            goal_components: goal_components.into_iter().map(Into::into).collect(),
            proposal: ProposalView {
                schedule: schedule.words.to_owned(),
                every_ms: schedule.every_ms.into(),
                retention: retention.name().to_owned(),
                retention_words: retention.policy().words(),
                drill_every_ms: drill_every_ms.into(),
                notes,
                commands,
                lines: lines.into_iter().map(Into::into).collect(),
            },
        }
    }
}

impl From<Component> for ComponentView {
    fn from(component: Component) -> Self {
        Self { component: component.as_str().to_owned(), words: component.words().to_owned() }
    }
}

impl From<ComponentGoal> for ComponentGoalView {
    fn from(goal: ComponentGoal) -> Self {
        let is_over = goal.is_over(super::home::now().0);
        let ComponentGoal { project_id: _, component, rpo_ms, at_ms } = goal;
        Self {
            component: component.as_str().to_owned(),
            words: component.words().to_owned(),
            rpo_ms: rpo_ms.into(),
            at_ms: at_ms.map(Into::into),
            is_over,
        }
    }
}

impl From<Line> for ProposalLineView {
    fn from(line: Line) -> Self {
        let Line { id, part, title, because, command, in_place, replaces } = line;
        let (work, rule, policy) = match part {
            Part::Schedule { work, rule } => (Some(work.into()), Some(rule.into()), None),
            Part::Retention(policy) => (None, None, Some(policy.into())),
        };
        Self { id: id.to_owned(), title, because, command, in_place, replaces, work, rule, policy }
    }
}
