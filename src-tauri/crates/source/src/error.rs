//! What goes wrong at a place.

use std::io;

use remote::bucket::BucketError;
use ssh::SftpError;

/// A place cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The folder or file is not there.
    #[error("{place} is not there")]
    NotThere {
        /// Which.
        place: String,
    },
    /// It is something else than what was asked for.
    #[error("{place} is {found}")]
    WrongKind {
        /// Which.
        place: String,
        /// What it is instead, with its article.
        found: &'static str,
    },
    /// A link leads there now, which it did not when the place was chosen.
    #[error("{place} leads to {to} by a link")]
    Link {
        /// Which.
        place: String,
        /// Where to.
        to: String,
    },
    /// The account may not read or write it.
    #[error("{place} may not be {what} by this account")]
    Forbidden {
        /// Which.
        place: String,
        /// `read`, `written`.
        what: &'static str,
    },
    /// There is no space for it.
    #[error("no space is left for {place}")]
    Full {
        /// Which.
        place: String,
    },
    /// A pattern for names of files is none.
    #[error("{pattern:?} is no pattern for names of files: {reason}")]
    Pattern {
        /// The text.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A place holds more than is read of such.
    #[error("{place} holds more than {most} {what}")]
    TooMany {
        /// Which.
        place: String,
        /// How many are read at most.
        most: u64,
        /// Of what.
        what: &'static str,
    },
    /// A store refuses, or is out of reach.
    #[error("{place}: {source}")]
    Bucket {
        /// Which.
        place: String,
        /// Why.
        source: BucketError,
    },
    /// A place names a file whose bytes it does not have.
    #[error("{place} is listed, and its bytes are not there")]
    NoBytes {
        /// Which.
        place: String,
    },
    /// An SSH server refuses, or is out of reach.
    #[error("{place}: {source}")]
    Sftp {
        /// Which.
        place: String,
        /// Why.
        source: Box<SftpError>,
    },
    /// It failed otherwise.
    #[error("{place}: {source}")]
    Io {
        /// Which.
        place: String,
        /// What the system said.
        source: io::Error,
    },
    /// Whoever reads does not want more.
    #[error("cancelled")]
    Cancelled,
}

impl SourceError {
    /// Whether every other file of the place would meet the same.
    pub fn is_of_all(&self) -> bool {
        match self {
            Self::Full { .. } | Self::Cancelled => true,
            Self::Bucket { source, .. } => {
                matches!(
                    source,
                    BucketError::Unreachable { .. }
                        | BucketError::MayNotWrite { .. }
                        | BucketError::Refused { status: 429, .. }
                )
            }
            Self::Sftp { source, .. } => source.is_lost() || matches!(**source, SftpError::Ssh(_)),
            _ => false,
        }
    }

    /// What the system said while `place` was read.
    pub(crate) fn reading(place: &str, source: io::Error) -> Self {
        Self::of(place, source, "read")
    }

    /// What the system said while `place` was written.
    pub(crate) fn writing(place: &str, source: io::Error) -> Self {
        Self::of(place, source, "written")
    }

    fn of(place: &str, source: io::Error, what: &'static str) -> Self {
        let place = place.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotThere { place },
            io::ErrorKind::PermissionDenied => Self::Forbidden { place, what },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { place },
            _ => Self::Io { place, source },
        }
    }
}
