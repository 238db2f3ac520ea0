//! Why a platform did not do what it was asked.

use std::time::Duration;

use super::Act;
use base::Code;
use base::failure::{Failure, Retry};

/// Why a call of a platform did not work. Texts of the platform are quoted shortened and without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// The platform cannot do it at all, or not for this account.
    #[error("{platform} cannot {}: {reason}", act.words())]
    CannotDo {
        /// The platform's name.
        platform: &'static str,
        /// What was asked.
        act: Act,
        /// Why not.
        reason: String,
    },
    /// Nobody answered there.
    #[error("{place} could not be reached: {what}")]
    Unreachable {
        /// Host and port.
        place: String,
        /// What happened.
        what: String,
    },
    /// No answer within the limit.
    #[error("{place} did not answer within {} seconds", limit.as_secs())]
    Silent {
        /// Host and port.
        place: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The credentials are wrong, or ran out and cannot be renewed.
    #[error("{place} does not accept the credentials: {said}")]
    NotSignedIn {
        /// Host and port.
        place: String,
        /// What it said.
        said: String,
    },
    /// The account may not do it.
    #[error("{place} refuses it to this account: {said}")]
    Forbidden {
        /// Host and port.
        place: String,
        /// What it said.
        said: String,
    },
    /// There is no such thing.
    #[error("{place} knows no {what}")]
    NotFound {
        /// Host and port.
        place: String,
        /// What was asked for.
        what: String,
    },
    /// Too many calls, for longer than is waited for.
    #[error("{place} takes no more calls for {} seconds", wait.as_secs())]
    TooMany {
        /// Host and port.
        place: String,
        /// How long it asks to wait.
        wait: Duration,
    },
    /// It failed, and said so.
    #[error("{place} could not {doing}: {said}")]
    Failed {
        /// Host and port.
        place: String,
        /// What it was to do.
        doing: String,
        /// What it said.
        said: String,
        /// Whether the same call may work now.
        may_work_now: bool,
    },
    /// What it answered is not what its contract says.
    #[error("{place} answered something unexpected: {what}")]
    Unintelligible {
        /// Host and port.
        place: String,
        /// What it was.
        what: String,
    },
    /// A file of this computer that was to be sent cannot be read.
    #[error("cannot read {path}: {what}")]
    Unreadable {
        /// Where it is.
        path: String,
        /// Why not.
        what: String,
    },
    /// It said that it was done, and it is not.
    #[error("{place} claims {claim}, but {truth}")]
    FalseClaim {
        /// Host and port.
        place: String,
        /// What it claims.
        claim: String,
        /// What is there.
        truth: String,
    },
}

impl From<PlatformError> for Failure {
    fn from(error: PlatformError) -> Self {
        let message = error.to_string();
        match error {
            PlatformError::CannotDo { .. } => Failure::new(
                Code::PlatformCannot,
                message,
                "The project's page says what this platform can do for this account.",
            ),
            PlatformError::Unreachable { .. } => {
                Failure::new(Code::PlatformUnreachable, message, "Check the address and the network.")
            }
            PlatformError::Silent { .. } => {
                Failure::new(Code::PlatformSilent, message, "Try again later; nothing was changed here.")
            }
            PlatformError::NotSignedIn { .. } => Failure::new(
                Code::PlatformSignIn,
                message,
                "Enter the credentials again in the project's connection; what was fetched so far stays.",
            ),
            PlatformError::Forbidden { .. } => Failure::new(
                Code::PlatformForbidden,
                message,
                "Use an account with the right to do it; the project's page names what this one may do.",
            )
            .retry(Retry::Never),
            PlatformError::NotFound { .. } => Failure::new(
                Code::PlatformNotFound,
                message,
                "List what the platform has, and choose from that.",
            ),
            PlatformError::TooMany { .. } => {
                Failure::new(Code::PlatformBusy, message, "Wait that long, and try again.")
            }
            PlatformError::Failed { may_work_now, .. } => Failure::new(
                Code::PlatformFailed,
                message,
                "The platform's own log says more; the run's page quotes what it told us.",
            )
            .retry(if may_work_now { Retry::Now } else { Retry::AfterFix }),
            PlatformError::Unintelligible { .. } => Failure::new(
                Code::PlatformUnintelligible,
                message,
                "Check that the address is that of this kind of platform.",
            ),
            PlatformError::Unreadable { .. } => Failure::new(
                Code::PlatformFileUnreadable,
                message,
                "Check that the file is there and may be read; nothing was sent.",
            ),
            PlatformError::FalseClaim { .. } => Failure::new(
                Code::PlatformClaim,
                message,
                "Do not count on this backup. Start another one, and look at the platform's own log.",
            ),
        }
    }
}
