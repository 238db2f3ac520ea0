//! One snapshot read back: what it shows, and what it must not miss.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU64, Ordering};

use vault::{Cancel, ReadBack, ReadLimits, SnapshotId, VaultError};

use crate::bench::{Bench, PASSWORD, noise, rows};
use crate::forge::Forge;

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
    assert!(read.blobs_hashed > 20 && read.blobs_unchanged == 0, "{read:?}");
    assert!(covered.into_inner() >= 20_000_000);
}

#[test]
fn of_what_a_snapshot_before_holds_too_only_the_packs_are_hashed() {
    let bench = Bench::new();
    let first = rows(1, 20_000_000);
    let before = bench.write(&[("/rows", &first)]).snapshot;
    let mut second = first;
    second.extend(noise(2, 3_000_000));
    let snapshot = bench.write(&[("/rows", &second)]).snapshot;

    let read = read_back(&bench, &snapshot, Some(&before));

    assert_eq!(problems(&read), Vec::<&str>::new());
    assert!(read.blobs_unchanged > 20, "{read:?}");
    assert!(read.blobs_hashed > 2 && read.blobs_hashed < read.blobs_unchanged, "{read:?}");
}

/// Two files whose blobs have one length.
fn twins() -> [(&'static str, Vec<u8>); 2] {
    [("/one", noise(1, 50_000)), ("/two", noise(2, 50_000))]
}

#[test]
fn blobs_in_each_others_places_are_found_although_their_codes_are_right() {
    let bench = Bench::new();
    let [(one, first), (two, second)] = twins();
    let before = bench.write(&[(one, &first), (two, &second)]).snapshot;
    let snapshot = bench.write(&[(one, &first), (two, &second), ("/new", &noise(3, 50_000))]).snapshot;
    let sound = read_back(&bench, &snapshot, Some(&before));
    assert_eq!(problems(&sound), Vec::<&str>::new());
    assert!(sound.blobs_unchanged >= 2, "{sound:?}");
    assert_eq!(Forge::of(&bench.repo(), PASSWORD).exchange_blobs().len(), 1);

    for (known, read) in [None, Some(&before)].map(|known| (known, read_back(&bench, &snapshot, known))) {
        let named: Vec<&str> =
            read.files.iter().filter(|file| file.problem.is_some()).map(|file| file.path.as_str()).collect();
        assert_eq!(named, [one, two], "{known:?}");
        assert!(
            problems(&read).iter().all(|problem| problem.contains("its hash does not match")),
            "{read:?}"
        );
    }
    let found = bench.check_all().problems;
    assert!(found.iter().any(|finding| finding.message.contains("does not match")), "{found:?}");
    let packs = bench.vault.packs().unwrap();
    let read = bench.vault.read_packs(&packs, ReadLimits::NONE, &|_| {}, &Cancel::new()).unwrap();
    assert_eq!(read.packs.iter().filter(|pack| pack.damage.is_some()).count(), 1);
    for path in [one, two] {
        let mut content = Vec::new();
        let failed = bench.vault.read(&snapshot, path).unwrap().read_to_end(&mut content).unwrap_err();
        assert!(failed.to_string().contains("its hash does not match"), "{failed}");
    }
    let target = bench.directory.path().join("restored");
    let restored = bench.vault.restore(&snapshot, &target, &Cancel::new()).unwrap();
    let mut lost: Vec<&str> = restored.problems.iter().map(|problem| problem.file.as_str()).collect();
    lost.sort_unstable();
    assert_eq!(lost, [one, two]);
}

#[test]
fn of_a_pack_of_which_little_is_wanted_each_blob_is_opened() {
    let bench = Bench::new();
    let files: Vec<(String, Vec<u8>)> =
        (0..20).map(|number| (format!("/{number}"), noise(number + 1, 60_000))).collect();
    let all: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (path.as_str(), &content[..])).collect();
    let before = bench.write(&all).snapshot;
    let snapshot = bench.write(&all[..2]).snapshot;

    let read = read_back(&bench, &snapshot, Some(&before));

    assert_eq!((problems(&read), read.blobs_unchanged), (vec![], 0));
    assert!(read.blobs_hashed >= 3, "{read:?}");
}

#[test]
fn damage_beside_what_a_snapshot_needs_does_not_speak_against_it() {
    let bench = Bench::new();
    let [(one, first), (two, second)] = twins();
    let before = bench.write(&[(one, &first), (two, &second), ("/other", &noise(3, 30_000))]).snapshot;
    let snapshot = bench.write(&[(one, &first), (two, &second)]).snapshot;
    let sound = read_back(&bench, &snapshot, Some(&before));
    assert!(sound.blobs_unchanged >= 2, "{sound:?}");
    // What stands at the place of the shortest blob of noise.
    let size = |pack: &std::path::PathBuf| fs::metadata(pack).unwrap().len();
    let pack = bench.files("data").into_iter().max_by_key(size).unwrap();
    let regions = Forge::of(&bench.repo(), PASSWORD).regions_of_pack(&fs::read(&pack).unwrap());
    let (_, text) = regions.iter().find(|(_, range)| range.len() == 30_000).unwrap();
    flip(&pack, text.start + 10);

    let read = read_back(&bench, &snapshot, Some(&before));

    assert_eq!((problems(&read), read.blobs_unchanged), (vec![], 0), "the pack is not what its name says");
    assert!(read.blobs_hashed >= 3, "each of its own was opened instead");
    let other = read_back(&bench, &before, Some(&snapshot));
    assert_eq!(problems(&other).len(), 1, "{other:?}");
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

    assert_eq!((problems(&read), read.blobs_unchanged), (vec![], 0));
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
