//! Scenarios: situations that people get into, through the engine and the command line, with real peers.
//!
//! One file per noun. A test says in its name what has to hold.

#![allow(clippy::disallowed_methods, reason = "what stands in for the world makes files and starts programs")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod architecture;
mod audit;
mod both;
mod by_ssh;
mod cancel;
mod catalogue;
mod chosen_tables;
mod claimed;
mod cli;
mod components;
mod contained;
mod coverage;
mod drill;
mod drill_checks;
mod drill_ends;
mod errors;
mod estimates;
mod everything;
mod export;
mod found;
mod health;
mod import;
mod instances;
mod jobs;
mod keychain;
mod killed;
mod large_catalogue;
mod living;
mod memory;
mod migrating;
mod migrations;
mod missing_extension;
mod moment;
mod new_project;
mod noted;
mod notify;
mod odd_database;
mod papers;
mod passwords;
mod planted;
mod points;
mod prune;
mod pull;
mod queries;
mod recovery;
mod refusals;
mod repair;
mod replicas;
mod restore_report;
mod retention;
mod rolling;
mod rooms;
mod round_trip;
mod rows;
mod sample;
mod schedule;
mod scratch;
mod secrets;
mod side_by_side;
mod sifted;
mod stale;
mod steps;
mod supabase;
#[cfg(target_os = "linux")]
mod system_bus;
mod vault_faults;
mod vault_keys;
mod versions;
#[cfg(target_os = "linux")]
mod walls;
