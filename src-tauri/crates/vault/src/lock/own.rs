//! Writing and removing the locks of this process, and remembering which it holds, and which it could not remove.
//!
//! Such a lock bears the number of a process that is alive, and would keep everybody out as long as that lives;
//! only the process itself knows that it means nothing any more.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::HashSet;

use super::LockFile;
use crate::error::VaultError;
use crate::id::Id;
use crate::repository::Repository;
use crate::store::FileKind;

/// The locks of this process in all vaults: the name of a lock is unique.
#[derive(Default)]
struct Locks {
    held: HashSet<Id>,
    abandoned: HashSet<Id>,
}

static LOCKS: Mutex<Option<Locks>> = Mutex::new(None);

/// Writes a lock of ours.
pub(super) fn write(repository: &Repository, lock: &LockFile) -> Result<Id, VaultError> {
    let (id, sealed) = repository.seal(FileKind::Lock, lock)?;
    if let Err(error) = repository.put_sealed(FileKind::Lock, &id, &sealed) {
        // It may be there all the same.
        locks().get_or_insert_default().abandoned.insert(id);
        return Err(error);
    }
    locks().get_or_insert_default().held.insert(id);
    Ok(id)
}

/// Removes a lock of ours. Also if that fails, nobody holds it any more.
pub(super) fn release(repository: &Repository, id: &Id) -> Result<(), VaultError> {
    let removed = repository.store.remove(FileKind::Lock, &id.to_string());
    let mut locks = locks();
    let locks = locks.get_or_insert_default();
    locks.held.remove(id);
    if removed.is_err() {
        locks.abandoned.insert(*id);
    }
    Ok(removed?)
}

/// Whether this process holds it.
pub(super) fn is_held(id: &Id) -> bool {
    locks().as_ref().is_some_and(|locks| locks.held.contains(id))
}

pub(super) fn is_abandoned(id: &Id) -> bool {
    locks().as_ref().is_some_and(|locks| locks.abandoned.contains(id))
}

fn locks() -> MutexGuard<'static, Option<Locks>> {
    LOCKS.lock().unwrap_or_else(PoisonError::into_inner)
}
