//! Notifications: what is told to whom, once, and what became of it.
//!
//! `make` looks at what exists (slots of schedules, standings, drills, dates of backups) and writes messages; a
//! message has a key, so that it is made once whichever processes look. `route` says which channel takes it and
//! when, purely. `notifier` claims what is due for a channel in one statement and sends it through `send`, apart
//! from whatever else goes on: a channel that hangs holds up nothing but itself. `alarm` says, purely, which findings
//! of health are news.

mod alarm;
mod channel;
mod edit;
mod list;
mod make;
mod message;
mod notifier;
mod route;
mod send;
mod target;
mod trial;

pub use channel::{Channel, ChannelStanding, Level, Taste};
pub use edit::{ChannelSecrets, NewChannel};
pub use message::{Figure, Message, MessageKind, Severity};
pub use notifier::{Desk, Notifier, Showing};
pub use target::{Email, Heartbeat, MailSecurity, Target, Telegram, Webhook, WebhookStyle};
pub use trial::Trial;
