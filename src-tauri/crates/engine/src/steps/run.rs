//! Going through the steps of a run: in order, each within its time, each with a result that is kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::result::{StepResult, StepState, WaitsFor, resume_words};
use super::stand::Stand;
use super::step::{RecoveryStep, StepAct, StepTime, header_secret};
use super::there::Wanted;
use super::wait::Waited;
use super::webhook::Message;
use super::{program, sql, there, wait, webhook};
use crate::event::Topic;
use crate::job::JobContext;
use crate::profile::Profile;
use base::clock::now_ms;
use base::failure::Failure;
use base::failure::cancelled;
use base::secret::Secret;
use postgres::target::Target;
use remote::platform::Platform;

/// The code of a run whose database is restored, and one of whose steps afterwards failed.
pub(crate) const AFTER_RESTORE: &str = "step_failed_after_restore";
/// What was said is kept to a length that a list can show.
const SAID_CHARACTERS_MAX: usize = 800;
/// A shorter text is in too many words by chance to be taken out of what was said.
const SECRET_BYTES_MIN: usize = 3;
/// The same for one word of a secret.
const SECRET_WORD_BYTES_MIN: usize = 8;

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
        let results = steps.iter().map(|step| StepResult::planned(step, &of.what)).collect();
        Ok(Self { of, steps, secrets, results })
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
            let ends = self.step(at, "planned", &token).await?;
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
            "step_failed",
            format!("the step “{title}” failed, so nothing was restored: {said}"),
            "Put right what it says, or make the step not critical; then plan the restore again.",
        )
    }

    /// The steps after the restore. Where it is not restored, or not as it should be, only those that are
    /// marked for it, and each of them whatever became of the others.
    ///
    /// # Errors
    /// [`AFTER_RESTORE`] when the database is restored and a critical step failed or the run was cancelled.
    pub(crate) async fn after(&mut self, stand: Stand) -> Result<(), Failure> {
        // Somebody who cancels wants the rest to end, and what was paused to be resumed.
        let token = match stand {
            Stand::Restored => self.of.context.token().clone(),
            _ => CancellationToken::new(),
        };
        for at in self.at(StepTime::After) {
            let step = &self.steps[at];
            if stand != Stand::Restored && !step.also_after_failure {
                self.skip(at, stand.words()).await?;
                continue;
            }
            if stand == Stand::Cancelled && matches!(step.act, StepAct::Wait { .. }) {
                self.skip(at, "the run was cancelled, so nobody is waited for: do it by hand").await?;
                continue;
            }
            if token.is_cancelled() {
                self.skip_from(at, StepTime::After, "the run was cancelled").await?;
                return Err(self.failed_after(at, Stopped::ByCancel));
            }
            let ends = self.step(at, stand.as_str(), &token).await?;
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
        self.keep(waits_for(&step)).await?;
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
        self.keep(None).await?;
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
                there::run(platform.as_ref(), wanted, limit, token, self.of.context.meter()).await
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

    /// Keeps the results with the restore before anything else is done, so that a kill cannot outrun them.
    async fn keep(&self, waits_for: Option<WaitsFor>) -> Result<(), Failure> {
        let text = serde_json::to_string(&self.results)
            .map_err(|error| Failure::new("internal", error.to_string(), "Report this."))?;
        self.of.profile.catalog.set_restore_steps(self.of.context.id(), &text).await?;
        let is_new = self.of.context.show_steps(&self.results, waits_for);
        // What goes on at a platform is no restore of this computer's: its run alone knows of it.
        self.of.profile.jobs.keep(self.of.context).await?;
        if is_new {
            self.of.profile.jobs.changed(&[Topic::Jobs]);
        }
        Ok(())
    }

    /// What was said without the secrets that this run knows, and not too long.
    fn redacted(&self, said: String) -> String {
        let password = self.of.target.iter().filter_map(|target| target.password.as_ref());
        let said = self.secrets.values().chain(password).fold(said, |said, secret| redacted(&said, secret));
        let said: String = said.chars().filter(|letter| !letter.is_control()).collect();
        match said.char_indices().nth(SAID_CHARACTERS_MAX) {
            Some((end, _)) => format!("{}…", &said[..end]),
            None => said,
        }
    }
}

/// A text without a secret that it may repeat, whole or without the word before it, as in `Bearer …`.
pub(super) fn redacted(said: &str, secret: &Secret) -> String {
    let whole = secret.expose();
    let words = whole.split_whitespace().filter(|word| word.len() >= SECRET_WORD_BYTES_MIN);
    let parts = std::iter::once(whole).filter(|whole| whole.len() >= SECRET_BYTES_MIN).chain(words);
    parts.fold(said.to_owned(), |said, part| said.replace(part, "****"))
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
