//! restic and the vault in turns, each with the other's snapshot as its parent.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::Value;
use vault::{Cancel, FileMeta, SnapshotId};

use super::source::{assert_same_directories, assert_sound, by_restic, newest};
use crate::bench::{Bench, noise, options, rows, snapshots};

/// What we write of a source: restic compares sizes and times with it.
fn write_ours(bench: &Bench, source: &Path, parent: Option<SnapshotId>, kept: &[&str]) -> vault::Committed {
    let writer = bench.vault.begin(options(parent), Cancel::new()).unwrap();
    for entry in fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let metadata = fs::metadata(&path).unwrap();
        let modified =
            jiff::Timestamp::new(metadata.mtime(), i32::try_from(metadata.mtime_nsec()).unwrap()).unwrap();
        if kept.contains(&name.as_str()) {
            assert_eq!(writer.keep(&format!("/source/{name}")).unwrap(), metadata.len());
        } else {
            let meta = FileMeta { mode: metadata.mode() & 0o777, modified };
            writer.file(&format!("/source/{name}"), &meta, fs::File::open(&path).unwrap()).unwrap();
        }
    }
    writer.commit(b"{}").unwrap()
}

/// restic's own summary of a backup with this parent.
fn backup(bench: &Bench, parent: &SnapshotId) -> Value {
    let parent = parent.to_string();
    let arguments = ["backup", "--json", "--ignore-ctime", "--ignore-inode", "--parent", &parent, "source"];
    let output = bench.restic(&arguments).unwrap();
    let summary = output.lines().find(|line| line.contains("\"summary\"")).unwrap();
    serde_json::from_str(summary).unwrap()
}

#[test]
fn restic_and_we_take_turns_and_keep_each_others_files() {
    for version in ["1", "2"] {
        let Some(bench) = by_restic(version) else { return };
        let source = bench.directory.path().join("source");
        fs::create_dir(&source).unwrap();
        let mut history = Vec::new();
        let mut parent = None;
        for round in 0..4_u64 {
            fs::write(source.join(format!("rows {round}")), rows(round << 32, 2_000_000)).unwrap();
            fs::write(source.join(format!("small {round}")), noise(round, 30_000)).unwrap();
            let old: Vec<String> = (0..round)
                .flat_map(|n| ["rows", "small", "theirs"].map(|kind| format!("{kind} {n}")))
                .collect();
            let kept: Vec<&str> = old.iter().map(String::as_str).collect();
            let ours = write_ours(&bench, &source, parent, if parent.is_some() { &kept } else { &[] });
            // The manifest besides.
            assert!(ours.bytes_new <= 2_030_002, "{}", ours.bytes_new);
            history.push((ours.snapshot, round));

            fs::write(source.join(format!("theirs {round}")), rows(round << 33, 1_500_000)).unwrap();
            let summary = backup(&bench, &ours.snapshot);
            let expected = 2 * (round + 1) + round;
            assert_eq!(summary["files_unmodified"], expected, "kept from our snapshot: {summary}");
            assert_eq!(summary["files_new"], 1, "{summary}");
            let theirs = newest_of_restic(&bench, &summary);
            history.push((theirs, round));
            parent = Some(theirs);
        }
        assert_sound(&bench);
        read_all(&bench, &history);
    }
}

fn newest_of_restic(bench: &Bench, summary: &Value) -> SnapshotId {
    bench.vault.refresh().unwrap();
    let short = summary["snapshot_id"].as_str().unwrap();
    let snapshots = snapshots(&bench.vault).unwrap();
    snapshots.iter().find(|snapshot| snapshot.id.to_string().starts_with(short)).unwrap().id
}

/// Each side reads the snapshots of both.
fn read_all(bench: &Bench, history: &[(SnapshotId, u64)]) {
    assert_eq!(snapshots(&bench.vault).unwrap().len(), history.len());
    for (number, (snapshot, round)) in history.iter().enumerate() {
        let out = bench.directory.path().join(format!("restic {number}"));
        bench.restic(&["restore", &snapshot.to_string(), "--target", out.to_str().unwrap()]).unwrap();
        let ours = bench.directory.path().join(format!("ours {number}"));
        assert_eq!(bench.vault.restore(snapshot, &ours, &Cancel::new()).unwrap().problems, []);
        assert_same_directories(&ours.join("source"), &out.join("source"));
        for past in 0..=*round {
            assert!(bench.read(snapshot, &format!("/source/rows {past}")) == rows(past << 32, 2_000_000));
            assert!(bench.read(snapshot, &format!("/source/small {past}")) == noise(past, 30_000));
        }
    }
}

#[test]
fn small_files_are_stored_once_whoever_writes_them() {
    let Some(bench) = by_restic("2") else { return };
    let source = bench.directory.path().join("source");
    fs::create_dir(&source).unwrap();
    for number in 0..20 {
        fs::write(source.join(format!("theirs {number}")), noise(number, 50_000)).unwrap();
    }
    bench.restic(&["backup", "source"]).unwrap();
    let theirs = newest(&bench.vault);
    let ours = write_ours(&bench, &source, None, &[]);
    assert_eq!((ours.bytes, ours.bytes_new), (1_000_002, 2), "all but the manifest was there");

    for number in 0..20 {
        fs::write(source.join(format!("ours {number}")), noise(100 + number, 50_000)).unwrap();
    }
    write_ours(&bench, &source, Some(theirs), &[]);
    let summary = backup(&bench, &theirs);
    assert_eq!(summary["files_new"], 20);
    assert!(summary["data_added"].as_u64().unwrap() < 60_000, "trees alone: {summary}");
    assert_sound(&bench);
}
