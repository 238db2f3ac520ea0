//! Rows of a table, looked at without restoring it.

use engine::rows::{RowPage, RowRange};
use engine::secret::Secret;
use engine::{Engine, argument_words};

use super::Answer;
use crate::number::Count;
use crate::rows::{BackupRows, FileRows, RowsView, TableRange};

/// Rows of a backup.
///
/// # Errors
/// `backup_not_found`, `table_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn backup_rows(engine: &Engine, request: BackupRows) -> Answer<RowsView> {
    let BackupRows { backup, table } = request;
    let page = engine.backup_rows(&backup, &table.schema, &table.name, range(&table)).await?;
    Ok(view(page, format!("holdfast backup rows {} {}", argument_words(&backup), options(&table))))
}

/// Rows of files. Runs nothing, keeps nothing.
///
/// # Errors
/// `table_not_found`, `invalid_request`; why a file cannot be read.
#[crate::boxed]
pub async fn bundle_rows(engine: &Engine, request: FileRows) -> Answer<RowsView> {
    let FileRows { paths, passphrase, table } = request;
    let words = paths.iter().map(|path| argument_words(path)).collect::<Vec<_>>().join(" ");
    let passphrase = passphrase.filter(|text| !text.is_empty()).map(Secret::new);
    let file = if passphrase.is_some() { " --passphrase-file F" } else { "" };
    let paths = paths.into_iter().map(Into::into).collect();
    let page = engine.file_rows(paths, passphrase, &table.schema, &table.name, range(&table)).await?;
    Ok(view(page, format!("holdfast bundle rows {words} --table {}{file}", options(&table))))
}

fn range(table: &TableRange) -> RowRange {
    RowRange { first: table.first.0, count: table.count }
}

/// The table and the range as arguments.
fn options(table: &TableRange) -> String {
    let name = argument_words(&format!("{}.{}", table.schema, table.name));
    match table.first.0 {
        0 => format!("{name} --count {}", table.count),
        first => format!("{name} --first {first} --count {}", table.count),
    }
}

fn view(page: RowPage, command: String) -> RowsView {
    let RowPage { columns, rows, first, has_more, cut } = page;
    RowsView { columns, rows, first: Count(first), has_more, cut: Count(cut), command }
}
