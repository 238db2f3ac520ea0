//! Pruning: what no snapshot needs is removed, and its space is free again.
//!
//! It is looked at and shown first (`prune::look`, `prune::walk`, `prune::plan`), and done only if the vault is
//! still as it was then (`prune::run`). Under a lock that excludes all others: what is in no index belongs to a
//! run that died, and never to a writer that lives. First what is needed of packs that go is copied into new ones
//! and listed (`prune::copy`), then the index files that list packs that go are replaced (`prune::list`), and only
//! then are the packs removed (`prune::run`). At whatever moment it ends, every blob that is needed is in a pack
//! that an index file lists; what is left over is found by the next prune.
//!
//! It refuses to do anything where the index, the packs and the snapshots do not agree: whoever deletes by a
//! listing that is not whole destroys what is missing in it.

use std::collections::HashSet;

use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::vault::Vault;

mod copy;
mod list;
mod look;
mod plan;
mod run;
mod twice;
mod walk;

impl Vault {
    /// Says what a prune would do, by walking all snapshots. Nothing is written, and others may use the vault
    /// meanwhile, but then the plan is out of date; a place that cannot be written to is looked at without a lock.
    ///
    /// # Errors
    /// [`VaultError::Locked`] if somebody excludes all others; [`VaultError::Missing`] or [`VaultError::Damaged`]
    /// where the index, the packs and the snapshots do not agree, since then nothing may be removed.
    pub fn plan_prune(
        &self,
        options: PruneOptions,
        progress: &dyn Fn(PruneProgress),
        cancel: &Cancel,
    ) -> Result<PrunePlan, VaultError> {
        plan::make(&self.inner, options, &HashSet::new(), progress, cancel)
    }

    /// Says what a prune would do if these snapshots were gone. Nothing is written, and the plan is for looking at: a
    /// prune that is given what it saw keeps what these snapshots need, since they are there.
    ///
    /// # Errors
    /// As [`Vault::plan_prune`].
    pub fn plan_prune_without(
        &self,
        options: PruneOptions,
        without: &[SnapshotId],
        progress: &dyn Fn(PruneProgress),
        cancel: &Cancel,
    ) -> Result<PrunePlan, VaultError> {
        let without = without.iter().map(|id| id.0).collect();
        plan::make(&self.inner, options, &without, progress, cancel)
    }

    /// Removes what no snapshot needs, under a lock that excludes all others, if the vault is as a plan saw it
    /// ([`PrunePlan::seen`]). Whenever it ends early, every snapshot is whole, and the next prune removes what is
    /// left over.
    ///
    /// # Errors
    /// [`VaultError::Locked`] if anybody uses the repository, [`VaultError::Stale`] if it is not as it was planned
    /// or the lock was lost, [`VaultError::Damaged`] if what is needed cannot be copied, [`VaultError::Cancelled`],
    /// or a failure of the store.
    pub fn prune(
        &self,
        options: PruneOptions,
        seen: &Id,
        username: &str,
        progress: &dyn Fn(PruneProgress),
        cancel: &Cancel,
    ) -> Result<PruneReport, VaultError> {
        run::run(&self.inner, options, seen, username, progress, cancel)
    }
}

/// How thoroughly a vault is pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PruneOptions {
    /// How much of what is left may be unused, in hundredths of all; 100 means that nothing is copied, and only packs
    /// of which nothing is needed are removed.
    pub unused_percent_max: u8,
}

impl Default for PruneOptions {
    /// As restic: copying more would cost more than it frees.
    fn default() -> Self {
        Self { unused_percent_max: 5 }
    }
}

/// Some packs and their sizes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PackSum {
    /// How many.
    pub packs: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl PackSum {
    fn add(&mut self, bytes: u64) {
        self.packs += 1;
        self.bytes += bytes;
    }
}

/// What a prune would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrunePlan {
    /// How thorough it is.
    pub options: PruneOptions,
    /// Names what was seen: the snapshots, the index files, and the packs with their sizes.
    pub seen: Id,
    /// Snapshots, all of which stay.
    pub snapshots: u64,
    /// Packs that stay as they are.
    pub kept: PackSum,
    /// Packs of which the needed part is copied into new packs before they are removed.
    pub repacked: PackSum,
    /// Packs of which nothing is needed.
    pub removed: PackSum,
    /// Packs in no index, left by runs that did not end.
    pub leftover: PackSum,
    /// What is copied, in bytes.
    pub copied_bytes: u64,
    /// The space that is free afterwards and is not now, in bytes; but for the headers of new packs.
    pub freed_bytes: u64,
    /// What nothing needs and stays all the same, in bytes.
    pub unused_bytes: u64,
}

impl PrunePlan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.repacked.packs + self.removed.packs + self.leftover.packs == 0
    }
}

/// What a prune is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PruneStep {
    /// Index files are read.
    Read,
    /// Snapshots are walked.
    Walk,
    /// Packs are copied from.
    Copy,
    /// Index files are replaced.
    List,
    /// Packs are removed.
    Remove,
}

/// How far a prune is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PruneProgress {
    /// What it is at.
    pub step: PruneStep,
    /// How many files or snapshots are done.
    pub done: u64,
    /// Of how many.
    pub total: u64,
    /// The bytes of the packs that were copied from, or removed, in this step.
    pub bytes: u64,
}

/// What a prune did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PruneReport {
    /// Packs that are gone.
    pub removed: PackSum,
    /// Packs that were written for what was still needed of them.
    pub written: PackSum,
    /// Index files that were replaced.
    pub index_files: u64,
}

impl PruneReport {
    /// The space that is free now and was not before, in bytes.
    #[must_use]
    pub fn freed_bytes(&self) -> u64 {
        self.removed.bytes.saturating_sub(self.written.bytes)
    }
}

/// Tells how far it is.
type Tell<'a> = &'a dyn Fn(PruneProgress);
