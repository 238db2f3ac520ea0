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
    /// Why it cannot be had any more, where Telegram does not know it.
    pub gone: Option<String>,
}
