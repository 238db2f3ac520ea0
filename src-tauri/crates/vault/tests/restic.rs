//! Repositories that restic made, and those that it and the vault both write to and look after.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a scenario that cannot be set up has failed")]

#[path = "scenarios/bench.rs"]
#[allow(dead_code, reason = "the workbench of other scenarios has more than is used here")]
mod bench;
#[path = "bytes/forge.rs"]
#[allow(dead_code, reason = "the forge of other scenarios has more than is used here")]
mod forge;
#[path = "restic/formats.rs"]
mod formats;
#[path = "restic/locks.rs"]
mod locks;
#[path = "restic/mixed.rs"]
mod mixed;
#[path = "restic/source.rs"]
mod source;
#[path = "restic/upkeep.rs"]
mod upkeep;
