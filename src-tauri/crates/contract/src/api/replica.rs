//! Replicas: list, add, test, copy, remove.

use engine::replica::{NewReplica, PlaceRef, ReplicaStanding};
use engine::{Engine, Failure};
use ledger::catalog::Declared;

use super::Answer;
use crate::command::Nothing;
use crate::job::JobStarted;
use crate::number::Count;
use crate::replica::{
    AddReplica, CopyVault, DeclarePlace, DeclaredView, ReplicaRef, ReplicaState, ReplicaView, VaultPlaceView,
};

/// All replicas of the vault, and how each stands.
///
/// # Errors
/// When the profile does not answer.
#[crate::boxed]
pub async fn replica_list(engine: &Engine, _: Nothing) -> Answer<Vec<ReplicaView>> {
    Ok(engine.replicas().await?.into_iter().map(Into::into).collect())
}

/// Adds a replica.
///
/// # Errors
/// `no_vault`, `invalid_request`, `folder_not_empty`, `other_vault`; why the folder cannot be written to.
#[crate::boxed]
pub async fn replica_add(engine: &Engine, request: AddReplica) -> Answer<ReplicaView> {
    let AddReplica { path, name, is_elsewhere } = request;
    Ok(engine.add_replica(NewReplica { path: path.into(), name, is_elsewhere }).await?.into())
}

/// Proves that a replica can be opened and written to.
///
/// # Errors
/// `no_vault`, `replica_not_found`, `replica_gone`, `other_vault`, `vault_locked`; why it cannot be written to.
#[crate::boxed]
pub async fn replica_test(engine: &Engine, request: ReplicaRef) -> Answer<ReplicaView> {
    Ok(engine.test_replica(&request.replica).await?.into())
}

/// Starts a copy to one replica, or to all that are connected.
///
/// # Errors
/// `no_vault`, `no_replica`, `replica_not_found`, `replica_gone`, `copy_running`, `not_confirmed`.
#[crate::boxed]
pub async fn replica_copy(engine: &Engine, request: CopyVault) -> Answer<JobStarted> {
    let CopyVault { replica, let_go } = request;
    let job_id = match (replica, let_go) {
        (Some(replica), Some(confirm)) => engine.start_exact_copy(&replica, &confirm).await?,
        (replica, None) => engine.start_copy(replica.as_deref()).await?,
        (None, Some(_)) => {
            let hint = "Name the replica that is to let go of what only it has.";
            return Err(Failure::invalid("no replica was named", hint).into());
        }
    };
    Ok(JobStarted { job_id })
}

/// Says where the vault or a replica is.
///
/// # Errors
/// `no_vault`, `replica_not_found`.
#[crate::boxed]
pub async fn place_declare(engine: &Engine, request: DeclarePlace) -> Answer<Nothing> {
    let DeclarePlace { replica, is_elsewhere } = request;
    let place = replica.map_or(PlaceRef::Vault, PlaceRef::Replica);
    engine.declare_place(place, is_elsewhere).await?;
    Ok(Nothing {})
}

/// What is known of where the vault is.
///
/// # Errors
/// When the profile does not answer.
#[crate::boxed]
pub async fn vault_place(engine: &Engine, _: Nothing) -> Answer<VaultPlaceView> {
    Ok(VaultPlaceView { declared: engine.vault_place().await?.map(Into::into) })
}

/// Forgets a replica; its files stay.
///
/// # Errors
/// `no_vault`, `replica_not_found`.
#[crate::boxed]
pub async fn replica_remove(engine: &Engine, request: ReplicaRef) -> Answer<Nothing> {
    engine.remove_replica(&request.replica).await?;
    Ok(Nothing {})
}

impl From<Declared> for DeclaredView {
    fn from(declared: Declared) -> Self {
        let Declared { is_elsewhere, at_ms, by } = declared;
        Self { is_elsewhere, at_ms: at_ms.into(), by }
    }
}

impl From<ReplicaStanding> for ReplicaView {
    fn from(standing: ReplicaStanding) -> Self {
        let (words, medium) = (standing.words(), standing.medium_words());
        let ReplicaStanding { record, state, waiting, is_same_disk, free_bytes, .. } = standing;
        Self {
            id: record.id,
            name: record.name,
            path: record.path.into_string(),
            is_elsewhere: record.place.is_elsewhere(),
            declared: record.place.declared.map(Into::into),
            medium,
            is_same_disk: is_same_disk.unwrap_or(false),
            state: state.into(),
            words,
            backups: Count(record.backups.unsigned_abs()),
            waiting: Count(waiting),
            only_here: Count(record.only_here.unsigned_abs()),
            copied_at_ms: record.copied_at_ms.map(Into::into),
            checked_at_ms: record.checked_at_ms.map(Into::into),
            free_bytes: free_bytes.map(Count),
            problem: record.damage.or(record.problem),
        }
    }
}

impl From<engine::replica::ReplicaState> for ReplicaState {
    fn from(state: engine::replica::ReplicaState) -> Self {
        use engine::replica::ReplicaState as State;
        match state {
            State::Current => Self::Current,
            State::Behind => Self::Behind,
            State::Never => Self::Never,
            State::Away => Self::Away,
            State::Failed => Self::Failed,
        }
    }
}
