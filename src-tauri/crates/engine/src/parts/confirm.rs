//! Confirming a plan: the typed name, and a target that is still as it was shown.

use super::look::{redis_mark, there};
use super::plan::{PartPlan, PartTarget, is_free};
use super::site::Site;
use crate::archive::opened::blocking;
use crate::confirmed::Confirmed;
use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::ProjectRecord;
use source::Place;
use tokio_util::sync::CancellationToken;

impl Engine {
    /// A plan for parts; absent where the id is of another kind of plan, or of none.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn part_plan(&self, id: &str) -> Result<Option<PartPlan>, Failure> {
        let found = self.profile.catalog.plan(id).await?;
        Ok(found.and_then(|(body, _)| serde_json::from_str::<PartPlan>(&body).ok()))
    }

    /// Takes a plan that was confirmed and is still fresh, once.
    pub(super) async fn take_part_plan(
        &self,
        id: &str,
        confirm: &str,
    ) -> Result<(Confirmed<PartPlan>, ProjectRecord), Failure> {
        let missing =
            || Failure::new(Code::PlanNotFound, format!("there is no plan {id:?}"), "Plan it again.");
        let (body, applied) = self.profile.catalog.plan(id).await?.ok_or_else(missing)?;
        let plan: PartPlan = serde_json::from_str(&body).map_err(|_| missing())?;
        let subject = Subject::backup(&plan.backup_id, &plan.project);
        let details = Details::none().with("plan", Fact::Id(&plan.id));
        match self.confirm_parts(&plan, applied, confirm).await {
            Ok(project) => {
                self.audit(Act::RestoreConfirmed, &subject, details).await?;
                match self.profile.catalog.take_plan(&plan.id, now_ms()).await? {
                    Some(taken) => Ok((Confirmed::new(plan, taken), project)),
                    None => Err(Failure::stale_plan("this plan was applied already")),
                }
            }
            Err(refusal) => {
                self.audit(Act::RestoreRefused, &subject, details.failure(&refusal)).await?;
                Err(refusal)
            }
        }
    }

    async fn confirm_parts(
        &self,
        plan: &PartPlan,
        applied: Option<i64>,
        confirm: &str,
    ) -> Result<ProjectRecord, Failure> {
        if confirm.trim() != plan.project {
            return Err(Failure::not_confirmed(&plan.project));
        }
        if let Some(blocker) = plan.blockers.first() {
            return Err(Failure::new(
                Code::PlanBlocked,
                format!("the plan has a blocker: {}", blocker.trim_end_matches('.')),
                "Remove what stands in the way, then plan again.",
            ));
        }
        if applied.is_some() {
            return Err(Failure::stale_plan("this plan was applied already"));
        }
        if now_ms() > plan.valid_until_ms {
            return Err(Failure::stale_plan("this plan has run out"));
        }
        let project = self.profile.project(&plan.project_id).await?;
        if project.name != plan.project {
            return Err(Failure::stale_plan("the project has another name by now"));
        }
        self.refuse_other_place(plan, &project).await?;
        Ok(project)
    }

    /// What is there has to be what was shown: looked at when the plan is confirmed, and again when its turn has come.
    pub(super) async fn refuse_other_place(
        &self,
        plan: &PartPlan,
        project: &ProjectRecord,
    ) -> Result<(), Failure> {
        let PartTarget::InPlace = plan.target else {
            let PartTarget::Folder { path } = &plan.target else { return Ok(()) };
            return if is_free(path) {
                Ok(())
            } else {
                Err(Failure::stale_plan(&format!("{path} is not empty any more")))
            };
        };
        let sources = self.profile.catalog.sources(&project.id).await?;
        let token = CancellationToken::new();
        let _ends_with_this = token.clone().drop_guard();
        for counts in &plan.counts {
            let source = sources
                .iter()
                .find(|one| one.name == counts.name && one.component == plan.component)
                .ok_or_else(|| {
                    Failure::stale_plan(&format!(
                        "{} has no component “{}” any more",
                        project.name, counts.name
                    ))
                })?;
            let mark = if let place @ Place::Redis(_) = &source.place {
                redis_mark(project, place)
            } else {
                let site = Site::open(&self.profile, project, source, &token).await?;
                let files = plan.files.clone();
                blocking(move || there(&site, &files).map(|there| there.mark)).await?
            };
            if mark != counts.mark {
                return Err(Failure::stale_plan(&format!(
                    "{} changed since it was planned",
                    source.place.words()
                )));
            }
        }
        Ok(())
    }
}
