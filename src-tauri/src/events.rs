//! Events of the engine, on their way to the page and the tray.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use contract::event::{EVENT_NAME, Event, Tag};
use engine::{Engine, event};
use tauri::{AppHandle, Emitter as _};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};

use crate::tray;

/// The page hears of a job's progress at most this often; what comes in between is overtaken.
const INTERVAL: Duration = Duration::from_millis(100);

/// Everything that a page can hold, for when it is unknown what it missed.
const ALL_TAGS: [Tag; 9] = [
    Tag::Setup,
    Tag::Vault,
    Tag::Projects,
    Tag::Backups,
    Tag::Jobs,
    Tag::Scratch,
    Tag::Drills,
    Tag::Schedules,
    Tag::Notify,
];

/// What has happened since the page was last told.
#[derive(Default)]
struct Pending {
    tags: BTreeSet<Tag>,
    /// The newest progress of each job, by its id.
    progress: BTreeMap<String, event::Event>,
}

impl Pending {
    /// Takes in what the channel gave; false when there will be no more.
    fn absorb(&mut self, received: Result<event::Event, RecvError>) -> bool {
        match received {
            Ok(event::Event::Changed(topics)) => self.tags.extend(topics.into_iter().map(Tag::from)),
            Ok(event::Event::Progress { job_id, progress }) => {
                self.progress.insert(job_id.clone(), event::Event::Progress { job_id, progress });
            }
            Err(RecvError::Lagged(_)) => self.tags.extend(ALL_TAGS),
            Err(RecvError::Closed) => return false,
        }
        true
    }

    fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.progress.is_empty()
    }

    /// Progress first: an answer that is asked for because of a tag is newer than it.
    async fn take(&mut self, engine: &Engine) -> Vec<Event> {
        let mut events = Vec::new();
        for progress in std::mem::take(&mut self.progress).into_values() {
            // A job that is gone meanwhile has no progress to show.
            events.extend(Event::encode(engine, progress).await.ok());
        }
        if !self.tags.is_empty() {
            events.push(Event::Changed { tags: std::mem::take(&mut self.tags).into_iter().collect() });
        }
        events
    }
}

/// Forwards events until the engine ends: the first one at once, then batches at 10 Hz.
pub(crate) async fn forward(app: AppHandle, engine: Engine) {
    let mut events = engine.events();
    let mut pending = Pending::default();
    loop {
        if pending.is_empty() && !pending.absorb(events.recv().await) {
            return;
        }
        for event in pending.take(&engine).await {
            if let Err(error) = app.emit(EVENT_NAME, event) {
                tracing::warn!(%error, "an event did not reach the page");
            }
        }
        tray::wake(&app);
        let end = Instant::now() + INTERVAL;
        while let Ok(received) = timeout_at(end, events.recv()).await {
            if !pending.absorb(received) {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::event::Topic;

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
        assert_eq!(pending.tags.len(), ALL_TAGS.len());
        assert!(!pending.is_empty());
    }
}
