//! The sender: creates messages, claims the due ones, and sends each channel's independently of the others.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::message::{Message, MessageKind};
use super::send::{Refused, Sending, send};
use crate::channel::Channel;
use crate::channel::{Heartbeat, Target};
use crate::engine::Engine;
use base::clock::{Clock, SystemClock};
use base::failure::Failure;
use base::words::full_text;
use ledger::catalog::{ClaimedMessage, DeliveryEnd};
use ledger::event::{Event, Topic};

/// Channels served concurrently; a hanging one occupies one of these slots for half a minute.
const CHANNELS_AT_ONCE: usize = 8;
/// So many messages go out as one; Discord takes no more.
const MESSAGES_AT_ONCE: i64 = 10;
/// A message is tried so often; then its channel is said to fail.
const ATTEMPTS_MAX: i64 = 4;
/// The waits between attempts.
const WAITS: [SignedDuration; 3] =
    [SignedDuration::from_mins(1), SignedDuration::from_mins(5), SignedDuration::from_mins(15)];
/// After that, messages that nothing else would repeat are retried this often until they are outdated: the
/// channel may be repaired by then.
const WAIT_FOR_MENDING: SignedDuration = SignedDuration::from_hours(1);
/// Another process may have made something that only this one can show.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(15);
/// How often projects are evaluated without a change notice: time alone can exceed a goal. The cost grows
/// with the number of projects.
const MAKE_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// Health is looked at this often: it asks the catalogue, the disks and the keychain.
const HEALTH_AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// A look that takes longer is given up, and begun anew in its time.
const HEALTH_LIMIT: Duration = Duration::from_mins(1);
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
    /// One for each channel that is told, and the look at health beside them.
    sending: JoinSet<()>,
    /// The last look at health.
    looking: Option<AbortHandle>,
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
    /// The sender of this profile, on this computer's clock. Without a desktop session, desktop messages wait
    /// for a process that has one.
    pub fn notifier(&self) -> Notifier {
        let telling = Telling { engine: self.clone(), clock: Arc::new(SystemClock), desk: None };
        Notifier {
            telling,
            sending: JoinSet::new(),
            looking: None,
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
                Some(ended) = self.sending.join_next() => note_panic(ended),
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
            note_panic(ended);
            self.made_at = None;
            self.look().await;
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
        let is_looking = self.looking.as_ref().is_some_and(|look| !look.is_finished());
        if !self.with_health || self.health_at.is_some_and(is_fresh) || is_looking {
            return;
        }
        self.health_at = Some(now);
        let telling = self.telling.clone();
        self.looking = Some(self.sending.spawn(async move {
            match tokio::time::timeout(HEALTH_LIMIT, telling.look_at_health(now)).await {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => tracing::warn!(%failure, "what health finds cannot be told"),
                Err(_) => tracing::warn!("a look at health did not come to its end"),
            }
        }));
    }

    async fn begin_due(&mut self, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
        let engine = &self.telling.engine;
        engine.free_left_messages(now).await?;
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
            } else if self.sending.len() < CHANNELS_AT_ONCE
                && let Some(turn) = engine.at_work.begin(&channel.id, now)
            {
                let telling = self.telling.clone();
                self.sending.spawn(async move {
                    match telling.tell(&channel).await {
                        Ok(true) => turn.over(),
                        // What was due and could not be claimed is sent by another process: to ask again at once
                        // would be to ask without end.
                        Ok(false) => turn.others(now),
                        Err(failure) => {
                            tracing::warn!(%failure, channel = %channel.name, "a channel could not be told");
                        }
                    }
                });
            } else if let Some(until) = engine.at_work.others_until(&channel.id) {
                next_at = [next_at, Some(until.as_millisecond())].into_iter().flatten().min();
            }
        }
        Ok(next_at.and_then(|at| Timestamp::from_millisecond(at).ok()))
    }
}

impl Telling {
    /// Sends all that is due for a channel, one attempt after the other. False where nothing of it could be claimed.
    async fn tell(&self, channel: &Channel) -> Result<bool, Failure> {
        let (catalog, process) = (&self.engine.profile.catalog, self.engine.profile.jobs.process());
        let is_one_by_one = matches!(channel.target, Target::Desktop | Target::Heartbeat(_));
        let limit = if is_one_by_one { 1 } else { MESSAGES_AT_ONCE };
        let mut has_claimed = false;
        loop {
            let now = self.clock.now();
            let claimed =
                catalog.claim_deliveries(&channel.id, process.id(), limit, now.as_millisecond()).await?;
            if claimed.is_empty() {
                return Ok(has_claimed);
            }
            has_claimed = true;
            let (claimed, messages) = self.readable(channel, claimed).await?;
            if !messages.is_empty() {
                let sent = self.attempt(channel, &messages, now).await;
                self.note(channel, &claimed, sent).await?;
            }
            self.engine.profile.jobs.changed(&[Topic::Notify]);
        }
    }

    /// What can be read of what was claimed; the rest will never be, and fails, so that it holds up nothing.
    async fn readable(
        &self,
        channel: &Channel,
        claimed: Vec<ClaimedMessage>,
    ) -> Result<(Vec<ClaimedMessage>, Vec<Message>), Failure> {
        let (catalog, process) = (&self.engine.profile.catalog, self.engine.profile.jobs.process().id());
        let (mut kept, mut messages) = (Vec::new(), Vec::new());
        for one in claimed {
            match Message::try_from(one.message.clone()) {
                Ok(message) => {
                    messages.push(message);
                    kept.push(one);
                }
                Err(error) => {
                    let said = format!("what was to be told cannot be read: {}", full_text(&error));
                    tracing::warn!(channel = %channel.name, message = %one.message.id, %said);
                    let (end, now_ms) = (DeliveryEnd::Failed(&said), self.clock.now().as_millisecond());
                    catalog.end_delivery(&one.message.id, &channel.id, process, end, now_ms).await?;
                }
            }
        }
        Ok((kept, messages))
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
        // After the messages: how the channel stands is said anew by the next one, and a message would be sent again.
        let Err(refused) = sent else { return Ok(catalog.channel_works(&channel.id, now_ms).await?) };
        let fails_now = catalog.channel_fails(&channel.id, &refused.said, is_given_up, now_ms).await?;
        if fails_now {
            tracing::warn!(channel = %channel.name, reason = %refused.said, "notifications do not arrive");
            // The other channels hear of it at once.
            self.make(now).await?;
        }
        Ok(())
    }
}

/// What a panic left is freed at the next look.
fn note_panic(ended: Result<(), JoinError>) {
    if let Err(panic) = ended {
        tracing::error!(%panic, "the telling of a channel panicked");
    }
}

/// When a message is tried again, if at all.
fn again(
    channel: &Channel,
    message: &ledger::catalog::MessageRecord,
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
