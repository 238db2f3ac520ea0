//! Applies a plan as a run of its own: queued, with progress, cancellable between two backups.

use super::apply::allowed;
use super::{Applied, Plan};
use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::ProjectRecord;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};

/// The one phase of the run.
const REMOVE: &str = "remove";

impl Engine {
    /// Starts the removal of the backups that a plan selects. Returns the job's id at once; the plan is
    /// checked again when the run starts. A plan that was stopped or cancelled, or whose process died,
    /// continues with the rest.
    ///
    /// # Errors
    /// `no_policy`, `retention_paused`, `plan_stale` once anything changed since the plan was shown,
    /// `not_confirmed`, `project_busy` while another run of the project waits or goes on.
    #[crate::boxed]
    pub async fn start_retention(&self, project: &str, id: &str, confirm: &str) -> Result<String, Failure> {
        let project = self.profile.project(project).await?;
        let policy = self.policy(&project).await?;
        self.look_at_vault_if_there().await?;
        let plan = self.retention_plan(&project, policy, true, now_ms()).await?;
        let refusal = match allowed(&plan, id, confirm) {
            Ok(()) => self.open_run(&project).await?,
            Err(refusal) => Some(refusal),
        };
        if let Some(refusal) = refusal {
            self.refuse_retention(&project, id, &refusal).await?;
            return Err(refusal);
        }
        let (engine, id, confirm) = (self.clone(), id.to_owned(), confirm.to_owned());
        let spec = spec(&project, &plan);
        self.profile
            .jobs
            .start(spec, move |context| async move {
                let applied = engine.apply_retention_in(&project.id, &id, &confirm, Some(&context)).await?;
                ended(&context, applied)
            })
            .await
    }

    /// Why it cannot begin beside what goes on: after a backup the plan would be another one.
    async fn open_run(&self, project: &ProjectRecord) -> Result<Option<Failure>, Failure> {
        self.profile.jobs.recover().await?;
        let open = self.profile.catalog.open_jobs().await?;
        let is_in_the_way = open.iter().any(|job| job.project_id.as_deref() == Some(&project.id));
        Ok(is_in_the_way.then(|| {
            Failure::new(
                Code::ProjectBusy,
                format!("a run of {} is going on", project.name),
                "Wait for its end, or cancel it; then look at the plan again.",
            )
        }))
    }
}

fn spec(project: &ProjectRecord, plan: &Plan) -> JobSpec {
    let going = counted(plan.going().len() as u64, "backup");
    JobSpec {
        kind: JobKind::Retention,
        title: format!("Removing old backups of {}", project.name),
        sentence: format!("{going} that the policy of {} does not keep go from the vault.", project.name),
        project_id: Some(project.id.clone()),
        writes_vault: true,
        phases: vec![PhaseSpec {
            id: REMOVE,
            title: "Remove",
            weight: 1,
            sentence: format!("{going} go, the oldest first, each with its own guards."),
        }],
        if_cancelled:
            "What is gone by then stays gone; every other backup is whole, and the same plan goes on.".into(),
    }
}

/// Shows a run how far it is, and ends it between two backups where somebody asked for that.
pub(super) fn begin(context: &JobContext) {
    context.phase(REMOVE);
}

/// One backup more is gone.
pub(super) fn removed(context: &JobContext, id: &str, done: usize, of: usize) {
    context.meter().beat();
    let short: String = id.chars().take(8).collect();
    context.info(REMOVE, format!("{short} is gone, {done} of {of}"));
    context.fact("Removed", format!("{done} of {of}"), None);
    context.sentence(REMOVE, format!("{done} of {} gone, the oldest first.", counted(of as u64, "backup")));
}

fn ended(context: &JobContext, applied: Applied) -> Result<JobOutput, Failure> {
    let Applied { project, removed, left, stopped } = applied;
    if let Some(failure) = stopped {
        context.warn(REMOVE, format!("{} stayed", counted(left.len() as u64, "backup")));
        context.safe_next("Every backup that is left is whole; apply the same plan again to go on.");
        return Err(failure);
    }
    context.safe_next("The space is freed when the vault is pruned.");
    let outcome = match removed.len() {
        0 => format!("Nothing of {project} had to go."),
        count => format!(
            "{} of {project} removed. The space is freed when the vault is pruned.",
            counted(count as u64, "backup")
        ),
    };
    Ok(JobOutput { outcome, ..JobOutput::default() })
}
