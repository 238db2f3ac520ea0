//! One blob: found, fetched, authenticated, decompressed, and its hash compared.

use std::sync::Arc;

use zstd::bulk::Decompressor;

use crate::error::VaultError;
use crate::id::Id;
use crate::index::Location;
use crate::pack::{BlobKind, PackedBlob};
use crate::repository::Repository;
use crate::store::FileKind;
use crate::vault::Inner;

/// The size of a blob's plaintext; restic's chunks have 8 MiB, but trees grow with their files.
const PLAINTEXT_BYTES_MAX: u32 = 512 << 20;

/// The context of one reading thread.
pub(crate) struct Opener(Decompressor<'static>);

impl Opener {
    pub(crate) fn new() -> Result<Self, VaultError> {
        Decompressor::new().map(Self).map_err(|error| VaultError::Io {
            action: "prepare decompression",
            place: "memory".to_owned(),
            source: Arc::new(error),
        })
    }

    /// Reads a tree blob.
    pub(crate) fn tree(&mut self, inner: &Inner, id: &Id) -> Result<Vec<u8>, VaultError> {
        let location = locate(inner, id, BlobKind::Tree)?;
        let PackedBlob { offset, length, .. } = location.blob;
        let pack = location.pack.to_string();
        let store = &inner.repository.store;
        let mut sealed = store.get_range(FileKind::Data, &pack, u64::from(offset), u64::from(length))?;
        self.open(&inner.repository, &location, &mut sealed)
    }

    /// Opens a sealed blob in place; yields its plaintext.
    pub(crate) fn open(
        &mut self,
        repository: &Repository,
        location: &Location,
        sealed: &mut [u8],
    ) -> Result<Vec<u8>, VaultError> {
        let blob = &location.blob;
        let damaged = |what: String| {
            let what = format!("blob {} at {}: {what}", blob.id, blob.offset);
            VaultError::damaged(FileKind::Data.file(&location.pack.to_string()), what)
        };
        if blob.uncompressed > PLAINTEXT_BYTES_MAX {
            return Err(damaged(format!("{} bytes are too many", blob.uncompressed)));
        }
        let opened = repository
            .master
            .open(sealed)
            .map_err(|_| damaged("its authentication code does not match".to_owned()))?;
        let plaintext = if blob.uncompressed == 0 {
            opened.to_vec()
        } else {
            let decompressed = self.0.decompress(opened, blob.uncompressed as usize);
            decompressed.map_err(|error| damaged(format!("it cannot be decompressed: {error}")))?
        };
        if Id::of(&plaintext) != blob.id {
            return Err(damaged("its hash does not match".to_owned()));
        }
        Ok(plaintext)
    }
}

/// Where a blob is; the index is loaded again once for what another process wrote.
pub(crate) fn locate(inner: &Inner, id: &Id, kind: BlobKind) -> Result<Location, VaultError> {
    if let Some(location) = inner.index().find(id, kind) {
        return Ok(location);
    }
    inner.refresh()?;
    let found = inner.index().find(id, kind);
    found.ok_or_else(|| VaultError::Missing { file: format!("blob {id}") })
}
