//! Which tables of a backup point to which.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A foreign key of a backup.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ForeignKeyView {
    /// Its name.
    pub name: String,
    /// The table that has it, as `schema.name`.
    pub from: String,
    /// The tables with its rows: the table itself, or its partitions.
    pub from_rows: Vec<String>,
    /// The table that it points to.
    pub to: String,
    /// The tables with the rows that it points to.
    pub to_rows: Vec<String>,
}

/// The foreign keys between tables whose rows a backup holds.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TableReferencesView {
    /// All that were understood.
    pub keys: Vec<ForeignKeyView>,
    /// Those that were not, as the dump calls them: what they point to is not known.
    pub unread: Vec<String>,
}
