//! Evaluates, claims and runs: one process does what is due, two runs at once, the project that waited
//! longest first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use super::Schedule;
use super::outlook::{Facts, State};
use super::plan::look;
use super::surroundings::{Surroundings, ThisComputer};
use super::work::{Doing, Ended, Verbs, Worker};
use crate::at_work::SlotAtWork;
use crate::engine::Engine;
use base::clock::{Clock, SystemClock};
use base::failure::Failure;
use ledger::catalog::SlotState;
use ledger::event::{Event, Topic};
use ledger::job::{STORE_AGAIN, Trigger};

/// More runs at once would only wait for each other: one of them writes to the vault.
const RUNS_MAX: usize = 2;

/// While work waits for its turn, everything is looked at again after so long.
const LOOK_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Platforms are looked through so often; which of them are asked then they decide by themselves.
const ASK_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Does what is due.
#[derive(Debug)]
pub struct Scheduler {
    /// Acts as a schedule does.
    engine: Engine,
    clock: Arc<dyn Clock>,
    surroundings: Arc<dyn Surroundings>,
    worker: Arc<dyn Worker>,
    running: JoinSet<Result<RunReport, Failure>>,
    /// When each project was last given a run, as a count.
    served: HashMap<String, u64>,
    turns: u64,
    /// What was due at the last look and did not get its turn yet, in the order of turns.
    waiting: VecDeque<Waiting>,
    /// When that look was.
    looked_at: Option<Timestamp>,
    /// When platforms were asked last, and who asks them.
    asked_at: Option<Timestamp>,
    asking: Option<tokio::task::JoinHandle<()>>,
}

/// A schedule that was due at the last look.
#[derive(Debug)]
struct Waiting {
    project_id: String,
    schedule_id: String,
    slot: Timestamp,
}

/// A slot that was done, or tried.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// What was to be done.
    pub doing: Doing,
    /// What came of it.
    pub ended: Ended,
}

impl Engine {
    /// What does the work of this profile's schedules, by the clock of this computer.
    pub fn scheduler(&self) -> Scheduler {
        Scheduler {
            engine: self.started_by(Trigger::Schedule),
            clock: Arc::new(SystemClock),
            surroundings: Arc::new(ThisComputer),
            worker: Arc::new(Verbs),
            running: JoinSet::new(),
            served: HashMap::new(),
            turns: 0,
            waiting: VecDeque::new(),
            looked_at: None,
            asked_at: None,
            asking: None,
        }
    }
}

impl Scheduler {
    /// By another clock.
    #[must_use]
    pub fn by(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// In other surroundings.
    #[must_use]
    pub fn within(mut self, surroundings: Arc<dyn Surroundings>) -> Self {
        self.surroundings = surroundings;
        self
    }

    /// With somebody else who does it.
    #[must_use]
    pub fn with(mut self, worker: Arc<dyn Worker>) -> Self {
        self.worker = worker;
        self
    }

    /// Does what is due, whenever it is, until this process takes up no more work.
    #[crate::boxed]
    pub async fn run(mut self) {
        let ending = self.engine.profile.jobs.ending().clone();
        let mut events = self.engine.events();
        while !ending.is_cancelled() {
            self.ask_platforms();
            let next_at = match self.begin_due().await {
                Ok(next_at) => next_at,
                Err(failure) => {
                    tracing::warn!(%failure, "what is due cannot be told");
                    None
                }
            };
            tokio::select! {
                biased;
                () = ending.cancelled() => {}
                Some(ended) = self.running.join_next() => { told(ended); }
                () = schedules_changed(&mut events) => {}
                () = self.clock.rest(next_at) => {}
            }
        }
        // Runs end by themselves now, each in a named state.
        while let Some(ended) = self.running.join_next().await {
            told(ended);
        }
    }

    /// Does what is due now, and waits for it. Returns the outcome of each run.
    ///
    /// # Errors
    /// When the catalogue does not answer; that a run failed is in its report.
    #[crate::boxed]
    pub async fn run_due(mut self) -> Result<Vec<RunReport>, Failure> {
        let ending = self.engine.profile.jobs.ending().clone();
        let mut reports = Vec::new();
        self.ask_platforms();
        if let Some(asking) = self.asking.take() {
            let _ = asking.await;
        }
        loop {
            if !ending.is_cancelled() {
                self.begin_due().await?;
            }
            match self.running.join_next().await {
                None => return Ok(reports),
                Some(ended) => reports.extend(told(ended)),
            }
        }
    }

    /// Has platforms asked what they are about to delete, beside everything else and not too often.
    fn ask_platforms(&mut self) {
        let now = self.clock.now();
        let is_fresh = self
            .asked_at
            .is_some_and(|at| (SignedDuration::ZERO..ASK_EVERY).contains(&now.duration_since(at)));
        let is_asking = self.asking.as_ref().is_some_and(|asking| !asking.is_finished());
        if !is_fresh && !is_asking {
            let engine = self.engine.clone();
            self.asked_at = Some(now);
            self.asking = Some(tokio::spawn(async move { engine.ask_platforms().await }));
        }
    }

    /// Begins what is due, as far as there is room. A look at everything costs as much as there are schedules: while
    /// some of the last look wait for their turn, there is one in [`LOOK_EVERY`] at most. When something will be due
    /// next, as far as that is known.
    async fn begin_due(&mut self) -> Result<Option<Timestamp>, Failure> {
        self.engine.profile.jobs.recover().await?;
        let now = self.clock.now();
        self.engine.free_dead_slots(now).await?;
        let (seen, paused) = (self.surroundings.look().await, self.engine.all_paused_at(now).await?);
        let facts = Facts { now, zone: self.clock.zone(), seen, paused };
        let is_fresh = self
            .looked_at
            .is_some_and(|at| (SignedDuration::ZERO..LOOK_EVERY).contains(&now.duration_since(at)));
        let mut next_at = None;
        loop {
            let is_new = self.waiting.is_empty() || !is_fresh;
            if is_new {
                next_at = self.look_at_all(&facts).await?;
            }
            while self.running.len() < RUNS_MAX
                && let Some(next) = self.waiting.pop_front()
            {
                self.begin_if_due(&facts, &next).await?;
            }
            // Where there is room left, all that waited had its turn, and more may be due by now.
            if is_new || self.running.len() >= RUNS_MAX {
                return Ok(next_at);
            }
        }
    }

    /// Notes what is due; when something else will be, as far as that is known.
    async fn look_at_all(&mut self, facts: &Facts) -> Result<Option<Timestamp>, Failure> {
        let (mut due, mut next_at) = (Vec::new(), None);
        for one in self.engine.schedule_facts(None, facts.now).await? {
            let outlook = look(facts, &one);
            match (outlook.state, outlook.slot) {
                (State::Due, Some(slot)) => {
                    let Schedule { project_id, id: schedule_id, .. } = one.schedule;
                    due.push(Waiting { project_id, schedule_id, slot });
                }
                _ => next_at = [next_at, outlook.next_at].into_iter().flatten().min(),
            }
        }
        // Fair between projects, then the oldest first.
        due.sort_by_key(|one| (self.served.get(&one.project_id).copied().unwrap_or(0), one.slot));
        self.waiting = due.into();
        self.looked_at = Some(facts.now);
        Ok(next_at)
    }

    /// Begins what was due, if it still is: others work too, and people change their minds.
    async fn begin_if_due(&mut self, facts: &Facts, waiting: &Waiting) -> Result<(), Failure> {
        let of_project = self.engine.schedule_facts(Some(&waiting.project_id), facts.now).await?;
        let Some(one) = of_project.into_iter().find(|one| one.schedule.id == waiting.schedule_id) else {
            return Ok(());
        };
        let outlook = look(facts, &one);
        if let (State::Due, Some(slot)) = (outlook.state, outlook.slot)
            && let Some(at_work) = self.engine.claim(&one, &outlook, slot, self.clock.as_ref()).await?
        {
            self.begin(Doing { schedule: one.schedule, slot }, at_work);
        }
        Ok(())
    }

    fn begin(&mut self, doing: Doing, at_work: SlotAtWork) {
        self.turns += 1;
        self.served.insert(doing.schedule.project_id.clone(), self.turns);
        let (engine, clock, worker) =
            (self.engine.clone(), Arc::clone(&self.clock), Arc::clone(&self.worker));
        tracing::info!(project = %doing.schedule.project, schedule = %doing.schedule.name, slot = %doing.slot, "due");
        engine.profile.jobs.changed(&[Topic::Schedules]);
        self.running.spawn(async move {
            let (of_work, to_do) = (engine.clone(), doing.clone());
            // A task of its own, so that a panic ends the slot with a name.
            let work = tokio::spawn(async move { worker.work(&of_work, &to_do).await });
            let ended = work.await.unwrap_or_else(|panic| {
                tracing::error!(%panic, "a scheduled run panicked");
                let said = "Holdfast made a mistake; nothing that it was doing counts as done.".into();
                Ended { state: SlotState::Failed, said, job_id: None }
            });
            let (id, slot_ms) = (doing.schedule.id.as_str(), doing.slot.as_millisecond());
            let (process, now_ms) = (engine.profile.jobs.process().id(), clock.now().as_millisecond());
            let catalog = &engine.profile.catalog;
            let mut waits = STORE_AGAIN.into_iter();
            while let Err(error) =
                catalog.end_slot(id, slot_ms, process, ended.state, Some(&ended.said), now_ms).await
            {
                let Some(wait) = waits.next() else { return Err(error.into()) };
                tracing::warn!(%error, "the end of a scheduled run is not stored yet");
                tokio::time::sleep(wait).await;
            }
            drop(at_work);
            engine.profile.jobs.changed(&[Topic::Schedules]);
            Ok(RunReport { doing, ended })
        });
    }
}

/// What a run came to; a claim whose end cannot be written is freed at the next look.
fn told(ended: Result<Result<RunReport, Failure>, tokio::task::JoinError>) -> Option<RunReport> {
    match ended {
        Ok(Ok(report)) => {
            let Schedule { project, name, .. } = &report.doing.schedule;
            tracing::info!(%project, schedule = %name, state = ?report.ended.state, "{}", report.ended.said);
            Some(report)
        }
        Ok(Err(failure)) => {
            tracing::error!(%failure, "the end of a scheduled run is not stored");
            None
        }
        Err(panic) => {
            tracing::error!(%panic, "a scheduled run was lost");
            None
        }
    }
}

/// Returns once somebody changed a schedule. Lost events do no harm: the clock comes round.
async fn schedules_changed(events: &mut broadcast::Receiver<Event>) {
    use tokio::sync::broadcast::error::RecvError;
    loop {
        match events.recv().await {
            Ok(Event::Changed(topics)) if topics.contains(&Topic::Schedules) => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
