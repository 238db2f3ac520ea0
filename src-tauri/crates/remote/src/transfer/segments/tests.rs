//! Every byte is fetched, and none is lost, whatever the streams do.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// What may happen to a file that is being fetched.
#[derive(Debug, Clone)]
enum Step {
    Claim(u64),
    Write { claim: usize, bytes: u64 },
    Extend { claim: usize, bytes: u64 },
    Release(usize),
    Sync,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop_oneof![1..4_000_000_u64, Just(u64::MAX)].prop_map(Step::Claim),
        (0..16_usize, 1..3_000_000_u64).prop_map(|(claim, bytes)| Step::Write { claim, bytes }),
        (0..16_usize, 1..3_000_000_u64).prop_map(|(claim, bytes)| Step::Extend { claim, bytes }),
        (0..16_usize).prop_map(Step::Release),
        Just(Step::Sync),
    ]
}

/// No two claims overlap, none is beyond the file, and what is written is no claim's any more.
fn holds(segments: &Segments) {
    let mut claimed = Ranges::default();
    for claim in &segments.claims {
        assert!(claim.next <= claim.end && claim.end <= segments.total, "{claim:?}");
        let before = claimed.bytes();
        claimed.insert(claim.next, claim.end);
        assert_eq!(claimed.bytes(), before + claim.end - claim.next, "two claims overlap: {segments:?}");
    }
    assert!(segments.durable.bytes() <= segments.written.bytes());
    assert_eq!(segments.left(), segments.total - segments.written.bytes());
}

proptest! {
    #[test]
    fn claims_never_overlap_and_all_bytes_are_written_in_the_end(
        total in 0..20_000_000_u64,
        steps in vec(step(), 0..80),
    ) {
        let mut segments = Segments::new(total, Ranges::default());
        let mut held: Vec<u64> = Vec::new();
        for step in steps {
            match step {
                Step::Claim(size) => held.extend(segments.claim(size).map(|claim| claim.id)),
                Step::Write { claim, bytes } => {
                    if let Some(id) = held.get(claim).copied() {
                        let next = segments.claims.iter().find(|claim| claim.id == id).unwrap().next;
                        let bytes = bytes.min(segments.end_of(id) - next);
                        segments.wrote(id, next, bytes);
                    }
                }
                Step::Extend { claim, bytes } => {
                    if let Some(id) = held.get(claim).copied() {
                        let before = segments.end_of(id);
                        let grew = segments.extend(id, bytes, total);
                        prop_assert_eq!(grew, segments.end_of(id) > before);
                    }
                }
                Step::Release(claim) if claim < held.len() => segments.release(held.remove(claim)),
                Step::Release(_) => {}
                Step::Sync => {
                    let written = segments.written().clone();
                    segments.mark_durable(&written);
                }
            }
            holds(&segments);
        }
        for id in held {
            segments.release(id);
        }
        while let Some(claim) = segments.claim(3_000_000) {
            segments.wrote(claim.id, claim.next, claim.end - claim.next);
            segments.release(claim.id);
            holds(&segments);
        }
        prop_assert_eq!(segments.left(), 0);
        prop_assert_eq!(segments.written().prefix(), total);
    }

    #[test]
    fn a_set_of_ranges_is_what_was_put_into_it(pieces in vec((0..200_u64, 0..40_u64), 0..40)) {
        let (mut ranges, mut bytes) = (Ranges::default(), [false; 240]);
        for (start, length) in pieces {
            ranges.insert(start, start + length);
            bytes[usize::try_from(start).unwrap()..usize::try_from(start + length).unwrap()].fill(true);
        }
        let count = |wanted: bool| bytes.iter().filter(|byte| **byte == wanted).count() as u64;
        prop_assert_eq!(ranges.bytes(), count(true));
        prop_assert_eq!(ranges.prefix(), bytes.iter().take_while(|byte| **byte).count() as u64);
        prop_assert!(ranges.as_slice().windows(2).all(|pair| pair[0].1 < pair[1].0), "{:?}", ranges);
        prop_assert_eq!(Ranges::checked(ranges.as_slice(), 240), Some(ranges.clone()));
        let mut gaps = 0;
        let mut at = 0;
        while let Some((start, end)) = ranges.gap(at, 240) {
            gaps += end - start;
            at = end;
        }
        prop_assert_eq!(gaps, count(false));
    }
}

#[test]
fn the_second_stream_takes_what_is_just_ahead_of_the_first_and_a_small_rest_is_left_alone() {
    let mut segments = Segments::new(100 << 20, Ranges::default());
    let first = segments.claim(u64::MAX).unwrap();
    segments.wrote(first.id, 0, 1 << 20);
    let second = segments.claim(8 << 20).unwrap();
    assert_eq!((second.next, second.end), (9 << 20, 17 << 20));
    assert_eq!(segments.end_of(first.id), 9 << 20);
    // The rest behind it is free again.
    assert_eq!(segments.claim(u64::MAX).unwrap().next, 17 << 20);

    let mut small = Segments::new(SPLIT_BYTES_MIN, Ranges::default());
    assert!(small.claim(u64::MAX).is_some() && small.claim(u64::MAX).is_none());
}
