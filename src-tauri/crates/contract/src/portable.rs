//! Portable files that are kept in a Telegram chat. For the command line alone.

use serde::Serialize;
use specta::Type;

use crate::number::{Count, Millis};

/// A file that was sent.
#[derive(Debug, Clone, Serialize, Type)]
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
#[derive(Debug, Clone, Serialize, Type)]
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

/// What a file is fetched by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortableBy {
    /// Its id, or a unique prefix of it.
    Id(String),
    /// A file that holds its receipt, or its manifest from the chat.
    Receipt(String),
}
