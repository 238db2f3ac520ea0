//! Applying a plan: create, load, check. A database that did not become whole is dropped again.

use std::sync::Arc;

use super::check::{Loaded, check, judge};
use super::database::{create_database, drop_database, hurry, incomplete_name, rename_database};
use super::plan::{RestorePlan, Strategy, quoted};
use super::properties::give_properties;
use super::scratch::Filling;
use super::target::{Server, plan_password};
use crate::archive::{Manifest, opened};
use crate::audit::Act;
use crate::catalog::{ProofLevel, Verdict};
use crate::clock::now_ms;
use crate::engine::Engine;
use crate::event::Topic;
use crate::failure::Failure;
use crate::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use crate::proof::{self, RestoreReport};
use crate::source::postgres::fill::{LoadReport, LoadStep, Noise, Ownership, StoredDump, load};
use crate::source::postgres::target::{Target, quote_identifier};
use crate::source::postgres::tools::ToolSet;
use crate::words::{bytes_words, moment_words};

/// Side by side as the processors of this computer allow; the server does most of the work.
const SESSIONS_MAX: usize = 8;

impl Engine {
    /// Applies a plan. Returns the job's id at once.
    ///
    /// # Errors
    /// `not_confirmed`, `plan_blocked`, `plan_stale` when it was applied, ran out, or its target changed.
    pub async fn apply_restore(&self, plan_id: &str, confirm: &str) -> Result<String, Failure> {
        let (plan, applied) = self.restore_plan(plan_id).await?;
        let (subject, details) = (plan.subject(), plan.audited());
        let started = self.confirm_restore(plan, applied, confirm).await;
        if let Err(refusal) = &started {
            self.audit(Act::RestoreRefused, &subject, details.failure(refusal)).await?;
        }
        started
    }

    async fn confirm_restore(
        &self,
        plan: RestorePlan,
        applied: Option<i64>,
        confirm: &str,
    ) -> Result<String, Failure> {
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
        self.audit(Act::RestoreConfirmed, &plan.subject(), plan.audited()).await?;
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
                let filling = Filling::begin(self, context, plan, &manifest).await?;
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
        let sessions =
            std::thread::available_parallelism().map_or(2, std::num::NonZero::get).min(SESSIONS_MAX);
        context.info(
            "prepare",
            format!("database {incomplete} is created; it gets its name when it is complete"),
        );
        let target = server.with_database(&incomplete);
        let filled = async {
            hurry(server, &incomplete, sessions).await?;
            let mut report = self.fill_and_check(context, plan, manifest, tools, &target, sessions).await?;
            report.scratch_id = scratch_id;
            context.checkpoint()?;
            rename_database(server, &incomplete, &plan.database).await?;
            let dump = self.stored_dump(plan, manifest).await?;
            let ownership = Ownership { owners: plan.owners, privileges: plan.privileges };
            report.notes.extend(give_properties(context, server, &dump, &plan.database, ownership).await?);
            let named = server.with_database(&plan.database);
            report.connect = format!("psql {}", quoted(&named.settings.redacted_url()));
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

    async fn fill_and_check(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
        tools: &ToolSet,
        target: &Target,
        sessions: usize,
    ) -> Result<RestoreReport, Failure> {
        let started = now_ms();
        let dump = self.stored_dump(plan, manifest).await?;
        let folder = self.profile.home.join("run").join(format!("restore-{}", context.id()));
        let ownership = Ownership { owners: plan.owners, privileges: plan.privileges };
        let on_step = |step: LoadStep| match step {
            LoadStep::Structure => context.phase("structure"),
            LoadStep::Rows => {
                context.phase("rows");
                context.expect_bytes(dump.tables.iter().map(|table| table.bytes).sum());
            }
            LoadStep::Indexes => {
                context.phase("indexes");
                context.expect_bytes(dump.tables.iter().map(|table| table.bytes).sum());
            }
        };
        let loaded = load(
            &dump,
            target,
            tools,
            &folder,
            sessions,
            ownership,
            context.meter(),
            context.token(),
            &on_step,
        )
        .await?;
        for message in &loaded.messages {
            match message.noise {
                Noise::Expected => context.info("structure", message.text.clone()),
                Noise::Degraded => context.warn("structure", message.text.clone()),
            }
        }
        let loaded_ms = now_ms() - started;
        context.phase("check");
        let checked = now_ms();
        let LoadReport { tables, rows, messages, differences, compared_after } = loaded;
        let findings = check(context, manifest, target, differences).await?;
        let mut report = judge(plan, &Loaded { tables, rows, messages }, findings);
        // What is compared beside the building of indexes costs no time of its own.
        let compared_ms = i64::try_from(compared_after.as_millis()).unwrap_or(loaded_ms);
        report.restore_ms = loaded_ms - compared_ms;
        report.check_ms = compared_ms + now_ms() - checked;
        Ok(report)
    }

    async fn stored_dump(&self, plan: &RestorePlan, manifest: &Manifest) -> Result<StoredDump, Failure> {
        let vault = self.profile.archive.vault().await?;
        let id = opened::snapshot_id(&plan.backup_id)?;
        let path = manifest.database.part.path.clone();
        Ok(StoredDump {
            bytes: manifest.database.part.bytes,
            prefix_bytes: manifest.database.prefix_bytes,
            blocks: manifest.database.blocks.clone(),
            tables: manifest.database.tables.clone().unwrap_or_default(),
            open: Arc::new(move |offset, length| {
                let reader = vault.read_range(&id, &path, offset, length).map_err(std::io::Error::other)?;
                Ok(Box::new(reader))
            }),
        })
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
        phases: vec![
            PhaseSpec {
                id: "prepare",
                title: "Prepare",
                weight: 3,
                sentence: format!("Create the database {} on {to}.", plan.database),
            },
            PhaseSpec {
                id: "structure",
                title: "Structure",
                weight: 5,
                sentence: format!("Schemas, types, {} tables and functions.", plan.tables.len()),
            },
            PhaseSpec {
                id: "rows",
                title: "Rows",
                weight: 45,
                sentence: format!(
                    "{} from the vault into COPY, several tables at once.",
                    bytes_words(plan.size_bytes)
                ),
            },
            PhaseSpec {
                id: "indexes",
                title: "Indexes",
                weight: 42,
                sentence: "Indexes, constraints and triggers, in parallel; beside them, rows and fingerprints of every table against the manifest.".into(),
            },
            PhaseSpec {
                id: "check",
                title: "Check",
                weight: 5,
                sentence: "Nothing differs from the manifest, no index is half-built, every large object is there.".into(),
            },
        ],
        if_cancelled: format!(
            "The database {} is dropped again. No other database is touched.",
            plan.database
        ),
    }
}

pub(super) fn stale(message: &str) -> Failure {
    Failure::refused("plan_stale", message, "Plan the restore again, and look at what it says now.")
}
