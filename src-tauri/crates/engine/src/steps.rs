//! Recovery steps: a project's actions before and after a restore.
//!
//! They apply to restores that change a database in use, here or at its platform, never to drills, scratch
//! databases or new databases beside. A plan lists them, a run executes them in order, a report has their
//! results. `recovery` orders a run; this module defines a step and executes one.

mod edit;
mod obstacles;
mod program;
mod run;
mod sql;
mod stand;
mod step;
mod there;
mod validate;
mod wait;
mod webhook;

pub use edit::{NewAct, NewHeader, NewStep};
pub(crate) use obstacles::Obstacle;
pub(crate) use run::{AFTER_RESTORE, Run, RunOf};
pub(crate) use stand::Stand;
pub use step::{Header, RecoveryStep, StepAct};
pub use wait::Answer;
