//! What is reached over HTTP: the platforms that back themselves up, and the files that they lend.
//!
//! No other crate has an HTTP client. It knows neither the vault nor the catalogue: what it fetches is a file.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make and break files"))]

pub mod bucket;
pub mod hook;
mod https;
mod patience;
pub mod platform;
pub mod storage_api;
pub mod transfer;
pub mod trust;
