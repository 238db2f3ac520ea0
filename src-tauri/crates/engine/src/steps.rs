//! Recovery steps: what a project wants done before and after its database is restored.
//!
//! They belong to restores that change a database that people use, never to drills, scratch databases or
//! new databases beside. A plan shows them, a run goes through them in order, a report says what came of
//! each. The order of a run is made in `recovery`; here is what a step is, and how one is done.

mod edit;
mod program;
mod result;
mod run;
mod sql;
mod step;
mod validate;
mod wait;
mod webhook;

pub use edit::{NewAct, NewHeader, NewStep};
pub use result::{StepResult, StepState, WaitsFor};
pub(crate) use result::{interrupted, left_undone};
pub(crate) use run::{AFTER_RESTORE, Run, RunOf, Stand};
pub use step::{Header, RecoveryStep, StepAct, StepTime};
pub use wait::Answer;
