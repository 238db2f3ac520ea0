//! The vault: what it promises, what it writes and reads together with restic, and what it once wrote. Hostile bytes
//! and torture are programs of their own: the one limits its memory, `make soak` runs the other for longer.

#![allow(clippy::disallowed_methods, reason = "tests make and break files, and start programs")]
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a scenario that cannot be set up has failed")]

#[path = "scenarios/bench.rs"]
mod bench;
#[path = "bytes/forge.rs"]
#[allow(dead_code, reason = "hostile bytes need more of the forge than is used here")]
mod forge;
mod golden;
mod restic;
mod scenarios;
