//! What goes wrong at a place, as a person reads it.

use base::Code;
use base::failure::{Failure, cancelled};

use crate::error::SourceError;
use ssh::SftpError;

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let message = error.to_string();
        match error {
            SourceError::NotThere { .. } => {
                Self::new(Code::SourceUnreadable, message, "Check the path; connect the disk that it is on.")
            }
            SourceError::WrongKind { .. } => Self::new(Code::SourceUnreadable, message, "Name another path."),
            SourceError::Link { .. } => Self::new(
                Code::SourceUnreadable,
                message,
                "Name the folder that is meant by its own path: add the component again, or choose another folder.",
            ),
            SourceError::Forbidden { .. } => Self::new(
                Code::SourceUnreadable,
                message,
                "Give this account the right, or run as one that has it.",
            ),
            SourceError::Full { .. } => {
                Self::new(Code::DiskFull, message, "Make space there, and start again.")
            }
            SourceError::Pattern { .. } => Self::invalid(message, "Write it as `*.yml` or `certs/**`."),
            SourceError::TooMany { .. } => Self::new(
                Code::SourceUnreadable,
                message,
                "Name what is wanted more closely, or add it as files.",
            ),
            SourceError::NoBytes { .. } => Self::new(
                Code::SourceUnreadable,
                message,
                "Look at the disk or the bucket in which the service keeps its files; bring the file back from a backup.",
            ),
            SourceError::Bucket { source, .. } => Self { message, ..source.into() },
            SourceError::Sftp { source, .. } => match *source {
                SftpError::Ssh(source) => Self { message, ..source.into() },
                SftpError::Lost(_) => Self::new(
                    Code::SshLost,
                    message,
                    "The network or the server went away. Try again; if it stays, look at the server's log.",
                ),
                _ => Self::new(
                    Code::SourceUnreadable,
                    message,
                    "Look at the folder on the server, and at the space there.",
                ),
            },
            SourceError::Io { .. } => {
                Self::new(Code::SourceUnreadable, message, "Check the disk that it is on.")
            }
            SourceError::Cancelled => cancelled(),
        }
    }
}
