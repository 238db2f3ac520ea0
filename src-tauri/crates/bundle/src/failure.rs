//! Failures of backup files from elsewhere.

use crate::BundleError;
use base::Code;
use base::failure::Failure;

impl From<BundleError> for Failure {
    fn from(error: BundleError) -> Self {
        let message = error.to_string();
        match error {
            BundleError::Read { source, .. } => Self::new(
                Code::ArchiveUnreadable,
                format!("{message}: {source}"),
                "Check that the file is still there and that you may read it.",
            ),
            BundleError::NotAFile { .. } => Self::new(
                Code::ArchiveNotAFile,
                message,
                "Choose the backup file itself: not a folder, a link or a device.",
            ),
            BundleError::PassphraseNeeded { .. } => Self::new(
                Code::ArchivePassphraseNeeded,
                message,
                "Type the passphrase that it was encrypted with; on the command line: `--passphrase-file FILE`.",
            ),
            BundleError::WrongPassphrase { .. } => Self::new(
                Code::ArchivePassphraseWrong,
                message,
                "Type the passphrase again. For a SupaManager it is the ENCRYPTION_SECRET of the time when the backup was made.",
            ),
            BundleError::KeyNeeded { .. } => Self::new(
                Code::ArchiveKeyNeeded,
                message,
                "Decrypt it with the key first (`age -d -i KEY FILE`), then open what comes out.",
            ),
            BundleError::Truncated { .. } => Self::new(
                Code::ArchiveTruncated,
                message,
                "Get the file once more from where it came; this copy is not whole, and nothing of it was kept.",
            ),
            BundleError::Damaged { .. } => Self::new(
                Code::ArchiveDamaged,
                message,
                "Get the file once more from where it came; if that copy is damaged too, use another backup.",
            ),
            BundleError::Hostile { .. } => Self::new(
                Code::ArchiveHostile,
                message,
                "Ask whoever gave you this file where it comes from. Nothing of it was unpacked.",
            ),
            BundleError::TooLarge { .. } => Self::new(
                Code::ArchiveTooLarge,
                message,
                "A file that grows like this is hardly a backup. Nothing of it was kept.",
            ),
            BundleError::Unsupported { .. } => Self::new(
                Code::ArchiveUnknown,
                message,
                "Unpack it with the program that made it, then open what comes out.",
            ),
            BundleError::Sink { .. } => Self::new(
                Code::ArchiveNotKept,
                message,
                "Check the place that the parts go to, then open the file again.",
            ),
            BundleError::Cancelled => Self::new(Code::Cancelled, message, "Start it again when you want to."),
        }
    }
}
