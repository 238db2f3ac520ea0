//! Holds: what somebody holds stays, whoever uses the vault and whatever they know.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, slice};

use vault::{
    Cancel, FileKind, Hold, LocalStore, MirrorOptions, Password, Said, SnapshotId, Store, StoreError,
    StoredFile, Vault, VaultError,
};

use crate::bench::{Bench, PASSWORD, noise, open, snapshots};

fn said(profile: &str) -> Said {
    Said {
        profile: profile.to_owned(),
        who: "ada on desk".to_owned(),
        reason: "the audit".to_owned(),
        since: "2026-03-04T05:06:07Z".parse().unwrap(),
    }
}

/// The mirror's place, which is empty before the first copy.
fn made(place: &std::path::Path) -> LocalStore {
    LocalStore::open(place).or_else(|_| LocalStore::create(place)).unwrap()
}

fn is_held(forgotten: &Result<(), VaultError>) -> bool {
    matches!(forgotten, Err(VaultError::Held { by }) if by.said.reason == "the audit")
}

fn two(bench: &Bench) -> [SnapshotId; 2] {
    [1, 2].map(|seed| bench.write(&[("/own", &noise(seed, 200_000))]).snapshot)
}

#[test]
fn what_somebody_holds_nobody_forgets_until_it_is_released() {
    let bench = Bench::new();
    let [held, other] = two(&bench);
    let holds = ["one", "two"].map(|profile| bench.vault.hold(&held, said(profile)).unwrap());

    let elsewhere = open(&bench.repo(), PASSWORD).unwrap();
    assert!(is_held(&elsewhere.forget(&held)));
    elsewhere.forget(&other).unwrap();
    let mut seen = elsewhere.holds().unwrap();
    seen.sort_by(|one, other| one.said.profile.cmp(&other.said.profile));
    assert_eq!(seen, holds);

    elsewhere.release(&holds[0].id).unwrap();
    elsewhere.release(&holds[0].id).unwrap();
    assert!(is_held(&bench.vault.forget(&held)), "the other one still holds it");
    bench.vault.release(&holds[1].id).unwrap();
    bench.vault.forget(&held).unwrap();
    assert_eq!(snapshots(&bench.vault).unwrap(), []);
}

#[test]
fn what_is_not_there_cannot_be_held() {
    let bench = Bench::new();
    let [gone, _] = two(&bench);
    bench.vault.forget(&gone).unwrap();
    assert!(matches!(bench.vault.hold(&gone, said("one")), Err(VaultError::Missing { .. })));
    assert_eq!(bench.vault.holds().unwrap(), []);
}

/// A store in which somebody holds a snapshot at the moment in which it is removed.
struct Holding {
    inner: LocalStore,
    /// Another process' view of the vault.
    other: Vault,
    snapshot: SnapshotId,
    after_removal: bool,
    has_held: AtomicBool,
    held: std::sync::Mutex<Option<Result<Hold, VaultError>>>,
}

impl Holding {
    fn hold(&self) {
        if !self.has_held.swap(true, Ordering::SeqCst) {
            *self.held.lock().unwrap() = Some(self.other.hold(&self.snapshot, said("other")));
        }
    }
}

impl Store for Holding {
    fn place(&self) -> String {
        self.inner.place()
    }
    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError> {
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
        if kind == FileKind::Snapshot && !self.after_removal {
            self.hold();
        }
        let removed = self.inner.remove(kind, name);
        if kind == FileKind::Snapshot && self.after_removal {
            self.hold();
        }
        removed
    }
}

#[test]
fn who_holds_and_who_forgets_at_one_moment_agree_on_what_became_of_it() {
    for after_removal in [false, true] {
        let bench = Bench::new();
        let [snapshot, _] = two(&bench);
        let store = Arc::new(Holding {
            inner: LocalStore::open(bench.repo()).unwrap(),
            other: open(&bench.repo(), PASSWORD).unwrap(),
            snapshot,
            after_removal,
            has_held: AtomicBool::new(false),
            held: std::sync::Mutex::default(),
        });
        let vault = Vault::open(Arc::clone(&store) as Arc<dyn Store>, &Password::new(PASSWORD)).unwrap();

        let forgotten = vault.forget(&snapshot);

        let held = store.held.lock().unwrap().take().unwrap();
        assert_eq!(held.is_ok(), is_held(&forgotten), "{held:?}, {forgotten:?}");
        assert_eq!(held.is_ok(), !after_removal);
        assert_eq!(
            bench.vault.snapshot(&snapshot).is_ok(),
            held.is_ok(),
            "after the removal: {after_removal}"
        );
        if held.is_ok() {
            assert!(bench.read(&snapshot, "/own") == noise(1, 200_000));
        }
        assert_eq!(bench.check_all().problems, []);
    }
}

#[test]
fn restic_and_a_mirror_live_with_holds() {
    let bench = Bench::new();
    let [kept, _] = two(&bench);
    let hold = bench.vault.hold(&kept, said("one")).unwrap();
    let place = bench.directory.path().join("mirror");
    let mirror = |may_go: &dyn Fn(&SnapshotId) -> bool| {
        let options = MirrorOptions { username: "ada", may_go, again: &[] };
        let to = Arc::new(made(&place));
        bench.vault.mirror(to, options, &|_| {}, &Cancel::new()).unwrap()
    };
    mirror(&|_| false);
    let there = open(&place, PASSWORD).unwrap();
    assert_eq!(there.holds().unwrap(), slice::from_ref(&hold));
    assert!(is_held(&there.forget(&kept)));

    // A vault that merely lost it releases nothing there.
    let file = bench.repo().join("holds").join(hold.id.to_string());
    let lost = bench.files("snapshots").into_iter().find(|file| file.ends_with(kept.to_string())).unwrap();
    let [content, snapshot] = [&file, &lost].map(|file| fs::read(file).unwrap());
    fs::remove_file(&file).unwrap();
    fs::remove_file(&lost).unwrap();
    mirror(&|_| false);
    assert_eq!(there.holds().unwrap(), slice::from_ref(&hold));
    fs::write(&lost, snapshot).unwrap();
    fs::write(&file, content).unwrap();

    bench.vault.release(&hold.id).unwrap();
    mirror(&|_| false);
    assert_eq!(there.holds().unwrap(), []);
    bench.vault.hold(&kept, said("one")).unwrap();
    bench.restic(&["check", "--read-data"]);
    bench.restic(&["snapshots"]);
}

#[test]
fn a_hold_that_cannot_be_read_is_named_and_lets_nothing_go() {
    let bench = Bench::new();
    let [kept, other] = two(&bench);
    let hold = bench.vault.hold(&kept, said("one")).unwrap();
    let file = bench.files("holds").remove(0);
    let mut content = fs::read(&file).unwrap();
    content[20] ^= 1;
    crate::forge::overwrite(&file, &content);

    for snapshot in [kept, other] {
        let kept = bench.vault.forget(&snapshot);
        assert!(
            matches!(&kept, Err(VaultError::Damaged { file, .. }) if file.starts_with("holds/")),
            "{kept:?}"
        );
    }
    let problems = bench.check_all().problems;
    assert!(problems.iter().any(|finding| finding.file == format!("holds/{}", hold.id)), "{problems:?}");
    fs::remove_file(file).unwrap();
    bench.vault.forget(&other).unwrap();
}
