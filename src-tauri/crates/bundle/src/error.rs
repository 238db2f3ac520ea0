//! Why a file could not be opened as a backup.

use std::io;

use camino::Utf8PathBuf;

/// Why a file could not be opened as a backup. Nothing of it was run, and nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file itself cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not a plain file.
    #[error("{path} is not a file")]
    NotAFile {
        /// What was given.
        path: Utf8PathBuf,
    },
    /// It is encrypted, and no passphrase was given.
    #[error("{place} is encrypted with a passphrase")]
    PassphraseNeeded {
        /// The file, or the part of it.
        place: String,
    },
    /// Nothing that is known comes out with this passphrase.
    #[error("the passphrase does not open {place}")]
    WrongPassphrase {
        /// The file, or the part of it.
        place: String,
    },
    /// It is encrypted for a key that is not here.
    #[error("{place} is encrypted for a key, and no passphrase opens it")]
    KeyNeeded {
        /// The file, or the part of it.
        place: String,
    },
    /// It ends too early.
    #[error("{place} ends too early, in the middle of {what}")]
    Truncated {
        /// The file, or the part of it.
        place: String,
        /// In the middle of what.
        what: String,
    },
    /// Its content contradicts itself.
    #[error("{place} is damaged: {what}")]
    Damaged {
        /// The file, or the part of it.
        place: String,
        /// What was seen.
        what: String,
    },
    /// It has something in it that no backup needs and that would do harm when it is unpacked.
    #[error("{entry:?} is refused: {reason}")]
    Hostile {
        /// The entry.
        entry: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A limit was reached.
    #[error("{place} is beyond a limit: {what}")]
    TooLarge {
        /// The file, or the part of it.
        place: String,
        /// Which limit.
        what: String,
    },
    /// A format, or a variant of one, that cannot be opened here.
    #[error("{place} cannot be opened: {what}")]
    Unsupported {
        /// The file, or the part of it.
        place: String,
        /// What it is.
        what: String,
    },
    /// Whoever takes the parts could not take one.
    #[error("{what}")]
    Sink {
        /// What it said.
        what: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl BundleError {
    /// For a sink: it could not take a part.
    pub fn sink(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Sink { what: error.to_string(), source: Box::new(error) }
    }

    /// What a reader of a layer said: an error of this module that crossed a decoder comes out as it was.
    pub(super) fn of_read(place: &str, what: &str, error: io::Error) -> Self {
        let kind = error.kind();
        let text = error.to_string();
        let source = match error.into_inner() {
            Some(inner) => match inner.downcast::<Self>() {
                Ok(own) => return *own,
                Err(other) => other,
            },
            None => io::Error::from(kind).into(),
        };
        let place = place.to_owned();
        match kind {
            io::ErrorKind::UnexpectedEof => Self::Truncated { place, what: what.to_owned() },
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                Self::Damaged { place, what: format!("{what}: {text}") }
            }
            _ => Self::Read { path: place.into(), source: io::Error::new(kind, source) },
        }
    }
}

impl From<BundleError> for io::Error {
    /// To cross a decoder, which knows of no other errors.
    fn from(error: BundleError) -> Self {
        Self::other(error)
    }
}
