//! A restore in words: its plan before, its outcome after.

use camino::Utf8Path;
use contract::restore::{RestorePlanView, RestoreView};

use crate::table::{listed, pairs, parts};
use crate::words;

/// More differences than this are in the document.
const DIFFERENCES_SHOWN: usize = 10;

/// A plan, as it has to be read before it is applied.
pub(crate) fn plan(view: &RestorePlanView, file: &Utf8Path) -> String {
    let rows = view.rows.map(|rows| format!(", {}", words::counted(rows.0, "row"))).unwrap_or_default();
    let free = view.free_bytes.map(|free| format!(", {} free", words::bytes(free.0))).unwrap_or_default();
    let head = pairs(&[
        ("Plan", view.id.clone()),
        (
            "Backup",
            format!(
                "{} of {}, {}, proven: {}",
                words::short(&view.backup_id),
                view.project,
                words::moment(view.at_ms),
                words::level(view.level)
            ),
        ),
        ("Into", format!("the new database {} on {}", view.target_database, view.target)),
        ("Label", view.target_label.clone().unwrap_or_default()),
        (
            "What",
            format!(
                "{}{rows}, {}",
                words::counted(view.tables.len() as u64, "table"),
                words::bytes(view.size_bytes.0)
            ),
        ),
        ("Space", format!("about {} needed{free}", words::bytes(view.needed_bytes.0))),
        ("Untouched", view.kept_databases.join(", ")),
    ]);
    let steps: Vec<String> =
        view.steps.iter().enumerate().map(|(index, step)| format!("  {}. {step}", index + 1)).collect();
    let end = if view.blockers.is_empty() {
        format!(
            "Nothing was changed. The plan is in {file} and can be applied until {}:\n  holdfast restore apply {} --confirm {}",
            words::moment(view.valid_until_ms),
            words::quoted(file.as_str()),
            words::quoted(&view.target_database)
        )
    } else {
        format!("Nothing was changed. The plan is in {file}, and cannot be applied as it is.")
    };
    parts(&[
        head,
        format!("Steps\n{}", steps.join("\n")),
        listed("Consider", &view.warnings),
        listed("This forbids to apply it", &view.blockers),
        end,
    ])
}

/// What a restore came to.
pub(crate) fn outcome(view: &RestoreView) -> String {
    let head = pairs(&[
        ("Verdict", words::verdict(view.verdict).into()),
        ("Database", format!("{} on {}", view.database, view.target)),
        ("Backup", words::short(&view.backup_id).into()),
        (
            "Compared",
            format!(
                "{}, {}",
                words::counted(view.tables_checked.0, "table"),
                words::counted(view.rows_checked.0, "row")
            ),
        ),
        (
            "Time",
            format!("{} to restore, {} to check", words::span(view.restore_ms), words::span(view.check_ms)),
        ),
        ("Scratch", view.scratch_id.clone().unwrap_or_default()),
        ("Connect", view.connect.clone()),
    ]);
    let rows = |rows: Option<contract::number::Count>| {
        rows.map_or_else(|| "none".into(), |rows| words::count(rows.0))
    };
    let mut differences: Vec<String> = view
        .differences
        .iter()
        .take(DIFFERENCES_SHOWN)
        .map(|one| match &one.problem {
            Some(problem) => format!("{}: {problem}", one.table),
            None if one.content_differs => format!("{}: the counts agree, the content differs", one.table),
            None => format!(
                "{}: {} rows expected, {} found",
                one.table,
                rows(one.expected_rows),
                rows(one.found_rows)
            ),
        })
        .collect();
    let hidden = view.differences.len().saturating_sub(DIFFERENCES_SHOWN);
    if hidden > 0 {
        differences.push(format!("and {hidden} more"));
    }
    parts(&[view.reason.clone(), head, listed("Differences", &differences), listed("Notes", &view.notes)])
}
