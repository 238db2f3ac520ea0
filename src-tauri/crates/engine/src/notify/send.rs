//! One attempt to send: by the channel's protocol, within a time limit, with errors that contain no secrets.

mod chat;
mod email;
mod http;
mod json;
mod smtp;
mod text;

use std::time::Duration;

use jiff::Timestamp;

use super::message::{Message, MessageKind};
use crate::channel::Channel;
use crate::channel::{Kept, Target, WebhookStyle};

/// A whole attempt takes at most so long, whatever its peer does.
const SEND_LIMIT: Duration = Duration::from_secs(30);

/// What is sent in one attempt.
#[derive(Clone, Copy)]
pub(super) struct Sending<'a> {
    pub(super) channel: &'a Channel,
    pub(super) kept: &'a Kept,
    /// In the order in which they happened; never empty.
    pub(super) messages: &'a [Message],
    pub(super) now: Timestamp,
}

/// Why it did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// In words, without secrets.
    pub(super) said: String,
    /// Whether trying again would be of no use.
    pub(super) is_final: bool,
}

impl Refused {
    pub(super) fn later(said: impl Into<String>) -> Self {
        Self { said: said.into(), is_final: false }
    }

    pub(super) fn for_good(said: impl Into<String>) -> Self {
        Self { said: said.into(), is_final: true }
    }
}

/// Sends messages once.
pub(super) async fn send(sending: Sending<'_>) -> Result<(), Refused> {
    let place = sending.channel.target.place();
    let sent = tokio::time::timeout(SEND_LIMIT, attempt(sending)).await;
    let sent = sent.unwrap_or_else(|_| {
        Err(Refused::later(format!("{place} did not answer within {} seconds", SEND_LIMIT.as_secs())))
    });
    // Whatever a peer repeats, and whoever forgot to look.
    sent.map_err(|refused| Refused { said: sending.kept.redact(&refused.said), ..refused })
}

async fn attempt(sending: Sending<'_>) -> Result<(), Refused> {
    let Sending { channel, kept, messages, now } = sending;
    let url =
        || kept.url.as_deref().ok_or_else(|| Refused::for_good("its address is missing; enter it again"));
    match &channel.target {
        Target::Desktop => Err(Refused::for_good("only the window can show it")),
        Target::Email(email) => email::send(email, kept.key.as_deref(), messages).await,
        Target::Telegram(telegram) => {
            let token = kept
                .key
                .as_deref()
                .ok_or_else(|| Refused::for_good("its token is missing; enter it again"))?;
            let url = format!("{}/bot{token}/sendMessage", telegram.base);
            http::post(&url, &chat::telegram(&telegram.chat, messages), None, kept).await
        }
        Target::Webhook(webhook) => {
            let (body, signature) = match webhook.style {
                WebhookStyle::Json => {
                    let body = json::document(messages, now);
                    let key = kept.key.as_deref();
                    let key =
                        key.ok_or_else(|| Refused::for_good("its signing key is missing; enter it again"))?;
                    let signature = json::signature(key, &body, now);
                    (body, Some(signature))
                }
                WebhookStyle::Slack => (chat::slack(messages), None),
                WebhookStyle::Discord => (chat::discord(messages), None),
                WebhookStyle::Teams => (chat::teams(messages), None),
            };
            http::post(url()?, &body, signature.as_deref(), kept).await
        }
        Target::Heartbeat(_) => {
            for message in messages {
                let signal = match message.kind {
                    MessageKind::RunStarted => Some("start"),
                    MessageKind::RunFailed | MessageKind::GaveUp => Some("fail"),
                    _ => None,
                };
                http::beat(url()?, signal, kept).await?;
            }
            Ok(())
        }
    }
}
