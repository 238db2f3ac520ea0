//! A process of its own that is killed while it writes, as `kill -9` does it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use vault::{Cancel, LocalStore, Password, SnapshotId, Vault};

use crate::prune::{THOROUGH, prune};
use crate::random::{Random, content, seed, soak};
use crate::restic;
use crate::world::{Files, PASSWORD, World, check, options, snapshots, verify, with_manifest, write_all};

/// Tells the child where the vault is.
const PLACE: &str = "HOLDFAST_TORTURE_VAULT";
/// And with which number it begins.
const FIRST: &str = "HOLDFAST_TORTURE_FIRST";
/// Kills of an ordinary run.
const KILLS: u64 = 6;
/// A child that gets nowhere in this time is a failure.
const PATIENCE: Duration = Duration::from_mins(1);

/// The files of the snapshot of this number; its tag is the number.
fn files(number: u64) -> Files {
    (0..4).map(|file| (format!("/files/{file}"), Arc::new(content(number * 3 + file)))).collect()
}

fn write(vault: &Vault, number: u64) -> SnapshotId {
    let mut options = options(None);
    options.tags = vec![number.to_string()];
    let writer = vault.begin(options, Cancel::new()).unwrap();
    write_all(&writer, &files(number), true).unwrap();
    writer.commit(crate::world::MANIFEST).unwrap().snapshot
}

fn open(repo: &Path) -> Vault {
    Vault::open(Arc::new(LocalStore::open(repo).unwrap()), &Password::new(PASSWORD)).unwrap()
}

/// What the test below starts; by itself it has nothing to do.
#[test]
fn a_process_that_writes_and_prunes_until_it_is_killed() {
    let Some(place) = std::env::var_os(PLACE) else { return };
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let vault = open(Path::new(&place));
    for number in first.. {
        let written = write(&vault, number);
        // Every other one goes again, and with it what only it had.
        if number % 2 == 1 {
            vault.forget(&written).unwrap();
            prune(&vault, THOROUGH).unwrap();
        }
    }
}

fn start(repo: &Path, first: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::a_process_that_writes_and_prunes_until_it_is_killed"])
        .env(PLACE, repo)
        .env(FIRST, first.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The files of the repository, temporaries and locks among them: they come and go as it works.
fn fingerprint(directory: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
    let each = |entry: std::io::Result<std::fs::DirEntry>| match entry {
        Ok(entry) if entry.path().is_dir() => fingerprint(&entry.path()),
        Ok(entry) => entry.file_name().len() as u64 + 1,
        Err(_) => 0,
    };
    entries.map(each).sum()
}

/// Kills the child once the repository has changed so many times.
fn kill_after(child: &mut Child, repo: &Path, changes: u64) {
    let (start, mut before, mut seen) = (Instant::now(), fingerprint(repo), 0);
    while seen < changes {
        assert!(start.elapsed() < PATIENCE && child.try_wait().unwrap().is_none(), "the child does not work");
        let now = fingerprint(repo);
        seen += u64::from(now != before);
        before = now;
        thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_process_killed_at_any_moment_leaves_whole_snapshots_and_the_next_one_goes_on() {
    let (seed, restic, begun) = (seed(), restic::is_there(), Instant::now());
    eprintln!("kills: to repeat this, set HOLDFAST_SEED={seed} (the moments are not the same each time)");
    let mut random = Random::new(seed);
    let world = World::on_disk(0);
    let repo = world.directory().join("repo");
    let mut kills = 0;
    while soak().map_or(kills < KILLS, |time| begun.elapsed() < time) {
        let mut child = start(&repo, kills * 1000);
        kill_after(&mut child, &repo, 1 + random.below(60));
        kills += 1;
        let vault = open(&repo);
        // The lock of a dead process of this computer is known to be one.
        let stale = vault.remove_stale_locks().unwrap();
        assert!(stale <= 1 && vault.locks().unwrap().is_empty(), "{stale}");
        let mut model: BTreeMap<SnapshotId, Files> = BTreeMap::new();
        for snapshot in snapshots(&vault).unwrap() {
            model.insert(snapshot.id, with_manifest(files(snapshot.tags[0].parse().unwrap())));
        }
        let number = kills * 1000 - 1;
        model.insert(write(&vault, number), with_manifest(files(number)));
        verify(&vault, &model).unwrap();
        check(&vault).unwrap();
        if kills % 2 == 0 {
            prune(&vault, THOROUGH).unwrap();
            verify(&vault, &model).unwrap();
        }
        if kills % 3 == 0 {
            vault.repair("ada", &|_| {}, &Cancel::new()).unwrap();
        }
        if restic {
            restic::check(&repo).unwrap();
            for (id, files) in model.iter().take(3) {
                restic::restore(&repo, id, files).unwrap();
            }
        }
        for id in model.keys() {
            vault.forget(id).unwrap();
        }
    }
    eprintln!("{kills} kills in {:?}", begun.elapsed());
}
