//! A whole snapshot comes back, or the report says which part does not.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use vault::{Cancel, VaultError};

use crate::bench::{Bench, meta, noise, rows, snapshots};

#[test]
fn a_snapshot_is_restored_byte_for_byte() {
    let bench = Bench::new();
    let files: Vec<(String, Vec<u8>)> = (0..200_u64)
        .map(|number| (format!("/dir{}/file {number}", number % 7), noise(number, 10_000)))
        .chain([("/big".to_owned(), rows(1, 12_000_000)), ("/empty".to_owned(), Vec::new())])
        .collect();
    let borrowed: Vec<(&str, &[u8])> =
        files.iter().map(|(path, content)| (path.as_str(), &content[..])).collect();
    let committed = bench.write(&borrowed);
    let target = bench.directory.path().join("out");

    let report = bench.vault.restore(&committed.snapshot, &target, &Cancel::new()).unwrap();

    assert_eq!((report.files, report.bytes), (committed.files, committed.bytes));
    assert_eq!(report.problems, []);
    for (path, content) in &files {
        assert!(fs::read(target.join(&path[1..])).unwrap() == *content, "{path}");
    }
    let metadata = fs::metadata(target.join("big")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
    let modified: jiff::Timestamp = metadata.modified().unwrap().try_into().unwrap();
    assert_eq!(modified, meta().modified);
}

#[test]
fn a_destination_that_holds_anything_is_refused() {
    let bench = Bench::new();
    let snapshot = bench.write(&[("/a", b"x")]).snapshot;
    let refused = bench.vault.restore(&snapshot, bench.directory.path(), &Cancel::new());
    assert!(matches!(refused, Err(VaultError::NotEmpty { .. })));
}

#[test]
fn one_damaged_file_does_not_stop_the_others() {
    let bench = Bench::new();
    bench.write(&[("/lost", &noise(1, 500_000))]);
    let pack = bench.files("data").into_iter().max_by_key(|file| fs::metadata(file).unwrap().len()).unwrap();
    let snapshot = bench.write(&[("/lost", &noise(1, 500_000)), ("/kept", &noise(2, 500_000))]).snapshot;
    fs::remove_file(pack).unwrap();
    let target = bench.directory.path().join("out");

    let report = bench.vault.restore(&snapshot, &target, &Cancel::new()).unwrap();

    let lost: Vec<&str> = report.problems.iter().map(|problem| problem.file.as_str()).collect();
    assert!(lost.contains(&"/lost") && !lost.contains(&"/kept"), "{lost:?}");
    assert!(!target.join("lost").exists(), "nothing half restored is left");
    assert!(fs::read(target.join("kept")).unwrap() == noise(2, 500_000));
}

#[test]
fn links_that_lead_out_are_named_and_not_made() {
    let Some(bench) = Bench::by_restic() else { return };
    let source = bench.directory.path().join("source");
    fs::create_dir(&source).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", source.join("absolute")).unwrap();
    std::os::unix::fs::symlink("../../../etc", source.join("climbing")).unwrap();
    std::os::unix::fs::symlink("../source", source.join("inside")).unwrap();
    bench.restic(&["backup", "source"]).unwrap();
    let snapshot = snapshots(&bench.vault).unwrap()[0].id;
    let target = bench.directory.path().join("out");

    let report = bench.vault.restore(&snapshot, &target, &Cancel::new()).unwrap();

    assert_eq!(report.problems.len(), 2, "{:?}", report.problems);
    assert!(target.join("source/inside").is_symlink());
    assert!(!target.join("source/absolute").is_symlink());
}

#[test]
fn a_cancelled_restore_says_so() {
    let bench = Bench::new();
    let snapshot = bench.write(&[("/a", b"x")]).snapshot;
    let cancel = Cancel::new();
    cancel.cancel();
    let target = bench.directory.path().join("out");
    assert!(matches!(bench.vault.restore(&snapshot, &target, &cancel), Err(VaultError::Cancelled)));
}
