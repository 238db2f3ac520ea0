//! Starting jobs, ending them, and tidying up after processes that died.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::interrupted::{Left, after_interruption, next_with_steps};
use super::kind::JobKind;
use super::process::is_dead;
use super::ticker::Ticker;
use super::{
    Job, JobContext, PhaseSpec, PhaseState, ProcessLock, Progress, RestoreReport, Trigger, WrittenFile, step,
};
use crate::audit::{Act, Details, Fact, Recorder, Stage, Subject};
use crate::catalog::{Catalog, CatalogError, JobRecord, JobState, Level, Verdict};
use crate::component::Component;
use crate::event::{Event, Topic};
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;

/// How often a queued job looks whether its turn has come.
const QUEUE_POLL: Duration = Duration::from_millis(200);
/// An end that could not be stored is stored later: on a disk that was full for a moment, say.
pub const STORE_AGAIN: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15), Duration::from_mins(1)];
/// Events are latest-wins; a listener that is this far behind has lost nothing that matters.
const EVENTS_KEPT: usize = 256;

/// What a job is before it runs.
#[derive(Debug, Clone)]
pub struct JobSpec {
    /// Kind.
    pub kind: JobKind,
    /// Title, for instance `Backing up shop`.
    pub title: String,
    /// From where to where.
    pub sentence: String,
    /// Project.
    pub project_id: Option<String>,
    /// Whether it writes to the vault.
    pub writes_vault: bool,
    /// Phases.
    pub phases: Vec<PhaseSpec>,
    /// What cancelling would leave.
    pub if_cancelled: String,
}

/// What a job came to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct JobOutput {
    /// One sentence.
    pub outcome: String,
    /// The backup that it made or looked at.
    pub backup_id: Option<String>,
    /// What a restore came to.
    pub restore: Option<RestoreReport>,
    /// Verdict of a verification, a check or a restore's checks.
    pub verdict: Option<Verdict>,
    /// The file that it wrote for people to take away.
    #[serde(default)]
    pub file: Option<WrittenFile>,
    /// Of a pull: whether everything that can be fetched is here now, so that nobody has to look again.
    #[serde(default)]
    pub is_all: bool,
    /// Id of the project that was made anew, into which a backup can be brought.
    #[serde(default)]
    pub made_project: Option<String>,
}

/// Starts and ends jobs of this process.
#[derive(Debug, Clone)]
pub struct JobRunner {
    pub(super) catalog: Catalog,
    audit: Recorder,
    home: Utf8PathBuf,
    process: Arc<ProcessLock>,
    trigger: Trigger,
    events: broadcast::Sender<Event>,
    mine: Arc<Mutex<HashMap<String, JobContext>>>,
    stall_limit: Duration,
    /// Cancelled once this process takes up no more work.
    ending: CancellationToken,
}

impl JobRunner {
    /// The runs of the process that holds `process`, for the profile in the folder `home`. A run in which nothing
    /// moves for `stall_limit` is ended.
    pub fn new(
        catalog: Catalog,
        audit: Recorder,
        home: Utf8PathBuf,
        process: ProcessLock,
        trigger: Trigger,
        stall_limit: Duration,
    ) -> Self {
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        audit.tell(events.clone());
        let (process, mine) = (Arc::new(process), Arc::default());
        let ending = CancellationToken::new();
        Self { catalog, audit, home, process, trigger, events, mine, stall_limit, ending }
    }

    /// The same runner, for what something else starts in this process.
    #[must_use]
    pub fn started_by(&self, trigger: Trigger) -> Self {
        Self { audit: self.audit.started_by(trigger), trigger, ..self.clone() }
    }

    /// Cancelled once this process takes up no more work.
    pub fn ending(&self) -> &CancellationToken {
        &self.ending
    }

    /// Listens to what happens.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Tells listeners that answers about `topics` are out of date.
    pub fn changed(&self, topics: &[Topic]) {
        // Nobody listening is fine.
        let _ = self.events.send(Event::Changed(topics.to_vec()));
    }

    /// Tells listeners where a job of another process is.
    pub fn moved(&self, job: Job) {
        // Nobody listening is fine.
        let _ = self.events.send(Event::Progress(Box::new(job)));
    }

    /// A project has another name from now on, also in what is told of its runs.
    pub fn renamed(&self, from: &str, to: &str) {
        for context in self.mine.lock().unwrap_or_else(PoisonError::into_inner).values() {
            let mut live = context.live();
            if live.project.as_deref() == Some(from) {
                live.project = Some(to.to_owned());
            }
        }
    }

    /// What started the jobs of this process.
    pub fn trigger(&self) -> Trigger {
        self.trigger
    }

    /// The lock that names this process.
    pub fn process(&self) -> &ProcessLock {
        &self.process
    }

    /// Whether this very process runs the job.
    pub fn is_mine(&self, id: &str) -> bool {
        self.context(id).is_some()
    }

    /// The live progress of a job of this process.
    pub fn live_progress(&self, id: &str) -> Option<Progress> {
        self.context(id).map(|context| context.live().progress.clone())
    }

    pub(super) fn context(&self, id: &str) -> Option<JobContext> {
        self.mine.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Records a job and runs `work` when its turn has come. Returns the job's id at once.
    pub async fn start<W, F>(&self, spec: JobSpec, work: W) -> Result<String, Failure>
    where
        W: FnOnce(JobContext) -> F + Send + 'static,
        F: Future<Output = Result<JobOutput, Failure>> + Send + 'static,
    {
        let id = Uuid::new_v4().simple().to_string();
        let progress = Progress::planned(spec.phases, spec.if_cancelled);
        let record = JobRecord {
            id: id.clone(),
            kind: spec.kind,
            title: spec.title,
            sentence: spec.sentence,
            project_id: spec.project_id,
            writes_vault: spec.writes_vault,
            trigger: self.trigger,
            state: JobState::Queued,
            process: self.process.id().into(),
            cancel_asked: false,
            created_at_ms: now_ms(),
            started_at_ms: None,
            finished_at_ms: None,
            outcome: None,
            progress: serde_json::to_string(&progress).unwrap_or_default(),
            failure: None,
            result: None,
        };
        let act = Act::of_run(record.kind, record.writes_vault, Stage::Started);
        let details = Details::none().with("run", Fact::Id(&id));
        let subject = self.subject(&record).await?;
        let mut writing = self.audit.begin(act, &subject, details).await?;
        Catalog::add_job(writing.connection(), &record).await?;
        if self.trigger == Trigger::CommandLine && !std::io::stderr().is_terminal() {
            Catalog::mark_unattended(writing.connection(), &id).await?;
        }
        writing.commit().await?;
        let project = record.project_id.is_some().then(|| subject.into_name());
        let context = JobContext::new(id.clone(), progress, project);
        self.mine.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), context.clone());
        self.changed(&[Topic::Jobs, Topic::Projects]);
        let runner = self.clone();
        tokio::spawn(async move { runner.drive(record, context, work).await });
        Ok(id)
    }

    async fn drive<W, F>(self, mut record: JobRecord, context: JobContext, work: W)
    where
        W: FnOnce(JobContext) -> F + Send + 'static,
        F: Future<Output = Result<JobOutput, Failure>> + Send + 'static,
    {
        let ended = match self.wait_turn(&context).await {
            Err(failure) => Err(failure),
            Ok(at_ms) => {
                (record.state, record.started_at_ms) = (JobState::Running, Some(at_ms));
                self.work(&record, &context, work).await
            }
        };
        self.finish(record, &context, ended).await;
        self.mine.lock().unwrap_or_else(PoisonError::into_inner).remove(context.id());
        self.changed(&[Topic::Jobs, Topic::Projects, Topic::Backups, Topic::Vault, Topic::Scratch]);
    }

    /// Runs the work with its ticker. The work is a task of its own, so that a panic ends the job with a
    /// name and not the process.
    async fn work<W, F>(
        &self,
        record: &JobRecord,
        context: &JobContext,
        work: W,
    ) -> Result<JobOutput, Failure>
    where
        W: FnOnce(JobContext) -> F + Send + 'static,
        F: Future<Output = Result<JobOutput, Failure>> + Send + 'static,
    {
        self.changed(&[Topic::Jobs, Topic::Projects]);
        let ticker = Ticker {
            context: context.clone(),
            record: record.clone(),
            catalog: self.catalog.clone(),
            events: self.events.clone(),
            stall_limit: self.stall_limit,
        };
        let has_ended = CancellationToken::new();
        let ticker = tokio::spawn(ticker.run(has_ended.clone()));
        let ended = tokio::spawn(work(context.clone())).await.unwrap_or_else(|panic| Err(internal(&panic)));
        has_ended.cancel();
        if let Err(panic) = ticker.await {
            tracing::error!(%panic, job = context.id(), "the pulse of a job panicked");
        }
        ended
    }

    /// When its turn has come.
    async fn wait_turn(&self, context: &JobContext) -> Result<i64, Failure> {
        loop {
            context.checkpoint()?;
            let at_ms = now_ms();
            if self.catalog.claim_job(context.id(), at_ms).await? {
                return Ok(at_ms);
            }
            // Another process may have died while it held our turn.
            self.recover().await?;
            if self.catalog.save_progress(context.id(), &progress_text(context), &[]).await? {
                context.token().cancel();
            }
            tokio::time::sleep(QUEUE_POLL).await;
        }
    }

    async fn finish(&self, mut record: JobRecord, context: &JobContext, ended: Result<JobOutput, Failure>) {
        let stalled = context.live().stalled.take();
        let mut details = Details::none().with("run", Fact::Id(&record.id));
        record.finished_at_ms = Some(now_ms());
        match ended {
            Ok(output) => {
                context.end_phase(PhaseState::Done);
                record.state = JobState::Succeeded;
                details = details.verdict(output.verdict);
                if let Some(backup) = &output.backup_id {
                    details = details.with("backup", Fact::Id(backup));
                }
                self.note_original(&record).await;
                record.outcome = Some(output.outcome.clone());
                record.result = serde_json::to_string(&output).ok();
            }
            // A run whose database is restored by then does not end as if nothing had happened.
            Err(failure)
                if stalled.is_none()
                    && context.token().is_cancelled()
                    && failure.code != Code::StepFailedAfterRestore =>
            {
                context.end_phase(PhaseState::Failed);
                record.state = JobState::Cancelled;
                record.outcome = Some(context.stopped_words().into());
                context.log(Level::Warning, "job", if context.is_paused() { "paused" } else { "cancelled" });
            }
            Err(failure) => {
                let failure = stalled.unwrap_or(failure);
                context.end_phase(PhaseState::Failed);
                record.state = JobState::Failed;
                details = details.failure(&failure);
                record.outcome = Some(failure.message.clone());
                context.log(Level::Error, "job", format!("{}: {}", failure.code, failure.message));
                record.failure = serde_json::to_string(&failure).ok();
            }
        }
        context.live().progress.waits_for = None;
        record.progress = progress_text(context);
        let lines = std::mem::take(&mut context.live().lines);
        let mut waits = STORE_AGAIN.into_iter();
        loop {
            let saved = async {
                self.catalog.save_progress(&record.id, &record.progress, &lines).await?;
                self.end(&record, details.clone()).await
            };
            let Err(error) = saved.await else { return };
            let Some(wait) = waits.next() else {
                // The row stays `running` and becomes `interrupted` once this process has ended.
                tracing::error!(%error, job = %record.id, "the end of the job is not stored");
                return;
            };
            tracing::warn!(%error, job = %record.id, "the end of the job is not stored yet");
            tokio::time::sleep(wait).await;
        }
    }

    /// Whoever read a project's original knows that it is there.
    async fn note_original(&self, record: &JobRecord) {
        if let Some(id) = record.project_id.as_deref().filter(|_| record.kind.reads_original())
            && let Err(error) = self.catalog.saw_original(id, now_ms()).await
        {
            // The next one notes it too.
            tracing::warn!(%error, job = %record.id, "that the original answered is not noted");
        }
    }

    /// Stores the end of a job, and records it, together; nothing when another process did.
    async fn end(&self, record: &JobRecord, details: Details) -> Result<(), Failure> {
        let stage = match record.state {
            JobState::Queued | JobState::Running => Stage::Started,
            JobState::Succeeded => Stage::Finished,
            JobState::Failed => Stage::Failed,
            JobState::Cancelled => Stage::Cancelled,
            JobState::Interrupted => Stage::Interrupted,
        };
        let act = Act::of_run(record.kind, record.writes_vault, stage);
        let mut writing = self.audit.begin(act, &self.subject(record).await?, details).await?;
        if Catalog::finish_job(writing.connection(), record).await? {
            writing.commit().await?;
        }
        Ok(())
    }

    /// What a run is about: its project, or the vault.
    async fn subject(&self, record: &JobRecord) -> Result<Subject, CatalogError> {
        let Some(id) = record.project_id.as_deref() else {
            let vault = self
                .catalog
                .vault()
                .await?
                .filter(|_| matches!(record.kind, JobKind::Check | JobKind::Prune | JobKind::Copy));
            return Ok(vault.as_ref().map_or_else(Subject::profile, Subject::vault));
        };
        let names = self.catalog.project_names(&[id]).await?;
        Ok(Subject::new("project", id, names.get(id).map_or("", String::as_str)))
    }

    /// Asks a job to end, in this process or in another.
    pub async fn cancel(&self, id: &str) -> Result<(), Failure> {
        // That a person asked is known before it has ended, and it ends whether or not that can be written down.
        let asked = self.catalog.ask_cancel(id).await;
        let told =
            self.audit.record(Act::RunCancelAsked, &Subject::new("run", id, ""), Details::none()).await;
        if let Some(context) = self.context(id) {
            context.token().cancel();
        }
        self.changed(&[Topic::Jobs]);
        asked?;
        told?;
        Ok(())
    }

    /// Stores at once, and on the disk, where a run is: what it is about to do is known whatever ends it.
    pub async fn keep(&self, context: &JobContext) -> Result<(), Failure> {
        let _turn = context.saving().await;
        Ok(self.catalog.keep_progress(context.id(), &progress_text(context)).await?)
    }

    /// Marks the jobs of dead processes as interrupted, and returns them.
    pub async fn recover(&self) -> Result<Vec<JobRecord>, Failure> {
        for (backup, process) in self.catalog.leaving().await? {
            if process != self.process.id() && is_dead(&self.home, &process) {
                // What was confirmed and did not happen is no removal: replicas go by that.
                let details = Details::none().with("why", Fact::Word("its process ended"));
                self.audit.record(Act::BackupDeletionFailed, &Subject::backup(&backup, ""), details).await?;
                self.catalog.unclaim_deletion(&backup).await?;
            }
        }
        let mut recovered = Vec::new();
        for mut job in self.catalog.open_jobs().await? {
            if job.process == self.process.id() || !is_dead(&self.home, &job.process) {
                continue;
            }
            job.state = JobState::Interrupted;
            job.finished_at_ms = Some(now_ms());
            let (outcome, next) = after_interruption(job.kind, self.backup_of(&job).await?);
            job.outcome = Some(outcome.into());
            let ids: Vec<&str> = job.project_id.as_deref().into_iter().collect();
            let project = self.catalog.project_names(&ids).await?.into_values().next().unwrap_or_default();
            if let Ok(mut progress) = serde_json::from_str::<Progress>(&job.progress) {
                if let Some(phase) = progress.current_mut() {
                    phase.state = PhaseState::Failed;
                }
                progress.safe_next = next_with_steps(job.kind, next, &progress.steps, &project);
                if let Some(open) = step::interrupted(&mut progress.steps) {
                    let what = if job.kind == JobKind::Platform { "project" } else { "database" };
                    job.outcome =
                        Some(format!("Interrupted: its process ended {open}. See how its {what} stands."));
                }
                progress.waits_for = None;
                job.progress = serde_json::to_string(&progress).unwrap_or(job.progress);
            }
            self.end(&job, Details::none().with("run", Fact::Id(&job.id))).await?;
            recovered.push(job);
        }
        if !recovered.is_empty() {
            self.changed(&[Topic::Jobs, Topic::Projects]);
        }
        Ok(recovered)
    }

    /// How far a backup came whose process ended.
    async fn backup_of(&self, job: &JobRecord) -> Result<Left, CatalogError> {
        let (Some(project), Some(started_at_ms), JobKind::Backup) =
            (&job.project_id, job.started_at_ms, job.kind)
        else {
            return Ok(Left::Nothing);
        };
        let proven = self.catalog.newest_point(project, Component::Database).await?;
        if proven.is_some_and(|point| point.at_ms >= started_at_ms) {
            return Ok(Left::Proven);
        }
        let newest = self.catalog.backups(Some(project), 0, 1).await?.pop();
        let is_listed = newest.is_some_and(|backup| backup.at_ms >= started_at_ms);
        Ok(if is_listed { Left::Listed } else { Left::Nothing })
    }

    /// Asks all jobs of this process to end, and waits until they have.
    pub async fn shut_down(&self, wait: Duration) {
        self.ending.cancel();
        let all: Vec<JobContext> =
            self.mine.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for context in &all {
            context.token().cancel();
        }
        let empty = async {
            while !self.mine.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                tokio::time::sleep(QUEUE_POLL).await;
            }
        };
        if tokio::time::timeout(wait, empty).await.is_err() {
            tracing::warn!("jobs did not end in time; they will be shown as interrupted");
        }
    }
}

fn progress_text(context: &JobContext) -> String {
    serde_json::to_string(&context.live().progress).unwrap_or_default()
}

fn internal(panic: &tokio::task::JoinError) -> Failure {
    tracing::error!(%panic, "a job panicked");
    Failure::new(
        Code::Internal,
        "Holdfast made a mistake; nothing that it was doing counts as done",
        "Copy this report and the log to the developers; then start it again.",
    )
}
