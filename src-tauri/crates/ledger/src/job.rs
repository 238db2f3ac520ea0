//! Long work: planned, with progress, cancellable, recoverable, recorded.
//!
//! A job is a row in the catalogue and a task in one process. The row names the lock file of that
//! process; when that lock can be taken the process is dead, and its rows become `interrupted`.
//! Cancel and progress cross between processes by the catalogue.

mod awake;
mod context;
mod goes_on;
mod interrupted;
mod kind;
mod list;
mod pause;
mod process;
mod progress;
mod restored;
mod runner;
mod step;
mod ticker;
mod trigger;
mod written;

pub use context::JobContext;
pub use goes_on::GoesOn;
pub use kind::JobKind;
pub use list::{Job, read_failure};
pub use process::ProcessLock;
pub use process::is_dead;
pub use progress::WHY;
pub use progress::{Creation, Fact, PartsRestored, Phase, PhaseSpec, PhaseState, Progress};
pub use restored::{Check, CheckVerdict, Difference, RestoreReport};
pub use runner::STORE_AGAIN;
pub use runner::{JobOutput, JobRunner, JobSpec};
pub use step::{PAUSE, RESUME, StepResult, StepState, StepTime, WaitsFor, may_be_paused};
pub use step::{interrupted, left_undone, resume_words};
pub use trigger::Trigger;
pub use written::WrittenFile;
