//! Packs: sealed blobs one after the other, then a sealed header that lists them (restic design,
//! "Pack Format").
//!
//! Not where packs are stored (`store`) nor how blobs are found (`index`).

use crate::crypto::{MasterKey, OVERHEAD_BYTES};
use crate::id::Id;

/// The size at which a pack is finished. restic 0.14 aims at the same.
pub(crate) const PACK_BYTES_TARGET: usize = 16 << 20;
/// restic's packs can be set to 128 MiB.
pub(crate) const PACK_BYTES_MAX: u64 = 256 << 20;
/// The length field at a pack's end.
const LENGTH_BYTES: usize = 4;
/// An entry of the header: kind, sealed length, hash.
const ENTRY_BYTES: usize = 1 + 4 + 32;
/// An entry of a compressed blob: the plaintext's length as well.
const ENTRY_BYTES_COMPRESSED: usize = ENTRY_BYTES + 4;

/// What a blob holds. Packs hold blobs of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BlobKind {
    /// A part of a file.
    Data,
    /// A directory.
    Tree,
}

/// One blob within a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackedBlob {
    pub(crate) id: Id,
    pub(crate) kind: BlobKind,
    pub(crate) offset: u32,
    /// The sealed length.
    pub(crate) length: u32,
    /// The plaintext's length if the blob is compressed, else 0.
    pub(crate) uncompressed: u32,
}

impl PackedBlob {
    /// The length of the blob's plaintext.
    pub(crate) fn plaintext_bytes(&self) -> u64 {
        if self.uncompressed > 0 {
            return u64::from(self.uncompressed);
        }
        u64::from(self.length).saturating_sub(OVERHEAD_BYTES as u64)
    }

    /// What the blob takes in its pack, its entry in the header included.
    pub(crate) fn bytes_in_pack(&self) -> u64 {
        let entry = if self.uncompressed > 0 { ENTRY_BYTES_COMPRESSED } else { ENTRY_BYTES };
        u64::from(self.length) + entry as u64
    }
}

/// What a pack has besides its blobs and their entries.
pub(crate) const PACK_BYTES_FIXED: u64 = (LENGTH_BYTES + OVERHEAD_BYTES) as u64;

/// A pack that is being filled.
pub(crate) struct PackBuilder {
    kind: BlobKind,
    buffer: Vec<u8>,
    blobs: Vec<PackedBlob>,
}

/// A pack that is ready to be stored.
pub(crate) struct FinishedPack {
    pub(crate) content: Vec<u8>,
    pub(crate) blobs: Vec<PackedBlob>,
}

impl PackBuilder {
    pub(crate) fn new(kind: BlobKind) -> Self {
        Self { kind, buffer: Vec::new(), blobs: Vec::new() }
    }

    /// Appends a sealed blob.
    pub(crate) fn push(&mut self, id: Id, sealed: &[u8], uncompressed: u32) {
        if self.buffer.capacity() == 0 {
            // At once, so that growing never copies; pages count once they are written to.
            self.buffer.reserve_exact(PACK_BYTES_TARGET + (1 << 20));
        }
        let length_before = u32::try_from(self.buffer.len()).unwrap_or(u32::MAX);
        self.buffer.extend_from_slice(sealed);
        self.blobs.push(PackedBlob {
            id,
            kind: self.kind,
            offset: length_before,
            length: u32::try_from(sealed.len()).unwrap_or(u32::MAX),
            uncompressed,
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }

    /// Whether it has this blob already.
    pub(crate) fn holds(&self, id: &Id) -> bool {
        self.blobs.iter().any(|blob| blob.id == *id)
    }

    /// Whether the pack should be finished before a blob of this size is added.
    pub(crate) fn is_full_for(&self, sealed_bytes: usize) -> bool {
        !self.is_empty() && self.buffer.len() + sealed_bytes > PACK_BYTES_TARGET
    }

    /// Takes the content out, and goes on with an empty pack in this buffer.
    pub(crate) fn take(&mut self, buffer: Vec<u8>) -> Self {
        let blobs = Vec::with_capacity(self.blobs.len());
        std::mem::replace(self, Self { kind: self.kind, buffer, blobs })
    }

    /// Appends the header.
    pub(crate) fn finish(mut self, master: &MasterKey) -> FinishedPack {
        let header = master.sealed(&encode_header(&self.blobs));
        self.buffer.extend_from_slice(&header);
        self.buffer.extend_from_slice(&u32::try_from(header.len()).unwrap_or(u32::MAX).to_le_bytes());
        FinishedPack { content: self.buffer, blobs: self.blobs }
    }
}

/// A digest of what a pack holds and where, whatever order it is listed in: by it an index and a
/// header are compared without keeping both.
pub(crate) fn digest(mut blobs: Vec<PackedBlob>) -> Id {
    blobs.sort_unstable_by_key(|blob| (blob.offset, blob.id));
    let mut listed = encode_header(&blobs);
    listed.extend(blobs.iter().flat_map(|blob| blob.offset.to_le_bytes()));
    Id::of(&listed)
}

/// Why a pack's header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeaderError {
    #[error("it is too short for a pack")]
    TooShort,
    #[error("its header's length is impossible")]
    BadLength,
    #[error("its header's authentication code does not match")]
    Forged,
    #[error("its header has an entry of unknown kind")]
    UnknownKind,
}

/// Reads the header of a whole pack.
pub(crate) fn read_header(master: &MasterKey, pack: &[u8]) -> Result<Vec<PackedBlob>, HeaderError> {
    let (rest, length) = pack.split_last_chunk::<LENGTH_BYTES>().ok_or(HeaderError::TooShort)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > rest.len() || length < OVERHEAD_BYTES {
        return Err(HeaderError::BadLength);
    }
    let mut header = rest[rest.len() - length..].to_vec();
    decode_header(master.open(&mut header).map_err(|_| HeaderError::Forged)?)
}

pub(crate) fn encode_header(blobs: &[PackedBlob]) -> Vec<u8> {
    let mut header = Vec::with_capacity(blobs.len() * ENTRY_BYTES_COMPRESSED);
    for blob in blobs {
        let tree = u8::from(blob.kind == BlobKind::Tree);
        let compressed = u8::from(blob.uncompressed > 0) << 1;
        header.push(compressed | tree);
        header.extend_from_slice(&blob.length.to_le_bytes());
        if blob.uncompressed > 0 {
            header.extend_from_slice(&blob.uncompressed.to_le_bytes());
        }
        header.extend_from_slice(&blob.id.0);
    }
    header
}

pub(crate) fn decode_header(mut header: &[u8]) -> Result<Vec<PackedBlob>, HeaderError> {
    let mut blobs = Vec::with_capacity(header.len() / ENTRY_BYTES);
    let mut offset = 0_u32;
    while let Some((&code, rest)) = header.split_first() {
        if code > 3 {
            return Err(HeaderError::UnknownKind);
        }
        header = rest;
        let length = take_u32(&mut header)?;
        let uncompressed = if code & 2 == 0 { 0 } else { take_u32(&mut header)? };
        let (id, rest) = header.split_first_chunk::<32>().ok_or(HeaderError::TooShort)?;
        header = rest;
        let kind = if code & 1 == 0 { BlobKind::Data } else { BlobKind::Tree };
        blobs.push(PackedBlob { id: Id(*id), kind, offset, length, uncompressed });
        offset = offset.checked_add(length).ok_or(HeaderError::BadLength)?;
    }
    Ok(blobs)
}

fn take_u32(header: &mut &[u8]) -> Result<u32, HeaderError> {
    let (bytes, rest) = header.split_first_chunk::<4>().ok_or(HeaderError::TooShort)?;
    *header = rest;
    Ok(u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn blobs() -> impl Strategy<Value = Vec<PackedBlob>> {
        let one = (any::<[u8; 32]>(), any::<bool>(), 32_u32..100_000, prop_oneof![Just(0), 1_u32..1_000_000]);
        proptest::collection::vec(one, 0..50).prop_map(|blobs| {
            let mut offset = 0;
            let entry = |(id, is_tree, length, uncompressed): ([u8; 32], bool, u32, u32)| {
                let kind = if is_tree { BlobKind::Tree } else { BlobKind::Data };
                let blob = PackedBlob { id: Id(id), kind, offset, length, uncompressed };
                offset += length;
                blob
            };
            blobs.into_iter().map(entry).collect()
        })
    }

    proptest! {
        #[test]
        fn a_header_reads_back_as_it_was_written(blobs in blobs()) {
            prop_assert_eq!(decode_header(&encode_header(&blobs)), Ok(blobs));
        }

        #[test]
        fn any_bytes_as_a_header_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode_header(&bytes);
            let _ = read_header(&MasterKey::random(), &bytes);
        }

        #[test]
        fn a_pack_has_the_size_that_its_entries_say(contents in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 33..200), 1..20)) {
            let master = MasterKey::random();
            let mut builder = PackBuilder::new(BlobKind::Data);
            for content in &contents {
                builder.push(Id::of(content), content, u32::from(content[0]));
            }
            let pack = builder.finish(&master);
            let expected: u64 = pack.blobs.iter().map(PackedBlob::bytes_in_pack).sum();
            prop_assert_eq!(pack.content.len() as u64, expected + PACK_BYTES_FIXED);
            prop_assert_eq!(read_header(&master, &pack.content), Ok(pack.blobs));
        }
    }
}
