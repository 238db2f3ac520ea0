//! Drills: a backup is restored into a scratch database only to test that it restores. Same code path and
//! checks as a restore, a verdict with its reason, and nothing left behind.

mod contained;
mod ended;
mod list;
mod loaded;
mod plan;
mod report;
mod run;
mod whole;

pub use ledger::catalog::DrillKind;
pub use list::{Drill, DrillRow};
pub use plan::{AskedImage, Depth, DrillPlan, DrillRequest, NeededExtension};
pub use report::{DrillPhase, DrillReport};
