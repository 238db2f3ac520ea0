//! The headless engine of Holdfast: every operation of the window and the command line.
//!
//! It depends on Postgres, storage and time, not on Tauri, and prints nothing. Verbs (`backup`, `restore`,
//! `drill`) use nouns (`project`, `archive`, `catalog`, `job`, `proof`, `scratch`), never each other.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make and break files"))]

pub mod archive;
mod at_work;
pub mod backup;
mod chain;
pub mod channel;
pub mod component;
mod confirmed;
pub mod doctor;
pub mod drill;
mod engine;
pub mod export;
pub mod figures;
pub mod health;
pub mod import;
mod intake;
mod medium;
mod moment;
pub mod noted;
pub mod notify;
mod open;
mod other_processes;
pub mod paper;
pub mod parts;
mod picked;
pub mod portable;
mod profile;
pub mod project;
pub mod proof;
pub mod proposal;
pub mod pull;
mod recovery;
pub mod removal;
pub mod replica;
pub mod report;
pub mod restore;
pub mod retention;
pub mod runbook;
mod runs;
pub mod sample;
pub mod schedule;
pub mod scratch;
pub mod settings;
pub mod setup;
pub mod steps;
pub mod upkeep;
pub mod wall;

// A future of an `async fn` is compiled where it is waited for: without this the window, the command line and each
// program of tests would compile the engine again (docs/build-times.md).
pub(crate) use async_recursion::async_recursion as boxed;
pub use base::words::argument_words;
pub use base::{Failure, Retry};
pub use engine::Engine;
pub use open::EngineOptions;
