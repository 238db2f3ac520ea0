//! Freeing space in the vault.

use engine::Engine;
use engine::upkeep::{PackSum, PruneOptions, PrunePlan};

use super::Answer;
use crate::job::JobStarted;
use crate::number::Count;
use crate::prune::{PackSumView, PlanPrune, PrunePlanView, PruneVault};

/// Says what a prune would do.
///
/// # Errors
/// `no_vault`, `invalid_request`, `vault_locked`, `vault_damaged`.
#[crate::boxed]
pub async fn vault_prune_plan(engine: &Engine, request: PlanPrune) -> Answer<PrunePlanView> {
    let options = request
        .unused_percent_max
        .map_or_else(PruneOptions::default, |unused_percent_max| PruneOptions { unused_percent_max });
    Ok(engine.plan_prune(options).await?.into())
}

/// Starts a prune as it was planned.
///
/// # Errors
/// `no_vault`, `invalid_request`, `vault_locked`.
#[crate::boxed]
pub async fn vault_prune(engine: &Engine, request: PruneVault) -> Answer<JobStarted> {
    let PruneVault { seen, unused_percent_max } = request;
    Ok(JobStarted { job_id: engine.start_prune(PruneOptions { unused_percent_max }, &seen).await? })
}

impl From<PrunePlan> for PrunePlanView {
    fn from(plan: PrunePlan) -> Self {
        let is_empty = plan.is_empty();
        let PrunePlan {
            options: PruneOptions { unused_percent_max },
            seen,
            snapshots,
            kept,
            repacked,
            removed,
            leftover,
            copied_bytes,
            freed_bytes,
            unused_bytes,
        } = plan;
        Self {
            seen: seen.to_string(),
            unused_percent_max,
            snapshots: Count(snapshots),
            kept: kept.into(),
            repacked: repacked.into(),
            removed: removed.into(),
            leftover: leftover.into(),
            copied_bytes: Count(copied_bytes),
            freed_bytes: Count(freed_bytes),
            unused_bytes: Count(unused_bytes),
            is_empty,
        }
    }
}

impl From<PackSum> for PackSumView {
    fn from(sum: PackSum) -> Self {
        let PackSum { packs, bytes } = sum;
        Self { packs: Count(packs), bytes: Count(bytes) }
    }
}
