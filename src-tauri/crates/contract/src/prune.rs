//! Freeing space in the vault: what would go, and the word to do it.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::Count;

/// Asks what a prune would do.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanPrune {
    /// How much of what is left may be unused, in hundredths; absent means 5, and 100 that nothing is copied.
    pub unused_percent_max: Option<u8>,
}

/// What a prune would do. No backup is removed by it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PrunePlanView {
    /// Names what the plan saw; a prune of a vault that is not as it was then is refused.
    pub seen: String,
    /// How much of what is left may be unused, in hundredths.
    pub unused_percent_max: u8,
    /// Backups and other snapshots in the vault, all of which stay.
    pub snapshots: Count,
    /// Packs that stay as they are.
    pub kept: PackSumView,
    /// Packs of which the needed part is copied before they go.
    pub repacked: PackSumView,
    /// Packs of which nothing is needed.
    pub removed: PackSumView,
    /// Packs that runs which did not end left in no index.
    pub leftover: PackSumView,
    /// What is copied.
    pub copied_bytes: Count,
    /// The space that is free afterwards and is not now.
    pub freed_bytes: Count,
    /// What nothing needs and stays all the same.
    pub unused_bytes: Count,
    /// Whether there is nothing to do.
    pub is_empty: bool,
}

/// Some packs and their sizes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PackSumView {
    /// How many.
    pub packs: Count,
    /// Their bytes.
    pub bytes: Count,
}

/// Prunes the vault as it was planned.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PruneVault {
    /// What the plan saw.
    pub seen: String,
    /// As in the plan.
    pub unused_percent_max: u8,
}
