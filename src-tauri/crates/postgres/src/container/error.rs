//! Why a container could not be made, used or removed.

use std::io;
use std::time::Duration;

use camino::Utf8PathBuf;

/// Why a container could not be made, used or removed.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// Neither program is installed.
    #[error("neither docker nor podman is on this computer's PATH")]
    NoProgram,
    /// No name of an image.
    #[error("{name:?} is not the name of an image")]
    NotAnImage {
        /// What was given.
        name: String,
    },
    /// The image is not on this computer.
    #[error("the image {name} is not on this computer")]
    NoImage {
        /// Its name.
        name: String,
    },
    /// A folder or a record could not be written.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: Utf8PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The program could not be started.
    #[error("cannot run {program}")]
    Start {
        /// Its path.
        program: Utf8PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The program failed.
    #[error("{program} {what} failed: {said}")]
    Failed {
        /// Its path.
        program: Utf8PathBuf,
        /// What it was to do.
        what: String,
        /// The last line that it wrote.
        said: String,
    },
    /// The program did not end in time.
    #[error("{program} {what} did not end within {} s", .after.as_secs())]
    Late {
        /// Its path.
        program: Utf8PathBuf,
        /// What it was to do.
        what: String,
        /// How long it had.
        after: Duration,
    },
    /// What the program wrote could not be understood.
    #[error("{program} answered what cannot be read: {what}")]
    Answer {
        /// Its path.
        program: Utf8PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The server in it ended, or was not ready in time.
    #[error("the server in the container {} after {} s: {log}", if *has_ended { "ended" } else { "was not ready" }, .after.as_secs())]
    NotReady {
        /// Whether it ended by itself.
        has_ended: bool,
        /// How long it had.
        after: Duration,
        /// The end of its log.
        log: String,
    },
    /// The container runs somewhere else, or its server has its socket elsewhere.
    #[error(
        "the server in the container {name} runs, and its socket is not in the folder that was shared with it"
    )]
    NoSocket {
        /// Its name.
        name: String,
    },
    /// A person ended it.
    #[error("cancelled")]
    Cancelled,
    /// The runtime went away in the middle.
    #[error("interrupted")]
    Interrupted,
}
