//! Writing and removing the locks of this process, and remembering those that it could not remove.
//!
//! Such a lock bears the number of a process that is alive, and would keep everybody out for half
//! an hour; only the process itself knows that it means nothing any more.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::HashSet;

use super::LockFile;
use crate::error::VaultError;
use crate::id::Id;
use crate::repository::Repository;
use crate::store::FileKind;

/// Of all vaults of this process: the name of a lock is unique.
static ABANDONED: Mutex<Option<HashSet<Id>>> = Mutex::new(None);

/// Writes a lock of ours.
pub(super) fn write(repository: &Repository, lock: &LockFile) -> Result<Id, VaultError> {
    let (id, sealed) = repository.seal(FileKind::Lock, lock)?;
    if let Err(error) = repository.put_sealed(FileKind::Lock, &id, &sealed) {
        // It may be there all the same.
        abandoned().get_or_insert_default().insert(id);
        return Err(error);
    }
    Ok(id)
}

/// Removes a lock of ours. Also if that fails, nobody holds it any more.
pub(super) fn release(repository: &Repository, id: &Id) -> Result<(), VaultError> {
    let removed = repository.store.remove(FileKind::Lock, &id.to_string());
    if removed.is_err() {
        abandoned().get_or_insert_default().insert(*id);
    }
    Ok(removed?)
}

pub(super) fn is_abandoned(id: &Id) -> bool {
    abandoned().as_ref().is_some_and(|ids| ids.contains(id))
}

fn abandoned() -> MutexGuard<'static, Option<HashSet<Id>>> {
    ABANDONED.lock().unwrap_or_else(PoisonError::into_inner)
}
