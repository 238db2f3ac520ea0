//! Drills in words: what is about to happen, what came out, the list.

use contract::drill::{
    AssertionView, CheckVerdictView, CheckView, DrillKindView, DrillPlanView, DrillRowView, DrillView,
};

use crate::table::{Side, listed, pairs, parts, table};
use crate::words;

/// What a drill is about to do.
pub(crate) fn preflight(plan: &DrillPlanView) -> String {
    let short = words::short(&plan.backup_id);
    let mut lines = vec![format!(
        "Drill of backup {short} of {} ({}), into {}.",
        plan.project,
        extent(plan.kind, &plan.tables),
        plan.place
    )];
    let free = plan.free_bytes.map(|free| format!(", {} free", words::bytes(free.0))).unwrap_or_default();
    lines.push(format!("  Space: about {} needed{free}.", words::bytes(plan.needed_bytes.0)));
    lines.push(format!("  Postgres: {} for the drill, {} at the source.", plan.server, plan.original_server));
    if !plan.extensions.is_empty() {
        let all: Vec<String> = plan
            .extensions
            .iter()
            .map(|one| match one.is_there {
                Some(true) => one.name.clone(),
                Some(false) => format!("{} (missing)", one.name),
                None => format!("{} (shown once it runs)", one.name),
            })
            .collect();
        lines.push(format!("  Extensions: {}.", all.join(", ")));
    }
    lines.extend(plan.warnings.iter().map(|warning| format!("  {warning}")));
    lines.extend(plan.obstacles.iter().map(|obstacle| format!("  In the way: {obstacle}")));
    lines.join("\n")
}

/// A drill with every check.
pub(crate) fn report(view: &DrillView) -> String {
    let row = &view.row;
    // What a part takes says nothing of the goal, which is for all of it.
    let goal = match (view.goal_ms.filter(|_| row.kind == DrillKindView::Full), row.rto_ms) {
        (Some(goal), Some(took)) if took <= goal => format!(", within the goal of {}", words::span(goal)),
        (Some(goal), Some(_)) => format!(", over the goal of {}", words::span(goal)),
        (Some(goal), None) => format!("goal {}", words::span(goal)),
        (None, _) => String::new(),
    };
    let took = row.rto_ms.map(|took| format!("{} to restore and check", words::span(took)));
    let head = pairs(&[
        ("Drill", row.id.clone()),
        (
            "Backup",
            format!(
                "{} of {}, {}",
                words::short(&row.backup_id),
                row.project,
                words::moment(row.backup_at_ms)
            ),
        ),
        ("Brought back", extent(row.kind, &view.tables)),
        ("Into", row.place.clone()),
        ("Time", format!("{}{goal}", took.unwrap_or_default())),
    ]);
    let rows: Vec<Vec<String>> = view.checks.iter().map(check).collect();
    let columns = [
        ("CHECK", Side::Left),
        ("VERDICT", Side::Left),
        ("FOUND", Side::Right),
        ("WHAT WAS DONE", Side::Left),
    ];
    let checks = if rows.is_empty() { String::new() } else { table(&columns, &rows) };
    let findings: Vec<String> = view.checks.iter().flat_map(findings).collect();
    let phases: Vec<(&str, String)> =
        view.phases.iter().map(|phase| (phase.title.as_str(), words::span(phase.elapsed_ms))).collect();
    parts(&[
        format!("{}: {}", words::verdict(row.verdict), row.reason),
        head,
        checks,
        listed("Found", &findings),
        listed("Not here", &view.limits),
        listed("In the way", &view.obstacles),
        pairs(&phases),
    ])
}

/// A row of a table of checks.
pub(crate) fn check(check: &CheckView) -> Vec<String> {
    let verdict = match check.verdict {
        CheckVerdictView::Pass => "pass",
        CheckVerdictView::Fail => "fail",
        CheckVerdictView::Inconclusive => "inconclusive",
        CheckVerdictView::Noted => "noted",
        CheckVerdictView::NotChecked => "not checked",
    };
    vec![check.title.clone(), verdict.into(), check.figure.clone(), check.done.clone()]
}

/// What a check found, a line each.
pub(crate) fn findings(check: &CheckView) -> Vec<String> {
    let mut all: Vec<String> =
        check.findings.iter().map(|finding| format!("{}: {finding}", check.title)).collect();
    let hidden = check.found.0.saturating_sub(check.findings.len() as u64);
    if hidden > 0 {
        all.push(format!("{}: and {hidden} more", check.title));
    }
    all
}

/// Drills, newest first.
pub(crate) fn list(all: &[DrillRowView]) -> String {
    if all.is_empty() {
        return "No drills. Make one: `holdfast drill run PROJECT`.".into();
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|row| {
            vec![
                words::short(&row.id).into(),
                row.project.clone(),
                words::moment(row.started_at_ms),
                kind(row.kind).into(),
                words::verdict(row.verdict).into(),
                row.rto_ms.map(words::span).unwrap_or_default(),
                words::short(&row.backup_id).into(),
            ]
        })
        .collect();
    let columns = [
        ("ID", Side::Left),
        ("PROJECT", Side::Left),
        ("STARTED", Side::Left),
        ("KIND", Side::Left),
        ("VERDICT", Side::Left),
        ("TIME", Side::Right),
        ("BACKUP", Side::Left),
    ];
    table(&columns, &rows)
}

/// The assertions of a project.
pub(crate) fn assertions(all: &[AssertionView]) -> String {
    if all.is_empty() {
        return "No assertions. Add one: `holdfast drill assert add PROJECT NAME QUERY`.".into();
    }
    let rows: Vec<Vec<String>> = all.iter().map(|one| vec![one.name.clone(), one.query.clone()]).collect();
    table(&[("NAME", Side::Left), ("QUERY", Side::Left)], &rows)
}

fn kind(kind: DrillKindView) -> &'static str {
    match kind {
        DrillKindView::Full => "full",
        DrillKindView::Data => "data and keys",
        DrillKindView::Sample => "sample",
    }
}

fn extent(of: DrillKindView, tables: &[String]) -> String {
    match of {
        DrillKindView::Full => "everything".into(),
        DrillKindView::Data => "data and keys only".into(),
        DrillKindView::Sample => format!("a sample: {}", tables.join(", ")),
    }
}
