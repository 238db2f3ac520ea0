//! What the vault promises, each with restic or a broken store as the judge.

#![allow(clippy::disallowed_methods, reason = "tests make and break files, and start programs")]

#[path = "scenarios/damage.rs"]
mod damage;
#[path = "scenarios/failure.rs"]
mod failure;
#[path = "scenarios/holds.rs"]
mod holds;
#[path = "scenarios/keys_and_locks.rs"]
mod keys_and_locks;
#[path = "scenarios/mirror.rs"]
mod mirror;
#[path = "scenarios/packs.rs"]
mod packs;
#[path = "scenarios/prune.rs"]
mod prune;
#[cfg(target_os = "linux")]
#[path = "scenarios/prune_memory.rs"]
mod prune_memory;
#[path = "scenarios/reading_back.rs"]
mod reading_back;
#[path = "scenarios/restic_judges.rs"]
mod restic_judges;
#[path = "scenarios/restoring.rs"]
mod restoring;
#[path = "scenarios/reuse.rs"]
mod reuse;
#[path = "scenarios/stores.rs"]
mod stores;
