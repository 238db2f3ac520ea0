//! Why a file could not be written, or failed its check.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::archive::ArchiveError;
use base::Code;
use base::failure::Failure;
use base::words::bytes_words;
use postgres::process::ProcessError;

/// Why a file could not be written, or is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The vault does not give the backup.
    #[error("{0}")]
    Archive(#[from] ArchiveError),
    /// The file is there already.
    #[error("{path} exists")]
    Exists {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A folder, or something else that is no file, has that name.
    #[error("{path} is no file")]
    NoFile {
        /// The path.
        path: Utf8PathBuf,
    },
    /// The folder that it would be in is not there.
    #[error("there is no folder {path}")]
    NoFolder {
        /// The folder.
        path: Utf8PathBuf,
    },
    /// The disk has too little space to begin with.
    #[error("{} are free on the disk of {path}, and the file needs at least {}", bytes_words(*.free), bytes_words(*.needed))]
    NoRoom {
        /// The file.
        path: Utf8PathBuf,
        /// The least that it takes, in bytes.
        needed: u64,
        /// What is free, in bytes.
        free: u64,
    },
    /// The disk became full.
    #[error("no space is left on the disk of {path}")]
    Full {
        /// The file.
        path: Utf8PathBuf,
    },
    /// It cannot be written, or read back.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The vault gave something else than the manifest describes.
    #[error("{part} is not the file that the manifest describes: {what}")]
    Mismatch {
        /// Path in the backup.
        part: String,
        /// What was seen.
        what: String,
    },
    /// The backup holds something that has no place in the file.
    #[error("{part} cannot be exported: {what}")]
    Unmappable {
        /// Path in the backup.
        part: String,
        /// Why not.
        what: &'static str,
    },
    /// What stands on the disk is not what was written.
    #[error("{path} was written, and reads back wrong: {what}")]
    ReadBack {
        /// The file.
        path: Utf8PathBuf,
        /// What was seen.
        what: String,
    },
    /// The backup has no such part.
    #[error("the backup holds no {part:?}")]
    NoPart {
        /// What was asked for.
        part: String,
        /// What it holds.
        known: Vec<String>,
    },
    /// Rows cannot be written as JSON.
    #[error("the rows of {table} cannot be written as JSON: {what}")]
    NoJson {
        /// Whose.
        table: String,
        /// Why not.
        what: String,
    },
    /// The backup holds no rows of such a table.
    #[error("the backup holds no rows of a table {table}")]
    NoTable {
        /// What was asked for.
        table: String,
    },
    /// `pg_restore` could not be run.
    #[error("pg_restore could not be run: {0}")]
    Process(#[from] ProcessError),
    /// `pg_restore` could not read the dump.
    #[error("pg_restore: {said}")]
    Tool {
        /// What it said.
        said: String,
    },
    /// It was stopped.
    #[error("cancelled")]
    Cancelled,
}

impl ExportError {
    /// A failed write; a full disk is told apart.
    pub(super) fn writing(path: &Utf8Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            _ => Self::Write { path, source },
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let message = error.to_string();
        match error {
            ExportError::Archive(error) => error.into(),
            ExportError::Process(error) => error.into(),
            ExportError::Cancelled => base::failure::cancelled(),
            ExportError::Exists { .. } => Self::new(
                Code::FileExists,
                message,
                "Choose another name; on the command line `--replace` takes its place. Nothing was written.",
            ),
            ExportError::NoFile { .. } | ExportError::NoFolder { .. } => {
                Self::new(Code::WriteFailed, message, "Choose the name of a file in a folder that exists.")
            }
            ExportError::NoRoom { .. } | ExportError::Full { .. } => Self::new(
                Code::DiskFull,
                message,
                "Free some space there, or choose another disk, then start it again. Nothing is left of the unfinished file.",
            ),
            ExportError::Write { .. } => Self::new(
                Code::WriteFailed,
                message,
                "Check that the folder is writable; a disk formatted with FAT takes no file of 4 GB. Nothing is left of the unfinished file.",
            ),
            ExportError::Mismatch { .. } => Self::new(
                Code::VaultDamaged,
                message,
                "Verify the backup: `holdfast verify BACKUP`, and check the vault: `holdfast vault check --read-data`. No file was left.",
            ),
            ExportError::Unmappable { .. } => Self::new(
                Code::ExportImpossible,
                message,
                "Restore the snapshot with restic instead; see the recovery kit.",
            ),
            ExportError::ReadBack { .. } => Self::new(
                Code::ExportCheckFailed,
                message,
                "Choose another disk: this one does not give back what was written. The file was removed.",
            ),
            ExportError::NoPart { known, .. } => Self::new(
                Code::PartNotFound,
                message,
                format!("It holds: {}. Or name one of its files or folders.", known.join(", ")),
            ),
            ExportError::NoJson { .. } => Self::new(
                Code::InvalidRequest,
                message,
                "Save the database as it is, or as SQL: `--part database`. No file was left.",
            ),
            ExportError::NoTable { .. } => Self::new(
                Code::TableNotFound,
                message,
                "Write it as schema.name, as `holdfast backup show BACKUP` lists it. Rows of a table in parts are in its parts: NAME_*.",
            ),
            ExportError::Tool { .. } => Self::new(
                Code::ToolFailed,
                message,
                "Save the dump as it is, or export the whole backup; verify it: `holdfast verify BACKUP`. No file was left.",
            ),
        }
    }
}
