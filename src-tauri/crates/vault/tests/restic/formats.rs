//! Both formats that restic makes: read, checked and written to, each by its own rules.

use std::fs;

use serde_json::Value;
use vault::Cancel;

use super::source::{assert_same, assert_sound, by_restic, make, newest};
use crate::bench::{Bench, PASSWORD, meta, noise, open, rows};
use crate::forge::Forge;

#[test]
fn everything_that_restic_wrote_in_either_format_is_read_and_checked() {
    for version in ["1", "2"] {
        let Some(bench) = by_restic(version) else { return };
        let source = bench.directory.path().join("source");
        make(&source);
        bench.restic(&["backup", "source"]).unwrap();
        let snapshot = newest(&bench.vault);
        assert_same(&bench.vault, &snapshot, &source, "/source");
        assert_sound(&bench);
    }
}

#[test]
fn directories_deeper_than_what_we_write_are_read_and_restored() {
    let Some(bench) = by_restic("2") else { return };
    let source = bench.directory.path().join("source");
    let bottom = source.join("d/".repeat(260));
    fs::create_dir_all(&bottom).unwrap();
    fs::write(bottom.join("file"), noise(1, 1000)).unwrap();
    bench.restic(&["backup", "source"]).unwrap();
    let snapshot = newest(&bench.vault);
    assert_same(&bench.vault, &snapshot, &source, "/source");
    assert_sound(&bench);
    let target = bench.directory.path().join("target");
    let restored = bench.vault.restore(&snapshot, &target, &Cancel::new()).unwrap();
    assert_eq!(restored.problems, []);
    let file = target.join("source").join("d/".repeat(260)).join("file");
    assert_eq!(fs::read(file).unwrap(), noise(1, 1000));
}

/// All documents of these kinds, and whether each is compressed.
fn documents(bench: &Bench, kinds: &[&str]) -> Vec<(Value, bool)> {
    let forge = Forge::of(&bench.repo(), PASSWORD);
    let files = kinds.iter().flat_map(|kind| bench.files(kind));
    files.map(|file| forge.read_document(&file)).collect()
}

/// How many blobs are compressed, by the indexes and by the packs themselves, of how many.
fn compressed_blobs(bench: &Bench) -> (usize, usize, usize) {
    let listed = documents(bench, &["index"]);
    let packs = listed.iter().flat_map(|(index, _)| index["packs"].as_array().unwrap());
    let blobs: Vec<&Value> = packs.flat_map(|pack| pack["blobs"].as_array().unwrap()).collect();
    let indexed = blobs.iter().filter(|blob| blob.get("uncompressed_length").is_some()).count();
    let forge = Forge::of(&bench.repo(), PASSWORD);
    let in_packs =
        bench.files("data").into_iter().map(|pack| forge.compressed_in_pack(&fs::read(pack).unwrap()));
    (indexed, in_packs.sum(), blobs.len())
}

#[test]
fn our_snapshot_in_format_1_is_restics_and_nothing_in_it_is_compressed() {
    let Some(bench) = by_restic("1") else { return };
    let source = bench.directory.path().join("source");
    make(&source);
    bench.restic(&["backup", "source"]).unwrap();
    let contents =
        [("/database/shop.dump", rows(1, 9_000_000)), ("/noise", noise(2, 3_000_000)), ("/empty", vec![])];
    let writer = bench.begin();
    for (path, content) in &contents {
        writer.file(path, &meta(), &content[..]).unwrap();
    }
    assert!(documents(&bench, &["locks"]).iter().all(|(_, is_compressed)| !is_compressed));
    let ours = writer.commit(b"{}").unwrap();

    let documents = documents(&bench, &["index", "snapshots"]);
    assert!(documents.len() >= 4 && documents.iter().all(|(_, is_compressed)| !is_compressed));
    let (indexed, packed, blobs) = compressed_blobs(&bench);
    assert!((indexed, packed) == (0, 0) && blobs > 20, "{indexed} and {packed} of {blobs}");
    assert!(ours.bytes_stored >= 12_000_000, "as large as it was: {}", ours.bytes_stored);
    assert_sound(&bench);
    let target = bench.directory.path().join("out");
    bench
        .restic(&["restore", &ours.snapshot.to_string(), "--verify", "--target", target.to_str().unwrap()])
        .unwrap();
    for (path, content) in &contents {
        assert!(bench.read(&ours.snapshot, path) == *content, "{path}");
        assert!(fs::read(target.join(&path[1..])).unwrap() == *content, "{path}");
    }
}

#[test]
fn our_snapshot_in_format_2_of_restic_is_compressed() {
    let Some(bench) = by_restic("2") else { return };
    let ours = bench.write(&[("/rows", &rows(1, 9_000_000))]);
    assert!(documents(&bench, &["index", "snapshots"]).iter().all(|(_, is_compressed)| *is_compressed));
    let (indexed, packed, blobs) = compressed_blobs(&bench);
    // The manifest of two bytes would only grow.
    assert!(indexed == packed && indexed + 1 == blobs, "{indexed} and {packed} of {blobs}");
    assert!(ours.bytes_stored < 5_000_000, "{}", ours.bytes_stored);
    assert_sound(&bench);
}

#[test]
fn a_repository_that_restic_upgrades_is_written_to_before_meanwhile_and_after() {
    let Some(bench) = by_restic("1") else { return };
    let before = bench.write(&[("/before", &rows(1 << 40, 2_000_000))]).snapshot;
    bench.restic(&["migrate", "upgrade_repo_v2"]).unwrap();
    // This vault was opened when it was format 1: what it writes is sound in both.
    let meanwhile = bench.write(&[("/meanwhile", &rows(2 << 40, 2_000_000))]);
    assert!(meanwhile.bytes_stored >= 2_000_000);
    let upgraded = Bench { vault: open(&bench.repo(), PASSWORD).unwrap(), directory: bench.directory };
    let after = upgraded.write(&[("/after", &rows(3 << 40, 2_000_000))]);
    assert!(after.bytes_stored < 1_000_000, "{}", after.bytes_stored);

    assert_sound(&upgraded);
    assert!(upgraded.read(&before, "/before") == rows(1 << 40, 2_000_000));
    assert!(upgraded.read(&meanwhile.snapshot, "/meanwhile") == rows(2 << 40, 2_000_000));
    assert!(upgraded.read(&after.snapshot, "/after") == rows(3 << 40, 2_000_000));
}

#[test]
fn a_format_that_nobody_knows_yet_is_refused() {
    for version in [0, 3, u32::MAX] {
        let directory = tempfile::TempDir::new().unwrap();
        let repo = directory.path().join("repo");
        Forge::new(&repo, version, PASSWORD);
        let refused = open(&repo, PASSWORD).err();
        assert!(
            matches!(refused, Some(vault::VaultError::UnsupportedVersion { version: found }) if found == version),
            "{refused:?}"
        );
    }
}
