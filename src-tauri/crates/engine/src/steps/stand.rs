//! The outcome of a restore when the steps after it start, which decides which of them run.

/// How the restore stands once the steps after it begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    /// What was planned is restored.
    Restored,
    /// It is, and the checks found that it is not what the backup says.
    ChecksFailed,
    /// Nothing was restored.
    Failed,
    /// Somebody cancelled.
    Cancelled,
    /// Only the server knows.
    Unknown,
}

impl Stand {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::ChecksFailed => "checks_failed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Restored => "a step before it failed",
            Self::ChecksFailed => "the checks of the restored database failed",
            Self::Failed => "nothing was restored",
            Self::Cancelled => "the run was cancelled",
            Self::Unknown => "whether the database was restored is not known",
        }
    }
}
