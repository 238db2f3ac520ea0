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
use crate::words::too_many_bytes;

/// The size of a blob's plaintext; restic's chunks have 8 MiB, but trees grow with their files.
const PLAINTEXT_BYTES_MAX: u32 = 512 << 20;
/// The size of a sealed blob: what cannot be compressed grows a little.
const SEALED_BYTES_MAX: u32 = PLAINTEXT_BYTES_MAX + (4 << 20);

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
        match self.fetch(&inner.repository, &location) {
            // Another process may have moved it to another pack since the index was loaded.
            Err(missing @ VaultError::Missing { .. }) => {
                inner.forget_lost_packs()?;
                let moved = locate(inner, id, BlobKind::Tree).map_err(|_| missing)?;
                self.fetch(&inner.repository, &moved)
            }
            fetched => fetched,
        }
    }

    /// Reads a blob from where it is said to be.
    pub(crate) fn fetch(
        &mut self,
        repository: &Repository,
        location: &Location,
    ) -> Result<Vec<u8>, VaultError> {
        require_sizes(location)?;
        let PackedBlob { offset, length, .. } = location.blob;
        let pack = location.pack.to_string();
        let store = &repository.store;
        let mut sealed = store.get_range(FileKind::Data, &pack, u64::from(offset), u64::from(length))?;
        self.open(repository, location, &mut sealed)
    }

    /// Opens a sealed blob in place; yields its plaintext.
    pub(crate) fn open(
        &mut self,
        repository: &Repository,
        location: &Location,
        sealed: &mut [u8],
    ) -> Result<Vec<u8>, VaultError> {
        let mut plaintext = Vec::new();
        self.open_into(repository, location, sealed, &mut plaintext)?;
        Ok(plaintext)
    }

    /// Opens a sealed blob in place; its plaintext replaces what is in `plaintext`.
    pub(crate) fn open_into(
        &mut self,
        repository: &Repository,
        location: &Location,
        sealed: &mut [u8],
        plaintext: &mut Vec<u8>,
    ) -> Result<(), VaultError> {
        if self.unseal_into(repository, location, sealed, plaintext)? != location.blob.id {
            return Err(damaged(location, "its hash does not match"));
        }
        Ok(())
    }

    /// The same for a blob of which a part of the name is known only: yields the hash, which the caller compares.
    pub(crate) fn unseal_into(
        &mut self,
        repository: &Repository,
        location: &Location,
        sealed: &mut [u8],
        plaintext: &mut Vec<u8>,
    ) -> Result<Id, VaultError> {
        let blob = &location.blob;
        if blob.uncompressed > PLAINTEXT_BYTES_MAX {
            return Err(damaged(location, &too_many_bytes(u64::from(blob.uncompressed))));
        }
        let opened = repository.master.open(sealed).map_err(|_| damaged(location, FORGED))?;
        plaintext.clear();
        if blob.uncompressed == 0 {
            plaintext.extend_from_slice(opened);
        } else {
            plaintext.reserve(blob.uncompressed as usize);
            let decompressed = self.0.decompress_to_buffer(opened, plaintext);
            decompressed
                .map_err(|error| damaged(location, &format!("it cannot be decompressed: {error}")))?;
        }
        Ok(Id::of(plaintext))
    }
}

const FORGED: &str = "its authentication code does not match";

fn damaged(location: &Location, what: &str) -> VaultError {
    let what = format!("blob {} at {}: {what}", location.blob.id, location.blob.offset);
    VaultError::damaged(FileKind::Data.file(&location.pack.to_string()), what)
}

/// Where a blob is; the index is loaded again once for what another process wrote.
pub(crate) fn locate(inner: &Inner, id: &Id, kind: BlobKind) -> Result<Location, VaultError> {
    let mut found = inner.index().find(id, kind);
    if found.is_none() {
        inner.refresh()?;
        found = inner.index().find(id, kind);
    }
    let location = found.ok_or_else(|| VaultError::Missing { file: format!("blob {id}") })?;
    require_sizes(&location)?;
    Ok(location)
}

/// Before anything is fetched: an index may claim what it likes.
pub(crate) fn require_sizes(location: &Location) -> Result<(), VaultError> {
    if location.blob.length > SEALED_BYTES_MAX || location.blob.uncompressed > PLAINTEXT_BYTES_MAX {
        let what = format!("blob {} has more bytes in the index than a blob can have", location.blob.id);
        return Err(VaultError::damaged(FileKind::Data.file(&location.pack.to_string()), what));
    }
    Ok(())
}
