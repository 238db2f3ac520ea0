//! Why a server could not be reached by SSH, told apart finely enough to say what to do about it.

use std::io;
use std::time::Duration;

use camino::Utf8PathBuf;

/// Why there is no connection, or no stream on it. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// The host's name has no address.
    #[error("no address is known for the SSH server {server}")]
    UnknownHost {
        /// The server.
        server: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// Nothing answers there.
    #[error("the SSH server {server} cannot be reached")]
    Unreachable {
        /// The server.
        server: String,
        /// What the network said.
        source: io::Error,
    },
    /// No answer in time.
    #[error("the SSH server {server} did not answer within {} s", .after.as_secs())]
    Timeout {
        /// The server.
        server: String,
        /// The limit.
        after: Duration,
    },
    /// It does not speak SSH, or nothing that both know.
    #[error("{server} does not speak SSH as it is spoken here")]
    Handshake {
        /// The server.
        server: String,
        /// What was seen.
        source: Box<russh::Error>,
    },
    /// Nobody has accepted its key yet.
    #[error("nobody has accepted the key of the SSH server {server} yet: {algorithm} {fingerprint}{note}")]
    HostUnknown {
        /// The server.
        server: String,
        /// The kind of the key, for instance `ssh-ed25519`.
        algorithm: String,
        /// `SHA256:…`, as `ssh-keygen -l` prints it.
        fingerprint: String,
        /// What is known of the server beside that, with a semicolon before it; empty for nothing.
        note: String,
    },
    /// It shows another key than the one that was accepted.
    #[error("the SSH server {server} shows another key than {known}: {algorithm} {fingerprint}")]
    HostChanged {
        /// The server.
        server: String,
        /// What is known: a fingerprint, or that it is in a file.
        known: String,
        /// The kind of the key that it shows.
        algorithm: String,
        /// Its fingerprint.
        fingerprint: String,
    },
    /// Its key was taken back.
    #[error("the key of the SSH server {server} is marked as revoked in {path}")]
    HostRevoked {
        /// The server.
        server: String,
        /// The file.
        path: Utf8PathBuf,
    },
    /// The user's file of known servers cannot be read.
    #[error("cannot read {path}")]
    KnownHosts {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key cannot be used.
    #[error("the key {path} {problem}")]
    Key {
        /// Its file.
        path: Utf8PathBuf,
        /// Why.
        problem: KeyProblem,
    },
    /// The server lets this account in by none of what was tried.
    #[error("the SSH server {server} does not let {user} in: it refused {tried}")]
    NotAdmitted {
        /// The server.
        server: String,
        /// The account.
        user: String,
        /// What was tried, in words.
        tried: String,
    },
    /// One proof was taken, and another one is asked for.
    #[error("the SSH server {server} asks {user} for a second proof")]
    SecondProof {
        /// The server.
        server: String,
        /// The account.
        user: String,
    },
    /// The server forwards nothing for this account.
    #[error("the SSH server {server} does not forward connections for {user}")]
    ForwardForbidden {
        /// The server.
        server: String,
        /// The account.
        user: String,
    },
    /// The server runs no programs for this account.
    #[error("the SSH server {server} runs nothing for {user}")]
    RunForbidden {
        /// The server.
        server: String,
        /// The account.
        user: String,
    },
    /// This computer did not start a program.
    #[error("cannot start {program}")]
    NotStarted {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program of the server did not run.
    #[error("{program} on {server} did not run: {said}")]
    NotRun {
        /// Where.
        server: String,
        /// The program.
        program: String,
        /// What was said.
        said: String,
    },
    /// What is inside a container is not to be had.
    #[error("the container {container} on {server} {problem}")]
    Container {
        /// Where the container is: the SSH server, or `this computer`.
        server: String,
        /// Its name.
        container: String,
        /// Why.
        problem: ContainerProblem,
    },
    /// The server gives this account no files.
    #[error("the SSH server {server} gives {user} no access to files by SFTP")]
    NoSftp {
        /// The server.
        server: String,
        /// The account.
        user: String,
    },
    /// Nothing answers at the far end.
    #[error("the SSH server {server} reaches nothing at {target}")]
    NothingThere {
        /// The server.
        server: String,
        /// What it should have reached, seen from there.
        target: String,
    },
    /// The connection broke.
    #[error("the connection to the SSH server {server} broke")]
    Lost {
        /// The server.
        server: String,
        /// What happened.
        source: Box<russh::Error>,
    },
    /// No port of this computer could be opened for a child process.
    #[error("cannot open a port on this computer for what goes through SSH")]
    NearEnd {
        /// What the system said.
        source: io::Error,
    },
}

/// Why nothing runs in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerProblem {
    /// There is none of this name.
    Missing,
    /// It does not run.
    Stopped,
    /// There is no `docker` and no `podman`.
    NoProgram,
    /// The account may not use the engine.
    NoRight,
    /// It holds neither Bash nor `nc`, so that no stream leads into it.
    NoBridge,
    /// Another reason, in the engine's words.
    Other(String),
}

impl std::fmt::Display for ContainerProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => f.write_str("does not exist"),
            Self::Stopped => f.write_str("does not run"),
            Self::NoProgram => f.write_str("cannot be reached: there is neither docker nor podman"),
            Self::NoRight => f.write_str("cannot be reached: this account may not use Docker"),
            Self::NoBridge => f.write_str("has neither bash nor nc, so that no connection leads into it"),
            Self::Other(said) => write!(f, "cannot be used: {said}"),
        }
    }
}

/// What is wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyProblem {
    /// There is no such file, or it may not be read; with the system's words.
    Unreadable(String),
    /// It is no private key.
    NoPrivateKey,
    /// It is sealed with a passphrase, and none is known.
    PassphraseMissing,
    /// The passphrase does not open it.
    PassphraseWrong,
    /// A kind of key that only an agent can use, and no agent holds it.
    AgentOnly,
    /// To open it would take more memory or time than a key needs.
    TooCostly,
}

impl std::fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Self::NoPrivateKey => f.write_str("is no private key"),
            Self::PassphraseMissing => f.write_str("is sealed with a passphrase, and none is known"),
            Self::PassphraseWrong => f.write_str("is not opened by the passphrase that is known"),
            Self::AgentOnly => {
                f.write_str("is of a kind that only an agent signs with, and no agent holds it")
            }
            Self::TooCostly => f.write_str("would take more memory or time to open than a key needs"),
        }
    }
}

impl SshError {
    /// True where a later attempt with the same settings may succeed.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::NothingThere { .. } | Self::Lost { .. }
        )
    }
}
