//! Exit statuses: what a script can rely on (DESIGN, "The command line").

use base::Exit;
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
        match error.code.exit() {
            Exit::Failed => Self::Failed,
            Exit::Usage => Self::WrongUsage,
            Exit::Partial => Self::Inconclusive,
            Exit::Refused => Self::Refused,
            Exit::Cancelled => Self::Cancelled,
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
    use base::Code;

    use super::*;
    use crate::error::failure;

    #[test]
    fn a_code_decides_the_exit_status() {
        let number = |code: Code| Status::of(&failure(code, "", "")).number();
        assert_eq!(number(Code::WrongPassword), 1);
        assert_eq!(number(Code::PasswordInArgv), 2);
        assert_eq!(number(Code::PlanStale), 4);
        assert_eq!(number(Code::Cancelled), 130);
        assert_eq!((number(Code::StepFailed), number(Code::StepFailedAfterRestore)), (1, 3));
    }
}
