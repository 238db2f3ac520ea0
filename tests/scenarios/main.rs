//! Scenarios: situations that people get into, through the engine and the command line, with real peers.
//!
//! One file per noun. A test says in its name what has to hold.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod architecture;
mod catalogue;
mod cli;
mod errors;
mod jobs;
mod keychain;
mod memory;
mod moment;
mod odd_database;
mod passwords;
mod recovery;
mod round_trip;
mod scratch;
mod secrets;
