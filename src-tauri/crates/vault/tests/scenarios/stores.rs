//! The local disk is a store as every store has to be.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;
use vault::{FileKind, LocalStore, Store};

#[test]
fn the_local_store_conforms() {
    let directory = TempDir::new().unwrap();
    let store = LocalStore::create(directory.path().join("repo")).unwrap();
    vault::conformance::run(&store).unwrap();
    assert_eq!(fs::read_dir(directory.path().join("repo/tmp")).unwrap().count(), 0);
}

#[test]
fn files_are_the_owners_alone() {
    let directory = TempDir::new().unwrap();
    let repo = directory.path().join("repo");
    let store = LocalStore::create(&repo).unwrap();
    let name = "ab".repeat(32);
    store.put(FileKind::Data, &name, b"x").unwrap();
    let mode = |path: &str| fs::metadata(repo.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("data"), mode("data/ab"), mode("keys")), (0o700, 0o700, 0o700));
    assert_eq!(mode(&format!("data/ab/{name}")), 0o400);
}

#[test]
fn a_lost_directory_of_packs_is_made_again() {
    let directory = TempDir::new().unwrap();
    let repo = directory.path().join("repo");
    let store = LocalStore::create(&repo).unwrap();
    fs::remove_dir(repo.join("data/ab")).unwrap();
    store.put(FileKind::Data, &"ab".repeat(32), b"x").unwrap();
    assert_eq!(store.list(FileKind::Data).unwrap().len(), 1);
}
