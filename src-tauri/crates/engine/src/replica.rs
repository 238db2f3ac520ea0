//! Replicas: other folders with the vault's content, copied from the vault without reading a project again.
//!
//! A replica is the same repository with the same key: the recovery kit opens any of them if the vault is
//! lost. `place` decides which folders qualify, `copy` updates them and reads a part of each back, `standing`
//! reports their state. Backups that the vault lost stay in its replicas until somebody decides.

mod copy;
mod edit;
mod mirror;
pub(crate) mod place;
mod read_back;
mod standing;

pub use edit::{NewReplica, PlaceRef};
pub use standing::{ReplicaStanding, ReplicaState};
