//! How golden repositories are made, each once.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use vault::{LocalStore, Password, Vault};

use crate::bench::{Bench, PASSWORD, noise, open, owner, restic_in, rows};

/// What each of them holds, beside whatever is in one alone. No file has more than 64 KiB: all
/// chunkers take it as one piece.
pub(crate) fn contents() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("/database/shop.dump", rows(1, 40_000)),
        ("/database/roles.sql", b"CREATE ROLE shop;\n".to_vec()),
        ("/storage/ünïcode ☃ 😀", noise(1, 9_000)),
        ("/storage/quote\"d and\ttabbed", noise(2, 33)),
        ("/storage/empty", Vec::new()),
    ]
}

/// Makes a golden repository.
pub(crate) fn make(name: &str, golden: &Path) {
    let directory = TempDir::new().unwrap();
    let repo = directory.path().join("repo");
    let version = if name.ends_with('1') { "1" } else { "2" };
    let vault = if name == "ours-2" {
        let store = LocalStore::create(&repo).unwrap();
        Vault::create(Arc::new(store), &Password::new(PASSWORD), &owner()).unwrap()
    } else {
        restic_in(directory.path(), &["init", "--repository-version", version]).unwrap();
        open(&repo, PASSWORD).unwrap()
    };
    let bench = Bench { directory, vault };
    for round in ["first", "second"] {
        if name.starts_with("restic") {
            back_up_by_restic(&bench, round);
        } else {
            let contents = contents();
            let mut files: Vec<(&str, &[u8])> =
                contents.iter().map(|(path, content)| (*path, &content[..])).collect();
            files.push(("/round", round.as_bytes()));
            bench.write(&files);
        }
    }
    assert_eq!(bench.check_all().problems, []);
    copy_directory(&repo, golden);
}

fn back_up_by_restic(bench: &Bench, round: &str) {
    let source = bench.directory.path().join("source");
    for (path, content) in contents() {
        let path = source.join(&path[1..]);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    fs::write(source.join("round"), round).unwrap();
    let _ = std::os::unix::fs::symlink("round", source.join("link"));
    let arguments =
        ["backup", "--host", "desk", "--tag", "golden", "--time", "2026-02-03 05:00:00", "source"];
    bench.restic(&arguments).unwrap();
}

/// Copies all files; empty directories are left out, as Git leaves them out.
pub(crate) fn copy_directory(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_directory(&path, &target);
        } else {
            fs::create_dir_all(to).unwrap();
            fs::write(&target, fs::read(&path).unwrap()).unwrap();
        }
    }
}
