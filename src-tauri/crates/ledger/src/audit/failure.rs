//! Failures of the audit log.

use crate::audit::AuditError;
use base::Code;
use base::failure::Failure;

impl From<AuditError> for Failure {
    fn from(error: AuditError) -> Self {
        let message = error.to_string();
        match error {
            AuditError::Write { .. } | AuditError::Head { .. } => Self::new(
                Code::AuditFailed,
                message,
                "What cannot be recorded is not done. Check the free space of the profile's disk and the rights of its folder, then try again.",
            ),
            AuditError::Read { .. } => Self::new(
                Code::AuditUnreadable,
                message,
                "Keep a copy of the profile's folder as it is; then look at `catalog.db` with the tools of SQLite.",
            ),
            AuditError::Export { .. } => {
                Self::new(Code::WriteFailed, message, "Choose another place, or make room there.")
            }
            AuditError::FileExists { .. } => {
                Self::new(Code::FileExists, message, "Choose another name, or move that file away.")
            }
        }
    }
}
