//! Failures of the vault.

use vault::{FileKind, VaultError};

use crate::archive::ArchiveError;
use base::failure::{Failure, Retry};

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        let message = error.to_string();
        match error {
            ArchiveError::Vault(error) => of_vault(&error, message),
            ArchiveError::NoVault => Self::new(
                "no_vault",
                message,
                "Create one: `holdfast vault init --path DIR --kit FILE`, or open an existing one with its recovery kit.",
            ),
            ArchiveError::AlreadyThere { .. } => {
                Self::refused("vault_exists", message, "Use it, or start with another profile: `--home DIR`.")
            }
            ArchiveError::Manifest { .. } => Self::new(
                "manifest_unreadable",
                message,
                "Check the vault: `holdfast vault check --read-data`. Other backups are not affected.",
            ),
            ArchiveError::ManifestTooNew { .. } => Self::new(
                "manifest_too_new",
                message,
                "Install the newer version of Holdfast that made this backup.",
            ),
            ArchiveError::NoDatabase => Self::refused(
                "no_database",
                message,
                "Save its files with `holdfast bundle export BACKUP --to FILE`, or choose a backup with a database.",
            ),
            ArchiveError::NoDraft { .. } => Self::new(
                "no_draft",
                message,
                "Begin again: choose the folder, and save the new recovery kit.",
            ),
            ArchiveError::WrongGroup => Self::new(
                "wrong_group",
                message,
                "Read the last group of the key from the copy that you saved, and type it.",
            ),
            ArchiveError::KitNotSaved => Self::new(
                "kit_not_saved",
                message,
                "Save the recovery kit first; without it a lost computer loses the vault.",
            ),
            ArchiveError::Write { .. } => Self::new(
                "write_failed",
                message,
                "Check that the folder exists, is writable and has free space.",
            ),
            ArchiveError::FileExists { .. } => Self::refused(
                "file_exists",
                message,
                "Choose another name; Holdfast never writes over a file that is not a kit.",
            ),
            ArchiveError::OtherVault { .. } => Self::new(
                "other_vault",
                message,
                "Plug in the right disk, or open that vault in another profile.",
            ),
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
            "no_repository",
            message,
            "Check the folder: a vault has the files `config` and `keys` in it. Plug in the disk that it is on.",
        ),
        VaultError::NotEmpty { .. } => Failure::refused(
            "folder_not_empty",
            message,
            "Choose an empty folder, or a new one; to use a vault that exists, open it with its key.",
        ),
        VaultError::OtherRepository { .. } => Failure::refused(
            "other_vault",
            message,
            "Choose an empty folder, or the folder of a replica of this vault.",
        ),
        VaultError::WrongPassword { .. } => Failure::new(
            "wrong_key",
            message,
            "Type the key exactly as the recovery kit shows it; case and dashes do not matter.",
        ),
        VaultError::UnsupportedVersion { .. } => {
            Failure::new("vault_version", message, "Open it with a newer Holdfast, or with restic.")
        }
        VaultError::Locked { .. } => Failure::new(
            "vault_locked",
            message,
            "Wait until the other program has ended. A lock of a program that died is told apart after 30 minutes.",
        )
        .retry(Retry::Now),
        VaultError::Held { .. } => Failure::refused(
            "backup_held",
            message,
            "Release it first: `holdfast backup release BACKUP`. Somebody else who uses this vault may hold it.",
        ),
        VaultError::Gone { .. } | VaultError::Unreachable { .. } => Failure::new(
            "vault_gone",
            message,
            "Plug in the disk or mount the folder that holds the vault, then try again. Nothing was lost by this.",
        )
        .retry(Retry::Now),
        VaultError::Full { .. } => Failure::new(
            "disk_full",
            message,
            "Free some space at the vault, then start it again; what was already written is used.",
        ),
        VaultError::ReadOnly { .. } | VaultError::Denied { .. } => Failure::new(
            "vault_read_only",
            message,
            "Give this account the right to write to the vault's folder, or mount it writable.",
        ),
        VaultError::Damaged { .. } | VaultError::Missing { .. } => damaged(error, message),
        VaultError::Source { .. } => Failure::new(
            "source_failed",
            message,
            "Look at the log of the run for the reason; nothing is left that looks like a backup.",
        ),
        VaultError::Cancelled => base::failure::cancelled(),
        VaultError::Stale { .. } => Failure::refused(
            "plan_stale",
            message,
            "Nothing that a backup needs was removed. Look at it again with `holdfast vault prune --dry-run`, and start anew.",
        ),
        VaultError::BadPath { .. } | VaultError::KeyNeeded { .. } | VaultError::BadSlice { .. } => {
            Failure::new("invalid_request", message, "Correct the value that the message names.")
        }
        VaultError::Destination { .. } | VaultError::Io { .. } => {
            Failure::new("vault_io", message, "Check the disk of the vault, then try again.").retry(Retry::Now)
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
    Failure::new("vault_damaged", message, hint)
}
