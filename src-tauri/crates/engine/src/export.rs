//! Exports: a whole backup as one portable file, or one part of it.
//!
//! A file is renamed to its final name only after it was read back from the disk and matched the manifest.
//! `docs/formats.md` describes the layout. Importing such a file is not done here.

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
mod tables;
mod target;
#[cfg(test)]
mod tests;
mod whole;

pub use error::ExportError;
pub use request::{Destination, ExportRequest, Form, IfExists, Packing, SaveRequest};
