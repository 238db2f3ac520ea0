//! Who runs a job: a process, told alive from dead by a lock that the system drops when it dies.

use std::fs::File;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use uuid::Uuid;

use base::disk;

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
        let _ = disk::remove(&self.path);
    }
}

/// Whether the process `id` is dead. Removes the lock file that it left.
pub fn is_dead(home: &Utf8Path, id: &str) -> bool {
    let path = lock_path(home, id);
    let is_dead = disk::is_dropped(&path);
    if is_dead {
        // Only tidiness: a file that stays is looked at again, and found dropped again.
        let _ = disk::remove(&path);
    }
    is_dead
}

fn lock_path(home: &Utf8Path, id: &str) -> Utf8PathBuf {
    home.join("run").join(format!("{id}.lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        (folder, path)
    }

    #[test]
    fn a_process_is_dead_once_its_lock_is_gone_or_dropped() {
        let (_folder, home) = home();
        let lock = ProcessLock::take(&home).unwrap();
        assert!(!is_dead(&home, lock.id()), "it is held");
        let id = lock.id().to_owned();
        drop(lock);
        assert!(is_dead(&home, &id), "it is gone");

        let left = lock_path(&home, "killed");
        drop(disk::open_lock(&left).unwrap());
        assert!(is_dead(&home, "killed"), "nobody holds it");
        assert!(!left.exists(), "it is tidied away");
    }

    #[test]
    fn a_lock_that_cannot_be_opened_is_somebodys_who_lives() {
        let (_folder, home) = home();
        // Also the administrator cannot open a folder for writing.
        disk::create_private_dir(&lock_path(&home, "unreadable")).unwrap();

        assert!(!is_dead(&home, "unreadable"));
        assert!(lock_path(&home, "unreadable").is_dir(), "and it is left alone");
    }
}
