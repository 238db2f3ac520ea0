//! Why a download did not end with the whole file. No address is in any of it: addresses are secrets.

use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use base::failure::Failure;
use base::hex;
use base::words::{bytes_words, span_words};

/// Why a download did not work.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Somebody asked for it.
    #[error("cancelled")]
    Cancelled,
    /// Another download writes into the same folder.
    #[error("another download is running in {directory}")]
    InUse {
        /// The folder.
        directory: Utf8PathBuf,
    },
    /// Who gives the links gives none.
    #[error("there is no link to download from: {0}")]
    NoLink(#[source] Failure),
    /// The server refuses, also with a new link.
    #[error("the server refuses the download (status {status}), also with a new link")]
    Refused {
        /// What it answered.
        status: u16,
    },
    /// The server has another file than the platform said.
    #[error("the file should have {promised} bytes, and the server gives {served}")]
    LengthDiffers {
        /// Bytes that were promised.
        promised: u64,
        /// Bytes that the server gives, or more than which it gave.
        served: u64,
    },
    /// The bytes are others than the platform said.
    #[error(
        "the file's SHA-256 should be {}, and what came has {}",
        hex::encode(expected),
        hex::encode(found)
    )]
    HashDiffers {
        /// What was promised.
        expected: [u8; 32],
        /// What came.
        found: [u8; 32],
    },
    /// Each time it was begun again there was yet another file.
    #[error("the file was begun {times} times, and changed on the server each time")]
    KeepsChanging {
        /// How often it was begun.
        times: u32,
    },
    /// The server cannot continue a download, and none came to its end.
    #[error("the server cannot continue a download, and {times} tries did not come to the end: {what}")]
    KeepsEnding {
        /// How often it was tried.
        times: u32,
        /// What ended the last one.
        what: String,
    },
    /// Nothing came for a long time.
    #[error("nothing came for {}: {what}", span_words(limit.as_millis().try_into().unwrap_or(i64::MAX)))]
    NoProgress {
        /// How long it was waited for.
        limit: Duration,
        /// What went wrong last.
        what: String,
    },
    /// The server asks for a longer wait than is made.
    #[error("the server asks to come back in {} s", wait.as_secs())]
    AskedToWait {
        /// How long.
        wait: Duration,
    },
    /// What was answered is not what HTTP says.
    #[error("the server's answer makes no sense: {what}")]
    Odd {
        /// What it was.
        what: String,
    },
    /// The link, or where it leads, is not encrypted.
    #[error("the link leads to an address without TLS")]
    Insecure,
    /// The link leads from one address to the next.
    #[error("the link was redirected more than {max} times")]
    TooManyRedirects {
        /// How many are followed.
        max: u32,
    },
    /// The server's certificate is not one to be trusted.
    #[error("the server's certificate is not trusted: {what}")]
    Untrusted {
        /// What is wrong with it.
        what: String,
    },
    /// There is too little space, before anything was fetched.
    #[error("the download needs {}, and {} are free at {directory}", bytes_words(*needed), bytes_words(*free))]
    NoSpace {
        /// The folder.
        directory: Utf8PathBuf,
        /// Bytes that are still needed, with a margin.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The disk became full on the way.
    #[error("the disk of {path} is full")]
    DiskFull {
        /// The partial file.
        path: Utf8PathBuf,
    },
    /// The disk does not do what it is asked.
    #[error("cannot {doing} {path}: {source}")]
    Disk {
        /// Completes "cannot …".
        doing: &'static str,
        /// The file or folder.
        path: Utf8PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// This computer cannot make encrypted connections.
    #[error("no connection can be made: {what}")]
    NoClient {
        /// What is missing.
        what: String,
    },
}

impl TransferError {
    /// An error of the disk, with a full one told apart.
    pub(super) fn disk(doing: &'static str, path: &Utf8Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path: path.to_owned() }
            }
            _ => Self::Disk { doing, path: path.to_owned(), source },
        }
    }
}

/// What ended one attempt; most of it passes.
#[derive(Debug)]
pub(super) enum Fault {
    /// It may work now, or after the wait that the server asked for.
    Passing { what: String, wait: Option<Duration> },
    /// The download was paused, or the computer slept: nothing went wrong.
    Interrupted { what: &'static str },
    /// There is another file on the server than the one that was begun.
    Changed { what: String },
    /// The server does not give parts of the file, or gives wrong ones.
    NoRanges { what: String },
    /// It will not work.
    Fatal(TransferError),
}

impl Fault {
    pub(super) fn passing(what: impl Into<String>) -> Self {
        Self::Passing { what: what.into(), wait: None }
    }

    pub(super) fn odd(what: impl Into<String>) -> Self {
        Self::Fatal(TransferError::Odd { what: what.into() })
    }
}

impl From<TransferError> for Fault {
    fn from(error: TransferError) -> Self {
        Self::Fatal(error)
    }
}
