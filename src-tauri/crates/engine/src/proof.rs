//! Proof: how far a backup is shown to be restorable, and the ledger of what was tried.
//!
//! Three levels that are never one tick: **bytes**, **readable**, **restored**. The checks live here;
//! backups, verifications, restores and drills call them.

mod check;
mod checks;
mod coverage;
mod estimate;
mod head;
mod listing;
mod read;
mod report;
mod report_html;
mod restored;
pub(crate) mod rolling;
mod seen;
mod selection;
mod verify;
mod written;

pub use check::{Check, CheckVerdict};
pub use coverage::{Coverage, DamagedPack, Rolling};
pub use estimate::{Estimate, Standing};
pub(crate) use estimate::{Place, guess};
pub(crate) use head::read_toc;
pub(crate) use read::{Reading, read_all};
pub use report::RESTORE_REPORT;
pub use report::{Difference, RestoreReport};
pub use report_html::{Document, DocumentPhase, DocumentSection};
pub(crate) use report_html::{GENERATOR, escaped};
pub(crate) use restored::{Asked, BringBack, Brought, phases, sessions, stored_dump};
pub use rolling::PARTS;
pub(crate) use seen::forget_gone;
pub(crate) use selection::Selection;
pub(crate) use verify::{prove, record};
pub(crate) use written::prove_written;
