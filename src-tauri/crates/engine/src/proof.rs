//! Proof: how far a backup is shown to be restorable, and the ledger of what was tried.
//!
//! Three levels that are never one tick: **bytes**, **readable**, **restored**. The checks live here;
//! backups, verifications and restores call them.

mod listing;
mod read;
mod report;
mod restored;
mod verify;
mod written;

pub(crate) use read::{Reading, read_all};
pub use report::{Difference, RestoreReport};
pub(crate) use restored::{BringBack, Brought, phases, sessions, stored_dump};
pub(crate) use verify::{prove, record};
pub(crate) use written::prove_written;
