//! Channels of notifications: where each leads, what it is told and when, and how it stands.

mod list;
mod target;
mod told;

pub(crate) use list::find;
pub use target::{Email, Heartbeat, MailSecurity, Target, Telegram, Webhook, WebhookStyle};
pub(crate) use target::{Kept, address, is_loopback, place_of};
pub(crate) use told::secret_name;
pub use told::{Channel, ChannelStanding, Level, Taste};
