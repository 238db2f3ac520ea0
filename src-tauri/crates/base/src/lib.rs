//! The ground that every other crate is built on: failures, secrets, the clock, words, the meter.
//!
//! It knows no database, no vault, no network.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make and break files"))]

pub mod account;
pub mod clock;
pub mod code;
pub mod command;
pub mod container_program;
pub mod disk;
pub mod failure;
pub mod hex;
pub mod meter;
pub mod on_path;
pub mod secret;
mod severity;
pub mod words;

pub use code::{Code, Exit};
pub use failure::{Failure, Retry};
pub use severity::Severity;
