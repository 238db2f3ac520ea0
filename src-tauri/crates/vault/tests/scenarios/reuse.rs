//! What the vault has is not stored again.

use std::thread;

use proptest::prelude::*;
use vault::{Cancel, VaultError};

use crate::bench::{Bench, meta, noise, open, options, rows, snapshots};

#[test]
fn the_same_content_again_adds_next_to_nothing() {
    let bench = Bench::new();
    let content = rows(1, 20_000_000);
    let first = bench.write(&[("/rows", &content)]);
    let before = bench.vault.stats().unwrap().stored_bytes;
    let reopened = open(&bench.repo(), crate::bench::PASSWORD).unwrap();
    let writer = reopened.begin(options(Some(first.snapshot)), Cancel::new()).unwrap();
    assert_eq!(writer.file("/rows", &meta(), &content[..]).unwrap().bytes_new, 0);
    let again = writer.commit(b"{}").unwrap();
    assert_eq!((again.bytes, again.bytes_new, again.bytes_stored), (20_000_002, 0, 0));
    assert_eq!(bench.vault.stats().unwrap().stored_bytes, before);
    assert_eq!(bench.vault.snapshot(&again.snapshot).unwrap().parent, Some(first.snapshot));
}

#[test]
fn the_same_content_in_flight_twice_is_stored_once() {
    let bench = Bench::new();
    let content = noise(1, 12_000_000);
    let writer = bench.begin();
    let new: u64 = thread::scope(|scope| {
        let write = |number| {
            let (writer, content) = (&writer, &content);
            scope.spawn(move || writer.file(&format!("/{number}"), &meta(), &content[..]).unwrap().bytes_new)
        };
        let threads: Vec<_> = (0..4).map(write).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(new, 12_000_000);
    let committed = writer.commit(b"{}").unwrap();
    assert_eq!((committed.bytes, committed.bytes_new), (48_000_002, 12_000_002));
    assert_eq!(bench.check_all().problems, []);
}

#[test]
fn a_change_in_the_middle_stores_only_its_neighbourhood() {
    let bench = Bench::new();
    let mut content = rows(1, 30_000_000);
    bench.write(&[("/rows", &content)]);
    content.splice(15_000_000..15_000_000, *b"inserted");
    let second = bench.write(&[("/rows", &content)]);
    assert!(second.bytes_new < 2_500_000, "{}", second.bytes_new);
}

#[test]
fn a_forgotten_snapshot_is_gone_and_the_others_are_whole() {
    let bench = Bench::new();
    let first = bench.write(&[("/rows", &rows(1, 1_000_000))]).snapshot;
    let second = bench.write(&[("/rows", &rows(1, 1_000_000)), ("/b", b"b")]).snapshot;
    bench.vault.forget(&first).unwrap();
    assert!(matches!(bench.vault.forget(&first), Err(VaultError::Missing { .. })));
    assert!(matches!(bench.vault.entries(&first), Err(VaultError::Missing { .. })));
    assert_eq!(snapshots(&bench.vault).unwrap().len(), 1);
    assert!(bench.read(&second, "/rows") == rows(1, 1_000_000));
    bench.restic(&["prune"]);
    bench.vault.refresh().unwrap();
    assert_eq!(bench.check_all().problems, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn whatever_is_written_is_read(
        files in proptest::collection::vec((any::<u64>(), 0_usize..3_000_000, any::<bool>()), 1..6),
        offset in 0_u64..3_000_000, length in 0_u64..3_000_000,
    ) {
        let bench = Bench::new();
        let files: Vec<(String, Vec<u8>)> = files
            .iter()
            .enumerate()
            .map(|(number, &(seed, length, is_text))| {
                let content = if is_text { rows(seed >> 20, length) } else { noise(seed, length) };
                (format!("/d{}/{number}", number % 2), content)
            })
            .collect();
        let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (path.as_str(), &content[..])).collect();
        let snapshot = bench.write(&borrowed).snapshot;
        for (path, content) in &files {
            prop_assert!(bench.read(&snapshot, path) == *content);
            let mut range = Vec::new();
            let mut reader = bench.vault.read_range(&snapshot, path, offset, length).unwrap();
            std::io::Read::read_to_end(&mut reader, &mut range).unwrap();
            let start = content.len().min(usize::try_from(offset).unwrap());
            let end = content.len().min(start + usize::try_from(length).unwrap());
            prop_assert!(range == content[start..end]);
        }
    }
}
