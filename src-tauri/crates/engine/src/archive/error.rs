//! Why the vault could not be used.

use camino::Utf8PathBuf;
use vault::VaultError;

/// Why the vault could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// There is no vault in this profile yet.
    #[error("this profile has no vault yet")]
    NoVault,
    /// This profile has one already.
    #[error("this profile already has the vault {path}")]
    AlreadyThere {
        /// Where it is.
        path: Utf8PathBuf,
    },
    /// The vault itself refused.
    #[error("{}", describe(.0))]
    Vault(#[from] VaultError),
    /// A manifest that cannot be read.
    #[error("the manifest of {snapshot} cannot be read: {what}")]
    Manifest {
        /// The snapshot.
        snapshot: String,
        /// What was seen.
        what: String,
    },
    /// A manifest of a newer version of Holdfast.
    #[error("the manifest of {snapshot} has format {found}; this version of Holdfast knows {known}")]
    ManifestTooNew {
        /// The snapshot.
        snapshot: String,
        /// Format in it.
        found: u32,
        /// Newest format that we know.
        known: u32,
    },
    /// What is asked for needs a database, and the backup holds none.
    #[error("this backup holds no database")]
    NoDatabase,
    /// A draft that this process does not know.
    #[error("there is no draft of a vault {id:?} in this process")]
    NoDraft {
        /// What was asked for.
        id: String,
    },
    /// What was typed is not the last group of the key.
    #[error("the last group does not match the key of the kit")]
    WrongGroup,
    /// The kit was not saved yet.
    #[error("the recovery kit has not been saved yet")]
    KitNotSaved,
    /// A file that is not the vault's.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something else is there already.
    #[error("{path} exists, and is not a recovery kit")]
    FileExists {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A repository of another kind of id stands there now.
    #[error("{path} holds another vault ({found}) than this profile's ({expected})")]
    OtherVault {
        /// Where.
        path: Utf8PathBuf,
        /// Its id.
        found: String,
        /// Ours.
        expected: String,
    },
}

/// The vault's error with the cause that its own text leaves to the source.
fn describe(error: &VaultError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
