//! Where a stream is cut: content-defined, by fastcdc 2020 (a gear hash), so that what was
//! inserted or changed moves few cuts.
//!
//! Which chunker a writer uses is free in the restic format; readers never see it. Cuts depend on
//! the content alone, not on how it arrives.

use fastcdc::v2020::{Normalization, cut, select_masks};

/// From here on chunks are larger, so that the index and the lists of chunks stay small: a
/// terabyte would have four million of the small ones.
const LARGE_FROM_BYTES: u64 = 64 << 30;
const SMALL: [usize; 3] = [64 << 10, 256 << 10, 1 << 20];
const LARGE: [usize; 3] = [256 << 10, 1 << 20, 4 << 20];

/// The sizes and masks of one chunk size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunker {
    sizes: [usize; 3],
    masks: (u64, u64),
}

impl Chunker {
    /// The chunker for what stands at this offset of a file.
    pub(crate) fn at(offset: u64) -> Self {
        let sizes = if offset < LARGE_FROM_BYTES { SMALL } else { LARGE };
        Self { sizes, masks: select_masks(sizes[1], Normalization::Level1) }
    }

    /// A chunker of chunks so small that a short text has many.
    #[cfg(feature = "fuzz")]
    pub(crate) fn tiny() -> Self {
        Self { sizes: [64, 256, 1024], masks: select_masks(256, Normalization::Level1) }
    }

    /// The largest chunk in bytes.
    pub(crate) fn max(&self) -> usize {
        self.sizes[2]
    }

    /// The length of the chunk at the beginning of `data`, or nothing if more data could change
    /// it. At the end of the stream what is left is a chunk.
    pub(crate) fn cut(&self, data: &[u8], is_end: bool) -> Option<usize> {
        let [min, mean, max] = self.sizes;
        let (small, large) = self.masks;
        let (_, length) = cut(data, min, mean, max, small, large, small << 1, large << 1);
        (length < data.len() || length >= max || (is_end && length > 0)).then_some(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        };
        (0..length).map(|_| next()).collect()
    }

    fn cuts_in_windows(data: &[u8], window: usize) -> Vec<usize> {
        let chunker = Chunker::at(0);
        let (mut start, mut end, mut cuts) = (0, 0, Vec::new());
        while start < data.len() {
            match chunker.cut(&data[start..end], end == data.len()) {
                Some(length) => {
                    start += length;
                    cuts.push(start);
                }
                None => end = data.len().min(end + window),
            }
        }
        cuts
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn cuts_do_not_depend_on_how_the_data_arrives(
            seed in any::<u64>(), length in 0_usize..4_000_000, window in 1_000_usize..3_000_000,
        ) {
            let data = noise(seed, length);
            prop_assert_eq!(cuts_in_windows(&data, window), cuts_in_windows(&data, length.max(1)));
        }
    }

    fn cuts(chunker: &Chunker, data: &[u8]) -> Vec<usize> {
        let (mut start, mut cuts) = (0, Vec::new());
        while start < data.len() {
            start += chunker.cut(&data[start..], true).unwrap();
            cuts.push(start);
        }
        cuts
    }

    /// Other cuts would be as sound, and store all large dumps once more. Small chunks are pinned by the
    /// golden repositories, which hold no file of 64 GiB.
    #[test]
    fn a_stream_is_cut_where_it_was_always_cut_also_beyond_64_gibibytes() {
        let large = Chunker::at(LARGE_FROM_BYTES);
        let expected = [
            957_951, 1_358_065, 3_444_707, 4_071_486, 5_471_578, 6_888_968, 8_034_092, 9_478_372, 9_943_038,
            11_216_416, 12_989_338, 14_720_860, 16_000_000,
        ];
        assert_eq!(cuts(&large, &noise(11, 16_000_000)), expected);
        assert_eq!(cuts(&large, &vec![0; 9_000_000]), [4 << 20, 8 << 20, 9_000_000]);
        assert_eq!(Chunker::at(LARGE_FROM_BYTES - 1).sizes, SMALL);
    }

    #[test]
    fn an_insertion_moves_few_cuts() {
        let before = noise(7, 20_000_000);
        let mut after = before.clone();
        after.splice(5_000_000..5_000_000, *b"inserted");
        let old = cuts_in_windows(&before, 2 << 20);
        let new = cuts_in_windows(&after, 2 << 20);
        let kept = new.iter().filter(|cut| old.contains(cut) || old.contains(&(**cut - 8))).count();
        assert!(new.len() - kept <= 3, "{kept} of {} cuts stayed", new.len());
    }
}
