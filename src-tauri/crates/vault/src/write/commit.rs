//! The one step that makes a snapshot visible, and everything that has to be true before it.

use hashbrown::HashMap;
use jiff::Timestamp;

use super::{Committed, FileMeta, SnapshotWriter};
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::lock::held::Continuity;
use crate::pack::BlobKind;
use crate::read::walk;
use crate::snapshot::SnapshotFile;
use crate::store::FileKind;

/// Where the manifest stands in every snapshot.
const MANIFEST: &str = "/manifest.json";
const MANIFEST_MODE: u32 = 0o600;
/// The writer, as snapshots name it.
const PROGRAM: &str = concat!("holdfast ", env!("CARGO_PKG_VERSION"));

impl SnapshotWriter {
    /// Writes the manifest, stores everything that is still on its way, and makes the snapshot
    /// visible; then reads it back.
    ///
    /// # Errors
    /// The first failure of any file, whatever keeps the rest from being stored, or
    /// [`VaultError::Cancelled`]. Nothing is visible then.
    pub fn commit(mut self, manifest: &[u8]) -> Result<Committed, VaultError> {
        self.pipeline.checkpoint()?;
        let modified = self.options.time;
        self.file(MANIFEST, &FileMeta { mode: MANIFEST_MODE, modified }, manifest)?;
        let (tree, totals) = self.flush()?;
        self.confirm_relied(&tree)?;
        self.pipeline.checkpoint()?;
        let snapshot = self.publish(tree)?;
        self.confirm_published(&snapshot, &tree)?;
        let counters = self.counters();
        Ok(Committed {
            snapshot,
            bytes: totals.bytes,
            bytes_new: counters.bytes_new,
            bytes_stored: counters.bytes_stored,
            files: totals.files,
        })
    }

    /// Stores all chunks, trees and indexes; yields the root tree.
    fn flush(&mut self) -> Result<(Id, super::nodes::Totals), VaultError> {
        drop(self.jobs.take());
        if let Some(running) = &mut self.running {
            running.join_workers(&self.pipeline);
        }
        self.pipeline.checkpoint()?;
        let pipeline = &self.pipeline;
        let stored = self.nodes.store_trees(&mut |encoded| {
            pipeline.checkpoint()?;
            let id = Id::of(encoded);
            pipeline.seal(BlobKind::Tree, id, encoded).map(|_| id)
        })?;
        pipeline.hand_over_rest();
        if let Some(running) = self.running.take() {
            running.finish(pipeline);
        }
        pipeline.checkpoint()?;
        pipeline.flush_index()?;
        Ok(stored)
    }

    /// Everything that the snapshot relies on is there. Whoever takes the lock for stale removes what nothing refers
    /// to yet, and the lock may stay where it is: so the packs are looked for in any case.
    fn confirm_relied(&self, tree: &Id) -> Result<(), VaultError> {
        let continuity = self.lock.confirm_undisturbed()?;
        let missing = self.pipeline.relied.missing(&self.inner.repository)?;
        if continuity == Continuity::Unbroken && missing.is_none() {
            return Ok(());
        }
        match (self.confirm_content(tree), missing) {
            // What is gone is named by its file; a blob of it says nothing to anybody.
            (Err(VaultError::Missing { .. }), Some(file)) => Err(VaultError::Missing { file }),
            (confirmed, _) => confirmed,
        }
    }

    /// After the lock had lapsed or was passed over, others may have removed what nothing referred to yet, or moved
    /// it: every blob of the new snapshot has to be in an index, and every pack in the listing.
    fn confirm_content(&self, tree: &Id) -> Result<(), VaultError> {
        self.inner.forget_lost_packs()?;
        let packs: HashMap<String, u64> = self
            .inner
            .repository
            .store
            .list(FileKind::Data)?
            .into_iter()
            .map(|file| (file.name, file.size))
            .collect();
        let present = |id: &Id, kind: BlobKind| {
            let location = self.inner.index().find(id, kind);
            let location = location.ok_or_else(|| VaultError::Missing { file: format!("blob {id}") })?;
            let pack = location.pack.to_string();
            if packs.contains_key(&pack) {
                return Ok(());
            }
            Err(VaultError::Missing { file: FileKind::Data.file(&pack) })
        };
        walk::visit(&self.inner, tree, &mut |visited| {
            self.pipeline.checkpoint()?;
            match visited {
                walk::Visited::Tree(id) => present(id, BlobKind::Tree),
                walk::Visited::Node { node, .. } => {
                    node.content.iter().flatten().try_for_each(|id| present(id, BlobKind::Data))
                }
            }
        })
    }

    /// A computer may sleep at any moment, also between the look at the lock and the last write. What
    /// cannot be shown to be whole now is taken back.
    fn confirm_published(&self, snapshot: &SnapshotId, tree: &Id) -> Result<(), VaultError> {
        let confirmed = self.confirm_relied(tree);
        if confirmed.is_err() {
            let _ = self.inner.repository.store.remove(FileKind::Snapshot, &snapshot.to_string());
        }
        confirmed
    }

    /// Writes the snapshot file, and reads it and its root tree back from the store.
    fn publish(&self, tree: Id) -> Result<SnapshotId, VaultError> {
        let repository = &self.inner.repository;
        let options = &self.options;
        let file = SnapshotFile {
            time: Timestamp::to_string(&options.time),
            parent: options.parent.map(|parent| parent.0),
            tree,
            paths: vec!["/".to_owned()],
            hostname: options.hostname.clone(),
            username: options.username.clone(),
            tags: options.tags.clone(),
            program_version: Some(PROGRAM.to_owned()),
        };
        let id = SnapshotId(repository.save(FileKind::Snapshot, &file)?);
        let read_back = crate::snapshot::load(repository, &id)
            .and_then(|snapshot| self.inner.tree(&snapshot.tree).map(|_| snapshot.tree == tree));
        match read_back {
            Ok(true) => Ok(id),
            other => {
                // What cannot be read must not look like a backup.
                let _ = repository.store.remove(FileKind::Snapshot, &id.to_string());
                let damaged = || {
                    VaultError::damaged(FileKind::Snapshot.file(&id.to_string()), "it reads back differently")
                };
                Err(other.err().unwrap_or_else(damaged))
            }
        }
    }
}
