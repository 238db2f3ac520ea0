//! Which blob is where: a compact table in memory, for vaults of a terabyte.
//!
//! Blobs that were loaded stand in one sorted vector (48 bytes each), new ones in a small hash
//! table that is merged into it. The files it is made of are in `index::file`. A blob that is
//! stored twice is kept once here: `check` reads the files themselves.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use crate::id::Id;
use crate::pack::{BlobKind, PackedBlob};

pub(crate) mod file;

/// New blobs are merged into the sorted vector beyond this many, or an eighth of it.
const RECENT_MIN: usize = 1 << 16;
/// The bit of the pack's number that marks a tree.
const TREE: u32 = 1 << 31;

/// Where a blob is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Location {
    pub(crate) pack: Id,
    pub(crate) blob: PackedBlob,
}

#[derive(Clone, Copy)]
struct Record {
    id: Id,
    place: Place,
}

#[derive(Clone, Copy)]
struct Place {
    /// The pack's number, with [`TREE`].
    pack: u32,
    offset: u32,
    length: u32,
    uncompressed: u32,
}

/// Finds blobs by their ids.
#[derive(Default)]
pub(crate) struct Index {
    /// The index files that it was made of.
    files: BTreeSet<Id>,
    packs: Vec<Id>,
    sorted: Vec<Record>,
    recent: HashMap<(Id, bool), Place>,
}

impl Index {
    /// Adds a pack that an index file lists. Call [`Index::settle`] after the last one.
    pub(crate) fn load(&mut self, pack: Id, blobs: impl IntoIterator<Item = PackedBlob>) {
        let number = self.number(pack);
        self.sorted.extend(blobs.into_iter().map(|blob| Record { id: blob.id, place: place(number, &blob) }));
    }

    /// Remembers that this index file is a part of it.
    pub(crate) fn add_file(&mut self, file: Id) {
        self.files.insert(file);
    }

    /// Whether it is made of exactly these index files.
    pub(crate) fn is_made_of(&self, files: &[Id]) -> bool {
        self.files.len() == files.len() && files.iter().all(|file| self.files.contains(file))
    }

    /// Sorts what was loaded.
    pub(crate) fn settle(&mut self) {
        self.sorted.sort_unstable_by_key(|record| (record.id, record.place.pack & TREE));
        self.sorted.dedup_by(|a, b| a.id == b.id && a.place.pack & TREE == b.place.pack & TREE);
    }

    /// Adds a pack that was just written.
    pub(crate) fn add(&mut self, pack: Id, blobs: &[PackedBlob]) {
        let number = self.number(pack);
        for blob in blobs {
            self.recent.insert((blob.id, blob.kind == BlobKind::Tree), place(number, blob));
        }
        if self.recent.len() > RECENT_MIN.max(self.sorted.len() / 8) {
            let recent = std::mem::take(&mut self.recent);
            self.sorted.extend(recent.into_iter().map(|((id, _), place)| Record { id, place }));
            self.settle();
        }
    }

    /// Where a blob is, if it is known.
    pub(crate) fn find(&self, id: &Id, kind: BlobKind) -> Option<Location> {
        let is_tree = kind == BlobKind::Tree;
        let found = self.recent.get(&(*id, is_tree)).or_else(|| {
            let wanted = u32::from(is_tree) << 31;
            let at = self
                .sorted
                .binary_search_by(|record| (record.id, record.place.pack & TREE).cmp(&(*id, wanted)))
                .ok()?;
            self.sorted.get(at).map(|record| &record.place)
        })?;
        let blob = PackedBlob {
            id: *id,
            kind,
            offset: found.offset,
            length: found.length,
            uncompressed: found.uncompressed,
        };
        self.packs.get((found.pack & !TREE) as usize).map(|pack| Location { pack: *pack, blob })
    }

    pub(crate) fn contains(&self, id: &Id, kind: BlobKind) -> bool {
        self.find(id, kind).is_some()
    }

    /// How many blobs are known.
    pub(crate) fn blobs(&self) -> usize {
        self.sorted.len() + self.recent.len()
    }

    fn number(&mut self, pack: Id) -> u32 {
        let number = u32::try_from(self.packs.len()).unwrap_or(TREE - 1);
        self.packs.push(pack);
        number
    }
}

fn place(pack: u32, blob: &PackedBlob) -> Place {
    let tree = if blob.kind == BlobKind::Tree { TREE } else { 0 };
    Place { pack: pack | tree, offset: blob.offset, length: blob.length, uncompressed: blob.uncompressed }
}
