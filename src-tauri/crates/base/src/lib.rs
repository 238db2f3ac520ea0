//! The ground that every other crate is built on: failures, secrets, the clock, words, the meter.
//!
//! It knows no database, no vault, no network.

pub mod account;
pub mod clock;
pub mod disk;
pub mod failure;
pub mod hex;
pub mod meter;
pub mod secret;
pub mod words;

pub use failure::{Failure, Retry};
