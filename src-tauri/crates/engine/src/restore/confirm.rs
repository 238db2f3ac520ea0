//! Confirming a plan: the typed name, the consent, and a target that still matches the plan.

use super::existing::Existing;
use super::plan::RestorePlan;
use super::request::Strategy;
use super::swap::still_connected;
use super::target::{Server, plan_password};
use crate::confirmed::Confirmed;
use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::secret::Secret;
use ledger::audit::{Act, Fact};

impl Engine {
    /// Takes a plan that was confirmed and is still fresh, once.
    ///
    /// # Errors
    /// `not_confirmed`, `plan_blocked`, `connections_open` without the consent to end sessions,
    /// `plan_stale` when it was applied, ran out, or its target changed.
    pub(crate) async fn take_plan(
        &self,
        plan_id: &str,
        confirm: &str,
        may_end: bool,
    ) -> Result<Confirmed<RestorePlan>, Failure> {
        let (plan, applied) = self.restore_plan(plan_id).await?;
        let (subject, details) = (plan.subject(), plan.audited());
        let taken = self.confirm_restore(plan, applied, confirm, may_end).await;
        if let Err(refusal) = &taken {
            self.audit(Act::RestoreRefused, &subject, details.failure(refusal)).await?;
        }
        taken
    }

    async fn confirm_restore(
        &self,
        plan: RestorePlan,
        applied: Option<i64>,
        confirm: &str,
        may_end: bool,
    ) -> Result<Confirmed<RestorePlan>, Failure> {
        if confirm.trim() != plan.database {
            return Err(Failure::not_confirmed(&plan.database));
        }
        if !plan.blockers.is_empty() {
            let all: Vec<&str> = plan.blockers.iter().map(|blocker| blocker.trim_end_matches('.')).collect();
            let what = match all.len() {
                1 => "a blocker".to_owned(),
                many => format!("{many} blockers"),
            };
            return Err(Failure::new(
                Code::PlanBlocked,
                format!("the plan has {what}: {}", all.join("; ")),
                "Remove what stands in the way, then plan again.",
            ));
        }
        if applied.is_some() {
            return Err(stale("this plan was applied already"));
        }
        if now_ms() > plan.valid_until_ms {
            return Err(stale("this plan has run out"));
        }
        self.refuse_other_steps(&plan).await?;
        let others = self.refuse_other_target(&plan, &plan.fingerprint).await?;
        let renames = matches!(plan.strategy, Strategy::Swap | Strategy::SwapBack);
        if renames && others > 0 && !may_end {
            return Err(still_connected(&plan.database, others));
        }
        let mut details = plan.audited();
        if may_end && renames {
            details = details.with("end_connections", Fact::Flag(true));
        }
        self.audit(Act::RestoreConfirmed, &plan.subject(), details).await?;
        match self.profile.catalog.take_plan(&plan.id, now_ms()).await? {
            Some(taken) => Ok(Confirmed::new(plan, taken)),
            None => Err(stale("this plan was applied already")),
        }
    }

    /// The target has to be what was shown, or as the steps before left it. Returns how many sessions of others it
    /// has.
    ///
    /// # Errors
    /// `plan_stale`; why the target cannot be looked at.
    pub(super) async fn refuse_other_target(
        &self,
        plan: &RestorePlan,
        expected: &str,
    ) -> Result<u64, Failure> {
        let Some(connection) = &plan.connection else { return Ok(0) };
        if let Some(project) = &plan.password_of {
            plan.refuse_other_project(&self.profile.project(project).await?)?;
        }
        self.wake_target(plan).await?;
        let (now, others) = match plan.strategy {
            Strategy::Swap | Strategy::InPlace | Strategy::Tables | Strategy::SwapBack => {
                let existing = self.look_at_same(plan, expected).await?;
                (existing.fingerprint(), existing.identity.connections.len() as u64)
            }
            Strategy::Scratch | Strategy::NewDatabase => {
                let password = self.plan_password(plan).await?;
                (Server::look(connection, password.as_ref()).await?.fingerprint(&plan.database), 0)
            }
            Strategy::Drop => {
                let of = self.restore(plan.restore_id.as_deref().unwrap_or_default()).await?;
                (self.look_to_drop(&of, &plan.database).await?.fingerprint, 0)
            }
        };
        refuse_other(expected, &now)?;
        Ok(others)
    }

    /// The same for the database of a project, which is looked at for what is in it.
    pub(super) async fn look_at_same(&self, plan: &RestorePlan, expected: &str) -> Result<Existing, Failure> {
        let project = self.profile.project(plan.password_of.as_deref().unwrap_or_default()).await?;
        plan.refuse_other_project(&project)?;
        let (_, existing, _) = self.look_at(&project).await?;
        refuse_other(expected, &existing.fingerprint())?;
        Ok(existing)
    }

    /// The sample's server may have been stopped since the plan was made.
    pub(super) async fn wake_target(&self, plan: &RestorePlan) -> Result<(), Failure> {
        match &plan.password_of {
            Some(project) => self.wake(&self.profile.project(project).await?).await,
            None => Ok(()),
        }
    }

    pub(super) async fn plan_password(&self, plan: &RestorePlan) -> Result<Option<Secret>, Failure> {
        if plan.has_own_password {
            return Ok(Some(self.profile.secrets.get(&plan_password(&plan.id)).await?));
        }
        match &plan.password_of {
            Some(project) => self.profile.password(&self.profile.project(project).await?).await,
            None => Ok(None),
        }
    }
}

fn refuse_other(expected: &str, now: &str) -> Result<(), Failure> {
    if now == expected {
        return Ok(());
    }
    let what = what_changed(expected, now);
    Err(stale(&format!("the target is not what it was when this was planned: {what}")))
}

/// In which parts two fingerprints differ, in words; each part begins with what it is about.
fn what_changed(was: &str, now: &str) -> String {
    let words = |part: &str| match part.split(' ').next().unwrap_or_default() {
        "system" => "it is another server".to_owned(),
        "version" => "the server is of another version".to_owned(),
        "role" => "the role is another one".to_owned(),
        "name" => "its name was taken, or became free".to_owned(),
        "database" => "it is another database".to_owned(),
        "structure" => "its tables or other objects were changed, added or dropped".to_owned(),
        _ => format!("it was «{part}»"),
    };
    let mut new: Vec<&str> = now.split(", ").collect();
    let gone = was.split(", ").filter(|part| match new.iter().position(|other| other == part) {
        Some(at) => {
            new.remove(at);
            false
        }
        None => true,
    });
    gone.map(words).collect::<Vec<_>>().join("; ")
}

pub(super) fn stale(message: &str) -> Failure {
    Failure::new(Code::PlanStale, message, "Plan the restore again, and look at what it says now.")
}

#[cfg(test)]
mod tests {
    use super::what_changed;

    #[test]
    fn what_changed_of_a_target_is_said_in_words() {
        let was = "system 77, database shop (16384), structure aa";
        let said = |now| what_changed(was, now);
        assert_eq!(
            said("system 77, database shop (16384), structure bb"),
            "its tables or other objects were changed, added or dropped"
        );
        assert_eq!(
            said("system 78, database shop (16999), structure aa"),
            "it is another server; it is another database"
        );
    }
}
