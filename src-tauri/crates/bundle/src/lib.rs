//! Backup files from elsewhere: telling what one is, by its content, and opening it safely.
//!
//! Everything here is pure and synchronous, and a stream: no file is held in memory, no name is believed, no
//! link followed, no program and no SQL run, and nothing written but to a sink that the caller gives. Each
//! limit ends the work with a reason, and a cancelled work ends at its next chunk.
//!
//! It does not restore: what comes out of here goes into a vault, and from there on it is a backup like any
//! other.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make and break files"))]

use camino::Utf8Path;

mod age;
mod content;
mod detect;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod doors;
mod error;
mod failure;
mod inspect;
mod inspection;
mod layer;
mod limits;
mod look;
mod many;
mod openssl;
mod organisation;
mod part;
mod path;
mod place;
mod rows;
mod sql_gate;
mod tar;
mod walk;

pub use error::BundleError;
pub use inspect::{InspectRequest, inspect};
pub use inspection::{Bucket, BundleKind, Checksum, Encryption, FileFacts, Finding, Inspection, Part, Table};
pub use layer::Layer;
pub use limits::{Limits, Watch};
pub use many::{Many, Together, inspect_many};
pub use openssl::Derivation;
pub use organisation::{
    Cell, Column, ColumnKind, Cut, CutBy, NoRows, OrganisationFile, OrganisationRows, OrganisationTable, Row,
};
pub use part::{DatabaseFormat, Note, PartHead, PartKind, Sink, Stored};
pub use rows::rows;
pub use sql_gate::{Piece, Refusal, Script, SqlGate, SqlVerdict};

use base::secret::Secret;
use layer::{Peeler, drain};
use limits::Budget;

/// Hands every part of a file to a sink, each without the layers around it, in one pass.
///
/// Parts come in the order in which they lie there; archives of stored objects are entered, other archives
/// within the archive that belong to the database too. A stored object is never looked into.
///
/// # Errors
/// As `inspect`, and what the sink returns. What was handed out before an error is not to be used.
pub fn unpack(
    path: &Utf8Path,
    passphrase: Option<&Secret>,
    limits: &Limits,
    watch: Watch<'_>,
    sink: &mut dyn Sink,
) -> Result<(), BundleError> {
    let budget = Budget::new(limits, watch);
    let (mut file, bytes) = walk::File::open(path, &budget)?;
    let name = path.file_name().unwrap_or("file");
    let peeler = Peeler { budget: &budget, passphrase };
    walk::Walk::new(peeler, sink).file(&mut file, name, bytes)?;
    drain(&mut file).map(drop).map_err(|error| BundleError::of_read(name, "its end", error))
}
