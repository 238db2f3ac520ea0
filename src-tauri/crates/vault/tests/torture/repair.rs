//! Packs that are damaged: what is whole in them is kept, what is not is stored again by the next run,
//! and snapshots that need it are named until then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vault::{Cancel, CheckOptions, FileKind, FindingKind, RepairReport, Slice, SnapshotId, Vault};

use crate::random::{content, noise};
use crate::restic;
use crate::world::{Files, World, check, commit, verify, with_manifest};

/// Files of several chunks each, so that a pack holds more than what is damaged.
fn files(number: u64) -> Files {
    let large = |stream: u64| Arc::new(noise(stream, 2_000_000));
    let mut files: Files = (0..3).map(|file| (format!("/{file}"), large(number + file))).collect();
    files.insert("/small".to_owned(), Arc::new(content(number)));
    files
}

fn repair(vault: &Vault) -> RepairReport {
    vault.repair("ada", &|_| {}, &Cancel::new()).unwrap()
}

fn affected(report: &RepairReport) -> BTreeSet<SnapshotId> {
    report.affected.iter().map(|(id, _)| *id).collect()
}

/// The kinds of what a check of all data finds.
fn kinds(vault: &Vault) -> BTreeSet<String> {
    let options = CheckOptions { data: Some(Slice { n: 1, t: 1 }) };
    let report = vault.check(options, &|_| {}, &Cancel::new()).unwrap();
    let kinds: Vec<FindingKind> = report.problems.iter().map(|finding| finding.kind).collect();
    kinds.iter().map(|kind| format!("{kind:?}")).collect()
}

fn only(kind: FindingKind) -> BTreeSet<String> {
    [format!("{kind:?}")].into()
}

/// Flips bits in a file of the store, at these parts in a thousand of its length.
fn damage(world: &World, kind: FileKind, name: &str, parts: &[usize]) {
    let mut content = world.store().get(kind, name).unwrap();
    for part in parts {
        let at = (content.len() * part / 1000).min(content.len() - 10);
        content[at] ^= 0x10;
    }
    world.store().remove(kind, name).unwrap();
    world.store().put(kind, name, &content).unwrap();
}

/// The pack that takes most: it holds data.
fn largest(world: &World) -> String {
    let packs = world.store().list(FileKind::Data).unwrap();
    packs.into_iter().max_by_key(|pack| pack.size).unwrap().name
}

/// A vault on a disk: two snapshots of the same content, and one of other content.
fn world() -> (World, [SnapshotId; 3]) {
    let mut world = World::on_disk(1);
    let vault = world.processes[0].vault.clone();
    let ids = [10, 500, 10].map(|number| {
        let id = commit(&vault, &files(number)).unwrap();
        world.model.insert(id, with_manifest(files(number)));
        id
    });
    (world, ids)
}

#[test]
fn without_a_repair_a_damaged_pack_is_relied_upon_and_with_one_the_next_run_heals_all_snapshots() {
    let (mut world, ids) = world();
    let pack = largest(&world);
    damage(&world, FileKind::Data, &pack, &[300]);
    world.restart(0).unwrap();
    let vault = world.processes[0].vault.clone();
    let bad = commit(&vault, &files(10)).unwrap();
    let read = vault.read_back(&bad, None, &|_| {}, &Cancel::new()).unwrap();
    let other = vault.read_back(&ids[1], None, &|_| {}, &Cancel::new()).unwrap();
    let damaged = |read: &vault::ReadBack| read.files.iter().any(|file| file.problem.is_some());
    assert!(damaged(&read) != damaged(&other), "one content is in the damaged pack, and only one");
    let number = if damaged(&read) { 10 } else { 500 };

    let report = repair(&vault);

    let [problem] = report.problems.as_slice() else { panic!("{report:?}") };
    assert_eq!(problem.file, format!("data/{pack}"));
    assert!(report.blobs_saved > 0, "what is whole in it is kept: {report:?}");
    let hit: BTreeSet<SnapshotId> = if number == 10 { [ids[0], ids[2], bad].into() } else { [ids[1]].into() };
    assert_eq!(affected(&report), hit);
    assert!(world.names(FileKind::Data).contains(&pack), "the damaged pack stays");

    world.model.insert(bad, with_manifest(files(10)));
    let healing = commit(&vault, &files(number)).unwrap();
    world.model.insert(healing, with_manifest(files(number)));
    world.verify(0).unwrap();
    world.restart(0).unwrap();
    world.verify(0).unwrap();
    world.check(0).unwrap();
    // restic finds a pack that nothing needs, and no damage.
    world.judge().unwrap();

    // A second repair finds the same pack, and changes nothing.
    let again = repair(&world.processes[0].vault);
    assert_eq!((again.problems.len(), again.blobs_saved, again.affected.len()), (1, 0, 0), "{again:?}");
    world.verify(0).unwrap();
    world.check(0).unwrap();
}

#[test]
fn a_damaged_pack_with_a_damaged_header_is_asked_about_in_the_old_index() {
    for lose_index in [false, true] {
        let (mut world, _) = world();
        let pack = largest(&world);
        damage(&world, FileKind::Data, &pack, &[300, 1000]);
        if lose_index {
            for name in world.names(FileKind::Index) {
                world.store().remove(FileKind::Index, &name).unwrap();
            }
        }
        world.restart(0).unwrap();
        let report = repair(&world.processes[0].vault);
        assert_eq!(report.problems.len(), 1);
        assert_eq!(report.blobs_saved > 0, !lose_index, "{report:?}");
        for number in [10, 500] {
            let id = commit(&world.processes[0].vault, &files(number)).unwrap();
            world.model.insert(id, with_manifest(files(number)));
        }
        world.verify(0).unwrap();
        world.check(0).unwrap();
        world.judge().unwrap();
    }
}

#[test]
fn every_pack_can_be_damaged_and_nothing_that_is_left_is_lost() {
    let (world, _) = world();
    let packs = world.names(FileKind::Data);
    for pack in &packs {
        damage(&world, FileKind::Data, pack, &[500]);
    }
    let vault = &world.processes[0].vault;
    let report = repair(vault);
    assert_eq!(report.problems.len(), packs.len(), "{report:?}");
    assert_eq!(affected(&report), world.model.keys().copied().collect());
    // Both contents once more: then all of them are there, also for the old snapshots.
    let mut model: BTreeMap<SnapshotId, Files> = world.model.clone();
    for number in [10, 500] {
        model.insert(commit(vault, &files(number)).unwrap(), with_manifest(files(number)));
    }
    verify(vault, &model).unwrap();
    check(vault).unwrap();
    if restic::is_there() {
        for (id, files) in &model {
            restic::restore(&world.directory().join("repo"), id, files).unwrap();
        }
    }
}

#[test]
fn a_check_tells_what_a_repair_can_mend_from_what_it_could_not() {
    let (mut world, _) = world();
    let pack = largest(&world);
    damage(&world, FileKind::Data, &pack, &[300]);
    world.restart(0).unwrap();
    let vault = world.processes[0].vault.clone();
    assert_eq!(kinds(&vault), only(FindingKind::Pack));

    assert!(!affected(&repair(&vault)).is_empty());

    // The pack is still there, and still lists what is damaged in it: that is not to be had from it.
    assert!(world.names(FileKind::Data).contains(&pack));
    assert_eq!(kinds(&vault), only(FindingKind::Lost));
    assert!(!FindingKind::Lost.is_repairable() && FindingKind::Pack.is_repairable());
    for number in [10, 500] {
        commit(&vault, &files(number)).unwrap();
    }
    assert_eq!(kinds(&vault), BTreeSet::new());
}

#[test]
fn what_is_in_no_index_and_whole_in_a_pack_is_not_called_lost() {
    let (mut world, _) = world();
    for name in world.names(FileKind::Index) {
        world.store().remove(FileKind::Index, &name).unwrap();
    }
    world.restart(0).unwrap();
    let vault = world.processes[0].vault.clone();
    assert_eq!(kinds(&vault), only(FindingKind::Unindexed));
    repair(&vault);
    assert_eq!(kinds(&vault), BTreeSet::new());

    // A pack that is gone, and known to the index: the rest can be listed anew.
    let pack = largest(&world);
    world.store().remove(FileKind::Data, &pack).unwrap();
    assert_eq!(kinds(&vault), only(FindingKind::Pack));
    repair(&vault);
    assert_eq!(kinds(&vault), only(FindingKind::Lost));
}
