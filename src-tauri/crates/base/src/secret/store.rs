//! Where this profile's secrets rest, and how they are asked for by name.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
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

/// What it means that a sealed file is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// Nothing was kept in it yet: it is made with the first secret.
    New,
    /// The profile's secrets are in it: it is lost, or its disk is not connected.
    Lost,
}

enum Opened {
    Keychain,
    Closed(Utf8PathBuf),
    /// It was not there when it was looked at, and would be sealed with this.
    Absent(Utf8PathBuf, Secret, Absent),
    Open(Utf8PathBuf, Arc<SealedFile>),
}

/// Where a secret is now.
enum At {
    Keychain,
    File(Utf8PathBuf, Arc<SealedFile>),
    /// Nowhere: none was kept in this file yet.
    NoFile(Utf8PathBuf, Secret),
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
        match &*self.opened() {
            Opened::Keychain => Place::Keychain,
            Opened::Closed(path) | Opened::Absent(path, ..) | Opened::Open(path, _) => {
                Place::File(path.clone())
            }
        }
    }

    /// Whether a sealed file holds them that nobody opened yet, or that is not there. A locked keychain is not asked:
    /// that may ask a person.
    pub fn is_closed(&self) -> bool {
        matches!(&*self.opened(), Opened::Closed(_) | Opened::Absent(_, _, Absent::Lost))
    }

    /// Opens the sealed file at `path` and uses it from now on. One that is not there is made once a secret is kept,
    /// if it is new; one that is lost is made only where a person asks for that.
    ///
    /// # Errors
    /// `FileMissing` for one that is lost; `WrongPassphrase`, `FileDamaged` or `Io`, and the place in use stays as it
    /// was.
    pub async fn unlock(
        &self,
        path: Utf8PathBuf,
        passphrase: Secret,
        absent: Absent,
    ) -> Result<(), SecretError> {
        if self.open(&path, &passphrase).await?.is_some() {
            return Ok(());
        }
        self.set(Opened::Absent(path.clone(), passphrase, absent));
        match absent {
            Absent::New => Ok(()),
            Absent::Lost => Err(SecretError::FileMissing { path }),
        }
    }

    /// Makes the sealed file anew where it is not there: what a person asked for, who has no other way.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub async fn make_missing(&self) -> Result<(), SecretError> {
        let missing = match &*self.opened() {
            Opened::Absent(path, passphrase, _) => Some((path.clone(), passphrase.clone())),
            Opened::Keychain | Opened::Closed(_) | Opened::Open(..) => None,
        };
        if let Some((path, passphrase)) = missing {
            self.create(&path, &passphrase).await?;
        }
        Ok(())
    }

    /// Opens the file, where it is there.
    async fn open(
        &self,
        path: &Utf8Path,
        passphrase: &Secret,
    ) -> Result<Option<Arc<SealedFile>>, SecretError> {
        let (at, secret) = (path.to_owned(), passphrase.clone());
        match blocking(path, move || SealedFile::open(&at, &secret)).await {
            Ok(file) => Ok(Some(self.use_file(path, file))),
            Err(SecretError::FileMissing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create(&self, path: &Utf8Path, passphrase: &Secret) -> Result<Arc<SealedFile>, SecretError> {
        let (at, secret, derivation) = (path.to_owned(), passphrase.clone(), self.derivation);
        let file = blocking(path, move || SealedFile::create(&at, &secret, derivation)).await?;
        Ok(self.use_file(path, file))
    }

    fn use_file(&self, path: &Utf8Path, file: SealedFile) -> Arc<SealedFile> {
        let file = Arc::new(file);
        self.set(Opened::Open(path.to_owned(), Arc::clone(&file)));
        file
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, opened: Opened) {
        *self.opened() = opened;
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
            Err(
                error @ (SecretError::Locked { .. }
                | SecretError::FileLocked { .. }
                | SecretError::FileMissing { .. }),
            ) => SecretsState::Locked(error.to_string()),
            Err(error) => SecretsState::Unavailable(error.to_string()),
        }
    }

    /// Reads the secret `name`.
    ///
    /// # Errors
    /// `NotFound` when there is none; otherwise why the place did not answer.
    pub async fn get(&self, name: &str) -> Result<Secret, SecretError> {
        match self.at().await? {
            At::Keychain => keychain::get(self.wait, name).await,
            At::NoFile(..) => Err(SecretError::NotFound { name: name.to_owned() }),
            At::File(path, file) => {
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
        let (path, file) = match self.at().await? {
            At::Keychain => return keychain::put(self.wait, name, secret).await,
            At::File(path, file) => (path, file),
            At::NoFile(path, passphrase) => {
                let file = self.create(&path, &passphrase).await?;
                (path, file)
            }
        };
        let (name, secret) = (name.to_owned(), secret.clone());
        blocking(&path, move || {
            file.change(|all| {
                all.insert(name, Zeroizing::new(secret.expose().to_owned()));
            })
        })
        .await
    }

    /// Removes the secret `name`; it is well if there is none.
    ///
    /// # Errors
    /// Why the place did not answer.
    pub async fn remove(&self, name: &str) -> Result<(), SecretError> {
        match self.at().await? {
            At::Keychain => keychain::remove(self.wait, name).await,
            At::NoFile(..) => Ok(()),
            At::File(path, file) => {
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

    async fn at(&self) -> Result<At, SecretError> {
        let (path, passphrase, absent) = match &*self.opened() {
            Opened::Keychain => return Ok(At::Keychain),
            Opened::Closed(path) => return Err(SecretError::FileLocked { path: path.clone() }),
            Opened::Open(path, file) => return Ok(At::File(path.clone(), Arc::clone(file))),
            Opened::Absent(path, passphrase, absent) => (path.clone(), passphrase.clone(), *absent),
        };
        // Another process may have made it since, or its disk be back.
        match (self.open(&path, &passphrase).await?, absent) {
            (Some(file), _) => Ok(At::File(path, file)),
            (None, Absent::New) => Ok(At::NoFile(path, passphrase)),
            (None, Absent::Lost) => Err(SecretError::FileMissing { path }),
        }
    }
}

async fn blocking<T: Send + 'static>(
    path: &Utf8Path,
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
pub fn seal(path: &Utf8Path, passphrase: &Secret, derivation: Derivation) -> Result<(), SecretError> {
    SealedFile::create(path, passphrase, derivation).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(path: &Utf8Path) -> Secrets {
        Secrets::new(Place::File(path.to_owned()), None, Derivation::Least)
    }

    fn passphrase() -> Secret {
        Secret::new("a few unrelated words")
    }

    #[tokio::test]
    async fn a_new_file_is_made_with_its_first_secret_and_not_by_being_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("secrets.sealed");
        let secrets = secrets(&path);
        secrets.unlock(path.clone(), passphrase(), Absent::New).await.unwrap();

        assert_eq!(secrets.state().await, SecretsState::Ready);
        assert!(matches!(secrets.get("key").await, Err(SecretError::NotFound { .. })));
        secrets.remove("key").await.unwrap();
        assert!(!path.exists());
        secrets.put("key", &Secret::new("hunter2")).await.unwrap();
        assert_eq!(secrets.get("key").await.unwrap().expose(), "hunter2");
    }

    #[tokio::test]
    async fn a_file_that_is_lost_is_not_made_anew_until_somebody_asks_for_that() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("disk/secrets.sealed");
        let secrets = secrets(&path);
        let missing = |result: Result<(), SecretError>| {
            assert!(matches!(&result, Err(SecretError::FileMissing { .. })), "{result:?}");
        };

        missing(secrets.unlock(path.clone(), passphrase(), Absent::Lost).await);
        missing(secrets.get("key").await.map(drop));
        missing(secrets.put("key", &Secret::new("x")).await);
        missing(secrets.remove("key").await);
        assert!(matches!(secrets.state().await, SecretsState::Locked(_)) && secrets.is_closed());
        assert!(!path.parent().unwrap().exists(), "nothing is made where the disk would be");

        // The disk is back.
        let kept = Secrets::new(Place::File(path.clone()), None, Derivation::Least);
        kept.unlock(path.clone(), passphrase(), Absent::New).await.unwrap();
        kept.put("key", &Secret::new("hunter2")).await.unwrap();
        assert_eq!(secrets.get("key").await.unwrap().expose(), "hunter2");

        std::fs::remove_file(&path).unwrap();
        missing(secrets.get("key").await.map(drop));
        let anew = self::secrets(&path);
        missing(anew.unlock(path.clone(), passphrase(), Absent::Lost).await);
        anew.make_missing().await.unwrap();
        assert!(matches!(anew.get("key").await, Err(SecretError::NotFound { .. })));
    }
}
