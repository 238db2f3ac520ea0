//! Why a private server could not be made, run or removed.

use std::io;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::process::ProcessError;

/// Why a private server could not be made, run or removed.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// We are root, which `initdb` refuses, and the system has no user `postgres` to run it as.
    #[error("a server cannot run as root, and this system has no user postgres")]
    NoServerUser,
    /// A directory could not be made or given to the user that runs the server.
    #[error("cannot make {path}")]
    Make {
        /// The directory or file.
        path: Utf8PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// No short path for the socket.
    #[error("no place for a socket: {path} is longer than a socket's path may be")]
    SocketPath {
        /// The path.
        path: Utf8PathBuf,
    },
    /// The system has no random numbers for a password.
    #[error("the system gives no random numbers")]
    NoRandom,
    /// A program could not be run.
    #[error("cannot run a server program")]
    Process {
        /// Why not.
        source: ProcessError,
    },
    /// The system could wall a server in, and does not.
    #[error("the private server cannot be walled in")]
    Wall {
        /// Why not.
        source: io::Error,
    },
    /// `initdb` failed.
    #[error("initdb failed: {last_words}")]
    Initdb {
        /// Its last line.
        last_words: String,
        /// All that it said, at most 64 KiB.
        stderr: String,
    },
    /// The server ended, or was not ready in time.
    #[error("the server was not ready within {} s", .after.as_secs())]
    NotReady {
        /// How long it had.
        after: Duration,
        /// The end of its log.
        log: String,
    },
    /// The server ended instead of becoming ready.
    #[error("the server ended while it started")]
    Ended {
        /// The end of its log.
        log: String,
    },
    /// The server did not stop.
    #[error("the server in {directory} did not stop")]
    NotStopped {
        /// The cluster.
        directory: Utf8PathBuf,
    },
    /// Something could not be removed.
    #[error("cannot remove {path}")]
    Remove {
        /// What is left.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A record could not be read or written.
    #[error("cannot use the record {path}")]
    Record {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no cluster.
    #[error("{directory} holds no cluster")]
    NotACluster {
        /// Where one was expected.
        directory: Utf8PathBuf,
    },
    /// The program ends.
    #[error("interrupted by the end of the program")]
    Interrupted,
}
