//! Retention: how long the backups of a project are kept, and why each one is.
//!
//! A policy says which verified backups stay. What it comes to is planned, shown with all reasons, confirmed, and
//! removed one backup after the other by the deletion that a person would use, with its guards. Nothing is
//! removed here by itself, and no space is freed: that does the vault's prune.

mod apply;
mod calendar;
mod decide;
mod fates;
mod gather;
mod hold;
mod period;
mod plan;
mod policy;
mod propose;
mod proposed;
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
pub use propose::{GoalStanding, Proposal, Schedule, propose};
pub use proposed::{Line, Part};
pub use reason::Reason;
pub use set::Retention;
pub use source::{Source, pause};
