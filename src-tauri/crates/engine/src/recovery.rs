//! A recovery: the safety backup, then the restore, as one job. The one place where verbs meet.

use crate::backup;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::job::{JobContext, JobOutput, PhaseSpec};
use crate::restore::{self, RestorePlan, Safety};

impl Engine {
    /// Applies a plan. Returns the job's id at once. `may_end` is the consent to end sessions of others
    /// where a database has to change its name.
    ///
    /// # Errors
    /// `not_confirmed`, `plan_blocked`, `connections_open`, `plan_stale` when it was applied, ran out, or
    /// its target changed.
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
        let spec = restore::job_spec(&plan, before);
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
        plan: RestorePlan,
        may_end: bool,
    ) -> Result<JobOutput, Failure> {
        // Noted before anything is done, so that a run that is killed can be asked about.
        let mut restore = self.begin_restore(context, &plan).await?;
        match &plan.safety {
            Safety::Planned { .. } => {
                let made = self.back_up_before(context, &plan).await;
                self.note_safety_backup(&mut restore, &made).await?;
                made?;
            }
            Safety::Declined { reason } => {
                context.warn("prepare", format!("no safety backup, since: {reason}"));
            }
            Safety::NotNeeded => {}
        }
        Box::pin(self.run_restore(context, plan, may_end, restore)).await
    }

    /// The target as it is now, through the way of every backup. If it fails, the restore does not start.
    async fn back_up_before(&self, context: &JobContext, plan: &RestorePlan) -> Result<String, Failure> {
        let project = self.profile.project(plan.password_of.as_deref().unwrap_or_default()).await?;
        let reason = format!("before restore of {}", &plan.backup_id[..8]);
        let made = self.back_up(context, project, Some(reason)).await.map_err(|failure| {
            let message = format!("the safety backup failed, so nothing was restored: {}", failure.message);
            Failure { message, ..failure }
        })?;
        context.safe_next(format!("{} is as it was.", plan.database));
        made.output.backup_id.ok_or_else(|| {
            Failure::new(
                "internal",
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

fn lower_first(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
