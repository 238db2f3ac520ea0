//! restic as the judge.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use vault::SnapshotId;

use crate::world::{Files, PASSWORD};

/// Whether restic is there. In CI it has to be.
pub(crate) fn is_there() -> bool {
    let is_there = match Command::new("restic").arg("version").output() {
        Ok(output) => output.status.success(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => panic!("restic cannot be started: {error}"),
    };
    assert!(is_there || std::env::var_os("CI").is_none(), "restic has to be installed in CI");
    if !is_there {
        let _ =
            writeln!(std::io::stderr(), "SKIPPED: restic is not installed: nobody but us judged a torture");
    }
    is_there
}

fn run(repo: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("restic");
    // Locks of the dead are no concern of a judge who looks at a copy.
    command.args(["--no-cache", "--no-lock", "-r"]).arg(repo).args(arguments);
    command.env("RESTIC_PASSWORD", PASSWORD).output().unwrap()
}

/// Has restic check all data of a repository.
pub(crate) fn check(repo: &Path) -> Result<(), String> {
    said(&run(repo, &["check", "--read-data"]), "restic check --read-data")
}

/// Has restic restore a snapshot, and compares every byte.
pub(crate) fn restore(repo: &Path, id: &SnapshotId, files: &Files) -> Result<(), String> {
    let target = TempDir::new_in(repo.parent().unwrap()).unwrap();
    let place = target.path().to_str().unwrap();
    said(&run(repo, &["restore", &id.to_string(), "--target", place]), "restic restore")?;
    let mut restored = Vec::new();
    collect(target.path(), &mut restored);
    if restored.len() != files.len() {
        return Err(format!(
            "restic restored {} files of {id}, and there are {}",
            restored.len(),
            files.len()
        ));
    }
    for (path, content) in files {
        let found = fs::read(target.path().join(&path[1..]));
        if found.as_deref().ok() != Some(&content[..]) {
            return Err(format!("restic restored {path} of {id} differently"));
        }
    }
    Ok(())
}

fn said(output: &Output, what: &str) -> Result<(), String> {
    if output.status.success() {
        return Ok(());
    }
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{what}: {out}{err}"))
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
