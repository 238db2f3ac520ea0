//! Applying a plan: create, load, check. A database that did not become whole is dropped again.

use super::database::{create_database, drop_database, hurry, incomplete_name, rename_database};
use super::plan::{RestorePlan, Strategy};
use super::properties::give_properties;
use super::target::{Server, plan_password};
use crate::archive::Manifest;
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
use crate::words::{argument_words, moment_words};

impl Engine {
    /// Applies a plan. Returns the job's id at once.
    ///
    /// # Errors
    /// `not_confirmed`, `plan_blocked`, `plan_stale` when it was applied, ran out, or its target changed.
    pub async fn apply_restore(&self, plan_id: &str, confirm: &str) -> Result<String, Failure> {
        let (plan, applied) = self.restore_plan(plan_id).await?;
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
        if let Some(connection) = &plan.connection {
            self.wake_target(&plan).await?;
            let password = self.plan_password(&plan).await?;
            let now = Server::look(connection, password.as_ref()).await?.fingerprint(&plan.database);
            if now != plan.fingerprint {
                return Err(stale(&format!(
                    "the target changed since it was planned: it was «{}», it is «{now}»",
                    plan.fingerprint
                )));
            }
        }
        if !self.profile.catalog.take_plan(&plan.id, now_ms()).await? {
            return Err(stale("this plan was applied already"));
        }
        let spec = job_spec(&plan);
        let engine = self.clone();
        self.profile
            .jobs
            .start(spec, move |context| async move { engine.run_restore(context, plan).await })
            .await
    }

    /// The sample's server may have been stopped since the plan was made.
    async fn wake_target(&self, plan: &RestorePlan) -> Result<(), Failure> {
        match &plan.password_of {
            Some(project) => self.wake(&self.profile.project(project).await?).await,
            None => Ok(()),
        }
    }

    async fn plan_password(&self, plan: &RestorePlan) -> Result<Option<crate::secret::Secret>, Failure> {
        if plan.has_own_password {
            return Ok(Some(self.profile.secrets.get(&plan_password(&plan.id)).await?));
        }
        match &plan.password_of {
            Some(project) => self.profile.password(&self.profile.project(project).await?).await,
            None => Ok(None),
        }
    }

    async fn run_restore(&self, context: JobContext, plan: RestorePlan) -> Result<JobOutput, Failure> {
        let outcome = self.restore_to(&context, &plan).await;
        if plan.has_own_password {
            self.profile.secrets.remove(&plan_password(&plan.id)).await?;
        }
        self.conclude(&context, outcome?).await
    }

    async fn restore_to(&self, context: &JobContext, plan: &RestorePlan) -> Result<RestoreReport, Failure> {
        context.phase("prepare");
        context.fact(
            "Backup",
            format!("{} of {}", &plan.backup_id[..8], plan.project),
            Some(moment_words(plan.at_ms)),
        );
        context.fact("Into", plan.database.clone(), Some(plan.target.clone()));
        let (_, manifest) = self.load_manifest(&plan.backup_id).await?;
        let tools = self.profile.tools().await?;
        match plan.strategy {
            Strategy::NewDatabase => {
                let connection = plan.connection.clone().ok_or_else(|| stale("this plan has no target"))?;
                self.wake_target(plan).await?;
                let major = Server::look(&connection, self.plan_password(plan).await?.as_ref()).await?.major;
                let tool = tools.for_restore(manifest.tool_major(), major)?;
                let target = Target {
                    settings: connection,
                    password: self.plan_password(plan).await?,
                    application: format!("holdfast {}", context.id()),
                };
                self.make_database(context, plan, &manifest, tool, &target, None).await
            }
            Strategy::Scratch => {
                let contents = Contents {
                    backup_id: &plan.backup_id,
                    project: &plan.project,
                    database: &plan.database,
                    manifest: &manifest,
                };
                let filling = Filling::begin(self, context, &contents).await?;
                let target = filling.target(context.id());
                // The programs that run the server may come without the client's.
                let tool = tools.for_restore(manifest.tool_major(), filling.major())?;
                let report = self
                    .make_database(context, plan, &manifest, tool, &target, Some(filling.id().to_owned()))
                    .await;
                match report {
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
        }
    }

    async fn make_database(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
        tools: &ToolSet,
        server: &Target,
        scratch_id: Option<String>,
    ) -> Result<RestoreReport, Failure> {
        // Under its own name it is complete: until then it has one that says what it is.
        let incomplete = incomplete_name(context.id());
        create_database(server, &incomplete, manifest).await?;
        context.info(
            "prepare",
            format!("database {incomplete} is created; it gets its name when it is complete"),
        );
        let target = server.with_database(&incomplete);
        let filled = async {
            hurry(server, &incomplete, proof::sessions()).await?;
            let ownership = Ownership { owners: plan.owners, privileges: plan.privileges };
            let (profile, backup_id) = (&*self.profile, plan.backup_id.as_str());
            let bring = BringBack { context, profile, backup_id, manifest, tools, ownership };
            let mut report = report(plan, bring.fill(&target).await?);
            report.scratch_id = scratch_id;
            context.checkpoint()?;
            rename_database(server, &incomplete, &plan.database).await?;
            let dump = proof::stored_dump(profile, backup_id, manifest).await?;
            report.notes.extend(give_properties(context, server, &dump, &plan.database, ownership).await?);
            let named = server.with_database(&plan.database);
            report.connect = format!("psql {}", argument_words(&named.settings.redacted_url()));
            Ok(report)
        };
        let failure = match filled.await {
            Ok(report) => return Ok(report),
            Err(failure) => failure,
        };
        match drop_database(server, &incomplete).await {
            Ok(()) => context.info("job", format!("the incomplete database {incomplete} is dropped")),
            Err(why) => {
                context
                    .safe_next(format!("Drop it by hand: drop database {};", quote_identifier(&incomplete)));
                let left =
                    format!("the incomplete database {incomplete} could not be dropped: {}", why.message);
                context.warn("job", left);
            }
        }
        Err(failure)
    }

    async fn conclude(&self, context: &JobContext, report: RestoreReport) -> Result<JobOutput, Failure> {
        let reason = (report.verdict, report.reason.clone());
        let started = now_ms() - report.restore_ms - report.check_ms;
        proof::record(&self.profile.catalog, &report.backup_id, ProofLevel::Restored, &reason, started)
            .await?;
        self.profile.jobs.changed(&[Topic::Backups, Topic::Projects, Topic::Scratch]);
        context.info("check", report.reason.clone());
        if report.verdict == Verdict::Fail {
            context.warn("check", "the database stays for a look; do not use it as it is");
        }
        context.safe_next(format!("Look at it: {}", report.connect));
        Ok(JobOutput {
            outcome: report.reason.clone(),
            backup_id: Some(report.backup_id.clone()),
            verdict: Some(report.verdict),
            restore: Some(report),
        })
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
        checks: brought.checks,
        notes: brought.notes,
        restore_ms: brought.restore_ms,
        check_ms: brought.check_ms,
        connect: String::new(),
        scratch_id: None,
    }
}

fn job_spec(plan: &RestorePlan) -> JobSpec {
    let (from, to) = (format!("the backup of {}", plan.project), plan.target.clone());
    JobSpec {
        kind: JobKind::Restore,
        title: match plan.strategy {
            Strategy::Scratch => format!("Restoring {} to look inside", plan.project),
            Strategy::NewDatabase => format!("Restoring {} into {}", plan.project, plan.database),
        },
        sentence: format!("From {from} to {to}."),
        project_id: Some(plan.project_id.clone()),
        writes_vault: false,
        phases: std::iter::once(PhaseSpec {
            id: "prepare",
            title: "Prepare",
            weight: 3,
            sentence: format!("Create the database {} on {to}.", plan.database),
        })
        .chain(proof::phases(plan.tables.len(), plan.size_bytes))
        .collect(),
        if_cancelled: format!(
            "The database {} is dropped again. No other database is touched.",
            plan.database
        ),
    }
}

pub(super) fn stale(message: &str) -> Failure {
    Failure::refused("plan_stale", message, "Plan the restore again, and look at what it says now.")
}
