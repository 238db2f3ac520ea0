//! Postgres as a source and as a target: reach it, dump it, understand the dump, load it.

pub(crate) mod as_sql;
pub mod cluster;
pub mod compare;
pub mod connection;
pub mod custom_format;
pub mod dump;
pub mod facts;
pub mod fill;
pub(crate) mod guest;
pub mod ladder;
pub mod process;
pub mod remedy;
pub(crate) mod roles;
pub(crate) mod stored_setting;
pub mod target;
pub mod tools;
