//! Telling: makes what is to be told, claims what is due, sends each channel's apart from the others.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::channel::Channel;
use super::message::{Message, MessageKind};
use super::send::{Refused, Sending, send};
use super::target::{Heartbeat, Target};
use crate::catalog::{ClaimedMessage, DeliveryEnd};
use crate::engine::Engine;
use crate::event::{Event, Topic};
use crate::job::is_dead;
use base::clock::{Clock, SystemClock};
use base::failure::Failure;

/// Channels that are told at once; one that hangs takes one of these places for half a minute.
const CHANNELS_AT_ONCE: usize = 8;
/// So many messages go out as one; Discord takes no more.
const MESSAGES_AT_ONCE: i64 = 10;
/// A message is tried so often; then its channel is said to fail.
const ATTEMPTS_MAX: i64 = 4;
/// The waits between attempts.
const WAITS: [SignedDuration; 3] =
    [SignedDuration::from_mins(1), SignedDuration::from_mins(5), SignedDuration::from_mins(15)];
/// After that, what nobody else would repeat is tried this often until it is no news any more: its channel may be
/// mended.
const WAIT_FOR_MENDING: SignedDuration = SignedDuration::from_hours(1);
/// Another process may have made something that only this one can show.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(15);
/// How projects stand is looked at this often where nothing was said to change: a goal is passed by time alone. It
/// costs the more the more projects there are.
const MAKE_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// Health is looked at this often: it asks the catalogue, the disks and the keychain.
const HEALTH_AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// A look that takes longer is given up, and begun anew in its time.
const HEALTH_LIMIT: Duration = Duration::from_mins(1);
/// Under this name, which is no channel's, a look at health goes on beside the sending.
const HEALTH: &str = "health";
/// What nobody saw on a desktop for a day is in the lists of the window.
const DESKTOP_STALE: SignedDuration = SignedDuration::from_hours(24);
/// What could not be sent for a week is no news any more.
const STALE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Messages are forgotten after so long.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What comes of showing a message: why it cannot be shown, for people.
pub type Showing<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Who shows messages on the desktop: the window's process.
pub trait Desk: std::fmt::Debug + Send + Sync {
    /// Shows a message. Ready once it is shown, not once somebody looked.
    fn show<'a>(&'a self, message: &'a Message) -> Showing<'a>;
}

/// Tells what is to be told.
#[derive(Debug)]
pub struct Notifier {
    telling: Telling,
    sending: JoinSet<String>,
    at_it: HashSet<String>,
    /// When messages were made last; absent where something has changed since.
    made_at: Option<Timestamp>,
    /// When health was looked at last; absent where that is due.
    health_at: Option<Timestamp>,
    /// Whether findings of health are told, and not only what happened.
    with_health: bool,
}

/// What tells with.
#[derive(Debug, Clone)]
pub(super) struct Telling {
    pub(super) engine: Engine,
    pub(super) clock: Arc<dyn Clock>,
    desk: Option<Arc<dyn Desk>>,
}

impl Engine {
    /// What tells about this profile, by the clock of this computer. Without a desk nothing is shown on the desktop:
    /// that waits for a process that has one.
    pub fn notifier(&self) -> Notifier {
        let telling = Telling { engine: self.clone(), clock: Arc::new(SystemClock), desk: None };
        Notifier {
            telling,
            sending: JoinSet::new(),
            at_it: HashSet::new(),
            made_at: None,
            health_at: None,
            with_health: true,
        }
    }
}

impl Notifier {
    /// By another clock.
    #[must_use]
    pub fn by(mut self, clock: Arc<dyn Clock>) -> Self {
        self.telling.clock = clock;
        self
    }

    /// With somebody who shows messages on the desktop.
    #[must_use]
    pub fn with_desk(mut self, desk: Arc<dyn Desk>) -> Self {
        self.telling.desk = Some(desk);
        self
    }

    /// Of what happened alone: health is not looked at.
    #[must_use]
    pub fn without_health(mut self) -> Self {
        self.with_health = false;
        self
    }

    /// Tells what is to be told, whenever it is, until this process takes up no more work.
    #[crate::boxed]
    pub async fn run(mut self) {
        let ending = self.telling.engine.profile.jobs.ending().clone();
        self.until(&ending).await;
    }

    /// Tells beside some work, and once more when it is done; waits until all that is due was tried.
    pub async fn beside<T>(mut self, work: impl Future<Output = T>) -> T {
        let done = CancellationToken::new();
        let told = done.clone();
        // What the work leaves is what is to be looked at.
        self.health_at = Some(self.telling.clock.now());
        let telling = tokio::spawn(async move {
            self.until(&told).await;
            self.drain().await;
        });
        let came_of_it = work.await;
        done.cancel();
        if let Err(panic) = telling.await {
            tracing::error!(%panic, "telling panicked");
        }
        came_of_it
    }

    /// Makes what is to be told now and tries all that is due, and waits for it.
    #[crate::boxed]
    pub async fn once(mut self) {
        self.drain().await;
    }

    async fn until(&mut self, end: &CancellationToken) {
        let mut events = self.telling.engine.events();
        while !end.is_cancelled() {
            let next_at = self.look().await;
            tokio::select! {
                biased;
                () = end.cancelled() => {}
                Some(ended) = self.sending.join_next() => { self.free(ended); }
                () = something_changed(&mut events) => self.made_at = None,
                () = self.telling.clock.rest(Some(next_at)) => {}
            }
        }
    }

    /// What failed and is tried again later is left for later.
    async fn drain(&mut self) {
        (self.made_at, self.health_at) = (None, None);
        self.look().await;
        while let Some(ended) = self.sending.join_next().await {
            self.free(ended);
            self.made_at = None;
            self.look().await;
        }
    }

    fn free(&mut self, ended: Result<String, tokio::task::JoinError>) {
        match ended {
            Ok(channel) => drop(self.at_it.remove(&channel)),
            Err(panic) => {
                tracing::error!(%panic, "the telling of a channel panicked");
                self.at_it.clear();
            }
        }
    }

    /// Makes and begins to send what is due; when to look again.
    async fn look(&mut self) -> Timestamp {
        let now = self.telling.clock.now();
        let latest = now.checked_add(LOOK_AGAIN).unwrap_or(now);
        match self.begin_due(now).await {
            Ok(next_at) => next_at.map_or(latest, |next| next.min(latest)),
            Err(failure) => {
                tracing::warn!(%failure, "what is to be told cannot be read");
                latest
            }
        }
    }

    /// Looks at health where that is due, beside all else: a disk or a keychain that hangs holds up no message.
    fn begin_health(&mut self, now: Timestamp) {
        let is_fresh = |at: Timestamp| at <= now && now.duration_since(at) < HEALTH_AGAIN;
        if !self.with_health || self.health_at.is_some_and(is_fresh) || !self.at_it.insert(HEALTH.into()) {
            return;
        }
        self.health_at = Some(now);
        let telling = self.telling.clone();
        self.sending.spawn(async move {
            match tokio::time::timeout(HEALTH_LIMIT, telling.look_at_health(now)).await {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => tracing::warn!(%failure, "what health finds cannot be told"),
                Err(_) => tracing::warn!("a look at health did not come to its end"),
            }
            HEALTH.to_owned()
        });
    }

    async fn begin_due(&mut self, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
        let engine = &self.telling.engine;
        engine.free_dead_senders().await?;
        // A clock that was set back is no reason to wait for it.
        let is_fresh = |made: Timestamp| made <= now && now.duration_since(made) < MAKE_AGAIN;
        if !self.made_at.is_some_and(is_fresh) {
            self.telling.make(now).await?;
            self.made_at = Some(now);
        }
        self.begin_health(now);
        let engine = &self.telling.engine;
        let catalog = &engine.profile.catalog;
        let ago = |span| now.checked_sub(span).unwrap_or(now).as_millisecond();
        catalog.forget_messages(ago(KEPT_FOR)).await?;
        let mut next_at: Option<i64> = None;
        let queues = catalog.queues().await?;
        for channel in engine.stored_channels().await? {
            let is_desktop = channel.target == Target::Desktop;
            let Some(queue) = queues.iter().find(|queue| queue.channel_id == channel.id) else { continue };
            let stale = if is_desktop { DESKTOP_STALE } else { STALE };
            catalog.drop_stale(&channel.id, ago(stale), now.as_millisecond()).await?;
            if is_desktop && self.telling.desk.is_none() {
                continue;
            }
            if queue.next_at_ms > now.as_millisecond() {
                next_at = [next_at, Some(queue.next_at_ms)].into_iter().flatten().min();
            } else if self.at_it.len() < CHANNELS_AT_ONCE && self.at_it.insert(channel.id.clone()) {
                let telling = self.telling.clone();
                self.sending.spawn(async move {
                    let id = channel.id.clone();
                    if let Err(failure) = telling.tell(&channel).await {
                        tracing::warn!(%failure, channel = %channel.name, "a channel could not be told");
                    }
                    id
                });
            }
        }
        Ok(next_at.and_then(|at| Timestamp::from_millisecond(at).ok()))
    }
}

impl Engine {
    async fn free_dead_senders(&self) -> Result<(), Failure> {
        let (catalog, mine) = (&self.profile.catalog, self.profile.jobs.process().id());
        for process in catalog.senders().await? {
            if process != mine && is_dead(&self.profile.home, &process) {
                catalog.free_deliveries(&process).await?;
            }
        }
        Ok(())
    }
}

impl Telling {
    /// Sends all that is due for a channel, one attempt after the other.
    async fn tell(&self, channel: &Channel) -> Result<(), Failure> {
        let (catalog, process) = (&self.engine.profile.catalog, self.engine.profile.jobs.process());
        let is_one_by_one = matches!(channel.target, Target::Desktop | Target::Heartbeat(_));
        let limit = if is_one_by_one { 1 } else { MESSAGES_AT_ONCE };
        loop {
            let now = self.clock.now();
            let claimed =
                catalog.claim_deliveries(&channel.id, process.id(), limit, now.as_millisecond()).await?;
            if claimed.is_empty() {
                return Ok(());
            }
            let messages = claimed.iter().map(|one| Message::try_from(one.message.clone()));
            let messages = messages.collect::<Result<Vec<_>, _>>()?;
            let sent = self.attempt(channel, &messages, now).await;
            self.note(channel, &claimed, sent).await?;
            self.engine.profile.jobs.changed(&[Topic::Notify]);
        }
    }

    async fn attempt(&self, channel: &Channel, messages: &[Message], now: Timestamp) -> Result<(), Refused> {
        if channel.target == Target::Desktop {
            let Some(desk) = &self.desk else { return Err(Refused::later("no window is open")) };
            for message in messages {
                desk.show(message).await.map_err(Refused::for_good)?;
            }
            return Ok(());
        }
        // A keychain that is locked now may be open later.
        let kept = self.engine.kept_of(channel).await.map_err(|failure| Refused::later(failure.message))?;
        send(Sending { channel, kept: &kept, messages, now }).await
    }

    /// Writes down what came of an attempt.
    async fn note(
        &self,
        channel: &Channel,
        claimed: &[ClaimedMessage],
        sent: Result<(), Refused>,
    ) -> Result<(), Failure> {
        let (catalog, process) = (&self.engine.profile.catalog, self.engine.profile.jobs.process().id());
        let now = self.clock.now();
        let now_ms = now.as_millisecond();
        if sent.is_ok() {
            catalog.channel_works(&channel.id, now_ms).await?;
        }
        let mut is_given_up = false;
        for ClaimedMessage { attempts, message } in claimed {
            let end = match &sent {
                Ok(()) => DeliveryEnd::Sent,
                Err(Refused { said, is_final }) => {
                    let is_last = *is_final || *attempts >= ATTEMPTS_MAX;
                    let at = again(channel, message, *attempts, is_last, now);
                    is_given_up |= is_last || at.is_none();
                    at.map_or(DeliveryEnd::Failed(said), |at| DeliveryEnd::Later(said, at.as_millisecond()))
                }
            };
            catalog.end_delivery(&message.id, &channel.id, process, end, now_ms).await?;
        }
        if let Err(refused) = sent {
            let fails_now = catalog.channel_fails(&channel.id, &refused.said, is_given_up, now_ms).await?;
            if fails_now {
                tracing::warn!(channel = %channel.name, reason = %refused.said, "notifications do not arrive");
                // The other channels hear of it at once.
                self.make(now).await?;
            }
        }
        Ok(())
    }
}

/// When a message is tried again, if at all.
fn again(
    channel: &Channel,
    message: &crate::catalog::MessageRecord,
    attempts: i64,
    is_last: bool,
    now: Timestamp,
) -> Option<Timestamp> {
    let is_beat = matches!(channel.target, Target::Heartbeat(Heartbeat { .. }));
    if is_last {
        // What a run or a goal comes to is told anew by the next one; this is told once.
        let once = [MessageKind::Health.as_str(), MessageKind::HandFailed.as_str()];
        let is_kept = once.contains(&message.kind.as_str()) && channel.target != Target::Desktop && !is_beat;
        return is_kept.then(|| now.checked_add(WAIT_FOR_MENDING).ok()).flatten();
    }
    // After its run has ended a late signal would say that it runs.
    if is_beat && message.kind == MessageKind::RunStarted.as_str() {
        return None;
    }
    let wait = WAITS.get(usize::try_from(attempts - 1).unwrap_or(0)).or(WAITS.last())?;
    now.checked_add(*wait).ok()
}

/// Returns once there may be something to tell. Lost events do no harm: the clock comes round.
async fn something_changed(events: &mut broadcast::Receiver<Event>) {
    use tokio::sync::broadcast::error::RecvError;
    loop {
        match events.recv().await {
            Ok(Event::Changed(topics)) if topics.iter().any(|topic| tells(*topic)) => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

fn tells(topic: Topic) -> bool {
    matches!(topic, Topic::Schedules | Topic::Notify | Topic::Backups | Topic::Projects)
}
