//! Bringing back what a backup holds beside its database: files, configuration, Redis, logs; into a folder, or to where
//! they came from.

mod apply;
mod confirm;
mod files;
mod keys;
mod look;
mod plan;
mod scratch;
mod site;
mod undo;

pub use plan::{PartCounts, PartPlan, PartRequest, PartTarget};
pub(crate) use scratch::{CameBack, bring_back, largest};
pub use undo::{UndoOf, undo_command};
