//! Runs the steps in order, each within its time limit, each with a stored result.

mod keep;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use keep::Note;
pub(super) use keep::redacted;

use super::stand::Stand;
use super::step::{RecoveryStep, StepAct, header_secret};
use super::there::{Asking, Wanted};
use super::wait::Waited;
use super::webhook::Message;
use super::{program, sql, there, wait, webhook};
use crate::profile::Profile;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::failure::cancelled;
use base::secret::Secret;
use ledger::job::{JobContext, StepResult, StepState, StepTime, WaitsFor, resume_words};
use postgres::target::Target;
use remote::platform::Platform;

/// The code of a run whose database is restored, and one of whose steps afterwards failed.
pub(crate) const AFTER_RESTORE: Code = Code::StepFailedAfterRestore;
/// What a run's steps are about.
pub(crate) struct RunOf<'a> {
    /// The profile.
    pub(crate) profile: &'a Profile,
    /// The run.
    pub(crate) context: &'a JobContext,
    /// Name of the project that is restored.
    pub(crate) project: String,
    /// The plan.
    pub(crate) plan_id: &'a str,
    /// What is restored, in words: the name of the database, or the project at its platform.
    pub(crate) what: String,
    /// How it can be undone, in a sentence.
    pub(crate) undo: String,
    /// The database, where Holdfast reaches it.
    pub(crate) target: Option<Target>,
    /// Its platform, where it is on one.
    pub(crate) platform: Option<Arc<dyn Platform>>,
    /// Major version of the server that the backup was made of; 0 where it is not known.
    pub(crate) major: u16,
}

/// The steps of a run.
pub(crate) struct Run<'a> {
    of: RunOf<'a>,
    steps: Vec<RecoveryStep>,
    /// Values of headers by their ids, read before anything is done.
    secrets: HashMap<String, Secret>,
    results: Vec<StepResult>,
    /// Why what came of a step could not be kept, where the steps went on all the same.
    unkept: Option<Failure>,
    /// Whether the platform may have heard of a pause that is not known to have come to its end.
    open_pause: AtomicBool,
}

/// Why the steps after a restore ended early.
#[derive(Clone, Copy)]
enum Stopped {
    ByFailure,
    ByCancel,
}

/// How a step ended.
enum Ended {
    Ok(String),
    Failed(String),
    /// A person said stop: the run does not go on, whatever the step weighs.
    Stopped(String),
}

impl<'a> Run<'a> {
    /// Reads the secrets that the steps need, so that none is missing in the middle.
    ///
    /// # Errors
    /// When one is missing, or the place of the secrets is locked.
    pub(crate) async fn open(of: RunOf<'a>, steps: Vec<RecoveryStep>) -> Result<Self, Failure> {
        let mut secrets = HashMap::new();
        for step in &steps {
            if let StepAct::Webhook { header: Some(header), .. } = &step.act {
                let value = of.profile.secrets.get(&header_secret(&header.secret_id)).await?;
                secrets.insert(header.secret_id.clone(), value);
            }
        }
        let results = steps.iter().map(|step| step.planned(&of.what)).collect();
        Ok(Self { of, steps, secrets, results, unkept: None, open_pause: AtomicBool::new(false) })
    }

    /// What came of each step so far.
    pub(crate) fn results(&self) -> &[StepResult] {
        &self.results
    }

    /// Whether there are steps of this time.
    pub(crate) fn has(&self, when: StepTime) -> bool {
        self.steps.iter().any(|step| step.when == when)
    }

    /// Says what is open where the project may be left paused at its platform.
    pub(crate) fn say_if_paused(&self) {
        if let Some(words) = resume_words(&self.results, &self.of.project) {
            let next = self.of.context.safe_next_for_now(String::new());
            self.of.context.safe_next(format!("{words} {next}").trim_end().to_owned());
        }
    }

    /// Titles of the steps of these times that stand so.
    pub(crate) fn titles(&self, state: StepState, times: &[StepTime]) -> impl Iterator<Item = &str> {
        let found =
            self.results.iter().filter(move |result| result.state == state && times.contains(&result.when));
        found.map(|result| result.title.as_str())
    }

    /// The steps before the restore.
    ///
    /// # Errors
    /// `step_failed` when a critical one failed or a person stopped; `cancelled`. Nothing was restored then.
    pub(crate) async fn before(&mut self) -> Result<(), Failure> {
        let token = self.of.context.token().clone();
        for at in self.at(StepTime::Before) {
            if token.is_cancelled() {
                self.skip_from(at, StepTime::Before, "the run was cancelled").await?;
                return Err(cancelled());
            }
            let ends = self.step(at, "planned", Note::First, &token).await?;
            if token.is_cancelled() {
                self.skip_from(at + 1, StepTime::Before, "the run was cancelled").await?;
                return Err(cancelled());
            }
            if ends {
                self.skip_from(at + 1, StepTime::Before, "a step before it failed").await?;
                return Err(self.failed_before(at));
            }
        }
        Ok(())
    }

    fn failed_before(&self, at: usize) -> Failure {
        let StepResult { title, said, .. } = &self.results[at];
        Failure::new(
            Code::StepFailed,
            format!("the step “{title}” failed, so nothing was restored: {said}"),
            "Put right what it says, or make the step not critical; then plan the restore again.",
        )
    }

    /// The steps after the restore. If it failed or did not pass, only those marked for that case, and each
    /// regardless of the others' outcome.
    ///
    /// # Errors
    /// [`AFTER_RESTORE`] when the database is restored and a critical step failed or the run was cancelled; what
    /// could not be kept, once what has to be done in spite of it is done.
    pub(crate) async fn after(&mut self, stand: Stand) -> Result<(), Failure> {
        let done = self.each_after(stand).await;
        match self.unkept.take() {
            Some(failure) if done.is_ok() => Err(failure),
            _ => done,
        }
    }

    async fn each_after(&mut self, stand: Stand) -> Result<(), Failure> {
        // Somebody who cancels wants the rest to end, and what was paused to be resumed.
        let token = match stand {
            Stand::Restored => self.of.context.token().clone(),
            _ => CancellationToken::new(),
        };
        for at in self.at(StepTime::After) {
            let step = &self.steps[at];
            let note = match (stand, &step.act) {
                (Stand::Restored, act) if !matches!(act, StepAct::Resume) => Note::First,
                _ => Note::IfItCan,
            };
            if stand != Stand::Restored && !step.also_after_failure {
                let skipped = self.skip(at, stand.words()).await;
                self.noted(note, skipped)?;
                continue;
            }
            if stand == Stand::Cancelled && matches!(step.act, StepAct::Wait { .. }) {
                let why = "the run was cancelled, so nobody is waited for: do it by hand";
                let skipped = self.skip(at, why).await;
                self.noted(note, skipped)?;
                continue;
            }
            if token.is_cancelled() {
                self.skip_from(at, StepTime::After, "the run was cancelled").await?;
                return Err(self.failed_after(at, Stopped::ByCancel));
            }
            let ends = self.step(at, stand.as_str(), note, &token).await?;
            let was_stopped = token.is_cancelled() && self.results[at].state != StepState::Ok;
            if was_stopped {
                self.skip_from(at + 1, StepTime::After, "the run was cancelled").await?;
                return Err(self.failed_after(at, Stopped::ByCancel));
            }
            if ends && stand == Stand::Restored {
                self.skip_from(at + 1, StepTime::After, stand.words()).await?;
                return Err(self.failed_after(at, Stopped::ByFailure));
            }
        }
        Ok(())
    }

    fn failed_after(&self, at: usize, stopped: Stopped) -> Failure {
        let restored = &self.of.what;
        let StepResult { title, said, .. } = &self.results[at];
        let what = match stopped {
            Stopped::ByFailure => format!("the step “{title}” after it failed: {said}"),
            Stopped::ByCancel => format!("the run was cancelled at the step “{title}” after it"),
        };
        let rest: Vec<String> = self.results[at..]
            .iter()
            .filter(|result| result.state != StepState::Ok)
            .map(|result| format!("“{}”", result.title))
            .collect();
        Failure::new(
            AFTER_RESTORE,
            format!("{restored} IS restored, but {what}"),
            format!(
                "Do by hand what was not done: {}. The restore itself stands; {}",
                rest.join(", "),
                self.of.undo
            ),
        )
    }

    /// Positions of the steps of a time.
    fn at(&self, when: StepTime) -> Vec<usize> {
        (0..self.steps.len()).filter(|at| self.steps[*at].when == when).collect()
    }

    /// Does a step. Whether the run ends with it.
    async fn step(
        &mut self,
        at: usize,
        outcome: &'static str,
        note: Note,
        token: &CancellationToken,
    ) -> Result<bool, Failure> {
        let step = self.steps[at].clone();
        let phase = step.when.as_str();
        self.of.context.sentence(phase, step.sentence(&self.of.what));
        self.of.context.info(phase, format!("“{}” begins", step.title));
        let begun = Instant::now();
        self.results[at].started_at_ms = Some(now_ms());
        self.results[at].state = match step.act {
            StepAct::Wait { .. } => StepState::Waiting,
            _ => StepState::Running,
        };
        let kept = self.keep(waits_for(&step)).await;
        if let Err(failure) = self.noted(note, kept) {
            // Nothing of it was begun.
            self.results[at] = step.planned(&self.of.what);
            return Err(failure);
        }
        let ended = self.act(&step, outcome, token).await;
        self.of.context.sentence(phase, self.titles_at(step.when));
        let (state, said, ends) = match ended {
            Ended::Ok(said) => (StepState::Ok, said, false),
            Ended::Failed(said) => (StepState::Failed, said, step.is_critical),
            Ended::Stopped(said) => (StepState::Failed, said, true),
        };
        let said = self.redacted(said);
        match (state, ends) {
            (StepState::Ok, _) => self.of.context.info(phase, format!("“{}” is done: {said}", step.title)),
            (_, true) => self.of.context.warn(phase, format!("“{}” failed: {said}", step.title)),
            (_, false) => {
                self.of.context.warn(phase, format!("“{}” failed, and the run goes on: {said}", step.title));
            }
        }
        let result = &mut self.results[at];
        result.state = state;
        result.said = said;
        result.ms = i64::try_from(begun.elapsed().as_millis()).ok();
        let kept = self.keep(None).await;
        self.noted(note, kept)?;
        Ok(ends)
    }

    /// All steps of a time by their titles, in a sentence.
    fn titles_at(&self, when: StepTime) -> String {
        let titles = self.at(when).into_iter().map(|at| format!("“{}”", self.steps[at].title));
        format!("{}.", titles.collect::<Vec<_>>().join(", "))
    }

    async fn act(&self, step: &RecoveryStep, outcome: &'static str, token: &CancellationToken) -> Ended {
        let (of, limit) = (&self.of, step.limit());
        let done = match &step.act {
            StepAct::Sql { statements } => match &of.target {
                Some(target) => sql::run(target, statements, limit, token).await,
                None => Err(format!("Holdfast reaches no database of {}", of.project)),
            },
            StepAct::Pause => self.there(Wanted::Paused, limit, token).await,
            StepAct::Resume => self.there(Wanted::Running, limit, token).await,
            StepAct::Webhook { url, header } => {
                let header = header
                    .as_ref()
                    .and_then(|header| Some((header.name.as_str(), self.secrets.get(&header.secret_id)?)));
                let message = Message {
                    project: &of.project,
                    database: of.target.as_ref().map_or("", |target| &target.settings.database),
                    plan_id: of.plan_id,
                    run_id: of.context.id(),
                    step: &step.title,
                    when: step.when.as_str(),
                    outcome,
                };
                webhook::run(url, header, &message, limit, token).await
            }
            StepAct::Program { argv } => {
                let variables = [
                    ("HOLDFAST_PROJECT", of.project.clone()),
                    ("HOLDFAST_PLAN", of.plan_id.to_owned()),
                    ("HOLDFAST_RUN", of.context.id().to_owned()),
                    ("HOLDFAST_STEP", step.title.clone()),
                    ("HOLDFAST_OUTCOME", outcome.to_owned()),
                ];
                program::run(of, argv, &variables, limit, token).await
            }
            StepAct::Wait { .. } => {
                return match wait::run(of, &step.id, limit, token).await {
                    Waited::Done => Ended::Ok("a person said that it is done".to_owned()),
                    Waited::Stopped => Ended::Stopped("a person stopped here".to_owned()),
                    Waited::Ended(why) => Ended::Failed(why),
                };
            }
        };
        done.map_or_else(Ended::Failed, Ended::Ok)
    }

    /// At the platform of the project.
    async fn there(
        &self,
        wanted: Wanted,
        limit: Duration,
        token: &CancellationToken,
    ) -> Result<String, String> {
        match &self.of.platform {
            Some(platform) => {
                let platform = platform.as_ref();
                let stands = (wanted == Wanted::Running && self.open_pause.load(Ordering::Relaxed))
                    .then(|| there::STANDS.min(self.of.profile.platform_standing));
                let asking = Asking { platform, wanted, limit, stands, open_pause: &self.open_pause };
                there::run(asking, token, self.of.context.meter()).await
            }
            None => Err(format!("{} is on no platform", self.of.project)),
        }
    }

    async fn skip(&mut self, at: usize, why: &str) -> Result<(), Failure> {
        let phase = self.steps[at].when.as_str();
        self.of.context.warn(phase, format!("“{}” is not done: {why}", self.steps[at].title));
        self.results[at].state = StepState::Skipped;
        why.clone_into(&mut self.results[at].said);
        self.keep(None).await
    }

    async fn skip_from(&mut self, from: usize, when: StepTime, why: &str) -> Result<(), Failure> {
        for at in self.at(when).into_iter().filter(|at| *at >= from) {
            self.skip(at, why).await?;
        }
        Ok(())
    }
}

fn waits_for(step: &RecoveryStep) -> Option<WaitsFor> {
    let StepAct::Wait { instructions } = &step.act else { return None };
    let since_ms = now_ms();
    Some(WaitsFor {
        step_id: step.id.clone(),
        title: step.title.clone(),
        instructions: instructions.clone(),
        since_ms,
        until_ms: since_ms + i64::from(step.timeout_s) * 1000,
    })
}
