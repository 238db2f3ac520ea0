//! Why a secret could not be read or written.

use camino::Utf8PathBuf;

/// Why a secret could not be read or written. None of these ever holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// No keychain service runs here.
    #[error("this computer has no keychain service that answers ({what})")]
    Unavailable {
        /// What the keychain library said.
        what: String,
    },
    /// The keychain did not answer in time, which is how a locked one without a prompter behaves.
    #[error("the keychain did not answer within {waited_s} s; it is probably locked")]
    Locked {
        /// How long it was waited for.
        waited_s: u64,
    },
    /// There is no such secret.
    #[error("the secret {name} is not stored here")]
    NotFound {
        /// Its name; never its content.
        name: String,
    },
    /// The sealed file was not opened yet.
    #[error("the sealed file {path} waits for its passphrase")]
    FileLocked {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The sealed file is not where it was, and secrets were kept in it.
    #[error("the sealed file {path} is not there, and the secrets of this profile are in it")]
    FileMissing {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The passphrase does not open the sealed file.
    #[error("the passphrase does not open {path}")]
    WrongPassphrase {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The sealed file is not one of ours, or was changed.
    #[error("{path} is not a sealed file of Holdfast, or it was damaged: {what}")]
    FileDamaged {
        /// The file.
        path: Utf8PathBuf,
        /// What was seen.
        what: String,
    },
    /// The sealed file cannot be read or written.
    #[error("cannot use {path}: {source}")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The keychain refused.
    #[error("the keychain refused: {what}")]
    Keychain {
        /// What the keychain library said.
        what: String,
    },
}
