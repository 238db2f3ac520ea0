//! Restores: a plan that is shown, confirmed, and applied while it is fresh; the checks decide.

mod apply;
mod audited;
mod check;
mod database;
mod plan;
mod properties;
mod scratch;
mod target;

pub use crate::proof::{Difference, RestoreReport};
pub use plan::{PlannedTable, RestorePlan, RestoreRequest, RestoreTarget, Strategy};
pub use scratch::Scratch;
