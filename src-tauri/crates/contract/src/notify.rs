//! Notifications: channels, how they stand, and a test.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};
use crate::schedule::QuietHoursView;

/// How bad something has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum NotifyLevelView {
    /// Everything.
    All,
    /// Warnings and errors.
    Warnings,
    /// Errors.
    Errors,
    /// Nothing: the channel is off.
    None,
}

/// How a channel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ChannelStateView {
    /// The last message arrived.
    Works,
    /// Nothing was sent yet.
    Unproven,
    /// The last attempt did not work; it is tried again.
    Retrying,
    /// Messages are given up.
    Failing,
    /// It is told nothing.
    Off,
}

/// How mail gets to its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurityView {
    /// In clear at first, then TLS; without it nothing is sent.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// In clear.
    Plain,
}

/// In which form an address takes JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum WebhookStyleView {
    /// Holdfast's own, signed.
    Json,
    /// Slack's.
    Slack,
    /// Discord's.
    Discord,
    /// That of Teams.
    Teams,
}

/// Where a channel leads; no secret is in it. What is shown can be given back as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", rename_all_fields = "camelCase", tag = "kind")]
pub enum ChannelTargetView {
    /// The desktop of this computer.
    Desktop,
    /// Mailboxes.
    Email {
        /// The server.
        host: String,
        /// Its port.
        port: u16,
        /// How it is spoken to.
        security: MailSecurityView,
        /// Who signs in; absent means nobody.
        user: Option<String>,
        /// Who it is from.
        from: String,
        /// Whom it is to.
        to: Vec<String>,
    },
    /// An address that takes JSON.
    Webhook {
        /// In which form.
        style: WebhookStyleView,
    },
    /// A chat of Telegram.
    Telegram {
        /// The chat's id, or the public name of a channel.
        chat: String,
        /// Where the API is; absent means the public one.
        #[serde(default)]
        base: Option<String>,
    },
    /// An address that misses us when we do not call.
    Heartbeat {
        /// Id or name of the project whose runs are told; absent means all.
        #[serde(default)]
        project: Option<String>,
    },
}

/// A channel, and how it stands.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChannelView {
    /// Id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where it leads.
    pub target: ChannelTargetView,
    /// Host or address for people, without a secret.
    pub place: String,
    /// How bad something has to be.
    pub level: NotifyLevelView,
    /// Whether each scheduled run is told.
    pub each_run: bool,
    /// When nothing is told.
    pub quiet: Option<QuietHoursView>,
    /// Whether errors are told then all the same.
    pub errors_in_quiet: bool,
    /// At which time of the day all but errors is told as one: `08:00`; absent means at once.
    pub digest_at: Option<String>,
    /// How it stands.
    pub state: ChannelStateView,
    /// Why the last attempt did not work.
    pub problem: Option<String>,
    /// When that was.
    pub problem_at_ms: Option<Millis>,
    /// Since when messages are given up.
    pub failing_since_ms: Option<Millis>,
    /// The last time that something arrived.
    pub sent_at_ms: Option<Millis>,
    /// Messages that wait for their time, or to be tried again.
    pub waiting: Count,
    /// When the first of them is due.
    pub next_at_ms: Option<Millis>,
    /// The command line that says the same, but for its secrets.
    pub command: String,
}

/// Adds a channel, or changes one.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetChannel {
    /// Id or name of the channel that it was; absent for a new one.
    #[serde(default)]
    pub channel: Option<String>,
    /// What people call it.
    pub name: String,
    /// Where it leads.
    pub target: ChannelTargetView,
    /// The address of a webhook or heartbeat; a secret. Absent means that the stored one stays.
    #[serde(default)]
    pub url: Option<String>,
    /// Signing key, password or bot token; a secret. Absent means that the stored one stays.
    #[serde(default)]
    pub key: Option<String>,
    /// How bad something has to be.
    pub level: NotifyLevelView,
    /// Whether each scheduled run is told.
    pub each_run: bool,
    /// When nothing is told.
    #[serde(default)]
    pub quiet: Option<QuietHoursView>,
    /// Whether errors are told then all the same.
    #[serde(default)]
    pub errors_in_quiet: bool,
    /// At which time of the day all but errors is told as one.
    #[serde(default)]
    pub digest_at: Option<String>,
}

/// Names a channel.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChannelRef {
    /// Id or name.
    pub channel: String,
}

/// What came of a test that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChannelTested {
    /// False where it waits for a window to show it.
    pub is_taken: bool,
}
