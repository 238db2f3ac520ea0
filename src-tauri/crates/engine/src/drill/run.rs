//! A drill from start to verdict. Everything it creates is removed, however it ends.

use super::ended::blank_record;
use super::plan::{DrillPlan, DrillRequest, extent};
use super::report::{DrillReport, phases};
use super::whole::{parts_back, parts_phase};
use crate::archive::opened::snapshot_id;
use crate::engine::Engine;
use crate::proof::{self, Asked, BringBack, Brought};
use crate::scratch::{Contents, Filling, Lent, create_database};
use base::Code;
use base::clock::now_ms;
use base::command::{About, Command};
use base::failure::Failure;
use base::secret::Secret;
use base::words::{bytes_words, moment_words};
use ledger::catalog::{DrillKind, DrillRecord, ProofLevel, Verdict};
use ledger::event::Topic;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use postgres::connection::forget_poolers;
use postgres::facts::available_extensions;
use postgres::fill::Ownership;
use postgres::target::Target;

/// Failures that say that the backup is not what it should be, wherever it is brought back.
pub(super) const OF_THE_BACKUP: [Code; 4] =
    [Code::ManifestUnreadable, Code::RestoreRowCount, Code::RestoreRefused, Code::VaultDamaged];
/// What a server says when it is the computer that fails, or lacks something.
const OF_THE_PLACE: [&str; 20] = [
    "extension control file",
    "shared_preload_libraries",
    "could not create locale",
    "could not load library",
    "could not access file",
    "No space left on device",
    "could not extend file",
    "out of memory",
    "terminating connection",
    "is shutting down",
    "connection closed",
    "closed the connection",
    "connection to server",
    // What the wall around a private server keeps code from that did it at home.
    "Operation not permitted",
    "Permission denied",
    // What the role may not do there.
    "permission denied",
    "must be superuser",
    "must be owner of",
    "must be member of",
    "must be able to SET ROLE",
];

/// How far it came.
struct Ended {
    verdict: Verdict,
    reason: String,
    brought: Option<Brought>,
}

impl Engine {
    /// Starts a drill. Returns the job's id at once; it is the drill's too.
    ///
    /// # Errors
    /// As `plan_drill`. What only stands in the way is the verdict.
    #[crate::boxed]
    pub async fn start_drill(&self, request: DrillRequest) -> Result<String, Failure> {
        self.end_dead_drills().await?;
        let plan = self.plan_drill(request).await?;
        let spec = job_spec(&plan);
        let engine = self.clone();
        self.profile
            .jobs
            .start(spec, move |context| async move { Box::pin(engine.run_drill(context, plan)).await })
            .await
    }

    async fn run_drill(&self, context: JobContext, mut plan: DrillPlan) -> Result<JobOutput, Failure> {
        forget_poolers();
        let started = now_ms();
        self.note_begun(&context, &plan, started).await?;
        context.phase("preflight");
        tell(&context, &plan, &self.profile.archive.record().await?.name);
        if let Err(failure) = self.sweep_lent().await {
            context.warn("preflight", failure.message);
        }
        let mut rto_ms = None;
        let ended = match plan.obstacles.first() {
            Some(obstacle) => inconclusive(obstacle),
            None => match self.bring_all_back(&context, &mut plan, started, &mut rto_ms).await {
                Ok(brought) => Ended {
                    verdict: brought.verdict,
                    reason: worded(&plan, &brought),
                    brought: Some(brought),
                },
                Err(failure) if context.token().is_cancelled() => {
                    return Err(self.give_up(&context, plan, started, failure).await);
                }
                Err(failure) => self.judge_failure(&plan, &failure).await,
            },
        };
        let ended_plan = plan;
        self.conclude_drill(&context, ended_plan, ended, started, rto_ms).await
    }

    /// The database first, and once its server is gone again, what is beside it.
    async fn bring_all_back(
        &self,
        context: &JobContext,
        plan: &mut DrillPlan,
        started: i64,
        rto_ms: &mut Option<i64>,
    ) -> Result<Brought, Failure> {
        let brought = self.bring_back(context, plan, started, rto_ms).await?;
        if plan.kind != DrillKind::Full || parts_phase(&plan.manifest).is_none() {
            return Ok(brought);
        }
        self.sweep_restore_folders().await?;
        let checks = parts_back(context, &self.profile, &plan.backup_id, &plan.manifest).await?;
        *rto_ms = Some(now_ms() - started);
        Ok(brought.with(checks))
    }

    /// Makes the place, brings the backup back, looks, and clears up.
    async fn bring_back(
        &self,
        context: &JobContext,
        plan: &mut DrillPlan,
        started: i64,
        rto_ms: &mut Option<i64>,
    ) -> Result<Brought, Failure> {
        if plan.manifest.database.is_none() {
            return Ok(Brought::nothing(String::new()));
        }
        context.phase("server");
        if let Some(project) = plan.on.clone() {
            let lent = Lent::begin(self, context, &project, &plan.manifest).await?;
            let brought = self.fill(context, plan, &lent.target(), None).await;
            *rto_ms = Some(now_ms() - started);
            context.phase("clean");
            let name = lent.name().to_owned();
            if let Err(failure) = lent.give_back(self).await {
                context.warn(
                    "clean",
                    format!(
                        "the database {name} is still on the server of {}: {}; the next drill drops it",
                        project.name, failure.message
                    ),
                );
            }
            return brought;
        }
        if let Some(image) = plan.image.clone() {
            let measured = || *rto_ms = Some(now_ms() - started);
            return self.bring_back_in_container(context, plan, image, measured).await;
        }
        let database = plan.manifest.dump()?.name.clone();
        let contents = Contents {
            backup_id: &plan.backup_id,
            project: &plan.project,
            database: &database,
            manifest: &plan.manifest,
        };
        let filling = Filling::begin(self, context, &contents).await?;
        plan.wall = filling.wall();
        let brought = self.fill_private(context, plan, &filling).await;
        *rto_ms = Some(now_ms() - started);
        context.phase("clean");
        filling.discard(self).await;
        brought
    }

    async fn fill_private(
        &self,
        context: &JobContext,
        plan: &mut DrillPlan,
        filling: &Filling,
    ) -> Result<Brought, Failure> {
        let server = &filling.target(context.id());
        if plan.extensions.iter().any(|extension| extension.is_there.is_none()) && !plan.has_stand_ins() {
            let session = server.session().await?;
            let there = available_extensions(&session.client).await;
            session.close().await;
            let there = there.map_err(postgres::refused)?;
            if let Some(lacking) = plan.lacks(&there) {
                return Err(Failure::new(
                    Code::ExtensionMissing,
                    lacking.trim_end_matches('.'),
                    "Install it.",
                ));
            }
        }
        // A name of ours: the original's may be that of a database that every server has.
        let name = "holdfast_drill";
        create_database(server, name, &plan.manifest).await?;
        self.fill(context, plan, &server.with_database(name), filling.guest()).await
    }

    pub(super) async fn fill(
        &self,
        context: &JobContext,
        plan: &DrillPlan,
        target: &Target,
        guest: Option<&Secret>,
    ) -> Result<Brought, Failure> {
        let tools = self.profile.tools().await?;
        let major = plan.server.split('.').next().and_then(|major| major.parse().ok());
        let major = major.unwrap_or(plan.manifest.server_major()?);
        let tools = tools.for_restore(plan.manifest.tool_major()?, major)?;
        let bring = BringBack {
            context,
            profile: &self.profile,
            backup_id: &plan.backup_id,
            manifest: &plan.manifest,
            tools,
            ownership: Ownership { owners: plan.owners, privileges: plan.owners },
            guest,
        };
        let asked = Asked { selection: plan.selection.clone(), program: plan.program.as_deref() };
        let mut brought = bring.fill_as(target, &asked).await?;
        if let Ok(session) = bring.filler(target).session().await {
            if plan.kind == DrillKind::Full {
                let of = (&self.profile.archive.vault().await?, snapshot_id(&plan.backup_id)?);
                let check = proof::rows_and_files(context, &session.client, of, &plan.manifest).await;
                context.checkpoint()?;
                brought = brought.with(check.into_iter().collect());
            }
            let size = "select pg_catalog.pg_database_size(pg_catalog.current_database())";
            if let Ok(row) = session.client.query_one(size, &[]).await {
                let bytes = u64::try_from(row.get::<_, i64>(0)).unwrap_or(0);
                context.fact("Space used", bytes_words(bytes), Some("given back".into()));
            }
            session.close().await;
        }
        Ok(brought)
    }

    /// Whether it is the backup that is wrong, or only this attempt.
    async fn judge_failure(&self, plan: &DrillPlan, failure: &Failure) -> Ended {
        let message = failure.message.trim_end_matches('.');
        let is_of_place = OF_THE_PLACE.iter().any(|words| message.contains(words));
        // A vault that is gone gives nothing at all; one that is damaged still gives the rest.
        let is_ours = ["cannot write", "cannot wait"].iter().any(|words| message.contains(words));
        let is_unreadable = failure.code == Code::RestoreReadFailed
            && !is_ours
            && !is_of_place
            && self.profile.archive.manifest(&plan.backup_id).await.is_ok();
        if (OF_THE_BACKUP.contains(&failure.code) && !is_of_place) || is_unreadable {
            let part = plan.manifest.database.as_ref().map_or("", |database| database.part.path.as_str());
            let reason = format!("The component database ({part}) did not come back: {message}.");
            return Ended { verdict: Verdict::Fail, reason, brought: None };
        }
        inconclusive(&format!("The drill could not be made: {message}."))
    }

    /// A drill that a person ended leaves nothing; one that stood still says so in the history.
    async fn give_up(
        &self,
        context: &JobContext,
        plan: DrillPlan,
        started: i64,
        failure: Failure,
    ) -> Failure {
        let written = match context.stall() {
            None => self.profile.catalog.forget_begun(context.id()).await.map_err(Failure::from),
            Some(why) => {
                let ended = inconclusive(&format!("The drill stood still: {why}."));
                self.conclude_drill(context, plan, ended, started, None).await.map(drop)
            }
        };
        if let Err(unwritten) = written {
            context.warn("clean", format!("its end is not in the history: {}", unwritten.message));
        }
        failure
    }

    async fn conclude_drill(
        &self,
        context: &JobContext,
        plan: DrillPlan,
        ended: Ended,
        started: i64,
        rto_ms: Option<i64>,
    ) -> Result<JobOutput, Failure> {
        context.end();
        let Ended { verdict, reason, brought } = ended;
        let profile = &self.profile;
        let (of_job, facts) = context.so_far();
        let report = DrillReport {
            loads_redis: true,
            phases: phases(of_job, started),
            facts,
            obstacles: plan.obstacles.clone(),
            checks: brought.as_ref().map(|brought| brought.checks.clone()).unwrap_or_default(),
            notes: brought.as_ref().map(|brought| brought.notes.clone()).unwrap_or_default(),
            limits: brought.as_ref().map(|brought| brought.limits.clone()).unwrap_or_default(),
            ..self.blank_report(&plan)
        };
        let record = DrillRecord {
            verdict,
            reason: reason.clone(),
            at_ms: now_ms(),
            rto_ms: brought.is_some().then_some(rto_ms).flatten(),
            ..blank_record(context, &plan, started, &report)?
        };
        profile.catalog.end_drill(&record).await?;
        if plan.kind == DrillKind::Full {
            let said = (verdict, reason.clone());
            proof::record(&profile.catalog, &plan.backup_id, ProofLevel::Restored, &said, started).await?;
        }
        profile.jobs.changed(&[Topic::Drills, Topic::Backups, Topic::Projects]);
        self.record_drill_there(context, &record).await;
        match verdict {
            Verdict::Pass => context.info("check", reason.clone()),
            Verdict::Fail | Verdict::Inconclusive => context.warn("check", reason.clone()),
        }
        let short = &record.id[..8.min(record.id.len())];
        context.safe_next(format!("See the report: {}", Command::about(About::DrillShow, short)));
        let backup_id = Some(plan.backup_id);
        Ok(JobOutput { outcome: reason, backup_id, verdict: Some(verdict), ..JobOutput::default() })
    }
}

fn inconclusive(why: &str) -> Ended {
    Ended { verdict: Verdict::Inconclusive, reason: why.to_owned(), brought: None }
}

/// A drill of a part never reads like one of everything.
fn worded(plan: &DrillPlan, brought: &Brought) -> String {
    match plan.kind {
        DrillKind::Full => brought.reason.clone(),
        DrillKind::Data => format!("Data and keys only: {}", brought.reason),
        DrillKind::Sample => format!("A sample of {} only: {}", plan.tables.join(", "), brought.reason),
    }
}

fn tell(context: &JobContext, plan: &DrillPlan, vault: &str) {
    let short = &plan.backup_id[..8.min(plan.backup_id.len())];
    context.fact("Backup", format!("{short} of {}", plan.project), Some(moment_words(plan.at_ms)));
    context.fact("Read from", format!("vault “{vault}”"), None);
    context.fact("Into", plan.place.clone(), None);
    if plan.manifest.database.is_some() {
        let of = format!("{} for the drill, {} at the source", plan.server, plan.original_server);
        context.fact("Postgres", of, None);
    }
    context.fact("Brought back", extent(plan), None);
    for warning in &plan.warnings {
        context.info("preflight", warning.clone());
    }
}

fn job_spec(plan: &DrillPlan) -> JobSpec {
    let what = match plan.kind {
        DrillKind::Full => format!("Drill of {}", plan.project),
        DrillKind::Data => format!("Drill of {}, data and keys", plan.project),
        DrillKind::Sample => format!("Sample drill of {}", plan.project),
    };
    let phase = |id, title, weight, sentence| PhaseSpec { id, title, sentence, weight };
    let server = match (&plan.on, &plan.image) {
        (Some(_), _) => "Database",
        (None, Some(_)) => "Container",
        (None, None) => "Private Postgres",
    };
    let mut phases = vec![phase("preflight", "Preflight", 1, "Space, version, extensions.".into())];
    if plan.manifest.database.is_some() {
        phases.push(phase("server", server, 3, format!("{}, which nobody else uses.", capital(&plan.place))));
        phases.extend(proof::phases(plan.manifest.tables().len(), plan.manifest.bytes()));
    }
    phases.push(phase("clean", "Clear up", 1, "What the drill made goes again.".into()));
    if plan.kind == DrillKind::Full {
        phases.extend(parts_phase(&plan.manifest));
    }
    JobSpec {
        kind: JobKind::Drill,
        title: what,
        sentence: format!(
            "From the backup of {} into {}: {}, looked at, then thrown away.",
            moment_words(plan.at_ms),
            plan.place,
            extent(plan)
        ),
        project_id: Some(plan.project_id.clone()),
        writes_vault: false,
        phases,
        if_cancelled: "What the drill made goes again; the backup stays as it is.".into(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
