//! The vault alone, as a program: what is measured against restic without the rest of Holdfast.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use vault::{
    BeginOptions, Cancel, FileMeta, KeyOwner, LocalStore, Password, SnapshotId, SnapshotWriter, Vault,
};

use crate::measure::files_below;

/// Nothing here is secret.
pub(crate) const PASSWORD: &str = "bench";
const WHO: &str = "bench";
/// Files at once.
const READERS: usize = 2;
const MODE: u32 = 0o600;

/// Makes an empty vault.
pub(crate) fn init(place: &Path) -> Result<()> {
    let owner = KeyOwner { hostname: WHO.to_owned(), username: WHO.to_owned() };
    Vault::create(Arc::new(LocalStore::create(place)?), &Password::new(PASSWORD), &owner)?;
    Ok(())
}

/// Writes standard input into the vault, as one file of a new snapshot.
pub(crate) fn write(place: &Path) -> Result<()> {
    let vault = open(place)?;
    let writer = vault.begin(options(None), Cancel::new())?;
    // Unbuffered: the vault reads large pieces itself.
    let input = File::from(std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned()?);
    widen(&input);
    writer.file("/stream", &FileMeta { mode: MODE, modified: Timestamp::now() }, input)?;
    writer.commit(b"{}")?;
    Ok(())
}

/// As the engine does with a dump's pipe; one that stays small is only slower.
#[cfg(target_os = "linux")]
fn widen(input: &File) {
    let _ = rustix::pipe::fcntl_setpipe_size(input, 1 << 20);
}

#[cfg(not(target_os = "linux"))]
fn widen(_input: &File) {}

/// Writes a directory into the vault; files of the same size and time are taken over from the last
/// snapshot.
pub(crate) fn write_files(place: &Path, source: &Path) -> Result<()> {
    let vault = open(place)?;
    let parent = newest(&vault)?;
    let before = known(&vault, parent.as_ref())?;
    let writer = vault.begin(options(parent), Cancel::new())?;
    let files = if source.is_dir() { files_below(source)? } else { Vec::new() };
    let (next, failure) = (AtomicUsize::new(0), Mutex::new(None));
    let read = || {
        while let Some((path, metadata)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = write_one(&writer, &before, source, path, metadata) {
                failure.lock().ok()?.get_or_insert(error);
                return None;
            }
        }
        Some(())
    };
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(read);
        }
    });
    if let Ok(Some(error)) = failure.into_inner() {
        return Err(error);
    }
    writer.commit(b"{}")?;
    Ok(())
}

/// The snapshot with the latest time.
fn newest(vault: &Vault) -> Result<Option<SnapshotId>> {
    let mut newest = None;
    for id in vault.snapshot_ids()? {
        newest = newest.max(Some((vault.snapshot(&id)?.time, id)));
    }
    Ok(newest.map(|(_, id)| id))
}

/// Restores the last snapshot.
pub(crate) fn restore(place: &Path, destination: &Path) -> Result<()> {
    let vault = open(place)?;
    let last = newest(&vault)?.context("the vault is empty")?;
    let report = vault.restore(&last, destination, &Cancel::new())?;
    if !report.problems.is_empty() {
        bail!("not everything was restored: {:?}", report.problems);
    }
    Ok(())
}

fn open(place: &Path) -> Result<Vault> {
    Ok(Vault::open(Arc::new(LocalStore::open(place)?), &Password::new(PASSWORD))?)
}

fn options(parent: Option<SnapshotId>) -> BeginOptions {
    let who = WHO.to_owned();
    BeginOptions { tags: Vec::new(), parent, hostname: who.clone(), username: who, time: Timestamp::now() }
}

type Known = HashMap<PathBuf, (u64, Option<Timestamp>)>;

fn known(vault: &Vault, parent: Option<&SnapshotId>) -> Result<Known> {
    let Some(parent) = parent else { return Ok(Known::new()) };
    let entries = vault.entries(parent)?;
    Ok(entries.into_iter().map(|entry| (PathBuf::from(entry.path), (entry.size, entry.modified))).collect())
}

fn write_one(
    writer: &SnapshotWriter,
    before: &Known,
    source: &Path,
    path: &Path,
    metadata: &std::fs::Metadata,
) -> Result<()> {
    let inside = Path::new("/").join(path.strip_prefix(source)?);
    let name = inside.to_str().context("a name that is not UTF-8")?;
    let modified = Timestamp::try_from(metadata.modified()?)?;
    if before.get(&inside) == Some(&(metadata.len(), Some(modified))) && writer.keep(name).is_ok() {
        return Ok(());
    }
    writer.file(name, &FileMeta { mode: MODE, modified }, File::open(path)?)?;
    Ok(())
}
