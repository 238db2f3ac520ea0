//! What restic does to look after a repository that is ours as well: afterwards, both read and
//! write as before, also a vault that was open all the time.

use std::fs;

use tempfile::TempDir;
use vault::{Cancel, SnapshotId};

use super::source::{assert_sound, by_restic, make};
use crate::bench::{Bench, PASSWORD, noise, open, restic_in, rows, snapshots};

/// Three snapshots of ours and one of restic; the first of ours is the only one that has `/gone`.
fn inhabited() -> Option<(Bench, SnapshotId, SnapshotId)> {
    let bench = by_restic("2")?;
    let gone = bench.write(&[("/gone", &noise(1, 4_000_000)), ("/rows", &rows(1, 6_000_000))]).snapshot;
    bench.write(&[("/rows", &rows(1, 7_000_000)), ("/small", b"small")]);
    let source = bench.directory.path().join("source");
    make(&source);
    bench.restic(&["backup", "source"]).unwrap();
    let kept = bench.write(&[("/rows", &rows(1, 8_000_000)), ("/noise", &noise(2, 1_000_000))]).snapshot;
    Some((bench, gone, kept))
}

fn assert_read(vault: &vault::Vault, snapshot: &SnapshotId) {
    for (path, content) in [("/rows", rows(1, 8_000_000)), ("/noise", noise(2, 1_000_000))] {
        let mut read = Vec::new();
        std::io::Read::read_to_end(&mut vault.read(snapshot, path).unwrap(), &mut read).unwrap();
        assert!(read == content, "{path}");
    }
}

/// The vault that stayed open and one that is opened now read the snapshot and write another.
fn assert_reads_and_writes(bench: &Bench, snapshot: &SnapshotId) {
    assert_read(&bench.vault, snapshot);
    assert_read(&open(&bench.repo(), PASSWORD).unwrap(), snapshot);
    let before = bench.vault.stats().unwrap().stored_bytes;
    let again = bench.write(&[("/rows", &rows(1, 8_000_000)), ("/new", &noise(9, 300_000))]);
    assert!(again.bytes_new < 300_100, "what is there is used: {}", again.bytes_new);
    assert!(bench.vault.stats().unwrap().stored_bytes < before + 400_000);
    assert!(bench.read(&again.snapshot, "/rows") == rows(1, 8_000_000));
    assert_sound(bench);
}

#[test]
fn after_restic_forgot_and_pruned_we_read_and_write_on() {
    let Some((bench, gone, kept)) = inhabited() else { return };
    let before = bench.vault.stats().unwrap().stored_bytes;
    bench.restic(&["forget", &gone.to_string(), "--prune", "--max-unused", "0"]).unwrap();
    let after = bench.vault.stats().unwrap().stored_bytes;
    assert!(after < before - 3_500_000, "{before} bytes, now {after}");
    assert!(bench.vault.entries(&gone).is_err());
    assert_reads_and_writes(&bench, &kept);
}

#[test]
fn after_we_forgot_restic_prunes_what_only_that_snapshot_had() {
    let Some((bench, gone, kept)) = inhabited() else { return };
    let before = bench.vault.stats().unwrap().stored_bytes;
    bench.vault.forget(&gone).unwrap();
    bench.restic(&["prune", "--max-unused", "0"]).unwrap();
    let after = bench.vault.stats().unwrap().stored_bytes;
    assert!(after < before - 3_500_000, "{before} bytes, now {after}");
    assert_reads_and_writes(&bench, &kept);
}

#[test]
fn after_restic_repacked_everything_we_read_and_write_on() {
    let Some((bench, _, kept)) = inhabited() else { return };
    bench.restic(&["prune", "--max-unused", "0", "--repack-uncompressed", "--repack-small"]).unwrap();
    assert_reads_and_writes(&bench, &kept);
}

#[test]
fn after_restic_rebuilt_the_index_we_read_and_write_on() {
    let Some((bench, _, kept)) = inhabited() else { return };
    bench.restic(&["rebuild-index"]).unwrap();
    assert_reads_and_writes(&bench, &kept);
    bench.restic(&["rebuild-index", "--read-all-packs"]).unwrap();
    assert_reads_and_writes(&bench, &kept);
}

#[test]
fn restic_finds_our_packs_again_without_any_index() {
    let Some((bench, _, kept)) = inhabited() else { return };
    for index in bench.files("index") {
        fs::remove_file(index).unwrap();
    }
    bench.restic(&["rebuild-index"]).unwrap();
    bench.vault.refresh().unwrap();
    assert_reads_and_writes(&bench, &kept);
}

#[test]
fn what_restic_copied_elsewhere_is_read_and_written_there() {
    for version in ["1", "2"] {
        let Some((bench, _, kept)) = inhabited() else { return };
        let copy = TempDir::new().unwrap();
        restic_in(copy.path(), &["init", "--repository-version", version]).unwrap();
        // `-r` is the destination here; the source is ours.
        let password = copy.path().join("password");
        fs::write(&password, PASSWORD).unwrap();
        let from = bench.repo();
        let arguments = [
            "copy",
            "--from-repo",
            from.to_str().unwrap(),
            "--from-password-file",
            password.to_str().unwrap(),
        ];
        restic_in(copy.path(), &arguments).unwrap();
        let copy = Bench { vault: open(&copy.path().join("repo"), PASSWORD).unwrap(), directory: copy };
        let original = bench.vault.snapshot(&kept).unwrap().tree;
        let snapshots = snapshots(&copy.vault).unwrap();
        assert_eq!(snapshots.len(), 4);
        let copied = snapshots.iter().find(|snapshot| snapshot.tree == original).unwrap().id;
        assert_reads_and_writes(&copy, &copied);
    }
}

#[test]
fn after_restic_changed_the_password_the_new_one_opens_and_the_open_vault_goes_on() {
    let Some((bench, _, kept)) = inhabited() else { return };
    let new = bench.directory.path().join("new");
    fs::write(&new, "battery staple").unwrap();
    bench.restic(&["key", "passwd", "--new-password-file", new.to_str().unwrap()]).unwrap();
    let old = open(&bench.repo(), PASSWORD).err();
    assert!(matches!(old, Some(vault::VaultError::WrongPassword { keys: 1 })), "{old:?}");
    let opened = open(&bench.repo(), "battery staple").unwrap();
    assert_read(&opened, &kept);
    assert_read(&bench.vault, &kept);
    bench.write(&[("/by the one that was open", b"x")]);
    let options = vault::CheckOptions { data: Some(vault::Slice { n: 1, t: 1 }) };
    assert_eq!(opened.check(options, &|_| {}, &Cancel::new()).unwrap().problems, []);
    assert_eq!(snapshots(&opened).unwrap().len(), 5);
}
