//! The headless engine of Holdfast: everything the window and the command line can do.
//!
//! It knows Postgres, storage and time; it does not know Tauri, and prints nothing.
//! Verbs (`backup`, `restore`, `drill`) use nouns (`project`, `source`, `archive`, `catalog`, `job`, `proof`, `scratch`),
//! never each other.

mod account;
pub mod archive;
pub mod audit;
pub mod backup;
pub mod bundle;
pub mod catalog;
mod clock;
pub mod command;
pub mod component;
mod disk;
pub mod doctor;
pub mod drill;
mod engine;
pub mod event;
pub mod export;
pub mod failure;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
pub mod health;
mod hex;
mod https;
pub mod import;
mod intake;
pub mod job;
mod medium;
mod moment;
pub mod noted;
pub mod notify;
pub mod paper;
mod picked;
pub mod platform;
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
pub mod rows;
pub mod runbook;
pub mod sample;
pub mod schedule;
pub mod scratch;
pub mod secret;
pub mod setup;
pub mod source;
pub mod steps;
pub mod transfer;
mod words;

// A future of an `async fn` is compiled where it is waited for: without this the window, the command line and each
// program of tests would compile the engine again (docs/build-times.md).
pub(crate) use async_recursion::async_recursion as boxed;
pub use engine::{Engine, EngineOptions};
pub use failure::{Failure, Retry};
pub use words::argument_words;
