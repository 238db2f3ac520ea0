//! Two backups side by side, in words.

use contract::backup::BackupRow;
use contract::diff::{
    BackupDiffView, DiffVerdictView, ObjectChangeView, ObjectDiffView, TableChangeView, TableDiffView,
};
use contract::number::Count;

use crate::table::{Side, listed, pairs, parts, table};
use crate::words;

/// More objects than this are in the document.
const OBJECTS_SHOWN: usize = 30;

/// The sentence first, then what differs, then what could not be compared.
pub(crate) fn of(view: &BackupDiffView) -> String {
    let side = |row: &BackupRow| {
        format!("{} of {}, {}", words::short(&row.id), row.project, words::moment(row.at_ms))
    };
    let head = pairs(&[("First", side(&view.first)), ("Then", side(&view.second))]);
    parts(&[
        head,
        sentence(view),
        tables(&view.tables),
        objects(&view.objects),
        listed("Also", &view.facts),
        listed("Not compared", &view.not_compared),
    ])
}

fn sentence(view: &BackupDiffView) -> String {
    let equal = view.tables.iter().filter(|one| one.change == TableChangeView::Equal).count() as u64;
    let same = format!("{} row for row the same.", words::counted(equal, "table"));
    match view.verdict {
        DiffVerdictView::Same => format!("Nothing differs. {same}"),
        DiffVerdictView::Differs => same,
        DiffVerdictView::Unknown => {
            format!("Nothing that was compared differs, and not everything was. {same}")
        }
    }
}

fn tables(all: &[TableDiffView]) -> String {
    let count = |rows: Option<Count>| rows.map_or_else(|| "–".to_owned(), |rows| words::count(rows.0));
    let bytes = |bytes: Option<Count>| bytes.map_or_else(|| "–".to_owned(), |bytes| words::bytes(bytes.0));
    let rows: Vec<Vec<String>> = all
        .iter()
        .filter(|one| one.change != TableChangeView::Equal)
        .map(|one| {
            vec![
                format!("{}.{}", one.schema, one.name),
                change(one.change).to_owned(),
                count(one.rows_first),
                count(one.rows_second),
                bytes(one.bytes_first),
                bytes(one.bytes_second),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let columns = [
        ("TABLE", Side::Left),
        ("CHANGE", Side::Left),
        ("ROWS", Side::Right),
        ("THEN", Side::Right),
        ("BYTES", Side::Right),
        ("THEN", Side::Right),
    ];
    table(&columns, &rows)
}

fn change(change: TableChangeView) -> &'static str {
    match change {
        TableChangeView::Added => "added",
        TableChangeView::Removed => "removed",
        TableChangeView::Changed => "changed",
        TableChangeView::Equal => "equal",
        TableChangeView::Unknown => "unknown",
    }
}

fn objects(all: &[ObjectDiffView]) -> String {
    let mut lines: Vec<String> = all
        .iter()
        .take(OBJECTS_SHOWN)
        .map(|one| {
            let change = match one.change {
                ObjectChangeView::Added => "added",
                ObjectChangeView::Removed => "removed",
                ObjectChangeView::Changed => "changed",
            };
            let schema = one.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
            format!("{} {schema}{}: {change}", one.kind, one.name)
        })
        .collect();
    let more = all.len().saturating_sub(OBJECTS_SHOWN) as u64;
    if more > 0 {
        lines.push(format!("and {}: `--json` has them all", words::counted(more, "more object")));
    }
    listed("Structure and roles", &lines)
}
