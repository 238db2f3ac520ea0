//! Why a bundle could not be kept with Telegram, or not be had back.

use camino::Utf8PathBuf;

use crate::platform::PlatformError;
use base::Code;
use base::failure::{Failure, Retry};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Telegram did not.
    #[error("{0}")]
    Platform(#[from] PlatformError),
    /// A file here cannot be read or written.
    #[error("cannot use {path} ({})", source.kind())]
    File {
        /// Which.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is there that would be lost.
    #[error("{path} is there already")]
    Exists {
        /// Which.
        path: Utf8PathBuf,
    },
    /// The passphrase or key opens nothing.
    #[error("the passphrase or key does not open this bundle")]
    WrongKey,
    /// What came is not what was sent.
    #[error("the bundle with Telegram is not whole: {what}")]
    Damaged {
        /// What is wrong with it.
        what: String,
    },
    /// The bundle cannot be split so that it could be fetched again.
    #[error("{bytes} bytes are more than this store takes ({bytes_max})")]
    TooLarge {
        /// How many it has.
        bytes: u64,
        /// How many are taken.
        bytes_max: u64,
    },
    /// It was not finished, and something of it stayed.
    #[error("{cause}; what was sent of it could not be deleted: messages {messages:?}")]
    LeftBehind {
        /// Why it was not finished.
        cause: Box<StoreError>,
        /// Messages that are still in the chat.
        messages: Vec<i64>,
    },
    /// What is in the chat by now cannot be noted here.
    #[error("what was sent cannot be noted on this computer: {what}")]
    NotNoted {
        /// Why.
        what: String,
    },
    /// Sealing itself failed: no random numbers, no memory.
    #[error("it cannot be sealed here: {what}")]
    Sealing {
        /// What failed.
        what: String,
    },
}

impl StoreError {
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::Platform(error) => error.into(),
            StoreError::File { .. } => {
                Self::new(Code::BundleFile, message, "Check the path, its rights and the free space.")
            }
            StoreError::Exists { .. } => {
                Self::new(Code::BundleExists, message, "Choose another path; nothing was overwritten.")
            }
            StoreError::WrongKey => {
                Self::new(Code::BundleKey, message, "Enter the passphrase that this bundle was sealed with.")
            }
            StoreError::Damaged { .. } => Self::new(
                Code::BundleDamaged,
                message,
                "Do not count on this copy. Use another one, and send this bundle anew.",
            ),
            StoreError::TooLarge { .. } => {
                Self::new(Code::BundleTooLarge, message, "Keep it in a vault or a bucket instead.")
            }
            StoreError::LeftBehind { cause, .. } => {
                let retry = Self::from(*cause).retry;
                Self::new(Code::BundleLeftBehind, message, "Delete these messages in the chat by hand.")
                    .retry(retry)
            }
            StoreError::NotNoted { .. } => {
                Self::new(Code::BundleFile, message, "Check the free space of this computer, and try again.")
                    .retry(Retry::Now)
            }
            StoreError::Sealing { .. } => {
                Self::new(Code::BundleSealing, message, "Close other programs, and try again.")
            }
        }
    }
}
