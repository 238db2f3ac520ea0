//! Projects: what is protected, how it is reached, how it stands.

mod account;
mod components;
mod entry;
mod expectations;
mod goals;
mod manage;
mod passphrase;
mod platform;
mod remove;
mod sample;
mod standing;

pub use account::{Account, AccountProject, AddedProject};
pub(crate) use entry::Entry;
pub use goals::preset;
pub use manage::{NewProject, ProjectChange};
pub use platform::Credentials;
pub(crate) use platform::is_same_platform;
pub use remove::RemovalPlan;
pub use standing::{Day, OpenFailure, OpenJob, ProjectStanding, RECOVERY_GOAL_MS};
