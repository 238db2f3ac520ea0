//! Comparing two backups.

use engine::Engine;
use engine::backup::{BackupDiff, DiffVerdict, ObjectChange, ObjectDiff, TableChange, TableDiff};

use super::Answer;
use crate::diff::{
    BackupDiffView, CompareBackups, DiffVerdictView, ObjectChangeView, ObjectDiffView, TableChangeView,
    TableDiffView,
};
use crate::number::Count;

/// Two backups side by side.
///
/// # Errors
/// `backup_not_found`, or why the vault does not give a manifest.
#[crate::boxed]
pub async fn backup_diff(engine: &Engine, request: CompareBackups) -> Answer<BackupDiffView> {
    Ok(engine.compare_backups(&request.one, &request.other).await?.into())
}

impl From<BackupDiff> for BackupDiffView {
    fn from(diff: BackupDiff) -> Self {
        let BackupDiff { first, second, verdict, tables, objects, facts, not_compared, uncounted } = diff;
        Self {
            first: first.into(),
            second: second.into(),
            verdict: match verdict {
                DiffVerdict::Same => DiffVerdictView::Same,
                DiffVerdict::Differs => DiffVerdictView::Differs,
                DiffVerdict::Unknown => DiffVerdictView::Unknown,
            },
            tables: tables.into_iter().map(Into::into).collect(),
            objects: objects.into_iter().map(Into::into).collect(),
            facts,
            not_compared,
            uncounted,
        }
    }
}

impl From<TableDiff> for TableDiffView {
    fn from(table: TableDiff) -> Self {
        let TableDiff { schema, name, change, rows, bytes } = table;
        let change = match change {
            TableChange::Added => TableChangeView::Added,
            TableChange::Removed => TableChangeView::Removed,
            TableChange::Changed => TableChangeView::Changed,
            TableChange::Equal => TableChangeView::Equal,
            TableChange::Unknown => TableChangeView::Unknown,
        };
        Self {
            schema,
            name,
            change,
            rows_first: rows.0.map(Count),
            rows_second: rows.1.map(Count),
            bytes_first: bytes.0.map(Count),
            bytes_second: bytes.1.map(Count),
        }
    }
}

impl From<ObjectDiff> for ObjectDiffView {
    fn from(object: ObjectDiff) -> Self {
        let ObjectDiff { kind, schema, name, change } = object;
        let change = match change {
            ObjectChange::Added => ObjectChangeView::Added,
            ObjectChange::Removed => ObjectChangeView::Removed,
            ObjectChange::Changed => ObjectChangeView::Changed,
        };
        Self { kind, schema, name, change }
    }
}
