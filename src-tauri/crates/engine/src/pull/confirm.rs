//! Confirming a plan at a platform: the typed name, and a project and a backup there that are still what was shown.

use super::RemotePlan;
use super::RemoteTarget;
use super::plan::{VALID_MS, seen};
use crate::confirmed::Confirmed;
use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::audit::{Act as Audited, Details, Fact, Subject};
use ledger::catalog::ProjectRecord;
use remote::platform::BackTo;

impl Engine {
    /// Takes a plan that was confirmed and is still true, once.
    ///
    /// # Errors
    /// `plan_not_found`, `not_confirmed`, `plan_blocked`, `plan_stale`.
    pub(crate) async fn take_remote_plan(
        &self,
        id: &str,
        confirm: &str,
    ) -> Result<(Confirmed<RemotePlan>, ProjectRecord), Failure> {
        let missing =
            || Failure::new(Code::PlanNotFound, format!("there is no plan {id:?}"), "Plan it again.");
        let (body, applied) = self.profile.catalog.plan(id).await?.ok_or_else(missing)?;
        let plan: RemotePlan = serde_json::from_str(&body).map_err(|_| missing())?;
        if confirm.trim() != plan.project {
            return Err(Failure::not_confirmed(&plan.project));
        }
        if let Some(blocker) = plan.blockers.first() {
            let message = format!("the plan has a blocker: {}", blocker.trim_end_matches('.'));
            return Err(Failure::new(
                Code::PlanBlocked,
                message,
                "Remove what stands in the way, then plan again.",
            ));
        }
        if applied.is_some() || now_ms() > plan.made_at_ms + VALID_MS {
            return Err(Failure::stale_plan("this plan was applied already, or has run out"));
        }
        let project = self.still_reaching(&plan.project_id, &plan.reached).await?;
        self.refuse_other_backup(&plan, &project).await?;
        if plan.target.is_restore() && self.recovery_steps_of(&project.id).await? != plan.recovery_steps {
            let name = &project.name;
            return Err(Failure::stale_plan(&format!(
                "the recovery steps of {name} changed since it was planned"
            )));
        }
        let details = Details::none().with("plan", Fact::Id(&plan.id));
        self.audit(Audited::PlatformConfirmed, &Subject::project(&project), details).await?;
        match self.profile.catalog.take_plan(&plan.id, now_ms()).await? {
            Some(taken) => Ok((Confirmed::new(plan, taken), project)),
            None => Err(Failure::stale_plan("this plan was applied already")),
        }
    }

    /// The backup there has to be the one that was shown, and what was chosen of it has to come back still.
    async fn refuse_other_backup(&self, plan: &RemotePlan, project: &ProjectRecord) -> Result<(), Failure> {
        let (RemoteTarget::Delete(id) | RemoteTarget::Restore { id, .. }) = &plan.target else {
            return Ok(());
        };
        let platform = self.platform_of(project).await?;
        let backup = platform.show(id).await?;
        if seen(&backup) != plan.seen {
            return Err(Failure::stale_plan("the backup there is not what was shown any more"));
        }
        if let RemoteTarget::Restore { .. } = plan.target {
            let can = platform.restorable(BackTo::Backup(&backup)).await?;
            if !plan.target.parts().without(can.parts).is_none() {
                let why = format!("the platform does not bring that back any more: {}", can.otherwise);
                return Err(Failure::stale_plan(&why));
            }
        }
        Ok(())
    }
}
