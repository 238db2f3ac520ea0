//! Failures of downloads.

use crate::transfer::TransferError;
use base::failure::{Failure, Retry};

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        let message = error.to_string();
        match error {
            TransferError::Cancelled => base::failure::cancelled(),
            // Who gives links knows best why there is none.
            TransferError::NoLink(failure) => failure,
            TransferError::Refused { .. }
            | TransferError::LengthDiffers { .. }
            | TransferError::HashDiffers { .. }
            | TransferError::KeepsChanging { .. } => of_the_file(&error, message),
            TransferError::NoProgress { .. }
            | TransferError::KeepsEnding { .. }
            | TransferError::AskedToWait { .. }
            | TransferError::Odd { .. } => of_the_way(&error, message),
            TransferError::InUse { .. } => Self::new(
                "download_running",
                message,
                "Wait until the other download has ended, or cancel it.",
            )
            .retry(Retry::Now),
            TransferError::Insecure => Self::refused(
                "download_insecure",
                message,
                "Holdfast fetches backups over https alone. Correct the address of the files on the platform.",
            ),
            TransferError::TooManyRedirects { .. } => Self::new(
                "download_redirects",
                message,
                "Correct the address of the files on the platform: it leads in a circle.",
            ),
            TransferError::Untrusted { .. } => Self::new(
                "download_untrusted",
                message,
                "Check the clock of this computer and the server's certificate; add its authority to the system's if it is your own.",
            ),
            TransferError::NoSpace { .. } | TransferError::DiskFull { .. } => Self::new(
                "download_disk_full",
                message,
                "Free some space there, then pull again; what was fetched is kept and not fetched twice.",
            ),
            TransferError::Disk { .. } => Self::new(
                "download_disk",
                message,
                "Check the disk, and that the folder can be written to, then pull again.",
            ),
            TransferError::NoClient { .. } => Self::new(
                "download_no_client",
                message,
                "Check that this computer has the certificates of the usual authorities installed.",
            ),
        }
    }
}

/// The file on the server is not what it should be.
fn of_the_file(error: &TransferError, message: String) -> Failure {
    match error {
        TransferError::Refused { .. } => Failure::new(
            "download_refused",
            message,
            "Look at the backup on its platform: it may have been deleted, or have expired. Then pull again.",
        ),
        TransferError::LengthDiffers { .. } => Failure::new(
            "download_length_differs",
            message,
            "Do not rely on this backup: make a new one on the platform, and pull that.",
        ),
        TransferError::HashDiffers { .. } => Failure::new(
            "download_hash_differs",
            message,
            "Pull again; if it differs again, the backup on the platform is damaged: make a new one there.",
        )
        .retry(Retry::Now),
        _ => Failure::new(
            "download_keeps_changing",
            message,
            "Wait until the platform has finished writing the backup, then pull again.",
        )
        .retry(Retry::Now),
    }
}

/// The way to the server is not what it should be.
fn of_the_way(error: &TransferError, message: String) -> Failure {
    match error {
        TransferError::KeepsEnding { .. } => Failure::new(
            "download_keeps_ending",
            message,
            "Pull again with a steadier connection; this server makes every try begin at the start.",
        )
        .retry(Retry::Now),
        TransferError::NoProgress { .. } => Failure::new(
            "download_stalled",
            message,
            "Check the network, then pull again; what was fetched is kept and not fetched twice.",
        )
        .retry(Retry::Now),
        TransferError::AskedToWait { .. } => Failure::new(
            "download_postponed",
            message,
            "Pull again later; what was fetched is kept and not fetched twice.",
        )
        .retry(Retry::Now),
        _ => Failure::new(
            "download_odd",
            message,
            "Pull again; if it stays so, something between here and the platform alters its answers.",
        )
        .retry(Retry::Now),
    }
}
