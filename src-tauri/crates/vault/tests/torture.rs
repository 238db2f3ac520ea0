//! The vault under torture: random sequences of operations against a model, a failure at every
//! call of a store, and what `docs` promise when something fails.

#![allow(clippy::disallowed_methods, reason = "tests make and break files, and start programs")]
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a torture that cannot be set up has failed")]

#[path = "torture/asleep.rs"]
mod asleep;
#[path = "torture/disk.rs"]
mod disk;
#[path = "torture/fault.rs"]
mod fault;
#[path = "torture/index.rs"]
mod index;
#[path = "torture/killed.rs"]
mod killed;
#[path = "torture/model.rs"]
mod model;
#[path = "torture/promises.rs"]
mod promises;
#[path = "torture/prune.rs"]
mod prune;
#[path = "torture/random.rs"]
mod random;
#[path = "torture/repair.rs"]
mod repair;
#[path = "torture/restic.rs"]
mod restic;
#[path = "torture/sequence.rs"]
mod sequence;
#[path = "torture/sweep.rs"]
mod sweep;
#[path = "torture/world.rs"]
mod world;
