//! Schedules as people read them.

use contract::schedule::{DueView, PausedView, ScheduleRunStateView, ScheduleStateView, ScheduleView};

use crate::status::Status;
use crate::table::{Side, listed, pairs, parts, table};
use crate::{span, words};

/// One schedule.
pub(crate) fn one(view: &ScheduleView) -> String {
    let moment = |at: Option<contract::number::Millis>| at.map(words::moment).unwrap_or_default();
    let jitter = match view.jitter_s {
        0 => String::new(),
        seconds => format!("up to {} min later; that is in the times below", seconds / 60),
    };
    let quiet = view.conditions.quiet.as_ref().map(|quiet| format!("{}-{}", quiet.from, quiet.to));
    let maintenance = view.conditions.maintenance.as_ref().map(|maintenance| {
        let day = maintenance.day.as_deref().unwrap_or("every day");
        format!("{day} {}-{}, when nothing runs", maintenance.hours.from, maintenance.hours.to)
    });
    let upcoming: Vec<String> = view.upcoming_ms.iter().copied().map(words::moment).collect();
    parts(&[
        pairs(&[
            ("Project", view.project.clone()),
            ("Schedule", view.name.clone()),
            ("What", view.work_words.clone()),
            ("When", format!("{} ({})", view.rule_words, view.zone_words)),
            ("Jitter", jitter),
            ("Quiet hours", quiet.unwrap_or_default()),
            ("Maintenance", maintenance.unwrap_or_default()),
            ("Kept for", view.keep_ms.map(|keep| span::words(keep.0)).unwrap_or_default()),
            ("State", format!("{}. {}", state(view.state), view.because)),
            ("Next", moment(view.next_at_ms)),
            ("Last verified", moment(view.last_success_at_ms)),
        ]),
        listed("Also", &view.notes),
        listed("Next runs", &upcoming),
    ])
}

/// Those of one project, each with its next runs.
pub(crate) fn each(all: &[ScheduleView]) -> String {
    if all.is_empty() { list(all) } else { parts(&all.iter().map(one).collect::<Vec<_>>()) }
}

/// All of them, with what each stands at.
pub(crate) fn list(all: &[ScheduleView]) -> String {
    if all.is_empty() {
        return "Nothing is scheduled. `holdfast schedule set PROJECT --daily 02:00`".into();
    }
    let columns = [
        ("PROJECT", Side::Left),
        ("SCHEDULE", Side::Left),
        ("WHEN", Side::Left),
        ("STATE", Side::Left),
        ("NEXT", Side::Left),
    ];
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|view| {
            vec![
                view.project.clone(),
                view.name.clone(),
                format!("{} ({})", view.rule_words, view.zone_words),
                state(view.state).to_owned(),
                view.next_at_ms.map_or_else(|| "-".into(), words::moment),
            ]
        })
        .collect();
    let why: Vec<String> = all
        .iter()
        .filter(|view| view.state != ScheduleStateView::Planned || !view.notes.is_empty())
        .map(|view| {
            let said: Vec<&str> =
                std::iter::once(&view.because).chain(&view.notes).map(String::as_str).collect();
            format!("{}, {}: {}", view.project, view.name, said.join(" "))
        })
        .collect();
    parts(&[table(&columns, &rows), listed("Why", &why)])
}

/// What was due, what came of it, and what was due and is waiting.
pub(crate) fn due(due: &DueView) -> String {
    let runs: Vec<String> = due
        .runs
        .iter()
        .map(|run| {
            let job = run.job_id.as_deref().map(|id| format!(" (run {})", words::short_run(id)));
            format!(
                "{}, {}: {}. {}{}",
                run.project,
                run.schedule,
                ended(run.state),
                run.said,
                job.unwrap_or_default()
            )
        })
        .collect();
    let is_held = |view: &&ScheduleView| {
        !matches!(
            view.state,
            ScheduleStateView::Planned | ScheduleStateView::Paused | ScheduleStateView::Over
        )
    };
    let held: Vec<String> = due
        .schedules
        .iter()
        .filter(is_held)
        .map(|view| format!("{}, {}: {}", view.project, view.name, view.because))
        .collect();
    let next = due.schedules.iter().filter_map(|view| view.next_at_ms).min();
    let next =
        next.map_or_else(|| "Nothing comes next.".into(), |at| format!("Next: {}.", words::moment(at)));
    let first =
        if runs.is_empty() { "Nothing was due that could be done.".into() } else { listed("Done", &runs) };
    parts(&[first, listed("Still", &held), next])
}

/// The worst of what was done.
pub(crate) fn worst(due: &DueView) -> Status {
    let is = |states: &[ScheduleRunStateView]| due.runs.iter().any(|run| states.contains(&run.state));
    if is(&[ScheduleRunStateView::Failed, ScheduleRunStateView::Interrupted]) {
        Status::Failed
    } else if is(&[ScheduleRunStateView::Stopped]) {
        Status::Cancelled
    } else {
        Status::Done
    }
}

fn state(state: ScheduleStateView) -> &'static str {
    match state {
        ScheduleStateView::Due => "due",
        ScheduleStateView::Planned => "planned",
        ScheduleStateView::Waiting => "waiting",
        ScheduleStateView::Retrying => "tried again",
        ScheduleStateView::GivenUp => "needs you",
        ScheduleStateView::Running => "running",
        ScheduleStateView::Paused => "paused",
        ScheduleStateView::Over => "over",
    }
}

fn ended(state: ScheduleRunStateView) -> &'static str {
    match state {
        ScheduleRunStateView::Running => "goes on",
        ScheduleRunStateView::Succeeded => "done and verified",
        ScheduleRunStateView::Failed => "failed",
        ScheduleRunStateView::Interrupted => "interrupted",
        ScheduleRunStateView::Stopped => "stopped",
    }
}

/// Whether everything is paused.
pub(crate) fn paused(paused: Option<PausedView>) -> String {
    match paused {
        None => "Schedules run. One run of each makes up for what was missed.".into(),
        Some(PausedView { until_ms: None, .. }) => {
            "All schedules are paused, until: holdfast schedule resume --all".into()
        }
        Some(PausedView { until_ms: Some(until), .. }) => {
            format!("All schedules are paused until {}.", words::moment(until))
        }
    }
}
