//! Looking for damage: the documents that nothing refers to (`check::documents`), the structure (`check::structure`), the data by slices (`check::data`),
//! one snapshot with everything in it (`check::snapshot`), and some packs within limits (`check::packs`).
//!
//! A check repairs nothing. Packs in no index are no damage: an interrupted writer leaves them.

use std::sync::Arc;

use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::lock::held::{Continuity, HeldLock};
use crate::store::FileKind;
use crate::vault::Inner;

mod data;
mod documents;
mod finding;
pub(crate) mod packs;
mod places;
mod slice;
pub(crate) mod snapshot;
mod structure;
mod unindexed;

use finding::Findings;
pub use finding::{Finding, FindingKind};
pub use packs::{PackDamage, PackRead, PacksRead, ReadLimits};
pub use slice::Slice;
pub use snapshot::{FileReadBack, ReadBack};

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckOptions {
    /// The packs whose data is read; none if only the structure is checked.
    pub data: Option<Slice>,
}

/// How far a check is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckProgress {
    /// Packs whose data was read.
    pub packs: u64,
    /// Of how many.
    pub packs_total: u64,
    /// The bytes of the packs that were read.
    pub bytes_read: u64,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Everything that is wrong; empty if all is well.
    pub problems: Vec<Finding>,
    /// Packs in the repository.
    pub packs: u64,
    /// Bytes of packs that were read.
    pub bytes_read: u64,
    /// Snapshots whose trees were walked.
    pub snapshots: u64,
    /// The packs whose data was read, also the damaged ones.
    pub packs_read: Vec<Id>,
    /// Whether the lock of the check lapsed, since the computer slept or somebody removed it, and others
    /// took index files away meanwhile: then neither what was found nor what was not says anything for sure.
    pub was_overtaken: bool,
}

/// Runs a check, under a lock that others may share. Failures of the store end it; damage is collected.
pub(crate) fn run(
    inner: &Arc<Inner>,
    options: CheckOptions,
    progress: &dyn Fn(CheckProgress),
    cancel: &Cancel,
) -> Result<CheckReport, VaultError> {
    if let Some(Slice { n, t }) = options.data.filter(|slice| !slice.is_one()) {
        return Err(VaultError::BadSlice { n, t });
    }
    let lock = lock(inner)?;
    let mut findings = Findings::default();
    documents::check(&inner.repository, &mut findings)?;
    // Writers store packs, then indexes, then snapshots. In the reverse order, what is written
    // meanwhile is never taken for something that is missing.
    let snapshots = inner.repository.ids(FileKind::Snapshot)?;
    // Nothing of the data is read yet; but whoever watches sees that it moves.
    let moves = || progress(CheckProgress::default());
    let packs = structure::check_packs(inner, &mut findings, &moves, cancel)?;
    let snapshots = structure::check_snapshots(inner, snapshots, &mut findings, &moves, cancel)?;
    unindexed::look_for(inner, &mut findings, cancel)?;
    let (packs_read, bytes_read) = match options.data {
        Some(slice) => data::check(inner, &packs, slice, &mut findings, progress, cancel)?,
        None => (Vec::new(), 0),
    };
    let was_overtaken = lock.is_some_and(|lock| was_overtaken(inner, &lock, &packs.index_files));
    Ok(CheckReport {
        problems: findings.into_list(),
        packs: packs.stored,
        bytes_read,
        snapshots,
        packs_read,
        was_overtaken,
    })
}

/// The lock of a check, that nobody may take what is being moved for damage. A place that takes no lock
/// is checked without: nobody else can lock it either, or what keeps it from that is to be named.
pub(crate) fn lock(inner: &Inner) -> Result<Option<HeldLock>, VaultError> {
    match HeldLock::shared(&inner.repository, &crate::lock::username()) {
        Ok(lock) => Ok(Some(lock)),
        Err(
            VaultError::ReadOnly { .. }
            | VaultError::Denied { .. }
            | VaultError::Full { .. }
            | VaultError::Damaged { .. },
        ) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether others may have moved packs while the lock was not held. The lock is taken again as soon as that
/// is noticed; whoever had it meanwhile, and removed packs, replaced the index files that listed them.
fn was_overtaken(inner: &Inner, lock: &HeldLock, index_files: &[Id]) -> bool {
    match lock.confirm() {
        Ok(Continuity::Unbroken) => false,
        Ok(Continuity::Retaken) => {
            // What cannot be listed may be gone.
            let now = inner.repository.ids(FileKind::Index).unwrap_or_default();
            index_files.iter().any(|id| now.binary_search(id).is_err())
        }
        // Somebody excludes us at this moment, or it cannot be known.
        Err(_) => true,
    }
}
