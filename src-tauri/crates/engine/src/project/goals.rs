//! A project's goals: RPO, RTO, number of copies, interval of drills.

use crate::engine::Engine;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, Category, Goals};
use ledger::event::Topic;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// A year; what may take longer is no goal.
const GOAL_MS_MAX: i64 = 365 * DAY_MS;
/// More copies than anybody has places for.
const COPIES_MAX: u32 = 20;

/// The goals of a category of data.
pub fn preset(category: Category) -> Goals {
    let goals = |rpo_ms, rto_ms, copies, days: i64| Goals {
        category: Some(category),
        rpo_ms: Some(rpo_ms),
        rto_ms: Some(rto_ms),
        copies: Some(copies),
        drill_every_ms: Some(days * DAY_MS),
        whole_drills: false,
    };
    match category {
        Category::Financial => goals(15 * MINUTE_MS, HOUR_MS, 3, 7),
        Category::UserData => goals(HOUR_MS, 4 * HOUR_MS, 3, 7),
        Category::Standard => goals(4 * HOUR_MS, 8 * HOUR_MS, 3, 30),
        Category::Analytics => goals(24 * HOUR_MS, 72 * HOUR_MS, 2, 90),
    }
}

impl Engine {
    /// What a project is held to.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn goals(&self, project: &str) -> Result<Goals, Failure> {
        let project = self.profile.project(project).await?;
        Ok(self.profile.catalog.goals(&project.id).await?)
    }

    /// Sets all goals of a project; an absent one is removed.
    ///
    /// # Errors
    /// `project_not_found`, `invalid_request`.
    #[crate::boxed]
    pub async fn set_goals(&self, project: &str, goals: Goals) -> Result<Goals, Failure> {
        let project = self.profile.project(project).await?;
        let mut goals = checked(goals)?;
        // Of a category they are as long as all of them are.
        let of = |category| Goals { whole_drills: goals.whole_drills, ..preset(category) };
        goals.category = goals.category.filter(|category| of(*category) == goals);
        let minutes =
            |ms: Option<i64>| ms.map_or_else(|| "none".to_owned(), |ms| format!("{} min", ms / MINUTE_MS));
        let copies = goals.copies.map_or_else(|| "none".to_owned(), |copies| copies.to_string());
        let details = Details::none()
            .with("lose_at_most", Fact::Name(&minutes(goals.rpo_ms)))
            .with("back_within", Fact::Name(&minutes(goals.rto_ms)))
            .with("copies", Fact::Name(&copies))
            .with("drill_every", Fact::Name(&minutes(goals.drill_every_ms)))
            .with("whole_drills", Fact::Name(if goals.whole_drills { "yes" } else { "no" }));
        let mut writing =
            self.profile.audit.begin(Act::GoalSet, &Subject::project(&project), details).await?;
        Catalog::set_goals_on(writing.connection(), &project.id, &goals).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Drills, Topic::Projects]);
        Ok(goals)
    }
}

/// That a time can be a goal.
pub(super) fn check_span(ms: i64) -> Result<(), Failure> {
    if (MINUTE_MS..=GOAL_MS_MAX).contains(&ms) {
        return Ok(());
    }
    Err(Failure::invalid(
        "a goal of less than a minute, or of more than a year",
        "Give a time of at least a minute and at most a year.",
    ))
}

fn checked(goals: Goals) -> Result<Goals, Failure> {
    let Goals { category: _, rpo_ms, rto_ms, copies, drill_every_ms, whole_drills: _ } = goals;
    [rpo_ms, rto_ms, drill_every_ms].into_iter().flatten().try_for_each(check_span)?;
    if copies.is_some_and(|copies| !(1..=COPIES_MAX).contains(&copies)) {
        return Err(Failure::invalid(
            "a goal of no copy, or of too many",
            format!("Give 1 to {COPIES_MAX}."),
        ));
    }
    Ok(goals)
}
