//! A restore in words: its plan before, its outcome after.

use base::command::Command;
use camino::Utf8Path;
use contract::number::Millis;
use contract::restore::{
    EstimateView, PlannedTable, RestorePlanView, RestoreReportView, RestoreRow, RestoreStandingView,
    RestoreView, SafetyView, TableModeView, TargetIdentityView,
};

use crate::steps;
use crate::table::{Side, listed, pairs, parts, table};
use crate::words;

/// More differences than this are in the document.
const DIFFERENCES_SHOWN: usize = 10;
/// More tables than this are in the plan's file.
const TABLES_SHOWN: usize = 30;

/// What went on its agreed date.
pub(crate) fn dropped(views: &[RestoreView]) -> String {
    if views.is_empty() {
        return "Nothing was to go by now.".to_owned();
    }
    views
        .iter()
        .map(|view| format!("{} is dropped, as agreed.", view.database))
        .collect::<Vec<_>>()
        .join("\n")
}

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
        ("After", view.after_ms.map(after).unwrap_or_default()),
        ("Act", view.act.clone()),
        ("Target", format!("{} on {}", view.target_database, view.target)),
        ("Label", view.target_label.clone().unwrap_or_default()),
        ("There now", view.identity.as_ref().map(identity).unwrap_or_default()),
        ("Safety", safety(&view.safety)),
        ("Undo", view.undo.clone()),
        (
            "What",
            format!(
                "{}{rows}, {}",
                words::counted(view.tables.len() as u64, "table"),
                words::bytes(view.size_bytes.0)
            ),
        ),
        ("Space", format!("about {} needed{free}", words::bytes(view.needed_bytes.0))),
        ("Time", view.estimate.as_ref().map(time).unwrap_or_default()),
        ("Untouched", view.kept_databases.join(", ")),
    ]);
    let steps: Vec<String> =
        view.steps.iter().enumerate().map(|(index, step)| format!("  {}. {step}", index + 1)).collect();
    let apply = Command::RestoreApply {
        plan: file.to_string(),
        confirm: view.target_database.clone(),
        end_connections: view.ends_connections,
    };
    let end = if view.blockers.is_empty() {
        format!(
            "Nothing was changed. The plan is in {file} and can be applied until {}:\n  {apply}",
            words::moment(view.valid_until_ms)
        )
    } else {
        let instead = view.instead.as_ref().map_or_else(String::new, |command| {
            format!("\nAll rows that its role may write can come back into the tables that are there:\n  {command}")
        });
        format!("Nothing was changed. The plan is in {file}, and cannot be applied as it is.{instead}")
    };
    parts(&[
        head,
        tables(view),
        connections(view),
        format!("Steps\n{}", steps.join("\n")),
        listed("Consider", &view.warnings),
        listed("Not given back", &lost(view)),
        listed("Left as they are", &left_out(view)),
        listed("This forbids to apply it", &view.blockers),
        end,
    ])
}

/// The backup made after the damage.
fn after(moment: Millis) -> String {
    format!("the backup of {}: what was deleted or changed until then is taken back", words::moment(moment))
}

fn left_out(view: &RestorePlanView) -> Vec<String> {
    view.left_out.iter().map(|one| format!("{}.{}: {}", one.schema, one.name, one.why)).collect()
}

fn identity(one: &TargetIdentityView) -> String {
    format!(
        "{}, {}, owner {}, {} connected",
        words::bytes(one.size_bytes.0),
        words::counted(one.table_count.0, "table"),
        one.owner,
        words::counted(one.connections.len() as u64, "session")
    )
}

fn safety(safety: &SafetyView) -> String {
    match safety {
        SafetyView::NotNeeded => String::new(),
        SafetyView::Planned { project } => {
            format!("{project} is backed up first; if that fails, nothing is restored")
        }
        SafetyView::Declined { reason } => format!("none, since: {reason}"),
    }
}

/// Rows now and in the backup, where there is something now; the worst loss first.
fn tables(view: &RestorePlanView) -> String {
    if view.identity.is_none() {
        return String::new();
    }
    let mut order: Vec<&PlannedTable> = view.tables.iter().collect();
    order.sort_by_key(|table| std::cmp::Reverse(table.rows_lost.map_or(0, |rows| rows.0)));
    let count =
        |rows: Option<contract::number::Count>| rows.map_or_else(|| "–".into(), |rows| words::count(rows.0));
    let merges = view.mode == Some(TableModeView::Merge);
    let rows: Vec<Vec<String>> = order
        .iter()
        .take(TABLES_SHOWN)
        .map(|one| {
            let about = if one.is_estimate { "about " } else { "" };
            vec![
                format!("{}.{}", one.schema, one.name),
                format!("{about}{}", count(one.rows_now)),
                count(one.rows),
                count(one.rows_back),
                if merges { count(one.rows_changed) } else { count(one.rows_lost) },
                if merges { count(one.rows_kept) } else { count(one.rows_changed) },
                one.act.clone(),
            ]
        })
        .collect();
    let columns = [
        ("TABLE", Side::Left),
        ("NOW", Side::Right),
        ("BACKUP", Side::Right),
        ("COME BACK", Side::Right),
        (if merges { "SET BACK" } else { "WOULD BE LOST" }, Side::Right),
        (if merges { "STAY AS CHANGED SINCE" } else { "OTHER NOW" }, Side::Right),
        ("ACT", Side::Left),
    ];
    let more = view.tables.len().saturating_sub(TABLES_SHOWN);
    let more = if more > 0 { format!("\nand {more} more in the plan's file") } else { String::new() };
    format!("{}{more}", table(&columns, &rows))
}

fn connections(view: &RestorePlanView) -> String {
    let Some(identity) = view.identity.as_ref().filter(|_| view.ends_connections) else {
        return String::new();
    };
    let all: Vec<String> = identity
        .connections
        .iter()
        .take(DIFFERENCES_SHOWN)
        .map(|one| format!("{} ({}) from {}, {}", one.user, one.application, one.from, one.state))
        .collect();
    listed("Connected, and ended only with your consent", &all)
}

/// Owners and rights that will not be as they were, the first ones.
fn lost(view: &RestorePlanView) -> Vec<String> {
    let mut all: Vec<String> = view.rights_lost.iter().take(DIFFERENCES_SHOWN).cloned().collect();
    let more = view.rights_lost_count.0.saturating_sub(all.len() as u64);
    if more > 0 {
        all.push(format!("and {more} more in the plan's file"));
    }
    all
}

/// Restores, newest first.
pub(crate) fn list(all: &[RestoreRow]) -> String {
    if all.is_empty() {
        return "Nothing was restored yet.".into();
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|one| {
            vec![
                words::short(&one.id).into(),
                words::moment(one.at_ms),
                one.project.clone(),
                one.strategy.replace('_', " "),
                one.database.clone(),
                one.state.clone(),
                one.verdict.map(|verdict| words::verdict(verdict).to_owned()).unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        ("ID", Side::Left),
        ("WHEN", Side::Left),
        ("PROJECT", Side::Left),
        ("HOW", Side::Left),
        ("DATABASE", Side::Left),
        ("STATE", Side::Left),
        ("VERDICT", Side::Left),
    ];
    table(&columns, &rows)
}

/// How a restore stands.
pub(crate) fn standing(view: &RestoreStandingView) -> String {
    let one = &view.restore;
    let head = pairs(&[
        ("Restore", one.id.clone()),
        ("Backup", format!("{} of {}", words::short(&one.backup_id), one.project)),
        ("Target", format!("{} on {}", one.database, one.target)),
        ("How", one.strategy.replace('_', " ")),
        ("State", one.state.clone()),
        ("Began", words::moment(one.at_ms)),
        ("Safety", one.safety_backup_id.as_deref().map(|id| words::short(id).to_owned()).unwrap_or_default()),
    ]);
    parts(&[view.sentence.clone(), head, steps::results(&view.steps), view.next.clone()])
}

/// How long it would take, and how that is known.
fn time(estimate: &EstimateView) -> String {
    format!("about {}. {}", words::span(estimate.ms), estimate.basis)
}

/// A restore written down: the page has more.
pub(crate) fn report(view: &RestoreReportView) -> String {
    let one = &view.restore;
    let head = pairs(&[
        ("Restore", one.id.clone()),
        ("Backup", format!("{} of {}", words::short(&one.backup_id), one.project)),
        ("Target", format!("{} on {}", one.database, one.target)),
        ("Who", view.who.clone().unwrap_or_default()),
        ("State", one.state.clone()),
        ("Began", words::moment(one.at_ms)),
        ("Ended", view.finished_at_ms.map(words::moment).unwrap_or_default()),
        ("Safety", safety_made(&view.plan.safety, one.safety_backup_id.as_deref())),
    ]);
    let phases: Vec<String> = view
        .phases
        .iter()
        .filter_map(|phase| Some(format!("{}: {}", phase.title, words::span(phase.elapsed_ms?))))
        .collect();
    let result = view.result.as_ref().map(outcome).unwrap_or_default();
    let ended = if result.is_empty() { view.outcome.clone().unwrap_or_default() } else { String::new() };
    parts(&[
        view.sentence.clone(),
        head,
        ended,
        result,
        listed("Where the time went", &phases),
        view.next.clone(),
    ])
}

fn safety_made(safety: &SafetyView, made: Option<&str>) -> String {
    match (safety, made) {
        (_, Some(backup)) => words::short(backup).to_owned(),
        (SafetyView::NotNeeded, None) => "not needed".into(),
        (SafetyView::Planned { .. }, None) => "planned, and not made".into(),
        (SafetyView::Declined { reason }, None) => format!("declined: {reason}"),
    }
}

/// What a restore came to.
pub(crate) fn outcome(view: &RestoreView) -> String {
    // An undo or a drop brings nothing back, and missing rows are compared with nothing.
    let (is_compared, is_timed) = (view.tables_checked.0 > 0, view.restore_ms.0 > 0);
    let only_if = |wanted: bool, words: String| if wanted { words } else { String::new() };
    let head = pairs(&[
        ("Verdict", words::verdict(view.verdict).into()),
        ("Database", format!("{} on {}", view.database, view.target)),
        ("Backup", words::short(&view.backup_id).into()),
        (
            "Compared",
            only_if(
                is_compared,
                format!(
                    "{}, {}",
                    words::counted(view.tables_checked.0, "table"),
                    words::counted(view.rows_checked.0, "row")
                ),
            ),
        ),
        (
            "Time",
            only_if(
                is_timed,
                format!(
                    "{} to restore, {} to check",
                    words::span(view.restore_ms),
                    words::span(view.check_ms)
                ),
            ),
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
    parts(&[
        view.reason.clone(),
        head,
        steps::results(&view.steps),
        listed("Differences", &differences),
        listed("Not here", &view.limits),
        listed("Notes", &view.notes),
    ])
}
