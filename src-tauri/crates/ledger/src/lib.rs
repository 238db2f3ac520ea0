//! The catalogue, the audit chain and the runs of a profile: the only crate that speaks to SQLite.
//!
//! The records that it returns are the nouns that the engine's verbs work on.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make and break files"))]
#![allow(
    clippy::missing_errors_doc,
    reason = "what reads or writes the catalogue fails with CatalogError for the one reason that it cannot; said there"
)]

pub mod audit;
pub mod catalog;
pub mod component;
pub mod coverage;
pub mod event;
pub mod job;
pub mod names;
pub mod point;
