//! Pruning: the space of what no snapshot needs is free again, and restic finds nothing wrong.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use vault::{Cancel, PruneOptions, PrunePlan, PruneReport, SnapshotId, Vault, VaultError};

use crate::bench::{Bench, noise, open, options, rows};
use crate::forge::Forge;

const THOROUGH: PruneOptions = PruneOptions { unused_percent_max: 0 };

fn plan(vault: &Vault, options: PruneOptions) -> PrunePlan {
    vault.plan_prune(options, &|_| {}, &Cancel::new()).unwrap()
}

fn perform(vault: &Vault, plan: &PrunePlan) -> Result<PruneReport, VaultError> {
    vault.prune(plan.options, &plan.seen, "ada", &|_| {}, &Cancel::new())
}

/// The bytes of all packs, as the disk has them.
fn data_bytes(bench: &Bench) -> u64 {
    bench.files("data").iter().map(|file| fs::metadata(file).unwrap().len()).sum()
}

/// Two snapshots that share some content; each has some of its own.
fn two(bench: &Bench) -> [SnapshotId; 2] {
    [1, 2].map(|number| {
        let (own, shared) = (noise(number, 3_000_000), noise(100, 1_000_000));
        bench.write(&[("/own", &own), ("/shared", &shared), ("/rows", &rows(number, 500_000))]).snapshot
    })
}

fn assert_reads(bench: &Bench, snapshot: &SnapshotId, number: u64) {
    assert!(bench.read(snapshot, "/own") == noise(number, 3_000_000));
    assert!(bench.read(snapshot, "/shared") == noise(100, 1_000_000));
    assert!(bench.read(snapshot, "/rows") == rows(number, 500_000));
}

/// restic reads all data without an error, and restores this snapshot.
fn restic_agrees(bench: &Bench, snapshot: &SnapshotId, number: u64) {
    let Some(said) = bench.restic(&["check", "--read-data"]) else { return };
    assert!(said.contains("no errors were found") && !said.contains("not referenced"), "{said}");
    bench.restic(&["restore", &snapshot.to_string(), "--target", "restored"]).unwrap();
    let restored = bench.directory.path().join("restored");
    assert!(fs::read(restored.join("own")).unwrap() == noise(number, 3_000_000));
    assert!(fs::read(restored.join("shared")).unwrap() == noise(100, 1_000_000));
}

#[test]
fn what_only_a_forgotten_snapshot_needed_is_gone_and_what_it_shared_stays() {
    let bench = Bench::new();
    let [gone, kept] = two(&bench);
    bench.vault.forget(&gone).unwrap();
    let before = data_bytes(&bench);
    let shown = plan(&bench.vault, THOROUGH);
    assert!(
        shown.freed_bytes > 3_000_000 && shown.repacked.packs > 0 && shown.unused_bytes == 0,
        "{shown:?}"
    );

    let report = perform(&bench.vault, &shown).unwrap();

    let after = data_bytes(&bench);
    assert_eq!(before - after, report.freed_bytes());
    assert!(report.freed_bytes().abs_diff(shown.freed_bytes) < 1_000, "{report:?} was shown as {shown:?}");
    assert_reads(&bench, &kept, 2);
    assert_reads(
        &Bench { vault: open(&bench.repo(), crate::bench::PASSWORD).unwrap(), directory: bench.directory },
        &kept,
        2,
    );
}

#[test]
fn restic_agrees_with_a_pruned_vault_and_a_second_prune_has_nothing_to_do() {
    let bench = Bench::new();
    let [gone, kept] = two(&bench);
    bench.vault.forget(&gone).unwrap();
    perform(&bench.vault, &plan(&bench.vault, THOROUGH)).unwrap();
    restic_agrees(&bench, &kept, 2);

    let again = plan(&bench.vault, THOROUGH);
    assert!(again.is_empty() && again.freed_bytes == 0, "{again:?}");
    let files = || ["data", "index", "snapshots"].map(|kind| bench.files(kind));
    let before = files();
    assert_eq!(perform(&bench.vault, &again).unwrap(), PruneReport::default());
    assert_eq!(files(), before);
    if let Some(said) = bench.restic(&["prune", "--max-unused", "0", "--dry-run"]) {
        let nothing = ["to repack", "this removes", "to delete", "total prune"];
        let is_nothing = |line: &str| line.contains(" 0 blobs / 0 B");
        let lines = said.lines().filter(|line| nothing.iter().any(|what| line.starts_with(what)));
        assert!(lines.clone().count() == 4 && lines.clone().all(is_nothing), "{said}");
    }

    // What is there is used by the next snapshot, and what is not is stored again.
    let written = bench.write(&[("/own", &noise(1, 3_000_000)), ("/shared", &noise(100, 1_000_000))]);
    assert_eq!(written.bytes_new, 3_000_000);
    assert_eq!(bench.check_all().problems, []);
}

#[test]
fn a_vault_without_snapshots_is_empty_after_it() {
    let bench = Bench::new();
    for snapshot in two(&bench) {
        bench.vault.forget(&snapshot).unwrap();
    }
    perform(&bench.vault, &plan(&bench.vault, PruneOptions::default())).unwrap();
    assert_eq!((bench.files("data").len(), bench.files("index").len(), data_bytes(&bench)), (0, 0, 0));
    let again = bench.write(&[("/own", &noise(1, 3_000_000))]).snapshot;
    assert!(bench.read(&again, "/own") == noise(1, 3_000_000));
    assert_eq!(bench.check_all().problems, []);
}

#[test]
fn what_may_stay_unused_is_not_copied_for() {
    let bench = Bench::new();
    let [gone, kept] = two(&bench);
    bench.vault.forget(&gone).unwrap();
    let nothing_copied = plan(&bench.vault, PruneOptions { unused_percent_max: 100 });
    assert_eq!((nothing_copied.repacked.packs, nothing_copied.copied_bytes), (0, 0));
    assert!(nothing_copied.unused_bytes > 2_900_000, "{nothing_copied:?}");
    // About 3 of 7 megabytes are unused.
    let repacked =
        |unused_percent_max| plan(&bench.vault, PruneOptions { unused_percent_max }).repacked.packs;
    assert_eq!([60, 30, 5, 0].map(repacked), [0, 1, 1, 1]);
    for options in [100, 60, 30].map(|unused_percent_max| PruneOptions { unused_percent_max }) {
        let shown = plan(&bench.vault, options);
        perform(&bench.vault, &shown).unwrap();
        let after = plan(&bench.vault, options);
        assert!(after.is_empty() && after.unused_bytes == shown.unused_bytes, "{after:?}");
        let tolerated = u64::from(options.unused_percent_max) * (after.kept.bytes / 100 + 1);
        assert!(options.unused_percent_max == 100 || after.unused_bytes <= tolerated, "{after:?}");
        restic_agrees(&bench, &kept, 2);
    }
}

#[test]
fn what_a_run_that_died_left_in_no_index_is_removed() {
    let bench = Bench::new();
    let [_, kept] = two(&bench);
    let before = data_bytes(&bench);
    let known = ["index", "snapshots"].map(|kind| bench.files(kind));
    bench.write(&[("/more", &noise(77, 5_000_000))]);
    for (kind, known) in ["index", "snapshots"].into_iter().zip(known) {
        for file in bench.files(kind).iter().filter(|file| !known.contains(file)) {
            fs::remove_file(file).unwrap();
        }
    }
    let shown = plan(&bench.vault, PruneOptions::default());
    assert!(shown.leftover.packs > 0 && shown.leftover.bytes > 4_900_000, "{shown:?}");
    perform(&bench.vault, &shown).unwrap();
    assert_eq!(data_bytes(&bench), before);
    assert_eq!(bench.check_all().problems, []);
    assert_reads(&bench, &kept, 2);
}

#[test]
fn nobody_is_pruned_under_and_nobody_writes_beside_a_prune() {
    let bench = Bench::new();
    let [gone, kept] = two(&bench);
    bench.vault.forget(&gone).unwrap();
    let shown = plan(&bench.vault, THOROUGH);
    let writer = bench.begin();
    let before = bench.files("data");
    let refused = perform(&bench.vault, &shown);
    assert!(matches!(&refused, Err(VaultError::Locked { by }) if !by.is_exclusive), "{refused:?}");
    assert_eq!(bench.files("data"), before);
    drop(writer);

    let other = open(&bench.repo(), crate::bench::PASSWORD).unwrap();
    let refusals = std::cell::Cell::new(0);
    let tell = |_| {
        let begun = other.begin(options(None), Cancel::new()).err();
        assert!(matches!(&begun, Some(VaultError::Locked { by }) if by.is_exclusive), "{begun:?}");
        let planned = other.plan_prune(THOROUGH, &|_| {}, &Cancel::new());
        assert!(matches!(&planned, Err(VaultError::Locked { .. })), "{planned:?}");
        let read = other.read_back(&kept, None, &|_| {}, &Cancel::new());
        assert!(matches!(&read, Err(VaultError::Locked { .. })), "{read:?}");
        refusals.set(refusals.get() + 1);
    };
    bench.vault.prune(THOROUGH, &shown.seen, "ada", &tell, &Cancel::new()).unwrap();
    assert!(refusals.get() > 3);
    assert!(bench.files("locks").is_empty());
}

#[test]
fn a_file_that_is_being_read_is_read_to_its_end_while_its_packs_go() {
    let bench = Bench::new();
    let [gone, kept] = two(&bench);
    bench.vault.forget(&gone).unwrap();
    let other = open(&bench.repo(), crate::bench::PASSWORD).unwrap();
    let mut reader = other.read(&kept, "/shared").unwrap();
    let mut read = vec![0; 1_000];
    reader.read_exact(&mut read).unwrap();
    let report = perform(&bench.vault, &plan(&bench.vault, THOROUGH)).unwrap();
    assert!(report.removed.packs > 0);
    reader.read_to_end(&mut read).unwrap();
    assert!(read == noise(100, 1_000_000));
    for (path, content) in [("/shared", noise(100, 1_000_000)), ("/own", noise(2, 3_000_000))] {
        let mut read = Vec::new();
        other.read(&kept, path).unwrap().read_to_end(&mut read).unwrap();
        assert!(read == content, "{path}");
    }
}

#[test]
fn a_plan_is_out_of_date_once_anything_was_written_or_forgotten() {
    let bench = Bench::new();
    let [first, second] = two(&bench);
    bench.vault.forget(&first).unwrap();
    let mut shown = plan(&bench.vault, THOROUGH);
    let steps: [&dyn Fn(); 3] = [
        &|| assert!(bench.write(&[("/more", b"more")]).files > 0),
        &|| bench.vault.forget(&second).unwrap(),
        &|| assert!(perform(&bench.vault, &plan(&bench.vault, THOROUGH)).is_ok()),
    ];
    for step in steps {
        step();
        let before = bench.files("data");
        let stale = perform(&bench.vault, &shown);
        assert!(matches!(stale, Err(VaultError::Stale { .. })), "{stale:?}");
        assert_eq!(bench.files("data"), before);
        shown = plan(&bench.vault, THOROUGH);
    }
}

/// Changes a byte of a pack.
fn flip(file: &Path, at: usize) {
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    let mut content = fs::read(file).unwrap();
    content[at] ^= 1;
    fs::write(file, content).unwrap();
}

#[test]
fn a_damaged_block_that_would_be_copied_ends_the_prune_by_its_packs_name_and_nothing_is_removed() {
    let bench = Bench::new();
    let [gone, kept] = two(&bench);
    bench.vault.forget(&gone).unwrap();
    let shown = plan(&bench.vault, THOROUGH);
    let size = |file: &Path| fs::metadata(file).unwrap().len();
    let files = bench.files("data");
    let shared = files.iter().max_by_key(|file| size(file)).unwrap();
    // Both halves of it are needed in part: one byte of each that is kept.
    (0..usize::try_from(size(shared)).unwrap() - 5_000).step_by(50_000).for_each(|at| flip(shared, at));
    let files = |kind| bench.files(kind);
    let before = ["data", "index", "snapshots"].map(files);

    let ended = perform(&bench.vault, &shown);

    let name = format!("data/{}", shared.file_name().unwrap().to_str().unwrap());
    assert!(
        matches!(&ended, Err(VaultError::Damaged { file, .. }) if *file == name),
        "{ended:?}, not {name}"
    );
    for (kind, before) in ["data", "index", "snapshots"].into_iter().zip(before) {
        assert!(before.iter().all(|file| file.exists()), "{kind}");
    }
    assert!(bench.vault.snapshot(&kept).is_ok() && bench.files("locks").is_empty());
}

#[test]
fn of_what_is_stored_twice_the_damaged_copy_is_not_the_one_that_stays() {
    let bench = Bench::new();
    let other = open(&bench.repo(), crate::bench::PASSWORD).unwrap();
    // Both begin before either has stored anything that the other could use.
    let writers = [bench.begin(), other.begin(options(None), Cancel::new()).unwrap()];
    for writer in &writers {
        writer.file("/own", &crate::bench::meta(), &noise(1, 2_000_000)[..]).unwrap();
    }
    let [first, second] = writers.map(|writer| writer.commit(b"{}").unwrap().snapshot);
    let large = bench.files("data").into_iter().filter(|file| fs::metadata(file).unwrap().len() > 1_000_000);
    let large: Vec<_> = large.collect();
    assert_eq!(large.len(), 2, "the content is there twice");
    for damaged in [0, 1] {
        let sound = fs::read(&large[damaged]).unwrap();
        flip(&large[damaged], 1_000_000);
        let shown = plan(&bench.vault, THOROUGH);
        let ended = perform(&bench.vault, &shown);
        assert!(large.iter().all(|file| file.exists()) || ended.is_ok());
        if ended.is_ok() {
            assert!(!large[damaged].exists() && large[1 - damaged].exists(), "the sound one stays");
            assert_eq!(bench.check_all().problems, []);
            assert!([first, second].iter().all(|id| bench.read(id, "/own") == noise(1, 2_000_000)));
            return;
        }
        assert!(matches!(&ended, Err(VaultError::Damaged { .. })), "{ended:?}");
        fs::write(&large[damaged], sound).unwrap();
    }
    panic!("one of the two is the copy that goes");
}

#[test]
fn of_what_is_stored_twice_the_copy_that_stays_is_what_its_name_says() {
    let bench = Bench::new();
    let other = open(&bench.repo(), crate::bench::PASSWORD).unwrap();
    let writers = [bench.begin(), other.begin(options(None), Cancel::new()).unwrap()];
    let (one, two) = (noise(1, 50_000), noise(2, 50_000));
    for writer in &writers {
        writer.file("/one", &crate::bench::meta(), &one[..]).unwrap();
        writer.file("/two", &crate::bench::meta(), &two[..]).unwrap();
    }
    let [first, _] = writers.map(|writer| writer.commit(b"{}").unwrap().snapshot);
    // Whichever of the two is to stay, two of its blobs are in each other's places, with codes that are right.
    let exchanged = Forge::of(&bench.repo(), crate::bench::PASSWORD).exchange_blobs();
    assert_eq!(exchanged.len(), 2, "the content is there twice");

    let ended = perform(&bench.vault, &plan(&bench.vault, THOROUGH));

    assert!(
        matches!(&ended, Err(VaultError::Damaged { file, .. }) if file.starts_with("data/")),
        "{ended:?}"
    );
    assert!(exchanged.iter().all(|pack| pack.exists()), "nothing goes");
    assert!(bench.vault.snapshot(&first).is_ok());
}
