//! The space of some backups: the data that only they need in the vault, and the data that nothing needs.
//!
//! Backups share equal data, so neither their sizes nor the bytes they added tell what their removal would
//! free. The vault is walked twice: with them, and as if they were removed.

use vault::PruneOptions;

use crate::archive::failure::vault_failure;
use crate::archive::opened;
use crate::engine::Engine;
use base::failure::Failure;
use ledger::catalog::BackupFilter;

/// To the last byte: what a prune tolerates is left aside.
const EXACT: PruneOptions = PruneOptions { unused_percent_max: 0 };

/// What some backups cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// How many they are.
    pub backups: u64,
    /// What only they need: free once they are removed and the vault is pruned.
    pub alone_bytes: u64,
    /// What nothing needs any more: a prune frees it.
    pub unused_bytes: u64,
    /// What the packs of the vault take.
    pub stored_bytes: u64,
}

impl Engine {
    /// What the backups that a filter leaves cost in space. Reads every directory of the vault; others may use it
    /// meanwhile.
    ///
    /// # Errors
    /// `project_not_found`, `no_vault`, `vault_locked`; `vault_damaged` where snapshots, index, packs and catalogue do
    /// not agree.
    #[crate::boxed]
    pub async fn space_of(&self, filter: BackupFilter) -> Result<Space, Failure> {
        let filter = self.with_project_id(filter).await?;
        let ids = self.profile.catalog.sifted_ids(&filter).await?;
        let without = ids.iter().map(|id| opened::snapshot_id(id)).collect::<Result<Vec<_>, _>>()?;
        // A vault of its own: its table is the largest thing in memory, and is gone with it.
        let vault = self.profile.archive.open_unindexed().await?;
        // Whoever does not wait for the answer any more stops the walk.
        let token = tokio_util::sync::CancellationToken::new();
        let _stop = token.clone().drop_guard();
        let cancel = opened::cancel_with(&token);
        opened::blocking(move || -> Result<Space, Failure> {
            let now = vault.plan_prune(EXACT, &|_| {}, &cancel).map_err(vault_failure)?;
            let then = vault.plan_prune_without(EXACT, &without, &|_| {}, &cancel).map_err(vault_failure)?;
            let kept = now.kept.bytes + now.repacked.bytes + now.removed.bytes + now.leftover.bytes;
            Ok(Space {
                backups: without.len() as u64,
                alone_bytes: then.freed_bytes.saturating_sub(now.freed_bytes),
                unused_bytes: now.freed_bytes,
                stored_bytes: kept,
            })
        })
        .await
    }
}
