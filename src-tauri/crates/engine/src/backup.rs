//! Backups: planned, run, listed, verified, deleted.

mod beside;
mod choice;
mod configuration;
mod covering;
mod deletion;
mod diff;
mod list;
mod manifest;
mod older;
mod plan;
mod rows;
mod run;
mod scope;
mod space;
mod verify;

pub use choice::{TableToChoose, TablesToChoose};
pub use deletion::DeletionPlan;
pub use diff::{BackupDiff, DiffVerdict, ObjectChange, ObjectDiff, TableChange, TableDiff};
pub use list::{Backup, BackupDetails, Needed};
pub use plan::BackupPlan;
pub use scope::BackupWish;
pub(crate) use scope::{database_alone, phases};
pub use space::Space;
