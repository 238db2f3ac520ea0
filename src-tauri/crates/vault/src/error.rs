//! What can go wrong with a vault, in the words that a caller can act upon.
//!
//! Not the text a person reads: each variant carries the evidence (place, file, path), and the
//! application turns it into advice. Errors can be cloned, because the first failure of a writer
//! is reported to every thread that feeds it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::hold::Hold;
use crate::lock::LockInfo;
use crate::store::{FileKind, StoreError};
use crate::words::counted;

/// Why an operation on a vault failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum VaultError {
    /// There is no repository at this place.
    #[error("no repository at {place}")]
    NoRepository {
        /// The place that was looked at.
        place: String,
    },
    /// A new repository was to be made where something already is.
    #[error("{place} is not empty")]
    NotEmpty {
        /// The place that was looked at.
        place: String,
    },
    /// A mirror was to be made where another repository is.
    #[error("{place} holds another repository")]
    OtherRepository {
        /// The place that was looked at.
        place: String,
    },
    /// None of the repository's keys opens with this password.
    #[error("the password opens none of {}", counted(*keys as u64, "key"))]
    WrongPassword {
        /// How many key files were tried.
        keys: usize,
    },
    /// The repository is of a format that this crate does not read, or does not write.
    #[error("repository format {version} is not supported for this")]
    UnsupportedVersion {
        /// The version in the repository's configuration.
        version: u32,
    },
    /// Another process holds a lock that excludes this operation.
    #[error("locked by {by}")]
    Locked {
        /// The lock in the way.
        by: Box<LockInfo>,
    },
    /// Somebody holds the snapshot: it must not be forgotten.
    #[error("snapshot {} is held by {}: {}", by.snapshot, by.said.who, by.said.reason)]
    Held {
        /// The hold in the way.
        by: Box<Hold>,
    },
    /// The place was there and is not any more (a disk unplugged, a directory removed).
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
    /// The operating system or the service refuses access.
    #[error("access to {place} is denied")]
    Denied {
        /// The place.
        place: String,
    },
    /// A file of the repository is not what it should be.
    #[error("{file} is damaged: {what}")]
    Damaged {
        /// What kind of file it is, where it is a document that was read by its name.
        kind: Option<FileKind>,
        /// The repository's file, as `kind/name`.
        file: String,
        /// What was seen.
        what: String,
    },
    /// Something that should be in the repository is not.
    #[error("{file} is missing")]
    Missing {
        /// What is missing: a repository file, a blob, or a path in a snapshot.
        file: String,
    },
    /// The reader of a source failed; the snapshot must not be committed.
    #[error("cannot read the source of {path}")]
    Source {
        /// The path in the snapshot.
        path: String,
        /// The reader's own error.
        source: Arc<io::Error>,
    },
    /// The operation was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// A path that no snapshot can hold.
    #[error("{path:?} cannot be stored: {reason}")]
    BadPath {
        /// The path as it was given.
        path: String,
        /// The rule it breaks.
        reason: &'static str,
    },
    /// The key is the last one, or the one in use: removing it would lock its owner out.
    #[error("key {id} is {reason}")]
    KeyNeeded {
        /// The key's file name.
        id: String,
        /// Why it is needed.
        reason: &'static str,
    },
    /// The vault is not as it was when it was planned what to do with it, or may not be.
    #[error("{what} meanwhile")]
    Stale {
        /// What happened.
        what: &'static str,
    },
    /// The slice `n/t` of a check is not one (n must be in 1..=t).
    #[error("{n}/{t} is no slice")]
    BadSlice {
        /// Which slice.
        n: u32,
        /// Of how many.
        t: u32,
    },
    /// A local file of a restore could not be made.
    #[error("cannot write {path}")]
    Destination {
        /// The local path.
        path: PathBuf,
        /// The operating system's error.
        source: Arc<io::Error>,
    },
    /// Any other failure of the store.
    #[error("cannot {action} at {place}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The place or file.
        place: String,
        /// The operating system's error.
        source: Arc<io::Error>,
    },
}

impl VaultError {
    /// A damaged file, named as `kind/name`.
    pub(crate) fn damaged(file: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Damaged { kind: None, file: file.into(), what: what.into() }
    }

    /// Says of damage what kind of file has it.
    pub(crate) fn of(self, kind: FileKind) -> Self {
        match self {
            Self::Damaged { file, what, .. } => Self::Damaged { kind: Some(kind), file, what },
            other => other,
        }
    }

    /// True for failures of the vault's place, which end a job at once instead of file by file.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        !matches!(self, Self::Damaged { .. } | Self::Missing { .. } | Self::BadPath { .. })
    }
}

impl From<StoreError> for VaultError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { file } => Self::Missing { file },
            StoreError::Short { file, expected, found } => {
                Self::damaged(file, format!("it has {}, and should have {expected}", counted(found, "byte")))
            }
            StoreError::NoRepository { place } => Self::NoRepository { place },
            StoreError::NotEmpty { place } => Self::NotEmpty { place },
            StoreError::Gone { place } => Self::Gone { place },
            StoreError::Unreachable { place, reason } => Self::Unreachable { place, reason },
            StoreError::Full { place } => Self::Full { place },
            StoreError::ReadOnly { place } => Self::ReadOnly { place },
            StoreError::Denied { place } => Self::Denied { place },
            StoreError::Io { action, place, source } => Self::Io { action, place, source: Arc::new(source) },
        }
    }
}
