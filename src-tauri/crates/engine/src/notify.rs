//! Notifications: what is sent to whom, once, and the result.
//!
//! `make` looks at what exists (slots of schedules, standings, drills, dates of backups) and writes messages; a
//! message has a key, so that it is made once whichever processes look. `route` says which channel takes it and
//! when, purely. `notifier` claims what is due for a channel in one statement and sends it through `send`, apart
//! from whatever else goes on: a channel that hangs holds up nothing but itself; `at_work` frees what was claimed and
//! left. `alarm` says, purely, which findings
//! of health are news.

mod alarm;
mod edit;
mod left;
mod make;
mod message;
mod notifier;
mod route;
mod send;
mod trial;

pub use edit::{ChannelSecrets, NewChannel};
pub use message::{Figure, Message, MessageKind};
pub use notifier::{Desk, Notifier, Showing};
pub use trial::Trial;
