//! Applying a plan: confirmed, still valid, then one backup at a time by the ordinary deletion.

use uuid::Uuid;

use super::{Plan, run as told};
use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::command::Command;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, ProjectRecord, RetentionRun, RunState};
use ledger::event::Topic;
use ledger::job::JobContext;

/// What came of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The project's name.
    pub project: String,
    /// The backups that are gone now, oldest first.
    pub removed: Vec<String>,
    /// Those that were to go, and are there.
    pub left: Vec<String>,
    /// What stood in the way of those.
    pub stopped: Option<Failure>,
}

impl Engine {
    /// Removes the backups that a plan selects. A plan that was stopped, or whose process died, continues
    /// with the rest.
    ///
    /// # Errors
    /// `no_policy`, `retention_paused`, `plan_stale` once anything changed since the plan was shown,
    /// `not_confirmed`, `project_busy`; or why not even the first backup could be removed.
    #[crate::boxed]
    pub async fn apply_retention(&self, project: &str, id: &str, confirm: &str) -> Result<Applied, Failure> {
        self.apply_retention_in(project, id, confirm, None).await
    }

    /// The same, as a part of a run that says how far it is, and that can be cancelled.
    pub(super) async fn apply_retention_in(
        &self,
        project: &str,
        id: &str,
        confirm: &str,
        context: Option<&JobContext>,
    ) -> Result<Applied, Failure> {
        let project = self.profile.project(project).await?;
        let policy = self.policy(&project).await?;
        self.look_at_vault_if_there().await?;
        let plan = self.retention_plan(&project, policy, true, now_ms()).await?;
        if let Err(refusal) = allowed(&plan, id, confirm) {
            self.refuse_retention(&project, id, &refusal).await?;
            return Err(refusal);
        }
        let going = plan.going();
        if going.is_empty() {
            let project = project.name;
            return Ok(Applied { project, removed: Vec::new(), left: Vec::new(), stopped: None });
        }
        let run = self.begin_retention(&project, &plan, going).await?;
        let applied = self.remove_planned(&project, &run, context).await;
        self.end_retention(&project, &run, &applied).await?;
        match &applied.stopped {
            Some(failure) if applied.removed.is_empty() => Err(failure.clone()),
            _ => Ok(applied),
        }
    }

    pub(super) async fn refuse_retention(
        &self,
        project: &ProjectRecord,
        plan: &str,
        refusal: &Failure,
    ) -> Result<(), Failure> {
        let details = Details::none().with("plan", Fact::Id(plan)).failure(refusal);
        self.audit(Act::RetentionRefused, &Subject::project(project), details).await
    }

    async fn begin_retention(
        &self,
        project: &ProjectRecord,
        plan: &Plan,
        going: Vec<String>,
    ) -> Result<RetentionRun, Failure> {
        let run = RetentionRun {
            id: Uuid::new_v4().simple().to_string(),
            plan: plan.id.clone(),
            planned: going,
            removed: 0,
            state: RunState::Running,
            process: self.profile.jobs.process().id().to_owned(),
            code: None,
            started_at_ms: now_ms(),
            finished_at_ms: None,
        };
        let details = Details::none()
            .with("plan", Fact::Id(&run.plan))
            .with("run", Fact::Id(&run.id))
            .with("backups", Fact::Count(u64::try_from(run.planned.len()).unwrap_or(u64::MAX)));
        let subject = Subject::project(project);
        let mut writing = self.profile.audit.begin(Act::RetentionConfirmed, &subject, details).await?;
        if !Catalog::begin_retention_on(writing.connection(), &project.id, &run).await? {
            // Nothing of this entry stays; the refusal has one of its own.
            drop(writing);
            let busy = Failure::new(
                Code::ProjectBusy,
                format!("old backups of {} are being removed", project.name),
                "Wait for the end of that; then look at the plan again.",
            );
            self.refuse_retention(project, &plan.id, &busy).await?;
            return Err(busy);
        }
        writing.commit().await?;
        Ok(run)
    }

    /// One by one, oldest first: if it is interrupted, each backup is either removed completely or complete.
    async fn remove_planned(
        &self,
        project: &ProjectRecord,
        run: &RetentionRun,
        context: Option<&JobContext>,
    ) -> Applied {
        let mut removed = Vec::new();
        let mut stopped = None;
        context.inspect(|context| told::begin(context));
        for id in &run.planned {
            if let Some(Err(cancelled)) = context.map(JobContext::checkpoint) {
                stopped = Some(cancelled);
                break;
            }
            match self.delete_by_retention(id, &run.id).await {
                Ok(()) => {
                    removed.push(id.clone());
                    context.inspect(|context| told::removed(context, id, removed.len(), run.planned.len()));
                }
                Err(failure) => {
                    tracing::warn!(%failure, backup = %id, "retention stopped");
                    stopped = Some(failure);
                    break;
                }
            }
        }
        let left = run.planned.iter().skip(removed.len()).cloned().collect();
        Applied { project: project.name.clone(), removed, left, stopped }
    }

    async fn end_retention(
        &self,
        project: &ProjectRecord,
        run: &RetentionRun,
        applied: &Applied,
    ) -> Result<(), Failure> {
        let count = |of: &[String]| Fact::Count(u64::try_from(of.len()).unwrap_or(u64::MAX));
        let details = Details::none()
            .with("run", Fact::Id(&run.id))
            .with("removed", count(&applied.removed))
            .with("left", count(&applied.left));
        let (act, state, details, code) = match &applied.stopped {
            Some(failure) => {
                let code = Some(failure.code.as_str());
                (Act::RetentionStopped, RunState::Stopped, details.failure(failure), code)
            }
            None => (Act::RetentionApplied, RunState::Done, details, None),
        };
        let mut writing = self.profile.audit.begin(act, &Subject::project(project), details).await?;
        Catalog::end_retention_on(writing.connection(), &run.id, state, code, now_ms()).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Backups, Topic::Projects, Topic::Vault]);
        Ok(())
    }
}

/// Whether the plan may be applied under this id, by what was typed.
pub(super) fn allowed(plan: &Plan, id: &str, confirm: &str) -> Result<(), Failure> {
    if plan.policy.is_none() {
        return Err(Failure::new(
            Code::NoPolicy,
            format!("{} has no policy: everything is kept", plan.project),
            "Set one first: `holdfast retention set PROJECT --preset NAME`.",
        ));
    }
    if let Some(pause) = &plan.pause {
        return Err(Failure::new(
            Code::RetentionPaused,
            pause.trim_end_matches('.'),
            "Make a backup that is verified, drill a newer one, or delete the one that is dated ahead: whichever it names. Then look at the plan again.",
        ));
    }
    if id != plan.id && !goes_on(plan, id) {
        return Err(Failure::new(
            Code::PlanStale,
            format!("the backups of {} are not what they were when the plan was shown", plan.project),
            format!(
                "Look at what would go now: `{}`.",
                Command::RetentionApply { project: plan.project.clone(), confirmed: None }
            ),
        ));
    }
    if confirm.trim() != plan.project {
        return Err(Failure::not_confirmed(&plan.project));
    }
    Ok(())
}

/// Whether that plan was confirmed and not completed, and the current plan removes nothing else.
fn goes_on(plan: &Plan, id: &str) -> bool {
    plan.last_run.as_ref().is_some_and(|run| {
        run.plan == id
            && matches!(run.state, RunState::Stopped | RunState::Interrupted)
            && plan.going().iter().all(|one| run.planned.contains(one))
    })
}
