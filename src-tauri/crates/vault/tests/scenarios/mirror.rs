//! Mirrors: what a second place has is whole at every moment, and restic reads it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vault::{
    Cancel, CheckOptions, FileKind, LocalStore, MirrorOptions, MirrorReport, PruneOptions, Slice, SnapshotId,
    Store, StoreError, StoredFile, Vault, VaultError,
};

use crate::bench::{Bench, PASSWORD, noise, open, restic_output, rows, snapshots};

fn place(bench: &Bench) -> PathBuf {
    bench.directory.path().join("mirror").join("repo")
}

fn made(bench: &Bench) -> Arc<dyn Store> {
    let place = place(bench);
    let store = match LocalStore::open(&place) {
        Ok(store) => store,
        Err(_) => LocalStore::create(&place).unwrap(),
    };
    Arc::new(store)
}

fn mirror_to(bench: &Bench, to: Arc<dyn Store>, may_go: &[SnapshotId]) -> Result<MirrorReport, VaultError> {
    let may_go = |id: &SnapshotId| may_go.contains(id);
    let options = MirrorOptions { username: "ada", may_go: &may_go, again: &[] };
    bench.vault.mirror(to, options, &|_| {}, &Cancel::new())
}

fn mirror(bench: &Bench, may_go: &[SnapshotId]) -> MirrorReport {
    mirror_to(bench, made(bench), may_go).unwrap()
}

/// The mirror opened as what it is: a repository of its own.
fn assert_whole(place: &Path) -> Vault {
    let vault = open(place, PASSWORD).unwrap();
    let options = CheckOptions { data: Some(Slice { n: 1, t: 1 }) };
    assert_eq!(vault.check(options, &|_| {}, &Cancel::new()).unwrap().problems, []);
    vault
}

fn restic_agrees(bench: &Bench) {
    let parent = place(bench).parent().unwrap().to_owned();
    let Some(output) = restic_output(&parent, &["check", "--read-data"]) else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("no errors were found"), "{said}");
}

fn files(place: &Path, kind: &str) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut look = vec![place.join(kind)];
    while let Some(directory) = look.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                look.push(entry.path());
            } else {
                found.push((entry.file_name().into_string().unwrap(), metadata.len()));
            }
        }
    }
    found.sort();
    found
}

fn assert_same(bench: &Bench) {
    for kind in ["keys", "snapshots", "index", "data"] {
        assert_eq!(files(&bench.repo(), kind), files(&place(bench), kind), "{kind}");
    }
}

fn two(bench: &Bench) -> [SnapshotId; 2] {
    [1, 2].map(|number| {
        let (own, shared) = (noise(number, 2_000_000), noise(100, 1_000_000));
        bench.write(&[("/own", &own), ("/shared", &shared), ("/rows", &rows(number, 300_000))]).snapshot
    })
}

#[test]
fn a_mirror_is_a_repository_that_restic_reads_and_a_second_run_copies_nothing() {
    let bench = Bench::new();
    let both = two(&bench);
    let report = mirror(&bench, &[]);
    assert!(report.copied_bytes > 5_000_000 && report.removed_files == 0, "{report:?}");
    assert_eq!(report.snapshots.len(), 2);
    assert_same(&bench);
    restic_agrees(&bench);
    let there = Bench { vault: assert_whole(&place(&bench)), directory: bench.directory };
    assert!(there.read(&both[1], "/own") == noise(2, 2_000_000));
    let bench = Bench { vault: open(&there.repo(), PASSWORD).unwrap(), directory: there.directory };

    let again = mirror(&bench, &[]);

    assert_eq!((again.copied_files, again.removed_files), (0, 0));
    bench.write(&[("/more", &noise(3, 10_000))]);
    let more = mirror(&bench, &[]);
    assert!((1..100_000).contains(&more.copied_bytes), "only what is new: {more:?}");
    assert_same(&bench);
    assert!(files(&place(&bench), "locks").is_empty() && files(&bench.repo(), "locks").is_empty());
}

#[test]
fn what_was_removed_on_purpose_and_pruned_goes_from_the_mirror_too() {
    let bench = Bench::new();
    let [gone, kept] = two(&bench);
    mirror(&bench, &[]);
    bench.vault.forget(&gone).unwrap();
    let options = PruneOptions { unused_percent_max: 0 };
    let plan = bench.vault.plan_prune(options, &|_| {}, &Cancel::new()).unwrap();
    bench.vault.prune(options, &plan.seen, "ada", &|_| {}, &Cancel::new()).unwrap();

    let report = mirror(&bench, &[gone]);

    assert!(report.removed_bytes > 1_900_000, "{report:?}");
    assert_eq!(report.snapshots, [kept]);
    assert_same(&bench);
    assert_whole(&place(&bench));
    restic_agrees(&bench);
}

#[test]
fn what_the_vault_lost_stays_in_the_mirror_with_all_its_data() {
    let bench = Bench::new();
    let [lost, kept] = two(&bench);
    mirror(&bench, &[]);
    bench.vault.forget(&lost).unwrap();
    let options = PruneOptions { unused_percent_max: 0 };
    let plan = bench.vault.plan_prune(options, &|_| {}, &Cancel::new()).unwrap();
    bench.vault.prune(options, &plan.seen, "ada", &|_| {}, &Cancel::new()).unwrap();
    let newer = bench.write(&[("/newer", &noise(7, 500_000))]).snapshot;

    let report = mirror(&bench, &[]);

    assert_eq!((report.only_here.as_slice(), report.removed_files), (&[lost][..], 0));
    let there = Bench { vault: assert_whole(&place(&bench)), directory: bench.directory };
    assert!(there.read(&lost, "/own") == noise(1, 2_000_000));
    assert!(there.read(&kept, "/own") == noise(2, 2_000_000));
    assert!(there.read(&newer, "/newer") == noise(7, 500_000));
}

fn empty(bench: &Bench, kinds: &[&str]) {
    for kind in kinds {
        fs::remove_dir_all(bench.repo().join(kind)).unwrap();
        fs::create_dir(bench.repo().join(kind)).unwrap();
    }
}

#[test]
fn a_vault_that_is_emptied_in_any_part_takes_nothing_from_its_mirror() {
    for kinds in
        [&["snapshots", "index", "data"][..], &["index", "data"], &["index"], &["data"], &["snapshots"]]
    {
        let bench = Bench::new();
        two(&bench);
        mirror(&bench, &[]);
        empty(&bench, kinds);
        // By the process that had it open, and by one that opens it now.
        for again in [false, true] {
            let report = if again {
                let vault = open(&bench.repo(), PASSWORD).unwrap();
                let options = MirrorOptions { username: "ada", may_go: &|_| false, again: &[] };
                vault.mirror(made(&bench), options, &|_| {}, &Cancel::new()).unwrap()
            } else {
                mirror(&bench, &[])
            };
            assert_eq!(report.removed_files, 0, "{kinds:?}: {report:?}");
            let lost = if kinds.contains(&"snapshots") { 2 } else { 0 };
            assert_eq!(report.only_here.len(), lost, "{kinds:?}");
            assert_eq!(report.vault_lacks.is_some(), lost == 0, "{kinds:?}: {report:?}");
            assert_eq!(snapshots(&assert_whole(&place(&bench))).unwrap().len(), 2);
        }
    }
}

#[test]
fn keys_of_a_mirror_never_go_and_one_that_rotted_is_copied_again() {
    let bench = Bench::new();
    two(&bench);
    let second = bench.vault.add_key(&vault::Password::new("second"), &crate::bench::owner()).unwrap();
    mirror(&bench, &[]);
    let key = place(&bench).join("keys").join(&second);
    let whole = fs::read(&key).unwrap();
    fs::write(&key, vec![b' '; whole.len()]).unwrap();
    assert_eq!(mirror(&bench, &[]).copied_files, 1);
    assert_eq!(fs::read(&key).unwrap(), whole);
    empty(&bench, &["keys"]);
    assert_eq!(mirror(&bench, &[]).removed_files, 0);
    assert_whole(&place(&bench));
    assert!(open(&place(&bench), "second").is_ok());
}

/// The largest pack of the vault.
fn largest_pack(bench: &Bench) -> PathBuf {
    let packs = bench.files("data");
    packs.into_iter().max_by_key(|pack| fs::metadata(pack).unwrap().len()).unwrap()
}

#[test]
fn a_pack_that_the_vault_lost_stays_in_the_mirror_also_after_the_next_backup_and_a_repair() {
    let bench = Bench::new();
    let [first, _] = two(&bench);
    mirror(&bench, &[]);
    fs::remove_file(largest_pack(&bench)).unwrap();
    // The next writer forgets what is not there any more.
    bench.write(&[("/newer", &noise(11, 300_000))]);
    let report = mirror(&bench, &[]);
    assert!(report.removed_files == 0 && report.vault_lacks.is_some(), "{report:?}");
    // So does the index that a repair makes again.
    bench.vault.repair("ada", &|_| {}, &Cancel::new()).unwrap();
    let report = mirror(&bench, &[]);
    assert!(report.removed_files == 0 && report.vault_lacks.is_some(), "{report:?}");
    let there = Bench { vault: assert_whole(&place(&bench)), directory: bench.directory };
    assert!(there.read(&first, "/own") == noise(1, 2_000_000));
}

#[test]
fn what_only_the_mirror_has_stays_while_what_replaces_it_is_not_there_yet() {
    let bench = Bench::new();
    let [first, _] = two(&bench);
    mirror(&bench, &[]);
    // The vault lost a pack, and its index was made again without it.
    fs::remove_file(largest_pack(&bench)).unwrap();
    bench.vault.repair("ada", &|_| {}, &Cancel::new()).unwrap();
    // While the vault is copied, a backup stores anew what was lost, and the vault is whole again.
    let beside = open(&bench.repo(), PASSWORD).unwrap();
    let made_once = AtomicUsize::new(0);
    let tell = |_| {
        if made_once.fetch_add(1, Ordering::Relaxed) == 0 {
            let writer = beside.begin(crate::bench::options(None), Cancel::new()).unwrap();
            for number in [1, 2] {
                writer
                    .file(&format!("/own{number}"), &crate::bench::meta(), &noise(number, 2_000_000)[..])
                    .unwrap();
                writer
                    .file(&format!("/rows{number}"), &crate::bench::meta(), &rows(number, 300_000)[..])
                    .unwrap();
            }
            writer.file("/shared", &crate::bench::meta(), &noise(100, 1_000_000)[..]).unwrap();
            writer.commit(b"{}").unwrap();
        }
    };
    let options = MirrorOptions { username: "ada", may_go: &|_| false, again: &[] };
    let report = bench.vault.mirror(made(&bench), options, &tell, &Cancel::new()).unwrap();
    assert_eq!(report.removed_files, 0, "{report:?}");
    let there = Bench { vault: assert_whole(&place(&bench)), directory: bench.directory };
    assert!(there.read(&first, "/own") == noise(1, 2_000_000));
    let bench = Bench { vault: open(&there.repo(), PASSWORD).unwrap(), directory: there.directory };
    // With the next copy it is there, and what it replaces may go.
    mirror(&bench, &[]);
    assert_whole(&place(&bench));
}

#[test]
fn a_pack_that_rotted_in_the_vault_stays_whole_in_the_mirror_after_a_repair() {
    let bench = Bench::new();
    let [first, _] = two(&bench);
    mirror(&bench, &[]);
    let pack = largest_pack(&bench);
    let mut bytes = fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&pack, &bytes).unwrap();
    bench.vault.repair("ada", &|_| {}, &Cancel::new()).unwrap();

    let report = mirror_to(&bench, made(&bench), &[]);

    assert!(report.is_ok_and(|report| report.removed_files == 0 && report.vault_lacks.is_some()));
    let there = Bench { vault: assert_whole(&place(&bench)), directory: bench.directory };
    assert!(there.read(&first, "/own") == noise(1, 2_000_000));
}

/// A mirror's store that ends after so many changes, as a process that is killed does.
struct Ending {
    inner: Arc<dyn Store>,
    left: AtomicUsize,
}

impl Ending {
    fn step(&self) -> Result<(), StoreError> {
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        taken.map(drop).map_err(|_| StoreError::Full { place: "the end".to_owned() })
    }
}

impl Store for Ending {
    fn place(&self) -> String {
        self.inner.place()
    }
    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError> {
        self.step()?;
        self.inner.put(kind, name, data)
    }
    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError> {
        self.inner.get(kind, name)
    }
    fn get_range(&self, kind: FileKind, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        self.inner.get_range(kind, name, offset, length)
    }
    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError> {
        self.inner.size(kind, name)
    }
    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        self.inner.list(kind)
    }
    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        // Locks are given back also by those who fail.
        if kind != FileKind::Lock {
            self.step()?;
        }
        self.inner.remove(kind, name)
    }
}

#[test]
fn whenever_a_mirror_ends_early_every_snapshot_that_it_lists_is_whole() {
    let bench = Bench::new();
    let [gone, _] = two(&bench);
    mirror(&bench, &[]);
    bench.write(&[("/newer", &noise(8, 3_000_000))]);
    bench.vault.forget(&gone).unwrap();
    let options = PruneOptions { unused_percent_max: 0 };
    let plan = bench.vault.plan_prune(options, &|_| {}, &Cancel::new()).unwrap();
    bench.vault.prune(options, &plan.seen, "ada", &|_| {}, &Cancel::new()).unwrap();
    let mut ended_early = 0;
    for steps in 0..200 {
        let ending = Ending { inner: made(&bench), left: AtomicUsize::new(steps) };
        // Each time from where the last one ended.
        let ended = mirror_to(&bench, Arc::new(ending), &[gone]);
        let there = assert_whole(&place(&bench));
        assert!(!snapshots(&there).unwrap().is_empty());
        if ended.is_ok() {
            break;
        }
        ended_early += 1;
    }
    assert!(ended_early > 3, "{ended_early}");
    assert_same(&bench);
}

#[test]
fn what_is_damaged_in_the_vault_is_not_copied_and_the_mirror_keeps_what_it_had() {
    let bench = Bench::new();
    let [first, _] = two(&bench);
    mirror(&bench, &[]);
    let before = files(&place(&bench), "snapshots");
    let old = bench.files("data");
    bench.write(&[("/newer", &noise(9, 400_000))]);
    let new = bench.files("data").into_iter().find(|pack| !old.contains(pack)).unwrap();
    let mut bytes = fs::read(&new).unwrap();
    bytes[100] ^= 1;
    fs::write(&new, &bytes).unwrap();

    let failed = mirror_to(&bench, made(&bench), &[]);

    let name = new.file_name().unwrap().to_str().unwrap();
    assert!(matches!(&failed, Err(VaultError::Damaged { file, .. }) if file.ends_with(name)), "{failed:?}");
    assert_eq!(files(&place(&bench), "snapshots"), before);
    let there = Bench { vault: assert_whole(&place(&bench)), directory: bench.directory };
    assert!(there.read(&first, "/own") == noise(1, 2_000_000));
}

#[test]
fn what_is_damaged_in_the_mirror_is_copied_again_where_it_is_named() {
    let bench = Bench::new();
    two(&bench);
    mirror(&bench, &[]);
    let (name, _) = files(&place(&bench), "data").remove(0);
    let pack = place(&bench).join("data").join(&name[..2]).join(&name);
    let mut bytes = fs::read(&pack).unwrap();
    bytes[100] ^= 1;
    fs::write(&pack, &bytes).unwrap();
    let (again, may_go) = ([name.parse().unwrap()], |_: &SnapshotId| false);
    let options = MirrorOptions { username: "ada", may_go: &may_go, again: &again };
    let report = bench.vault.mirror(made(&bench), options, &|_| {}, &Cancel::new()).unwrap();
    assert_eq!(report.copied_files, 1);
    assert_whole(&place(&bench));
}

#[test]
fn a_place_with_anything_else_in_it_is_refused_and_left_alone() {
    let bench = Bench::new();
    two(&bench);
    let other = Bench::new();
    other.write(&[("/other", &noise(5, 10_000))]);
    let store = Arc::new(LocalStore::open(other.repo()).unwrap());
    let refused = mirror_to(&bench, store, &[]);
    assert!(matches!(refused, Err(VaultError::OtherRepository { .. })), "{refused:?}");
    assert_eq!(snapshots(&other.vault).unwrap().len(), 1);
    fs::remove_file(other.repo().join("config")).unwrap();
    let headless = Ending { inner: made(&bench), left: AtomicUsize::new(999) };
    headless.put(FileKind::Data, &"0".repeat(64), b"somebody's").unwrap();
    let refused = mirror_to(&bench, Arc::new(headless), &[]);
    assert!(matches!(refused, Err(VaultError::NotEmpty { .. })), "{refused:?}");
}

#[test]
fn a_mirror_that_somebody_reads_is_not_written_to() {
    let bench = Bench::new();
    two(&bench);
    mirror(&bench, &[]);
    let reader = open(&place(&bench), PASSWORD).unwrap();
    let writer = reader.begin(crate::bench::options(None), Cancel::new()).unwrap();
    let refused = mirror_to(&bench, made(&bench), &[]);
    assert!(matches!(refused, Err(VaultError::Locked { .. })), "{refused:?}");
    drop(writer);
    mirror(&bench, &[]);
}

/// A mirror's store whose lock somebody removes after the first pack is there, as happens to a computer that sleeps.
struct Sleeping(Arc<dyn Store>);

impl Store for Sleeping {
    fn place(&self) -> String {
        self.0.place()
    }
    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError> {
        self.0.put(kind, name, data)?;
        if kind == FileKind::Data {
            for lock in self.0.list(FileKind::Lock)? {
                self.0.remove(FileKind::Lock, &lock.name)?;
            }
        }
        Ok(())
    }
    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError> {
        self.0.get(kind, name)
    }
    fn get_range(&self, kind: FileKind, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        self.0.get_range(kind, name, offset, length)
    }
    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError> {
        self.0.size(kind, name)
    }
    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        self.0.list(kind)
    }
    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        self.0.remove(kind, name)
    }
}

#[test]
fn a_mirror_whose_lock_was_lost_lists_nothing_of_what_it_copied_before() {
    let bench = Bench::new();
    two(&bench);
    mirror(&bench, &[]);
    let before = ["index", "snapshots"].map(|kind| files(&place(&bench), kind));
    bench.write(&[("/newer", &noise(8, 3_000_000))]);

    let ended = mirror_to(&bench, Arc::new(Sleeping(made(&bench))), &[]);

    assert!(matches!(ended, Err(VaultError::Stale { .. })), "{ended:?}");
    assert_eq!(["index", "snapshots"].map(|kind| files(&place(&bench), kind)), before);
    assert_whole(&place(&bench));
    mirror(&bench, &[]);
    assert_same(&bench);
}
