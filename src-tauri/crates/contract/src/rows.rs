//! Rows of a table, looked at without restoring it.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::Count;

/// Which rows of which table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TableRange {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// So many rows are passed over.
    pub first: Count,
    /// How many, 1 to 500.
    pub count: u32,
}

/// Rows of a backup.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupRows {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    pub backup: String,
    /// Which.
    pub table: TableRange,
}

/// Rows of files that nobody has kept.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FileRows {
    /// Their paths.
    pub paths: Vec<String>,
    /// Opens what is encrypted.
    pub passphrase: Option<String>,
    /// Which.
    pub table: TableRange,
}

/// Rows of a table, in the order in which they were dumped.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RowsView {
    /// The columns.
    pub columns: Vec<String>,
    /// A value for each column; nothing is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows there are before these.
    pub first: Count,
    /// Whether there are more behind them.
    pub has_more: bool,
    /// Values that were too long to show, and end in `…`.
    pub cut: Count,
    /// The equivalent command line.
    pub command: String,
}
