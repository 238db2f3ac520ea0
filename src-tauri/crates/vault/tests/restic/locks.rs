//! Locks in both directions: who holds one is named, the living are left alone, and the dead are
//! in nobody's way.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use vault::{Cancel, VaultError};

use super::source::{assert_sound, newest};
use crate::bench::{Bench, PASSWORD, grow_old, meta, options, restic_output, rows};
use crate::forge::Forge;

/// This machine, as locks name it.
fn hostname() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The id of a process that has just ended.
fn dead_process() -> u32 {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let id = child.id();
    child.wait().unwrap();
    id
}

/// Writes a lock as restic does; yields its name.
fn lock(bench: &Bench, is_exclusive: bool, hostname: &str, pid: u32, age: SignedDuration) -> String {
    lock_dated(bench, is_exclusive, hostname, pid, Timestamp::now() - age, age)
}

/// The same with a time of its own, which may not be that of the file.
fn lock_dated(
    bench: &Bench,
    is_exclusive: bool,
    hostname: &str,
    pid: u32,
    time: Timestamp,
    age: SignedDuration,
) -> String {
    let document = json!({
        "time": time.to_string(), "exclusive": is_exclusive,
        "hostname": hostname, "username": "grace", "pid": pid, "uid": 1000, "gid": 1000,
    });
    let name = Forge::of(&bench.repo(), PASSWORD).document("locks", &document).to_string();
    grow_old(&bench.repo().join("locks").join(&name), age.unsigned_abs());
    name
}

const FRESH: SignedDuration = SignedDuration::from_secs(20);
const OLD: SignedDuration = SignedDuration::from_mins(31);

#[test]
fn an_exclusive_lock_of_another_machine_is_refused_by_name_and_place() {
    let bench = Bench::new();
    let lock = lock(&bench, true, "attic", 4242, FRESH);
    let Err(error) = bench.vault.begin(options(None), Cancel::new()) else { panic!("it was locked") };
    assert!(
        matches!(&error, VaultError::Locked { by } if by.id == lock && by.pid == 4242 && by.is_exclusive)
    );
    let message = error.to_string();
    assert!(message.contains("exclusively by process 4242 of grace@attic since 20"), "{message}");
    assert_eq!(bench.vault.locks().unwrap().len(), 1, "ours is gone again");
}

#[test]
fn a_lock_that_others_may_share_keeps_nobody_out() {
    let bench = Bench::new();
    lock(&bench, false, "attic", 4242, FRESH);
    bench.write(&[("/rows", &rows(1, 100_000))]);
    assert_eq!(bench.vault.locks().unwrap().len(), 1);
}

#[test]
fn restic_backs_up_beside_our_writer_and_prunes_only_after_it() {
    let bench = Bench::new();
    std::fs::write(bench.directory.path().join("theirs"), rows(5, 1_000_000)).unwrap();
    let writer = bench.begin();
    writer.file("/first", &meta(), &rows(1, 3_000_000)[..]).unwrap();
    let Some(_) = bench.restic(&["backup", "theirs"]) else { return };
    let theirs = newest(&bench.vault);
    let this = std::process::id();
    for exclusive in
        [&["prune"][..], &["forget", "--prune", "--keep-last", "1"], &["rebuild-index"], &["check"]]
    {
        let refused = restic_output(bench.directory.path(), exclusive).unwrap();
        let message = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && message.contains("already locked"), "{exclusive:?}: {message}");
        assert!(message.contains(&format!("PID {this} on {}", hostname())), "{exclusive:?}: {message}");
    }
    writer.file("/second", &meta(), &rows(2, 3_000_000)[..]).unwrap();
    let ours = writer.commit(b"{}").unwrap().snapshot;
    bench.restic(&["prune", "--max-unused", "0"]).unwrap();
    assert_sound(&bench);
    assert!(bench.read(&theirs, "/theirs") == rows(5, 1_000_000));
    assert!(bench.read(&ours, "/second") == rows(2, 3_000_000));
}

#[test]
fn both_tell_the_living_from_what_is_old_alike() {
    for remover in ["restic", "ours"] {
        let bench = Bench::new();
        let writer = bench.begin();
        let ours = bench.vault.locks().unwrap()[0].id.clone();
        let here = hostname();
        let living = [
            ours,
            lock(&bench, false, "attic", 1, FRESH),
            lock(&bench, false, &here, std::process::id(), FRESH),
        ];
        let dead = [
            lock(&bench, true, "attic", 1, OLD),
            lock(&bench, false, "attic", 1, OLD),
            lock(&bench, false, &here, std::process::id(), OLD),
        ];
        for lock in bench.vault.locks().unwrap() {
            assert_eq!(lock.is_stale, dead.contains(&lock.id), "{lock}");
            assert!(lock.is_stale || living.contains(&lock.id), "{lock}");
        }
        // The dead exclude nobody, and what would have is removed by whoever passes over it.
        drop(bench.begin());
        if remover == "ours" {
            assert_eq!(bench.vault.remove_stale_locks().unwrap(), dead.len() - 1);
        } else if bench.restic(&["unlock"]).is_none() {
            return;
        }
        let mut left: Vec<String> = bench.vault.locks().unwrap().into_iter().map(|lock| lock.id).collect();
        let mut expected = living.to_vec();
        left.sort();
        expected.sort();
        assert_eq!(left, expected, "after {remover}");
        drop(writer);
    }
}

#[test]
fn restic_takes_the_lock_of_a_writer_that_died_for_dead() {
    let bench = Bench::new();
    bench.write(&[("/rows", &rows(1, 500_000))]);
    lock(&bench, false, &hostname(), dead_process(), FRESH);
    let Some(refused) = restic_output(bench.directory.path(), &["prune"]) else { return };
    assert!(!refused.status.success(), "restic wants it to be removed first");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("unlock"));
    bench.restic(&["unlock"]).unwrap();
    bench.restic(&["prune"]).unwrap();
    assert_sound(&bench);
}

#[test]
fn a_process_number_of_another_machine_with_our_host_name_says_nothing_here() {
    let bench = Bench::new();
    let restics = lock(&bench, true, &hostname(), dead_process(), FRESH);
    let refused = bench.vault.begin(options(None), Cancel::new());
    assert!(matches!(refused.err(), Some(VaultError::Locked { by }) if by.id == restics));
    assert_eq!(bench.vault.remove_stale_locks().unwrap(), 0);
    grow_old(&bench.repo().join("locks").join(&restics), OLD.unsigned_abs());
    drop(bench.begin());
    assert!(bench.vault.locks().unwrap().is_empty());
}

#[test]
fn clocks_an_hour_apart_make_no_living_lock_stale_and_no_dead_one_live() {
    let (hour, none) = (SignedDuration::from_hours(1), SignedDuration::ZERO);
    for (what, ahead, age, is_held) in [
        ("behind, and alive", -hour, none, true),
        ("ahead, and alive", hour, none, true),
        ("a year ahead, and alive", hour * 24 * 365, none, true),
        ("behind, and dead", -hour, OLD, false),
        ("ahead, and dead", hour, OLD, false),
        ("a year ahead, and dead", hour * 24 * 365, OLD, false),
    ] {
        let bench = Bench::new();
        let time = Timestamp::now() - age + ahead;
        let name = lock_dated(&bench, true, "attic", 4242, time, age);
        assert_eq!(bench.vault.remove_stale_locks().unwrap(), usize::from(!is_held), "{what}");
        assert_eq!(bench.files("locks").iter().any(|file| file.ends_with(&name)), is_held, "{what}");
        assert_eq!(bench.vault.begin(options(None), Cancel::new()).is_err(), is_held, "{what}");

        let again = lock_dated(&bench, true, "attic", 4243, time, age);
        assert_eq!(bench.vault.begin(options(None), Cancel::new()).is_err(), is_held, "{what}: a writer");
        assert_eq!(bench.files("locks").iter().any(|file| file.ends_with(&again)), is_held, "{what}");
    }
}

#[test]
fn restic_reads_our_locks_with_what_they_say_more() {
    let bench = Bench::new();
    let writer = bench.begin();
    let (ours, is_compressed) = Forge::of(&bench.repo(), PASSWORD).read_document(&bench.files("locks")[0]);
    assert!(is_compressed && ours["hostname"] == hostname().as_str(), "{ours}");
    if cfg!(target_os = "linux") {
        assert_eq!(ours["holdfast_processes"].as_str().map(str::len), Some(32), "{ours}");
        assert!(ours["holdfast_began"].is_u64(), "{ours}");
    }
    let machine = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
    assert!(
        machine.trim().is_empty() || !ours.to_string().contains(machine.trim()),
        "nothing of the machine is told"
    );
    let Some(refused) = restic_output(bench.directory.path(), &["prune"]) else { return };
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(message.contains(&format!("PID {} on {}", std::process::id(), hostname())), "{message}");
    drop(writer);
    bench.restic(&["prune"]).unwrap();
}
