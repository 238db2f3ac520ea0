//! Two backups side by side.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::backup::BackupRow;
use crate::number::Count;

/// Names two backups.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CompareBackups {
    /// Id, prefix, or `PROJECT@latest`.
    pub one: String,
    /// Id, prefix, or `PROJECT@latest`.
    pub other: String,
}

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DiffVerdictView {
    /// Everything was compared, and nothing differs.
    Same,
    /// Something differs.
    Differs,
    /// Nothing that was compared differs, and not everything was compared.
    Unknown,
}

/// Two backups side by side.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupDiffView {
    /// The earlier one.
    pub first: BackupRow,
    /// The later one.
    pub second: BackupRow,
    /// What it comes to.
    pub verdict: DiffVerdictView,
    /// All tables of both: what changed first, then by name.
    pub tables: Vec<TableDiffView>,
    /// Objects of the structure and roles that are not the same, by kind and name.
    pub objects: Vec<ObjectDiffView>,
    /// What else is not the same, as sentences.
    pub facts: Vec<String>,
    /// What could not be compared, as sentences.
    pub not_compared: Vec<String>,
    /// Why rows cannot be compared, where one of them was not counted.
    pub uncounted: Option<String>,
}

/// How a table compares, by rows and fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TableChangeView {
    /// Only in the second.
    Added,
    /// Only in the first.
    Removed,
    /// In both, with other rows.
    Changed,
    /// In both, row for row.
    Equal,
    /// One of the two was not counted, so that nothing can be said.
    Unknown,
}

/// One table in two backups.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TableDiffView {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// How it compares.
    pub change: TableChangeView,
    /// Rows in the first; absent when it is not in it, or was not counted there.
    pub rows_first: Option<Count>,
    /// Rows in the second.
    pub rows_second: Option<Count>,
    /// Bytes of its rows in the first.
    pub bytes_first: Option<Count>,
    /// Bytes of its rows in the second.
    pub bytes_second: Option<Count>,
}

/// How an object of the structure compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ObjectChangeView {
    /// Only in the second.
    Added,
    /// Only in the first.
    Removed,
    /// In both, made or owned otherwise.
    Changed,
}

/// An object of the structure, or a role, that is not the same in both.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ObjectDiffView {
    /// What it is, in words: `table`, `index`, `foreign key`, `role`.
    pub kind: String,
    /// Schema, where it lies in one.
    pub schema: Option<String>,
    /// Name, as the dump writes it.
    pub name: String,
    /// How it compares.
    pub change: ObjectChangeView,
}
