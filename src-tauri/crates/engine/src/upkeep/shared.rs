//! A vault shared by several profiles: reads what others hold and removed, before anything is removed here.
//!
//! The catalogue records only this profile's acts. The vault is authoritative for existing snapshots and for
//! holds: a hold of this profile is also written there (`vault::Hold`), and kept in step with the catalogue.
//! The result of the last read is stored, so that a preview needs no disk and matches the removal.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};
use vault::{Hold, Said, SnapshotId, Vault, VaultError};

use crate::archive::ArchiveError;
use crate::archive::opened::{blocking, snapshot_id};
use crate::engine::Engine;
use base::account::{this_host, this_user};
use base::failure::Failure;
use ledger::catalog::Keeping;

/// What the last look showed, in the catalogue.
const SETTING: &str = "vault_seen";

/// What a look at the vault showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VaultSeen {
    /// The vault that was looked at.
    vault: String,
    /// Backups of the catalogue that it does not list: somebody else removed them, or they are lost.
    missing: BTreeSet<String>,
    /// Snapshots that are held, and why, in words.
    held: BTreeMap<String, String>,
}

impl VaultSeen {
    /// Whether the vault does not list this backup.
    pub(crate) fn is_missing(&self, backup: &str) -> bool {
        self.missing.contains(backup)
    }

    /// Why a backup is held there, with who holds it.
    pub(crate) fn hold(&self, backup: &str) -> Option<&str> {
        self.held.get(backup).map(String::as_str)
    }
}

/// The snapshots and the holds of a vault.
struct There {
    snapshots: HashSet<String>,
    holds: Vec<Hold>,
}

impl Engine {
    /// What the last look at this vault showed; nothing where there was none.
    pub(crate) async fn vault_seen(&self) -> Result<VaultSeen, Failure> {
        let catalog = &self.profile.catalog;
        let (Some(vault), Some(text)) = (catalog.vault().await?, catalog.setting(SETTING).await?) else {
            return Ok(VaultSeen::default());
        };
        // What cannot be read says no more than a look that never was.
        let seen: VaultSeen = serde_json::from_str(&text).unwrap_or_default();
        Ok(if seen.vault == vault.id { seen } else { VaultSeen::default() })
    }

    /// Reads which of the catalogue's backups the vault lists, and its holds; writes this profile's holds
    /// that are not there yet.
    ///
    /// # Errors
    /// Why the vault does not answer.
    pub(crate) async fn look_at_vault(&self) -> Result<VaultSeen, Failure> {
        let vault = self.profile.archive.vault().await?;
        // Before and after the catalogue is asked: a backup that comes or goes meanwhile is in one of the two.
        let before = there(&vault).await?;
        let known = self.profile.catalog.backup_ids(None).await?;
        let after = there(&vault).await?;
        let is_unlisted = |id: &String| !before.snapshots.contains(id) && !after.snapshots.contains(id);
        let mut missing = gone(&vault, known.into_iter().filter(is_unlisted).collect()).await?;
        for id in self.finish_deletions(&missing).await? {
            missing.remove(&id);
        }
        let mut seen = VaultSeen { vault: vault.id().to_owned(), missing, held: BTreeMap::new() };
        let published = self.publish_holds(&vault, &after).await?;
        for hold in after.holds.into_iter().chain(published) {
            seen.held.insert(hold.snapshot.to_string(), words(&hold.said));
        }
        let text = serde_json::to_string(&seen).unwrap_or_default();
        self.profile.catalog.keep_setting(SETTING, &text).await?;
        Ok(seen)
    }

    /// As [`Engine::look_at_vault`], where the vault answers; else what was seen before stands.
    pub(crate) async fn look_at_vault_if_there(&self) -> Result<(), Failure> {
        if self.profile.catalog.vault().await?.is_some()
            && let Err(failure) = self.look_at_vault().await
        {
            tracing::warn!(%failure, "what others did to the vault is not known");
        }
        Ok(())
    }

    /// Writes this profile's holds that the vault lacks: set while it was disconnected, set by a version that
    /// did not write holds, or released by somebody else.
    async fn publish_holds(&self, vault: &Vault, there: &There) -> Result<Vec<Hold>, Failure> {
        let is_there = |id: &str| there.holds.iter().any(|hold| hold.snapshot.to_string() == id);
        let mut published = Vec::new();
        for (id, keeping) in self.profile.catalog.keepings().await? {
            let Keeping { hold_reason: Some(reason), hold_who, held_at_ms, .. } = keeping else { continue };
            if is_there(&id) || !there.snapshots.contains(&id) {
                continue;
            }
            let said = Said { who: hold_who.unwrap_or_default(), ..self.said(&reason, held_at_ms).await? };
            match write(vault, snapshot_id(&id)?, said).await {
                Ok(hold) => published.push(hold),
                // It is held here all the same; the next look tries again.
                Err(failure) => tracing::warn!(%failure, backup = %id, "others do not see that it is held"),
            }
        }
        Ok(published)
    }

    /// Holds a backup in the vault, for all its users; replaces this profile's earlier hold.
    ///
    /// # Errors
    /// Why the vault does not take it; then it is not held there.
    pub(crate) async fn hold_there(&self, backup: &str, reason: &str) -> Result<(), Failure> {
        let vault = self.profile.archive.vault().await?;
        let said = self.said(reason, Some(base::clock::now_ms())).await?;
        let snapshot = snapshot_id(backup)?;
        let before = there(&vault).await?.holds;
        write(&vault, snapshot, said.clone()).await?;
        let is_replaced = |hold: &Hold| hold.snapshot == snapshot && hold.said.profile == said.profile;
        release(&vault, before.into_iter().filter(is_replaced).collect()).await
    }

    /// Removes all holds of a backup from the vault. Another profile restores its own hold the next time it
    /// reads the vault.
    ///
    /// # Errors
    /// Why the vault keeps one.
    pub(crate) async fn release_there(&self, backup: &str) -> Result<(), Failure> {
        let vault = self.profile.archive.vault().await?;
        let holds = there(&vault).await?.holds.into_iter();
        release(&vault, holds.filter(|hold| hold.snapshot.to_string() == backup).collect()).await
    }

    /// Releases this profile's holds on these backups: all or none.
    ///
    /// # Errors
    /// `backup_held` where somebody else holds one of them; then nothing is released.
    pub(crate) async fn release_to_remove(&self, backups: &[String]) -> Result<(), Failure> {
        let vault = self.profile.archive.vault().await?;
        let ours = self.own_name().await?;
        let mut holds = there(&vault).await?.holds;
        holds.retain(|hold| backups.contains(&hold.snapshot.to_string()));
        if let Some(other) = holds.iter().find(|hold| hold.said.profile != ours) {
            return Err(ArchiveError::from(VaultError::Held { by: Box::new(other.clone()) }).into());
        }
        release(&vault, holds).await
    }

    /// Whether another profile made what this manifest describes; false where that cannot be told.
    pub(crate) async fn is_of_another_profile(
        &self,
        manifest: &crate::archive::Manifest,
    ) -> Result<bool, Failure> {
        let ours = self.own_name().await?;
        let theirs = manifest.audit_head.as_ref().map(|head| head.chain.as_str());
        Ok(!ours.is_empty() && theirs.is_some_and(|theirs| theirs != ours))
    }

    async fn said(&self, reason: &str, since_ms: Option<i64>) -> Result<Said, Failure> {
        let since = since_ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        Ok(Said {
            profile: self.own_name().await?,
            who: format!("{}@{}", this_user(), this_host()),
            reason: reason.to_owned(),
            since: since.unwrap_or(jiff::Timestamp::UNIX_EPOCH),
        })
    }

    /// What tells this profile from others: the first entry of its audit chain.
    async fn own_name(&self) -> Result<String, Failure> {
        Ok(self.profile.audit.current().await?.map(|head| head.chain).unwrap_or_default())
    }
}

async fn there(vault: &Vault) -> Result<There, Failure> {
    let vault = vault.clone();
    blocking(move || -> Result<There, ArchiveError> {
        let snapshots = vault.snapshot_ids()?.iter().map(ToString::to_string).collect();
        Ok(There { snapshots, holds: vault.holds()? })
    })
    .await
}

/// Of the unlisted backups, those whose file is missing too. A file that exists but cannot be read was not
/// removed.
async fn gone(vault: &Vault, unlisted: Vec<String>) -> Result<BTreeSet<String>, Failure> {
    let vault = vault.clone();
    blocking(move || -> Result<_, ArchiveError> {
        let is_gone = |id: &SnapshotId| matches!(vault.snapshot(id), Err(VaultError::Missing { .. }));
        Ok(unlisted.into_iter().filter(|id| id.parse().map_or(true, |id| is_gone(&id))).collect())
    })
    .await
}

async fn write(vault: &Vault, snapshot: SnapshotId, said: Said) -> Result<Hold, Failure> {
    let vault = vault.clone();
    blocking(move || vault.hold(&snapshot, said).map_err(ArchiveError::from)).await
}

async fn release(vault: &Vault, holds: Vec<Hold>) -> Result<(), Failure> {
    let vault = vault.clone();
    blocking(move || holds.iter().try_for_each(|hold| vault.release(&hold.id)).map_err(ArchiveError::from))
        .await
}

fn words(said: &Said) -> String {
    if said.who.is_empty() { said.reason.clone() } else { format!("{} ({})", said.reason, said.who) }
}
