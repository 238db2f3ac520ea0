//! Portable files that are kept in a Telegram chat.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};

/// A file that was sent.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PortableView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was sent.
    pub made_at_ms: Millis,
    /// Bytes.
    pub size_bytes: Count,
    /// Why it cannot be had: it was not sent to its end, or Telegram does not know it any more.
    pub gone: Option<String>,
    /// Whether its receipt is in the vault, where another computer finds it.
    pub is_in_vault: bool,
}

/// The receipt of a file that was sent.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PortableReceipt {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The project whose bot sent it.
    pub project: String,
    /// The receipt as it is kept, printed and given to be fetched by.
    pub document: String,
}

/// Sends a file, in sealed parts. In a window the file is one that a person chose in a dialog of the system.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SendPortable {
    /// The project whose bot and chat keep it.
    pub project: String,
    /// The file.
    pub file: String,
    /// Seals it; goes to the key derivation and nowhere else.
    pub passphrase: String,
    /// A new file for its receipt.
    pub receipt: Option<String>,
}

/// Fetches a file back, by its id or by a receipt.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FetchPortable {
    /// The project whose bot and chat keep it.
    pub project: String,
    /// Its id, or a unique prefix of it; absent with a receipt.
    pub id: Option<String>,
    /// A file that holds its receipt, or its manifest from the chat.
    pub receipt: Option<String>,
    /// Where to. In a window a person chose it in a dialog of the system.
    pub to: String,
    /// Opens it.
    pub passphrase: String,
}

/// Deletes a file from the chat.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DeletePortable {
    /// The project whose bot and chat keep it.
    pub project: String,
    /// Its id, or a unique prefix of it.
    pub id: String,
    /// Its name, typed.
    pub confirm: String,
}
