//! What is needed of packs that go, copied into new packs.
//!
//! The sealed bytes are copied as they are: a blob does not depend on its place. Each is opened first, and each new
//! pack is read back from the store before anything relies on it.

use super::plan::{Decided, Fate};
use super::{PackSum, PruneProgress, PruneStep, Tell};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::index::Location;
use crate::index::file::{IndexWriter, IndexedPack};
use crate::pack::{BlobKind, PackBuilder, PackedBlob};
use crate::read::blob::{Opener, require_sizes};
use crate::repair::pack::Reader;
use crate::repository::Repository;
use crate::store::{FileKind, StoredFile};

/// What is fetched at once; a larger blob is fetched by itself.
const REQUEST_BYTES_MAX: u64 = 8 << 20;
/// Reading over a gap is cheaper than asking again.
const GAP_BYTES_MAX: u64 = 128 << 10;

/// Copies what is kept of all packs that are repacked. New packs are listed as they come, so that an interrupted run
/// is not for nothing; yields what was written.
pub(super) fn run(
    repository: &Repository,
    decided: &Decided,
    index: &mut IndexWriter<'_>,
    tell: Tell<'_>,
    cancel: &Cancel,
) -> Result<PackSum, VaultError> {
    let builders = [PackBuilder::new(BlobKind::Data), PackBuilder::new(BlobKind::Tree)];
    let (opener, plaintext) = (Opener::new()?, Vec::new());
    let mut copier = Copier { repository, opener, plaintext, builders, index, written: PackSum::default() };
    let mut reader = Reader::new(repository)?;
    let (total, mut done, mut bytes) = (decided.plan.repacked.packs, 0, 0);
    for (number, pack) in decided.seen.index.numbered().iter().enumerate() {
        if decided.fates[number] != Fate::Repack {
            continue;
        }
        tell(PruneProgress { step: PruneStep::Copy, done, total, bytes });
        let blobs = kept(decided, number, *pack, &mut reader)?;
        copier.copy(pack, &blobs, cancel)?;
        done += 1;
        bytes += decided.seen.sizes[number];
    }
    copier.finish()?;
    tell(PruneProgress { step: PruneStep::Copy, done, total, bytes });
    Ok(copier.written)
}

/// The blobs that are kept of a pack, in their order. The pack itself says which blobs it has: the table holds only a
/// part of their names.
fn kept(
    decided: &Decided,
    number: usize,
    pack: Id,
    reader: &mut Reader<'_>,
) -> Result<Vec<PackedBlob>, VaultError> {
    let file = StoredFile { name: pack.to_string(), size: decided.seen.sizes[number] };
    let damaged = |what: &str| VaultError::damaged(FileKind::Data.file(&file.name), what);
    let header = reader.header(&file)?.ok_or_else(|| damaged("its header cannot be read"))?;
    let is_kept = |blob: &PackedBlob| decided.seen.index.is_kept(&decided.marks, number, blob);
    let kept: Vec<PackedBlob> = header.into_iter().filter(is_kept).collect();
    if kept.len() != decided.usage[number].needed as usize {
        return Err(damaged("the index lists blobs in it that its header does not have"));
    }
    Ok(kept)
}

struct Copier<'a, 'b> {
    repository: &'a Repository,
    opener: Opener,
    plaintext: Vec<u8>,
    /// For data and for trees.
    builders: [PackBuilder; 2],
    index: &'a mut IndexWriter<'b>,
    written: PackSum,
}

impl Copier<'_, '_> {
    fn copy(&mut self, pack: &Id, blobs: &[PackedBlob], cancel: &Cancel) -> Result<(), VaultError> {
        let (name, mut rest) = (pack.to_string(), blobs);
        let places: Vec<(u32, u32)> = blobs.iter().map(|blob| (blob.offset, blob.length)).collect();
        while let Some(first) = rest.first() {
            cancel.checkpoint()?;
            let (together, remaining) = rest.split_at(near(&places[places.len() - rest.len()..]));
            rest = remaining;
            for blob in together {
                require_sizes(&Location { pack: *pack, blob: *blob })?;
            }
            let start = u64::from(first.offset);
            let end = together.last().map_or(start, |blob| u64::from(blob.offset) + u64::from(blob.length));
            let sealed = self.repository.store.get_range(FileKind::Data, &name, start, end - start)?;
            for blob in together {
                let from = usize::try_from(u64::from(blob.offset) - start).unwrap_or(usize::MAX);
                let one = sealed.get(from..from.saturating_add(blob.length as usize)).ok_or_else(|| {
                    VaultError::damaged(FileKind::Data.file(&name), "it is shorter than its header says")
                })?;
                self.take(&Location { pack: *pack, blob: *blob }, one)?;
            }
        }
        Ok(())
    }

    /// Takes a blob over, if it is whole.
    fn take(&mut self, location: &Location, sealed: &[u8]) -> Result<(), VaultError> {
        self.opener.open_into(self.repository, location, &mut sealed.to_vec(), &mut self.plaintext)?;
        let blob = &location.blob;
        let builder = &mut self.builders[usize::from(blob.kind == BlobKind::Tree)];
        let full = builder.is_full_for(sealed.len()).then(|| builder.take(Vec::new()));
        builder.push(blob.id, sealed, blob.uncompressed);
        full.map_or(Ok(()), |full| self.store(full))
    }

    fn finish(&mut self) -> Result<(), VaultError> {
        for kind in [0, 1] {
            let rest = self.builders[kind].take(Vec::new());
            if !rest.is_empty() {
                self.store(rest)?;
            }
        }
        self.index.store()
    }

    fn store(&mut self, builder: PackBuilder) -> Result<(), VaultError> {
        let pack = builder.finish(&self.repository.master);
        let id = Id::of(&pack.content);
        self.repository.put_sealed(FileKind::Data, &id, &pack.content)?;
        let bytes = pack.content.len() as u64;
        drop(pack.content);
        if Id::of(&self.repository.store.get(FileKind::Data, &id.to_string())?) != id {
            let file = FileKind::Data.file(&id.to_string());
            return Err(VaultError::damaged(file, "it was just written, and reads back differently"));
        }
        self.written.add(bytes);
        self.index.add(IndexedPack::new(id, &pack.blobs))
    }
}

/// How many of the first places, each an offset and a length, are fetched at once.
pub(super) fn near(places: &[(u32, u32)]) -> usize {
    let end = |(offset, length): (u32, u32)| u64::from(offset) + u64::from(length);
    let Some((start, _)) = places.first() else { return 0 };
    let is_near = |pair: &&[(u32, u32)]| {
        let gap = u64::from(pair[1].0).checked_sub(end(pair[0]));
        gap.is_some_and(|gap| gap <= GAP_BYTES_MAX) && end(pair[1]) - u64::from(*start) <= REQUEST_BYTES_MAX
    };
    1 + places.windows(2).take_while(is_near).count()
}
