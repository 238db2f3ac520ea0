//! Which blobs of a table are needed: one bit for each, beside the table, so that the largest vault can be
//! gone through in the memory of any job.
//!
//! A blob that is stored several times is needed once: the place that is kept is the one in a pack that stays
//! anyway.

use super::{Index, KEY_BYTES, Record, TREE, key};
use crate::id::Id;
use crate::pack::{BlobKind, PackedBlob};

/// A bit for every place of a table that is settled and does not change any more.
pub(crate) struct Marks(Vec<u64>);

/// What became of a blob that is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The table does not know it.
    Missing,
    /// It was needed before.
    Known,
    /// It was not needed so far.
    New,
}

/// A place that is kept of a blob that is stored in several.
#[derive(Clone, Copy)]
pub(crate) struct KeptPlace(Record);

impl KeptPlace {
    /// The number of its pack.
    pub(crate) fn number(&self) -> usize {
        self.0.number()
    }

    /// Where it begins in its pack, and the sealed length.
    pub(crate) fn range(&self) -> (u32, u32) {
        (self.0.place.offset, self.0.place.length)
    }

    /// What the table knows of the blob. Of its name these are the bytes that the table holds, and zeros.
    pub(crate) fn blob(&self) -> PackedBlob {
        let Record { key, place } = &self.0;
        let mut id = [0; 32];
        id[..KEY_BYTES].copy_from_slice(key);
        let kind = if place.pack & TREE == 0 { BlobKind::Data } else { BlobKind::Tree };
        PackedBlob {
            id: Id(id),
            kind,
            offset: place.offset,
            length: place.length,
            uncompressed: place.uncompressed,
        }
    }

    /// Whether a blob of this name is the one that has to be there, as far as the table knows names.
    pub(crate) fn is_of(&self, id: &Id) -> bool {
        key(id) == self.0.key
    }
}

/// What is needed of a pack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// The bytes of the blobs that are kept in it, with their entries in the header.
    pub(crate) needed_bytes: u64,
    /// How many these are.
    pub(crate) needed: u32,
    /// The bytes of what nothing needs at all, in any place.
    pub(crate) waste_bytes: u64,
    /// Whether a tree is in it.
    pub(crate) has_trees: bool,
}

impl Marks {
    /// No blob of this table is needed.
    pub(crate) fn new(index: &Index) -> Self {
        Self(vec![0; index.sorted.len().div_ceil(64)])
    }

    fn is_set(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn set(&mut self, at: usize, is_set: bool) {
        if let Some(word) = self.0.get_mut(at / 64) {
            let bit = 1 << (at % 64);
            *word = if is_set { *word | bit } else { *word & !bit };
        }
    }
}

impl Index {
    /// All packs that were loaded; their positions are their numbers.
    pub(crate) fn numbered(&self) -> &[Id] {
        &self.packs
    }

    /// The number of a pack, as its position in [`Index::numbered`].
    pub(crate) fn number_of(&self, pack: &Id) -> Option<usize> {
        self.numbers.get(pack).map(|number| *number as usize)
    }

    /// Marks a blob as needed, at the first of its places.
    pub(crate) fn need(&self, marks: &mut Marks, id: &Id, kind: BlobKind) -> Need {
        let Some(at) = self.first(id, kind) else { return Need::Missing };
        if marks.is_set(at) {
            return Need::Known;
        }
        marks.set(at, true);
        Need::New
    }

    /// Chooses of every needed blob the place that is kept; yields what is needed of each pack, by its number.
    pub(crate) fn choose(&self, marks: &mut Marks) -> Vec<Usage> {
        let mut usage = vec![Usage::default(); self.packs.len()];
        for (from, places) in self.groups() {
            let is_needed = marks.is_set(from);
            for record in places {
                let Some(of) = usage.get_mut(record.number()) else { continue };
                of.has_trees |= record.place.pack & TREE != 0;
                match (is_needed, places.len()) {
                    (false, _) => of.waste_bytes += record.bytes_in_pack(),
                    (true, 1) => of.keep(record),
                    (true, _) => {}
                }
            }
        }
        let alone = usage.clone();
        for (from, places) in self.groups().filter(|(_, places)| places.len() > 1) {
            if !marks.is_set(from) {
                continue;
            }
            let best = (0..places.len()).min_by_key(|at| self.rank(&alone, &places[*at])).unwrap_or(0);
            marks.set(from, false);
            marks.set(from + best, true);
            if let Some(of) = usage.get_mut(places[best].number()) {
                of.keep(&places[best]);
            }
        }
        usage
    }

    /// Whether this place of a blob, in the pack of this number, is the one that is kept.
    pub(crate) fn is_kept(&self, marks: &Marks, number: usize, blob: &PackedBlob) -> bool {
        let Some(first) = self.first(&blob.id, blob.kind) else { return false };
        let order = self.sorted[first].order();
        let places = self.sorted[first..].iter().take_while(|record| record.order() == order);
        places.enumerate().any(|(at, record)| {
            let place = &record.place;
            let is_it =
                record.number() == number && (place.offset, place.length) == (blob.offset, blob.length);
            is_it && place.uncompressed == blob.uncompressed && marks.is_set(first + at)
        })
    }

    /// The places that are kept of blobs of which another place is in a pack that goes.
    pub(crate) fn kept_beside(&self, marks: &Marks, goes: &dyn Fn(usize) -> bool) -> Vec<KeptPlace> {
        let several = self.groups().filter(|(_, places)| places.len() > 1);
        let kept = several.filter_map(|(from, places)| {
            let kept = (0..places.len()).find(|at| marks.is_set(from + at))?;
            let one_goes = places.iter().any(|record| goes(record.number()));
            let kept = &places[kept];
            let is_meant = one_goes && !goes(kept.number());
            is_meant.then_some(KeptPlace(*kept))
        });
        kept.collect()
    }

    /// The lower, the likelier the pack stays: one without waste that is needed anyway comes first.
    fn rank(&self, alone: &[Usage], record: &Record) -> (bool, bool, u64, Option<&Id>) {
        let number = record.number();
        let usage = alone.get(number).copied().unwrap_or_default();
        (usage.waste_bytes > 0, usage.needed == 0, usage.waste_bytes, self.packs.get(number))
    }

    /// The places of each blob, with the position of the first.
    fn groups(&self) -> impl Iterator<Item = (usize, &[Record])> {
        let mut from = 0;
        self.sorted.chunk_by(|a, b| a.order() == b.order()).map(move |places| {
            let at = from;
            from += places.len();
            (at, places)
        })
    }

    fn first(&self, id: &Id, kind: BlobKind) -> Option<usize> {
        let wanted = (key(id), u32::from(kind == BlobKind::Tree) << 31);
        let at = self.sorted.partition_point(|record| record.order() < wanted);
        self.sorted.get(at).is_some_and(|record| record.order() == wanted).then_some(at)
    }
}

impl Usage {
    fn keep(&mut self, record: &Record) {
        self.needed_bytes += record.bytes_in_pack();
        self.needed += 1;
    }
}

impl Record {
    fn number(&self) -> usize {
        (self.place.pack & !TREE) as usize
    }

    fn bytes_in_pack(&self) -> u64 {
        let blob = PackedBlob {
            id: Id([0; 32]),
            kind: BlobKind::Data,
            offset: self.place.offset,
            length: self.place.length,
            uncompressed: self.place.uncompressed,
        };
        blob.bytes_in_pack()
    }
}
