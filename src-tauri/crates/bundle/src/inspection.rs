//! What a file turned out to be.

use base::Severity;
use jiff::Timestamp;

use super::organisation::Cut;
use super::part::{DatabaseFormat, PartKind};
use super::{Derivation, Layer};

/// What a file turned out to be. Nothing of it was run, and nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The file.
    pub file: FileFacts,
    /// What is around its content, the outermost first.
    pub layers: Vec<Layer>,
    /// What it is.
    pub kind: BundleKind,
    /// What it is, in one sentence.
    pub sentence: String,
    /// The name of the project or database, where it says one.
    pub project: Option<String>,
    /// What made it: `SupaManager`, `pg_dump 15.8` …
    pub made_by: Option<String>,
    /// When it was made, as it says. What gives no time zone is read as UTC.
    pub created_at: Option<Timestamp>,
    /// Version of the server.
    pub server_version: Option<String>,
    /// Version of the tool.
    pub tool_version: Option<String>,
    /// How it is encrypted.
    pub encryption: Option<Encryption>,
    /// It opens only with a passphrase, and none was given.
    pub needs_passphrase: bool,
    /// Its parts; stored objects are one part together.
    pub parts: Vec<Part>,
    /// Tables, those with the most bytes first.
    pub tables: Vec<Table>,
    /// Rows in all tables, where they could be counted.
    pub rows: Option<u64>,
    /// Large objects: how many, how many bytes.
    pub large_objects: (u64, u64),
    /// Buckets of stored objects, by name.
    pub buckets: Vec<Bucket>,
    /// Stored objects in all buckets.
    pub objects: u64,
    /// Bytes of all contents, without layers and compression.
    pub unpacked_bytes: u64,
    /// What a person should know, the worst first.
    pub findings: Vec<Finding>,
    /// Tables of which a platform probably left rows out.
    pub cut: Vec<Cut>,
    /// Tables that the platform could not read.
    pub unread: Vec<String>,
}

/// The file itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// Its name, without folders.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of it (hexadecimal); absent where it was not read to its end.
    pub sha256: Option<String>,
}

/// Kinds of backup files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundleKind {
    /// `pg_dump -Fc`.
    PgDumpCustom,
    /// `pg_dump -Ft`.
    PgDumpTar,
    /// `pg_dump -Fd`, within a tar.
    PgDumpDirectory,
    /// A script for `psql`.
    PlainSql,
    /// The scripts of the Supabase CLI.
    SupabaseCli,
    /// A backup of `SupaManager`.
    SupaManagerBackup,
    /// A project that `SupaManager` exported.
    SupaManagerExport,
    /// An organisation's backup of Opttius.
    OpttiusOrganisation,
    /// A snapshot of Redis.
    Redis,
    /// A repository of restic.
    ResticRepository,
    /// An export of Holdfast.
    Holdfast,
    /// Logs.
    Logs,
    /// An archive of other files.
    Files,
    /// It is encrypted, and was not opened.
    Encrypted,
    /// Nothing that is known.
    Unknown,
}

/// How a file is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// `openssl enc -aes-256-cbc`, with the derivation that fits; it cannot show changes.
    Openssl(Option<Derivation>),
    /// `age` with a passphrase; it shows every change.
    AgePassphrase,
    /// `age` for a key.
    AgeKey,
}

/// A part of a backup file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Where it lies.
    pub path: String,
    /// The format of a database.
    pub format: Option<DatabaseFormat>,
    /// Bytes, as stored.
    pub bytes: u64,
    /// SHA-256 as stored (hexadecimal); absent for many files together.
    pub sha256: Option<String>,
    /// Against the checksum that somebody gave.
    pub checksum: Checksum,
}

/// What became of the comparison with a checksum that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// None was given.
    NotGiven,
    /// The same.
    Match,
    /// Another.
    Mismatch {
        /// The one that was given.
        expected: String,
    },
    /// One was given, and nothing here is what it was taken of.
    NotComparable,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Rows; absent where they could not be counted.
    pub rows: Option<u64>,
    /// Bytes of the rows.
    pub bytes: u64,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Name.
    pub name: String,
    /// Objects.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Two words.
    pub title: String,
    /// A sentence.
    pub words: String,
}

impl Finding {
    pub(super) fn good(title: &str, words: impl Into<String>) -> Self {
        Self { severity: Severity::Ok, title: title.to_owned(), words: words.into() }
    }

    pub(super) fn warning(title: &str, words: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, title: title.to_owned(), words: words.into() }
    }

    pub(super) fn danger(title: &str, words: impl Into<String>) -> Self {
        Self { severity: Severity::Critical, title: title.to_owned(), words: words.into() }
    }
}
