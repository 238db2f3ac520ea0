//! Applying a plan: create, load, check. A database that did not become whole is dropped again.

use super::database::{
    create_database, database_oid, drop_database, hurry, incomplete_name, rename_database,
};
use super::existing::maintenance;
use super::plan::RestorePlan;
use super::properties::give_properties;
use super::record::{Restore, RestoreState};
use super::request::{Strategy, TableMode};
use super::swap::{Names, carry_over, swap};
use super::target::{Server, plan_password};
use super::transaction::Work;
use super::{in_place, tables};
use crate::archive::Manifest;
use crate::audit::Act;
use crate::catalog::{ProofLevel, Verdict};
use crate::clock::now_ms;
use crate::engine::Engine;
use crate::event::Topic;
use crate::failure::Failure;
use crate::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use crate::proof::{self, BringBack, Brought, RestoreReport};
use crate::scratch::{Contents, Filling};
use crate::source::postgres::fill::Ownership;
use crate::source::postgres::target::{Target, quote_identifier};
use crate::source::postgres::tools::ToolSet;
use crate::words::{argument_words, counted, moment_words};

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
    ) -> Result<RestorePlan, Failure> {
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
    ) -> Result<RestorePlan, Failure> {
        if confirm.trim() != plan.database {
            return Err(Failure::not_confirmed(&plan.database));
        }
        if let Some(blocker) = plan.blockers.first() {
            return Err(Failure::refused(
                "plan_blocked",
                format!("the plan has a blocker: {}", blocker.trim_end_matches('.')),
                "Remove what stands in the way, then plan again.",
            ));
        }
        if applied.is_some() {
            return Err(stale("this plan was applied already"));
        }
        if now_ms() > plan.valid_until_ms {
            return Err(stale("this plan has run out"));
        }
        self.refuse_other_target(&plan, may_end).await?;
        self.audit(Act::RestoreConfirmed, &plan.subject(), plan.audited()).await?;
        if !self.profile.catalog.take_plan(&plan.id, now_ms()).await? {
            return Err(stale("this plan was applied already"));
        }
        Ok(plan)
    }

    /// The target has to be what was shown.
    async fn refuse_other_target(&self, plan: &RestorePlan, may_end: bool) -> Result<(), Failure> {
        let Some(connection) = &plan.connection else { return Ok(()) };
        self.wake_target(plan).await?;
        let password = self.plan_password(plan).await?;
        let now = match plan.strategy {
            Strategy::Swap | Strategy::InPlace | Strategy::Tables | Strategy::SwapBack => {
                let project = self.profile.project(plan.password_of.as_deref().unwrap_or_default()).await?;
                let (_, existing, _) = self.look_at(&project).await?;
                let others = existing.identity.connections.len();
                let renames = matches!(plan.strategy, Strategy::Swap | Strategy::SwapBack);
                if renames && others > 0 && !may_end {
                    return Err(still_connected(&plan.database, others));
                }
                existing.fingerprint()
            }
            Strategy::Scratch | Strategy::NewDatabase | Strategy::Drop => {
                Server::look(connection, password.as_ref()).await?.fingerprint(&plan.database)
            }
        };
        if now != plan.fingerprint {
            return Err(stale(&format!(
                "the target changed since it was planned: it was «{}», it is «{now}»",
                plan.fingerprint
            )));
        }
        Ok(())
    }

    /// The sample's server may have been stopped since the plan was made.
    pub(super) async fn wake_target(&self, plan: &RestorePlan) -> Result<(), Failure> {
        match &plan.password_of {
            Some(project) => self.wake(&self.profile.project(project).await?).await,
            None => Ok(()),
        }
    }

    pub(super) async fn plan_password(
        &self,
        plan: &RestorePlan,
    ) -> Result<Option<crate::secret::Secret>, Failure> {
        if plan.has_own_password {
            return Ok(Some(self.profile.secrets.get(&plan_password(&plan.id)).await?));
        }
        match &plan.password_of {
            Some(project) => self.profile.password(&self.profile.project(project).await?).await,
            None => Ok(None),
        }
    }

    /// Notes a restore that begins.
    pub(crate) async fn begin_restore(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
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
        plan: RestorePlan,
        may_end: bool,
        mut restore: Restore,
    ) -> Result<JobOutput, Failure> {
        let catalog = &self.profile.catalog;
        let outcome = self.restore_to(context, &plan, may_end, &mut restore).await;
        if plan.has_own_password {
            self.profile.secrets.remove(&plan_password(&plan.id)).await?;
        }
        match outcome {
            Ok(report) => {
                restore.report = Some(report.clone());
                restore.note(catalog, RestoreState::Done).await?;
                self.settle_undone(&plan).await?;
                self.conclude(context, &plan, &restore, report).await
            }
            Err(failure) => {
                if failure.code != "outcome_unknown" {
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
        let is_old = restore.traces.old_name.as_deref() == Some(plan.database.as_str());
        let state = match (plan.strategy, restore.state) {
            (Strategy::Drop, RestoreState::Done) if is_old => RestoreState::Discarded,
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
        plan: &RestorePlan,
        may_end: bool,
        restore: &mut Restore,
    ) -> Result<RestoreReport, Failure> {
        context.phase("prepare");
        context.fact(
            "Backup",
            format!("{} of {}", &plan.backup_id[..8], plan.project),
            Some(moment_words(plan.at_ms)),
        );
        context.fact("Into", plan.database.clone(), Some(plan.target.clone()));
        let (_, manifest) = self.load_manifest(&plan.backup_id).await?;
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
                let (target, tools) = self.server_and_tools(context, plan, &manifest).await?;
                self.restore_within(context, plan, &manifest, &tools, &target, restore).await
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
        let tool = tools.for_restore(manifest.tool_major(), filling.major())?;
        // What is on this computer alone leaves no traces on a server.
        let mut restore = Restore::begin(context.id(), plan);
        let scratch_id = Some(filling.id().to_owned());
        match self.make_database(context, plan, manifest, tool, &target, scratch_id, &mut restore).await {
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

    async fn server_and_tools(
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
        let tool = tools.for_restore(manifest.tool_major(), major)?.clone();
        let target =
            Target { settings: connection, password, application: format!("holdfast {}", context.id()) };
        Ok((target, tool))
    }

    /// Restores beside the database, and puts it in its place if it is what the backup says.
    #[expect(clippy::too_many_arguments, reason = "a swap is what brings all of these together, once")]
    async fn restore_and_swap(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
        tools: &ToolSet,
        target: &Target,
        may_end: bool,
        restore: &mut Restore,
    ) -> Result<RestoreReport, Failure> {
        let server = maintenance(target).await?;
        let incomplete = incomplete_name(context.id());
        let old = plan
            .beside
            .clone()
            .ok_or_else(|| stale("this plan does not say how the old database is called"))?;
        restore.traces.incomplete = Some(incomplete.clone());
        restore.traces.old_oid = plan.identity.as_ref().map(|identity| identity.oid);
        restore.traces.old_name = Some(old.clone());
        restore.note(&self.profile.catalog, RestoreState::Preparing).await?;
        create_database(&server, &incomplete, manifest).await?;
        let swapped = async {
            let mut report = self.fill_database(context, plan, manifest, tools, &server, &incomplete).await?;
            if report.verdict == Verdict::Fail {
                return Err(Failure::new(
                    "checks_failed",
                    format!("{}; {} was not touched", report.reason.trim_end_matches('.'), plan.database),
                    "Verify the backup, or restore another one.",
                ));
            }
            context.phase("switch");
            context.checkpoint()?;
            for note in carry_over(&server, &plan.database, &incomplete).await? {
                context.warn("switch", note.clone());
                report.notes.push(note);
            }
            let names = Names { live: &plan.database, old: &old, new: &incomplete };
            swap(context, &self.profile.catalog, &server, &names, may_end, restore).await?;
            restore.traces.new_oid = database_oid(&server, &plan.database).await?;
            restore.traces.incomplete = None;
            context
                .info("switch", format!("{} is now the restored one; the old one is {old}", plan.database));
            let live = target.with_database(&plan.database);
            report.connect = format!("psql {}", argument_words(&live.settings.redacted_url()));
            Ok(report)
        };
        match swapped.await {
            Ok(report) => Ok(report),
            Err(failure) if failure.code == "outcome_unknown" => Err(failure),
            Err(failure) => {
                if drop_incomplete(context, &server, &incomplete).await {
                    restore.traces.incomplete = None;
                }
                Err(failure)
            }
        }
    }

    /// In one transaction: everything, or some tables.
    async fn restore_within(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
        tools: &ToolSet,
        target: &Target,
        restore: &mut Restore,
    ) -> Result<RestoreReport, Failure> {
        let project = self.profile.project(plan.password_of.as_deref().unwrap_or_default()).await?;
        let (_, existing, _) = self.look_at(&project).await?;
        if plan.mode == Some(TableMode::Beside) {
            restore.traces.schema.clone_from(&plan.beside);
        }
        let work = Work::begin(&self.profile, context, plan, manifest, tools, target).await?;
        let filled = if plan.strategy == Strategy::InPlace {
            in_place::fill(&work, plan, manifest, &existing.schemas, &existing.installed).await
        } else {
            tables::fill(&work, plan).await
        };
        // Dropped with an error, the session ends, and the server undoes all of it.
        let brought = filled?;
        work.commit(&self.profile.catalog, restore).await?;
        let mut report = report(plan, brought);
        report.connect = format!("psql {}", argument_words(&target.settings.redacted_url()));
        Ok(report)
    }

    async fn swap_back(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        may_end: bool,
        restore: &mut Restore,
    ) -> Result<RestoreReport, Failure> {
        context.phase("switch");
        let of = self.restore(plan.restore_id.as_deref().unwrap_or_default()).await?;
        let (Some(old), Some(beside)) = (&of.traces.old_name, &plan.beside) else {
            return Err(stale("this plan does not say which databases change names"));
        };
        let mut target = self.target_of(plan).await?;
        target.application = format!("holdfast {}", context.id());
        let server = maintenance(&target).await?;
        restore.traces.old_oid = plan.identity.as_ref().map(|identity| identity.oid);
        restore.traces.old_name = Some(beside.clone());
        let names = Names { live: &plan.database, old: beside, new: old };
        swap(context, &self.profile.catalog, &server, &names, may_end, restore).await?;
        let mut report = report(
            plan,
            Brought::nothing(format!(
                "{} is as it was before the restore; {beside} holds what was restored.",
                plan.database
            )),
        );
        report.connect = format!("psql {}", argument_words(&target.settings.redacted_url()));
        Ok(report)
    }

    async fn drop_made(&self, context: &JobContext, plan: &RestorePlan) -> Result<RestoreReport, Failure> {
        context.phase("switch");
        let mut target = self.target_of(plan).await?;
        target.application = format!("holdfast {}", context.id());
        let of = self.restore(plan.restore_id.as_deref().unwrap_or_default()).await?;
        if of.traces.schema.as_deref() == Some(plan.database.as_str()) {
            let session = target.session().await?;
            let drop = format!("DROP SCHEMA {} CASCADE", quote_identifier(&plan.database));
            let dropped = session.client.batch_execute(&drop).await;
            session.close().await;
            dropped?;
        } else {
            let server = maintenance(&target.with_database(&plan.database)).await?;
            drop_database(&server, &plan.database).await?;
        }
        Ok(report(plan, Brought::nothing(format!("{} is dropped.", plan.database))))
    }

    #[expect(clippy::too_many_arguments, reason = "a new database is what brings all of these together")]
    async fn make_database(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
        tools: &ToolSet,
        server: &Target,
        scratch_id: Option<String>,
        restore: &mut Restore,
    ) -> Result<RestoreReport, Failure> {
        // Under its own name it is complete: until then it has one that says what it is.
        let incomplete = incomplete_name(context.id());
        if scratch_id.is_none() {
            restore.traces.incomplete = Some(incomplete.clone());
            restore.note(&self.profile.catalog, RestoreState::Preparing).await?;
        }
        create_database(server, &incomplete, manifest).await?;
        let filled = async {
            let mut report = self.fill_database(context, plan, manifest, tools, server, &incomplete).await?;
            report.scratch_id = scratch_id;
            context.checkpoint()?;
            rename_database(server, &incomplete, &plan.database).await?;
            let ownership = Ownership { owners: plan.owners, privileges: plan.privileges };
            let dump = proof::stored_dump(&self.profile, &plan.backup_id, manifest).await?;
            report.notes.extend(give_properties(context, server, &dump, &plan.database, ownership).await?);
            let named = server.with_database(&plan.database);
            report.connect = format!("psql {}", argument_words(&named.settings.redacted_url()));
            Ok(report)
        };
        match filled.await {
            Ok(report) => {
                restore.traces.incomplete = None;
                Ok(report)
            }
            Err(failure) => {
                if drop_incomplete(context, server, &incomplete).await {
                    restore.traces.incomplete = None;
                }
                Err(failure)
            }
        }
    }

    /// Fills an empty database of the server, and checks it.
    async fn fill_database(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
        tools: &ToolSet,
        server: &Target,
        name: &str,
    ) -> Result<RestoreReport, Failure> {
        context.info("prepare", format!("database {name} is created; it gets its name when it is complete"));
        hurry(server, name, proof::sessions()).await?;
        let ownership = Ownership { owners: plan.owners, privileges: plan.privileges };
        let (profile, backup_id) = (&*self.profile, plan.backup_id.as_str());
        let bring = BringBack { context, profile, backup_id, manifest, tools, ownership };
        Ok(report(plan, bring.fill(&server.with_database(name)).await?))
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
        if plan.strategy == Strategy::Drop {
            context.safe_next("Nothing has to be done.");
        } else {
            let undo = format!("Undo it with `holdfast restore undo {}`.", &restore.id[..8]);
            let undo = if plan.strategy == Strategy::Scratch { String::new() } else { format!(" {undo}") };
            context.safe_next(format!("Look at it: {}.{undo}", report.connect));
        }
        Ok(JobOutput {
            outcome: report.reason.clone(),
            backup_id: Some(report.backup_id.clone()),
            verdict: Some(report.verdict),
            restore: Some(report),
        })
    }
}

/// Drops what a failed restore left. Whether it is gone; if not, the run says what to do.
async fn drop_incomplete(context: &JobContext, server: &Target, incomplete: &str) -> bool {
    match drop_database(server, incomplete).await {
        Ok(()) => {
            context.info("job", format!("the incomplete database {incomplete} is dropped"));
            true
        }
        Err(why) => {
            context.safe_next(format!("Drop it by hand: drop database {};", quote_identifier(incomplete)));
            let left = format!("the incomplete database {incomplete} could not be dropped: {}", why.message);
            context.warn("job", left);
            false
        }
    }
}

/// What is kept of a restore: what came back, and where.
fn report(plan: &RestorePlan, brought: Brought) -> RestoreReport {
    RestoreReport {
        backup_id: plan.backup_id.clone(),
        database: plan.database.clone(),
        target: plan.target.clone(),
        verdict: brought.verdict,
        reason: brought.reason,
        tables_checked: brought.tables,
        rows_checked: brought.rows,
        differences: brought.differences,
        notes: brought.notes,
        restore_ms: brought.restore_ms,
        check_ms: brought.check_ms,
        connect: String::new(),
        scratch_id: None,
    }
}

/// The job of a plan, and what comes before its own phases.
pub(crate) fn job_spec(plan: &RestorePlan, before: Vec<PhaseSpec>) -> JobSpec {
    let (from, to) = (format!("the backup of {}", plan.project), plan.target.clone());
    let database = &plan.database;
    let title = match plan.strategy {
        Strategy::Scratch => format!("Restoring {} to look inside", plan.project),
        Strategy::SwapBack => format!("Putting {database} back as it was"),
        Strategy::Drop => format!("Dropping {database}"),
        _ => format!("Restoring {} into {database}", plan.project),
    };
    let is_kept = "The rest of the server is not touched.";
    JobSpec {
        kind: JobKind::Restore,
        title,
        sentence: format!("From {from} to {to}."),
        // Its target's project: nothing else is done to it meanwhile.
        project_id: Some(plan.password_of.clone().unwrap_or_else(|| plan.project_id.clone())),
        writes_vault: !before.is_empty(),
        phases: before.into_iter().chain(phases(plan, &to)).collect(),
        if_cancelled: match plan.strategy {
            Strategy::Scratch | Strategy::NewDatabase => {
                format!("The database {database} is dropped again. No other database is touched.")
            }
            Strategy::Swap => {
                format!("{database} stays as it is; what was restored beside it is dropped again.")
            }
            Strategy::SwapBack => format!("Both databases keep their names. {is_kept}"),
            Strategy::InPlace | Strategy::Tables => {
                format!("{database} stays byte for byte as it is: nothing is committed before the end.")
            }
            Strategy::Drop => format!("{database} stays, unless it is gone already. {is_kept}"),
        },
    }
}

fn phases(plan: &RestorePlan, to: &str) -> Vec<PhaseSpec> {
    let database = &plan.database;
    let prepare = PhaseSpec {
        id: "prepare",
        title: "Prepare",
        weight: 3,
        sentence: match plan.strategy {
            Strategy::Swap => format!("Create a database beside {database} on {to}."),
            Strategy::Scratch | Strategy::NewDatabase => format!("Create the database {database} on {to}."),
            _ => format!("Look at {database} on {to}."),
        },
    };
    let switch = |sentence: String| PhaseSpec { id: "switch", title: "Switch", weight: 2, sentence };
    let tables = plan.tables.iter().filter(|table| table.rows.is_some()).count();
    let middle: Vec<PhaseSpec> = match plan.strategy {
        Strategy::SwapBack | Strategy::Drop => vec![switch(format!("{}.", plan.act))],
        Strategy::InPlace | Strategy::Tables => in_place::phases(tables, plan.size_bytes),
        Strategy::Swap => proof::phases(tables, plan.size_bytes)
            .into_iter()
            .chain([switch(format!("The restored database becomes {database}, in one transaction."))])
            .collect(),
        Strategy::Scratch | Strategy::NewDatabase => proof::phases(tables, plan.size_bytes).to_vec(),
    };
    std::iter::once(prepare).chain(middle).collect()
}

fn still_connected(database: &str, others: usize) -> Failure {
    Failure::refused(
        "connections_open",
        format!("{} of others are connected to {database}", counted(others as u64, "session")),
        "Stop what is connected, or apply with the consent to end its sessions (`--end-connections`).",
    )
}

pub(super) fn stale(message: &str) -> Failure {
    Failure::refused("plan_stale", message, "Plan the restore again, and look at what it says now.")
}
