//! One snapshot read back: what it shows, and what it must not miss.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU64, Ordering};

use vault::{Cancel, ReadBack, SnapshotId, VaultError};

use crate::bench::{Bench, noise, rows};

fn read_back(bench: &Bench, snapshot: &SnapshotId, before: Option<&SnapshotId>) -> ReadBack {
    bench.vault.read_back(snapshot, before, &|_| {}, &Cancel::new()).unwrap()
}

fn problems(read: &ReadBack) -> Vec<&str> {
    read.files.iter().filter_map(|file| file.problem.as_deref()).collect()
}

fn flip(file: &std::path::Path, at: usize) {
    let mut content = fs::read(file).unwrap();
    content[at] ^= 1;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(file, content).unwrap();
}

#[test]
fn everything_that_was_written_reads_back_with_every_hash_compared() {
    let bench = Bench::new();
    let content = rows(1, 20_000_000);
    let snapshot = bench.write(&[("/database/rows", &content), ("/empty", b"")]).snapshot;

    let covered = AtomicU64::new(0);
    let progress = |bytes: u64| {
        covered.fetch_add(bytes, Ordering::Relaxed);
    };
    let read = bench.vault.read_back(&snapshot, None, &progress, &Cancel::new()).unwrap();

    assert_eq!((problems(&read), read.trees.len()), (vec![], 0));
    assert!(read.files.iter().any(|file| file.path == "/database/rows" && file.bytes == 20_000_000));
    assert!(read.blobs_hashed > 20 && read.blobs_authenticated == 0, "{read:?}");
    assert!(covered.into_inner() >= 20_000_000);
}

#[test]
fn of_what_a_snapshot_before_holds_too_only_the_seals_are_compared() {
    let bench = Bench::new();
    let first = rows(1, 20_000_000);
    let before = bench.write(&[("/rows", &first)]).snapshot;
    let mut second = first;
    second.extend(noise(2, 3_000_000));
    let snapshot = bench.write(&[("/rows", &second)]).snapshot;

    let read = read_back(&bench, &snapshot, Some(&before));

    assert_eq!(problems(&read), Vec::<&str>::new());
    assert!(read.blobs_authenticated > 20, "{read:?}");
    assert!(read.blobs_hashed > 2 && read.blobs_hashed < read.blobs_authenticated, "{read:?}");
}

#[test]
fn a_flipped_byte_in_any_pack_is_found_whoever_wrote_it() {
    let bench = Bench::new();
    let before = bench.write(&[("/old", &noise(1, 3_000_000))]).snapshot;
    let snapshot = bench.write(&[("/old", &noise(1, 3_000_000)), ("/new", &noise(2, 3_000_000))]).snapshot;
    for pack in bench.files("data") {
        // Of a pack of trees the first byte; of the others one in the middle.
        let length = usize::try_from(fs::metadata(&pack).unwrap().len()).unwrap();
        let is_data = length > 1_000_000;
        flip(&pack, if is_data { length / 2 } else { 0 });

        for known in [None, Some(&before)] {
            let read = bench.vault.read_back(&snapshot, known, &|_| {}, &Cancel::new());
            let is_clean = read.is_ok_and(|read| problems(&read).is_empty() && read.trees.is_empty());
            // The tree of the snapshot before is no part of this one.
            assert!(!is_clean || !is_data, "{}", pack.display());
        }
        flip(&pack, if is_data { length / 2 } else { 0 });
    }
    assert_eq!(problems(&read_back(&bench, &snapshot, Some(&before))), Vec::<&str>::new());
}

#[test]
fn a_snapshot_before_that_cannot_be_read_vouches_for_nothing() {
    let bench = Bench::new();
    let before = bench.write(&[("/rows", &rows(1, 5_000_000))]).snapshot;
    let snapshot = bench.write(&[("/rows", &rows(1, 5_000_000))]).snapshot;
    bench.vault.forget(&before).unwrap();

    let read = read_back(&bench, &snapshot, Some(&before));

    assert_eq!((problems(&read), read.blobs_authenticated), (vec![], 0));
    assert!(read.blobs_hashed > 2);
}

#[test]
fn a_blob_that_only_this_process_remembers_is_not_in_the_vault() {
    let bench = Bench::new();
    let snapshot = bench.write(&[("/rows", &rows(1, 5_000_000))]).snapshot;
    for index in bench.files("index") {
        fs::remove_file(index).unwrap();
    }

    let read = read_back(&bench, &snapshot, None);

    assert!(problems(&read).iter().all(|problem| problem.contains("is in no index")), "{read:?}");
    assert!(!problems(&read).is_empty() && !read.trees.is_empty(), "{read:?}");
}

#[test]
fn a_pack_that_is_gone_or_short_is_named_with_the_file_that_needs_it() {
    for is_gone in [true, false] {
        let bench = Bench::new();
        let snapshot = bench.write(&[("/noise", &noise(3, 3_000_000)), ("/manifest", b"{}")]).snapshot;
        let packs = bench.files("data");
        let pack = packs.iter().max_by_key(|pack| fs::metadata(pack).unwrap().len()).unwrap();
        if is_gone {
            fs::remove_file(pack).unwrap();
        } else {
            fs::set_permissions(pack, fs::Permissions::from_mode(0o600)).unwrap();
            fs::OpenOptions::new().write(true).open(pack).unwrap().set_len(1000).unwrap();
        }
        let name = pack.file_name().unwrap().to_str().unwrap();

        let read = read_back(&bench, &snapshot, None);

        let bad = read.files.iter().find(|file| file.path == "/noise").unwrap();
        assert!(bad.problem.as_ref().is_some_and(|problem| problem.contains(name)), "{read:?}");
    }
}

#[test]
fn reading_back_ends_when_it_is_cancelled() {
    let bench = Bench::new();
    let snapshot = bench.write(&[("/rows", &rows(1, 5_000_000))]).snapshot;
    let cancel = Cancel::new();
    cancel.cancel();

    let read = bench.vault.read_back(&snapshot, None, &|_| {}, &cancel);

    assert!(matches!(read, Err(VaultError::Cancelled)), "{read:?}");
}
