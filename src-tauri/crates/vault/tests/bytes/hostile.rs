//! Repositories whose writer has the keys and means harm, or has lost its mind: everything is
//! authentic, and nothing is reasonable. It costs an error, never memory, reads without end or a path
//! outside.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;
use vault::{
    BeginOptions, Cancel, CheckOptions, FileKind, Finding, Id, LocalStore, Password, Slice, SnapshotId,
    Store, StoreError, StoredFile, Vault, VaultError,
};

use crate::forge::{Blob, Forge};

const PASSWORD: &str = "first";
/// A claim of four GiB or more that is believed ends the tests.
#[cfg(target_os = "linux")]
const ADDRESSES_MAX: u64 = 3 << 30;
/// What is in memory at most.
#[cfg(target_os = "linux")]
const RESIDENT_KIB_MAX: u64 = 1 << 20;
/// What all of a scene reads at most: many times what its few files need, and nothing against what they
/// may unfold to.
const READS_MAX: u64 = 1_000_000;

/// From here on, the process gets no more than three GiB of addresses.
pub(crate) fn limit_memory() {
    #[cfg(target_os = "linux")]
    {
        let limit = rustix::process::Rlimit { current: Some(ADDRESSES_MAX), maximum: None };
        rustix::process::setrlimit(rustix::process::Resource::As, limit).unwrap();
    }
}

/// The most that the process ever had in memory.
fn assert_memory_was_bounded() {
    #[cfg(target_os = "linux")]
    {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        eprintln!("at most {} MiB in memory so far", kib >> 10);
        assert!(kib < RESIDENT_KIB_MAX, "{kib} KiB");
    }
}

/// A place that gives no more once it was read from too often.
struct Sparing {
    store: LocalStore,
    reads: Arc<AtomicU64>,
}

impl Sparing {
    fn read<T>(&self, read: impl FnOnce(&LocalStore) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.reads.fetch_add(1, Ordering::Relaxed) < READS_MAX {
            return read(&self.store);
        }
        let source = std::io::Error::other(format!("there were {READS_MAX} reads before"));
        Err(StoreError::Io { action: "read", place: self.place(), source })
    }
}

impl Store for Sparing {
    fn place(&self) -> String {
        self.store.place()
    }

    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError> {
        self.store.put(kind, name, data)
    }

    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError> {
        self.read(|store| store.get(kind, name))
    }

    fn get_range(&self, kind: FileKind, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        self.read(|store| store.get_range(kind, name, offset, length))
    }

    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError> {
        self.read(|store| store.size(kind, name))
    }

    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        self.read(|store| store.list(kind))
    }

    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        self.store.remove(kind, name)
    }
}

pub(crate) struct Scene {
    pub(crate) forge: Forge,
    pub(crate) directory: TempDir,
    reads: Arc<AtomicU64>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        limit_memory();
        let directory = TempDir::new().unwrap();
        let forge = Forge::new(&directory.path().join("repo"), 2, PASSWORD);
        Self { forge, directory, reads: Arc::default() }
    }

    pub(crate) fn open(&self) -> Vault {
        let store = LocalStore::open(&self.forge.repo).unwrap();
        let store = Sparing { store, reads: Arc::clone(&self.reads) };
        Vault::open(Arc::new(store), &Password::new(PASSWORD)).unwrap()
    }

    /// A snapshot of these trees, the root last.
    pub(crate) fn snapshot_of(&self, mut blobs: Vec<Blob>, root: &Value) -> SnapshotId {
        let root = tree(root);
        let id = Id::of(&root.plaintext);
        blobs.push(root);
        let pack = self.forge.pack(&blobs);
        self.forge.index(&[pack]);
        self.forge.snapshot(id)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_memory_was_bounded();
        }
    }
}

pub(crate) fn tree(nodes: &Value) -> Blob {
    Blob { kind: "tree", plaintext: json!({ "nodes": nodes }).to_string().into_bytes(), compressed: None }
}

pub(crate) fn data(content: &[u8]) -> Blob {
    Blob { kind: "data", plaintext: content.to_vec(), compressed: None }
}

pub(crate) fn file(name: &str, content: &[u8], size: u64) -> Value {
    json!({"name": name, "type": "file", "mode": 0o644, "size": size, "content": [Id::of(content).to_string()]})
}

pub(crate) fn check(vault: &Vault) -> Vec<Finding> {
    let options = CheckOptions { data: Some(Slice { n: 1, t: 1 }) };
    vault.check(options, &|_| {}, &Cancel::new()).unwrap().problems
}

pub(crate) fn read(vault: &Vault, snapshot: &SnapshotId, path: &str) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    vault.read(snapshot, path)?.read_to_end(&mut content)?;
    Ok(content)
}

pub(crate) fn has(problems: &[Finding], message: &str) -> bool {
    problems.iter().any(|problem| problem.message.contains(message))
}

#[test]
fn names_that_lead_elsewhere_are_found_and_restore_nothing_outside() {
    let scene = Scene::new();
    let names = ["..", ".", "", "/", "a/b", "/etc/passwd", "../outside", "\\x00", "\\", "\\q", "a\\x2fb"];
    let nodes: Vec<Value> = names.iter().map(|name| file(name, b"x", 1)).collect();
    for node in &nodes {
        let snapshot = scene.snapshot_of(vec![data(b"x")], &json!([node]));
        let vault = scene.open();
        assert!(has(&check(&vault), "its name is none that a directory can hold"), "{node}");
        assert!(matches!(vault.entries(&snapshot), Err(VaultError::Damaged { .. })), "{node}");
        let target = scene.directory.path().join("in/side/target");
        let restored = vault.restore(&snapshot, &target, &Cancel::new());
        assert!(restored.is_err() || !restored.unwrap().problems.is_empty(), "{node}");
        assert_eq!(fs::read_dir(&target).unwrap().count(), 0, "{node}");
    }
    let beside: Vec<PathBuf> =
        fs::read_dir(scene.directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(beside.len(), 2, "the repository and the target: {beside:?}");
}

#[test]
fn a_name_that_stands_twice_in_a_directory_is_found() {
    let scene = Scene::new();
    let nodes = json!([file("a", b"x", 1), file("b", b"x", 1), file("a", b"x", 1)]);
    scene.snapshot_of(vec![data(b"x")], &nodes);
    assert!(has(&check(&scene.open()), "its directory has this name twice"));
}

/// Blobs of directories within each other, the outermost last, around a tree.
fn nested(innermost: &Value, depth: usize) -> Vec<Blob> {
    let mut blobs = vec![tree(innermost)];
    for _ in 0..depth {
        let below = Id::of(&blobs.last().unwrap().plaintext).to_string();
        blobs.push(tree(&json!([{"name": "d", "type": "dir", "subtree": below}])));
    }
    blobs
}

#[test]
fn directories_four_thousand_deep_are_read_checked_and_repaired() {
    let scene = Scene::new();
    let mut blobs = nested(&json!([file("f", b"x", 1)]), 3999);
    let below = Id::of(&blobs.last().unwrap().plaintext).to_string();
    blobs.push(data(b"x"));
    let snapshot = scene.snapshot_of(blobs, &json!([{"name": "d", "type": "dir", "subtree": below}]));
    let vault = scene.open();
    assert_eq!(check(&vault), []);
    assert_eq!(vault.entries(&snapshot).unwrap().len(), 4001);
    assert_eq!(read(&vault, &snapshot, &("/d".repeat(4000) + "/f")).unwrap(), b"x");
    let read_back = vault.read_back(&snapshot, None, &|_| {}, &Cancel::new()).unwrap();
    assert!(read_back.files[0].problem.is_none() && read_back.trees.is_empty(), "{read_back:?}");
    assert_eq!(vault.repair("ada", &|_| {}, &Cancel::new()).unwrap().affected, []);
    // No system has room for all of it; what it has no room for is named.
    let target = scene.directory.path().join("target");
    let restored = vault.restore(&snapshot, &target, &Cancel::new()).unwrap();
    assert!(
        restored.problems.iter().any(|problem| problem.file.ends_with("/f")),
        "{}",
        restored.problems.len()
    );
}

#[test]
fn what_lies_four_thousand_deep_and_is_lost_is_named_by_a_repair() {
    let scene = Scene::new();
    let mut blobs = nested(&json!([file("f", b"lost", 4)]), 3999);
    let below = Id::of(&blobs.last().unwrap().plaintext).to_string();
    blobs.push(data(b"x"));
    let snapshot = scene.snapshot_of(blobs, &json!([{"name": "d", "type": "dir", "subtree": below}]));
    let vault = scene.open();
    assert!(has(&check(&vault), "is in no index"));
    let affected = vault.repair("ada", &|_| {}, &Cancel::new()).unwrap().affected;
    assert!(matches!(&affected[..], [(id, what)] if *id == snapshot && what.contains("“f”")), "{affected:?}");
}

#[test]
fn directories_a_hundred_thousand_deep_are_an_error() {
    let scene = Scene::new();
    let blobs = nested(&json!([]), 100_000);
    let below = Id::of(&blobs.last().unwrap().plaintext).to_string();
    let snapshot = scene.snapshot_of(blobs, &json!([{"name": "d", "type": "dir", "subtree": below}]));
    let vault = scene.open();
    assert!(has(&check(&vault), "it is deeper than"));
    assert!(matches!(vault.entries(&snapshot), Err(VaultError::Damaged { .. })));
    let target = scene.directory.path().join("target");
    assert!(vault.restore(&snapshot, &target, &Cancel::new()).is_err());
    assert!(read(&vault, &snapshot, &"/d".repeat(300)).is_err());
}

#[test]
fn a_few_trees_that_unfold_to_a_trillion_entries_are_checked_with_few_reads() {
    let scene = Scene::new();
    let mut blobs = vec![tree(&json!([file("x", b"x", 1)])), data(b"x")];
    let mut below = Id::of(&blobs[0].plaintext).to_string();
    for _ in 0..6 {
        let dirs: Vec<Value> =
            (0..100).map(|n| json!({"name": format!("{n}"), "type": "dir", "subtree": below})).collect();
        blobs.push(tree(&json!(dirs)));
        below = Id::of(&blobs.last().unwrap().plaintext).to_string();
    }
    scene.snapshot_of(blobs, &json!([{"name": "d", "type": "dir", "subtree": below}]));
    assert_eq!(check(&scene.open()), []);
    let reads = scene.reads.load(Ordering::Relaxed);
    assert!(reads < 200, "{reads} reads, and there are eight trees");
}

#[test]
fn a_tree_that_contains_itself_is_damage() {
    let scene = Scene::new();
    let this = Id::of(b"what no tree can know of itself").to_string();
    let inner = tree(&json!([{"name": "again", "type": "dir", "subtree": this}]));
    let mut pack = scene.forge.pack(&[inner]);
    // The hash cannot be right, but an index may say so.
    pack["blobs"][0]["id"] = json!(this);
    scene.forge.index(&[pack]);
    let snapshot = scene.forge.snapshot(this.parse().unwrap());
    let vault = scene.open();
    let problems = check(&vault);
    assert!(has(&problems, "its hash does not match"), "{problems:?}");
    assert!(has(&problems, "do not list the same blobs"), "{problems:?}");
    assert!(vault.entries(&snapshot).is_err());
}

#[test]
fn sizes_that_no_file_has_are_errors_and_overflow_nothing() {
    let scene = Scene::new();
    for size in [1 << 63, u64::MAX, u64::MAX - 1, 1 << 40, 0] {
        let nodes = json!([file("a", b"x", size), file("b", b"x", size)]);
        let snapshot = scene.snapshot_of(vec![data(b"x")], &nodes);
        let vault = scene.open();
        assert!(has(&check(&vault), "its blobs have 1 byte, and it should have"), "{size}");
        if size > 0 {
            assert!(read(&vault, &snapshot, "/a").is_err(), "{size}");
            let mut beyond = vault.read_range(&snapshot, "/a", size / 2, u64::MAX).unwrap();
            assert!(beyond.read_to_end(&mut Vec::new()).is_err(), "{size}");
        }
        let target = scene.directory.path().join(size.to_string());
        let report = vault.restore(&snapshot, &target, &Cancel::new()).unwrap();
        assert_eq!((report.files, report.problems.len()), (0, 2), "{size}");
        // Taken over into a new snapshot, they are an error as well, or counted without a panic.
        let options = BeginOptions {
            tags: Vec::new(),
            parent: Some(snapshot),
            hostname: "desk".to_owned(),
            username: "ada".to_owned(),
            time: "2026-02-03T05:00:00Z".parse().unwrap(),
        };
        let writer = vault.begin(options, Cancel::new()).unwrap();
        assert!(writer.keep("/a").is_err(), "a damaged file is not taken over: {size}");
        assert!(writer.keep("/b").is_err(), "{size}");
    }
}

#[test]
fn attributes_nested_a_million_deep_are_read_or_refused() {
    let scene = Scene::new();
    let nested = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
    for field in ["extended_attributes", "generic_attributes", "unknown", "content", "name"] {
        let encoded =
            format!("{{\"nodes\":[{{\"name\":\"a\",\"type\":\"irregular\",\"{field}\":{nested}}}]}}");
        let blob = Blob { kind: "tree", plaintext: encoded.into_bytes(), compressed: None };
        let id = Id::of(&blob.plaintext);
        let pack = scene.forge.pack(&[blob]);
        scene.forge.index(&[pack]);
        let snapshot = scene.forge.snapshot(id);
        let vault = scene.open();
        let _ = vault.entries(&snapshot);
        check(&vault);
    }
}
