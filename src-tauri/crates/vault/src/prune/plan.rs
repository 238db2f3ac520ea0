//! What becomes of each pack.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use super::look::{Seen, look};
use super::{PruneOptions, PrunePlan, Tell, walk};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::index::Index;
use crate::index::marks::{Marks, Usage};
use crate::pack::PACK_BYTES_FIXED;
use crate::vault::Inner;

/// Nothing is copied.
const PERCENT_ALL: u8 = 100;

/// What becomes of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays.
    Keep,
    /// What is needed of it is copied, and then it goes.
    Repack,
    /// It goes.
    Remove,
}

/// A repository, what of it is needed, and what becomes of it.
pub(super) struct Decided {
    pub(super) seen: Seen,
    pub(super) marks: Marks,
    pub(super) usage: Vec<Usage>,
    /// By the packs' numbers.
    pub(super) fates: Vec<Fate>,
    pub(super) plan: PrunePlan,
}

/// Looks at a repository, and says what a prune would do if the snapshots `without` were gone. Others may use it
/// meanwhile; then the plan is out of date.
pub(crate) fn make(
    inner: &Arc<Inner>,
    options: PruneOptions,
    without: &HashSet<Id>,
    tell: Tell<'_>,
    cancel: &Cancel,
) -> Result<PrunePlan, VaultError> {
    let _lock = crate::check::lock(inner)?;
    // In the place of the old table: two of a large vault would not fit into its memory.
    *inner.index_mut() = Index::default();
    let mut seen = look(&inner.repository, tell, cancel)?;
    seen.snapshots.retain(|id| !without.contains(id));
    let Decided { seen, plan, .. } = decide(inner, seen, options, tell, cancel)?;
    *inner.index_mut() = seen.index;
    Ok(plan)
}

/// Walks all snapshots of what was seen, and decides. The same repository always gives the same decision.
pub(super) fn decide(
    inner: &Inner,
    seen: Seen,
    options: PruneOptions,
    tell: Tell<'_>,
    cancel: &Cancel,
) -> Result<Decided, VaultError> {
    let mut marks = walk::mark(&inner.repository, &seen, tell, cancel)?;
    let usage = seen.index.choose(&mut marks);
    let fates = fates(&seen, &usage, options);
    let plan = sum_up(&seen, &usage, &fates, options);
    Ok(Decided { seen, marks, usage, fates, plan })
}

/// What a pack holds that is not needed.
fn unused(bytes: u64, usage: &Usage) -> u64 {
    bytes.saturating_sub(usage.needed_bytes + PACK_BYTES_FIXED)
}

fn fates(seen: &Seen, usage: &[Usage], options: PruneOptions) -> Vec<Fate> {
    let needed: u64 = usage.iter().map(|one| one.needed_bytes).sum();
    let percent = u64::from(options.unused_percent_max);
    let tolerated = needed.saturating_mul(percent) / u64::from(PERCENT_ALL).saturating_sub(percent).max(1);
    let mut fates = vec![Fate::Keep; usage.len()];
    let mut partly = Vec::new();
    let mut left = 0;
    for (number, (one, bytes)) in usage.iter().zip(&seen.sizes).enumerate() {
        match (one.needed, unused(*bytes, one)) {
            (0, _) => fates[number] = Fate::Remove,
            (_, 0) => {}
            (_, unused) => {
                left += unused;
                partly.push((number, unused, *bytes));
            }
        }
    }
    if options.unused_percent_max >= PERCENT_ALL {
        return fates;
    }
    // Trees first, since every walk reads them; then what frees most for what is copied.
    partly.sort_by_cached_key(|(number, unused, bytes)| {
        let share = u128::from(*unused) * u128::from(u64::MAX) / u128::from(*bytes).max(1);
        (!usage[*number].has_trees, Reverse(share), seen.index.numbered().get(*number))
    });
    for (number, unused, _) in partly {
        if usage[number].has_trees || left > tolerated {
            fates[number] = Fate::Repack;
            left -= unused;
        }
    }
    fates
}

fn sum_up(seen: &Seen, usage: &[Usage], fates: &[Fate], options: PruneOptions) -> PrunePlan {
    let mut plan = PrunePlan {
        options,
        seen: seen.digest,
        snapshots: seen.snapshots.len() as u64,
        kept: super::PackSum::default(),
        repacked: super::PackSum::default(),
        removed: super::PackSum::default(),
        leftover: super::PackSum::default(),
        copied_bytes: 0,
        freed_bytes: 0,
        unused_bytes: 0,
    };
    for ((one, bytes), fate) in usage.iter().zip(&seen.sizes).zip(fates) {
        match fate {
            Fate::Keep => {
                plan.kept.add(*bytes);
                plan.unused_bytes += unused(*bytes, one);
            }
            Fate::Repack => {
                plan.repacked.add(*bytes);
                plan.copied_bytes += one.needed_bytes;
            }
            Fate::Remove => plan.removed.add(*bytes),
        }
    }
    seen.leftovers.iter().for_each(|file| plan.leftover.add(file.size));
    let going = plan.repacked.bytes + plan.removed.bytes + plan.leftover.bytes;
    plan.freed_bytes = going.saturating_sub(plan.copied_bytes);
    plan
}
