//! Restoring a whole snapshot into an empty directory.
//!
//! Files are restored in the order in which they stand in the packs, by two threads. A file that
//! fails is named in the report and does not stop the others. Nothing is written outside the
//! destination: the names are checked, the destination was empty, and links are made last.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::index::Location;
use crate::pack::BlobKind;
use crate::read::{EntryKind, walk};
use crate::tree::Node;
use crate::vault::Inner;

mod place;
mod pour;

/// The threads that restore files.
const THREADS: usize = 2;

/// Something that was not restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRestored {
    /// Its path in the snapshot.
    pub file: String,
    /// Why.
    pub message: String,
}

/// What a restore did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoreReport {
    /// Files that were restored whole.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whatever was not restored, by its path in the snapshot.
    pub problems: Vec<NotRestored>,
}

/// One entry to restore.
pub(crate) struct Planned {
    /// Its path in the snapshot, for people.
    name: String,
    /// Where it goes.
    path: PathBuf,
    node: Node,
}

#[derive(Default)]
struct Plan {
    directories: Vec<Planned>,
    files: Vec<Planned>,
    links: Vec<Planned>,
    problems: Vec<NotRestored>,
}

/// Restores everything below a tree.
pub(crate) fn run(
    inner: &Arc<Inner>,
    tree: &Id,
    destination: &Path,
    cancel: &Cancel,
) -> Result<RestoreReport, VaultError> {
    require_empty(destination)?;
    let mut plan = plan(inner, tree, destination, cancel)?;
    let mut report =
        RestoreReport { problems: std::mem::take(&mut plan.problems), ..RestoreReport::default() };
    make_directories(&mut plan.directories, &mut report)?;
    plan.files.sort_by_cached_key(|file| first_place(inner, &file.node));
    restore_files(inner, &plan.files, &mut report, cancel)?;
    for link in &plan.links {
        if let Err(error) = place::link(&link.path, &link.node, destination) {
            report.problems.push(NotRestored { file: link.name.clone(), message: error.to_string() });
        }
    }
    // The innermost first: whatever is made in a directory changes its time.
    for directory in plan.directories.iter().rev() {
        if let Err(error) = place::set_metadata(&directory.path, &directory.node) {
            report.problems.push(NotRestored { file: directory.name.clone(), message: error.to_string() });
        }
    }
    Ok(report)
}

/// Makes the directories; keeps those that could be made. A path may be longer than this system takes.
fn make_directories(directories: &mut Vec<Planned>, report: &mut RestoreReport) -> Result<(), VaultError> {
    let mut made = Vec::with_capacity(directories.len());
    for directory in directories.drain(..) {
        match fs::create_dir_all(&directory.path).map_err(|error| failed(&directory.path, error)) {
            Ok(()) => made.push(directory),
            Err(error) if ends_everything(&error) => return Err(error),
            Err(error) => {
                let message = with_source(&error);
                report.problems.push(NotRestored { file: directory.name, message });
            }
        }
    }
    *directories = made;
    Ok(())
}

fn require_empty(destination: &Path) -> Result<(), VaultError> {
    fs::create_dir_all(destination).map_err(|error| failed(destination, error))?;
    let mut entries = fs::read_dir(destination).map_err(|error| failed(destination, error))?;
    if entries.next().is_some() {
        return Err(VaultError::NotEmpty { place: destination.display().to_string() });
    }
    Ok(())
}

fn plan(inner: &Inner, tree: &Id, destination: &Path, cancel: &Cancel) -> Result<Plan, VaultError> {
    let mut plan = Plan::default();
    walk::visit(inner, tree, &mut |visited| {
        cancel.checkpoint()?;
        let walk::Visited::Node { path, node } = visited else { return Ok(()) };
        let name = walk::joined(path);
        let Some(target) = place::inside(destination, path) else {
            plan.problems
                .push(NotRestored { file: name, message: "its name cannot be used here".to_owned() });
            return Ok(());
        };
        let planned = Planned { name, path: target, node: node.clone() };
        match walk::kind(node) {
            EntryKind::File => plan.files.push(planned),
            EntryKind::Directory => plan.directories.push(planned),
            EntryKind::Link => plan.links.push(planned),
            EntryKind::Other => {
                let message = format!("a {} is not restored", node.kind);
                plan.problems.push(NotRestored { file: planned.name, message });
            }
        }
        Ok(())
    })?;
    Ok(plan)
}

/// Where a file's content begins, so that packs are read from their beginnings to their ends.
fn first_place(inner: &Inner, node: &Node) -> Option<(Id, u32)> {
    let first = node.content.as_ref()?.first()?;
    inner.index().find(first, BlobKind::Data).map(|Location { pack, blob }| (pack, blob.offset))
}

fn restore_files(
    inner: &Arc<Inner>,
    files: &[Planned],
    report: &mut RestoreReport,
    cancel: &Cancel,
) -> Result<(), VaultError> {
    let next = Mutex::new(files.iter());
    let shared = Mutex::new((report, Ok(())));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut pourer = pour::Pourer::new(inner);
                loop {
                    let file = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(file) = file else { return };
                    let outcome_of_file =
                        cancel.checkpoint().and_then(|()| pourer.pour(&file.path, &file.node));
                    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    let (report, outcome) = &mut *shared;
                    match outcome_of_file {
                        Ok(bytes) => {
                            report.files += 1;
                            report.bytes += bytes;
                        }
                        Err(error) if ends_everything(&error) => {
                            *outcome = Err(error);
                            return;
                        }
                        Err(error) => {
                            let message = with_source(&error);
                            report.problems.push(NotRestored { file: file.name.clone(), message });
                        }
                    }
                    if outcome.is_err() {
                        return;
                    }
                }
            });
        }
    });
    shared.into_inner().unwrap_or_else(PoisonError::into_inner).1
}

/// A full disk or a lost store fails every file that follows.
fn ends_everything(error: &VaultError) -> bool {
    match error {
        VaultError::Destination { source, .. } => {
            matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        }
        VaultError::Io { .. } => false,
        other => other.is_fatal(),
    }
}

fn with_source(error: &VaultError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

pub(crate) fn failed(path: &Path, error: io::Error) -> VaultError {
    VaultError::Destination { path: path.to_owned(), source: Arc::new(error) }
}
