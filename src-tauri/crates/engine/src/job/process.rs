//! Who runs a job: a process, told alive from dead by a lock that the system drops when it dies.

use std::fs::{File, TryLockError};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use uuid::Uuid;

use crate::disk;

/// This process's lock, held as long as this value lives.
#[derive(Debug)]
pub struct ProcessLock {
    id: String,
    path: Utf8PathBuf,
    _file: File,
}

impl ProcessLock {
    /// Takes a lock of our own under `home`.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn take(home: &Utf8Path) -> io::Result<Self> {
        let id = Uuid::new_v4().to_string();
        let path = lock_path(home, &id);
        let file = disk::open_lock(&path)?;
        file.lock()?;
        Ok(Self { id, path, _file: file })
    }

    /// The name that rows carry.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The lock file.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }
}

impl Drop for ProcessLock {
    fn drop(&mut self) {
        // Only tidiness: a file that stays is removed by the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether the process `id` is dead. Removes the lock file that it left.
pub(crate) fn is_dead(home: &Utf8Path, id: &str) -> bool {
    let path = lock_path(home, id);
    let Ok(file) = File::options().read(true).write(true).open(&path) else { return true };
    match file.try_lock() {
        Ok(()) => {
            let _ = std::fs::remove_file(&path);
            true
        }
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

fn lock_path(home: &Utf8Path, id: &str) -> Utf8PathBuf {
    home.join("run").join(format!("{id}.lock"))
}
