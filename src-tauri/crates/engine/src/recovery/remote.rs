//! Executes a confirmed plan at a platform: safety backup, act, watching it.

use std::sync::Arc;

use super::{claimed, settle, stand, still_done, with_step_phases};
use crate::backup::database_alone;
use crate::confirmed::Confirmed;
use crate::engine::Engine;
use crate::project::There;
use crate::pull::{PullRequest, RemotePlan, RemoteTarget, Watching};
use crate::steps::{Run, RunOf, Stand};
use base::Code;
use base::command::{About, Command};
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec, StepTime};
use postgres::target::Target;
use remote::platform::{CreateRequest, PlatformError};

/// The steps before what the platform does.
async fn steps_before(context: &JobContext, steps: &mut Run<'_>) -> Result<(), Failure> {
    if !steps.has(StepTime::Before) {
        return Ok(());
    }
    context.phase(StepTime::Before.as_str());
    steps.before().await
}

/// Whether the platform said no before it began.
fn is_refusal(error: &PlatformError) -> bool {
    matches!(
        error,
        PlatformError::CannotDo { .. }
            | PlatformError::Forbidden { .. }
            | PlatformError::NotFound { .. }
            | PlatformError::NotSignedIn { .. }
            | PlatformError::TooMany { .. }
    )
}

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
        if plan.safety.own_dump {
            phases.extend(crate::backup::phases(&place, "the vault"));
        }
        if plan.safety.pulled.is_some() {
            phases.extend(crate::pull::phases(&place, "the vault"));
        }
        if matches!(plan.target, RemoteTarget::Import { .. }) {
            phases.extend(crate::pull::import_phases());
        }
        let sentence = plan.own_effects().join(" ");
        phases.push(PhaseSpec { id: "act", title: "There", weight: 60, sentence });
        if plan.looks_after {
            phases.push(claimed::phase(&place));
        }
        let if_cancelled = "Once the platform has begun, it goes on by itself; look there.";
        let spec = JobSpec {
            kind: JobKind::Platform,
            title: plan.button.clone(),
            sentence: format!("At {place}."),
            project_id: Some(project.id.clone()),
            // Steps may wait for a person: the vault is taken for the safety backup alone.
            writes_vault: plan.safety.is_made() && plan.recovery_steps.is_empty(),
            phases: with_step_phases(&plan.recovery_steps, phases),
            if_cancelled: format!("{if_cancelled}{}", still_done(&plan.recovery_steps)),
        };
        let engine = self.clone();
        let work =
            move |context: JobContext| async move { Box::pin(engine.recover_there(&context, plan)).await };
        self.profile.jobs.start(spec, work).await
    }

    /// The steps before, what the platform does, the steps after.
    async fn recover_there(
        &self,
        context: &JobContext,
        plan: Confirmed<RemotePlan>,
    ) -> Result<JobOutput, Failure> {
        let mut has_begun = false;
        // The queue may have taken an hour. From here on everything is done to the one project that was shown: steps,
        // safety backup and act share its client.
        let there = self.reach(&plan.project_id, &plan.reached).await?;
        if plan.recovery_steps.is_empty() {
            return Box::pin(self.do_there(context, &plan, &there, &mut has_begun)).await;
        }
        let mut steps = self.open_steps_there(context, &plan, &there).await?;
        let ended = match steps_before(context, &mut steps).await {
            Ok(()) => Box::pin(self.do_there(context, &plan, &there, &mut has_begun)).await,
            Err(failure) => Err(failure),
        };
        let stand = match stand(context, &ended) {
            // What was begun there goes on, whatever ended this run.
            Stand::Failed if has_begun => Stand::Unknown,
            stand => stand,
        };
        settle(context, &plan.what(), &mut steps, ended, stand).await
    }

    /// The steps of a plan at a platform, with the secrets that they need.
    async fn open_steps_there<'a>(
        &'a self,
        context: &'a JobContext,
        plan: &'a RemotePlan,
        There { project, platform }: &There,
    ) -> Result<Run<'a>, Failure> {
        let target = match &project.connection {
            Some(settings) => Some(Target {
                settings: settings.clone(),
                password: self.profile.password(project).await?,
                application: format!("holdfast {}", context.id()),
            }),
            None => None,
        };
        let major = project.server_version.as_deref().and_then(|version| version.split('.').next());
        let of = RunOf {
            profile: &self.profile,
            context,
            project: project.name.clone(),
            plan_id: &plan.id,
            what: plan.what(),
            undo: "the platform says how it stands there.".into(),
            target,
            platform: plan
                .recovery_steps
                .iter()
                .any(|step| step.act.is_there())
                .then(|| Arc::clone(platform)),
            major: major.and_then(|major| major.trim().parse().ok()).unwrap_or(0),
        };
        Run::open(of, plan.recovery_steps.clone()).await
    }

    /// The safety backup, and the act; `has_begun` says that the platform was asked for it.
    async fn do_there(
        &self,
        context: &JobContext,
        plan: &Confirmed<RemotePlan>,
        there: &There,
        has_begun: &mut bool,
    ) -> Result<JobOutput, Failure> {
        self.wait_for_vault(context, plan.safety.is_made() && !plan.recovery_steps.is_empty()).await?;
        let safety = self.keep_present_state(context, plan, there).await;
        if !plan.recovery_steps.is_empty() {
            self.profile.catalog.leave_vault(context.id()).await?;
        }
        let safety = safety?;
        if !matches!(plan.target, RemoteTarget::Import { .. }) {
            context.phase("act");
        }
        // Steps, the vault's queue and the safety backup may have taken hours.
        self.still_reaching(&plan.project_id, &plan.reached).await?;
        let There { project, platform } = there;
        let place = project.reaches_words();
        let asked = match &plan.target {
            RemoteTarget::Import { backup, new_name } => {
                return self.import_there(context, there, &plan.reached, (backup, new_name)).await;
            }
            RemoteTarget::Delete(id) => {
                platform.delete(id).await?;
                let details = Details::none().with("id", Fact::Name(id));
                self.audit(Act::PlatformDeleted, &Subject::project(project), details).await?;
                return Ok(JobOutput { outcome: format!("Deleted at {place}."), ..JobOutput::default() });
            }
            RemoteTarget::Restore { id, .. } => platform.restore(id, plan.target.parts()).await,
            RemoteTarget::Moment(at_ms) => {
                let at = jiff::Timestamp::from_millisecond(*at_ms).unwrap_or_default();
                platform.restore_to(at).await
            }
            RemoteTarget::Point(point) => platform.restore_to_point(point).await,
        };
        // Where no answer came it may have been heard.
        *has_begun = !matches!(&asked, Err(error) if is_refusal(error));
        let ticket = asked?;
        let kept = (!safety.is_empty()).then(|| kept_words(&safety));
        context.safe_next(kept.clone().unwrap_or_else(|| "Look at the project there.".into()));
        let notes = {
            let standing = self.profile.platform_standing;
            let watching = Watching { place: &place, phase: "act", standing };
            crate::pull::watched(context, platform.as_ref(), watching, ticket).await?
        };
        for note in &notes {
            context.info("act", note.clone());
        }
        let notes: Vec<&str> = notes.iter().map(|note| note.trim_end_matches('.')).collect();
        let said = if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
        let (verdict, seen) = if plan.looks_after {
            let (verdict, seen) = self.look_at_claimed(context, plan, project, &safety).await?;
            (Some(verdict), seen)
        } else {
            (None, "No row was compared: look at the project.".to_owned())
        };
        Ok(JobOutput {
            outcome: format!(
                "{place} says that the restore is done{said}. {seen} {}",
                kept.unwrap_or_default()
            ),
            backup_id: safety.into_iter().next(),
            verdict,
            ..JobOutput::default()
        })
    }

    /// The safety backups, by whichever ways the plan names. Without them nothing is done there.
    async fn keep_present_state(
        &self,
        context: &JobContext,
        plan: &RemotePlan,
        there: &There,
    ) -> Result<Vec<String>, Failure> {
        let reason = Some(format!("Safety backup before: {}", plan.button));
        let because = |failure: Failure| Failure {
            message: format!(
                "the safety backup did not work, so nothing was done there: {}",
                failure.message
            ),
            ..failure
        };
        let mut kept = Vec::new();
        if plan.safety.is_made() {
            self.still_reaching(&plan.project_id, &plan.reached).await?;
        }
        if plan.safety.own_dump {
            let project = there.project.clone();
            let made =
                self.back_up(context, project, database_alone(reason.clone())).await.map_err(because)?;
            kept.extend(made.output.backup_id);
        }
        if let Some(kind) = &plan.safety.pulled {
            let kind = Some(kind.clone());
            let request = CreateRequest { kind, compress: true, reason, ..CreateRequest::default() };
            let made = self.create_remote(context, there, request, Some(PullRequest::default()), None).await;
            kept.extend(made.map_err(because)?.backup_id);
        }
        // That there is one was promised; a run that says nothing of it kept nothing.
        if plan.safety.is_made() && kept.is_empty() {
            return Err(because(Failure::new(
                Code::PlatformClaim,
                "no backup came of it",
                "Look at the platform, and plan it again.",
            )));
        }
        Ok(kept)
    }
}

/// Where the state before is.
fn kept_words(safety: &[String]) -> String {
    let shown: Vec<String> = safety
        .iter()
        .map(|id| format!("{}: `{}`", &id[..8], Command::about(About::BackupShow, &id[..8])))
        .collect();
    format!("The state before is backup {}.", shown.join(", and "))
}
