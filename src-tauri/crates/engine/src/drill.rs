//! Drills: a backup brought back for no other reason than to see that it comes back. A scratch database,
//! the same way back as a restore's, the same checks, a verdict with its reason, and nothing left behind.

mod ended;
mod list;
mod plan;
mod report;
mod run;

pub use crate::catalog::DrillKind;
pub use list::{Drill, DrillRow};
pub use plan::{Depth, DrillPlan, DrillRequest, NeededExtension};
pub use report::{DrillPhase, DrillReport};
