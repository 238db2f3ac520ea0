//! The files of one source in a folder that is thrown away, to see that they come back.

use camino::Utf8Path;
use vault::{SnapshotId, Vault};

use super::files::{Done, Wanted, Work};
use base::failure::Failure;
use base::meter::Meter;
use ledger::component::Component;

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

/// Writes the files of a source into an empty folder; reads each one back and compares its hash. Blocks.
///
/// # Errors
/// Where the disk is full, the vault fails, or the run was cancelled.
pub(crate) fn bring_back(
    (vault, id): (&Vault, SnapshotId),
    (component, name): (Component, &str),
    folder: &Utf8Path,
    meter: &Meter,
    is_cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<CameBack, Failure> {
    let wanted = Wanted { component, names: vec![name], prefix: None, deletes_extra: false };
    let done = Work { vault, id, wanted, meter, is_cancelled }.to_folder(folder)?;
    let Done { checked, bytes, problems, problem_count, .. } = done;
    Ok(CameBack { files: checked, bytes, problems, problem_count })
}
