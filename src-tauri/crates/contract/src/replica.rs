//! Replicas: other places that hold what the vault holds.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};

/// Adds a replica.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddReplica {
    /// The folder: empty, not there yet, or one that was a replica of this vault. Absolute.
    pub path: String,
    /// What people call it; absent means the folder's own name.
    pub name: Option<String>,
    /// Whether it is in another place than the vault: what takes the one leaves the other. Absent where nobody says so.
    #[serde(default)]
    pub is_elsewhere: Option<bool>,
}

/// Says where the vault or a replica is.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DeclarePlace {
    /// Id or name of the replica; absent for the vault.
    pub replica: Option<String>,
    /// Whether it is elsewhere: the vault, than what is backed up; a replica, than the vault. Absent takes it back.
    pub is_elsewhere: Option<bool>,
}

/// What a person said of where a place is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DeclaredView {
    /// Whether it is elsewhere.
    pub is_elsewhere: bool,
    /// When that was said.
    pub at_ms: Millis,
    /// By whom; absent where nobody wrote that down then.
    pub by: Option<String>,
}

/// What is known of where the vault is.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VaultPlaceView {
    /// What a person said; absent where nobody did.
    pub declared: Option<DeclaredView>,
}

/// Names a replica.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaRef {
    /// Id or name.
    pub replica: String,
}

/// Copies what replicas lack.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CopyVault {
    /// Id or name; absent for all that are connected.
    pub replica: Option<String>,
    /// The name of that replica, typed: it lets go of what only it has, and holds what the vault holds and nothing else.
    #[serde(default)]
    pub let_go: Option<String>,
}

/// How a replica stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
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
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaView {
    /// Id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Directory.
    pub path: String,
    /// Whether it was declared to be in another place than the vault.
    pub is_elsewhere: bool,
    /// What a person said of where it is; absent where nobody did.
    pub declared: Option<DeclaredView>,
    /// What it is on, in words, as it was last seen; empty where that is not known.
    pub medium: String,
    /// Whether it is on the vault's disk, and so goes with it.
    pub is_same_disk: bool,
    /// How it stands.
    pub state: ReplicaState,
    /// The same as a sentence.
    pub words: String,
    /// Backups of the vault that it has.
    pub backups: Count,
    /// Backups of the vault that it does not have yet.
    pub waiting: Count,
    /// Backups that only it has: the vault lost them, and nobody removed them.
    pub only_here: Count,
    /// When the last copy began that came to its end.
    pub copied_at_ms: Option<Millis>,
    /// When a part of it was last read back, and found sound.
    pub checked_at_ms: Option<Millis>,
    /// Bytes free there; absent where it is not connected.
    pub free_bytes: Option<Count>,
    /// What did not read back, or why the last copy did not work: lower case, no full stop.
    pub problem: Option<String>,
}
