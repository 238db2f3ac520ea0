//! What a new snapshot relies on: the packs that its blobs are in, and the index files that this run wrote.
//!
//! Whoever takes a writer's lock for stale may remove what no snapshot refers to yet. The writer does not always
//! learn of that by its lock, so before and after a snapshot is published, all of this has to be listed.

use std::sync::Mutex;

use hashbrown::HashSet;

use super::pipeline::lock;
use crate::error::VaultError;
use crate::id::Id;
use crate::repository::Repository;
use crate::store::FileKind;

/// Names of files; those of a terabyte in packs of 16 MiB take some MiB of memory.
#[derive(Default)]
pub(super) struct Relied {
    packs: Mutex<HashSet<Id>>,
    index_files: Mutex<HashSet<Id>>,
}

impl Relied {
    /// A blob of the new snapshot is in this pack.
    pub(super) fn on_pack(&self, pack: Id) {
        lock(&self.packs).insert(pack);
    }

    /// This index file lists what this run wrote.
    pub(super) fn on_index_file(&self, file: Id) {
        lock(&self.index_files).insert(file);
    }

    /// The first file of it that the store does not list.
    pub(super) fn missing(&self, repository: &Repository) -> Result<Option<String>, VaultError> {
        for (kind, relied) in [(FileKind::Data, &self.packs), (FileKind::Index, &self.index_files)] {
            let listed: HashSet<Id> = repository.ids(kind)?.into_iter().collect();
            if let Some(id) = lock(relied).difference(&listed).next() {
                return Ok(Some(kind.file(&id.to_string())));
            }
        }
        Ok(None)
    }
}
