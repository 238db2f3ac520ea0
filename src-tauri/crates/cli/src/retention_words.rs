//! Retention, as it is printed.

use contract::retention::{FateView, RetentionAppliedView, RetentionPlanView, RetentionView};

use crate::table::{Side, listed, pairs, parts, table};
use crate::words;

/// A project's policy.
pub(crate) fn of_retention(view: &RetentionView) -> String {
    let head = pairs(&[
        ("Project", view.project.clone()),
        ("Policy", view.words.clone()),
        ("Preset", view.preset.clone().unwrap_or_default()),
        ("Last applied", view.last_run.as_ref().map(|run| run.words.clone()).unwrap_or_default()),
        ("Command", view.command.clone()),
    ]);
    let presets: Vec<String> =
        view.presets.iter().map(|preset| format!("{}: {}", preset.name, preset.words)).collect();
    let presets = if view.policy.is_none() { listed("Presets", &presets) } else { String::new() };
    parts(&[head, presets])
}

/// A plan, day by day.
pub(crate) fn of_plan(plan: &RetentionPlanView) -> String {
    let rows: Vec<Vec<String>> =
        plan.days.iter().flat_map(|day| day.backups.iter().map(|fate| row(&day.date, fate))).collect();
    let columns = [("DAY", Side::Left), ("BACKUP", Side::Left), ("", Side::Left), ("BECAUSE", Side::Left)];
    let days = if rows.is_empty() { "No backups here.".to_owned() } else { table(&columns, &rows) };
    parts(&[days, ends(plan)])
}

/// What a plan removes, and the command that does it.
pub(crate) fn of_going(plan: &RetentionPlanView) -> String {
    let going = plan
        .days
        .iter()
        .flat_map(|day| day.backups.iter().filter(|fate| !fate.is_kept).map(|fate| row(&day.date, fate)));
    let rows: Vec<Vec<String>> = going.collect();
    let columns = [("DAY", Side::Left), ("BACKUP", Side::Left), ("", Side::Left), ("BECAUSE", Side::Left)];
    let going = if rows.is_empty() { String::new() } else { table(&columns, &rows) };
    let effects = listed("What happens", &plan.effects);
    let command = if rows.is_empty() { String::new() } else { format!("To do it:\n  {}", plan.command) };
    parts(&[going, effects, ends(plan), command])
}

/// What came of a plan.
pub(crate) fn of_applied(applied: &RetentionAppliedView) -> String {
    let removed = words::counted(applied.removed.len() as u64, "backup");
    let head = format!("{removed} of {} removed.", applied.project);
    let left = match &applied.stopped {
        Some(stopped) => {
            format!("{} stayed: {}.", words::counted(applied.left.len() as u64, "backup"), stopped.message)
        }
        None => String::new(),
    };
    [head, left, applied.next.clone()]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn row(date: &str, fate: &FateView) -> Vec<String> {
    let because: Vec<&str> = fate.reasons.iter().map(|reason| reason.words.as_str()).collect();
    vec![
        date.to_owned(),
        fate.short_id.clone(),
        if fate.is_kept { "kept" } else { "goes" }.to_owned(),
        because.join("; "),
    ]
}

/// What is true of the whole plan.
fn ends(plan: &RetentionPlanView) -> String {
    let tally =
        format!("{} kept, {} to go. {}", words::counted(plan.kept.0, "backup"), plan.removed.0, plan.words);
    let pause = plan.pause.as_ref().map(|pause| format!("Paused: {pause}")).unwrap_or_default();
    let unfinished =
        plan.last_run.as_ref().filter(|run| run.finished_at_ms.is_none() || run.removed != run.planned);
    let unfinished = unfinished.map(|run| run.words.clone()).unwrap_or_default();
    let leaving: Vec<String> = plan
        .leaving
        .iter()
        .map(|one| format!("{} goes on {}", one.short_id, words::moment(one.until_ms)))
        .collect();
    let head: Vec<String> = [tally, pause, unfinished].into_iter().filter(|line| !line.is_empty()).collect();
    parts(&[head.join("\n"), listed("Within a week", &leaving)])
}
