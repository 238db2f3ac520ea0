//! Keys and locks, ours and restic's.

use std::process::{Command, Stdio};
use std::{fs, thread, time};

use vault::{Cancel, Password, VaultError};

use crate::bench::{Bench, PASSWORD, meta, open, options, owner, rows};

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
fn an_exclusive_lock_of_restic_is_respected_until_its_owner_is_dead() {
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
    assert!(bench.vault.locks().unwrap()[0].is_stale);
    drop(bench.begin());
    assert_eq!(bench.vault.remove_stale_locks().unwrap(), 1);
    assert!(bench.vault.locks().unwrap().is_empty());
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
