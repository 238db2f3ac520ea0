//! Recovery steps: what a project wants done before and after it is restored.
//!
//! They belong to restores that change a database that people use, here or at its platform, never to drills,
//! scratch databases or new databases beside. A plan shows them, a run goes through them in order, a report says what came of
//! each. The order of a run is made in `recovery`; here is what a step is, and how one is done.

mod edit;
mod obstacles;
mod program;
mod result;
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
pub use result::{StepResult, StepState, WaitsFor, may_be_paused};
pub(crate) use result::{interrupted, left_undone, resume_words};
pub(crate) use run::{AFTER_RESTORE, Run, RunOf};
pub(crate) use stand::Stand;
pub use step::{Header, RecoveryStep, StepAct, StepTime};
pub use wait::Answer;
