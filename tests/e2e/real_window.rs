//! What a person does with the window.

mod at_a_platform;
mod beside_the_command_line;
mod by_ssh;
mod closing;
mod closing_in_a_restore;
mod closing_in_a_run;
mod components;
mod dialogs;
mod dropping;
mod first_run;
mod keeping;
mod new_project;
mod notifying;
mod replicating;
mod restoring;

use std::future::Future;
use std::time::Duration;

/// Longest wait for a job on the sample, on a busy machine.
const JOB_MAX: Duration = Duration::from_mins(4);

/// Runs a test on a runtime of its own.
pub(crate) fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}
