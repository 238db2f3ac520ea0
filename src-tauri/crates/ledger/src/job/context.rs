//! What a running job holds: its token, its meter, its log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{
    Creation, Fact, GoesOn, PartsRestored, Phase, PhaseSpec, PhaseState, Progress, StepResult, WaitsFor,
};
use crate::catalog::{JobLine, Level};
use base::clock::now_ms;
use base::failure::{Failure, cancelled};
use base::meter::Meter;

/// A run that gives no sign of life for some minutes stands still.
const BEAT: Duration = Duration::from_secs(20);

/// What the parts of a running job share.
#[derive(Debug, Clone)]
pub struct JobContext {
    id: String,
    token: CancellationToken,
    meter: Arc<Meter>,
    live: Arc<Mutex<Live>>,
    /// Whoever stores the progress: what is read of it first is stored first.
    saving: Arc<tokio::sync::Mutex<()>>,
}

/// State between two writes to the catalogue.
#[derive(Debug, Default)]
pub(super) struct Live {
    pub(super) progress: Progress,
    /// The part of the run that goes on, where it is more than one act.
    part: Option<&'static str>,
    pub(super) lines: Vec<JobLine>,
    pub(super) next_line: i64,
    /// Lines of the log so far: in all, warnings, errors.
    pub(super) lines_so_far: (i64, i64, i64),
    /// The name of the project, as it is now.
    pub(super) project: Option<String>,
    /// Why the watchdog ended the job, where it did.
    pub(super) stalled: Option<Failure>,
}

impl JobContext {
    pub(super) fn new(id: String, progress: Progress, project: Option<String>) -> Self {
        Self {
            id,
            token: CancellationToken::new(),
            meter: Arc::new(Meter::default()),
            live: Arc::new(Mutex::new(Live { progress, next_line: 1, project, ..Live::default() })),
            saving: Arc::default(),
        }
    }

    /// The turn to store the progress; what is stored is read while it is held.
    pub(super) async fn saving(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.saving.lock().await
    }

    /// The job's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The token that ends every loop and child process of the job.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// The counters of the current phase.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// Whether the watchdog ended the job, not a person.
    pub fn has_stalled(&self) -> bool {
        self.live().stalled.is_some()
    }

    /// Why the watchdog ended the job, where it did.
    pub fn stall(&self) -> Option<String> {
        self.live().stalled.as_ref().map(|failure| failure.message.clone())
    }

    /// Ends here when somebody asked for it.
    ///
    /// # Errors
    /// The failure `cancelled`.
    pub fn checkpoint(&self) -> Result<(), Failure> {
        if self.token.is_cancelled() { Err(cancelled()) } else { Ok(()) }
    }

    /// Waits for something that does not listen to the token itself, and may be dropped at any point.
    ///
    /// # Errors
    /// The failure `cancelled`.
    pub async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.token.cancelled() => Err(cancelled()),
            done = work => Ok(done),
        }
    }

    /// Waits for something that is at work although nothing is counted meanwhile, so that the run is not taken for one
    /// that stands still.
    pub async fn alive<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut beat = tokio::time::interval(BEAT);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = beat.tick() => self.meter.beat(),
            }
        }
    }

    /// Ends the phase that goes on, and begins `id`.
    pub fn phase(&self, id: &str) {
        self.end_phase(PhaseState::Done);
        self.meter.reset();
        let mut live = self.live();
        if let Some(phase) = live.progress.phases.iter_mut().find(|phase| phase.id == id) {
            phase.state = PhaseState::Running;
            phase.started_at_ms = Some(now_ms());
        }
        live.progress.left_ms = None;
        live.progress.bytes_per_second = None;
    }

    /// Ends the phase that goes on as one that did not work, and begins `id`, which is done all the same.
    pub fn phase_after_failure(&self, id: &str) {
        self.end_phase(PhaseState::Failed);
        self.phase(id);
    }

    /// Shows recovery steps, and whom the run waits for. Whether that is news.
    pub fn show_steps(&self, steps: &[StepResult], waits_for: Option<WaitsFor>) -> bool {
        let mut live = self.live();
        steps.clone_into(&mut live.progress.steps);
        let has_changed = live.progress.waits_for != waits_for;
        live.progress.waits_for = waits_for;
        has_changed
    }

    /// Says what the run goes on with when it ends in the middle from here on.
    pub fn goes_on(&self, with: GoesOn) {
        self.live().progress.goes_on = Some(with);
    }

    /// Notes a backup that it made; it stays, however the run ends.
    pub fn made(&self, backup_id: &str) {
        self.live().progress.made.push(backup_id.to_owned());
    }

    /// Notes how far it is with what it has a platform make; nothing where that failed there.
    pub fn there(&self, there: Option<Creation>) {
        self.live().progress.there = there;
    }

    /// Notes what it brings back beside a database.
    pub fn parts(&self, parts: PartsRestored) {
        self.live().progress.parts = Some(parts);
    }

    /// Notes that files of this source are about to be deleted.
    pub fn deletes_of(&self, source: &str) {
        if let Some(parts) = &mut self.live().progress.parts {
            parts.deleted_of.push(source.to_owned());
        }
    }

    pub(super) fn pause(&self) {
        if let Some(with) = &mut self.live().progress.goes_on {
            with.is_paused = true;
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.live().progress.goes_on.as_ref().is_some_and(|with| with.is_paused)
    }

    /// Adds a phase at the end, once it is known that there is one.
    pub fn add_phase(&self, spec: PhaseSpec) {
        let added = Progress::planned(vec![spec], String::new());
        self.live().progress.phases.extend(added.phases);
    }

    /// Ends the phase that goes on; no other begins.
    pub fn end(&self) {
        self.end_phase(PhaseState::Done);
    }

    pub(super) fn end_phase(&self, state: PhaseState) {
        let (bytes, rows) = (self.meter.bytes(), self.meter.rows());
        let mut live = self.live();
        if let Some(phase) = live.progress.current_mut() {
            phase.state = state;
            phase.bytes = bytes;
            phase.rows = rows;
            phase.elapsed_ms = phase.started_at_ms.map(|start| now_ms() - start);
        }
    }

    /// The phases so far, and the facts beside them.
    pub fn so_far(&self) -> (Vec<Phase>, Vec<Fact>) {
        let live = self.live();
        (live.progress.phases.clone(), live.progress.facts.clone())
    }

    /// Says how many bytes the phase will move, or how many are expected.
    pub fn expect_bytes(&self, total: u64) {
        if let Some(phase) = self.live().progress.current_mut() {
            phase.bytes_total = Some(total);
        }
    }

    /// Replaces the sentence of a phase, once more is known.
    pub fn sentence(&self, phase: &str, sentence: impl Into<String>) {
        if let Some(phase) = self.live().progress.phases.iter_mut().find(|one| one.id == phase) {
            phase.sentence = sentence.into();
        }
    }

    /// From here on facts are those of a part of the run, which stands before their names.
    pub fn facts_of(&self, part: Option<&'static str>) {
        self.live().part = part;
    }

    /// Shows a fact beside the run.
    pub fn fact(&self, name: &str, value: impl Into<String>, note: Option<String>) {
        let mut live = self.live();
        let name =
            live.part.map_or_else(|| name.to_owned(), |part| format!("{part}: {}", name.to_lowercase()));
        let fact = Fact { name: name.clone(), value: value.into(), note };
        match live.progress.facts.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = fact,
            None => live.progress.facts.push(fact),
        }
    }

    /// Says what is safe to do next.
    pub fn safe_next(&self, sentence: impl Into<String>) {
        self.live().progress.safe_next = sentence.into();
    }

    /// The same; what was said before.
    pub fn safe_next_for_now(&self, sentence: impl Into<String>) -> String {
        std::mem::replace(&mut self.live().progress.safe_next, sentence.into())
    }

    /// Adds a line to the log. `message` must not hold a secret.
    pub fn log(&self, level: Level, phase: &str, message: impl Into<String>) {
        let message = message.into();
        tracing::info!(job = %self.id, phase, ?level, "{message}");
        let mut live = self.live();
        let number = live.next_line;
        live.next_line += 1;
        live.lines_so_far.0 += 1;
        match level {
            Level::Info => {}
            Level::Warning => live.lines_so_far.1 += 1,
            Level::Error => live.lines_so_far.2 += 1,
        }
        live.lines.push(JobLine { number, at_ms: now_ms(), level, phase: phase.into(), message });
    }

    /// A line for the record.
    pub fn info(&self, phase: &str, message: impl Into<String>) {
        self.log(Level::Info, phase, message);
    }

    /// A line to look at.
    pub fn warn(&self, phase: &str, message: impl Into<String>) {
        self.log(Level::Warning, phase, message);
    }

    pub(super) fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
