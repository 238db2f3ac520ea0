//! Packs on their way to the store, and the index files that make them findable.

use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::pipeline::{Pipeline, lock};
use crate::error::VaultError;
use crate::id::Id;
use crate::index::file::{IndexFile, IndexedPack};
use crate::pack::{BlobKind, FinishedPack, PackedBlob};
use crate::store::FileKind;

/// An index file is written after this many packs at the latest; 24 packs of 16 MiB make an index of
/// about 1 MiB.
const PACKS_PER_INDEX_MAX: usize = 24;
/// The first is written after this many, each next one after twice as many: an interrupted run loses
/// at most about half of what it stored, and a large one has few index files.
const PACKS_PER_INDEX_MIN: usize = 2;
/// Or after this time, for slow stores.
const INDEX_EVERY: Duration = Duration::from_mins(1);

/// Packs that are stored and in no index file yet.
pub(crate) struct Unindexed {
    packs: Vec<(Id, Vec<PackedBlob>)>,
    since: Instant,
    /// So many make the next index file.
    due: usize,
}

impl Default for Unindexed {
    fn default() -> Self {
        Self { packs: Vec::new(), since: Instant::now(), due: PACKS_PER_INDEX_MIN }
    }
}

impl Pipeline {
    /// Stores packs until there are no more. After a failure they are only taken, so that no
    /// worker waits.
    pub(super) fn upload(&self, packs: &Receiver<FinishedPack>) {
        for pack in packs {
            if self.has_failed() {
                continue;
            }
            if let Err(error) = self.store_pack(pack) {
                self.fail(&error);
            }
        }
    }

    fn store_pack(&self, pack: FinishedPack) -> Result<(), VaultError> {
        let id = Id::of(&pack.content);
        self.inner.repository.store.put(FileKind::Data, &id.to_string(), &pack.content)?;
        self.give_back(pack.content);
        self.relied.on_pack(id);
        let mut unindexed = lock(&self.unindexed);
        unindexed.packs.push((id, pack.blobs));
        if unindexed.packs.len() >= unindexed.due || unindexed.since.elapsed() >= INDEX_EVERY {
            return self.write_index(unindexed);
        }
        Ok(())
    }

    /// Writes an index file for what has none.
    pub(super) fn flush_index(&self) -> Result<(), VaultError> {
        self.write_index(lock(&self.unindexed))
    }

    fn write_index(&self, mut unindexed: MutexGuard<'_, Unindexed>) -> Result<(), VaultError> {
        let packs = std::mem::take(&mut unindexed.packs);
        unindexed.since = Instant::now();
        unindexed.due = (unindexed.due * 2).min(PACKS_PER_INDEX_MAX);
        drop(unindexed);
        if packs.is_empty() {
            return Ok(());
        }
        let file =
            IndexFile { packs: packs.iter().map(|(id, blobs)| IndexedPack::new(*id, blobs)).collect() };
        let written = match self.inner.repository.save(FileKind::Index, &file) {
            Ok(written) => written,
            Err(error) => {
                lock(&self.unindexed).packs.extend(packs);
                return Err(error);
            }
        };
        self.relied.on_index_file(written);
        // Only now may other writers of this process rely on them.
        {
            let mut index = self.inner.index_mut();
            index.add_file(written);
            for (id, blobs) in &packs {
                index.add(*id, blobs);
            }
        }
        let blobs = packs.iter().flat_map(|(_, blobs)| blobs);
        self.forget_pending(blobs.map(|blob| (blob.id, blob.kind == BlobKind::Tree)));
        Ok(())
    }
}
