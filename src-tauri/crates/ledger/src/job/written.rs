//! A file that a run wrote for people to take away.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

/// The file, after it was read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// Where it is.
    pub path: Utf8PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 (hexadecimal).
    pub sha256: String,
    /// Whether a passphrase is needed to read it.
    pub is_encrypted: bool,
    /// A command that reads it without Holdfast.
    pub opened_with: String,
}
