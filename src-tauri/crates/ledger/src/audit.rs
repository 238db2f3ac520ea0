//! The audit chain: who did what, from where, to what, each entry bound to the one before it.
//!
//! A noun: whoever does something records it here, in the transaction of its effect where that is in the
//! catalogue, else before it (what is meant) and after it (what it came to). What cannot be recorded is
//! not done. The form of an entry is described in `docs/formats.md`; what the chain shows, and what not,
//! in `docs/threat-model.md`.

mod act;
mod details;
mod entry;
mod error;
mod export;
mod failure;
mod head;
mod list;
mod recorder;
mod verify;
mod walk;

pub use act::{Act, Stage};
pub use details::{Details, Fact, Subject};
pub use entry::Entry;
pub use error::AuditError;
pub use export::ExportFormat;
pub use head::Head;
pub use list::{AuditFilter, AuditPage};
pub use recorder::Origin;
pub use recorder::Recorder;
pub use verify::{AuditReport, Broken};
