//! A recovery: steps before, safety backup, restore, steps after, as one job. One of the few places that
//! combine verbs.

mod claimed;
mod kept;
mod remote;

use std::time::Duration;

use crate::archive::SAFETY_REASON;
use crate::backup::{self, database_alone};
use crate::confirmed::Confirmed;
use crate::engine::Engine;
use crate::restore::{self, Begun, Restore, RestorePlan, Safety, Work};
use crate::steps::{AFTER_RESTORE, RecoveryStep, Run, RunOf, Stand};
use base::Code;
use base::command::{About, Command};
use base::failure::Failure;
use ledger::catalog::Verdict;
use ledger::job::{JobContext, JobOutput, PhaseSpec, StepState, StepTime};
use postgres::connection::forget_poolers;
use postgres::target::Target;

/// A step takes seconds, or a person's time: neither says much about the whole.
const STEPS_WEIGHT: u32 = 3;
/// How often a run whose turn to write to the vault has not come looks again.
const VAULT_POLL: Duration = Duration::from_millis(200);

impl Engine {
    /// Applies a plan. Returns the job's id at once. `may_end` is the consent to end sessions of others
    /// where a database has to change its name.
    ///
    /// # Errors
    /// `not_confirmed`, `plan_blocked`, `connections_open`, `plan_stale` when it was applied, ran out, or
    /// its target or the project's recovery steps changed.
    #[crate::boxed]
    pub async fn apply_restore(
        &self,
        plan_id: &str,
        confirm: &str,
        may_end: bool,
    ) -> Result<String, Failure> {
        let plan = self.take_plan(plan_id, confirm, may_end).await?;
        let before = match plan.safety {
            Safety::Planned { .. } => self.safety_phases(&plan).await?,
            Safety::NotNeeded | Safety::Declined { .. } => Vec::new(),
        };
        let mut spec = restore::job_spec(&plan, before);
        // Steps may wait for a person: the vault is taken for the safety backup alone.
        spec.writes_vault &= plan.recovery_steps.is_empty();
        spec.phases = with_step_phases(&plan.recovery_steps, spec.phases);
        spec.if_cancelled.push_str(&still_done(&plan.recovery_steps));
        let engine = self.clone();
        let work = move |context: JobContext| async move {
            // Backups and restores are large futures; the job keeps them on the heap.
            Box::pin(engine.recover(&context, plan, may_end)).await
        };
        self.profile.jobs.start(spec, work).await
    }

    async fn recover(
        &self,
        context: &JobContext,
        plan: Confirmed<RestorePlan>,
        may_end: bool,
    ) -> Result<JobOutput, Failure> {
        forget_poolers();
        // Noted before anything is done, so that a run that is killed can be asked about.
        let mut restore = self.begin_restore(context, &plan).await?;
        restore::show(context, &plan);
        if plan.recovery_steps.is_empty() {
            return Box::pin(self.back_up_and_restore(
                context,
                &plan,
                &plan.fingerprint,
                may_end,
                &mut restore,
            ))
            .await;
        }
        let opened = match self.look_again(&plan, &plan.fingerprint).await {
            // The queue may have taken an hour, and a step would already change what the project points to by now.
            Ok(()) => self.open_steps(context, &plan).await,
            Err(changed) => Err(changed),
        };
        let mut steps = match opened {
            Ok(steps) => steps,
            Err(failure) => {
                self.note_failed(&mut restore).await?;
                return Err(failure);
            }
        };
        let ready = self.make_ready(context, &plan, &mut steps).await;
        let ended = match ready {
            Ok(as_left) => {
                Box::pin(self.back_up_and_restore(context, &plan, &as_left, may_end, &mut restore)).await
            }
            // What was paused is resumed also when that cannot be noted.
            Err(failure) => Err(self.note_failed(&mut restore).await.err().unwrap_or(failure)),
        };
        let stand = stand(context, &ended);
        let settled = settle(context, &plan.database, &mut steps, ended, stand).await;
        restore.steps = steps.results().to_vec();
        if let Some(report) = &mut restore.report {
            report.steps.clone_from(&restore.steps);
            if let Err(failure) = self.note_report(&mut restore).await {
                context.warn("after", format!("the report lacks its steps: {}", failure.message));
            }
        }
        let mut output = settled?;
        if let Some(report) = &mut output.restore {
            report.steps = restore.steps;
        }
        Ok(output)
    }

    /// The steps before; afterwards the target has to be what it was. Returns its fingerprint.
    async fn make_ready(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        steps: &mut Run<'_>,
    ) -> Result<String, Failure> {
        if plan.recovery_steps_at(StepTime::Before).next().is_none() {
            return Ok(plan.fingerprint.clone());
        }
        context.phase(StepTime::Before.as_str());
        steps.before().await?;
        self.look_after_steps(context, plan).await
    }

    /// The steps of a plan, with the secrets that they need.
    async fn open_steps<'a>(
        &'a self,
        context: &'a JobContext,
        plan: &'a RestorePlan,
    ) -> Result<Run<'a>, Failure> {
        let project = self.profile.project(plan.password_of.as_deref().unwrap_or_default()).await?;
        plan.refuse_other_project(&project)?;
        // Also that the backup can be read is known before anything is paused.
        let (_, manifest) = self.profile.archive.manifest(&plan.backup_id).await?;
        if let Some(later) = &plan.after {
            self.profile.archive.manifest(&later.backup_id).await?;
        }
        let target = Target {
            settings: project.postgres()?.clone(),
            password: self.profile.password(&project).await?,
            application: format!("holdfast {}", context.id()),
        };
        let id = &context.id()[..8];
        let of = RunOf {
            profile: &self.profile,
            context,
            platform: match &plan.platform {
                // Once more after its credentials were read: those of a newer address are not for this one.
                Some(_) => {
                    let platform = self.platform_of(&project).await?;
                    plan.refuse_other_project(&self.profile.project(&project.id).await?)?;
                    Some(platform)
                }
                None => None,
            },
            project: project.name,
            plan_id: &plan.id,
            what: plan.database.clone(),
            undo: format!("`{}` says how it can be undone.", Command::about(About::RestoreShow, id)),
            target: Some(target),
            major: manifest.server_major()?,
        };
        Run::open(of, plan.recovery_steps.clone()).await
    }

    async fn back_up_and_restore(
        &self,
        context: &JobContext,
        plan: &Confirmed<RestorePlan>,
        expected: &str,
        may_end: bool,
        restore: &mut Restore,
    ) -> Result<JobOutput, Failure> {
        let (mut held, mut since) = (None, None);
        match &plan.safety {
            Safety::Planned { .. } => {
                // The queue may have taken an hour, and then nothing needs to be backed up.
                if let Err(changed) = self.look_again(plan, expected).await {
                    self.note_failed(restore).await?;
                    return Err(changed);
                }
                since = match Box::pin(self.before_writers(context, plan)).await {
                    Ok(since) => since,
                    Err(failure) => {
                        self.note_failed(restore).await?;
                        return Err(failure);
                    }
                };
                let made = Box::pin(self.back_up_held(context, plan)).await;
                if !plan.recovery_steps.is_empty() {
                    self.profile.catalog.leave_vault(context.id()).await?;
                }
                let made = made.map(|(id, work)| {
                    held = work;
                    id
                });
                self.note_safety_backup(restore, &made).await?;
                made?;
            }
            Safety::Declined { reason } => {
                context.warn("prepare", format!("no safety backup, since: {reason}"));
            }
            Safety::NotNeeded => {}
        }
        Box::pin(self.run_restore(context, plan, Begun { expected, may_end, held, since }, restore)).await
    }

    /// The safety backup, and the transaction of the restore where it replaces rows: from before the backup's moment
    /// on their writers wait, so that what is committed is in it, or comes after the restore.
    async fn back_up_held<'a>(
        &self,
        context: &'a JobContext,
        plan: &Confirmed<RestorePlan>,
    ) -> Result<(String, Option<Work<'a>>), Failure> {
        // Nobody waits for the sake of another run.
        self.wait_for_vault(context, !plan.recovery_steps.is_empty()).await?;
        let Some(work) = Box::pin(self.hold_writers(context, plan)).await? else {
            return Ok((Box::pin(self.back_up_before(context, plan)).await?, None));
        };
        let made = tokio::select! {
            made = Box::pin(self.back_up_before(context, plan)) => made?,
            never = work.stay_awake() => match never {},
        };
        Ok((made, Some(work)))
    }

    /// Waits until no other run writes to the vault, where this one did not say at its beginning that it would.
    async fn wait_for_vault(&self, context: &JobContext, has_steps: bool) -> Result<(), Failure> {
        if !has_steps {
            return Ok(());
        }
        let mut is_said = false;
        while !self.profile.catalog.claim_vault(context.id()).await? {
            if !std::mem::replace(&mut is_said, true) {
                context.info("before", "another run writes to the vault; its end is waited for");
            }
            // That run may have died; and to wait for one that goes on is no stall.
            self.profile.jobs.recover().await?;
            context.meter().beat();
            context.unless_cancelled(tokio::time::sleep(VAULT_POLL)).await?;
        }
        Ok(())
    }

    /// The target as it is now, through the way of every backup. If it fails, the restore does not start.
    async fn back_up_before(&self, context: &JobContext, plan: &RestorePlan) -> Result<String, Failure> {
        let project = self.profile.project(plan.password_of.as_deref().unwrap_or_default()).await?;
        plan.refuse_other_project(&project)?;
        let reason = format!("{SAFETY_REASON}{}", &plan.backup_id[..8]);
        context.facts_of(Some("Safety backup"));
        let made = self.back_up(context, project, database_alone(Some(reason))).await;
        context.facts_of(None);
        let made = made.map_err(|failure| {
            let message = format!("the safety backup failed, so nothing was restored: {}", failure.message);
            Failure { message, ..failure }
        })?;
        context.safe_next(format!("{} is as it was.", plan.database));
        made.output.backup_id.ok_or_else(|| {
            Failure::new(
                Code::Internal,
                "the safety backup ended without a backup, so nothing was restored",
                "Copy this report to the developers.",
            )
        })
    }

    async fn safety_phases(&self, plan: &RestorePlan) -> Result<Vec<PhaseSpec>, Failure> {
        let vault = self.profile.archive.record().await?;
        let origin = format!("{} as it is now", plan.database);
        let mut phases = backup::phases(&origin, &vault.name);
        for phase in &mut phases {
            phase.sentence = format!("Safety backup: {}", lower_first(&phase.sentence));
        }
        Ok(phases)
    }
}

/// The steps after, by how the restore ended; and what the whole came to.
async fn settle(
    context: &JobContext,
    what: &str,
    steps: &mut Run<'_>,
    ended: Result<JobOutput, Failure>,
    stand: Stand,
) -> Result<JobOutput, Failure> {
    let settled = after_steps(context, what, steps, ended, stand).await;
    steps.say_if_paused();
    settled
}

/// How a restore ended, for the steps after it.
fn stand(context: &JobContext, ended: &Result<JobOutput, Failure>) -> Stand {
    match ended {
        Ok(output) if output.verdict == Some(Verdict::Fail) => Stand::ChecksFailed,
        Ok(_) => Stand::Restored,
        Err(failure) if failure.code == Code::OutcomeUnknown => Stand::Unknown,
        Err(_) if context.token().is_cancelled() && !context.has_stalled() => Stand::Cancelled,
        Err(_) => Stand::Failed,
    }
}

async fn after_steps(
    context: &JobContext,
    what: &str,
    steps: &mut Run<'_>,
    ended: Result<JobOutput, Failure>,
    stand: Stand,
) -> Result<JobOutput, Failure> {
    if steps.has(StepTime::After) {
        match ended {
            Ok(_) => context.phase(StepTime::After.as_str()),
            Err(_) => context.phase_after_failure(StepTime::After.as_str()),
        }
        // Whoever cancels from here on leaves the rest of the steps away, and nothing else.
        let safe_next = match stand {
            Stand::Restored => Some(context.safe_next_for_now(format!(
                "{what} stays restored; the steps that are not done yet are left out."
            ))),
            _ => None,
        };
        let done = steps.after(stand).await;
        if let Some(safe_next) = safe_next {
            context.safe_next(safe_next);
        }
        match (done, &ended) {
            (Ok(()), _) => {}
            (Err(failure), Ok(_)) => return Err(although_restored(what, failure)),
            // A restore that failed keeps its own reason; what became of the steps after is added to it.
            (Err(failure), Err(_)) => context.warn("after", failure.message),
        }
        context.end();
    }
    match ended {
        Ok(mut output) => {
            let failed = quoted(steps.titles(StepState::Failed, &[StepTime::Before, StepTime::After]));
            if !failed.is_empty() {
                output.outcome = format!("{} Look at the steps that failed: {failed}.", output.outcome);
            }
            // Only where its checks failed.
            let skipped = quoted(steps.titles(StepState::Skipped, &[StepTime::After]));
            if !skipped.is_empty() {
                output.outcome = format!("{} Steps that were not done: {skipped}.", output.outcome);
            }
            Ok(output)
        }
        Err(mut failure) => {
            let failed = quoted(steps.titles(StepState::Failed, &[StepTime::After]));
            if !failed.is_empty() {
                failure.message = format!("{}; afterwards these steps failed too: {failed}", failure.message);
            }
            Err(failure)
        }
    }
}

/// Adds to a failure after the restore that the database is restored.
fn although_restored(what: &str, failure: Failure) -> Failure {
    if failure.code == AFTER_RESTORE {
        return failure;
    }
    let message = format!("{what} IS restored, but its steps after came to an end: {}", failure.message);
    Failure { code: AFTER_RESTORE, message, ..failure }
}

fn quoted<'a>(titles: impl Iterator<Item = &'a str>) -> String {
    titles.map(|title| format!("“{title}”")).collect::<Vec<_>>().join(", ")
}

/// The phases of a run with those of the steps around them.
fn with_step_phases(steps: &[RecoveryStep], phases: Vec<PhaseSpec>) -> Vec<PhaseSpec> {
    let phase = |when, title| {
        let of = steps.iter().filter(|step| step.when == when);
        let titles = quoted(of.map(|step| step.title.as_str()));
        let sentence = format!("{titles}.");
        let spec = PhaseSpec { id: StepTime::as_str(when), title, weight: STEPS_WEIGHT, sentence };
        (!titles.is_empty()).then_some(spec)
    };
    let before = phase(StepTime::Before, "Steps before");
    let after = phase(StepTime::After, "Steps after");
    before.into_iter().chain(phases).chain(after).collect()
}

/// What is done also when somebody cancels, to follow what that leaves.
fn still_done(steps: &[RecoveryStep]) -> String {
    let marked = steps.iter().filter(|step| step.also_after_failure);
    let marked = quoted(marked.map(|step| step.title.as_str()));
    if marked.is_empty() { String::new() } else { format!(" Still done then: {marked}.") }
}

fn lower_first(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
