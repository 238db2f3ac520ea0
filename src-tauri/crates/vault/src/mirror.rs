//! A mirror: the same repository at a second place, with the same key.
//!
//! Nothing is decrypted and nothing is dumped again: the files are immutable and named by their SHA-256, so each is
//! proved on its way. Data goes first, then what lists it, then the snapshots; what is removed goes in the reverse
//! order. At whatever moment it ends, every snapshot that the mirror lists is whole there, and the next run goes on.
//!
//! What the vault lost is not lost from the mirror: a snapshot goes only where the caller says that it was removed
//! on purpose, and keys never. Data and what lists it go only once the vault is proved to have everything itself, as before a prune:
//! a pack that rotted away, an index that was made again without it, an emptied folder take nothing with them.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use crate::cancel::Cancel;
use crate::check;
use crate::error::VaultError;
use crate::hold;
use crate::id::{Id, SnapshotId};
use crate::lock;
use crate::lock::held::{Continuity, HeldLock};
use crate::pack::PACK_BYTES_MAX;
use crate::prune::PruneOptions;
use crate::repository::Repository;
use crate::store::{FileKind, Store, StoredFile};
use crate::vault::{Inner, Vault};

impl Vault {
    /// Makes an empty place a mirror that holds no snapshot yet; leaves a mirror of this vault as it is.
    ///
    /// # Errors
    /// [`VaultError::NotEmpty`] and [`VaultError::OtherRepository`] for a place that is no mirror of this vault, or a
    /// failure of either store.
    pub fn prepare_mirror(&self, to: Arc<dyn Store>) -> Result<(), VaultError> {
        target(&self.inner.repository, to).map(drop)
    }

    /// Proves that a mirror of this vault can be written to, and that nobody uses it, by its lock.
    ///
    /// # Errors
    /// As [`Vault::prepare_mirror`]; [`VaultError::Locked`].
    pub fn test_mirror(&self, to: Arc<dyn Store>, username: &str) -> Result<(), VaultError> {
        alone(&Arc::new(target(&self.inner.repository, to)?), username).map(drop)
    }

    /// The bytes of files that a mirror lacks.
    ///
    /// # Errors
    /// If a listing fails.
    pub fn mirror_lacks(&self, to: &dyn Store) -> Result<u64, VaultError> {
        let from = &*self.inner.repository.store;
        let mut bytes = 0;
        for kind in [FileKind::Data, FileKind::Index, FileKind::Snapshot] {
            let (source, there) = (from.list(kind)?, to.list(kind)?);
            bytes += missing(&source, &there, &HashSet::default()).iter().map(|file| file.size).sum::<u64>();
        }
        Ok(bytes)
    }

    /// Makes `to` hold what this vault holds: in an empty place a repository is made, in a mirror what is missing
    /// is added and what is gone is removed. Under a lock of the vault that others may share, and one of the mirror
    /// that excludes all others.
    ///
    /// # Errors
    /// [`VaultError::NotEmpty`] and [`VaultError::OtherRepository`] for a place that is no mirror of this vault;
    /// [`VaultError::Locked`]; [`VaultError::Damaged`] where a file of the vault is not what its name says, then the
    /// mirror keeps the snapshots that it had; [`VaultError::Stale`] where a lock was lost; [`VaultError::Cancelled`],
    /// or a failure of either store.
    pub fn mirror(
        &self,
        to: Arc<dyn Store>,
        options: MirrorOptions<'_>,
        progress: &dyn Fn(MirrorProgress),
        cancel: &Cancel,
    ) -> Result<MirrorReport, VaultError> {
        run(&self.inner, to, options, progress, cancel)
    }
}

/// How a mirror is made.
#[derive(Clone, Copy)]
pub struct MirrorOptions<'a> {
    /// Who holds the mirror's lock.
    pub username: &'a str,
    /// Whether a snapshot that the vault does not list any more was removed from it on purpose.
    pub may_go: &'a dyn Fn(&SnapshotId) -> bool,
    /// Files that are copied again although the mirror lists them: they were found damaged there.
    pub again: &'a [Id],
}

/// How far a mirror is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MirrorProgress {
    /// Files that were copied.
    pub files: u64,
    /// Of how many.
    pub files_total: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of how many.
    pub bytes_total: u64,
}

/// What a mirror came to.
#[derive(Debug, Clone, Default)]
pub struct MirrorReport {
    /// Files that were copied.
    pub copied_files: u64,
    /// Their bytes.
    pub copied_bytes: u64,
    /// Files that were removed.
    pub removed_files: u64,
    /// Their bytes.
    pub removed_bytes: u64,
    /// The snapshots that the mirror has now.
    pub snapshots: Vec<SnapshotId>,
    /// Those of them that the vault does not list any more, and that nobody removed on purpose.
    pub only_here: Vec<SnapshotId>,
    /// What the vault lacks of what its snapshots need, where something was to be removed: then nothing was.
    pub vault_lacks: Option<VaultError>,
}

/// A place as it was listed.
struct Listing {
    snapshots: Vec<StoredFile>,
    indexes: Vec<StoredFile>,
    packs: Vec<StoredFile>,
    keys: Vec<StoredFile>,
    holds: Vec<StoredFile>,
}

impl Listing {
    /// Snapshots first: what they need is listed by then, since writers store packs, then index files, then
    /// snapshots.
    fn of(store: &dyn Store) -> Result<Self, VaultError> {
        Ok(Self {
            snapshots: store.list(FileKind::Snapshot)?,
            indexes: store.list(FileKind::Index)?,
            packs: store.list(FileKind::Data)?,
            keys: store.list(FileKind::Key)?,
            holds: store.list(FileKind::Hold)?,
        })
    }
}

struct Mirror<'a> {
    from: &'a Repository,
    to: &'a Repository,
    /// The mirror's lock.
    held: &'a HeldLock,
    /// The vault's; a place that cannot be written to has none.
    lock: Option<&'a HeldLock>,
    progress: &'a dyn Fn(MirrorProgress),
    cancel: &'a Cancel,
    done: MirrorProgress,
    report: MirrorReport,
}

fn run(
    inner: &Arc<Inner>,
    to: Arc<dyn Store>,
    options: MirrorOptions<'_>,
    progress: &dyn Fn(MirrorProgress),
    cancel: &Cancel,
) -> Result<MirrorReport, VaultError> {
    let lock = check::lock(inner)?;
    let from = &inner.repository;
    let to = Arc::new(target(from, to)?);
    let held = alone(&to, options.username)?;
    let (source, there) = (Listing::of(&*from.store)?, Listing::of(&*to.store)?);
    let mut mirror = Mirror {
        from,
        to: &to,
        held: &held,
        lock: lock.as_ref(),
        progress,
        cancel,
        done: MirrorProgress::default(),
        report: MirrorReport::default(),
    };
    mirror.copy(&source, &there, options.again)?;
    mirror.require_alone()?;
    // A vault that takes no lock may be pruned by somebody at this moment: nothing is removed by what it lists.
    if let Some(lock) = &lock {
        mirror.remove(inner, &source, &there, options.may_go)?;
        require_held(lock)?;
    }
    let snapshots = to.ids(FileKind::Snapshot)?;
    mirror.report.snapshots = snapshots.into_iter().map(SnapshotId).collect();
    Ok(mirror.report)
}

/// The repository at the mirror's place: what is there, if it is this one, or its beginnings.
fn target(from: &Repository, store: Arc<dyn Store>) -> Result<Repository, VaultError> {
    let opened = |store| Repository::open(store, from.master.clone(), from.key_id.clone());
    if !store.list(FileKind::Config)?.is_empty() {
        let place = store.place();
        return match opened(store) {
            Ok(repository) if repository.config.id == from.config.id => Ok(repository),
            Ok(_) | Err(VaultError::Damaged { .. }) => Err(VaultError::OtherRepository { place }),
            Err(error) => Err(error),
        };
    }
    for kind in [FileKind::Snapshot, FileKind::Index, FileKind::Data] {
        if !store.list(kind)?.is_empty() {
            return Err(VaultError::NotEmpty { place: store.place() });
        }
    }
    // Keys first, as a new repository is made: a configuration without a key opens for nobody.
    for key in from.store.list(FileKind::Key)? {
        store.put(FileKind::Key, &key.name, &read(from, FileKind::Key, &key.name)?)?;
    }
    store.put(FileKind::Config, "", &from.store.get(FileKind::Config, "")?)?;
    opened(store)
}

/// A file of the vault, whose content is what its name says.
fn read(from: &Repository, kind: FileKind, name: &str) -> Result<Vec<u8>, VaultError> {
    let content = from.store.get(kind, name)?;
    if name.parse() == Ok(Id::of(&content)) {
        return Ok(content);
    }
    Err(VaultError::damaged(kind.file(name), "its content does not match its name"))
}

impl Mirror<'_> {
    fn copy(&mut self, source: &Listing, there: &Listing, again: &[Id]) -> Result<(), VaultError> {
        let mut again: HashSet<String> = again.iter().map(ToString::to_string).collect();
        // A mirror is opened here with the vault's master key; by others only with a key file that is whole.
        for key in &there.keys {
            if read(self.to, FileKind::Key, &key.name).is_err() {
                again.insert(key.name.clone());
            }
        }
        let packs = missing(&source.packs, &there.packs, &again);
        let indexes = missing(&source.indexes, &there.indexes, &again);
        let keys = missing(&source.keys, &there.keys, &again);
        let snapshots = missing(&source.snapshots, &there.snapshots, &again);
        let holds = missing(&source.holds, &there.holds, &again);
        let all = || packs.iter().chain(&indexes).chain(&keys).chain(&snapshots).chain(&holds);
        self.done.files_total = all().count() as u64;
        self.done.bytes_total = all().map(|file| file.size).sum();
        (self.progress)(self.done);
        self.packs(&packs)?;
        // Before anything lists what was copied, and again before anything needs it: whoever had the mirror while
        // this computer slept may have removed what nothing listed yet.
        for (kind, files) in [(FileKind::Index, indexes), (FileKind::Key, keys)] {
            self.require_alone()?;
            for file in files {
                self.file(kind, file)?;
            }
        }
        for (kind, files) in [(FileKind::Snapshot, snapshots), (FileKind::Hold, holds)] {
            self.require_alone()?;
            for file in files {
                match self.file(kind, file) {
                    // Forgotten or released since it was listed.
                    Err(VaultError::Missing { .. }) => {}
                    other => other?,
                }
            }
        }
        Ok(())
    }

    /// The mirror was ours alone all the time, and nobody moved what the vault listed.
    fn require_alone(&self) -> Result<(), VaultError> {
        require_held(self.held)?;
        self.lock.map_or(Ok(()), require_held)
    }

    /// Copies packs. One that is damaged ends it only after the others are copied, and before anything lists them.
    fn packs(&mut self, packs: &[&StoredFile]) -> Result<(), VaultError> {
        let mut damaged = None;
        for pack in packs {
            let copied = if pack.size > PACK_BYTES_MAX {
                let file = FileKind::Data.file(&pack.name);
                Err(VaultError::damaged(file, crate::words::too_many_bytes(pack.size)))
            } else {
                self.file(FileKind::Data, pack)
            };
            match copied {
                Err(error @ VaultError::Damaged { .. }) => damaged = damaged.or(Some(error)),
                other => other?,
            }
        }
        damaged.map_or(Ok(()), Err)
    }

    fn file(&mut self, kind: FileKind, file: &StoredFile) -> Result<(), VaultError> {
        self.cancel.checkpoint()?;
        let content = read(self.from, kind, &file.name)?;
        self.to.store.put(kind, &file.name, &content)?;
        self.done.files += 1;
        self.done.bytes += content.len() as u64;
        (self.report.copied_files, self.report.copied_bytes) = (self.done.files, self.done.bytes);
        (self.progress)(self.done);
        Ok(())
    }

    /// Removes what the vault does not have any more: snapshots that may go; then, if the vault has all the others
    /// and everything that they need, what lists and holds the data that none of them needs.
    fn remove(
        &mut self,
        inner: &Arc<Inner>,
        source: &Listing,
        there: &Listing,
        may_go: &dyn Fn(&SnapshotId) -> bool,
    ) -> Result<(), VaultError> {
        for file in extra(&there.snapshots, &source.snapshots) {
            let Ok(id) = file.name.parse().map(SnapshotId) else { continue };
            if may_go(&id) {
                self.gone(FileKind::Snapshot, file)?;
            } else {
                self.report.only_here.push(id);
            }
        }
        self.release(source, there)?;
        let indexes = extra(&there.indexes, &source.indexes);
        let packs = extra(&there.packs, &source.packs);
        if !self.report.only_here.is_empty() || (indexes.is_empty() && packs.is_empty()) {
            return Ok(());
        }
        match self.require_whole(inner) {
            Err(error @ (VaultError::Missing { .. } | VaultError::Damaged { .. })) => {
                self.report.vault_lacks = Some(error);
                return Ok(());
            }
            // A snapshot was forgotten while the others were looked at: the next copy looks again.
            Err(VaultError::Stale { .. }) => return Ok(()),
            other => other?,
        }
        // What a listing left out once may well be there: only what two of them do not have goes.
        let again = Listing::of(&*self.from.store)?;
        // What makes the vault whole has to be here as well: a backup that was made while this was copied may have
        // stored anew what the vault had lost and only the mirror still has.
        if !extra(&again.indexes, &source.indexes).is_empty() {
            return Ok(());
        }
        for file in without(&indexes, &again.indexes) {
            self.gone(FileKind::Index, file)?;
        }
        for file in without(&packs, &again.packs) {
            self.gone(FileKind::Data, file)?;
        }
        Ok(())
    }

    /// Removes the holds that the vault does not have any more, of snapshots that it has: somebody released them there.
    /// A vault that lost both releases nothing.
    fn release(&mut self, source: &Listing, there: &Listing) -> Result<(), VaultError> {
        for file in extra(&there.holds, &source.holds) {
            let Ok(id) = file.name.parse::<Id>() else { continue };
            let Ok(hold) = self.to.load(FileKind::Hold, &id).map(|found| hold::read(id, found)) else {
                continue;
            };
            let snapshot = hold.snapshot.to_string();
            if source.snapshots.iter().any(|file| file.name == snapshot) {
                self.gone(FileKind::Hold, file)?;
            }
        }
        Ok(())
    }

    /// Every pack that the vault's index lists is there, and every snapshot finds in it what it needs: looked at as
    /// before a prune, from the first file on.
    fn require_whole(&self, inner: &Arc<Inner>) -> Result<(), VaultError> {
        let options = PruneOptions { unused_percent_max: 100 };
        let vault = Vault { inner: Arc::clone(inner) };
        vault.plan_prune(options, &|_| (self.progress)(self.done), self.cancel).map(drop)
    }

    fn gone(&mut self, kind: FileKind, file: &StoredFile) -> Result<(), VaultError> {
        self.cancel.checkpoint()?;
        self.require_alone()?;
        match self.to.store.remove(kind, &file.name).map_err(VaultError::from) {
            Ok(()) | Err(VaultError::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
        self.report.removed_files += 1;
        self.report.removed_bytes += file.size;
        (self.progress)(self.done);
        Ok(())
    }
}

/// What is at the source, and not in the same size at the mirror, or is wanted again.
fn missing<'a>(
    source: &'a [StoredFile],
    there: &[StoredFile],
    again: &HashSet<String>,
) -> Vec<&'a StoredFile> {
    let there: HashMap<&str, u64> = there.iter().map(|file| (file.name.as_str(), file.size)).collect();
    let is_there = |file: &StoredFile| there.get(file.name.as_str()) == Some(&file.size);
    source.iter().filter(|file| !is_there(file) || again.contains(&file.name)).collect()
}

/// What a second listing of the source does not have either.
fn without<'a>(files: &[&'a StoredFile], again: &[StoredFile]) -> Vec<&'a StoredFile> {
    let again: HashSet<&str> = again.iter().map(|file| file.name.as_str()).collect();
    files.iter().copied().filter(|file| !again.contains(file.name.as_str())).collect()
}

/// What is at the mirror, and not at the source.
fn extra<'a>(there: &'a [StoredFile], source: &[StoredFile]) -> Vec<&'a StoredFile> {
    let source: HashSet<&str> = source.iter().map(|file| file.name.as_str()).collect();
    there.iter().filter(|file| !source.contains(file.name.as_str())).collect()
}

/// A lock that excludes all others. What a run that was killed left of its own goes, so that other programs, which
/// cannot tell it from one that lives, find the mirror free.
fn alone(to: &Arc<Repository>, username: &str) -> Result<HeldLock, VaultError> {
    let held = HeldLock::exclusive(to, username)?;
    lock::remove_stale(to)?;
    Ok(held)
}

fn require_held(lock: &HeldLock) -> Result<(), VaultError> {
    match lock.confirm()? {
        Continuity::Unbroken => Ok(()),
        Continuity::Retaken => {
            Err(VaultError::Stale { what: "a lock of the mirror or of the vault lapsed or was removed" })
        }
    }
}
