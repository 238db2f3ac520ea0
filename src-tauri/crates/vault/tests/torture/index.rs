//! The index made again from the packs, by the repair of a vault whose packs are sound.

use std::sync::Arc;

use vault::{Cancel, FileKind, LocalStore, Password, Vault, VaultError};

use crate::fault::Place;
use crate::random::content;
use crate::world::{Files, PASSWORD, World, check, commit, options, verify, with_manifest};

fn files(number: u64) -> Files {
    (0..5).map(|file| (format!("/{}/{file}", file % 2), Arc::new(content(number + file)))).collect()
}

/// A vault on a disk with three snapshots.
fn world() -> World {
    let mut world = World::on_disk(1);
    for number in [0, 7, 300] {
        let id = commit(&world.processes[0].vault, &files(number)).unwrap();
        world.model.insert(id, with_manifest(files(number)));
    }
    world
}

fn unindexed(world: &World) -> Vault {
    let Place::Local(_, root) = &world.place else { panic!("not on a disk") };
    Vault::open_unindexed(Arc::new(LocalStore::open(root).unwrap()), &Password::new(PASSWORD)).unwrap()
}

#[test]
fn an_index_that_is_lost_or_damaged_is_made_again() {
    for damage in ["nothing", "remove one", "remove all", "flip", "truncate", "empty"] {
        let mut world = world();
        let names: Vec<String> = world.names(FileKind::Index).into_iter().collect();
        let count = if damage == "remove all" { names.len() } else { 1 };
        for name in names.iter().take(count) {
            let mut content = world.store().get(FileKind::Index, name).unwrap();
            world.store().remove(FileKind::Index, name).unwrap();
            match damage {
                "flip" => content[50] ^= 4,
                "truncate" => content.truncate(content.len() - 1),
                "empty" => content.clear(),
                _ => {}
            }
            if !damage.starts_with("remove") {
                world.store().put(FileKind::Index, name, &content).unwrap();
            }
        }
        let vault = unindexed(&world);
        assert_eq!(check(&vault).is_ok(), damage == "nothing", "the check sees it");

        let report = vault.repair("ada", &|_| {}, &Cancel::new()).unwrap();

        assert_eq!(report.problems, [], "{damage}");
        assert_eq!(report.packs, world.names(FileKind::Data).len() as u64, "{damage}");
        assert!(world.names(FileKind::Index).is_disjoint(&names.into_iter().collect()), "{damage}");
        verify(&vault, &world.model).unwrap();
        world.restart(0).unwrap();
        world.verify(0).unwrap();
        world.check(0).unwrap();
        world.judge().unwrap();
    }
}

#[test]
fn nobody_writes_while_the_index_is_made_and_it_is_not_made_while_somebody_writes() {
    let world = world();
    let vault = &world.processes[0].vault;
    let index = world.names(FileKind::Index);
    let writer = vault.begin(options(None), Cancel::new()).unwrap();
    let refused = vault.repair("ada", &|_| {}, &Cancel::new());
    assert!(matches!(&refused, Err(VaultError::Locked { by }) if !by.is_exclusive), "{refused:?}");
    assert_eq!(world.names(FileKind::Index), index);
    drop(writer);
    assert_eq!(vault.repair("ada", &|_| {}, &Cancel::new()).unwrap().problems, []);
    assert_eq!(world.names(FileKind::Lock).len(), 0);
}

#[test]
fn what_is_whole_in_a_pack_whose_header_cannot_be_read_is_copied_and_the_pack_is_left_alone() {
    let world = world();
    let vault = &world.processes[0].vault;
    let name = world.names(FileKind::Data).into_iter().next().unwrap();
    let mut content = world.store().get(FileKind::Data, &name).unwrap();
    let end = content.len() - 10;
    content[end] ^= 1;
    world.store().remove(FileKind::Data, &name).unwrap();
    world.store().put(FileKind::Data, &name, &content).unwrap();

    let report = vault.repair("ada", &|_| {}, &Cancel::new()).unwrap();

    let [problem] = report.problems.as_slice() else { panic!("{:?}", report.problems) };
    assert!(
        problem.file == format!("data/{name}") && problem.message.contains("does not match its name"),
        "{problem:?}"
    );
    assert!(report.blobs_saved > 0 && report.affected.is_empty(), "{report:?}");
    assert_eq!(world.store().get(FileKind::Data, &name).unwrap(), content);
    // Its blobs are whole, and the old index knew where they are.
    world.verify(0).unwrap();
    verify(&unindexed(&world), &world.model).unwrap();
}

#[test]
fn a_rebuilding_that_is_cancelled_changes_nothing() {
    let world = world();
    let vault = &world.processes[0].vault;
    let index = world.names(FileKind::Index);
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(matches!(vault.repair("ada", &|_| {}, &cancel), Err(VaultError::Cancelled)));
    assert_eq!(world.names(FileKind::Index), index);
    assert_eq!(world.names(FileKind::Lock).len(), 0);
}

#[test]
fn a_rebuilding_that_is_cancelled_in_the_middle_leaves_the_index_as_it_was() {
    let world = world();
    let vault = &world.processes[0].vault;
    let index = world.names(FileKind::Index);
    let (cancel, packs) = (Cancel::new(), std::cell::Cell::new(0));
    let look = |now: vault::CheckProgress| {
        packs.set(now.packs);
        cancel.cancel();
    };
    assert!(matches!(vault.repair("ada", &look, &cancel), Err(VaultError::Cancelled)));
    // The one that was handed over; what two threads had in hand, and what lay between them and it. Nothing after it.
    let total = world.names(FileKind::Data).len() as u64;
    assert!((1..=1 + 2 + 2).contains(&packs.get()) && packs.get() < total, "{} of {total}", packs.get());
    assert_eq!(world.names(FileKind::Index), index);
    assert_eq!(world.names(FileKind::Lock).len(), 0);
    world.verify(0).unwrap();
}

#[test]
fn a_check_waits_for_nobody_who_moves_packs_and_needs_no_lock_on_a_full_disk() {
    let mut world = world();
    world.restart(0).unwrap();
    let other = unindexed(&world);
    let refused = std::cell::Cell::new(0);
    let look = |_: vault::CheckProgress| {
        let checked = other.check(vault::CheckOptions { data: None }, &|_| {}, &Cancel::new());
        assert!(matches!(&checked, Err(VaultError::Locked { by }) if by.is_exclusive), "{checked:?}");
        refused.set(refused.get() + 1);
    };
    world.processes[0].vault.repair("ada", &look, &Cancel::new()).unwrap();
    assert!(refused.get() > 0);
    world.processes[0].store.fail_at(0, crate::fault::Fault::Full);
    world.check(0).unwrap();
    assert!(world.processes[0].store.heal().contains(&"put locks".to_owned()), "it tried to take one");
    assert_eq!(world.names(FileKind::Lock).len(), 0);
}
