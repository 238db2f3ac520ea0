//! The headless engine of Holdfast: everything the window and the command line can do.
//!
//! It knows Postgres, storage and time; it does not know Tauri, and prints nothing.
//! Verbs (`backup`, `restore`, `drill`) use nouns (`project`, `source`, `archive`, `catalog`, `job`, `proof`, `scratch`),
//! never each other.

pub mod archive;
pub mod audit;
pub mod backup;
pub mod catalog;
pub mod command;
pub mod component;
pub mod doctor;
pub mod drill;
mod engine;
pub mod event;
pub mod export;
pub mod health;
pub mod import;
mod intake;
pub mod job;
mod medium;
mod moment;
pub mod noted;
pub mod notify;
pub mod paper;
mod picked;
pub mod point;
pub mod portable;
mod profile;
pub mod project;
pub mod proof;
pub mod pull;
mod recovery;
pub mod replica;
pub mod report;
pub mod restore;
pub mod retention;
pub mod runbook;
pub mod sample;
pub mod schedule;
pub mod scratch;
pub mod setup;
pub mod steps;

// A future of an `async fn` is compiled where it is waited for: without this the window, the command line and each
// program of tests would compile the engine again (docs/build-times.md).
pub(crate) use async_recursion::async_recursion as boxed;
pub use base::words::argument_words;
pub use base::{Failure, Retry};
pub use engine::{Engine, EngineOptions};
