//! Errors that arise in the command line itself; they look like those of the engine.

use base::Code;
use contract::error::UserError;
use engine::Failure;

use crate::status::Status;

/// What a command comes to.
pub(crate) type Ended = Result<Status, UserError>;

/// An error with a stable code, what was seen, and what to do.
pub(crate) fn failure(code: Code, message: impl Into<String>, hint: impl Into<String>) -> UserError {
    Failure::new(code, message, hint).into()
}

/// A person stopped the command.
pub(crate) fn cancelled() -> UserError {
    failure(Code::Cancelled, "cancelled", "Nothing is left that looks done; it is safe to start it again.")
}

/// A file of the command line cannot be read.
pub(crate) fn unreadable(path: &camino::Utf8Path, source: &std::io::Error) -> UserError {
    failure(
        Code::FileUnreadable,
        format!("{path} cannot be read: {source}"),
        "Check the path and its permissions.",
    )
}
