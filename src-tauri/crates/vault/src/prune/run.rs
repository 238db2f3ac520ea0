//! The prune itself, in the order that keeps every snapshot whole at every moment.

use std::sync::Arc;

use hashbrown::HashSet;

use super::look::{look, require_unchanged};
use super::plan::{Decided, Fate, decide};
use super::{PruneOptions, PruneProgress, PruneReport, PruneStep, Tell, copy, list, twice};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::index::Index;
use crate::index::file::IndexWriter;
use crate::lock::held::{Continuity, HeldLock};
use crate::repository::Repository;
use crate::store::FileKind;
use crate::vault::Inner;

/// Prunes a repository that nobody else uses, and that is as it was when it was planned.
pub(crate) fn run(
    inner: &Arc<Inner>,
    options: PruneOptions,
    seen: &Id,
    username: &str,
    tell: Tell<'_>,
    cancel: &Cancel,
) -> Result<PruneReport, VaultError> {
    let lock = HeldLock::exclusive(&inner.repository, username)?;
    // A second table of a large vault would not fit into its memory; whoever needs one loads what is there then.
    *inner.index_mut() = Index::default();
    let report = planned(inner, options, seen, tell, cancel)
        .and_then(|decided| perform(&inner.repository, &lock, &decided, tell, cancel));
    drop(lock);
    let refreshed = inner.refresh();
    let report = report?;
    refreshed.map(|()| report)
}

/// What was planned, if the repository is as it was.
fn planned(
    inner: &Inner,
    options: PruneOptions,
    seen: &Id,
    tell: Tell<'_>,
    cancel: &Cancel,
) -> Result<Decided, VaultError> {
    let now = look(&inner.repository, tell, cancel)?;
    if now.digest != *seen {
        return Err(VaultError::Stale { what: "the vault was written to or pruned" });
    }
    decide(inner, now, options, tell, cancel)
}

fn perform(
    repository: &Repository,
    lock: &HeldLock,
    decided: &Decided,
    tell: Tell<'_>,
    cancel: &Cancel,
) -> Result<PruneReport, VaultError> {
    twice::open(repository, decided, cancel)?;
    let mut index = IndexWriter::new(repository);
    // What is needed of packs that go is in others now, and listed.
    let written = copy::run(repository, decided, &mut index, tell, cancel)?;
    // Nobody took the lock for dead by then: the packs that stay are those that were seen.
    require_held(lock)?;
    let outdated = list::outdated(decided);
    list::store(repository, decided, &outdated, &mut index, cancel)?;
    let files = decided.seen.files.iter().map(|(id, _)| *id).chain(index.stored.iter().copied());
    let files: HashSet<Id> = files.collect();
    require_held(lock)?;
    require_unchanged(repository, &decided.seen.snapshots, &files)?;
    // Everything is listed twice or more by now; from here on the old lists go, and then what only they list.
    remove_index_files(repository, lock, &outdated, tell, cancel)?;
    let files = files.into_iter().filter(|id| outdated.binary_search(id).is_err()).collect();
    require_unchanged(repository, &decided.seen.snapshots, &files)?;
    let mut report = PruneReport { written, index_files: outdated.len() as u64, ..PruneReport::default() };
    remove_packs(repository, lock, decided, &mut report, tell, cancel)?;
    Ok(report)
}

/// Fails if others may have used the repository since this was last asked: whoever took the lock for dead may rely on
/// what is to be removed.
fn require_held(lock: &HeldLock) -> Result<(), VaultError> {
    match lock.confirm()? {
        Continuity::Unbroken => Ok(()),
        Continuity::Retaken => Err(VaultError::Stale { what: "the lock of the prune lapsed or was removed" }),
    }
}

fn remove_index_files(
    repository: &Repository,
    lock: &HeldLock,
    outdated: &[Id],
    tell: Tell<'_>,
    cancel: &Cancel,
) -> Result<(), VaultError> {
    for (done, id) in (0..).zip(outdated) {
        cancel.checkpoint()?;
        tell(PruneProgress { step: PruneStep::List, done, total: outdated.len() as u64, bytes: 0 });
        remove(repository, lock, FileKind::Index, &id.to_string())?;
    }
    Ok(())
}

fn remove_packs(
    repository: &Repository,
    lock: &HeldLock,
    decided: &Decided,
    report: &mut PruneReport,
    tell: Tell<'_>,
    cancel: &Cancel,
) -> Result<(), VaultError> {
    let seen = &decided.seen;
    let goes = |number: &usize| decided.fates[*number] != Fate::Keep;
    let going = (0..seen.sizes.len()).filter(goes);
    let going = going.map(|number| (seen.index.numbered()[number].to_string(), seen.sizes[number]));
    let all: Vec<(String, u64)> =
        going.chain(seen.leftovers.iter().map(|file| (file.name.clone(), file.size))).collect();
    for (name, bytes) in &all {
        cancel.checkpoint()?;
        let done = report.removed.packs;
        let (step, total) = (PruneStep::Remove, all.len() as u64);
        tell(PruneProgress { step, done, total, bytes: report.removed.bytes });
        remove(repository, lock, FileKind::Data, name)?;
        report.removed.add(*bytes);
    }
    Ok(())
}

/// Removes a file, as long as the lock is held. Before each: a computer may sleep at any moment, and when it wakes
/// others may rely on what this list calls needless.
fn remove(repository: &Repository, lock: &HeldLock, kind: FileKind, name: &str) -> Result<(), VaultError> {
    require_held(lock)?;
    match repository.store.remove(kind, name).map_err(VaultError::from) {
        // An answer that was lost, and asked for again by the store.
        Ok(()) | Err(VaultError::Missing { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
