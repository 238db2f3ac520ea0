//! Failures of the vault.

use vault::{FileKind, VaultError};

use crate::archive::ArchiveError;
use base::Code;
use base::failure::{Failure, Retry};

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        let message = error.to_string();
        match error {
            ArchiveError::Vault(error) => of_vault(&error, message),
            ArchiveError::NoVault => Self::new(
                Code::NoVault,
                message,
                "Create one: `holdfast vault init --path DIR --kit FILE`, or open an existing one with its recovery kit.",
            ),
            ArchiveError::AlreadyThere { .. } => {
                Self::new(Code::VaultExists, message, "Use it, or start with another profile: `--home DIR`.")
            }
            ArchiveError::Manifest { .. } => Self::new(
                Code::ManifestUnreadable,
                message,
                "Check the vault: `holdfast vault check --read-data`. Other backups are not affected.",
            ),
            ArchiveError::ManifestTooNew { .. } => Self::new(
                Code::ManifestTooNew,
                message,
                "Install the newer version of Holdfast that made this backup.",
            ),
            ArchiveError::NoDatabase => Self::new(
                Code::NoDatabase,
                message,
                "Save its files with `holdfast bundle export BACKUP --to FILE`, or choose a backup with a database.",
            ),
            ArchiveError::NoDraft { .. } => Self::new(
                Code::NoDraft,
                message,
                "Begin again: choose the folder, and save the new recovery kit.",
            ),
            ArchiveError::WrongGroup => Self::new(
                Code::WrongGroup,
                message,
                "Read the last group of the key from the copy that you saved, and type it.",
            ),
            ArchiveError::KitNotSaved => Self::new(
                Code::KitNotSaved,
                message,
                "Save the recovery kit first; without it a lost computer loses the vault.",
            ),
            ArchiveError::Write { .. } => Self::new(
                Code::WriteFailed,
                message,
                "Check that the folder exists, is writable and has free space.",
            ),
            ArchiveError::FileExists { .. } => Self::new(
                Code::FileExists,
                message,
                "Choose another name; Holdfast never writes over a file that is not a kit.",
            ),
            ArchiveError::OtherVault { .. } => Self::new(
                Code::OtherVault,
                message,
                "Plug in the right disk, or open that vault in another profile.",
            )
            .retry(Retry::AfterFix),
        }
    }
}

/// What the vault answered.
pub(crate) fn vault_failure(error: VaultError) -> Failure {
    ArchiveError::Vault(error).into()
}

fn of_vault(error: &VaultError, message: String) -> Failure {
    match error {
        VaultError::NoRepository { .. } => Failure::new(
            Code::NoRepository,
            message,
            "Check the folder: a vault has the files `config` and `keys` in it. Plug in the disk that it is on.",
        ),
        VaultError::NotEmpty { .. } => Failure::new(
            Code::FolderNotEmpty,
            message,
            "Choose an empty folder, or a new one; to use a vault that exists, open it with its key.",
        ),
        VaultError::OtherRepository { .. } => Failure::new(
            Code::OtherVault,
            message,
            "Choose an empty folder, or the folder of a replica of this vault.",
        ),
        VaultError::WrongPassword { .. } => Failure::new(
            Code::WrongKey,
            message,
            "Type the key exactly as the recovery kit shows it; case and dashes do not matter.",
        ),
        VaultError::UnsupportedVersion { .. } => {
            Failure::new(Code::VaultVersion, message, "Open it with a newer Holdfast, or with restic.")
        }
        VaultError::Locked { .. } => Failure::new(
            Code::VaultLocked,
            message,
            "Wait until the other program has ended. A lock of a program that died is told apart after 30 minutes.",
        ),
        VaultError::Held { .. } => Failure::new(
            Code::BackupHeld,
            message,
            "Release it first: `holdfast backup release BACKUP`. Somebody else who uses this vault may hold it.",
        ),
        VaultError::Gone { .. } | VaultError::Unreachable { .. } => Failure::new(
            Code::VaultGone,
            message,
            "Plug in the disk or mount the folder that holds the vault, then try again. Nothing was lost by this.",
        ),
        VaultError::Full { .. } => Failure::new(
            Code::DiskFull,
            message,
            "Free some space at the vault, then start it again; what was already written is used.",
        ),
        VaultError::ReadOnly { .. } | VaultError::Denied { .. } => Failure::new(
            Code::VaultReadOnly,
            message,
            "Give this account the right to write to the vault's folder, or mount it writable.",
        ),
        VaultError::Damaged { .. } | VaultError::Missing { .. } => damaged(error, message),
        VaultError::Source { .. } => Failure::new(
            Code::SourceFailed,
            message,
            "Look at the log of the run for the reason; nothing is left that looks like a backup.",
        ),
        VaultError::Cancelled => base::failure::cancelled(),
        VaultError::Stale { .. } => Failure::new(
            Code::PlanStale,
            message,
            "Nothing that a backup needs was removed. Look at it again with `holdfast vault prune --dry-run`, and start anew.",
        ),
        VaultError::BadPath { .. } | VaultError::KeyNeeded { .. } | VaultError::BadSlice { .. } => {
            Failure::new(Code::InvalidRequest, message, "Correct the value that the message names.")
        }
        VaultError::Destination { .. } | VaultError::Io { .. } => {
            Failure::new(Code::VaultIo, message, "Check the disk of the vault, then try again.")
        }
    }
}

fn damaged(error: &VaultError, message: String) -> Failure {
    let hint = match error {
        VaultError::Damaged { kind: Some(FileKind::Index), .. } => {
            "Run `holdfast vault repair`: it makes the index again from the data. Do not delete anything before."
        }
        _ => {
            "Run `holdfast vault check --read-data` to see what is affected, and `holdfast vault repair` where it says so; do not delete anything before."
        }
    };
    Failure::new(Code::VaultDamaged, message, hint)
}
