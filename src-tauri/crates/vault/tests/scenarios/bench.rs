//! The scenarios' workbench: a vault in a temporary directory, content that repeats itself, and
//! restic as the judge.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use vault::{
    BeginOptions, Cancel, CheckOptions, CheckReport, Committed, FileMeta, KeyOwner, KeyWork, LocalStore,
    Password, Slice, Snapshot, SnapshotId, SnapshotWriter, Vault, VaultError,
};

pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) fn owner() -> KeyOwner {
    KeyOwner { hostname: "desk".to_owned(), username: "ada".to_owned() }
}

pub(crate) fn meta() -> FileMeta {
    FileMeta { mode: 0o640, modified: "2026-02-03T04:05:06.789Z".parse().unwrap() }
}

pub(crate) fn options(parent: Option<SnapshotId>) -> BeginOptions {
    BeginOptions {
        tags: vec!["project:shop".to_owned(), "kind:full".to_owned()],
        parent,
        hostname: "desk".to_owned(),
        username: "ada".to_owned(),
        time: "2026-02-03T05:00:00.5Z".parse().unwrap(),
    }
}

/// A vault of its own in a temporary directory.
pub(crate) struct Bench {
    pub(crate) directory: TempDir,
    pub(crate) vault: Vault,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let store = LocalStore::create(directory.path().join("repo")).unwrap();
        let vault =
            Vault::create_with(Arc::new(store), &Password::new(PASSWORD), &owner(), KeyWork::LEAST).unwrap();
        Self { directory, vault }
    }

    /// A repository that restic made.
    pub(crate) fn by_restic() -> Option<Self> {
        let directory = TempDir::new().unwrap();
        restic_in(directory.path(), &["init", "--repository-version", "2"])?;
        let vault = open(&directory.path().join("repo"), PASSWORD).unwrap();
        Some(Self { directory, vault })
    }

    pub(crate) fn repo(&self) -> PathBuf {
        self.directory.path().join("repo")
    }

    pub(crate) fn begin(&self) -> SnapshotWriter {
        self.vault.begin(options(None), Cancel::new()).unwrap()
    }

    pub(crate) fn write(&self, files: &[(&str, &[u8])]) -> Committed {
        let writer = self.begin();
        for (path, content) in files {
            writer.file(path, &meta(), *content).unwrap();
        }
        writer.commit(b"{}").unwrap()
    }

    pub(crate) fn read(&self, snapshot: &SnapshotId, path: &str) -> Vec<u8> {
        let mut content = Vec::new();
        self.vault.read(snapshot, path).unwrap().read_to_end(&mut content).unwrap();
        content
    }

    pub(crate) fn check_all(&self) -> CheckReport {
        let options = CheckOptions { data: Some(Slice { n: 1, t: 1 }) };
        self.vault.check(options, &|_| {}, &Cancel::new()).unwrap()
    }

    /// Runs restic; nothing if it is not installed and nobody insists.
    pub(crate) fn restic(&self, arguments: &[&str]) -> Option<String> {
        restic_in(self.directory.path(), arguments)
    }

    /// The files of a kind, by their names.
    pub(crate) fn files(&self, kind: &str) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect_files(&self.repo().join(kind), &mut files);
        files.sort();
        files
    }

    /// What a writer that failed must not leave behind.
    pub(crate) fn assert_nothing_visible(&self) {
        for kind in ["snapshots", "locks", "tmp"] {
            assert_eq!(self.files(kind), Vec::<PathBuf>::new(), "{kind}");
        }
    }
}

pub(crate) fn open(repo: &Path, password: &str) -> Result<Vault, VaultError> {
    Vault::open(Arc::new(LocalStore::open(repo)?), &Password::new(password))
}

/// All snapshots, the oldest first; what was forgotten meanwhile is none.
pub(crate) fn snapshots(vault: &Vault) -> Result<Vec<Snapshot>, VaultError> {
    let mut snapshots = Vec::new();
    for id in vault.snapshot_ids()? {
        match vault.snapshot(&id) {
            Err(VaultError::Missing { .. }) => {}
            other => snapshots.push(other?),
        }
    }
    snapshots.sort_by_key(|snapshot| (snapshot.time, snapshot.id));
    Ok(snapshots)
}

pub(crate) fn restic_in(directory: &Path, arguments: &[&str]) -> Option<String> {
    let output = restic_output(directory, arguments)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "restic {arguments:?}: {errors}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned() + &errors)
}

pub(crate) fn restic_output(directory: &Path, arguments: &[&str]) -> Option<Output> {
    let output = Command::new("restic")
        .args(["--no-cache", "-r"])
        .arg(directory.join("repo"))
        .args(arguments)
        .current_dir(directory)
        .env("RESTIC_PASSWORD", PASSWORD)
        .output();
    match output {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            assert!(std::env::var_os("CI").is_none(), "restic has to be installed in CI");
            let _ = writeln!(std::io::stderr(), "SKIPPED: restic is not installed, nobody judged a scenario");
            None
        }
        Err(error) => panic!("restic cannot be started: {error}"),
    }
}

/// Lets a file be this much older, by the clock of its disk.
pub(crate) fn grow_old(file: &Path, age: Duration) {
    std::fs::File::open(file).unwrap().set_modified(SystemTime::now() - age).unwrap();
}

fn collect_files(directory: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { collect_files(&path, files) } else { files.push(path) }
    }
}

/// Random bytes that are the same in every run; incompressible.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Rows as a dump has them; compressible, and never the same twice.
pub(crate) fn rows(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 100);
    let mut row = seed;
    while bytes.len() < length {
        let hash = row.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bytes.extend_from_slice(
            format!("{row}\tcustomer {hash:016x}\t2026-01-01\tpaid\t{}\n", hash % 10_000).as_bytes(),
        );
        row += 1;
    }
    bytes.truncate(length);
    bytes
}
