//! What holds when something fails, each promise by its name.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vault::{Cancel, CheckOptions, FileKind, LocalStore, Password, SnapshotId, Vault, VaultError};

use crate::fault::{Fault, Place};
use crate::random::noise;
use crate::restic;
use crate::world::{
    Files, MANIFEST, PASSWORD, World, check, commit, meta, options, owner, scratch, verify, with_manifest,
};

fn files(names: &[&str], stream: u64, length: usize) -> Files {
    let file = |(number, name): (usize, &&str)| {
        ((*name).to_owned(), Arc::new(noise(stream + number as u64, length)))
    };
    names.iter().enumerate().map(file).collect()
}

/// Yields a number of bytes, then fails.
struct Ending(u64, io::ErrorKind);

impl Read for Ending {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(self.1.into());
        }
        let count = buffer.len().min(usize::try_from(self.0).unwrap());
        self.0 -= count as u64;
        Ok(count)
    }
}

#[test]
fn a_source_that_breaks_off_leaves_no_snapshot_wherever_it_does() {
    let world = World::in_memory(1);
    let vault = &world.processes[0].vault;
    for kind in [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset] {
        for bytes in [0, 1, 65_536, 3_000_000] {
            let writer = vault.begin(options(None), Cancel::new()).unwrap();
            writer.file("/good", &meta(), &b"good"[..]).unwrap();
            let broken = writer.file("/broken", &meta(), Ending(bytes, kind));
            assert!(
                matches!(&broken, Err(VaultError::Source { path, .. }) if path == "/broken"),
                "{broken:?}"
            );
            let after = writer.file("/after", &meta(), &b"after"[..]);
            assert!(after.is_err(), "nothing is taken once a source failed");
            assert!(matches!(writer.commit(MANIFEST), Err(VaultError::Source { .. })));
        }
    }
    world.verify(0).unwrap();
}

fn pack_of(world: &World, known: &BTreeSet<String>) -> String {
    let new: Vec<String> = world.names(FileKind::Data).difference(known).cloned().collect();
    let size = |name: &String| world.store().size(FileKind::Data, name).unwrap();
    new.into_iter().max_by_key(size).unwrap()
}

#[test]
fn one_bad_block_costs_one_file_which_is_named() {
    let world = World::in_memory(1);
    let vault = &world.processes[0].vault;
    let files = files(&["/a", "/b", "/c", "/d"], 10, 50_000);
    let id = commit(vault, &files).unwrap();
    let pack = pack_of(&world, &BTreeSet::new());
    let mut content = world.store().get(FileKind::Data, &pack).unwrap();
    content[120_000] ^= 1;
    world.store().put(FileKind::Data, &pack, &content).unwrap();

    let target = scratch();
    let report = vault.restore(&id, target.path(), &Cancel::new()).unwrap();

    let [problem] = report.problems.as_slice() else { panic!("{:?}", report.problems) };
    let lost: Vec<&String> = files
        .iter()
        .filter(|(path, content)| fs::read(target.path().join(&path[1..])).ok() != Some(content.to_vec()))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(lost, [&problem.file]);
    assert!(!target.path().join(&problem.file[1..]).exists(), "nothing half restored is left");
    let mut read = Vec::new();
    let failed = vault.read(&id, &problem.file).unwrap().read_to_end(&mut read).unwrap_err();
    assert!(failed.to_string().contains(&pack), "{failed}");
}

#[test]
fn two_writers_at_the_same_time_both_commit() {
    let mut world = World::in_memory(2);
    let (one, two) = (files(&["/x", "/one"], 1, 400_000), files(&["/x", "/two"], 1, 400_000));
    let begin = |process: usize| world.processes[process].vault.begin(options(None), Cancel::new()).unwrap();
    let (first, second) = (begin(0), begin(1));
    for (path, content) in &one {
        first.file(path, &meta(), &content[..]).unwrap();
        second.file(path, &meta(), &two.get(path).unwrap_or(content)[..]).unwrap();
    }
    second.file("/two", &meta(), &two["/two"][..]).unwrap();
    let written = [first.commit(MANIFEST), second.commit(MANIFEST)].map(|written| written.unwrap().snapshot);
    let mut of_second = two.clone();
    of_second.insert("/one".to_owned(), Arc::clone(&one["/one"]));
    world.model.insert(written[0], with_manifest(one));
    world.model.insert(written[1], with_manifest(of_second));
    for process in 0..2 {
        world.verify(process).unwrap();
    }
    world.check(0).unwrap();
}

/// Something that a vault can be asked for.
type Use<'a> = &'a dyn Fn(&Vault) -> Result<(), VaultError>;

/// Whatever relies on a listing fails with it.
#[test]
fn a_listing_that_fails_is_an_error_and_never_an_empty_list() {
    let world = World::in_memory(1);
    let process = &world.processes[0];
    commit(&process.vault, &files(&["/a"], 1, 1000)).unwrap();
    let check = CheckOptions { data: None };
    let uses: [(&str, Use); 7] = [
        ("snapshots", &|vault| vault.snapshot_ids().map(drop)),
        ("begin", &|vault| vault.begin(options(None), Cancel::new()).map(drop)),
        ("refresh", &|vault| vault.refresh()),
        ("stats", &|vault| vault.stats().map(drop)),
        ("check", &|vault| vault.check(check, &|_| {}, &Cancel::new()).map(drop)),
        ("rebuild", &|vault| vault.repair("ada", &|_| {}, &Cancel::new()).map(drop)),
        ("locks", &|vault| vault.locks().map(drop)),
    ];
    let mut listings = 0;
    for (name, run) in uses {
        process.store.fail_at(usize::MAX, Fault::Error);
        run(&process.vault).unwrap();
        for (at, call) in process.store.heal().iter().enumerate().filter(|(_, call)| call.starts_with("list"))
        {
            process.store.fail_at(at, Fault::Error);
            assert!(run(&process.vault).is_err(), "{name} ignores that {call} fails");
            process.store.heal();
            listings += 1;
        }
    }
    assert!(listings >= 12, "{listings}");
}

#[test]
fn a_directory_that_is_lost_is_an_error_of_the_listing() {
    let world = World::on_disk(1);
    let Place::Local(store, root) = &world.place else { panic!("not on a disk") };
    for (kind, directory) in
        [(FileKind::Snapshot, "snapshots"), (FileKind::Index, "index"), (FileKind::Data, "data")]
    {
        let (here, there): (PathBuf, PathBuf) = (root.join(directory), root.join("elsewhere"));
        fs::rename(&here, &there).unwrap();
        let listed = vault::Store::list(&**store, kind);
        fs::rename(&there, &here).unwrap();
        assert!(listed.is_err(), "{directory}: {listed:?}");
    }
}

#[test]
fn a_creation_that_was_interrupted_takes_no_key_away_and_nothing_of_others_is_touched() {
    let directory = scratch();
    let root = directory.path().join("repo");
    let create = || {
        let store = LocalStore::create(&root).map_err(VaultError::from)?;
        Vault::create(Arc::new(store), &Password::new(PASSWORD), &owner())
    };
    let keys = || -> Vec<PathBuf> {
        fs::read_dir(root.join("keys")).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    drop(create().unwrap());
    fs::remove_file(root.join("config")).unwrap();
    fs::remove_dir(root.join("data/17")).unwrap();
    // A folder that is half synced looks the same, and this may be the only key of what comes.
    let left = keys();
    assert!(matches!(create().map(drop), Err(VaultError::NotEmpty { .. })), "there is a key");
    assert_eq!(keys(), left);
    // A person may take it away.
    fs::remove_file(&left[0]).unwrap();
    drop(create().unwrap());
    assert!(matches!(create().map(drop), Err(VaultError::NotEmpty { .. })), "now it is a vault");

    fs::remove_file(root.join("config")).unwrap();
    fs::remove_file(&keys()[0]).unwrap();
    for path in ["letter", "keys/id_rsa", "tmp/letter", "data/00/letter", "snapshots/letter", "data/letter"] {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), "dear").unwrap();
        assert!(matches!(create().map(drop), Err(VaultError::NotEmpty { .. })), "{path}");
        assert_eq!(fs::read(root.join(path)).unwrap(), b"dear");
        fs::remove_file(root.join(path)).unwrap();
    }
}

/// A source without an end, of which no two chunks are alike.
struct Endless<'a>(u64, &'a AtomicU64);

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0 += 1;
        buffer.fill(0);
        buffer[..8].copy_from_slice(&self.0.to_le_bytes());
        self.1.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        Ok(buffer.len())
    }
}

#[test]
fn a_store_that_breaks_ends_the_job_however_much_is_left_to_read() {
    for call in [9, 12] {
        let world = World::in_memory(1);
        let process = &world.processes[0];
        process.store.fail_at(call, Fault::Kill);
        let read = AtomicU64::new(0);
        let writer = process.vault.begin(options(None), Cancel::new()).unwrap();
        // Noise fills packs soon: zeros would not.
        let failed = writer.file("/endless", &meta(), Noisy(Endless(0, &read)));
        assert!(matches!(failed, Err(VaultError::Io { .. })), "{failed:?}");
        assert!(writer.commit(MANIFEST).is_err());
        let megabytes = read.load(Ordering::Relaxed) >> 20;
        assert!(megabytes < 400, "{megabytes} MiB were read for nothing");
    }
}

struct Noisy<'a>(Endless<'a>);

impl Read for Noisy<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        buffer[..count].copy_from_slice(&noise(self.0.0, count));
        Ok(count)
    }
}

#[test]
fn what_stood_in_a_lost_pack_is_stored_again_by_the_next_run() {
    for reopened in [false, true] {
        let mut world = World::in_memory(1);
        let files = files(&["/a", "/b"], 30, 100_000);
        let old = commit(&world.processes[0].vault, &files).unwrap();
        let pack = pack_of(&world, &BTreeSet::new());
        world.store().remove(FileKind::Data, &pack).unwrap();
        if reopened {
            world.restart(0).unwrap();
        }
        let vault = world.processes[0].vault.clone();
        // Neither is content taken over that is not there,
        let writer = vault.begin(options(Some(old)), Cancel::new()).unwrap();
        assert!(matches!(writer.keep("/a"), Err(VaultError::Missing { .. })));
        drop(writer);
        // nor does the index vouch for it; and the old snapshot is whole again with the new one.
        let new = commit(&vault, &files).unwrap();
        for id in [old, new] {
            world.model.insert(id, with_manifest(files.clone()));
        }
        world.verify(0).unwrap();
        world.restart(0).unwrap();
        world.verify(0).unwrap();
        vault.repair("ada", &|_| {}, &Cancel::new()).unwrap();
        world.check(0).unwrap();
    }
}

#[test]
fn a_pack_that_came_back_is_found_again() {
    let world = World::in_memory(1);
    let vault = &world.processes[0].vault;
    let files = files(&["/a"], 40, 100_000);
    let id = commit(vault, &files).unwrap();
    let pack = pack_of(&world, &BTreeSet::new());
    let content = world.store().get(FileKind::Data, &pack).unwrap();
    world.store().remove(FileKind::Data, &pack).unwrap();
    let lost = vault.read(&id, "/a").unwrap().read_to_end(&mut Vec::new()).unwrap_err();
    assert!(lost.to_string().contains(&pack), "the pack is named: {lost}");
    world.store().put(FileKind::Data, &pack, &content).unwrap();
    drop(vault.begin(options(None), Cancel::new()).unwrap());
    verify(vault, &[(id, with_manifest(files))].into()).unwrap();
}

/// A window that is open all day must not take what another program moved for lost.
#[test]
fn a_vault_that_was_open_while_restic_pruned_reads_on_and_writes_on() {
    if !restic::is_there() {
        return;
    }
    let world = World::on_disk(1);
    let vault = &world.processes[0].vault;
    let (kept, forgotten) = (files(&["/kept"], 50, 90_000), files(&["/kept", "/gone"], 50, 90_000));
    let gone = commit(vault, &forgotten).unwrap();
    let id = commit(vault, &kept).unwrap();
    vault.forget(&gone).unwrap();
    let before = world.names(FileKind::Data);
    let pruned = std::process::Command::new("restic")
        .args(["--no-cache", "prune", "--max-unused", "0", "-r"])
        .arg(world.directory().join("repo"))
        .env("RESTIC_PASSWORD", crate::world::PASSWORD)
        .output()
        .unwrap();
    assert!(pruned.status.success(), "{}", String::from_utf8_lossy(&pruned.stderr));
    assert!(!before.is_subset(&world.names(FileKind::Data)), "restic repacked");
    let model = [(id, with_manifest(kept.clone()))].into();
    verify(vault, &model).unwrap();
    let again: SnapshotId = commit(vault, &forgotten).unwrap();
    verify(vault, &[(id, with_manifest(kept)), (again, with_manifest(forgotten))].into()).unwrap();
    check(vault).unwrap();
    world.judge().unwrap();
}
