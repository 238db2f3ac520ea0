//! Repositories that were written once stay readable, checkable and writable, and new content is
//! cut where it was cut before. What they are and how they were made: `golden/README.md`.

#![allow(clippy::disallowed_methods, reason = "tests make and break files, and start programs")]

#[path = "golden/cuts.rs"]
mod cuts;
#[path = "golden/making.rs"]
mod making;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use vault::{EntryKind, Id};

use crate::bench::{Bench, PASSWORD, meta, open};
use making::contents;

const NAMES: [&str; 4] = ["restic-1", "restic-2", "ours-1", "ours-2"];
/// A repository with more has no place among the sources.
const BYTES_MAX: u64 = 100_000;

/// What a golden repository holds, by the names of its snapshots and its files.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listing {
    format: u32,
    snapshots: BTreeMap<String, BTreeMap<String, Listed>>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    kind: String,
    mode: String,
    bytes: u64,
    sha256: Option<String>,
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn is_update() -> bool {
    std::env::var("HOLDFAST_UPDATE_GOLDEN").as_deref() == Ok("1")
}

/// A golden repository's copy, made first if that was asked for.
fn copied(name: &str) -> Bench {
    static MAKING: Mutex<()> = Mutex::new(());
    let (source, listing) = (golden().join(name), golden().join(format!("{name}.json")));
    let making = MAKING.lock();
    if is_update() && !source.exists() {
        making::make(name, &source);
        let bench = copy(&source);
        let format = if name.ends_with('1') { 1 } else { 2 };
        let listed = serde_json::to_string_pretty(&listing_of(&bench, format)).unwrap();
        fs::write(listing, listed + "\n").unwrap();
        return bench;
    }
    drop(making);
    copy(&source)
}

fn copy(source: &Path) -> Bench {
    let directory = TempDir::new().unwrap();
    let repo = directory.path().join("repo");
    making::copy_directory(source, &repo);
    // Git keeps no empty directories.
    for kind in ["keys", "locks", "snapshots", "index", "data"] {
        fs::create_dir_all(repo.join(kind)).unwrap();
    }
    let vault = open(&repo, PASSWORD).unwrap();
    Bench { directory, vault }
}

fn listing_of(bench: &Bench, format: u32) -> Listing {
    let mut snapshots = BTreeMap::new();
    for snapshot in crate::bench::snapshots(&bench.vault).unwrap() {
        let mut files = BTreeMap::new();
        for entry in bench.vault.entries(&snapshot.id).unwrap() {
            let sha256 = (entry.kind == EntryKind::File)
                .then(|| Id::of(&bench.read(&snapshot.id, &entry.path)).to_string());
            let kind = format!("{:?}", entry.kind).to_lowercase();
            let mode = format!("{:o}", entry.mode);
            files.insert(entry.path, Listed { kind, mode, bytes: entry.size, sha256 });
        }
        snapshots.insert(snapshot.id.to_string(), files);
    }
    Listing { format, snapshots }
}

#[test]
fn golden_repositories_are_read_as_they_were_written() {
    for name in NAMES {
        let bench = copied(name);
        let listed: Listing =
            serde_json::from_slice(&fs::read(golden().join(format!("{name}.json"))).unwrap()).unwrap();
        assert_eq!(listing_of(&bench, listed.format), listed, "{name}");
        let (config, _) =
            crate::forge::Forge::of(&bench.repo(), PASSWORD).read_document(&bench.repo().join("config"));
        assert_eq!(config["version"], listed.format, "{name}");
        let digests: Vec<String> =
            contents().iter().map(|(_, content)| Id::of(content).to_string()).collect();
        for files in listed.snapshots.values() {
            let has = |digest: &String| files.values().any(|file| file.sha256.as_ref() == Some(digest));
            assert!(digests.iter().all(has), "{name} holds what it was made of");
        }
        let bytes: u64 = ["config", "keys", "index", "snapshots", "data"]
            .iter()
            .flat_map(|kind| bench.files(kind))
            .map(|file| fs::metadata(file).unwrap().len())
            .sum();
        assert!(bytes < BYTES_MAX, "{name} has {bytes} bytes");
    }
}

#[test]
fn golden_repositories_are_sound_for_us_and_for_restic() {
    for name in NAMES {
        let bench = copied(name);
        assert_eq!(bench.check_all().problems, [], "{name}");
        bench.restic(&["check", "--read-data"]);
    }
}

#[test]
fn golden_repositories_are_written_to_and_what_they_have_is_used() {
    for name in NAMES {
        let bench = copied(name);
        let (contents, writer) = (contents(), bench.begin());
        let mut new = 0;
        for (path, content) in &contents {
            new += writer.file(path, &meta(), &content[..]).unwrap().bytes_new;
        }
        writer.file("/new", &meta(), &b"not there yet"[..]).unwrap();
        let snapshot = writer.commit(b"{}").unwrap().snapshot;
        assert_eq!(new, 0, "{name}: what is there is not stored again");
        for (path, content) in &contents {
            assert!(bench.read(&snapshot, path) == *content, "{name}: {path}");
        }
        assert_eq!(bench.check_all().problems, [], "{name}");
        bench.restic(&["check", "--read-data"]);
    }
}
