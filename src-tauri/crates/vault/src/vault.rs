//! A vault: one open repository, and everything that can be done with it.
//!
//! Knows nothing of projects. Each verb lives in a module of its own (`write`, `read`, `restore`,
//! `check`); this is the door to them.

use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::cancel::Cancel;
use crate::check::{CheckOptions, CheckProgress, CheckReport};
use crate::crypto::MasterKey;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::index::Index;
use crate::key::{KeyEntry, KeyOwner};
use crate::lock::LockInfo;
use crate::password::Password;
use crate::read::{Entry, FileReader};
use crate::repository::Repository;
use crate::restore::RestoreReport;
use crate::snapshot::Snapshot;
use crate::store::{FileKind, Store};
use crate::tree::Tree;
use crate::write::{BeginOptions, SnapshotWriter};
use crate::{check, index, key, lock, read, restore, snapshot};

/// An open repository. Cheap to clone and to share.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

/// What readers and writers of one vault share.
pub(crate) struct Inner {
    pub(crate) repository: Arc<Repository>,
    index: RwLock<Index>,
}

/// What a vault holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultStats {
    /// The bytes of all packs.
    pub stored_bytes: u64,
    /// The number of packs.
    pub packs: u64,
    /// The number of different blobs.
    pub blobs: u64,
    /// The number of snapshots.
    pub snapshots: u64,
}

impl Vault {
    /// Makes a new repository of format 2 in an empty place.
    ///
    /// # Errors
    /// [`VaultError::NotEmpty`] if there is a repository already, or a part of one.
    pub fn create(store: Arc<dyn Store>, password: &Password, by: &KeyOwner) -> Result<Self, VaultError> {
        for kind in [FileKind::Config, FileKind::Key, FileKind::Snapshot, FileKind::Index, FileKind::Data] {
            if !store.list(kind)?.is_empty() {
                return Err(VaultError::NotEmpty { place: store.place() });
            }
        }
        let master = MasterKey::random();
        let key_id = key::write(&*store, &master, password, by)?;
        let repository = Repository::create(store, master, key_id)?;
        Ok(Self { inner: Arc::new(Inner { repository: Arc::new(repository), index: RwLock::default() }) })
    }

    /// Opens a repository and loads its index.
    ///
    /// # Errors
    /// [`VaultError::NoRepository`], [`VaultError::WrongPassword`],
    /// [`VaultError::UnsupportedVersion`], or what keeps it from being read.
    pub fn open(store: Arc<dyn Store>, password: &Password) -> Result<Self, VaultError> {
        if store.list(FileKind::Config)?.is_empty() {
            return Err(VaultError::NoRepository { place: store.place() });
        }
        let (key_id, master) = key::open(&*store, password)?;
        let repository = Arc::new(Repository::open(store, master, key_id)?);
        let inner = Inner { repository, index: RwLock::default() };
        inner.refresh()?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The repository's random id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.inner.repository.config.id
    }

    /// All snapshots, the oldest first.
    ///
    /// # Errors
    /// If the listing or any of them cannot be read.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, VaultError> {
        snapshot::load_all(&self.inner.repository)
    }

    /// One snapshot.
    ///
    /// # Errors
    /// [`VaultError::Missing`] if there is none of this name.
    pub fn snapshot(&self, id: &SnapshotId) -> Result<Snapshot, VaultError> {
        snapshot::load(&self.inner.repository, id)
    }

    /// Begins a new snapshot, under a lock that others may share.
    ///
    /// # Errors
    /// [`VaultError::Locked`] if somebody excludes writers, [`VaultError::Missing`] if there is
    /// no such parent.
    pub fn begin(&self, options: BeginOptions, cancel: Cancel) -> Result<SnapshotWriter, VaultError> {
        SnapshotWriter::begin(&self.inner, options, cancel)
    }

    /// Everything in a snapshot, directories before what is in them.
    ///
    /// # Errors
    /// If the snapshot or one of its trees cannot be read.
    pub fn entries(&self, snapshot: &SnapshotId) -> Result<Vec<Entry>, VaultError> {
        read::walk::entries(&self.inner, &self.snapshot(snapshot)?.tree)
    }

    /// Reads a file of a snapshot from its beginning.
    ///
    /// # Errors
    /// [`VaultError::Missing`] if there is no such file. Damage shows up while reading.
    pub fn read(&self, snapshot: &SnapshotId, path: &str) -> Result<FileReader, VaultError> {
        self.read_range(snapshot, path, 0, u64::MAX)
    }

    /// Reads at most `len` bytes of a file from `offset`; beyond the file's end there are none.
    ///
    /// # Errors
    /// As [`Vault::read`].
    pub fn read_range(
        &self,
        snapshot: &SnapshotId,
        path: &str,
        offset: u64,
        len: u64,
    ) -> Result<FileReader, VaultError> {
        let node = read::walk::find_file(&self.inner, &self.snapshot(snapshot)?.tree, path)?;
        FileReader::new(&self.inner, path, node, offset, len)
    }

    /// Restores a whole snapshot into an empty or missing directory.
    ///
    /// # Errors
    /// What keeps everything from being restored; failures of single files are in the report.
    pub fn restore(
        &self,
        snapshot: &SnapshotId,
        destination: &Path,
        cancel: &Cancel,
    ) -> Result<RestoreReport, VaultError> {
        restore::run(&self.inner, &self.snapshot(snapshot)?.tree, destination, cancel)
    }

    /// Looks for damage: the structure always, the data if it is asked for.
    ///
    /// # Errors
    /// What keeps the check from being made; damage that it finds is in the report.
    pub fn check(
        &self,
        options: CheckOptions,
        progress: &dyn Fn(CheckProgress),
        cancel: &Cancel,
    ) -> Result<CheckReport, VaultError> {
        check::run(&self.inner, options, progress, cancel)
    }

    /// Removes a snapshot. The space of what only it needed is freed by a later prune.
    ///
    /// # Errors
    /// [`VaultError::Missing`] if there is none of this name.
    pub fn forget(&self, id: &SnapshotId) -> Result<(), VaultError> {
        Ok(self.inner.repository.store.remove(FileKind::Snapshot, &id.to_string())?)
    }

    /// Loads the index again, for what other processes wrote.
    ///
    /// # Errors
    /// If an index file cannot be read.
    pub fn refresh(&self) -> Result<(), VaultError> {
        self.inner.refresh()
    }

    /// What the vault holds.
    ///
    /// # Errors
    /// If a listing fails.
    pub fn stats(&self) -> Result<VaultStats, VaultError> {
        let store = &self.inner.repository.store;
        let packs = store.list(FileKind::Data)?;
        Ok(VaultStats {
            stored_bytes: packs.iter().map(|pack| pack.size).sum(),
            packs: packs.len() as u64,
            blobs: self.inner.index().blobs() as u64,
            snapshots: store.list(FileKind::Snapshot)?.len() as u64,
        })
    }

    /// All keys.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn keys(&self) -> Result<Vec<KeyEntry>, VaultError> {
        let repository = &self.inner.repository;
        key::list(&*repository.store, &repository.key_id)
    }

    /// Adds a key for another password; yields its name.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn add_key(&self, new: &Password, by: &KeyOwner) -> Result<String, VaultError> {
        let repository = &self.inner.repository;
        key::write(&*repository.store, &repository.master, new, by)
    }

    /// Removes a key. Whoever has the master keys already still has them.
    ///
    /// # Errors
    /// [`VaultError::KeyNeeded`] if it is the last one, or the one that this vault was opened with.
    pub fn remove_key(&self, id: &str) -> Result<(), VaultError> {
        let repository = &self.inner.repository;
        let needed = |reason| Err(VaultError::KeyNeeded { id: id.to_owned(), reason });
        if id == repository.key_id {
            return needed("the one in use");
        }
        if repository.store.list(FileKind::Key)?.len() < 2 {
            return needed("the last one");
        }
        Ok(repository.store.remove(FileKind::Key, id)?)
    }

    /// All locks, also stale ones.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn locks(&self) -> Result<Vec<LockInfo>, VaultError> {
        lock::list(&self.inner.repository)
    }

    /// Removes the locks of the dead; yields how many there were.
    ///
    /// # Errors
    /// If a lock cannot be read or removed.
    pub fn remove_stale_locks(&self) -> Result<usize, VaultError> {
        lock::remove_stale(&self.inner.repository)
    }
}

impl Inner {
    pub(crate) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn index_mut(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads the index again if the store has other index files by now.
    pub(crate) fn refresh(&self) -> Result<(), VaultError> {
        let files = self.repository.ids(FileKind::Index)?;
        if self.index().is_made_of(&files) {
            return Ok(());
        }
        let loaded = index::file::load_all(&self.repository, files)?;
        *self.index_mut() = loaded;
        Ok(())
    }

    /// Reads a tree.
    pub(crate) fn tree(&self, id: &Id) -> Result<Tree, VaultError> {
        let mut opener = read::blob::Opener::new()?;
        let encoded = opener.tree(self, id)?;
        Tree::decode(&encoded).map_err(|error| VaultError::damaged(format!("tree {id}"), error.to_string()))
    }
}

impl From<VaultError> for io::Error {
    fn from(error: VaultError) -> Self {
        Self::other(error)
    }
}
