//! Replicas: other places that hold what the vault holds, made from the vault and never by reading a project again.
//!
//! A replica is the same repository with the same key: any of them opens with the recovery kit where the vault is
//! lost. `place` says which folders can be one, `copy` makes them current and reads a part of each back, `standing`
//! says how each stands. What the vault lost stays in its replicas until somebody decides.

mod copy;
mod edit;
mod mirror;
pub(crate) mod place;
mod read_back;
mod standing;

pub use edit::{NewReplica, PlaceRef};
pub use standing::{ReplicaStanding, ReplicaState};
