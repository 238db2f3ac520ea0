//! The parts of a backup file, as they are handed out.

use std::io::Read;

use jiff::Timestamp;

use super::{BundleError, Layer};

/// What a part is to a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// A database, or one of the files of one.
    Database,
    /// Roles of a cluster.
    Roles,
    /// Who may do what in the database.
    Access,
    /// A stored object, or what describes some.
    Storage,
    /// A file of the configuration.
    Config,
    /// A snapshot of Redis.
    Redis,
    /// Logs.
    Logs,
    /// What the backup says of itself.
    Metadata,
    /// Anything else.
    Other,
}

impl PartKind {
    /// As sentences name it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Roles => "roles",
            Self::Access => "list of rights",
            Self::Storage => "storage",
            Self::Config => "configuration",
            Self::Redis => "Redis",
            Self::Logs => "logs",
            Self::Metadata => "metadata",
            Self::Other => "other files",
        }
    }
}

/// The format of a part that is a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DatabaseFormat {
    /// `pg_dump -Fc`, compressed or not.
    Custom,
    /// `pg_dump -Ft`: the part is the whole tar.
    Tar,
    /// One file of a `pg_dump -Fd`; the parts together are its folder.
    Directory,
    /// A script for `psql`. Nothing of it may run before `SqlGate` has passed it.
    PlainSql,
    /// The JSON of an organisation, as Opttius writes it.
    OrganisationJson,
}

/// What is known of a part before its first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartHead {
    /// What it is.
    pub kind: PartKind,
    /// A relative path without tricks, unique within the file.
    pub path: String,
    /// Its name as it stands in the archive, or the file's own.
    pub stored_name: String,
    /// The format of a database.
    pub format: Option<DatabaseFormat>,
    /// What was taken off to come to its content, the outermost first; layers of the file itself left out.
    pub layers: Vec<Layer>,
    /// When it was last changed, as the archive says.
    pub modified_at: Option<Timestamp>,
    /// Its bytes as it is stored; for a file that is no archive, the file's.
    pub stored_bytes: u64,
}

/// A component of the outermost archive as it is stored there, after it was read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What it is.
    pub kind: PartKind,
    /// Its name as it stands in the archive.
    pub stored_name: String,
    /// The path that parts of it begin with, or have.
    pub path: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of them (hexadecimal).
    pub sha256: String,
}

/// What a walk noticed besides the parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Something follows the end of an archive.
    TrailingData {
        /// Which one.
        place: String,
    },
    /// Two objects whose names differ only in large and small letters.
    CaseTwin {
        /// The later one.
        path: String,
    },
}

/// Takes the parts.
pub trait Sink {
    /// A part. What is not read of it is skipped; an error of the reader ends the walk whatever is returned.
    ///
    /// # Errors
    /// Ends the walk: `BundleError::sink` for an error of one's own.
    fn part(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError>;

    /// A layer of the file itself, before anything in it.
    fn layer(&mut self, layer: &Layer) {
        let _ = layer;
    }

    /// The file is an archive of several files.
    fn archive(&mut self) {}

    /// A component was read to its end.
    fn stored(&mut self, stored: Stored) {
        let _ = stored;
    }

    /// Something was noticed.
    fn note(&mut self, note: Note) {
        let _ = note;
    }
}
