//! Which tables of a backup point to which.

use engine::Engine;
use postgres::custom_format::{ForeignKey, References, TableName};

use super::Answer;
use crate::backup::BackupRef;
use crate::references::{ForeignKeyView, TableReferencesView};

/// The foreign keys between the tables of a backup.
///
/// # Errors
/// `backup_not_found`, or why the vault does not give the head of the dump.
#[crate::boxed]
pub async fn backup_references(engine: &Engine, request: BackupRef) -> Answer<TableReferencesView> {
    Ok(engine.table_references(&request.backup).await?.into())
}

impl From<References> for TableReferencesView {
    fn from(references: References) -> Self {
        let References { keys, unread } = references;
        Self { keys: keys.into_iter().map(Into::into).collect(), unread }
    }
}

impl From<ForeignKey> for ForeignKeyView {
    fn from(key: ForeignKey) -> Self {
        let ForeignKey { name, from, from_rows, to, to_rows } = key;
        let all = |tables: Vec<TableName>| tables.iter().map(ToString::to_string).collect();
        Self {
            name,
            from: from.to_string(),
            from_rows: all(from_rows),
            to: to.to_string(),
            to_rows: all(to_rows),
        }
    }
}
