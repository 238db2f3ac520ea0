//! A confirmed plan at a platform, done: the safety backup, the act there, and watching it.

use crate::audit::{Act, Details, Fact, Subject};
use crate::catalog::ProjectRecord;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use crate::platform::CreateRequest;
use crate::pull::{PullRequest, RemotePlan, RemoteTarget, Safety, Watching};
use crate::words::argument_words;

impl Engine {
    /// Does what a confirmed plan says, as a job. Returns the job's id at once.
    ///
    /// # Errors
    /// `not_confirmed`, `plan_blocked`, `plan_stale`, `plan_not_found`.
    #[crate::boxed]
    pub async fn start_remote_plan(&self, plan_id: &str, confirm: &str) -> Result<String, Failure> {
        let (plan, project) = self.take_remote_plan(plan_id, confirm).await?;
        let place = project.reaches_words();
        let mut phases = Vec::new();
        if matches!(plan.safety, Safety::OwnDump) {
            phases.extend(crate::backup::phases(&place, "the vault"));
        }
        if matches!(plan.safety, Safety::PulledBackup) {
            phases.extend(crate::pull::phases(&place, "the vault"));
        }
        if matches!(plan.target, RemoteTarget::Import { .. }) {
            phases.extend(crate::pull::import_phases());
        }
        phases.push(PhaseSpec { id: "act", title: "There", weight: 60, sentence: plan.effects.join(" ") });
        let spec = JobSpec {
            kind: JobKind::Platform,
            title: plan.button.clone(),
            sentence: format!("At {place}."),
            project_id: Some(project.id.clone()),
            writes_vault: matches!(plan.safety, Safety::OwnDump | Safety::PulledBackup),
            phases,
            if_cancelled: "Once the platform has begun, it goes on by itself; look there.".into(),
        };
        let engine = self.clone();
        let work = move |context: JobContext| async move {
            Box::pin(engine.do_there(&context, plan, project)).await
        };
        self.profile.jobs.start(spec, work).await
    }

    async fn do_there(
        &self,
        context: &JobContext,
        plan: RemotePlan,
        project: ProjectRecord,
    ) -> Result<JobOutput, Failure> {
        let safety = self.keep_present_state(context, &plan, &project).await?;
        if !matches!(plan.target, RemoteTarget::Import { .. }) {
            context.phase("act");
        }
        let platform = self.platform_of(&project).await?;
        let place = project.reaches_words();
        let ticket = match &plan.target {
            RemoteTarget::Import { backup, new_name } => {
                return self.import_there(context, &project, backup, new_name).await;
            }
            RemoteTarget::Delete(id) => {
                platform.delete(id).await?;
                let details = Details::none().with("id", Fact::Name(id));
                self.audit(Act::PlatformDeleted, &Subject::project(&project), details).await?;
                return Ok(JobOutput { outcome: format!("Deleted at {place}."), ..JobOutput::default() });
            }
            RemoteTarget::Restore { id, .. } => platform.restore(id, plan.target.parts()).await?,
            RemoteTarget::Moment(at_ms) => {
                let at = jiff::Timestamp::from_millisecond(*at_ms).unwrap_or_default();
                platform.restore_to(at).await?
            }
            RemoteTarget::Point(point) => platform.restore_to_point(point).await?,
        };
        let kept = safety.as_deref().map(|id| {
            format!("The state before is backup {}: `holdfast backup show {0}`.", argument_words(&id[..8]))
        });
        context.safe_next(kept.clone().unwrap_or_else(|| "Look at the project there.".into()));
        let notes = {
            let standing = self.profile.platform_standing;
            let watching = Watching { place: &place, phase: "act", standing };
            crate::pull::watched(context, platform.as_ref(), watching, ticket).await?
        };
        for note in &notes {
            context.info("act", note.clone());
        }
        let said = if notes.is_empty() { String::new() } else { format!(" {}", notes.join(" ")) };
        Ok(JobOutput {
            outcome: format!(
                "{place} says that the restore is done.{said} No row was compared: look at the project. {}",
                kept.unwrap_or_default()
            ),
            backup_id: safety,
            ..JobOutput::default()
        })
    }

    /// The safety backup, by whichever way the plan names. Without it nothing is done there.
    async fn keep_present_state(
        &self,
        context: &JobContext,
        plan: &RemotePlan,
        project: &ProjectRecord,
    ) -> Result<Option<String>, Failure> {
        let reason = Some(format!("Safety backup before: {}", plan.button));
        let made = match &plan.safety {
            Safety::NotNeeded | Safety::Declined(_) => return Ok(None),
            Safety::OwnDump => self.back_up(context, project.clone(), reason).await.map(|made| made.output),
            Safety::PulledBackup => {
                let request = CreateRequest { compress: true, reason, ..CreateRequest::default() };
                self.create_remote(context, &project.id, request, Some(PullRequest::default())).await
            }
        };
        let made = made.map_err(|failure| Failure {
            message: format!(
                "the safety backup did not work, so nothing was done there: {}",
                failure.message
            ),
            ..failure
        })?;
        Ok(made.backup_id)
    }
}
