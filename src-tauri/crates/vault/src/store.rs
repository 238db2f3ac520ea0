//! Where a repository's files live: a small trait, and the local disk.
//!
//! A store knows names and bytes, not what is in them. The kinds of files are those of the
//! restic design document, "Repository Layout". What every store promises is in [`Store`], and
//! `conformance` (feature of that name) is the suite that proves it.

use std::fmt;
use std::io;

use jiff::Timestamp;

mod local;

pub use local::LocalStore;

/// The kinds of files in a repository, restic's and one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// The one configuration file; its name is empty.
    Config,
    /// A key, wrapped by a password.
    Key,
    /// A lock.
    Lock,
    /// A snapshot.
    Snapshot,
    /// An index of packs.
    Index,
    /// A pack of blobs.
    Data,
    /// A hold on a snapshot. Of ours alone: restic does not look into its directory.
    Hold,
}

impl FileKind {
    /// The directory of this kind in restic's layout.
    #[must_use]
    pub fn directory(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Key => "keys",
            Self::Lock => "locks",
            Self::Snapshot => "snapshots",
            Self::Index => "index",
            Self::Data => "data",
            Self::Hold => "holds",
        }
    }

    /// How a file is called in errors and reports: `data/0123…`.
    #[must_use]
    pub fn file(self, name: &str) -> String {
        if self == Self::Config { "config".to_owned() } else { format!("{self}/{name}") }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.directory())
    }
}

/// One file as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// The name, for all kinds but the configuration the SHA-256 of the content in hexadecimal.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
}

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("{file} does not exist")]
    NotFound {
        /// The file, as `kind/name`.
        file: String,
    },
    /// A file is shorter than what was asked of it.
    #[error("{file} has {found} bytes where {expected} were expected")]
    Short {
        /// The file, as `kind/name`.
        file: String,
        /// The bytes that were asked for.
        expected: u64,
        /// The bytes that are there.
        found: u64,
    },
    /// There is no repository at this place.
    #[error("no repository at {place}")]
    NoRepository {
        /// The place.
        place: String,
    },
    /// A new store was to be made where something already is.
    #[error("{place} is not empty")]
    NotEmpty {
        /// The place.
        place: String,
    },
    /// The place was there and is not any more.
    #[error("{place} is gone")]
    Gone {
        /// The place.
        place: String,
    },
    /// The place does not answer.
    #[error("{place} cannot be reached: {reason}")]
    Unreachable {
        /// The place.
        place: String,
        /// What the transport said.
        reason: String,
    },
    /// No space is left, or a quota is used up.
    #[error("no space left at {place}")]
    Full {
        /// The place.
        place: String,
    },
    /// The place can be read, but not written to.
    #[error("{place} is read-only")]
    ReadOnly {
        /// The place.
        place: String,
    },
    /// Access is refused.
    #[error("access to {place} is denied")]
    Denied {
        /// The place.
        place: String,
    },
    /// Any other failure.
    #[error("cannot {action} at {place}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The place or file.
        place: String,
        /// The operating system's error.
        source: io::Error,
    },
}

/// A place that keeps a repository's files.
///
/// Every method may be called from several threads at once, and blocks until it is done.
pub trait Store: Send + Sync {
    /// The place in words, for errors: a path or an address without credentials.
    fn place(&self) -> String;

    /// Writes a file whole, atomically and durably: afterwards it survives a loss of power, and
    /// at no moment can a listing or a reader see a part of it. An existing file is replaced.
    ///
    /// # Errors
    /// Whatever keeps the file from being stored; then it is not there, and nothing else is left.
    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError>;

    /// Reads a file whole.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not exist, or what kept it from being read.
    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError>;

    /// Reads exactly `length` bytes from `offset`.
    ///
    /// # Errors
    /// [`StoreError::Short`] if the file ends before, otherwise as [`Store::get`].
    fn get_range(&self, kind: FileKind, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, StoreError>;

    /// The size of a file in bytes.
    ///
    /// # Errors
    /// As [`Store::get`].
    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError>;

    /// When a file was written, by the clock that all times of this store are from; nothing where the store does
    /// not tell.
    ///
    /// # Errors
    /// As [`Store::get`].
    fn modified(&self, kind: FileKind, name: &str) -> Result<Option<Timestamp>, StoreError> {
        self.size(kind, name).map(|_| None)
    }

    /// All files of a kind, complete or an error: what is missing in a listing may be deleted by
    /// those who trust it. Temporary files are not listed. The order is not defined.
    ///
    /// # Errors
    /// If any part of the listing fails.
    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError>;

    /// Removes a file.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not exist, or what kept it from being removed.
    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError>;
}
