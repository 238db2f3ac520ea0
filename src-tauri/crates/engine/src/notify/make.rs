//! Creates messages by repeatedly reading existing records. A unique key creates each message once.

mod findings;
mod goals;
mod hand;
mod leaving;
mod reports;
mod runs;

use base::Severity;
use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::message::{Message, MessageKind};
use super::notifier::Telling;
use super::route;
use crate::channel::Channel;
use crate::schedule::words::{sentence, when};
use base::command::{About, Command};
use base::failure::Failure;
use ledger::catalog::Told;
use ledger::event::Topic;

/// Nothing that ended longer ago is told for the first time.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What holds for a look.
pub(super) struct Look {
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
    pub(super) channels: Vec<Channel>,
    /// What was told, by key.
    pub(super) known: HashSet<String>,
    /// How things stood then.
    pub(super) told: HashMap<String, Told>,
}

impl Look {
    pub(super) fn now_ms(&self) -> i64 {
        self.now.as_millisecond()
    }

    fn before(&self, span: SignedDuration) -> i64 {
        self.now.checked_sub(span).unwrap_or(self.now).as_millisecond()
    }

    /// Where a message goes, and when, of those channels that take it.
    fn goes_to(&self, message: &Message, takes: impl Fn(&Channel) -> bool) -> Vec<(String, i64)> {
        let mine = self.channels.iter().filter(|channel| takes(channel));
        let due = |channel: &Channel| route::due(channel, message, self.now, &self.zone).as_millisecond();
        mine.map(|channel| (channel.id.clone(), due(channel))).collect()
    }

    /// How something stood when it was told last.
    fn state(&self, subject: &str) -> Option<&Told> {
        self.told.get(subject)
    }
}

impl Telling {
    /// Makes what is to be told by now.
    pub(super) async fn make(&self, now: Timestamp) -> Result<(), Failure> {
        let catalog = &self.engine.profile.catalog;
        let mut look = self.look_at(now).await?;
        look.told = catalog.told().await?;
        // Runs are told when they ended, and so lie a little further back than what is looked for.
        look.known = catalog.message_keys(look.before(LOOK_BACK * 2)).await?;
        let mut made = self.make_runs(&mut look).await?;
        made += self.make_goals(&look).await?;
        made += self.make_expiring(&look).await?;
        made += self.make_drill_report(&look).await?;
        made += self.make_failing(&look).await?;
        made += self.make_hand_failures(&look).await?;
        if made > 0 {
            self.engine.profile.jobs.changed(&[Topic::Notify]);
        }
        Ok(())
    }

    /// A look that knows of nothing that was told.
    async fn look_at(&self, now: Timestamp) -> Result<Look, Failure> {
        let channels = self.engine.stored_channels().await?;
        Ok(Look { now, zone: self.clock.zone(), channels, known: HashSet::new(), told: HashMap::new() })
    }

    /// Stores a message with where it goes. How many were new: one, or none.
    async fn put(&self, look: &Look, message: Message, told: Option<Told>) -> Result<usize, Failure> {
        if look.known.contains(&message.key) && told.is_none() {
            return Ok(0);
        }
        let goes_to = look.goes_to(&message, |channel| route::takes(channel, &message));
        let is_new =
            self.engine.profile.catalog.put_message(&message.record()?, &goes_to, told.as_ref()).await?;
        if is_new {
            tracing::info!(kind = message.kind.as_str(), to = goes_to.len(), "{}", message.subject);
        }
        Ok(usize::from(is_new))
    }

    /// Channels that do not work, for all others.
    async fn make_failing(&self, look: &Look) -> Result<usize, Failure> {
        let mut made = 0;
        for channel in &look.channels {
            let Some((since_ms, (problem, _))) = channel.failing_since_ms.zip(channel.problem.as_ref())
            else {
                continue;
            };
            let since = Timestamp::from_millisecond(since_ms).unwrap_or(look.now);
            let mut message = Message::new(
                MessageKind::ChannelFailing,
                Severity::Critical,
                format!("channel_failing:{}:{since_ms}", channel.id),
                look.now_ms(),
                format!("Notifications do not reach “{}”", channel.name),
            )
            .line(sentence(problem))
            .line(format!("Nothing has arrived there since {}.", when(since, &look.zone)))
            .line(format!(
                "Put it right, then test it: {}",
                Command::about(About::NotifyTest, &channel.name)
            ));
            message.channel_id = Some(channel.id.clone());
            made += self.put(look, message, None).await?;
        }
        Ok(made)
    }
}
