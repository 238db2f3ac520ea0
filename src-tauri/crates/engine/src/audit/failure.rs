//! Failures of the audit log.

use crate::audit::AuditError;
use base::failure::Failure;

impl From<AuditError> for Failure {
    fn from(error: AuditError) -> Self {
        let message = error.to_string();
        match error {
            AuditError::Write { .. } | AuditError::Head { .. } => Self::new(
                "audit_failed",
                message,
                "What cannot be recorded is not done. Check the free space of the profile's disk and the rights of its folder, then try again.",
            ),
            AuditError::Read { .. } => Self::new(
                "audit_unreadable",
                message,
                "Keep a copy of the profile's folder as it is; then look at `catalog.db` with the tools of SQLite.",
            ),
            AuditError::Export { .. } => {
                Self::new("write_failed", message, "Choose another place, or make room there.")
            }
            AuditError::FileExists { .. } => {
                Self::refused("file_exists", message, "Choose another name, or move that file away.")
            }
        }
    }
}
