//! Exceptions in a period: each with its time, description, and whether somebody dealt with it.

use super::gather::OfProject;
use crate::restore::Safety;
use base::words::{age_words, counted, span_words, zoned_words};
use ledger::catalog::{JobState, Verdict};
use ledger::job::read_failure;

/// One exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exception {
    pub(super) project: String,
    pub(super) from_ms: i64,
    /// Its end, where it lasted.
    pub(super) until_ms: Option<i64>,
    /// In two words: `recovery point`, `run failed`.
    pub(super) kind: &'static str,
    pub(super) what: String,
    /// What was done about it.
    pub(super) dealt: String,
}

/// All of a project, in order of time.
pub(super) fn of(one: &OfProject) -> Vec<Exception> {
    let mut all = Vec::new();
    all.extend(breaches(one));
    all.extend(runs(one));
    all.extend(drills(one));
    all.extend(ledger(one));
    all.extend(restores(one));
    all.extend(others(one));
    all.sort_by_key(|exception| exception.from_ms);
    all
}

fn at(one: &OfProject, from_ms: i64, kind: &'static str, what: String) -> Exception {
    Exception { project: one.project.name.clone(), from_ms, until_ms: None, kind, what, dealt: String::new() }
}

fn breaches(one: &OfProject) -> impl Iterator<Item = Exception> {
    // Files that were imported get no newer by themselves.
    let is_held_to_it = one.project.has_source();
    one.reach.breaches.iter().filter(move |_| is_held_to_it).map(|breach| {
        let what = match breach.worst_ms {
            Some(worst) => format!("the newest verified backup got {} old", age_words(worst)),
            None => "there was no verified backup".to_owned(),
        };
        let lasted = age_words(breach.until_ms - breach.from_ms);
        Exception {
            until_ms: Some(breach.until_ms),
            dealt: format!("lasted {lasted}"),
            ..at(one, breach.from_ms, "recovery point over its goal", what)
        }
    })
}

fn runs(one: &OfProject) -> impl Iterator<Item = Exception> {
    let wrong = one.runs.iter().filter(|run| matches!(run.state, JobState::Failed | JobState::Interrupted));
    wrong.map(|run| {
        let ended = run.finished_at_ms.unwrap_or(run.created_at_ms);
        let failure = run.failure.as_deref().map(read_failure);
        let why = match failure {
            Some(failure) => format!("{} ({})", failure.message, failure.code),
            None => "its process ended in the middle (interrupted)".to_owned(),
        };
        let is_seen = run.kind.reads_original() && ended <= one.project.acknowledged_at_ms;
        let later = one.runs.iter().find(|other| {
            other.kind == run.kind
                && other.state == JobState::Succeeded
                && other.finished_at_ms.is_some_and(|at| at > ended)
        });
        let dealt = match (is_seen, later.and_then(|later| later.finished_at_ms)) {
            (true, _) => format!("acknowledged by {}", zoned_words(one.project.acknowledged_at_ms)),
            (false, Some(at)) => format!("the next one succeeded {}", zoned_words(at)),
            (false, None) => "open".to_owned(),
        };
        let what = format!("{} {}: {why}", run.kind.as_str(), run.id.get(..16).unwrap_or(&run.id));
        Exception { dealt, ..at(one, ended, "run failed", what) }
    })
}

fn drills(one: &OfProject) -> Vec<Exception> {
    let mut all: Vec<Exception> = Vec::new();
    for drill in one.drills.iter().filter(|drill| drill.verdict != Verdict::Pass) {
        let kind = if drill.verdict == Verdict::Fail { "drill failed" } else { "drill inconclusive" };
        all.push(at(one, drill.at_ms, kind, drill.reason.clone()));
    }
    if let Some(goal) = one.goals.rto_ms {
        for (drill, took) in one.measured().filter(|(_, took)| *took > goal) {
            let what = format!("the drill took {}, the goal is {}", span_words(took), age_words(goal));
            all.push(at(one, drill.at_ms, "recovery time over its goal", what));
        }
    }
    all
}

fn ledger(one: &OfProject) -> impl Iterator<Item = Exception> {
    one.ledger.iter().filter(|entry| entry.verdict == Verdict::Fail).map(|entry| {
        let backup = entry.backup_id.get(..12).unwrap_or(&entry.backup_id);
        at(one, entry.at_ms, "proof failed", format!("backup {backup}: {}", entry.reason))
    })
}

fn restores(one: &OfProject) -> impl Iterator<Item = Exception> {
    one.restores.iter().filter_map(|restore| match &restore.plan.safety {
        Safety::Declined { reason } => {
            let what = format!("the restore into {} had none: {reason}", restore.plan.database);
            Some(at(one, restore.at_ms, "safety backup declined", what))
        }
        Safety::NotNeeded | Safety::Planned { .. } => None,
    })
}

fn others(one: &OfProject) -> Vec<Exception> {
    let mut all: Vec<Exception> = one
        .clean
        .iter()
        .filter(|look| look.verdict == Verdict::Fail)
        .map(|look| at(one, look.at_ms, "backup not clean", look.reason.clone()))
        .collect();
    if one.missed > 0 {
        let what = format!("{} of its schedules passed without a run", counted(one.missed, "time"));
        all.push(at(one, one.since_ms, "schedule missed", what));
    }
    if one.backups_with_warnings > 0 {
        let what = format!(
            "{} left something out or said something: see its warnings",
            counted(one.backups_with_warnings, "backup")
        );
        all.push(at(one, one.since_ms, "backup with warnings", what));
    }
    all
}
