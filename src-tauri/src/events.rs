//! Events of the engine, on their way to the page and the tray.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use contract::event::{EVENT_NAME, Event, Tag};
use contract::job::JobView;
use contract::number::Count;
use ledger::event::{self, Topic};
use tauri::{AppHandle, Emitter as _};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::tray;

/// The page hears of a job's progress at most this often; what comes in between is overtaken.
const INTERVAL: Duration = Duration::from_millis(100);

/// Commands that end at once and ask whether everything was told; more of them wait for a place.
const ASKED_MAX: usize = 16;

/// Asks for what has happened to be told at once.
pub(crate) struct Telling(mpsc::Sender<oneshot::Sender<u64>>);

/// The other end of [`Telling`].
pub(crate) struct Asked(mpsc::Receiver<oneshot::Sender<u64>>);

/// Both ends.
pub(crate) fn telling() -> (Telling, Asked) {
    let (ask, asked) = mpsc::channel(ASKED_MAX);
    (Telling(ask), Asked(asked))
}

impl Telling {
    /// Tells the page at once what has happened so far; the number of the last change that it is told of. A command
    /// that has ended has said what it changed, so the page knows whether it has heard of it.
    pub(crate) async fn now(&self) -> u64 {
        let (answer, number) = oneshot::channel();
        // Without an engine nothing happens, and nothing is told.
        if self.0.send(answer).await.is_err() {
            return 0;
        }
        number.await.unwrap_or(0)
    }
}

/// What has happened since the page was last told.
#[derive(Default)]
struct Pending {
    tags: BTreeSet<Tag>,
    /// The newest progress of each job, by its id.
    progress: BTreeMap<String, JobView>,
    /// How often the page was told of changes.
    number: u64,
}

impl Pending {
    /// Takes in what the channel gave; false when there will be no more.
    fn absorb(&mut self, received: Result<event::Event, RecvError>) -> bool {
        match received {
            Ok(event::Event::Changed(topics)) => self.tags.extend(topics.into_iter().map(Tag::from)),
            Ok(event::Event::Progress(job)) => {
                self.progress.insert(job.record.id.clone(), (*job).into());
            }
            // What was missed is unknown, and so is what it reaches.
            Err(RecvError::Lagged(_)) => self.tags.extend(Topic::ALL.map(Tag::from)),
            Err(RecvError::Closed) => return false,
        }
        true
    }

    /// Takes in what is there already.
    fn drain(&mut self, events: &mut Receiver<event::Event>) {
        loop {
            let received = match events.try_recv() {
                Ok(event) => Ok(event),
                Err(TryRecvError::Lagged(missed)) => Err(RecvError::Lagged(missed)),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            };
            self.absorb(received);
        }
    }

    fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.progress.is_empty()
    }

    /// Progress first: an answer that is asked for because of a tag is newer than it. Nothing is asked for it.
    fn take(&mut self) -> Vec<Event> {
        let rows = std::mem::take(&mut self.progress).into_values();
        let mut events: Vec<Event> = rows.map(|job| Event::Progress { job: Box::new(job) }).collect();
        if !self.tags.is_empty() {
            self.number += 1;
            let tags = std::mem::take(&mut self.tags).into_iter().collect();
            events.push(Event::Changed { number: Count(self.number), tags });
        }
        events
    }

    fn tell(&mut self, app: &AppHandle) {
        for event in self.take() {
            match &event {
                Event::Progress { job } => tray::moved(app, &job.row),
                Event::Changed { .. } | Event::OpenRun { .. } => tray::wake(app),
            }
            if let Err(error) = app.emit(EVENT_NAME, event) {
                tracing::warn!(%error, "an event did not reach the page");
            }
        }
    }
}

/// Forwards events until the engine ends: the first one at once, then batches at 10 Hz, and at once when asked.
pub(crate) async fn forward(app: AppHandle, mut events: Receiver<event::Event>, mut asked: Asked) {
    let mut pending = Pending::default();
    let mut told = Instant::now();
    loop {
        tokio::select! {
            received = events.recv() => if !pending.absorb(received) {
                return;
            },
            Some(answer) = asked.0.recv() => {
                pending.drain(&mut events);
                pending.tell(&app);
                told = Instant::now();
                // Whoever asked may be gone.
                let _ = answer.send(pending.number);
            }
            () = sleep_until(told + INTERVAL), if !pending.is_empty() => {
                pending.tell(&app);
                told = Instant::now();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_merged_and_the_engine_may_end() {
        let mut pending = Pending::default();
        assert!(pending.absorb(Ok(event::Event::Changed(vec![Topic::Jobs, Topic::Vault]))));
        assert!(pending.absorb(Ok(event::Event::Changed(vec![Topic::Jobs]))));
        assert_eq!(pending.tags, BTreeSet::from([Tag::Vault, Tag::Jobs]));
        assert!(!pending.absorb(Err(RecvError::Closed)));
    }

    #[test]
    fn a_page_that_missed_events_asks_for_everything_again() {
        let mut pending = Pending::default();
        assert!(pending.absorb(Err(RecvError::Lagged(9))));
        assert_eq!(pending.tags.len(), Topic::ALL.len());
        assert!(!pending.is_empty());
    }

    #[test]
    fn what_has_happened_is_told_at_once_when_asked_and_counted() {
        let (sender, mut events) = tokio::sync::broadcast::channel(8);
        let mut pending = Pending::default();
        pending.drain(&mut events);
        assert!(pending.take().is_empty());
        assert_eq!(pending.number, 0, "nothing was told");
        for topic in [Topic::Jobs, Topic::Vault] {
            sender.send(event::Event::Changed(vec![topic])).unwrap();
        }
        pending.drain(&mut events);
        let told = pending.take();
        assert!(matches!(&told[..], [Event::Changed { number: Count(1), tags }] if tags.len() == 2));
    }
}
