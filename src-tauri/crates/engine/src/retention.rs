//! Retention: how long the backups of a project are kept, and why.
//!
//! A policy selects the verified backups that stay. Its outcome is planned, shown with all reasons,
//! confirmed, and applied one backup at a time by the ordinary deletion, with its guards. This module removes
//! nothing on its own and frees no space; the vault's prune does that.

mod apply;
mod calendar;
mod decide;
mod fates;
mod gather;
mod hold;
mod period;
mod plan;
mod policy;
mod reason;
mod run;
mod set;
mod source;
mod worth;

pub use apply::Applied;
pub use calendar::{Day, calendar};
pub use decide::{Candidate, Fate, Need, UNVERIFIED_GRACE_MS, decide};
pub use fates::{BackupFate, Expiring};
pub use hold::Held;
pub use plan::{Leaving, Plan};
pub use policy::{Policy, Preset};
pub use reason::Reason;
pub use set::Retention;
pub use source::{Source, pause};
