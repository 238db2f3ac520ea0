//! Damage is found, and never handed out as data.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use vault::{Cancel, CheckOptions, Slice, SnapshotId, VaultError};

use crate::bench::{Bench, noise, open, rows};

fn change(file: &Path, edit: impl FnOnce(&mut Vec<u8>)) {
    let mut content = fs::read(file).unwrap();
    edit(&mut content);
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(file, content).unwrap();
}

fn damaged(bench: &Bench) -> SnapshotId {
    let snapshot = bench.write(&[("/rows", &rows(1, 30_000_000)), ("/noise", &noise(2, 3_000_000))]).snapshot;
    assert_eq!(bench.check_all().problems, []);
    snapshot
}

fn largest(files: &[std::path::PathBuf]) -> &Path {
    files.iter().max_by_key(|file| fs::metadata(file).unwrap().len()).unwrap()
}

#[test]
fn a_flipped_byte_in_a_pack_is_found_by_check_and_never_read() {
    let bench = Bench::new();
    let snapshot = damaged(&bench);
    let pack = largest(&bench.files("data")).to_owned();
    change(&pack, |content| content[1_000_000] ^= 1);

    let name = pack.file_name().unwrap().to_str().unwrap();
    let report = bench.check_all();
    assert!(report.problems.iter().all(|problem| problem.file.contains(name)), "{:?}", report.problems);
    assert!(report.problems.iter().any(|problem| problem.message.contains("does not match its name")));
    assert!(report.problems.iter().any(|problem| problem.message.contains("authentication code")));
    let read = |path: &str| bench.vault.read(&snapshot, path).unwrap().read_to_end(&mut Vec::new());
    assert!(read("/rows").is_err() || read("/noise").is_err());
    let structure = bench.vault.check(CheckOptions { data: None }, &|_| {}, &Cancel::new()).unwrap();
    assert_eq!(structure.problems, [], "the structure alone does not show it");
}

#[test]
fn a_truncated_pack_and_a_missing_one_are_found_without_reading_data() {
    for edit in ["truncate", "remove"] {
        let bench = Bench::new();
        damaged(&bench);
        let pack = bench.files("data")[0].clone();
        if edit == "remove" {
            fs::remove_file(&pack).unwrap();
        } else {
            change(&pack, |content| content.truncate(content.len() - 1));
        }
        let report = bench.vault.check(CheckOptions { data: None }, &|_| {}, &Cancel::new()).unwrap();
        let name = pack.file_name().unwrap().to_str().unwrap();
        assert!(report.problems.iter().any(|problem| problem.file.contains(name)), "{edit}");
    }
}

#[test]
fn a_missing_index_makes_the_snapshot_incomplete() {
    let bench = Bench::new();
    damaged(&bench);
    for index in bench.files("index") {
        fs::remove_file(index).unwrap();
    }
    let report = bench.vault.check(CheckOptions { data: None }, &|_| {}, &Cancel::new()).unwrap();
    assert!(report.problems.iter().any(|problem| problem.file.starts_with("snapshots/")));
}

#[test]
fn a_damaged_index_snapshot_or_configuration_is_named() {
    for kind in ["index", "snapshots"] {
        let bench = Bench::new();
        damaged(&bench);
        change(&bench.files(kind)[0], |content| content[40] ^= 0x80);
        let report = bench.vault.check(CheckOptions { data: None }, &|_| {}, &Cancel::new()).unwrap();
        assert!(report.problems.iter().any(|problem| problem.file.starts_with(kind)), "{kind}");
    }
    let bench = Bench::new();
    change(&bench.repo().join("config"), |content| content[20] ^= 1);
    let opened = open(&bench.repo(), crate::bench::PASSWORD);
    assert!(matches!(opened.err(), Some(VaultError::Damaged { file, .. }) if file == "config"));
}

#[test]
fn the_slices_of_a_check_cover_every_pack_once() {
    let bench = Bench::new();
    let snapshot_count = 12;
    for seed in 0..snapshot_count {
        bench.write(&[("/noise", &noise(seed, 200_000))]);
    }
    let whole = bench.check_all();
    let slices = (1..=3).map(|n| {
        let options = CheckOptions { data: Some(Slice { n, t: 3 }) };
        bench.vault.check(options, &|_| {}, &Cancel::new()).unwrap().bytes_read
    });
    assert_eq!(slices.sum::<u64>(), whole.bytes_read);
    let stored = bench.vault.stats().unwrap();
    assert_eq!((whole.bytes_read, whole.packs), (stored.stored_bytes, stored.packs));
    assert_eq!(whole.snapshots, snapshot_count);
    let none = bench.vault.check(CheckOptions { data: Some(Slice { n: 4, t: 3 }) }, &|_| {}, &Cancel::new());
    assert!(matches!(none, Err(VaultError::BadSlice { n: 4, t: 3 })));
}

#[test]
fn a_check_reports_progress_and_can_be_cancelled() {
    let bench = Bench::new();
    damaged(&bench);
    let options = CheckOptions { data: Some(Slice { n: 1, t: 1 }) };
    let last = std::cell::Cell::new(0);
    bench.vault.check(options, &|progress| last.set(progress.bytes_read), &Cancel::new()).unwrap();
    assert_eq!(last.get(), bench.vault.stats().unwrap().stored_bytes);
    let cancel = Cancel::new();
    let cancelled = bench.vault.check(options, &|_| cancel.cancel(), &cancel);
    assert!(matches!(cancelled, Err(VaultError::Cancelled)));
}
