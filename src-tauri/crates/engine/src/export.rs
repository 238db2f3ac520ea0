//! Backups leave the vault: whole as one portable file, or one part of them.
//!
//! A file gets its name only after it was read back from the disk, and what was read is what the manifest
//! says. `docs/formats.md` describes the layout; bringing such a file in is not done here.

mod error;
mod layout;
mod metadata;
mod part;
mod pieces;
mod read_back;
mod request;
mod run;
mod sink;
mod source;
mod sql;
mod target;
#[cfg(test)]
mod tests;
mod whole;

pub use error::ExportError;
pub use request::{Destination, ExportRequest, Form, IfExists, Packing, SaveRequest};
