//! Every byte that a repository consists of, damaged; and repositories that an enemy wrote.

#![allow(clippy::disallowed_methods, reason = "tests make and break files, and start programs")]
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a scenario that cannot be set up has failed")]

#[path = "bytes/flips.rs"]
mod flips;
#[path = "bytes/forge.rs"]
#[allow(dead_code, reason = "other scenarios use the rest of the forge")]
mod forge;
#[path = "bytes/hostile.rs"]
mod hostile;
#[path = "bytes/lies.rs"]
mod lies;
