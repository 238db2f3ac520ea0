//! The fault sweep: every call of a store in a standard run fails once, in every way.
//!
//! Whatever fails, the run fails loudly, what was committed before reads back, and the next run
//! converges: it succeeds, and a check of all data finds nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use vault::{Cancel, FileKind, KeyWork, Password, SnapshotId, Store, Vault, VaultError};

use crate::disk::Disk;
use crate::fault::{Fault, Faulty, Place};
use crate::random::{content, noise};
use crate::restic;
use crate::world::{
    Files, MANIFEST, PASSWORD, check, commit, empty_repository, open_at, options, owner, scratch, snapshots,
    verify, with_manifest, write_all,
};

const FAULTS: [Fault; 6] =
    [Fault::Error, Fault::LostAnswer, Fault::Short, Fault::Full, Fault::Kill, Fault::KillTorn];
/// restic looks at every so-manieth position.
const RESTIC_EVERY: usize = 24;

/// What is done while calls fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    First,
    WithParent,
    Forget,
    Rebuild,
}

/// A repository before a stage, and one process in it.
struct Bed {
    before: Disk,
    model: BTreeMap<SnapshotId, Files>,
    disk: Arc<Disk>,
    store: Arc<Faulty>,
    vault: Vault,
}

fn files(number: u64) -> Files {
    let mut files: Files =
        (0..3).map(|file| (format!("/directory/{file}"), Arc::new(content(number + file)))).collect();
    // Several chunks, and more than one pack of trees and data.
    files.insert("/large".to_owned(), Arc::new(noise(900 + number, 700_000)));
    files
}

impl Bed {
    fn new(stage: Stage) -> Self {
        let disk = Arc::new(empty_repository());
        let (store, vault) = open_at(&disk).unwrap();
        let mut model = BTreeMap::new();
        if stage != Stage::First {
            for number in [0, 50] {
                model.insert(commit(&vault, &files(number)).unwrap(), with_manifest(files(number)));
            }
        }
        Self { before: disk.copy(), model, disk, store, vault }
    }

    /// As it was before the stage, also in the process's memory.
    fn reset(&self) {
        self.disk.reset(&self.before);
        self.store.heal();
        self.vault.refresh().unwrap();
    }

    fn parent(&self) -> SnapshotId {
        *self.model.keys().next().unwrap()
    }

    fn run(&self, stage: Stage) -> Result<Option<(SnapshotId, Files)>, VaultError> {
        match stage {
            Stage::First => {
                let written = commit(&self.vault, &files(100))?;
                Ok(Some((written, with_manifest(files(100)))))
            }
            Stage::WithParent => {
                let writer = self.vault.begin(options(Some(self.parent())), Cancel::new())?;
                writer.keep("/large")?;
                let mut rest = files(200);
                let kept = Arc::clone(&self.model[&self.parent()]["/large"]);
                rest.remove("/large");
                write_all(&writer, &rest, true)?;
                rest.insert("/large".to_owned(), kept);
                Ok(Some((writer.commit(MANIFEST)?.snapshot, with_manifest(rest))))
            }
            Stage::Forget => self.vault.forget(&self.parent()).map(|()| None),
            Stage::Rebuild => {
                let report = self.vault.repair("ada", &|_| {}, &Cancel::new())?;
                // What could not be read is named: that is loud enough.
                let affected = report.affected.first().map(|(id, _)| format!("snapshots/{id}"));
                match report.problems.first().map(|named| named.file.clone()).or(affected) {
                    Some(file) => Err(VaultError::Missing { file }),
                    None => Ok(None),
                }
            }
        }
    }
}

/// Failures that a run rightly survives.
fn is_tolerated(stage: Stage, call: &str, fault: Fault) -> bool {
    match (call, fault) {
        // A snapshot that cannot be read can be forgotten.
        ("get snapshots", Fault::Error | Fault::LostAnswer | Fault::Short) if stage == Stage::Forget => true,
        // Its own lock, once everything is done; this process knows that nobody holds it. And a pack
        // that seems damaged is read again.
        ("remove locks", _) | ("get data", Fault::Error | Fault::LostAnswer | Fault::Short) => true,
        // A full disk can be read, and removed from.
        (_, Fault::Full) => !call.starts_with("put"),
        _ => false,
    }
}

/// What became of one position.
struct Outcome {
    is_reached: bool,
    model: BTreeMap<SnapshotId, Files>,
}

/// Has one call fail, and looks at what the run says and leaves.
fn attempt(bed: &Bed, stage: Stage, call: usize, fault: Fault) -> Result<Outcome, String> {
    bed.reset();
    bed.store.fail_at(call, fault);
    let result = bed.run(stage);
    let calls = bed.store.heal();
    let mut model = bed.model.clone();
    let Some(failed) = calls.get(call) else {
        return Ok(Outcome { is_reached: false, model });
    };
    let survived = result.is_ok();
    if survived && !is_tolerated(stage, failed, fault) {
        return Err(format!("{failed} fails, and the run does not: {:?}", result.map(|_| ())));
    }
    if stage == Stage::Forget {
        let is_gone = !bed.disk.names(FileKind::Snapshot).contains(&bed.parent().to_string());
        let is_expected = survived
            || match fault {
                // An answer that is lost: the snapshot is gone all the same.
                Fault::LostAnswer | Fault::Short => failed == "remove snapshots",
                // Whoever dies after the removal puts nothing back, and nobody held it.
                Fault::Kill | Fault::KillTorn => calls[..call].iter().any(|done| done == "remove snapshots"),
                Fault::Error | Fault::Full => false,
            };
        if is_gone != is_expected {
            return Err(format!("the forgotten snapshot is gone: {is_gone}"));
        }
        if is_gone {
            model.remove(&bed.parent());
        }
    }
    if let Ok(Some((id, files))) = result {
        model.insert(id, files);
    } else if matches!(fault, Fault::Kill | Fault::KillTorn) && failed != "put snapshots" {
        // Whoever dies after the commit cannot say so: then the snapshot is whole, and compared below.
        let committed = calls[..call].iter().any(|done| done == "put snapshots");
        let visible = bed.disk.names(FileKind::Snapshot).len();
        if committed && visible != bed.model.len() + 1 {
            return Err("the snapshot vanished after its commit".to_owned());
        }
        if committed {
            let new = |name: &String| !bed.model.keys().any(|id| id.to_string() == *name);
            let id = bed.disk.names(FileKind::Snapshot).into_iter().find(new).unwrap();
            model.insert(id.parse().unwrap(), expected(bed, stage));
        }
    }
    Ok(Outcome { is_reached: true, model })
}

fn expected(bed: &Bed, stage: Stage) -> Files {
    if stage == Stage::First {
        return with_manifest(files(100));
    }
    let mut files = files(200);
    files.insert("/large".to_owned(), Arc::clone(&bed.model[&bed.parent()]["/large"]));
    with_manifest(files)
}

/// The next run: the same process after a failure, another one after a death.
fn next_run(bed: &Bed, mut model: BTreeMap<SnapshotId, Files>, fault: Fault) -> Result<(), String> {
    let vault = match fault {
        Fault::Kill => open_at(&bed.disk).map_err(|error| format!("open: {error}"))?.1,
        Fault::KillTorn => mend(&bed.disk)?,
        _ => bed.vault.clone(),
    };
    verify(&vault, &model)?;
    let written = commit(&vault, &files(100)).map_err(|error| format!("the next run: {error}: {error:?}"))?;
    model.insert(written, with_manifest(files(100)));
    verify(&vault, &model)?;
    check(&vault)
}

/// What a store without atomic writes leaves of a process that died is named, and mended with what
/// the vault offers: a torn index is made again, a torn snapshot is forgotten. A torn lock may be
/// one that is being written, and has to be removed by hand.
pub(crate) fn mend(disk: &Arc<Disk>) -> Result<Vault, String> {
    let store = Faulty::new(Place::Memory(Arc::clone(disk)));
    let unindexed = Vault::open_unindexed(Arc::clone(&store) as Arc<dyn Store>, &Password::new(PASSWORD));
    match unindexed.map_err(|error| error.to_string())?.locks() {
        Ok(_) => {}
        Err(VaultError::Damaged { file, .. }) if file.starts_with("locks/") => {
            disk.remove(FileKind::Lock, file.trim_start_matches("locks/"))
                .map_err(|error| error.to_string())?;
        }
        Err(error) => return Err(format!("a torn file is not named: {error}")),
    }
    let opened = match open_at(disk) {
        Ok((_, vault)) => Ok(vault),
        Err(VaultError::Damaged { file, .. }) if file.starts_with("index/") => {
            let vault = Vault::open_unindexed(store as Arc<dyn Store>, &Password::new(PASSWORD));
            vault.and_then(|vault| vault.repair("ada", &|_| {}, &Cancel::new()).map(|_| vault))
        }
        Err(error) => Err(error),
    };
    let vault = opened.map_err(|error| format!("a torn file cannot be mended: {error}"))?;
    match snapshots(&vault) {
        Ok(_) => {}
        Err(VaultError::Damaged { file, .. }) if file.starts_with("snapshots/") => {
            let id = file.trim_start_matches("snapshots/").parse().unwrap();
            vault.forget(&id).map_err(|error| error.to_string())?;
        }
        Err(error) => return Err(format!("a torn file is not named: {error}")),
    }
    Ok(vault)
}

/// Has each call of a stage fail, in each way; yields how many positions there were.
fn sweep(stage: Stage) -> usize {
    let (bed, restic) = (Bed::new(stage), restic::is_there());
    bed.store.fail_at(usize::MAX, Fault::Error);
    bed.run(stage).unwrap();
    let calls = bed.store.heal();
    let mut positions = 0;
    for fault in FAULTS {
        for call in 0..calls.len() {
            let outcome = attempt(&bed, stage, call, fault).and_then(|outcome| {
                positions += usize::from(outcome.is_reached);
                next_run(&bed, outcome.model, fault)?;
                if restic && positions % RESTIC_EVERY == 0 {
                    let scratch = scratch();
                    bed.disk.write_to(&scratch.path().join("repo"));
                    restic::check(&scratch.path().join("repo"))?;
                }
                Ok(())
            });
            outcome
                .unwrap_or_else(|failure| panic!("{stage:?}, {fault:?} at {call} of {calls:?}: {failure}"));
        }
    }
    eprintln!("{stage:?}: {positions} positions, {} calls: {}", calls.len(), calls.join(", "));
    positions
}

#[test]
fn the_first_snapshot_fails_loudly_at_every_call_and_the_next_run_converges() {
    assert!(sweep(Stage::First) >= 80);
}

#[test]
fn a_snapshot_with_a_parent_fails_loudly_at_every_call_and_the_next_run_converges() {
    assert!(sweep(Stage::WithParent) >= 100);
}

#[test]
fn forgetting_fails_loudly_and_the_next_run_converges() {
    assert!(sweep(Stage::Forget) >= 6);
}

#[test]
fn rebuilding_the_index_fails_loudly_at_every_call_and_the_next_run_converges() {
    assert!(sweep(Stage::Rebuild) >= 80);
}

#[test]
fn creating_a_vault_fails_loudly_at_every_call_and_the_next_creation_converges() {
    let mut positions = 0;
    for fault in FAULTS {
        for call in 0..8 {
            let disk = Arc::new(Disk::default());
            let store = Faulty::new(Place::Memory(Arc::clone(&disk)));
            store.fail_at(call, fault);
            let create = || {
                Vault::create_with(
                    Arc::clone(&store) as Arc<dyn Store>,
                    &Password::new(PASSWORD),
                    &owner(),
                    KeyWork::LEAST,
                )
            };
            let created = create();
            let calls = store.heal();
            let Some(failed) = calls.get(call) else { continue };
            positions += 1;
            let survived = created.is_ok();
            assert_eq!(
                survived,
                fault == Fault::Full && !calls[call..].iter().any(|call| call.starts_with("put"))
            );
            match create() {
                Ok(_) => {}
                Err(VaultError::NotEmpty { .. }) if survived => {}
                // A key that a dead process left, or half a configuration, is no repository, and nothing that
                // may be written over: nobody can tell whose it is.
                Err(VaultError::NotEmpty { .. })
                    if matches!(fault, Fault::Kill | Fault::KillTorn) && failed.starts_with("put") =>
                {
                    assert_eq!(disk.list(FileKind::Key).unwrap().len(), 1, "{fault:?} at {failed}");
                    continue;
                }
                Err(error) => panic!("{fault:?} at {failed}: the next creation: {error}"),
            }
            let vault = open_at(&disk).unwrap_or_else(|error| panic!("{fault:?} at {failed}: {error}")).1;
            commit(&vault, &files(1)).unwrap();
            check(&vault).unwrap();
        }
    }
    eprintln!("create: {positions} positions");
    assert!(positions >= 40, "{positions}");
}
