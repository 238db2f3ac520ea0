//! Proof: how far a backup is shown to be restorable, and the ledger of all attempts.
//!
//! Three separate levels: **bytes**, **readable**, **restored**. The checks are implemented here; backups,
//! verifications, restores and drills call them.

mod access;
mod check;
mod checks;
mod concluded;
mod coverage;
mod estimate;
mod head;
mod limits;
mod listing;
mod objects;
mod parts;
mod read;
mod report_html;
mod restored;
pub(crate) mod rolling;
mod seen;
mod selection;
mod verify;
mod written;

pub(crate) use access::{ACCESS_BYTES_MAX, are_access_facts, stored_access};
pub(crate) use check::{Begun, overall};
pub(crate) use concluded::{prove_backup, write_backup};
pub use coverage::{Coverage, DamagedPack, Rolling};
pub use estimate::{Estimate, Standing};
pub(crate) use estimate::{Place, guess};
pub(crate) use head::read_toc;
pub use limits::limit_sentences;
pub(crate) use limits::{planned, planned_words};
pub(crate) use objects::rows_and_files;
pub(crate) use parts::redis;
pub(crate) use read::{Reading, read_all};
pub use report_html::{Document, DocumentPhase, DocumentSection};
pub(crate) use report_html::{GENERATOR, escaped};
pub(crate) use restored::{Asked, BringBack, Brought, phases, sessions, stored_dump};
pub use rolling::PARTS;
pub(crate) use seen::forget_gone;
pub(crate) use selection::Selection;
pub(crate) use verify::{prove, record};
use written::prove_written;

/// By this a restore's report as a document is known: its field `format`.
pub const RESTORE_REPORT: &str = "holdfast-restore-report";
