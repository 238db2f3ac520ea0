//! A vault: one open repository, and everything that can be done with it.
//!
//! Knows nothing of projects. Each verb lives in a module of its own (`write`, `read`, `restore`,
//! `check`); this is the door to them.

use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::cancel::Cancel;
use crate::check::{CheckOptions, CheckProgress, CheckReport, PacksRead, ReadBack, ReadLimits};
use crate::crypto::MasterKey;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::index::Index;
use crate::key::{KeyEntry, KeyOwner, KeyWork};
use crate::lock::LockInfo;
use crate::password::Password;
use crate::read::recent::RecentTrees;
use crate::read::{Entry, FileReader};
use crate::repair::RepairReport;
use crate::repository::Repository;
use crate::restore::RestoreReport;
use crate::snapshot::Snapshot;
use crate::store::{FileKind, Store};
use crate::tree::Tree;
use crate::write::{BeginOptions, SnapshotWriter};
use crate::{check, hold, index, key, lock, read, repair, restore, snapshot};

use hashbrown::HashSet;

/// An open repository. Cheap to clone and to share.
#[derive(Clone)]
pub struct Vault {
    pub(crate) inner: Arc<Inner>,
}

/// What readers and writers of one vault share.
pub(crate) struct Inner {
    pub(crate) repository: Arc<Repository>,
    index: RwLock<Index>,
    /// Trees that were looked into last, the last one first.
    pub(crate) recent: RecentTrees,
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
    /// [`VaultError::NotEmpty`] if there is a repository already, or a part of one. A key alone is
    /// one as well: what it opens may be on its way here, and it may be the only one.
    pub fn create(store: Arc<dyn Store>, password: &Password, by: &KeyOwner) -> Result<Self, VaultError> {
        Self::create_with(store, password, by, KeyWork::USUAL)
    }

    /// The same, with a key that takes this much work.
    ///
    /// # Errors
    /// As [`Vault::create`].
    pub fn create_with(
        store: Arc<dyn Store>,
        password: &Password,
        by: &KeyOwner,
        work: KeyWork,
    ) -> Result<Self, VaultError> {
        for kind in [FileKind::Config, FileKind::Snapshot, FileKind::Index, FileKind::Data, FileKind::Key] {
            if !store.list(kind)?.is_empty() {
                return Err(VaultError::NotEmpty { place: store.place() });
            }
        }
        let master = MasterKey::random();
        let key_id = key::write(&*store, &master, password, by, work)?;
        let place = Arc::clone(&store);
        let repository = match Repository::create(store, master, key_id.clone()) {
            Ok(repository) => repository,
            Err(error) => {
                // Our own key, of a repository that is none: the next creation finds the place empty.
                if place.list(FileKind::Config).is_ok_and(|there| there.is_empty()) {
                    let _ = place.remove(FileKind::Key, &key_id);
                }
                return Err(error);
            }
        };
        Ok(Self {
            inner: Arc::new(Inner {
                repository: Arc::new(repository),
                index: RwLock::default(),
                recent: RecentTrees::default(),
            }),
        })
    }

    /// Opens a repository and loads its index.
    ///
    /// # Errors
    /// [`VaultError::NoRepository`], [`VaultError::WrongPassword`],
    /// [`VaultError::UnsupportedVersion`], or what keeps it from being read.
    pub fn open(store: Arc<dyn Store>, password: &Password) -> Result<Self, VaultError> {
        let vault = Self::open_unindexed(store, password)?;
        vault.inner.refresh()?;
        Ok(vault)
    }

    /// Opens a repository without its index, which may be damaged: for [`Vault::check`], which
    /// names what is wrong with it, and [`Vault::repair`]. Whatever else is asked of the
    /// vault loads the index first, and fails if it cannot.
    ///
    /// # Errors
    /// As [`Vault::open`], but for the index.
    pub fn open_unindexed(store: Arc<dyn Store>, password: &Password) -> Result<Self, VaultError> {
        if store.list(FileKind::Config)?.is_empty() {
            return Err(VaultError::NoRepository { place: store.place() });
        }
        let (key_id, master) = key::open(&*store, password)?;
        let repository = Arc::new(Repository::open(store, master, key_id)?);
        Ok(Self {
            inner: Arc::new(Inner { repository, index: RwLock::default(), recent: RecentTrees::default() }),
        })
    }

    /// The repository's random id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.inner.repository.config.id
    }

    /// The names of all snapshots, also of those that cannot be read; in no order that means anything.
    ///
    /// # Errors
    /// If the listing fails.
    pub fn snapshot_ids(&self) -> Result<Vec<SnapshotId>, VaultError> {
        Ok(self.inner.repository.ids(FileKind::Snapshot)?.into_iter().map(SnapshotId).collect())
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

    /// Goes through the files of a snapshot in the order of its listing, each with a reader of its own. Every
    /// tree is read once, however many files it has.
    ///
    /// # Errors
    /// If the snapshot or one of its trees cannot be read; what `visitor` says ends it.
    pub fn read_files<E: From<VaultError>>(
        &self,
        snapshot: &SnapshotId,
        mut visitor: impl FnMut(&str, FileReader) -> Result<(), E>,
    ) -> Result<(), E> {
        read::walk::files(&self.inner, &self.snapshot(snapshot)?.tree, &mut visitor)
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

    /// Looks for damage: the structure always, the data if it is asked for. Others may write
    /// meanwhile, but not prune; a place that cannot be written to is checked without a lock.
    ///
    /// # Errors
    /// [`VaultError::Locked`] if somebody excludes all others, and what keeps the check from being made; damage that it finds is in the report.
    pub fn check(
        &self,
        options: CheckOptions,
        progress: &dyn Fn(CheckProgress),
        cancel: &Cancel,
    ) -> Result<CheckReport, VaultError> {
        check::run(&self.inner, options, progress, cancel)
    }

    /// Reads every blob of a snapshot back from the store, from where its index files say it is:
    /// decrypted, decompressed, and its hash compared. Of blobs that `before` refers to as well, a
    /// snapshot that was read back earlier, it may be the hash of the pack that they are in. `progress` is
    /// told the plaintext bytes that were covered, by several threads. Under a lock that others may share; a place that
    /// cannot be written to is read without one.
    ///
    /// # Errors
    /// [`VaultError::Locked`] if somebody excludes all others. If the snapshot, one of its trees or an index cannot be read, or [`VaultError::Cancelled`];
    /// damage of files is in the report.
    pub fn read_back(
        &self,
        snapshot: &SnapshotId,
        before: Option<&SnapshotId>,
        progress: &(dyn Fn(u64) + Sync),
        cancel: &Cancel,
    ) -> Result<ReadBack, VaultError> {
        check::snapshot::read_back(&self.inner, snapshot, before, progress, cancel)
    }

    /// The packs of the index, in the order of their names, with what other processes wrote.
    ///
    /// # Errors
    /// If an index file cannot be read.
    pub fn packs(&self) -> Result<Vec<Id>, VaultError> {
        self.inner.refresh()?;
        let mut packs: Vec<Id> = self.inner.index().packs().copied().collect();
        packs.sort_unstable();
        Ok(packs)
    }

    /// Reads these packs whole, as far as the limits allow: their names, their headers against the index,
    /// and every blob in them. Under a lock that others may share; a place that cannot be written to is
    /// read without one. `progress` is told the bytes of each pack, by several threads. Whoever cancels it gets what was read by then.
    ///
    /// # Errors
    /// [`VaultError::Locked`] if somebody excludes all others, and what keeps packs from being read;
    /// damage is in the report.
    pub fn read_packs(
        &self,
        packs: &[Id],
        limits: ReadLimits,
        progress: &(dyn Fn(u64) + Sync),
        cancel: &Cancel,
    ) -> Result<PacksRead, VaultError> {
        check::packs::read(&self.inner, packs, limits, progress, cancel)
    }

    /// Tells of every blob of a snapshot, directories included, in which pack it is found; absent where it
    /// is in no index. No data is read.
    ///
    /// # Errors
    /// If the snapshot or one of its directories cannot be read, or [`VaultError::Cancelled`]; what was
    /// told before still holds.
    pub fn places(
        &self,
        snapshot: &SnapshotId,
        told: &mut dyn FnMut(&Id, Option<&Id>),
        cancel: &Cancel,
    ) -> Result<(), VaultError> {
        check::packs::places(&self.inner, snapshot, told, cancel)
    }

    /// Removes a snapshot. The space of what only it needed is freed by a later prune.
    ///
    /// # Errors
    /// [`VaultError::Missing`] if there is none of this name; [`VaultError::Held`] if somebody holds it, whoever it is.
    pub fn forget(&self, id: &SnapshotId) -> Result<(), VaultError> {
        hold::forget(&self.inner.repository, id, None).map(drop)
    }

    /// The same, if `may_go` says so of the others that are there: asked before and after the removal, since others may
    /// forget snapshots at the same moment. False where it may not go; then it is there as before.
    ///
    /// # Errors
    /// As [`Vault::forget`], and if the listing fails.
    pub fn forget_if(
        &self,
        id: &SnapshotId,
        may_go: &dyn Fn(&[SnapshotId]) -> bool,
    ) -> Result<bool, VaultError> {
        hold::forget(&self.inner.repository, id, Some(may_go))
    }

    /// Reads every pack, and makes the index again from what is sound, under a lock that excludes
    /// all others. What is readable in damaged packs is copied into new ones; what is not leaves
    /// the index, and the next snapshot that has it stores it again. Nothing is removed but the old
    /// index files, and they only after the new ones are stored.
    ///
    /// # Errors
    /// [`VaultError::Locked`] if anybody uses the repository, [`VaultError::Cancelled`], or a
    /// failure of the store; then the old index files are still there.
    pub fn repair(
        &self,
        username: &str,
        progress: &dyn Fn(CheckProgress),
        cancel: &Cancel,
    ) -> Result<RepairReport, VaultError> {
        repair::run(&self.inner, username, progress, cancel)
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
        self.add_key_with(new, by, KeyWork::USUAL)
    }

    /// The same, with another amount of work for each try of a password.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn add_key_with(&self, new: &Password, by: &KeyOwner, work: KeyWork) -> Result<String, VaultError> {
        let repository = &self.inner.repository;
        key::write(&*repository.store, &repository.master, new, by, work)
    }

    /// Removes a key. Whoever has the master keys already still has them. Two that remove each other's at the same
    /// moment leave no vault without a key: what was removed last is put back.
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
        let content = repository.store.get(FileKind::Key, id)?;
        repository.store.remove(FileKind::Key, id)?;
        if repository.store.list(FileKind::Key)?.is_empty() {
            repository.store.put(FileKind::Key, id, &content)?;
            return needed("the last one");
        }
        Ok(())
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
        let mut index = self.index_mut();
        // Again, since a writer of this process may have stored and added one meanwhile.
        let files = self.repository.ids(FileKind::Index)?;
        index::file::bring_up_to_date(&self.repository, &mut index, &files)
    }

    /// As [`Inner::refresh`]; then forgets what stands in packs that are not in the store.
    pub(crate) fn forget_lost_packs(&self) -> Result<(), VaultError> {
        self.refresh()?;
        // The index first: a pack is stored before it is indexed, so what a later listing does not
        // show was lost, and not just stored.
        let indexed: HashSet<Id> = self.index().packs().copied().collect();
        let stored: HashSet<Id> = self.repository.ids(FileKind::Data)?.into_iter().collect();
        let lost: HashSet<Id> = indexed.difference(&stored).copied().collect();
        if !lost.is_empty() {
            self.index_mut().forget_packs(&lost);
        }
        let is_back = !self.index().lost().is_disjoint(&stored);
        if is_back { self.reload() } else { Ok(()) }
    }

    /// Loads the whole index again.
    pub(crate) fn reload(&self) -> Result<(), VaultError> {
        let mut index = self.index_mut();
        *index = Index::default();
        let files = self.repository.ids(FileKind::Index)?;
        index::file::bring_up_to_date(&self.repository, &mut index, &files)
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
