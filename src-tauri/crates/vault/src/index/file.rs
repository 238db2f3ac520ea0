//! Index files (restic design, "Indexing"): which packs exist and which blobs they hold.

use serde::{Deserialize, Serialize};

use super::Index;
use crate::error::VaultError;
use crate::id::Id;
use crate::pack::{BlobKind, PackedBlob};
use crate::repository::Repository;
use crate::store::FileKind;

/// The blobs in one index file; restic writes as many.
const BLOBS_PER_FILE_MAX: usize = 50_000;

/// An index file's content.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct IndexFile {
    #[serde(default)]
    pub(crate) packs: Vec<IndexedPack>,
}

/// A pack in an index file.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct IndexedPack {
    pub(crate) id: Id,
    #[serde(default)]
    pub(crate) blobs: Vec<IndexedBlob>,
}

/// A blob in an index file.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct IndexedBlob {
    id: Id,
    #[serde(rename = "type")]
    kind: BlobKind,
    offset: u32,
    length: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    uncompressed_length: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl From<IndexedBlob> for PackedBlob {
    fn from(blob: IndexedBlob) -> Self {
        let IndexedBlob { id, kind, offset, length, uncompressed_length } = blob;
        Self { id, kind, offset, length, uncompressed: uncompressed_length }
    }
}

impl From<PackedBlob> for IndexedBlob {
    fn from(blob: PackedBlob) -> Self {
        let PackedBlob { id, kind, offset, length, uncompressed } = blob;
        Self { id, kind, offset, length, uncompressed_length: uncompressed }
    }
}

impl IndexedPack {
    pub(crate) fn new(id: Id, blobs: &[PackedBlob]) -> Self {
        Self { id, blobs: blobs.iter().copied().map(IndexedBlob::from).collect() }
    }
}

/// New index files, written as they fill up.
pub(crate) struct IndexWriter<'a> {
    repository: &'a Repository,
    file: IndexFile,
    blobs: usize,
    /// The files that were stored.
    pub(crate) stored: Vec<Id>,
}

impl<'a> IndexWriter<'a> {
    pub(crate) fn new(repository: &'a Repository) -> Self {
        Self { repository, file: IndexFile::default(), blobs: 0, stored: Vec::new() }
    }

    pub(crate) fn add(&mut self, pack: IndexedPack) -> Result<(), VaultError> {
        self.blobs += pack.blobs.len();
        self.file.packs.push(pack);
        if self.blobs >= BLOBS_PER_FILE_MAX { self.store() } else { Ok(()) }
    }

    /// Stores what is in no file yet.
    pub(crate) fn store(&mut self) -> Result<(), VaultError> {
        if !self.file.packs.is_empty() {
            self.stored.push(self.repository.save(FileKind::Index, &self.file)?);
            (self.file, self.blobs) = (IndexFile::default(), 0);
        }
        Ok(())
    }
}

/// Makes an index hold what these index files list, the files of the repository at this moment.
///
/// What is new is added. If a file is gone, everything is read anew, in the place of the old table:
/// two tables of a large vault would not fit into its memory.
pub(crate) fn bring_up_to_date(
    repository: &Repository,
    index: &mut Index,
    files: &[Id],
) -> Result<(), VaultError> {
    let new = index.lacks(files).unwrap_or_else(|| {
        *index = Index::default();
        files.to_vec()
    });
    let loaded = new.into_iter().try_for_each(|id| add(repository, index, id));
    // Also after a failure: what was loaded by then has to be found.
    index.settle();
    loaded
}

fn add(repository: &Repository, index: &mut Index, id: Id) -> Result<(), VaultError> {
    let file: IndexFile = match repository.load(FileKind::Index, &id) {
        Ok(file) => file,
        // Another process merged it into a new file since the listing, which is read again
        // by those who miss a blob.
        Err(VaultError::Missing { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    for pack in file.packs {
        index.load(pack.id, pack.blobs.into_iter().map(PackedBlob::from));
    }
    index.add_file(id);
    Ok(())
}
