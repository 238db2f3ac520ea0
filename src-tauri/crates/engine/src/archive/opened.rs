//! The open vault of this profile, opened once and shared.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio_util::sync::{CancellationToken, DropGuard};
use vault::{Cancel, KeyOwner, KeyWork, LocalStore, Password, SnapshotId, Store, Vault, VaultError};

use super::ArchiveError;
use super::failure::vault_failure;
use super::turns::Turns;
use base::Code;
use base::account::{this_host, this_user};
use base::command::Command;
use base::disk;
use base::failure::Failure;
use base::secret::{Derivation, Secret, Secrets};
use ledger::audit::{Act, Details, Fact, Recorder, Subject};
use ledger::catalog::{Catalog, VaultRecord};

/// Time limit for opening. A share whose server is gone answers after many minutes, or never. If a large
/// index on a slow disk takes longer, the read continues, and the next caller gets its result.
const OPEN_MAX: Duration = Duration::from_mins(2);

/// The vault of this profile; opened when it is first needed. Cheap to clone.
#[derive(Clone)]
pub struct Archive {
    pub(super) catalog: Catalog,
    secrets: Arc<Secrets>,
    audit: Recorder,
    derivation: Derivation,
    held: Arc<Mutex<Held>>,
    turns: Turns,
}

/// What is open, locked for a moment at a time.
#[derive(Default)]
struct Held {
    open: Option<(Utf8PathBuf, Vault)>,
    /// How often what was open was forgotten: what began to open before that is not held any more.
    closed: u64,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").finish_non_exhaustive()
    }
}

impl Archive {
    pub(crate) fn new(
        catalog: Catalog,
        secrets: Arc<Secrets>,
        audit: Recorder,
        derivation: Derivation,
    ) -> Self {
        Self { catalog, secrets, audit, derivation, held: Arc::default(), turns: Turns::default() }
    }

    /// The record of this profile's vault.
    ///
    /// # Errors
    /// `no_vault` when there is none.
    #[crate::boxed]
    pub async fn record(&self) -> Result<VaultRecord, Failure> {
        Ok(self.catalog.vault().await?.ok_or(ArchiveError::NoVault)?)
    }

    /// The open vault, with what other processes added since.
    ///
    /// # Errors
    /// Why it cannot be opened: no vault, folder gone or silent, key missing or wrong.
    #[crate::boxed]
    pub async fn vault(&self) -> Result<Vault, Failure> {
        let record = self.record().await?;
        let (archive, of) = (self.clone(), record.clone());
        self.in_turn(&record, async move { archive.open_or_refreshed(of).await }).await
    }

    /// Runs an operation on the vault's folder that may hang. No lock that others wait for is held meanwhile,
    /// only the turn, until the operation ends.
    async fn in_turn<T: Send + 'static>(
        &self,
        record: &VaultRecord,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        self.turns.take(OPEN_MAX, work).await.unwrap_or_else(|| Err(silent(&record.name, &record.path)))
    }

    async fn open_or_refreshed(&self, record: VaultRecord) -> Result<Vault, Failure> {
        let (known, closed) = {
            let held = self.held();
            let known = held.open.as_ref().filter(|(path, _)| *path == record.path);
            (known.map(|(_, vault)| vault.clone()), held.closed)
        };
        if let Some(vault) = known {
            let (path, refreshed) = (record.path.clone(), vault.clone());
            let outcome = blocking(move || -> Result<(), ArchiveError> {
                // An unplugged disk must be seen here, not halfway through a job.
                LocalStore::open(path.as_std_path()).map_err(VaultError::from)?;
                Ok(refreshed.refresh()?)
            });
            outcome.await.map_err(|failure| gone(failure, &record.path))?;
            return Ok(vault);
        }
        let vault = self.opened(&record, Vault::open).await?;
        let mut held = self.held();
        if held.closed == closed {
            held.open = Some((record.path, vault.clone()));
        }
        Ok(vault)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The vault without its index, read again from its files even if one is open: for checks and repairs.
    ///
    /// # Errors
    /// As [`Archive::vault`], but for the index.
    pub(crate) async fn open_unindexed(&self) -> Result<Vault, Failure> {
        self.close();
        let record = self.record().await?;
        let (archive, of) = (self.clone(), record.clone());
        self.in_turn(&record, async move { archive.opened(&of, Vault::open_unindexed).await }).await
    }

    /// A replica of the vault at `path`, without its index, read from its first file on.
    ///
    /// # Errors
    /// As [`Archive::open_unindexed`], of the replica.
    pub(crate) async fn open_replica(&self, path: &Utf8Path) -> Result<Vault, Failure> {
        let record = VaultRecord { path: path.to_owned(), ..self.record().await? };
        let opening = tokio::time::timeout(OPEN_MAX, self.opened(&record, Vault::open_unindexed));
        opening.await.unwrap_or_else(|_| Err(silent(&record.name, &record.path)))
    }

    /// Whether the vault is where it was: a disk that is unplugged in the middle of a reading must not be
    /// taken for one that is damaged.
    ///
    /// # Errors
    /// `vault_gone`, or why it cannot be told.
    pub(crate) async fn still_there(&self) -> Result<(), Failure> {
        let record = self.record().await?;
        let path = record.path.clone();
        let looked = blocking(move || -> Result<(), ArchiveError> {
            LocalStore::open(path.as_std_path()).map_err(VaultError::from)?;
            Ok(())
        });
        self.in_turn(&record, looked).await.map_err(|failure| gone(failure, &record.path))
    }

    /// Drops the open vault; the next caller opens it again.
    pub(crate) fn close(&self) {
        let mut held = self.held();
        held.open = None;
        held.closed += 1;
    }

    async fn opened(&self, record: &VaultRecord, how: Open) -> Result<Vault, Failure> {
        let key = self.secrets.get(&key_name(&record.id)).await?;
        let path = record.path.clone();
        let vault = blocking(move || open_at(&path, &key, how)).await;
        let vault = vault.map_err(|failure| other_key(gone(failure, &record.path), &record.path))?;
        if vault.id() != record.id {
            let (path, found) = (record.path.clone(), vault.id().to_owned());
            return Err(ArchiveError::OtherVault { path, found, expected: record.id.clone() }.into());
        }
        // A vault that is not there is asked for again and again; only a key that opened it was used.
        self.record_use(record, "to open it").await?;
        Ok(vault)
    }

    /// Creates a repository at `path` with `key`, stores the key, and makes it this profile's vault.
    ///
    /// # Errors
    /// `vault_exists`, `folder_not_empty`, or why it cannot be written; then nothing is kept.
    #[crate::boxed]
    pub async fn create(
        &self,
        name: &str,
        path: &Utf8Path,
        key: &Secret,
        at_ms: i64,
    ) -> Result<VaultRecord, Failure> {
        if let Some(known) = self.catalog.vault().await? {
            return Err(ArchiveError::AlreadyThere { path: known.path }.into());
        }
        // The keychain is asked before anything is created: a vault whose key is nowhere is worse than none.
        self.secrets.put(&key_name("new"), key).await?;
        let (at, secret) = (path.to_owned(), key.clone());
        let work = self.key_work();
        let created = blocking(move || -> Result<Vault, ArchiveError> {
            let store = LocalStore::create(at.as_std_path()).map_err(VaultError::from)?;
            Ok(Vault::create_with(Arc::new(store), &Password::new(secret.expose()), &owner(), work)?)
        })
        .await;
        let adopted = match created {
            Ok(vault) => self.adopt(Act::VaultCreated, name, path, vault, key, at_ms).await,
            Err(failure) => Err(failure),
        };
        // Only now: a crash before leaves the key where it can be found.
        self.secrets.remove(&key_name("new")).await?;
        adopted
    }

    /// Opens the repository at `path` with `key`, and makes it this profile's vault.
    ///
    /// # Errors
    /// `wrong_key`, `no_repository`, `vault_exists` and others; then nothing changes.
    #[crate::boxed]
    pub async fn attach(
        &self,
        name: &str,
        path: &Utf8Path,
        key: &Secret,
        at_ms: i64,
    ) -> Result<VaultRecord, Failure> {
        let (at, secret) = (path.to_owned(), key.clone());
        let opening = blocking(move || open_at(&at, &secret, Vault::open));
        let opened = tokio::time::timeout(OPEN_MAX, opening).await;
        let vault = opened.unwrap_or_else(|_| Err(silent(name, path)))?;
        if let Some(known) = self.catalog.vault().await?
            && known.id != vault.id()
        {
            return Err(ArchiveError::AlreadyThere { path: known.path }.into());
        }
        // Whoever has the key of the vault may begin anew where the sealed file with it is lost.
        self.secrets.make_missing().await?;
        self.adopt(Act::VaultOpened, name, path, vault, key, at_ms).await
    }

    async fn adopt(
        &self,
        act: Act,
        name: &str,
        path: &Utf8Path,
        vault: Vault,
        key: &Secret,
        at_ms: i64,
    ) -> Result<VaultRecord, Failure> {
        let record = VaultRecord {
            id: vault.id().to_owned(),
            name: name.to_owned(),
            path: path.to_owned(),
            created_at_ms: at_ms,
            kit_confirmed_at_ms: None,
        };
        self.secrets.put(&key_name(&record.id), key).await?;
        let details = Details::none().with("folder", Fact::Path(path));
        let place = disk::resolved(path);
        let mut replicas = self.catalog.replicas(&record.id).await?;
        replicas.retain(|replica| disk::resolved(&replica.path) == place);
        let mut writing = self.audit.begin(act, &Subject::vault(&record), details).await?;
        Catalog::set_vault(writing.connection(), &record).await?;
        for replica in replicas {
            // A replica that is opened in place of the vault is the vault from now on.
            Catalog::remove_replica(writing.connection(), &replica.id).await?;
        }
        writing.commit().await?;
        self.held().open = Some((path.to_owned(), vault));
        Ok(record)
    }

    /// The key, for the recovery kit.
    ///
    /// # Errors
    /// `no_vault`, or why the keychain does not give it.
    pub(crate) async fn key(&self, why: &'static str) -> Result<Secret, Failure> {
        let record = self.record().await?;
        let key = self.secrets.get(&key_name(&record.id)).await?;
        // A use that cannot be recorded does not happen.
        self.record_use(&record, why).await?;
        Ok(key)
    }

    /// Opens the vault with a key, to see that it does. Keeps nothing.
    ///
    /// # Errors
    /// `wrong_key`, or why the vault cannot be opened.
    pub(crate) async fn try_key(&self, record: &VaultRecord, key: &Secret) -> Result<(), Failure> {
        let (path, key) = (record.path.clone(), key.clone());
        blocking(move || open_at(&path, &key, Vault::open_unindexed)).await.map(drop)
    }

    /// Opens the vault with this key from now on.
    ///
    /// # Errors
    /// Why the keychain does not take it; then the old one stays.
    pub(crate) async fn use_key(&self, record: &VaultRecord, key: &Secret) -> Result<(), Failure> {
        self.secrets.put(&key_name(&record.id), key).await?;
        self.close();
        Ok(())
    }

    /// How much work it takes to try a password on a key that is made.
    pub(crate) fn key_work(&self) -> KeyWork {
        match self.derivation {
            Derivation::Usual => KeyWork::USUAL,
            Derivation::Least => KeyWork::LEAST,
        }
    }

    async fn record_use(&self, record: &VaultRecord, why: &'static str) -> Result<(), Failure> {
        let details = Details::none().with("why", Fact::Word(why));
        Ok(self.audit.record(Act::VaultKeyUsed, &Subject::vault(record), details).await?)
    }

    /// Notes that the kit was saved and read back.
    ///
    /// # Errors
    /// `no_vault`, or why it cannot be noted and recorded.
    pub(crate) async fn confirm_kit(&self, at_ms: i64) -> Result<(), Failure> {
        let record = self.record().await?;
        let subject = Subject::vault(&record);
        let mut writing = self.audit.begin(Act::VaultKitConfirmed, &subject, Details::none()).await?;
        Catalog::confirm_kit(writing.connection(), at_ms).await?;
        Ok(writing.commit().await?)
    }
}

/// With or without its index.
type Open = fn(Arc<dyn Store>, &Password) -> Result<Vault, VaultError>;

fn open_at(path: &Utf8Path, key: &Secret, how: Open) -> Result<Vault, ArchiveError> {
    let store = LocalStore::open(path.as_std_path()).map_err(VaultError::from)?;
    Ok(how(Arc::new(store), &Password::new(key.expose()))?)
}

/// A vault that was there and is not: its disk is unplugged, or its folder was moved. What is there
/// instead may well be the empty folder below a mount point.
fn gone(failure: Failure, path: &Utf8Path) -> Failure {
    if failure.code == Code::NoRepository {
        return vault_failure(VaultError::Gone { place: path.to_string() });
    }
    failure
}

/// A vault that neither answers nor fails, as on a share whose server is gone.
fn silent(name: &str, path: &Utf8Path) -> Failure {
    let minutes = OPEN_MAX.as_secs() / 60;
    Failure::new(
        Code::VaultSilent,
        format!("the vault “{name}” in {path} did not answer within {minutes} minutes"),
        "Look whether its disk or share answers, for instance by opening the folder; then try again. What had begun to read it goes on.",
    )
}

/// The stored key opened it once: nobody mistyped it.
fn other_key(failure: Failure, path: &Utf8Path) -> Failure {
    if failure.code != Code::WrongKey {
        return failure;
    }
    Failure::new(
        failure.code,
        format!("the stored key does not open the vault {path}"),
        format!(
            "Its keys or the stored one were changed. Open it with the key that its owner has: `{}`.",
            Command::VaultOpen { path: path.to_string() }
        ),
    )
}

fn key_name(vault_id: &str) -> String {
    format!("vault:{vault_id}")
}

fn owner() -> KeyOwner {
    KeyOwner { hostname: this_host(), username: this_user() }
}

/// Runs vault work on a thread where blocking is fine.
pub(crate) async fn blocking<T: Send + 'static, E: Into<Failure> + Send + 'static>(
    call: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(call).await {
        Ok(done) => done.map_err(Into::into),
        Err(join) => {
            tracing::error!(%join, "vault work panicked");
            Err(Failure::new(
                Code::Internal,
                "Holdfast made a mistake while it used the vault",
                "Copy this report to the developers.",
            ))
        }
    }
}

/// A snapshot's id from its text.
pub(crate) fn snapshot_id(text: &str) -> Result<SnapshotId, Failure> {
    text.parse().map_err(|_| Failure::not_found(Code::BackupNotFound, text))
}

/// The vault's own sign to stop, for as long as somebody works under it.
#[derive(Debug)]
pub(crate) struct Stop {
    cancel: Cancel,
    _until: DropGuard,
}

impl Deref for Stop {
    type Target = Cancel;

    fn deref(&self) -> &Cancel {
        &self.cancel
    }
}

/// The vault's own sign to stop, given when a job is cancelled. What waits for that ends with the sign.
pub(crate) fn cancel_with(token: &CancellationToken) -> Stop {
    let (cancel, over) = (Cancel::new(), CancellationToken::new());
    let (told, token, until) = (cancel.clone(), token.clone(), over.clone().drop_guard());
    tokio::spawn(async move {
        tokio::select! {
            () = token.cancelled() => told.cancel(),
            () = over.cancelled() => {}
        }
    });
    Stop { cancel, _until: until }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So often every task that can go on has gone on.
    const TURNS: usize = 100;

    #[tokio::test]
    async fn a_job_that_is_cancelled_stops_the_vault_and_one_that_ends_leaves_nothing_behind() {
        let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
        let token = CancellationToken::new();
        let before = tasks();
        for _ in 0..10 {
            drop(cancel_with(&token));
        }
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        assert_eq!(tasks(), before);

        let stop = cancel_with(&token);
        assert!(!stop.is_cancelled());
        token.cancel();
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        assert!(stop.is_cancelled());
    }
}
