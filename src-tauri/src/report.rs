//! Errors of the shell itself, and panics, as the one error that a person can see.

use base::Code;
use std::panic::AssertUnwindSafe;

use contract::error::{Retry, UserError};
use futures_util::FutureExt as _;
use uuid::Uuid;

/// Runs a command; a panic in it becomes `internal` with a report id that is also in the log.
///
/// # Errors
/// The command's own error, or `internal`.
pub(crate) async fn caught<T>(
    command: &'static str,
    work: impl Future<Output = Result<T, UserError>>,
) -> Result<T, UserError> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(internal(command)))
}

/// A defect of ours. What panicked, and where, was logged by the hook just before.
pub(crate) fn internal(command: &str) -> UserError {
    let report_id = Uuid::new_v4().to_string();
    tracing::error!(command, report_id, "a command failed for a reason of our own");
    UserError {
        code: Code::Internal,
        message: format!("Holdfast itself failed in {command}"),
        hint: Some(
            "Nothing was marked as done. Try again; if it repeats, report this id with the log file."
                .to_owned(),
        ),
        retry: Retry::Now,
        report_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_a_command_is_an_internal_error_with_a_report_id() {
        let work = async { panic!("a defect") };
        let error = tauri::async_runtime::block_on(caught::<()>("home", work)).unwrap_err();
        assert_eq!(error.code, Code::Internal);
        assert!(Uuid::parse_str(&error.report_id).is_ok());
    }
}
