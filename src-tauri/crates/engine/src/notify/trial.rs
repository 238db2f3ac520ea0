//! Sends a test message.

use base::Severity;
use std::time::Duration;

use super::edit::{details, subject};
use super::message::{Message, MessageKind};
use super::send::{Sending, send};
use crate::channel;
use crate::channel::{Channel, Level};
use crate::channel::{Kept, Target};
use crate::engine::Engine;
use base::Code;
use base::clock::{Clock as _, SystemClock};
use base::failure::Failure;
use ledger::audit::{Act, Fact};
use ledger::event::Topic;

/// So long a window is waited for that shows it: it looks more often.
const WINDOW_WAIT: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// Its peer took it.
    Taken,
    /// It waits for a window: none is open now.
    Waits,
}

impl Engine {
    /// Sends a test through a channel, at once and regardless of its filter.
    ///
    /// # Errors
    /// `channel_not_found`; `notification_failed` with what its peer said; what the keychain says.
    #[crate::boxed]
    pub async fn test_channel(&self, reference: &str) -> Result<Trial, Failure> {
        let all = self.stored_channels().await?;
        let channel = channel::find(&all, reference)?;
        let now = SystemClock.now();
        let id = uuid::Uuid::new_v4().simple();
        let message = Message::new(
            MessageKind::Test,
            Severity::Info,
            format!("test:{id}"),
            now.as_millisecond(),
            "This is a test".into(),
        )
        .line(format!("Messages of Holdfast reach “{}”.", channel.name));
        let message = match channel.taste.level {
            Level::None => message.line("The channel is off: nothing else is told here."),
            Level::All | Level::Warnings | Level::Errors => message,
        };
        let tried = if channel.target == Target::Desktop {
            self.try_desktop(channel, &message).await
        } else {
            self.try_peer(channel, &message).await
        };
        let outcome = match &tried {
            Ok(Trial::Taken) => "taken",
            Ok(Trial::Waits) => "waits",
            Err(_) => "failed",
        };
        let details = details(channel).with("outcome", Fact::Word(outcome));
        self.audit(Act::ChannelTested, &subject(channel), details).await?;
        self.profile.jobs.changed(&[Topic::Notify]);
        tried
    }

    async fn try_peer(&self, channel: &Channel, message: &Message) -> Result<Trial, Failure> {
        let kept = self.kept_of(channel).await?;
        let messages = std::slice::from_ref(message);
        let catalog = &self.profile.catalog;
        let now = SystemClock.now();
        match send(Sending { channel, kept: &kept, messages, now }).await {
            Ok(()) => {
                catalog.channel_works(&channel.id, now.as_millisecond()).await?;
                Ok(Trial::Taken)
            }
            Err(refused) => {
                catalog.channel_fails(&channel.id, &refused.said, false, now.as_millisecond()).await?;
                Err(not_arrived(&refused.said))
            }
        }
    }

    async fn try_desktop(&self, channel: &Channel, message: &Message) -> Result<Trial, Failure> {
        let catalog = &self.profile.catalog;
        let goes_to = [(channel.id.clone(), message.at_ms)];
        catalog.put_message(&message.record()?, &goes_to, None).await?;
        self.profile.jobs.changed(&[Topic::Notify]);
        let end = tokio::time::Instant::now() + WINDOW_WAIT;
        while tokio::time::Instant::now() < end {
            match catalog.delivery(&message.id, &channel.id).await? {
                Some((state, _)) if state == "sent" => return Ok(Trial::Taken),
                Some((state, said)) if state == "failed" => {
                    return Err(not_arrived(&said.unwrap_or_else(|| "it could not be shown".into())));
                }
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
        Ok(Trial::Waits)
    }

    /// What a channel keeps in the keychain.
    pub(super) async fn kept_of(&self, channel: &Channel) -> Result<Kept, Failure> {
        match &channel.secret_id {
            Some(id) => Kept::read(&self.profile.secrets.get(&crate::channel::secret_name(id)).await?),
            None => Ok(Kept::default()),
        }
    }
}

fn not_arrived(said: &str) -> Failure {
    Failure::new(
        Code::NotificationFailed,
        said,
        "Put right what it names, and test again; until then the channel tells nobody anything.",
    )
}
