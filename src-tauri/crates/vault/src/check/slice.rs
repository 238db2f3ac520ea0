//! Slices of the packs: a part of them that is always the same one.

use crate::id::Id;

/// Which packs are read: the `n`th of `t` parts, which cover everything between them.
///
/// The packs of `n/t` are those whose name's first 64 bits leave `n - 1` when divided by `t`. A pack's name
/// alone decides, so one that comes later falls into a part too, and never from one part into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Which part, from 1.
    pub n: u32,
    /// Of how many.
    pub t: u32,
}

impl Slice {
    /// Whether this pack is in it. A slice that is none holds nothing.
    #[must_use]
    pub fn holds(self, pack: &Id) -> bool {
        self.is_one() && pack.prefix() % u64::from(self.t) == u64::from(self.n - 1)
    }

    pub(super) fn is_one(self) -> bool {
        self.n > 0 && self.n <= self.t
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    /// Reads the parts of one cycle in their order; before each, what arrives by then is there too.
    fn cycle(t: u32, packs: &mut BTreeSet<Id>, arriving: &[(u32, Id)]) -> BTreeMap<Id, u32> {
        let mut read = BTreeMap::new();
        for n in 1..=t {
            packs.extend(arriving.iter().filter(|(before, _)| *before == n).map(|(_, pack)| *pack));
            for pack in packs.iter().filter(|pack| Slice { n, t }.holds(pack)) {
                *read.entry(*pack).or_default() += 1;
            }
        }
        read
    }

    fn packs(bytes: &[[u8; 32]]) -> BTreeSet<Id> {
        bytes.iter().copied().map(Id).collect()
    }

    proptest! {
        #[test]
        fn the_parts_of_a_cycle_cover_each_pack_exactly_once_whatever_comes_in_between(
            t in 1_u32..40,
            first in prop::collection::vec(any::<[u8; 32]>(), 0..60),
            later in prop::collection::vec((any::<u32>(), any::<[u8; 32]>()), 0..60),
        ) {
            let (first, mut there) = (packs(&first), packs(&first));
            let later: Vec<(u32, Id)> = later.into_iter().map(|(when, pack)| (when % t + 1, Id(pack))).collect();

            let read = cycle(t, &mut there, &later);
            for pack in &first {
                prop_assert_eq!(read.get(pack), Some(&1), "{} was there from the beginning", pack);
            }
            for (before, pack) in later.iter().filter(|(_, pack)| !first.contains(pack)) {
                let part = (1..=t).find(|n| Slice { n: *n, t }.holds(pack));
                let part = part.expect("every pack is in a part");
                let came = later.iter().filter(|(_, one)| one == pack).map(|(before, _)| *before).min();
                let expected = (came.unwrap_or(*before) <= part).then_some(1);
                prop_assert_eq!(read.get(pack).copied(), expected, "{} came before part {}", pack, before);
            }

            let again = cycle(t, &mut there, &[]);
            prop_assert_eq!(again.len(), there.len());
            prop_assert!(again.values().all(|times| *times == 1), "the next cycle reads all of them once");
        }
    }

    #[test]
    fn what_is_no_slice_holds_nothing() {
        for (n, t) in [(0, 3), (4, 3), (0, 0), (1, 0)] {
            assert!(!Slice { n, t }.holds(&Id([0; 32])), "{n}/{t}");
        }
    }
}
