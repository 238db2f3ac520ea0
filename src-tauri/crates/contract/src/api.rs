//! One function per command of the list: decode the request, call the engine, encode the answer.
//!
//! The window and the command line both go through here, so that they cannot differ.

mod account;
mod audit;
mod backup;
mod bundle;
mod command_line;
mod component;
mod connection;
mod coverage;
mod diff;
mod drill;
mod export;
mod goal;
mod health;
mod home;
mod job;
mod noted;
mod notify;
mod paper;
mod platform;
mod portable;
mod project;
mod prune;
mod recognised;
mod references;
mod replica;
mod report;
mod restore;
mod retention;
mod rows;
mod runbook;
mod schedule;
mod setup;
mod sift;
mod steps;
mod tables;
mod vault;
mod vault_key;
mod wall;

pub use account::*;
pub use audit::*;
pub use backup::*;
pub use bundle::*;
pub use command_line::*;
pub use component::*;
pub use connection::*;
pub use coverage::*;
pub use diff::*;
pub use drill::*;
pub use export::*;
pub use goal::*;
pub use health::*;
pub use home::*;
pub use job::*;
pub use noted::*;
pub use notify::*;
pub use platform::*;
pub use portable::*;
pub use project::*;
pub use prune::*;
pub use references::*;
pub use replica::*;
pub use report::*;
pub use restore::*;
pub use retention::*;
pub use rows::*;
pub use runbook::*;
pub use schedule::*;
pub use setup::*;
pub use sift::{backup_space, backup_sums};
pub use steps::*;
pub use tables::*;
pub use vault::*;
pub use vault_key::*;

use crate::error::UserError;

/// What every command answers.
pub type Answer<T> = Result<T, UserError>;
