//! Tables of a backup, which rows of a database backups take, and what a backup does not have for that.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::Count;

/// Which rows of a database backups take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TableChoiceView {
    /// Only rows of these tables, as `schema.table` with a star at the end of either for all that begin so; none means
    /// all.
    pub only: Vec<String>,
    /// No rows of these.
    pub without_rows: Vec<String>,
}

/// Chooses which rows the backups of a project take.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChooseTables {
    /// Id or name of the project.
    pub project: String,
    /// What is chosen; nothing in it means all rows.
    pub choice: TableChoiceView,
}

/// The tables of a project's database, as its server has them now.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TablesToChooseView {
    /// What is chosen.
    pub choice: TableChoiceView,
    /// Every table that has rows.
    pub tables: Vec<TableToChooseView>,
    /// Names of the choice that mean no table.
    pub unmatched: Vec<String>,
}

/// A table that backups may take rows of.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TableToChooseView {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The planner's estimate of its rows.
    pub rows_estimated: Option<Count>,
    /// Its size on the server, with indexes.
    pub size_bytes: Count,
    /// Whether the next backup takes its rows.
    pub is_taken: bool,
    /// Whether the project's role may read it.
    pub is_readable: bool,
    /// The tables that it is a partition of, the nearest first, as a choice names them.
    pub partition_of: Vec<String>,
}

/// What of a database a backup does not have by choice.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NotTakenView {
    /// What was chosen.
    pub choice: TableChoiceView,
    /// Tables without rows here.
    pub tables: Vec<NotTakenTableView>,
    /// Schemas of which no table, view or sequence is here.
    pub schemas: Vec<String>,
    /// Foreign keys, views and whatever else a restore leaves out for that.
    pub cut: Vec<String>,
}

/// A table of which a backup has no rows.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NotTakenTableView {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The planner's estimate of its rows at the moment of the backup.
    pub rows_estimated: Option<Count>,
    /// Its size on the server.
    pub size_bytes: Count,
    /// Whether nothing of it is here, not even how it is made.
    pub is_absent: bool,
}

/// One table of a backup.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TableView {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Rows.
    pub rows: Count,
    /// Bytes of its rows in the dump.
    pub size_bytes: Count,
    /// Order-independent fingerprint of its rows (hexadecimal).
    pub fingerprint: String,
}
