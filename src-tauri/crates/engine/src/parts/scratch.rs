//! The files of one source in a folder that is thrown away, to see that they come back.

use camino::Utf8Path;
use source::{Object, Target};
use vault::{SnapshotId, Vault};

use super::files::{Done, Wanted, Work};
use super::look::lines;
use crate::archive::failure::vault_failure;
use crate::archive::{Line, inventory_path};
use base::failure::Failure;
use base::meter::Meter;
use ledger::component::Component;
use ledger::names::FileNames;
use source::object::Writes as _;

/// What came back.
#[derive(Debug)]
pub(crate) struct CameBack {
    /// Files that were written, read back, and are those of the backup.
    pub(crate) files: u64,
    /// Bytes of what was written.
    pub(crate) bytes: u64,
    /// What did not, the first twenty.
    pub(crate) problems: Vec<String>,
    /// How many did not.
    pub(crate) problem_count: u64,
}

/// Bytes of the largest file of a source.
///
/// # Errors
/// When its list cannot be read.
pub(crate) fn largest(
    (vault, id): (&Vault, SnapshotId),
    (component, name): (Component, &str),
) -> Result<u64, Failure> {
    let all = lines(vault, &id, component, name, &FileNames::default())?;
    Ok(all.iter().filter_map(|line| line.object.size).max().unwrap_or_default())
}

/// Writes the files of a source into an empty folder, one after the other; reads each one back, compares its hash, and
/// removes it. They get names that every file system takes, and the rights of what this account writes: what of a
/// place cannot be here is not the backup's fault. Blocks.
///
/// # Errors
/// Where the disk is full, the vault is away, or the run was cancelled.
pub(crate) fn bring_back(
    (vault, id): (&Vault, SnapshotId),
    (component, name): (Component, &str),
    folder: &Utf8Path,
    meter: &Meter,
    is_cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<CameBack, Failure> {
    let all = FileNames::default();
    let wanted = Wanted { component, names: vec![name], files: &all, deletes_extra: false };
    let work = Work { vault, id, wanted, meter, is_cancelled, before_deleting: &|_| Ok(()) };
    let (target, mut done) = (Target::open(folder)?, Done::default());
    for line in lines(vault, &id, component, name, &FileNames::default())? {
        let object = Object { mode: None, ..line.object.clone() };
        let line = Line { object, ..line };
        if work.put(&target, &line, (FILE, true), &mut done)? {
            work.check(&target, &line, (FILE, false), &mut done)?;
            target.remove(FILE)?;
        }
    }
    let Done { checked, bytes, problems, problem_count, .. } = done;
    if problem_count > 0
        && let Err(error) = vault.read(&id, &inventory_path(component))
        && error.is_fatal()
    {
        // It is the vault that is away, and not these files.
        return Err(vault_failure(error));
    }
    Ok(CameBack { files: checked, bytes, problems, problem_count })
}

/// What every file is called here.
const FILE: &str = "file";
