//! The head: number and hash of the last entry, kept beside the catalogue, so that entries that were cut
//! off at the end are missed.
//!
//! It is written after the entry is on the disk, so it may be behind after a crash, and is never ahead.

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::AuditError;
use base::disk;

/// Its name in the profile.
pub(super) const HEAD_FILE: &str = "audit.head";
const FORMAT: &str = "holdfast-audit-head";
const VERSION: u32 = 1;

/// Where the chain ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The hash of the first entry, which tells one chain from another.
    pub chain: String,
    /// The number of the last entry.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u32,
    #[serde(flatten)]
    head: Head,
}

/// What is there of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// No file.
    Nothing,
    /// A file that is no head.
    Unreadable(String),
    /// The head.
    Head(Head),
}

impl Head {
    pub(super) fn read(path: &Utf8Path) -> Found {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Found::Nothing,
            Err(error) => return Found::Unreadable(error.to_string()),
        };
        match serde_json::from_str::<Document>(&text) {
            Ok(document) if document.format == FORMAT && document.version == VERSION => {
                Found::Head(document.head)
            }
            Ok(document) => Found::Unreadable(format!("it is a {} {}", document.format, document.version)),
            Err(error) => Found::Unreadable(error.to_string()),
        }
    }

    pub(super) fn write(&self, path: &Utf8Path) -> Result<(), AuditError> {
        let io = |source| AuditError::Head { path: path.to_owned(), source };
        let document = Document { format: FORMAT.into(), version: VERSION, head: self.clone() };
        let text = serde_json::to_string(&document).map_err(|error| io(std::io::Error::other(error)))?;
        disk::write_private(path, format!("{text}\n").as_bytes()).map_err(io)
    }
}
