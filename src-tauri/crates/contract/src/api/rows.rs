//! Rows of a table, looked at without restoring it.

use base::command::Command;
use base::secret::Secret;
use engine::Engine;
use postgres::copy_text::{RowPage, RowRange};

use super::Answer;
use crate::number::Count;
use crate::rows::{BackupRows, FileRows, RowsView, TableRange};

/// Rows of a backup.
///
/// # Errors
/// `backup_not_found`, `table_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn backup_rows(engine: &Engine, request: BackupRows) -> Answer<RowsView> {
    let command = Command::from(request.clone());
    let BackupRows { backup, table } = request;
    let page = engine.backup_rows(&backup, &table.schema, &table.name, range(&table)).await?;
    Ok(view(page, command.into()))
}

/// Rows of files. Runs nothing, keeps nothing.
///
/// # Errors
/// `table_not_found`, `invalid_request`; why a file cannot be read.
#[crate::boxed]
pub async fn bundle_rows(engine: &Engine, request: FileRows) -> Answer<RowsView> {
    let FileRows { paths, passphrase, table } = request;
    let passphrase = passphrase.filter(|text| !text.is_empty());
    let (files, hidden) = (paths.clone(), passphrase.as_ref().map(|_| String::new()));
    let command = Command::from(FileRows { paths: files, passphrase: hidden, table: table.clone() });
    let passphrase = passphrase.map(Secret::new);
    let paths = paths.into_iter().map(Into::into).collect();
    let page = engine.file_rows(paths, passphrase, &table.schema, &table.name, range(&table)).await?;
    Ok(view(page, command.into()))
}

fn range(table: &TableRange) -> RowRange {
    RowRange { first: table.first.0, count: table.count }
}

fn view(page: RowPage, command: String) -> RowsView {
    let RowPage { columns, rows, first, has_more, cut } = page;
    RowsView { columns, rows, first: Count(first), has_more, cut: Count(cut), command }
}
