//! Failures of downloads.

use crate::transfer::TransferError;
use base::Code;
use base::failure::Failure;

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
                Code::DownloadRunning,
                message,
                "Wait until the other download has ended, or cancel it.",
            ),
            TransferError::Insecure => Self::new(
                Code::DownloadInsecure,
                message,
                "Holdfast fetches backups over https alone. Correct the address of the files on the platform.",
            ),
            TransferError::TooManyRedirects { .. } => Self::new(
                Code::DownloadRedirects,
                message,
                "Correct the address of the files on the platform: it leads in a circle.",
            ),
            TransferError::Untrusted { .. } => Self::new(
                Code::DownloadUntrusted,
                message,
                "Check the clock of this computer and the server's certificate; add its authority to the system's if it is your own.",
            ),
            TransferError::NoSpace { .. } | TransferError::DiskFull { .. } => Self::new(
                Code::DownloadDiskFull,
                message,
                "Free some space there, then pull again; what was fetched is kept and not fetched twice.",
            ),
            TransferError::Disk { .. } => Self::new(
                Code::DownloadDisk,
                message,
                "Check the disk, and that the folder can be written to, then pull again.",
            ),
            TransferError::NoClient { .. } => Self::new(
                Code::DownloadNoClient,
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
            Code::DownloadRefused,
            message,
            "Look at the backup on its platform: it may have been deleted, or have expired. Then pull again.",
        ),
        TransferError::LengthDiffers { .. } => Failure::new(
            Code::DownloadLengthDiffers,
            message,
            "Do not rely on this backup: make a new one on the platform, and pull that.",
        ),
        TransferError::HashDiffers { .. } => Failure::new(
            Code::DownloadHashDiffers,
            message,
            "Pull again; if it differs again, the backup on the platform is damaged: make a new one there.",
        ),
        _ => Failure::new(
            Code::DownloadKeepsChanging,
            message,
            "Wait until the platform has finished writing the backup, then pull again.",
        ),
    }
}

/// The way to the server is not what it should be.
fn of_the_way(error: &TransferError, message: String) -> Failure {
    match error {
        TransferError::KeepsEnding { .. } => Failure::new(
            Code::DownloadKeepsEnding,
            message,
            "Pull again with a steadier connection; this server makes every try begin at the start.",
        ),
        TransferError::NoProgress { .. } => Failure::new(
            Code::DownloadStalled,
            message,
            "Check the network, then pull again; what was fetched is kept and not fetched twice.",
        ),
        TransferError::AskedToWait { .. } => Failure::new(
            Code::DownloadPostponed,
            message,
            "Pull again later; what was fetched is kept and not fetched twice.",
        ),
        _ => Failure::new(
            Code::DownloadOdd,
            message,
            "Pull again; if it stays so, something between here and the platform alters its answers.",
        ),
    }
}
