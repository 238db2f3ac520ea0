//! The memory that a prune of a thousand snapshots takes, measured as the peak of a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;
use vault::{Cancel, KeyWork, LocalStore, Password, PruneOptions, SnapshotId, Vault};

use crate::bench::{PASSWORD, meta, noise, open, options, owner, snapshots};

const SNAPSHOTS: u64 = 1_000;
/// Every so-manieth stays.
const KEPT_OF: u64 = 3;
/// The budget of any job.
const PEAK_KIB_MAX: u64 = 256 << 10;
/// Tells the child where the vault is.
const PLACE: &str = "HOLDFAST_PRUNE_MEMORY";

/// A thousand snapshots with a file of many blocks that all have, and one of their own.
fn fill(repo: &Path) {
    let store = Arc::new(LocalStore::create(repo).unwrap());
    let vault = Vault::create_with(store, &Password::new(PASSWORD), &owner(), KeyWork::LEAST).unwrap();
    let mut parent: Option<SnapshotId> = None;
    for number in 0..SNAPSHOTS {
        let writer = vault.begin(options(parent), Cancel::new()).unwrap();
        if parent.is_some() {
            writer.keep("/common").unwrap();
        } else {
            writer.file("/common", &meta(), &noise(0, 60_000_000)[..]).unwrap();
        }
        writer.file("/own", &meta(), &noise(number + 1, 20_000)[..]).unwrap();
        parent = Some(writer.commit(b"{}").unwrap().snapshot);
    }
}

#[test]
fn a_prune_of_a_thousand_snapshots_fits_into_the_memory_of_any_job() {
    // Syncing a thousand snapshots to a disk is not what is measured.
    let directory = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
    let repo = directory.path().join("repo");
    fill(&repo);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "scenarios::prune_memory::a_process_that_prunes", "--nocapture"])
        .env(PLACE, &repo)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let peak = said.lines().filter_map(|line| line.strip_prefix("peak_kib ")).next_back().expect(&said);
    eprintln!("a thousand snapshots: {peak} KiB");
    assert!(peak.parse::<u64>().unwrap() <= PEAK_KIB_MAX, "{peak} KiB");
}

/// What the test above starts; by itself it has nothing to do.
#[test]
fn a_process_that_prunes() {
    let Some(place) = std::env::var_os(PLACE).map(PathBuf::from) else { return };
    let vault = open(&place, PASSWORD).unwrap();
    let all = snapshots(&vault).unwrap();
    assert_eq!(all.len() as u64, SNAPSHOTS);
    for (number, snapshot) in (0..).zip(&all) {
        if number % KEPT_OF != 0 {
            vault.forget(&snapshot.id).unwrap();
        }
    }
    let thorough = PruneOptions { unused_percent_max: 0 };
    let plan = vault.plan_prune(thorough, &|_| {}, &Cancel::new()).unwrap();
    assert_eq!(plan.snapshots, SNAPSHOTS.div_ceil(KEPT_OF));
    let report = vault.prune(thorough, &plan.seen, "ada", &|_| {}, &Cancel::new()).unwrap();
    assert!(report.removed.packs > SNAPSHOTS && report.freed_bytes() > 10_000_000, "{report:?}");
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    eprintln!("\npeak_kib {}", peak.trim().trim_end_matches(" kB"));
}
