//! The recovery steps of a project in the plans that change its database.

use super::confirm::stale;
use super::plan::RestorePlan;
use super::record::{Restore, RestoreState};
use super::request::{Strategy, TableMode};
use super::standing::Standing;
use crate::engine::Engine;
use crate::project::Reached;
use crate::steps::{Obstacle, RecoveryStep};
use base::failure::Failure;
use ledger::catalog::ProjectRecord;
use ledger::job::{JobContext, StepTime, interrupted, left_undone, resume_words};

/// A pause may take the database along.
const PAUSES_DATABASE: &str = "A step pauses the project at its platform. Where that stops its database too, this restore cannot reach it, and ends before anything is changed: restore at the platform instead.";

impl RestorePlan {
    /// Whether it changes the database that people use, so that the steps around a restore belong to it.
    fn changes_a_living_database(&self) -> bool {
        match self.strategy {
            Strategy::Swap | Strategy::InPlace | Strategy::SwapBack => true,
            Strategy::Tables => self.mode != Some(TableMode::Beside),
            Strategy::Scratch | Strategy::NewDatabase | Strategy::Drop => false,
        }
    }

    /// Its project has to point to what was shown: a server that does not say who it is, and a copy of a database,
    /// look the same, and the steps are done to what the project points to.
    pub(crate) fn refuse_other_project(&self, now: &ProjectRecord) -> Result<(), Failure> {
        match self.strategy {
            // What a restore left is dropped where that restore was, wherever its project has gone since.
            Strategy::Drop => Ok(()),
            Strategy::Scratch
            | Strategy::NewDatabase
            | Strategy::Swap
            | Strategy::InPlace
            | Strategy::Tables
            | Strategy::SwapBack => {
                Reached::database(self.connection.clone(), self.platform.as_ref()).refuse_other(now)
            }
        }
    }

    /// Its recovery steps of a time.
    pub(crate) fn recovery_steps_at(&self, when: StepTime) -> impl Iterator<Item = &RecoveryStep> {
        self.recovery_steps.iter().filter(move |step| step.when == when)
    }
}

impl Engine {
    /// Puts the steps of the target's project around those of the plan.
    pub(super) async fn plan_recovery_steps(&self, plan: &mut RestorePlan) -> Result<(), Failure> {
        let Some(project) = plan.password_of.clone().filter(|_| plan.changes_a_living_database()) else {
            return Ok(());
        };
        plan.recovery_steps = self.recovery_steps_of(&project).await?;
        let sentences = |when| -> Vec<String> {
            plan.recovery_steps_at(when).map(|step| step.sentence(&plan.database)).collect()
        };
        let (before, after) = (sentences(StepTime::Before), sentences(StepTime::After));
        let own = std::mem::take(&mut plan.steps);
        plan.steps = before.into_iter().chain(own).chain(after).collect();
        let project = self.profile.project(&project).await?;
        if plan.recovery_steps.iter().any(|step| step.act.is_there()) {
            plan.platform.clone_from(&project.platform);
        }
        for Obstacle { sentence, is_critical } in self.step_obstacles(&project, &plan.recovery_steps).await {
            if is_critical { plan.blockers.push(sentence) } else { plan.warnings.push(sentence) }
        }
        if plan.recovery_steps_at(StepTime::Before).any(|step| step.act.is_there()) {
            plan.warnings.push(PAUSES_DATABASE.to_owned());
        }
        Ok(())
    }

    /// The steps have to be what was shown.
    pub(super) async fn refuse_other_steps(&self, plan: &RestorePlan) -> Result<(), Failure> {
        let Some(project) = plan.password_of.as_deref().filter(|_| plan.changes_a_living_database()) else {
            return Ok(());
        };
        if self.recovery_steps_of(project).await? == plan.recovery_steps {
            return Ok(());
        }
        let name = self.profile.project(project).await?.name;
        Err(stale(&format!("the recovery steps of {name} changed since it was planned")))
    }

    /// After the queue and the safety backup, which may have taken hours, the target has to be what it was
    /// before: as planned, or as the steps left it.
    pub(crate) async fn look_again(&self, plan: &RestorePlan, expected: &str) -> Result<(), Failure> {
        self.refuse_other_target(plan, expected).await.map(drop)
    }

    /// After the steps before a restore, which may have taken hours, the target has to be what was shown.
    /// Only what the steps themselves do to its structure is let pass. Returns its fingerprint.
    pub(crate) async fn look_after_steps(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
    ) -> Result<String, Failure> {
        let project = self.profile.project(plan.password_of.as_deref().unwrap_or_default()).await?;
        plan.refuse_other_project(&project)?;
        let (_, existing, _) = self.look_at(&project).await?;
        let now = existing.fingerprint();
        if now == plan.fingerprint {
            return Ok(now);
        }
        let is_same = plan.identity.as_ref().is_some_and(|shown| {
            (shown.oid, &shown.system_identifier)
                == (existing.identity.oid, &existing.identity.system_identifier)
        });
        let may_change = plan.recovery_steps_at(StepTime::Before).any(|step| step.act.starts_programs());
        if is_same && may_change {
            context.warn(
                "before",
                format!("the structure of {} changed while its steps were done", plan.database),
            );
            return Ok(now);
        }
        Err(changed())
    }

    /// Notes that nothing was restored.
    pub(crate) async fn note_failed(&self, restore: &mut Restore) -> Result<(), Failure> {
        restore.note(&self.profile.catalog, RestoreState::Failed).await
    }

    /// Notes its report once more, now that it holds what came of the steps.
    pub(crate) async fn note_report(&self, restore: &mut Restore) -> Result<(), Failure> {
        restore.note(&self.profile.catalog, restore.state).await
    }
}

fn changed() -> Failure {
    stale("the target changed after it was planned, before anything was restored")
}

/// The state of a restore, with its process's last activity and the steps that were not done.
pub(super) fn with_steps(mut standing: Standing, restore: &mut Restore, project: &str) -> Standing {
    let may_be_restored = matches!(restore.state, RestoreState::Done | RestoreState::Switching);
    let undone = left_undone(&restore.steps, may_be_restored);
    if !undone.is_empty() {
        standing.next = format!("Do by hand what nobody did: {}. {}", undone.join(", "), standing.next);
    }
    if let Some(words) = resume_words(&restore.steps, project) {
        standing.next = format!("{words} {}", standing.next);
    }
    if let Some(open) = interrupted(&mut restore.steps) {
        standing.sentence = format!("{} Its run was interrupted {open}.", standing.sentence);
    }
    standing
}
