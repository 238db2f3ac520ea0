//! Why a database that follows `WedSync`'s design did not do what it was asked.

use std::time::Duration;

use base::Code;
use base::failure::Failure;

/// Why it did not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WedsyncError {
    /// This part of the design is not in this database.
    #[error("{what} cannot be used: {reason}")]
    NotThere {
        /// Function or table.
        what: &'static str,
        /// What is missing.
        reason: String,
    },
    /// The database refused it.
    #[error("the database could not {doing}: {said}")]
    Refused {
        /// What it was to do.
        doing: &'static str,
        /// Postgres's own code, where there is one.
        code: Option<String>,
        /// What it said.
        said: String,
    },
    /// It took too long, and was stopped.
    #[error("the database did not {doing} within {} seconds, and was told to stop", limit.as_secs())]
    Slow {
        /// What it was to do.
        doing: &'static str,
        /// How long it was waited for.
        limit: Duration,
    },
    /// What came is not what the design says.
    #[error("the database answered something unexpected: {what}")]
    Odd {
        /// What it was.
        what: String,
    },
    /// A function said that it was done, and it is not.
    #[error("{function} claims {claim}, but {truth}")]
    FalseClaim {
        /// Which function.
        function: &'static str,
        /// What it claims.
        claim: String,
        /// What is there.
        truth: String,
    },
}

impl From<WedsyncError> for Failure {
    fn from(error: WedsyncError) -> Self {
        let message = error.to_string();
        match error {
            WedsyncError::NotThere { .. } => Self::new(
                Code::WedsyncNotThere,
                message,
                "Apply the design's SQL to this database, or leave this part switched off.",
            ),
            WedsyncError::Refused { .. } => Self::new(
                Code::WedsyncRefused,
                message,
                "Give the role the right to it, or use another role; pg_backup_start needs one that may replicate.",
            ),
            WedsyncError::Slow { .. } => {
                Self::new(Code::WedsyncSlow, message, "Try again when the database is less busy.")
            }
            WedsyncError::Odd { .. } => {
                Self::new(Code::WedsyncOdd, message, "Compare the database's tables with the design.")
            }
            WedsyncError::FalseClaim { .. } => Self::new(
                Code::WedsyncClaim,
                message,
                "Do not count on it: look at the function, and at what it calls.",
            ),
        }
    }
}
