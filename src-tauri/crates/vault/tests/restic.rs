//! Repositories that restic made, and those that it and the vault both write to and look after.

#![allow(clippy::disallowed_methods, reason = "tests make and break files, and start programs")]

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
