//! The next run of each project, for lists of projects.

use std::collections::HashMap;

use jiff::Timestamp;

use super::outlook::State;
use super::plan::look;
use super::rule::Work;
use crate::engine::Engine;
use base::clock::{Clock as _, SystemClock};
use base::failure::Failure;

/// The run that brings a project its next recovery point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextRun {
    /// The schedule's name.
    pub schedule: String,
    /// What is done.
    pub work: Work,
    /// How often, in a word or a few.
    pub often: String,
    /// How the schedule stands.
    pub state: State,
    /// Why, as a sentence.
    pub because: String,
    /// What is in the way, until when it is paused, or what failed: in a few words.
    pub why: Option<String>,
    /// When something happens next; absent where that depends on what is in the way.
    pub at: Option<Timestamp>,
}

impl Engine {
    /// The next run of each project that has a schedule for its recovery points, by the project's id.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn next_runs(&self, project_id: Option<&str>) -> Result<HashMap<String, NextRun>, Failure> {
        let now = SystemClock.now();
        let facts = self.facts_now(now).await?;
        let mut soonest: HashMap<String, NextRun> = HashMap::new();
        for one in self.schedule_facts(project_id, now).await? {
            if !one.schedule.work.brings_recovery_point() {
                continue;
            }
            let outlook = look(&facts, &one);
            let next = NextRun {
                often: one.schedule.rule.often(),
                work: one.schedule.work,
                schedule: one.schedule.name,
                state: outlook.state,
                because: outlook.because,
                why: outlook.why,
                at: outlook.next_at,
            };
            let known = soonest.get(&one.schedule.project_id);
            if known.is_none_or(|known| order(&next) < order(known)) {
                soonest.insert(one.schedule.project_id, next);
            }
        }
        Ok(soonest)
    }
}

/// Running first, then by time; unknown times last.
fn order(next: &NextRun) -> (bool, Timestamp) {
    (next.state != State::Running, next.at.unwrap_or(Timestamp::MAX))
}
