//! A journal reads back as it was written, or not at all.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn journal() -> impl Strategy<Value = Journal> {
    let mark = prop_oneof![
        Just(None),
        "\"[ -!#-~]{1,40}\"".prop_map(|tag| Some(Mark::Etag(tag))),
        "[A-Za-z0-9 ,:]{1,40}".prop_map(|time| Some(Mark::Modified(time))),
    ];
    (mark, vec((0..1000_u64, 1..50_u64), 0..20), 0..2000_u64, any::<[u8; 32]>()).prop_map(
        |(mark, pieces, more, sha256)| {
            let mut ranges = Ranges::default();
            for (start, length) in pieces {
                ranges.insert(start, start + length);
            }
            let prefix = ranges.prefix().min(more);
            Journal { total: ranges.end() + more, mark, ranges, prefix, sha256 }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_reads_back(journal in journal()) {
        prop_assert_eq!(Journal::parse(&journal.to_bytes()), Some(journal));
    }

    #[test]
    fn torn_or_altered_anywhere_it_is_none(journal in journal(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let bytes = journal.to_bytes();
        let at = at.index(bytes.len());
        prop_assert_eq!(Journal::parse(&bytes[..at]), None);
        let mut altered = bytes.clone();
        altered[at] ^= 1 << bit;
        prop_assert_eq!(Journal::parse(&altered), None);
    }

    #[test]
    fn noise_is_none(noise in vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(Journal::parse(&noise), None);
    }
}

#[test]
fn one_that_says_what_cannot_be_is_none() {
    let sha256 = "00".repeat(32);
    let signed = |json: &str| {
        let bytes = [digest(json.as_bytes()).as_bytes(), b"\n", json.as_bytes()].concat();
        Journal::parse(&bytes).is_some()
    };
    let with = |ranges: &str, prefix: u64| {
        format!(
            r#"{{"format":1,"total":100,"mark":null,"ranges":{ranges},"prefix":{prefix},"sha256":"{sha256}"}}"#
        )
    };
    assert!(signed(&with("[[0,40],[60,100]]", 40)));
    for (ranges, prefix) in [
        ("[[0,40],[30,50]]", 0),
        ("[[40,60],[0,10]]", 0),
        ("[[0,101]]", 0),
        ("[[10,10]]", 0),
        ("[[20,10]]", 0),
        ("[[0,40]]", 41),
        ("[[1,40]]", 1),
        ("[[0,18446744073709551616]]", 0),
    ] {
        assert!(!signed(&with(ranges, prefix)), "{ranges} {prefix}");
    }
    assert!(!signed(&with("[[0,40]]", 0).replace("\"format\":1", "\"format\":2")));
    assert!(!signed(&with("[[0,40]]", 0).replace("null", r#"{"etag":"\"a\r\nX-Evil: 1\""}"#)));
}
