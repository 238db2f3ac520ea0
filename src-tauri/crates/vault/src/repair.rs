//! The index made again from what the packs really hold, when index files are lost or damaged, or
//! packs are.
//!
//! Under an exclusive lock every pack is read (`repair::pack`), and new index files are written that
//! list only what could be read. What is still readable in a damaged pack is copied into new packs;
//! what is not leaves the index, so that the next snapshot that has this content stores it again,
//! and older ones that need it are whole again with it. The old index files are removed last, so that
//! an interruption at any moment leaves every blob at least as findable as before. No pack and no
//! snapshot is removed.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::cancel::Cancel;
use crate::check::CheckProgress;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::index::Index;
use crate::index::file::{IndexWriter, IndexedPack};
use crate::lock::held::{Continuity, HeldLock};
use crate::pack::PackedBlob;
use crate::store::{FileKind, StoredFile};
use crate::vault::Inner;

mod affected;
mod look;
pub(crate) mod pack;
mod salvage;

use look::Looked;
use pack::{Reader, Verdict};

/// A computer that sleeps during each of these has other worries.
const ATTEMPTS_MAX: usize = 3;

/// A pack that a repair could not read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedPack {
    /// The file, as `data/name`.
    pub file: String,
    /// The first thing that is wrong with it.
    pub message: String,
}

/// What a repair did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepairReport {
    /// Packs that are in the new index.
    pub packs: u64,
    /// The blobs in them.
    pub blobs: u64,
    /// Bytes of packs that were read.
    pub bytes_read: u64,
    /// Index files that were removed.
    pub files_removed: u64,
    /// Blobs of damaged packs that were copied into new packs.
    pub blobs_saved: u64,
    /// Packs that are damaged. They stay where they are, and nothing refers to them any more.
    pub problems: Vec<DamagedPack>,
    /// Snapshots that need what is in no sound pack, and what is wrong with the first of it.
    pub affected: Vec<(SnapshotId, String)>,
}

/// Repairs a repository that nobody else uses.
pub(crate) fn run(
    inner: &Arc<Inner>,
    username: &str,
    progress: &dyn Fn(CheckProgress),
    cancel: &Cancel,
) -> Result<RepairReport, VaultError> {
    let lock = HeldLock::exclusive(&inner.repository, username)?;
    let outcome = attempts(inner, &lock, progress, cancel);
    drop(lock);
    if outcome.is_err() {
        // What was found so far is in no index file.
        *inner.index_mut() = Index::default();
        return outcome;
    }
    inner.reload()?;
    let mut report = outcome?;
    report.affected = affected::find(inner, cancel)?;
    Ok(report)
}

fn attempts(
    inner: &Inner,
    lock: &HeldLock,
    progress: &dyn Fn(CheckProgress),
    cancel: &Cancel,
) -> Result<RepairReport, VaultError> {
    for _ in 0..ATTEMPTS_MAX {
        let old = inner.repository.ids(FileKind::Index)?;
        let mut report = store_new(inner, &old, progress, cancel)?;
        // Whoever took the lock for dead may have removed packs or written index files meanwhile:
        // then what was just stored is one more old index.
        if remove_old(inner, lock, old, &mut report)? {
            return Ok(report);
        }
    }
    Err(VaultError::Missing { file: "the exclusive lock, again and again,".to_owned() })
}

/// Removes the old index files, as long as the lock is held; false once it was not. Before each: a computer may sleep
/// at any moment, and when it wakes others may rely on what is left of them.
fn remove_old(
    inner: &Inner,
    lock: &HeldLock,
    old: Vec<Id>,
    report: &mut RepairReport,
) -> Result<bool, VaultError> {
    for id in old {
        if lock.confirm()? == Continuity::Retaken {
            return Ok(false);
        }
        match inner.repository.store.remove(FileKind::Index, &id.to_string()).map_err(VaultError::from) {
            // Who had the vault meanwhile may have replaced it.
            Ok(()) | Err(VaultError::Missing { .. }) => report.files_removed += 1,
            Err(error) => return Err(error),
        }
    }
    // Nothing was there to remove, or the last of it is gone: what was stored is the index if nobody else had it.
    Ok(lock.confirm()? == Continuity::Unbroken)
}

/// Reads all packs, and stores new index files. The table of this vault holds what is sound so far:
/// a second one would not fit into its memory.
fn store_new(
    inner: &Inner,
    old: &[Id],
    progress: &dyn Fn(CheckProgress),
    cancel: &Cancel,
) -> Result<RepairReport, VaultError> {
    *inner.index_mut() = Index::default();
    let repository = &*inner.repository;
    let mut new = NewIndex(IndexWriter::new(repository));
    let mut report = RepairReport::default();
    let mut damaged: HashMap<Id, Damaged> = HashMap::new();
    let packs = repository.store.list(FileKind::Data)?;
    let mut state = CheckProgress { packs_total: packs.len() as u64, ..CheckProgress::default() };
    look::at_all(repository, packs, cancel, &mut |Looked { id, stored, verdict, listed }| {
        state.packs += 1;
        state.bytes_read += stored.size;
        match verdict {
            Verdict::Sound(blobs) => {
                inner.index_mut().load(id, blobs.iter().copied());
                new.add(&mut report, id, &blobs)?;
            }
            Verdict::Damaged(message) => {
                report.problems.push(DamagedPack { file: FileKind::Data.file(&stored.name), message });
                damaged.insert(id, Damaged { stored, listed });
            }
        }
        progress(state);
        Ok(())
    })?;
    report.bytes_read = state.bytes_read;
    inner.index_mut().settle();
    if !damaged.is_empty() {
        salvage::ask_old_indexes(repository, old, &mut damaged)?;
        let mut reader = Reader::new(repository)?;
        salvage::run(inner, &mut reader, damaged.into_values(), &mut new, &mut report, cancel)?;
    }
    new.0.store()?;
    Ok(report)
}

/// A pack that is not as it should be.
struct Damaged {
    stored: StoredFile,
    /// What should be in it, as its header says, or else an old index file.
    listed: Vec<PackedBlob>,
}

/// The new index files, counted in the report.
struct NewIndex<'a>(IndexWriter<'a>);

impl NewIndex<'_> {
    fn add(&mut self, report: &mut RepairReport, pack: Id, blobs: &[PackedBlob]) -> Result<(), VaultError> {
        report.packs += 1;
        report.blobs += blobs.len() as u64;
        self.0.add(IndexedPack::new(pack, blobs))
    }
}
