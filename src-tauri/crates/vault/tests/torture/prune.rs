//! A prune that ends at any moment: each call of the store fails once, in each way, and afterwards restic finds
//! nothing wrong, every snapshot reads as before, and another prune finishes what was begun.

use std::collections::BTreeMap;
use std::sync::Arc;

use vault::{Cancel, FileKind, PruneOptions, SnapshotId, Store, Vault, VaultError};

use crate::disk::Disk;
use crate::fault::{Fault, Faulty, Place};
use crate::random::{content, noise};
use crate::restic;
use crate::sweep::mend;
use crate::world::{Files, check, commit, empty_repository, open_at, scratch, verify, with_manifest};

/// Copies as soon as anything is unused.
pub(crate) const THOROUGH: PruneOptions = PruneOptions { unused_percent_max: 0 };
/// After a kill restic looks at every position, after the next prune at every so-manieth.
const RESTIC_EVERY: usize = 16;
const FAULTS: [Fault; 6] =
    [Fault::Kill, Fault::KillTorn, Fault::Error, Fault::LostAnswer, Fault::Short, Fault::Full];

/// Plans and prunes at once.
pub(crate) fn prune(vault: &Vault, options: PruneOptions) -> Result<vault::PruneReport, VaultError> {
    let plan = vault.plan_prune(options, &|_| {}, &Cancel::new())?;
    vault.prune(options, &plan.seen, "ada", &|_| {}, &Cancel::new())
}

/// Files that share parts with those of the neighbouring numbers.
fn files(number: u64) -> Files {
    let mut files: Files =
        (0..4).map(|file| (format!("/{}/{file}", file % 2), Arc::new(content(number + file)))).collect();
    files.insert("/shared/common".to_owned(), Arc::new(noise(7, 300_000)));
    files.insert("/own".to_owned(), Arc::new(noise(900 + number, 200_000)));
    files
}

/// A vault of which packs go whole, are needed in part, stay, and are in no index.
struct Bed {
    before: Disk,
    model: BTreeMap<SnapshotId, Files>,
    disk: Arc<Disk>,
    store: Arc<Faulty>,
    vault: Vault,
}

impl Bed {
    fn new() -> Self {
        let disk = Arc::new(empty_repository());
        let (store, vault) = open_at(&disk).unwrap();
        let mut model = BTreeMap::new();
        for number in [0, 2, 50, 90] {
            let id = commit(&vault, &files(number)).unwrap();
            if number == 0 || number == 50 {
                vault.forget(&id).unwrap();
            } else {
                model.insert(id, with_manifest(files(number)));
            }
        }
        let torn = noise(5, 10_000);
        disk.put(FileKind::Data, &vault::Id::of(b"a pack of a run that died").to_string(), &torn).unwrap();
        Self { before: disk.copy(), model, disk, store, vault }
    }

    /// Has one call of a prune fail; yields what the prune said, and the call.
    fn attempt(&self, call: usize, fault: Fault) -> (Result<vault::PruneReport, VaultError>, String) {
        self.disk.reset(&self.before);
        self.store.heal();
        self.store.fail_at(call, fault);
        let pruned = prune(&self.vault, THOROUGH);
        let calls = self.store.heal();
        (pruned, calls.get(call).cloned().unwrap_or_default())
    }

    /// The vault as the next process finds it.
    fn next(&self, fault: Fault) -> Result<Vault, String> {
        match fault {
            Fault::KillTorn => mend(&self.disk),
            _ => open_at(&self.disk).map(|(_, vault)| vault).map_err(|error| error.to_string()),
        }
    }

    fn restic_checks(&self) -> Result<(), String> {
        let scratch = scratch();
        self.disk.write_to(&scratch.path().join("repo"));
        restic::check(&scratch.path().join("repo"))
    }
}

/// Failures that a prune rightly survives: those of its own locks at their end, of a lock that cannot be read while it
/// only looks, and of a disk that is full while nothing is written.
fn is_tolerated(call: &str, is_planning: bool, fault: Fault) -> bool {
    match call {
        "remove locks" => true,
        "get locks" if is_planning => fault == Fault::Short,
        _ => fault == Fault::Full && !call.starts_with("put"),
    }
}

#[test]
fn a_prune_that_ends_at_any_call_leaves_every_snapshot_whole_and_the_next_one_finishes() {
    let (bed, restic) = (Bed::new(), restic::is_there());
    bed.store.fail_at(usize::MAX, Fault::Error);
    let whole = prune(&bed.vault, THOROUGH).unwrap();
    let calls = bed.store.heal();
    assert!(whole.written.packs >= 2 && whole.removed.packs > whole.written.packs, "{whole:?}");
    let done = bed.disk.copy();
    // Until then it only looks.
    let planned = calls.iter().position(|call| call == "remove locks").unwrap();
    let count = |disk: &Disk, kind| disk.names(kind).len();
    for fault in FAULTS {
        for call in 0..calls.len() {
            let (pruned, failed) = bed.attempt(call, fault);
            let say = |what: &str| format!("{fault:?} at {call}, {failed}, of {calls:?}: {what}: {pruned:?}");
            assert!(pruned.is_err() || is_tolerated(&failed, call < planned, fault), "{}", say("it is done"));
            if call < planned {
                assert!(pruned.is_ok() || bed.disk.is_as(&bed.before), "{}", say("it wrote"));
                continue;
            }
            // Before anything else is done with it.
            let is_killed = fault == Fault::Kill;
            if restic && is_killed {
                bed.restic_checks().unwrap_or_else(|why| panic!("{}", say(&why)));
            }
            let vault = bed.next(fault).unwrap_or_else(|why| panic!("{}", say(&why)));
            verify(&vault, &bed.model).unwrap_or_else(|why| panic!("{}", say(&why)));
            prune(&vault, THOROUGH).unwrap_or_else(|error| panic!("{}", say(&format!("the next: {error}"))));
            verify(&vault, &bed.model)
                .and_then(|()| check(&vault))
                .unwrap_or_else(|why| panic!("{}", say(&why)));
            assert_eq!(count(&bed.disk, FileKind::Data), count(&done, FileKind::Data), "{}", say("packs"));
            let again = vault.plan_prune(THOROUGH, &|_| {}, &Cancel::new()).unwrap();
            assert!(again.is_empty() && again.unused_bytes == 0, "{}", say(&format!("{again:?}")));
            if restic && call % RESTIC_EVERY == 0 {
                bed.restic_checks().unwrap_or_else(|why| panic!("{}", say(&why)));
            }
        }
    }
    eprintln!("{} calls, {} ways: {}", calls.len(), FAULTS.len(), calls.join(", "));
    assert!(calls.len() > 40, "{}", calls.len());
}

#[test]
fn a_prune_that_is_cancelled_at_any_moment_leaves_every_snapshot_whole() {
    let bed = Bed::new();
    for moment in 0.. {
        bed.disk.reset(&bed.before);
        let plan = bed.vault.plan_prune(THOROUGH, &|_| {}, &Cancel::new()).unwrap();
        let (cancel, told) = (Cancel::new(), std::cell::Cell::new(0));
        let tell = |_| {
            if told.get() == moment {
                cancel.cancel();
            }
            told.set(told.get() + 1);
        };
        let pruned = bed.vault.prune(THOROUGH, &plan.seen, "ada", &tell, &cancel);
        verify(&bed.vault, &bed.model).unwrap();
        check(&bed.vault).unwrap();
        assert_eq!(bed.disk.names(FileKind::Lock).len(), 0);
        if told.get() <= moment {
            assert!(pruned.is_ok() && moment > 10, "{moment}: {pruned:?}");
            break;
        }
        assert!(pruned.is_ok() || matches!(pruned, Err(VaultError::Cancelled)), "{moment}: {pruned:?}");
    }
}

#[test]
fn a_listing_that_is_not_whole_is_refused_and_nothing_is_removed() {
    let bed = Bed::new();
    for kind in [FileKind::Data, FileKind::Index, FileKind::Snapshot] {
        bed.disk.reset(&bed.before);
        let plan = bed.vault.plan_prune(THOROUGH, &|_| {}, &Cancel::new()).unwrap();
        for name in bed.disk.names(kind) {
            let content = bed.disk.get(kind, &name).unwrap();
            bed.disk.remove(kind, &name).unwrap();
            let hidden = bed.disk.copy();
            let stale = bed.vault.prune(THOROUGH, &plan.seen, "ada", &|_| {}, &Cancel::new());
            assert!(
                matches!(&stale, Err(VaultError::Stale { .. } | VaultError::Missing { .. })),
                "{stale:?}"
            );
            let planned = bed.vault.plan_prune(THOROUGH, &|_| {}, &Cancel::new());
            let is_harmless = match kind {
                FileKind::Data => content == noise(5, 10_000),
                // Nobody can know of it here; the packs that only it needs are another matter for whoever does.
                FileKind::Snapshot => true,
                _ => verify(&open_at(&bed.disk).unwrap().1, &bed.model).is_ok(),
            };
            assert_eq!(planned.is_ok(), is_harmless, "{kind} {name}: {planned:?}");
            assert!(planned.is_ok() || matches!(planned, Err(VaultError::Missing { .. })));
            assert!(bed.disk.is_as(&hidden), "nothing is removed");
            bed.disk.put(kind, &name, &content).unwrap();
        }
    }
    verify(&bed.vault, &bed.model).unwrap();
}

#[test]
fn what_others_write_while_the_lock_is_lost_ends_the_prune_before_it_harms_them() {
    let mut bed = Bed::new();
    let others: Files = files(0);
    let mut ended = 0;
    for moment in 0.. {
        bed.disk.reset(&bed.before);
        let plan = bed.vault.plan_prune(THOROUGH, &|_| {}, &Cancel::new()).unwrap();
        let (told, written) = (std::cell::Cell::new(0), std::cell::Cell::new(None));
        let place = Place::Memory(Arc::clone(&bed.disk));
        let other = crate::world::Process::start(&place).unwrap();
        let tell = |_| {
            if told.get() == moment {
                for lock in bed.disk.names(FileKind::Lock) {
                    bed.disk.remove(FileKind::Lock, &lock).unwrap();
                }
                // The content of a snapshot that was forgotten: it relies on packs that are about to go.
                written.set(Some(commit(&other.vault, &others).unwrap()));
            }
            told.set(told.get() + 1);
        };
        let pruned = bed.vault.prune(THOROUGH, &plan.seen, "ada", &tell, &Cancel::new());
        let Some(id) = written.get() else { break };
        assert!(matches!(pruned, Err(VaultError::Stale { .. })), "{moment}: {pruned:?}");
        ended += 1;
        bed.model.insert(id, with_manifest(others.clone()));
        let vault = open_at(&bed.disk).unwrap().1;
        verify(&vault, &bed.model).unwrap_or_else(|why| panic!("{moment}: {why}"));
        check(&vault).unwrap_or_else(|why| panic!("{moment}: {why}"));
        bed.model.remove(&id);
    }
    assert!(ended > 10, "{ended}");
}
