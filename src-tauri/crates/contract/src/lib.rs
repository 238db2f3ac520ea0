//! What crosses: requests, views, events, errors, and the list of commands.
//!
//! The window and the command line speak these types and no others. They are plain data in
//! `camelCase`; they are converted from the engine's types by destructuring, so that a new
//! field in the engine is a compile error here until somebody decides whether it crosses.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make and break files"))]

pub mod api;
pub mod audit;
pub mod backup;
pub mod bundle;
pub mod command;
pub mod command_line;
pub mod component;
pub mod connection;
pub mod coverage;
pub mod diff;
pub mod drill;
pub mod error;
pub mod event;
pub mod export;
pub mod health;
pub mod home;
pub mod job;
pub mod noted;
pub mod notify;
pub mod number;
pub mod paper;
pub mod platform;
pub mod portable;
pub mod project;
pub mod prune;
pub mod recognised;
pub mod references;
pub mod replica;
pub mod report;
pub mod restore;
pub mod retention;
pub mod rows;
pub mod runbook;
pub mod schedule;
pub mod setup;
pub mod steps;
pub mod tables;
pub mod vault;
pub mod wall;
pub mod words;

// A future of an `async fn` is compiled where it is waited for: without this the window, the command line and each
// program of tests would compile the engine again (docs/build-times.md).
pub(crate) use async_recursion::async_recursion as boxed;
