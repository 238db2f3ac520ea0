//! What the tray shows, computed from the home screen and the jobs. No Tauri in here.

use contract::backup::{LevelView, VerdictView};
use contract::home::HomeView;
use contract::job::{JobRow, JobStateView};
use contract::number::Millis;
use contract::project::{ProjectRow, ProjectState};
use contract::schedule::ScheduleStateView;
use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::running;

/// What the menu says where no schedule comes.
const NOTHING_PLANNED: &str = "Nothing is planned";

/// The worst state, by the shape of the mark; ordered from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// The mark alone.
    Well,
    /// A bar: nothing is done by itself.
    Paused,
    /// A dot: something runs.
    Running,
    /// A triangle: look at it.
    Warning,
    /// An octagon: a person is needed.
    NeedsYou,
}

/// Everything that the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Face {
    /// Shape of the icon.
    pub(crate) mark: Mark,
    /// The home screen's sentence.
    pub(crate) tooltip: String,
    /// The last proof.
    pub(crate) proof: String,
    /// The run that goes on.
    pub(crate) job: Option<String>,
    /// What comes next by itself, or why nothing does.
    pub(crate) next: String,
    /// Whether all schedules are paused.
    pub(crate) is_paused: bool,
    /// Id and name of each project that can be backed up now.
    pub(crate) projects: Vec<(String, String)>,
}

impl Face {
    /// Before anything is known.
    pub(crate) fn unknown() -> Self {
        Self {
            mark: Mark::Well,
            tooltip: "Holdfast".to_owned(),
            proof: "No proof yet".to_owned(),
            job: None,
            next: NOTHING_PLANNED.to_owned(),
            is_paused: false,
            projects: Vec::new(),
        }
    }

    /// The face for these answers, seen at `now` in the time zone of `now`.
    pub(crate) fn of(home: &HomeView, jobs: &[JobRow], now: &Zoned) -> Self {
        let running = jobs.iter().find(|job| job.state == JobStateView::Running);
        let protected = || home.projects.iter().filter(|project| !project.is_archived);
        let states = protected().map(|project| project.state).chain(home.needs.iter().map(|need| need.state));
        let runs = running.map(|_| Mark::Running);
        let pause = home.paused.map(|_| Mark::Paused);
        // What Holdfast reads by itself is backed up from here; the others have no such act.
        let backed_up = protected().filter(|project| project.has_database || !project.parts.is_empty());
        Self {
            mark: states.map(mark).chain(runs).chain(pause).max().unwrap_or(Mark::Well),
            tooltip: home.sentence.clone(),
            proof: last_proof(&home.projects, now),
            job: running.map(running::title),
            next: next(home, now),
            is_paused: home.paused.is_some(),
            projects: backed_up.map(|project| (project.id.clone(), project.name.clone())).collect(),
        }
    }
}

fn mark(state: ProjectState) -> Mark {
    match state {
        ProjectState::Ok | ProjectState::Idle => Mark::Well,
        ProjectState::Running => Mark::Running,
        ProjectState::Warn | ProjectState::Inconclusive => Mark::Warning,
        ProjectState::Danger => Mark::NeedsYou,
    }
}

fn last_proof(projects: &[ProjectRow], now: &Zoned) -> String {
    let passed = projects.iter().filter_map(|project| {
        let proof = project.best_proof.as_ref().filter(|proof| proof.verdict == VerdictView::Pass)?;
        Some((proof.at_ms, proof.level, &project.name))
    });
    match passed.max_by_key(|(at_ms, _, _)| *at_ms) {
        None => "No proof yet".to_owned(),
        Some((at_ms, level, name)) => format!("Last proof: {name} {}, {}", word(level), moment(at_ms, now)),
    }
}

/// The next run of all projects, or until when nothing is done by itself.
fn next(home: &HomeView, now: &Zoned) -> String {
    if let Some(paused) = &home.paused {
        return match paused.until_ms {
            Some(until) => format!("Schedules are paused until {}", moment(until, now)),
            None => "Schedules are paused".to_owned(),
        };
    }
    let dated = home.projects.iter().filter_map(|project| {
        let next = project.next_run.as_ref()?;
        let is_planned = matches!(next.state, ScheduleStateView::Planned | ScheduleStateView::Retrying);
        next.at_ms.filter(|_| is_planned).map(|at_ms| (at_ms, &project.name))
    });
    match dated.min_by_key(|(at_ms, _)| *at_ms) {
        Some((at_ms, name)) => format!("Next: {name}, {}", moment(at_ms, now)),
        None => NOTHING_PLANNED.to_owned(),
    }
}

fn word(level: LevelView) -> &'static str {
    match level {
        LevelView::Bytes => "whole",
        LevelView::Readable => "readable",
        LevelView::Restored => "restored",
    }
}

/// `today 03:20`, `yesterday 03:20`, `3 Nov 03:20`.
fn moment(at_ms: Millis, now: &Zoned) -> String {
    let zone: TimeZone = now.time_zone().clone();
    let Ok(at) = Timestamp::from_millisecond(at_ms.0).map(|at| at.to_zoned(zone)) else {
        return "at an unknown time".to_owned();
    };
    let day = match now.date().since(at.date()).map(|span| span.get_days()) {
        Ok(0) => "today".to_owned(),
        Ok(1) => "yesterday".to_owned(),
        Ok(-1) => "tomorrow".to_owned(),
        _ => at.strftime("%-d %b").to_string(),
    };
    format!("{day} {}", at.strftime("%H:%M"))
}

#[cfg(test)]
mod tests;
