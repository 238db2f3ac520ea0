//! Postgres as a source and as a target: reach it, dump it, understand the dump, load it.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make and break files"))]

pub mod access;
pub mod as_sql;
pub mod choice;
pub mod cluster;
pub mod compare;
pub mod connection;
pub mod container;
pub mod copy_text;
pub mod custom_format;
pub mod dump;
pub mod facts;
mod failure;
pub mod fill;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
pub mod guest;
pub mod json_rows;
pub mod ladder;
pub mod log_rows;
pub mod missing;
pub mod orphans;
pub mod process;
pub mod provider;
pub mod remedy;
pub mod roles;
pub mod storage_rows;
pub mod stored_setting;
pub mod target;
pub mod tools;

pub use failure::refused;

// A future of an `async fn` is compiled where it is waited for (docs/build-times.md).
pub(crate) use async_recursion::async_recursion as boxed;
