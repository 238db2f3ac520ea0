//! The failure that reaches a person: a stable code, what was seen, and a hint that is safe to follow.
//!
//! Modules have small error enums of their own; each is turned into this in one exhaustive match,
//! in a file `failure.rs` beside it. A code is never reused for something else.

use serde::{Deserialize, Serialize};

use crate::code::Code;

/// What went wrong, as it is shown and stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What went wrong, in one word that never changes.
    pub code: Code,
    /// What was seen: lower case, no full stop.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Whether trying again may help.
    pub retry: Retry,
}

/// Whether trying again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The same call may work now.
    Now,
    /// After something was put right.
    AfterFix,
    /// It will not work.
    Never,
}

impl Failure {
    /// A failure; whether trying again helps is what its code says of itself.
    pub fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: Some(hint.into()), retry: code.retry() }
    }

    /// Something that names nothing we know. The code is one of `…_not_found`, whose first part is the
    /// noun of the command line.
    pub fn not_found(code: Code, given: &str) -> Self {
        let what = code.as_str().trim_end_matches("_not_found");
        Self::new(
            code,
            format!("there is no {what} {given:?}"),
            format!("List what there is with `holdfast {what} list`, and give an id or a name from it."),
        )
    }

    /// A request that makes no sense as it is.
    pub fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, message, hint)
    }

    /// What was typed is not what had to be typed.
    pub fn not_confirmed(expected: &str) -> Self {
        Self::new(
            Code::NotConfirmed,
            "the typed confirmation does not match",
            format!("Type exactly: {expected}"),
        )
    }

    /// What was planned is not so any more.
    pub fn stale_plan(why: &str) -> Self {
        Self::new(Code::PlanStale, why, "Plan it again, and look at it.")
    }

    /// The same, with trying again said to be worthwhile.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }
}

/// The failure that stands for a wish: it becomes the state `cancelled`, never an error on a screen.
pub fn cancelled() -> Failure {
    Failure::new(Code::Cancelled, "cancelled", "Start it again when you want to.")
}
