//! Exit statuses: what a script can rely on (DESIGN, "The command line").

use contract::backup::VerdictView;
use contract::error::UserError;

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Done.
    Done,
    /// It did not work.
    Failed,
    /// The command line itself makes no sense.
    WrongUsage,
    /// It could not be shown either way, or only a part was done.
    Inconclusive,
    /// Not done, since it is unsafe or stale.
    Refused,
    /// A person stopped it.
    Cancelled,
}

/// Codes of what is not done because it would do harm, or because what was seen is out of date.
const REFUSED: &[&str] = &[
    "assertion_exists",
    "backup_held",
    "backup_needed",
    "below_floor",
    "command_line_only",
    "connections_open",
    "file_exists",
    "folder_not_empty",
    "job_not_waiting",
    "job_over",
    "key_needed",
    "kit_not_saved",
    "newest_verified",
    "no_policy",
    "no_server_programs",
    "not_confirmed",
    "not_pausable",
    "not_resumable",
    "nothing_to_discard",
    "nothing_to_undo",
    "other_vault",
    "plan_blocked",
    "plan_stale",
    "project_archived",
    "project_busy",
    "reason_needed",
    "retention_paused",
    "sample_exists",
    "vault_exists",
];

/// Codes of what was done in part: the rest is for a person.
const PARTIAL: &[&str] = &["pull_incomplete", "step_failed_after_restore"];

/// Codes of requests that make no sense as they were typed.
const WRONG_USAGE: &[&str] = &["bad_connection_string", "invalid_request", "password_in_argv", "wrong_usage"];

impl Status {
    /// The number that the process ends with.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::WrongUsage => 2,
            Self::Inconclusive => 3,
            Self::Refused => 4,
            Self::Cancelled => 130,
        }
    }

    /// The status that an error ends with.
    pub(crate) fn of(error: &UserError) -> Self {
        match error.code.as_str() {
            "cancelled" => Self::Cancelled,
            code if REFUSED.contains(&code) => Self::Refused,
            code if PARTIAL.contains(&code) => Self::Inconclusive,
            code if WRONG_USAGE.contains(&code) => Self::WrongUsage,
            _ => Self::Failed,
        }
    }
}

impl From<VerdictView> for Status {
    fn from(verdict: VerdictView) -> Self {
        match verdict {
            VerdictView::Pass => Self::Done,
            VerdictView::Fail => Self::Failed,
            VerdictView::Inconclusive => Self::Inconclusive,
        }
    }
}

/// The end of every help text: examples, then what the exit statuses mean.
macro_rules! taught {
    ($examples:literal) => {
        concat!(
            "Examples:\n",
            $examples,
            "\n\nExit status:\n  0 done   1 failed   2 wrong usage   3 inconclusive or partial\n  \
             4 refused (unsafe or stale)   130 cancelled"
        )
    };
}
pub(crate) use taught;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::failure;

    #[test]
    fn a_code_decides_the_exit_status() {
        let number = |code: &str| Status::of(&failure(code, "", "")).number();
        assert_eq!(number("wrong_password"), 1);
        assert_eq!(number("password_in_argv"), 2);
        assert_eq!(number("plan_stale"), 4);
        assert_eq!(number("cancelled"), 130);
        assert_eq!((number("step_failed"), number("step_failed_after_restore")), (1, 3));
    }

    #[test]
    fn the_tables_of_codes_do_not_overlap() {
        assert!(REFUSED.iter().all(|code| !WRONG_USAGE.contains(code)));
        assert!(REFUSED.is_sorted() && WRONG_USAGE.is_sorted());
    }
}
