//! Exports: a whole backup, or one part of it, as a file.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::Count;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PackingView {
    /// As it is.
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// Where it goes, and how.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportTarget {
    /// The file.
    pub path: String,
    /// How it is packed.
    pub packing: PackingView,
    /// Encrypts it; without one whoever has the file can read all of it. At least 8 characters. Goes to the key
    /// derivation and nowhere else.
    pub passphrase: Option<String>,
    /// Whether a file of that name may be replaced; on the command line only.
    pub replace: bool,
}

/// Writes a whole backup into one file.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportBackup {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    pub backup: String,
    /// Where to.
    pub to: ExportTarget,
}

/// Form of a saved part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PartForm {
    /// As it lies in the backup: the database as `pg_dump` wrote it.
    AsItIs,
    /// The database as one SQL script.
    Sql,
    /// A tar: of a folder its files, of the database its SQL in four scripts.
    Tar,
    /// Rows of the database as JSON: a tar with a file for each table, an object on each line, and a manifest.
    Json,
}

/// Writes one part of a backup into a file.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SavePart {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    pub backup: String,
    /// `database`, `roles`, or the path of a file or folder in the backup.
    pub part: String,
    /// Tables of the database, as `schema.name`, where rows as JSON are not to be of all of them; a star at the end takes
    /// all that begin so.
    #[serde(default)]
    pub tables: Vec<String>,
    /// Its form; absent, a file stays as it is, and a folder becomes a tar.
    pub form: Option<PartForm>,
    /// SQL begins by dropping what it makes, where it is there.
    pub clean: bool,
    /// SQL leaves out who owns what.
    pub no_owner: bool,
    /// Where to.
    pub to: ExportTarget,
}

/// A file that a run wrote for people to take away; it was read back.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct WrittenFileView {
    /// Where it is.
    pub path: String,
    /// Its size.
    pub size_bytes: Count,
    /// Its SHA-256 (hexadecimal).
    pub sha256: String,
    /// Whether a passphrase is needed to read it.
    pub is_encrypted: bool,
    /// A command that reads it without Holdfast.
    pub opened_with: String,
}
