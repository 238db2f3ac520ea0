//! Keys and locks, ours and restic's.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread, time};

use jiff::Timestamp;
use vault::{Cancel, FileKind, LocalStore, Password, Store, StoreError, StoredFile, Vault, VaultError};

use crate::bench::{Bench, PASSWORD, grow_old, meta, noise, open, options, owner, rows};
use crate::forge::Forge;

#[test]
fn a_wrong_password_opens_nothing() {
    let bench = Bench::new();
    assert!(matches!(open(&bench.repo(), "wrong").err(), Some(VaultError::WrongPassword { keys: 1 })));
    assert_eq!(open(&bench.repo(), PASSWORD).unwrap().id(), bench.vault.id());
    assert_eq!(format!("{:?}", Password::new("secret")), "****");
}

#[test]
fn keys_are_added_and_removed_but_never_the_one_that_is_needed() {
    let bench = Bench::new();
    let mine = bench.vault.keys().unwrap()[0].id.clone();
    assert!(matches!(bench.vault.remove_key(&mine), Err(VaultError::KeyNeeded { .. })));
    bench.vault.add_key(&Password::new("second"), &owner()).unwrap();
    let second = open(&bench.repo(), "second").unwrap();
    assert_eq!(second.keys().unwrap().iter().filter(|key| key.is_in_use).count(), 1);
    second.remove_key(&mine).unwrap();
    assert!(matches!(open(&bench.repo(), PASSWORD).err(), Some(VaultError::WrongPassword { .. })));
    assert_eq!(second.keys().unwrap()[0].owner, owner());
    // The other one, which was open meanwhile, takes the last key from nobody.
    let last = second.keys().unwrap()[0].id.clone();
    assert!(matches!(bench.vault.remove_key(&last), Err(VaultError::KeyNeeded { .. })));
    assert_eq!(second.keys().unwrap().len(), 1);
}

#[test]
fn restic_opens_our_keys_and_we_open_the_keys_it_adds() {
    let bench = Bench::new();
    let password = bench.directory.path().join("new");
    fs::write(&password, "by restic").unwrap();
    let Some(_) = bench.restic(&["key", "add", "--new-password-file", password.to_str().unwrap()]) else {
        return;
    };
    assert_eq!(open(&bench.repo(), "by restic").unwrap().id(), bench.vault.id());
    assert_eq!(bench.vault.keys().unwrap().len(), 2);
}

#[test]
fn restic_sees_our_lock_and_respects_it() {
    let bench = Bench::new();
    let writer = bench.begin();
    let Some(locks) = bench.restic(&["list", "locks", "--no-lock"]) else { return };
    let ours = bench.vault.locks().unwrap();
    assert!(locks.contains(&ours[0].id), "{locks}");
    assert!(!ours[0].is_stale && !ours[0].is_exclusive);
    let prune = crate::bench::restic_output(bench.directory.path(), &["prune"]).unwrap();
    assert!(!prune.status.success(), "prune needs an exclusive lock");
    assert!(String::from_utf8_lossy(&prune.stderr).contains("already locked"));
    drop(writer);
    bench.restic(&["prune"]).unwrap();
}

/// restic holds an exclusive lock while its `rebuild-index` waits on a stopped process.
#[test]
fn an_exclusive_lock_of_restic_is_respected_until_nobody_refreshed_it_for_half_an_hour() {
    let bench = Bench::new();
    for seed in 0..40 {
        bench.write(&[("/rows", &rows(seed, 50_000))]);
    }
    let started = Command::new("restic")
        .args(["--no-cache", "-r"])
        .arg(bench.repo())
        .args(["rebuild-index", "--read-all-packs"])
        .args(["--limit-download", "1"])
        .env("RESTIC_PASSWORD", PASSWORD)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut restic) = started else {
        bench.restic(&["version"]);
        return;
    };
    let deadline = time::Instant::now() + time::Duration::from_secs(30);
    while !bench.vault.locks().unwrap().iter().any(|lock| lock.is_exclusive) {
        assert!(
            time::Instant::now() < deadline && restic.try_wait().unwrap().is_none(),
            "restic took no lock"
        );
        thread::yield_now();
    }
    let refused = bench.vault.begin(options(None), Cancel::new());
    assert!(matches!(&refused, Err(VaultError::Locked { by }) if by.pid == restic.id() && by.is_exclusive));
    assert_eq!(bench.vault.locks().unwrap().len(), 1, "ours is gone again");

    restic.kill().unwrap();
    restic.wait().unwrap();
    // It says on which host its process was, and not on which machine: this one may be another.
    assert!(!bench.vault.locks().unwrap()[0].is_stale);
    assert_eq!(bench.vault.remove_stale_locks().unwrap(), 0);
    assert!(bench.vault.begin(options(None), Cancel::new()).is_err());
    grow_old(&bench.files("locks")[0], time::Duration::from_mins(31));
    drop(bench.begin());
    assert!(bench.vault.locks().unwrap().is_empty(), "whoever passes over a lock removes it");
}

#[test]
fn a_lost_lock_is_taken_again_and_what_was_written_is_confirmed() {
    let bench = Bench::new();
    let writer = bench.begin();
    writer.file("/rows", &meta(), &rows(1, 3_000_000)[..]).unwrap();
    fs::remove_file(&bench.files("locks")[0]).unwrap();
    let snapshot = writer.commit(b"{}").unwrap().snapshot;
    assert!(bench.files("locks").is_empty());
    assert!(bench.read(&snapshot, "/rows") == rows(1, 3_000_000));
}

#[test]
fn packs_that_were_pruned_while_the_lock_was_lost_fail_the_commit() {
    let bench = Bench::new();
    bench.write(&[("/rows", &rows(1, 3_000_000))]);
    let writer = bench.begin();
    let reused = writer.file("/rows", &meta(), &rows(1, 3_000_000)[..]).unwrap();
    assert_eq!(reused.bytes_new, 0);
    fs::remove_file(&bench.files("locks")[0]).unwrap();
    for kind in ["data", "snapshots"] {
        for file in bench.files(kind) {
            fs::remove_file(file).unwrap();
        }
    }
    assert!(matches!(writer.commit(b"{}"), Err(VaultError::Missing { .. })));
    bench.assert_nothing_visible();
}

/// What is done to a vault by those who passed a writer's lock over, which stays where it is.
type Others<'a> = &'a dyn Fn(&Bench);

#[test]
fn a_writer_whose_lock_was_passed_over_fails_by_the_name_of_what_is_gone() {
    let remove = |bench: &Bench, kind: &str, known: &[std::path::PathBuf]| {
        let new: Vec<_> = bench.files(kind).into_iter().filter(|file| !known.contains(file)).collect();
        assert!(!new.is_empty(), "{kind}");
        fs::remove_file(&new[0]).unwrap();
    };
    let pack: Others = &|bench| remove(bench, "data", &[]);
    let index: Others = &|bench| remove(bench, "index", &[]);
    for (kind, others) in [("data/", pack), ("index/", index)] {
        let bench = Bench::new();
        let writer = bench.begin();
        // More than two packs, so that some are stored and listed before the end.
        writer.file("/noise", &meta(), &noise(1, 60_000_000)[..]).unwrap();
        let deadline = time::Instant::now() + time::Duration::from_mins(1);
        while bench.files("index").is_empty() {
            assert!(time::Instant::now() < deadline, "nothing is stored");
            thread::yield_now();
        }
        let locks = bench.files("locks");
        others(&bench);

        let committed = writer.commit(b"{}");

        assert_eq!(locks.len(), 1, "its lock was there all the time");
        assert!(
            matches!(&committed, Err(VaultError::Missing { file }) if file.starts_with(kind)),
            "{kind}: {committed:?}"
        );
        bench.assert_nothing_visible();
    }
}

#[test]
fn a_writer_that_relies_on_packs_which_were_pruned_under_its_lock_fails_by_their_name() {
    let bench = Bench::new();
    bench.write(&[("/rows", &rows(1, 3_000_000))]);
    let writer = bench.begin();
    assert_eq!(writer.file("/rows", &meta(), &rows(1, 3_000_000)[..]).unwrap().bytes_new, 0);
    for kind in ["data", "snapshots"] {
        bench.files(kind).iter().for_each(|file| fs::remove_file(file).unwrap());
    }
    assert_eq!(bench.files("locks").len(), 1);
    assert!(matches!(writer.commit(b"{}"), Err(VaultError::Missing { .. })));
    bench.assert_nothing_visible();
}

/// A lock of another machine, as another Holdfast writes it.
fn lock_of_another(bench: &Bench, is_exclusive: bool) -> String {
    let document = serde_json::json!({
        "time": Timestamp::now().to_string(), "exclusive": is_exclusive,
        "hostname": rustix::system::uname().nodename().to_string_lossy(), "username": "grace", "pid": 1,
        "holdfast_processes": "0".repeat(32), "holdfast_began": 1,
    });
    Forge::of(&bench.repo(), PASSWORD).document("locks", &document).to_string()
}

#[test]
fn a_writer_that_finds_somebody_who_wants_the_vault_alone_publishes_nothing() {
    let bench = Bench::new();
    let writer = bench.begin();
    writer.file("/rows", &meta(), &rows(1, 300_000)[..]).unwrap();
    let exclusive = lock_of_another(&bench, true);
    let refused = writer.commit(b"{}");
    assert!(matches!(&refused, Err(VaultError::Locked { by }) if by.id == exclusive), "{refused:?}");
    assert_eq!(bench.files("snapshots").len(), 0);
    assert_eq!(bench.files("locks").len(), 1, "the other's");
}

/// A store in which somebody who wants it alone steps back after so many looks at the locks.
struct SteppingBack {
    inner: LocalStore,
    looks: AtomicUsize,
    lock: std::sync::Mutex<Option<String>>,
}

impl Store for SteppingBack {
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
    fn modified(&self, kind: FileKind, name: &str) -> Result<Option<Timestamp>, StoreError> {
        self.inner.modified(kind, name)
    }
    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        if kind == FileKind::Lock
            && let Some(lock) = self.lock.lock().unwrap().clone()
            && self.looks.fetch_add(1, Ordering::SeqCst) == 2
        {
            self.inner.remove(FileKind::Lock, &lock).unwrap();
        }
        self.inner.list(kind)
    }
    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        self.inner.remove(kind, name)
    }
}

#[test]
fn a_writer_waits_for_those_who_step_back() {
    let bench = Bench::new();
    let inner = LocalStore::open(bench.repo()).unwrap();
    let store =
        Arc::new(SteppingBack { inner, looks: AtomicUsize::new(0), lock: std::sync::Mutex::default() });
    let vault = Vault::open(Arc::clone(&store) as Arc<dyn Store>, &Password::new(PASSWORD)).unwrap();
    let writer = vault.begin(options(None), Cancel::new()).unwrap();
    writer.file("/rows", &meta(), &rows(1, 300_000)[..]).unwrap();
    *store.lock.lock().unwrap() = Some(lock_of_another(&bench, true));

    let snapshot = writer.commit(b"{}").unwrap().snapshot;

    assert!(store.looks.load(Ordering::SeqCst) > 2);
    assert!(bench.read(&snapshot, "/rows") == rows(1, 300_000));
    assert!(bench.files("locks").is_empty());
}
