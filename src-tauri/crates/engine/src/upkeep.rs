//! Looks after the vault: creates it, keeps its keys and receipts, checks, repairs and prunes it, reads what others
//! did to it, and makes the catalogue again from it.

mod check;
mod create;
mod keys;
mod prune;
mod rebuild;
mod receipts;
mod removed;
mod repair;
mod shared;

pub use keys::{NewKeyFor, VaultKey};
pub use rebuild::{Rebuild, VaultStatus};
pub(crate) use removed::by_run;
pub use vault::{PackSum, PruneOptions, PrunePlan};
