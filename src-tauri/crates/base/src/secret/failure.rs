//! Failures of the places where secrets rest.

use crate::code::Code;
use crate::failure::Failure;
use crate::secret::SecretError;

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        let message = error.to_string();
        match error {
            SecretError::Unavailable { .. } => Self::new(
                Code::KeychainUnavailable,
                message,
                "Install and start a Secret Service (for instance gnome-keyring), or keep secrets in a file sealed with a passphrase: `HOLDFAST_SECRETS=file:PATH`.",
            ),
            SecretError::Locked { .. } => Self::new(
                Code::KeychainLocked,
                message,
                "Unlock the keychain of this computer (sign in to the desktop, or run `gnome-keyring-daemon --unlock`), then try again.",
            ),
            SecretError::NotFound { .. } => Self::new(
                Code::SecretMissing,
                message,
                "Enter it again: `holdfast project edit NAME --password-stdin`, or `holdfast vault open` with the key from the recovery kit.",
            ),
            SecretError::FileLocked { .. } => Self::new(
                Code::SecretsFileLocked,
                message,
                "Give its passphrase: in the window, at the prompt of a terminal, or in a file that HOLDFAST_PASSPHRASE_FILE names.",
            ),
            SecretError::FileMissing { .. } => Self::new(
                Code::SealedFileMissing,
                message,
                "Connect the disk that it is on, look whether HOLDFAST_SECRETS names the right path, or bring the file back from a copy. If it is lost, `holdfast vault open` with the key from the recovery kit makes a new one; passwords are then entered again.",
            ),
            SecretError::WrongPassphrase { .. } => Self::new(
                Code::WrongPassphrase,
                message,
                "Try the passphrase again. Without it the secrets in the file are lost, and the vault opens only with its recovery kit.",
            ),
            SecretError::FileDamaged { .. } => Self::new(
                Code::SecretsFileDamaged,
                message,
                "Bring the file back from a copy, or move it away and enter the secrets again; the vault's key is in the recovery kit.",
            ),
            SecretError::Io { .. } => Self::new(
                Code::SecretsFileIo,
                message,
                "Check that the folder exists, is writable and has free space.",
            ),
            SecretError::Keychain { .. } => Self::new(
                Code::KeychainFailed,
                message,
                "Look whether the keychain of this computer works in another application, then try again.",
            ),
        }
    }
}
