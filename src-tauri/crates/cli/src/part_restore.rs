//! Bringing back what a backup holds beside its database: plan, look, apply.

use camino::Utf8Path;
use contract::api;
use contract::backup::VerdictView;
use contract::component::{ApplyParts, PartCountsView, PartPlanView, PlanParts, PlanPartsUndo};
use contract::error::UserError;
use serde::Deserialize;

use crate::console::Console;
use crate::error::{Ended, unreadable};
use crate::follow::follow;
use crate::restore::write;
use crate::status::Status;
use crate::table::{Side, parts, table};
use crate::words;

/// Plans it, and writes the plan.
pub(crate) async fn plan(console: &Console<'_>, request: PlanParts, out: &Utf8Path) -> Ended {
    let view = api::parts_plan(&console.engine, request).await?;
    write(out, &view)?;
    console.output.answer(&view, || shown(&view, out));
    Ok(if view.blockers.is_empty() { Status::Done } else { Status::Refused })
}

/// Plans to undo a run that brought parts back, and writes the plan.
pub(crate) async fn plan_undo(console: &Console<'_>, request: PlanPartsUndo, out: &Utf8Path) -> Ended {
    let view = api::parts_undo_plan(&console.engine, request).await?;
    write(out, &view)?;
    console.output.answer(&view, || shown(&view, out));
    Ok(if view.blockers.is_empty() { Status::Done } else { Status::Refused })
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// The id of a plan for parts that a file names; absent where it is of another kind.
pub(crate) async fn plan_in(console: &Console<'_>, file: &Utf8Path) -> Result<Option<String>, UserError> {
    let text = std::fs::read_to_string(file).map_err(|source| unreadable(file, &source))?;
    // What is none is said by whoever reads plans of databases.
    let Ok(Named { id }) = serde_json::from_str(&text) else { return Ok(None) };
    Ok(console.engine.part_plan(&id).await.map_err(UserError::from)?.map(|plan| plan.id))
}

/// Applies it, and follows it to its end.
pub(crate) async fn apply(console: &Console<'_>, plan_id: String, confirm: String) -> Ended {
    let started = api::parts_apply(&console.engine, ApplyParts { plan_id, confirm }).await?;
    let job = follow(console, started).await?;
    console.output.answer(&job, || job.row.outcome.clone().unwrap_or_default());
    Ok(Status::from(job.verdict.unwrap_or(VerdictView::Inconclusive)))
}

fn shown(plan: &PartPlanView, out: &Utf8Path) -> String {
    let rows: Vec<Vec<String>> = plan.counts.iter().map(row).collect();
    let columns = [
        ("", Side::Left),
        ("Add", Side::Right),
        ("Replace", Side::Right),
        ("As it is", Side::Right),
        ("Delete", Side::Right),
        ("Extra, stays", Side::Right),
        ("Bytes", Side::Right),
    ];
    let mut all =
        vec![format!("{}, as of {}", plan.button, words::moment(plan.at_ms)), table(&columns, &rows)];
    all.push(
        plan.steps
            .iter()
            .enumerate()
            .map(|(at, step)| format!("{}. {step}", at + 1))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    all.extend(plan.warnings.iter().map(|warning| format!("Note: {warning}")));
    if plan.blockers.is_empty() {
        let confirm = base::command::Command::RestoreApply {
            plan: out.to_string(),
            confirm: plan.confirm.clone(),
            end_connections: false,
        };
        all.push(format!("Written to {out}. Apply it: `{confirm}`"));
    } else {
        all.extend(plan.blockers.iter().map(|blocker| format!("It cannot be applied: {blocker}")));
    }
    parts(&all)
}

fn row(counts: &PartCountsView) -> Vec<String> {
    let PartCountsView { name, add, replace, same, delete, extra, expired: _, bytes } = counts;
    let number = |count: &contract::number::Count| words::count(count.0);
    vec![
        name.clone(),
        number(add),
        number(replace),
        number(same),
        number(delete),
        number(extra),
        words::bytes(bytes.0),
    ]
}
