//! Applying a plan by its strategy; each act is recorded before it is done, and the result is judged at the
//! end.

use super::confirm::stale;
use super::meanwhile::Since;
use super::plan::RestorePlan;
use super::record::{Restore, RestoreState};
use super::request::Strategy;
use super::standing::stand;
use super::target::{Server, plan_password};
use super::transaction::Work;
use super::within::Held;
use crate::archive::Manifest;
use crate::confirmed::Confirmed;
use crate::engine::Engine;
use crate::proof::{self, Brought};
use crate::scratch::{Contents, Filling};
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::moment_words;
use ledger::catalog::{ProofLevel, Verdict};
use ledger::event::Topic;
use ledger::job::{JobContext, JobOutput, RestoreReport};
use postgres::target::Target;
use postgres::tools::ToolSet;

/// What a run that begins its restore goes by.
pub(crate) struct Begun<'a> {
    /// What the target has to be: as it was shown, or as the steps before left it.
    pub(crate) expected: &'a str,
    /// Consent to end sessions of others where a database changes its name.
    pub(crate) may_end: bool,
    /// The transaction in which writers wait already.
    pub(crate) held: Option<Work<'a>>,
    /// Where they go on instead: from when on what they committed may be in no backup.
    pub(crate) since: Option<Since>,
}

impl Engine {
    /// Notes a restore that begins.
    pub(crate) async fn begin_restore(
        &self,
        context: &JobContext,
        plan: &Confirmed<RestorePlan>,
    ) -> Result<Restore, Failure> {
        let mut restore = Restore::begin(context.id(), plan);
        restore.note(&self.profile.catalog, RestoreState::Preparing).await?;
        Ok(restore)
    }

    /// Notes the backup that was made before, or that none was and so nothing else is done.
    pub(crate) async fn note_safety_backup(
        &self,
        restore: &mut Restore,
        made: &Result<String, Failure>,
    ) -> Result<(), Failure> {
        let state = match made {
            Ok(id) => {
                restore.traces.safety_backup = Some(id.clone());
                RestoreState::Preparing
            }
            Err(_) => RestoreState::Failed,
        };
        restore.note(&self.profile.catalog, state).await
    }

    /// Does what a plan says, within a job that runs already.
    pub(crate) async fn run_restore(
        &self,
        context: &JobContext,
        plan: &Confirmed<RestorePlan>,
        begun: Begun<'_>,
        restore: &mut Restore,
    ) -> Result<JobOutput, Failure> {
        let catalog = &self.profile.catalog;
        let outcome = Box::pin(self.restore_to(context, plan, begun, restore)).await;
        if plan.has_own_password
            && let Err(error) = self.profile.secrets.remove(&plan_password(&plan.id)).await
        {
            // What was done is done; the password goes with the plan, when that runs out.
            context.warn("prepare", format!("the password of the plan stays for now: {error}"));
        }
        match outcome {
            Ok(report) => {
                restore.report = Some(report.clone());
                restore.note(catalog, RestoreState::Done).await?;
                self.settle_undone(plan).await?;
                self.conclude(context, plan, restore, report).await
            }
            Err(failure) => {
                if failure.code != Code::OutcomeUnknown {
                    restore.note(catalog, RestoreState::Failed).await?;
                }
                Err(failure)
            }
        }
    }

    /// What an undo or a discard means for the restore that it is about.
    async fn settle_undone(&self, plan: &RestorePlan) -> Result<(), Failure> {
        let Some(id) = &plan.restore_id else { return Ok(()) };
        let mut restore = self.restore(id).await?;
        let is_kept = restore.traces.old_name.as_deref() == Some(plan.database.as_str());
        let state = match (plan.strategy, restore.state) {
            (Strategy::Drop, RestoreState::Done) if is_kept => RestoreState::Discarded,
            (Strategy::Drop, state) if state != RestoreState::Done => {
                restore.traces.incomplete = None;
                RestoreState::Failed
            }
            _ => RestoreState::Undone,
        };
        restore.note(&self.profile.catalog, state).await
    }

    async fn restore_to(
        &self,
        context: &JobContext,
        plan: &Confirmed<RestorePlan>,
        begun: Begun<'_>,
        restore: &mut Restore,
    ) -> Result<RestoreReport, Failure> {
        context.phase("prepare");
        let (_, manifest) = self.profile.archive.manifest(&plan.backup_id).await?;
        let Begun { expected, may_end, held, since } = begun;
        if !matches!(plan.strategy, Strategy::InPlace | Strategy::Tables) {
            // The run may have waited for hours in the queue. In one transaction it is looked at under the locks.
            self.look_again(plan, expected).await?;
        }
        match plan.strategy {
            Strategy::Scratch => self.restore_scratch(context, plan, &manifest).await,
            Strategy::NewDatabase | Strategy::Swap => {
                let (target, tools) = self.server_and_tools(context, plan, &manifest).await?;
                if plan.strategy == Strategy::Swap {
                    self.restore_and_swap(context, plan, &manifest, &tools, &target, may_end, restore).await
                } else {
                    self.make_database(context, plan, &manifest, &tools, &target, None, restore).await
                }
            }
            Strategy::InPlace | Strategy::Tables => {
                let held = Held { expected, work: held, since };
                Box::pin(self.restore_within(context, plan, &manifest, held, restore)).await
            }
            Strategy::SwapBack => self.swap_back(context, plan, may_end, restore).await,
            Strategy::Drop => self.drop_made(context, plan).await,
        }
    }

    async fn restore_scratch(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
    ) -> Result<RestoreReport, Failure> {
        let contents = Contents {
            backup_id: &plan.backup_id,
            project: &plan.project,
            database: &plan.database,
            manifest,
        };
        let filling = Filling::begin(self, context, &contents).await?;
        let target = filling.target(context.id());
        // The programs that run the server may come without the client's.
        let tools = self.profile.tools().await?;
        let tool = tools.for_restore(manifest.tool_major()?, filling.major())?;
        // What is on this computer alone leaves no traces on a server.
        let mut restore = Restore::begin(context.id(), plan);
        match self.make_database(context, plan, manifest, tool, &target, Some(&filling), &mut restore).await {
            Ok(report) => {
                filling.keep(self).await?;
                Ok(report)
            }
            Err(failure) => {
                filling.discard(self).await;
                Err(failure)
            }
        }
    }

    pub(super) async fn server_and_tools(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
    ) -> Result<(Target, ToolSet), Failure> {
        let connection = plan.connection.clone().ok_or_else(|| stale("this plan has no target"))?;
        self.wake_target(plan).await?;
        let password = self.plan_password(plan).await?;
        let major = Server::look(&connection, password.as_ref()).await?.major;
        let tools = self.profile.tools().await?;
        let tool = tools.for_restore(manifest.tool_major()?, major)?.clone();
        let target =
            Target { settings: connection, password, application: format!("holdfast {}", context.id()) };
        Ok((target, tool))
    }

    async fn conclude(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        restore: &Restore,
        report: RestoreReport,
    ) -> Result<JobOutput, Failure> {
        // Only a whole database that was checked shows that a backup can be restored.
        if matches!(
            plan.strategy,
            Strategy::Scratch | Strategy::NewDatabase | Strategy::Swap | Strategy::InPlace
        ) {
            let reason = (report.verdict, report.reason.clone());
            let started = now_ms() - report.restore_ms - report.check_ms;
            proof::record(&self.profile.catalog, &report.backup_id, ProofLevel::Restored, &reason, started)
                .await?;
        }
        self.profile.jobs.changed(&[Topic::Backups, Topic::Projects, Topic::Scratch]);
        context.info("check", report.reason.clone());
        if report.verdict == Verdict::Fail {
            context.warn("check", "the database stays for a look; do not use it as it is");
        }
        let next = stand(restore).next;
        context.safe_next(match (plan.strategy, report.connect.as_str()) {
            (Strategy::Drop, _) | (_, "") => next,
            (_, connect) => format!("Look at it: {connect}. {next}"),
        });
        Ok(JobOutput {
            outcome: report.reason.clone(),
            backup_id: Some(report.backup_id.clone()),
            verdict: Some(report.verdict),
            restore: Some(report),
            ..JobOutput::default()
        })
    }
}

/// What is kept of a restore: what came back, and where.
pub(super) fn report(plan: &RestorePlan, brought: Brought) -> RestoreReport {
    RestoreReport {
        backup_id: plan.backup_id.clone(),
        database: plan.database.clone(),
        target: plan.target.clone(),
        verdict: brought.verdict,
        reason: brought.reason,
        tables_checked: brought.tables,
        rows_checked: brought.rows,
        differences: brought.differences,
        checks: brought.checks,
        notes: brought.notes,
        limits: brought.limits,
        restore_ms: brought.restore_ms,
        check_ms: brought.check_ms,
        connect: String::new(),
        scratch_id: None,
        steps: Vec::new(),
    }
}

/// What a run is about, before anything of it is done.
pub(crate) fn show(context: &JobContext, plan: &RestorePlan) {
    let target = Some(plan.target.clone());
    if matches!(plan.strategy, Strategy::Drop | Strategy::SwapBack) {
        context.fact("Database", plan.database.clone(), target);
        return;
    }
    let backup = format!("{} of {}", &plan.backup_id[..8], plan.project);
    context.fact("Backup", backup, Some(moment_words(plan.at_ms)));
    context.fact("Into", plan.database.clone(), target);
}
