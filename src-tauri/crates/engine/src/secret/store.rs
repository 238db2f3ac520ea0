//! Where this profile's secrets rest, and how they are asked for by name.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use camino::Utf8PathBuf;
use zeroize::Zeroizing;

use super::sealed::{Derivation, SealedFile};
use super::{Secret, SecretError, keychain};

/// How long an answer of the keychain is waited for; a person may have to type into its prompt.
const KEYCHAIN_WAIT: Duration = Duration::from_secs(30);

/// An entry that holds nothing.
const PROBE: &str = "probe";

/// Which place is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The keychain of the operating system.
    Keychain,
    /// A file sealed with a passphrase.
    File(Utf8PathBuf),
}

/// Kinds of places, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretsPlace {
    /// The keychain of the operating system.
    Keychain,
    /// A sealed file.
    File,
}

/// Whether secrets can be reached now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretsState {
    /// They can.
    Ready,
    /// The place waits for its passphrase, or for a person.
    Locked(String),
    /// There is no such service.
    Unavailable(String),
}

enum Opened {
    Keychain,
    Closed(Utf8PathBuf),
    Open(Utf8PathBuf, Arc<SealedFile>),
}

/// The secrets of this profile.
pub struct Secrets {
    wait: Duration,
    derivation: Derivation,
    opened: Mutex<Opened>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Secrets {
    /// Uses `place`; a sealed file stays closed until `unlock`, which makes a new one with `derivation`.
    pub fn new(place: Place, wait: Option<Duration>, derivation: Derivation) -> Self {
        let opened = match place {
            Place::Keychain => Opened::Keychain,
            Place::File(path) => Opened::Closed(path),
        };
        Self { wait: wait.unwrap_or(KEYCHAIN_WAIT), derivation, opened: Mutex::new(opened) }
    }

    /// The place in use.
    pub fn place(&self) -> Place {
        match &*self.opened.lock().unwrap_or_else(PoisonError::into_inner) {
            Opened::Keychain => Place::Keychain,
            Opened::Closed(path) | Opened::Open(path, _) => Place::File(path.clone()),
        }
    }

    /// Whether a sealed file holds them that nobody opened yet. A locked keychain is not asked: that may ask a person.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(&*self.opened.lock().unwrap_or_else(PoisonError::into_inner), Opened::Closed(_))
    }

    /// Opens or creates the sealed file at `path` and uses it from now on.
    ///
    /// # Errors
    /// `WrongPassphrase`, `FileDamaged` or `Io`; the place in use stays as it was.
    pub async fn unlock(&self, path: Utf8PathBuf, passphrase: Secret) -> Result<(), SecretError> {
        let (at, derivation) = (path.clone(), self.derivation);
        let file = blocking(&path, move || SealedFile::open(&at, &passphrase, derivation)).await?;
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Opened::Open(path, Arc::new(file));
        Ok(())
    }

    /// Whether secrets can be reached now. Asks the keychain for an entry of no meaning, and leaves one
    /// there the first time: that there is none is said by a locked keychain too.
    pub async fn state(&self) -> SecretsState {
        let asked = match self.get(PROBE).await {
            Err(SecretError::NotFound { .. }) if self.place() == Place::Keychain => {
                self.put(PROBE, &Secret::new("nothing")).await
            }
            other => other.map(drop),
        };
        match asked {
            Ok(()) | Err(SecretError::NotFound { .. }) => SecretsState::Ready,
            Err(error @ (SecretError::Locked { .. } | SecretError::FileLocked { .. })) => {
                SecretsState::Locked(error.to_string())
            }
            Err(error) => SecretsState::Unavailable(error.to_string()),
        }
    }

    /// Reads the secret `name`.
    ///
    /// # Errors
    /// `NotFound` when there is none; otherwise why the place did not answer.
    pub async fn get(&self, name: &str) -> Result<Secret, SecretError> {
        match self.file()? {
            None => keychain::get(self.wait, name).await,
            Some((path, file)) => {
                let name = name.to_owned();
                blocking(&path, move || file.get(&name)).await
            }
        }
    }

    /// Reads the secret `name`, where there is one.
    ///
    /// # Errors
    /// Why the place did not answer.
    pub async fn find(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        match self.get(name).await {
            Ok(secret) => Ok(Some(secret)),
            Err(SecretError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores `secret` under `name`, in place of what was there.
    ///
    /// # Errors
    /// Why the place did not take it.
    pub async fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        match self.file()? {
            None => keychain::put(self.wait, name, secret).await,
            Some((path, file)) => {
                let (name, secret) = (name.to_owned(), secret.clone());
                blocking(&path, move || {
                    file.change(|all| {
                        all.insert(name, Zeroizing::new(secret.expose().to_owned()));
                    })
                })
                .await
            }
        }
    }

    /// Removes the secret `name`; it is well if there is none.
    ///
    /// # Errors
    /// Why the place did not answer.
    pub async fn remove(&self, name: &str) -> Result<(), SecretError> {
        match self.file()? {
            None => keychain::remove(self.wait, name).await,
            Some((path, file)) => {
                let name = name.to_owned();
                blocking(&path, move || {
                    file.change(|all| {
                        all.remove(&name);
                    })
                })
                .await
            }
        }
    }

    fn file(&self) -> Result<Option<(Utf8PathBuf, Arc<SealedFile>)>, SecretError> {
        match &*self.opened.lock().unwrap_or_else(PoisonError::into_inner) {
            Opened::Keychain => Ok(None),
            Opened::Closed(path) => Err(SecretError::FileLocked { path: path.clone() }),
            Opened::Open(path, file) => Ok(Some((path.clone(), Arc::clone(file)))),
        }
    }
}

async fn blocking<T: Send + 'static>(
    path: &camino::Utf8Path,
    call: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    tokio::task::spawn_blocking(call).await.unwrap_or_else(|join| {
        Err(SecretError::Io { path: path.to_owned(), source: std::io::Error::other(join) })
    })
}

/// Makes an empty sealed file at `path`.
///
/// # Errors
/// `Io` where it cannot be written; where there is a file already, as opening it.
pub fn seal(path: &camino::Utf8Path, passphrase: &Secret, derivation: Derivation) -> Result<(), SecretError> {
    SealedFile::open(path, passphrase, derivation).map(drop)
}
