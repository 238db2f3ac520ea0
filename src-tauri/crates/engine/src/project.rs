//! Projects: what is protected, its connection, its status.

mod account;
mod address;
mod components;
pub(crate) mod coverage;
mod entered;
mod entry;
mod expectations;
mod goals;
mod manage;
mod passphrase;
mod platform;
mod reached;
mod sample;
mod standing;
mod way;

pub use account::{Account, AccountProject, AddedProject};
pub(crate) use entered::Entered;
pub(crate) use entry::Entry;
pub use goals::preset;
pub(crate) use manage::is_same_role;
pub use manage::{NewProject, ProjectChange};
pub(crate) use passphrase::passphrase_name;
pub use platform::Credentials;
pub(crate) use platform::is_same_platform;
pub use reached::Reached;
pub(crate) use reached::There;
pub use standing::{Day, OpenFailure, OpenJob, ProjectStanding};
