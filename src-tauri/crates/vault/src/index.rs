//! Which blob is where: a compact table in memory, for vaults of a terabyte.
//!
//! Blobs that were loaded stand in one sorted vector (40 bytes each), new ones in a small hash
//! table that is merged into it. The files it is made of are in `index::file`, and how they are
//! made again from the packs in `repair`. A blob that is stored twice has two places, so
//! that one of them is left when the other is lost.

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};

use crate::id::Id;
use crate::pack::{BlobKind, PACK_BYTES_FIXED, PackedBlob};

pub(crate) mod file;
pub(crate) mod marks;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod terabyte;

/// New blobs are merged into the sorted vector beyond this many: 64 Ki x 80 bytes, and a sort for
/// every 16 GiB that are written.
const RECENT_MAX: usize = 1 << 16;
/// The bytes of an id that the table holds. Whoever wants two contents that agree in 192 bits of
/// their SHA-256 has to try 2^96 of them, and what is read is compared with the whole id.
const KEY_BYTES: usize = 24;
/// The bit of the pack's number that marks a tree.
const TREE: u32 = 1 << 31;

/// Where a blob is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Location {
    pub(crate) pack: Id,
    pub(crate) blob: PackedBlob,
}

type Key = [u8; KEY_BYTES];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    key: Key,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// The pack's number, with [`TREE`].
    pack: u32,
    offset: u32,
    length: u32,
    uncompressed: u32,
}

/// What the index lists in one pack.
pub(crate) struct Listed {
    number: u32,
    records: Vec<Record>,
}

impl Listed {
    /// How large the pack is at least: the blobs that are found in it, and what every pack has.
    pub(crate) fn pack_bytes(&self) -> u64 {
        self.records.iter().map(|record| u64::from(record.place.length)).sum::<u64>() + PACK_BYTES_FIXED
    }

    /// Whether a pack with this header has all of it, at these places.
    pub(crate) fn is_in(&self, header: &[PackedBlob]) -> bool {
        let mut there: Vec<Record> = header
            .iter()
            .map(|blob| Record { key: key(&blob.id), place: place(self.number, blob) })
            .collect();
        there.sort_unstable();
        self.records.iter().all(|record| there.binary_search(record).is_ok())
    }
}

/// Finds blobs by their ids.
#[derive(Default)]
pub(crate) struct Index {
    /// The index files that it was made of.
    files: BTreeSet<Id>,
    packs: Vec<Id>,
    numbers: HashMap<Id, u32>,
    lost: HashSet<Id>,
    sorted: Vec<Record>,
    recent: HashMap<(Key, bool), Place>,
    /// The different blobs in the sorted vector.
    different: usize,
}

impl Record {
    /// What it is found by.
    fn order(&self) -> (Key, u32) {
        (self.key, self.place.pack & TREE)
    }
}

impl Index {
    /// Adds a pack that an index file lists. Call [`Index::settle`] after the last one.
    pub(crate) fn load(&mut self, pack: Id, blobs: impl IntoIterator<Item = PackedBlob>) {
        let number = self.number(pack);
        let record = |blob: PackedBlob| Record { key: key(&blob.id), place: place(number, &blob) };
        self.sorted.extend(blobs.into_iter().map(record));
    }

    /// Remembers that this index file is a part of it.
    pub(crate) fn add_file(&mut self, file: Id) {
        self.files.insert(file);
    }

    /// Whether it is made of exactly these index files.
    pub(crate) fn is_made_of(&self, files: &[Id]) -> bool {
        self.files.len() == files.len() && files.iter().all(|file| self.files.contains(file))
    }

    /// The index files of these that it does not have yet; nothing if it has one that is not
    /// among them, and so may hold what is not there any more.
    pub(crate) fn lacks(&self, files: &[Id]) -> Option<Vec<Id>> {
        let lacking: Vec<Id> = files.iter().filter(|file| !self.files.contains(*file)).copied().collect();
        (files.len() - lacking.len() == self.files.len()).then_some(lacking)
    }

    /// Sorts what was loaded.
    pub(crate) fn settle(&mut self) {
        self.sorted.sort_unstable_by_key(|record| (record.key, record.place.pack & TREE, record.place.pack));
        self.sorted.dedup_by(|a, b| a.key == b.key && a.place.pack == b.place.pack);
        self.different = self.sorted.chunk_by(|a, b| a.order() == b.order()).count();
    }

    /// Adds a pack that was just written.
    pub(crate) fn add(&mut self, pack: Id, blobs: &[PackedBlob]) {
        let number = self.number(pack);
        for blob in blobs {
            self.recent.insert((key(&blob.id), blob.kind == BlobKind::Tree), place(number, blob));
        }
        if self.recent.len() > RECENT_MAX {
            self.merge();
        }
    }

    /// Where a blob is, if it is known.
    pub(crate) fn find(&self, id: &Id, kind: BlobKind) -> Option<Location> {
        let is_tree = kind == BlobKind::Tree;
        let found = self.recent.get(&(key(id), is_tree)).or_else(|| {
            let wanted = (key(id), u32::from(is_tree) << 31);
            let at = self.sorted.binary_search_by(|record| record.order().cmp(&wanted)).ok()?;
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

    /// How many different blobs are known.
    pub(crate) fn blobs(&self) -> usize {
        self.different + self.recent.len()
    }

    /// The packs that it finds blobs in.
    pub(crate) fn packs(&self) -> impl Iterator<Item = &Id> {
        self.numbers.keys()
    }

    /// What it lists in each of these packs, in their order; packs that it does not know are left out.
    pub(crate) fn listed_in(&self, wanted: &[Id]) -> Vec<(Id, Listed)> {
        let known = wanted.iter().filter_map(|pack| Some((*pack, *self.numbers.get(pack)?)));
        let mut listed: Vec<(Id, Listed)> =
            known.map(|(pack, number)| (pack, Listed { number, records: Vec::new() })).collect();
        let at: HashMap<u32, usize> =
            listed.iter().enumerate().map(|(at, (_, listed))| (listed.number, at)).collect();
        let recent = self.recent.iter().map(|((key, _), place)| Record { key: *key, place: *place });
        for record in self.sorted.iter().copied().chain(recent) {
            let at = at.get(&(record.place.pack & !TREE));
            if let Some((_, listed)) = at.and_then(|at| listed.get_mut(*at)) {
                listed.records.push(record);
            }
        }
        listed
    }

    /// The packs that it was told to forget.
    pub(crate) fn lost(&self) -> &HashSet<Id> {
        &self.lost
    }

    /// Forgets what is in these packs: they are not there any more.
    pub(crate) fn forget_packs(&mut self, lost: &HashSet<Id>) {
        self.merge();
        let packs = &self.packs;
        let is_lost =
            |place: &Place| packs.get((place.pack & !TREE) as usize).is_none_or(|pack| lost.contains(pack));
        self.sorted.retain(|record| !is_lost(&record.place));
        self.numbers.retain(|pack, _| !lost.contains(pack));
        self.lost.extend(lost);
        self.settle();
    }

    fn merge(&mut self) {
        let recent = std::mem::take(&mut self.recent);
        self.sorted.reserve_exact(recent.len());
        self.sorted.extend(recent.into_iter().map(|((key, _), place)| Record { key, place }));
        self.settle();
    }

    fn number(&mut self, pack: Id) -> u32 {
        let next = u32::try_from(self.packs.len()).unwrap_or(TREE - 1);
        *self.numbers.entry(pack).or_insert_with(|| {
            self.packs.push(pack);
            next
        })
    }
}

fn key(id: &Id) -> Key {
    let mut key = [0; KEY_BYTES];
    key.copy_from_slice(&id.0[..KEY_BYTES]);
    key
}

fn place(pack: u32, blob: &PackedBlob) -> Place {
    let tree = if blob.kind == BlobKind::Tree { TREE } else { 0 };
    Place { pack: pack | tree, offset: blob.offset, length: blob.length, uncompressed: blob.uncompressed }
}
