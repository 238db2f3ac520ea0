//! Holds: documents that say that a snapshot stays, whoever uses the vault.
//!
//! They lie beside restic's files, in a directory of their own, encrypted and named as documents are. restic does not
//! know them; every [`Vault::forget`] does, also that of a profile which has never heard of the one that holds. What a
//! hold means and who may release it is for the caller to say.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::repository::Repository;
use crate::store::FileKind;
use crate::vault::Vault;

/// What is read of each text.
const TEXT_CHARACTERS_MAX: usize = 500;

/// A hold on a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its document's name.
    pub id: Id,
    /// The snapshot that stays.
    pub snapshot: SnapshotId,
    /// What was said of it.
    pub said: Said,
}

/// What is said of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Which installation holds it: any text that is its own.
    pub profile: String,
    /// Who, for people.
    pub who: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// The document.
#[derive(Serialize, Deserialize)]
pub(crate) struct HoldFile {
    snapshot: Id,
    #[serde(default)]
    profile: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    reason: String,
    time: String,
}

impl Vault {
    /// Holds a snapshot: nobody forgets it until the hold is released. A snapshot may have several.
    ///
    /// # Errors
    /// [`VaultError::Missing`] if there is no such snapshot, or it was forgotten at this moment; then there is no hold.
    pub fn hold(&self, snapshot: &SnapshotId, said: Said) -> Result<Hold, VaultError> {
        let repository = &*self.inner.repository;
        let is_there = || repository.store.size(FileKind::Snapshot, &snapshot.to_string());
        is_there()?;
        let Said { profile, who, reason, since } = said.clone();
        let file = HoldFile { snapshot: snapshot.0, profile, who, reason, time: since.to_string() };
        let id = repository.save(FileKind::Hold, &file)?;
        // Whoever forgot it meanwhile may not have seen the hold; if so, it is gone now, and this says so.
        if let Err(error) = is_there() {
            let _ = repository.store.remove(FileKind::Hold, &id.to_string());
            return Err(error.into());
        }
        Ok(Hold { id, snapshot: *snapshot, said })
    }

    /// All holds, in no order that means anything.
    ///
    /// # Errors
    /// If one of them cannot be read: nobody can say then what it holds.
    pub fn holds(&self) -> Result<Vec<Hold>, VaultError> {
        list(&self.inner.repository)
    }

    /// Releases a hold. One that is not there any more is released.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn release(&self, hold: &Id) -> Result<(), VaultError> {
        let removed = self.inner.repository.store.remove(FileKind::Hold, &hold.to_string());
        match removed.map_err(VaultError::from) {
            Err(VaultError::Missing { .. }) => Ok(()),
            other => other,
        }
    }
}

/// Reads all holds.
pub(crate) fn list(repository: &Repository) -> Result<Vec<Hold>, VaultError> {
    let mut holds = Vec::new();
    for id in repository.ids(FileKind::Hold)? {
        match repository.load::<HoldFile>(FileKind::Hold, &id) {
            Ok(file) => holds.push(read(id, file)),
            // Released since the listing.
            Err(VaultError::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(holds)
}

/// What a document says. One whose time is none holds all the same.
pub(crate) fn read(id: Id, file: HoldFile) -> Hold {
    let HoldFile { snapshot, profile, who, reason, time } = file;
    let since = time.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let [profile, who, reason] = [profile, who, reason].map(|text| shown(&text));
    Hold { id, snapshot: SnapshotId(snapshot), said: Said { profile, who, reason, since } }
}

/// What somebody else wrote, as far as it is shown.
fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(TEXT_CHARACTERS_MAX).collect()
}

/// Whether a snapshot may go, by the names of the others that are there.
pub(crate) type MayGo<'a> = &'a dyn Fn(&[SnapshotId]) -> bool;

/// Removes a snapshot that nobody holds, if it may go; false where it may not.
pub(crate) fn forget(
    repository: &Repository,
    snapshot: &SnapshotId,
    may_go: Option<MayGo<'_>>,
) -> Result<bool, VaultError> {
    let name = snapshot.to_string();
    let content = match repository.store.get(FileKind::Snapshot, &name).map_err(VaultError::from) {
        Ok(content) => Some(content).filter(|content| Id::of(content) == snapshot.0),
        Err(error @ VaultError::Missing { .. }) => return Err(error),
        // What cannot be read cannot be put back either, and may be what is to go.
        Err(_) => None,
    };
    if !is_free(repository, snapshot, may_go)? {
        return Ok(false);
    }
    repository.store.remove(FileKind::Snapshot, &name)?;
    // Whoever holds it at this moment may have seen it still, and whoever forgets another one may have relied on it:
    // then it comes back. Nothing of it was pruned, since its data goes in a prune alone.
    let is_free = is_free(repository, snapshot, may_go);
    if let (Err(_) | Ok(false), Some(content)) = (&is_free, content) {
        repository.store.put(FileKind::Snapshot, &name, &content)?;
    }
    is_free
}

/// Whether nobody holds it, and it may go.
fn is_free(
    repository: &Repository,
    snapshot: &SnapshotId,
    may_go: Option<MayGo<'_>>,
) -> Result<bool, VaultError> {
    require_none(repository, snapshot)?;
    let Some(may_go) = may_go else { return Ok(true) };
    let mut others: Vec<SnapshotId> =
        repository.ids(FileKind::Snapshot)?.into_iter().map(SnapshotId).collect();
    others.retain(|other| other != snapshot);
    Ok(may_go(&others))
}

fn require_none(repository: &Repository, snapshot: &SnapshotId) -> Result<(), VaultError> {
    match list(repository)?.into_iter().find(|hold| hold.snapshot == *snapshot) {
        None => Ok(()),
        Some(hold) => Err(VaultError::Held { by: Box::new(hold) }),
    }
}
