//! The state of each replica.

use super::place::{self, Look};
use crate::engine::Engine;
use crate::medium::Medium;
use base::Code;
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::ReplicaRecord;

/// How a replica stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplicaState {
    /// It has every backup that the vault has.
    Current,
    /// Backups wait to be copied.
    Behind,
    /// Nothing was copied yet.
    Never,
    /// Its disk is not connected.
    Away,
    /// The last copy did not work, or not all that is there reads back.
    Failed,
}

/// A replica, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaStanding {
    /// The replica.
    pub record: ReplicaRecord,
    /// How it stands.
    pub state: ReplicaState,
    /// Backups of the vault that it does not have yet.
    pub waiting: u64,
    /// Whether it is on the disk of the vault; absent where that cannot be told.
    pub is_same_disk: Option<bool>,
    /// The medium that it is on, or was on when it was last connected.
    pub(crate) medium: Option<Medium>,
    /// What is free there; absent where it is not connected.
    pub free_bytes: Option<u64>,
}

impl ReplicaStanding {
    /// The medium in words; empty where it is not known.
    pub fn medium_words(&self) -> String {
        self.medium.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// As a sentence.
    pub fn words(&self) -> String {
        let has = format!("It has {}", counted(self.record.backups.unsigned_abs(), "backup"));
        let waiting = counted(self.waiting, "backup");
        match self.state {
            ReplicaState::Current if self.record.backups == 0 => {
                "It is current: there is no backup yet.".into()
            }
            ReplicaState::Current => format!("{has}: all that there are."),
            ReplicaState::Behind => format!("{has}; {waiting} not copied yet."),
            ReplicaState::Never => "Nothing was copied to it yet.".into(),
            ReplicaState::Away if self.waiting == 0 => {
                format!("{has}: all that there are. It is not connected.")
            }
            ReplicaState::Away => format!("{has}; {waiting} not copied yet. It is not connected."),
            ReplicaState::Failed if self.record.damage.is_some() => {
                format!("{has}, and not all of it reads back. Do not rely on it alone.")
            }
            ReplicaState::Failed => format!("{has}; {waiting} not copied yet. The last copy did not work."),
        }
    }
}

impl Engine {
    /// All replicas of the vault, by name; none where there is no vault.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn replicas(&self) -> Result<Vec<ReplicaStanding>, Failure> {
        let Some(vault) = self.profile.catalog.vault().await? else { return Ok(Vec::new()) };
        let records = self.profile.catalog.replicas(&vault.id).await?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let total = self.profile.catalog.backup_count(None).await?;
        let folders: Vec<_> = records.iter().map(|record| record.path.as_path()).collect();
        let looks = place::look(&folders, &vault.path).await;
        let mut standings = Vec::with_capacity(records.len());
        for (record, look) in records.into_iter().zip(looks) {
            // It is remembered for the time in which its disk lies in a drawer.
            let seen = look.medium.as_ref().map(Medium::stored);
            if let Some(seen) = seen.filter(|seen| record.place.medium.as_ref() != Some(seen)) {
                self.profile.catalog.saw_medium(&record.id, &seen).await?;
            }
            standings.push(stands(record, look, total));
        }
        Ok(standings)
    }

    /// One replica by id or name.
    ///
    /// # Errors
    /// `replica_not_found`.
    #[crate::boxed]
    pub async fn replica(&self, reference: &str) -> Result<ReplicaStanding, Failure> {
        let mut all = self.replicas().await?;
        let at =
            all.iter().position(|one| is_called(&one.record, reference)).ok_or_else(|| missing(reference))?;
        Ok(all.swap_remove(at))
    }
}

fn stands(record: ReplicaRecord, look: Look, total: i64) -> ReplicaStanding {
    let waiting = total.saturating_sub(record.backups).try_into().unwrap_or(0);
    let Look { is_there, is_same_disk, medium, free_bytes } = look;
    let medium = medium.or_else(|| Medium::parse(record.place.medium.as_deref()?));
    let state = match (&record.problem, record.copied_at_ms) {
        _ if record.damage.is_some() => ReplicaState::Failed,
        _ if !is_there => ReplicaState::Away,
        (Some(_), _) => ReplicaState::Failed,
        (None, None) => ReplicaState::Never,
        (None, Some(_)) if waiting > 0 => ReplicaState::Behind,
        (None, Some(_)) => ReplicaState::Current,
    };
    ReplicaStanding { record, state, waiting, is_same_disk, medium, free_bytes }
}

pub(super) fn find<'a>(all: &'a [ReplicaRecord], reference: &str) -> Result<&'a ReplicaRecord, Failure> {
    all.iter().find(|replica| is_called(replica, reference)).ok_or_else(|| missing(reference))
}

fn is_called(replica: &ReplicaRecord, reference: &str) -> bool {
    replica.id == reference || replica.name.to_lowercase() == reference.trim().to_lowercase()
}

fn missing(reference: &str) -> Failure {
    Failure::new(
        Code::ReplicaNotFound,
        format!("there is no replica {reference:?}"),
        "List what there is with `holdfast store list`.",
    )
}
