//! Stalled and queued runs, and why.

use crate::health::facts::{JobSeen, ProjectFacts};
use crate::health::finding::{Act, Code, Finding, Measure};
use crate::health::words::age_words;
use base::Severity;

use super::MINUTE_MS;
use ledger::catalog::JobState;
use ledger::job::PhaseState;

/// A process that works writes how far it is several times a minute.
const SILENCE_MS: i64 = 2 * MINUTE_MS;
/// A run that was asked to end does so within seconds; a command on a server may take a bit.
const ENDING_MS: i64 = 2 * MINUTE_MS;
/// A queue is no fault; one that does not move for so long is worth a word.
const QUEUE_MS: i64 = 30 * MINUTE_MS;
/// With nothing in its way a run begins within a second.
const FREE_MS: i64 = MINUTE_MS;
/// A person may be at lunch.
const PERSON_MS: i64 = 60 * MINUTE_MS;

/// Why a run stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    pub(crate) severity: Severity,
    /// The rest of a sentence that begins with the run's title.
    pub(crate) what: String,
    pub(crate) why: String,
    pub(crate) advice: &'static str,
    /// For how long.
    pub(crate) for_ms: i64,
}

/// Runs of a project that stand still.
pub(super) fn check(facts: &ProjectFacts) -> Vec<Finding> {
    let project = &facts.standing.project;
    let finding = |job: &JobSeen| {
        let diagnosis = diagnosis(job, facts.now_ms)?;
        let what = format!("has a run, “{}”, that {}", job.record.title, diagnosis.what);
        Some(told(Finding::of(project, Code::Job, diagnosis.severity, what), job, diagnosis))
    };
    facts.jobs.iter().filter_map(finding).collect()
}

/// Runs that stand still and belong to no project.
pub(crate) fn stuck(jobs: &[JobSeen], now_ms: i64) -> Vec<Finding> {
    let finding = |job: &JobSeen| {
        let diagnosis = diagnosis(job, now_ms)?;
        let subject = format!("The run “{}”", job.record.title);
        let finding = Finding::profile(Code::Job, diagnosis.severity, subject, diagnosis.what.clone());
        Some(told(finding, job, diagnosis))
    };
    jobs.iter().filter_map(finding).collect()
}

fn told(finding: Finding, job: &JobSeen, diagnosis: Diagnosis) -> Finding {
    finding
        .value(Measure::age(diagnosis.for_ms))
        .why(diagnosis.why)
        .act(diagnosis.advice, Act::Run(job.record.id.clone()))
        .about(&job.record.id)
}

/// Why a run stalls; `None` if it does not.
pub(crate) fn diagnosis(job: &JobSeen, now_ms: i64) -> Option<Diagnosis> {
    if job.is_dead {
        let for_ms = now_ms - job.heard_ms();
        return Some(Diagnosis {
            severity: Severity::Warning,
            what: "has no process any more.".into(),
            why: "Its process ended in the middle, and nobody tidied up after it yet.".into(),
            advice: "Open Holdfast, or run any command: it becomes interrupted, and says what is safe to do next.",
            for_ms,
        });
    }
    match job.record.state {
        JobState::Running => running(job, now_ms),
        JobState::Queued => queued(job, now_ms),
        JobState::Succeeded | JobState::Failed | JobState::Cancelled | JobState::Interrupted => None,
    }
}

fn running(job: &JobSeen, now_ms: i64) -> Option<Diagnosis> {
    let heard = job.heard_ms();
    let silent_ms = now_ms - heard;
    let Some(progress) = &job.progress else {
        return (silent_ms > SILENCE_MS).then(|| silence(silent_ms, None));
    };
    if let Some(waits) = &progress.waits_for {
        let since = progress.phases.iter().filter_map(|phase| phase.started_at_ms).max().unwrap_or(heard);
        let for_ms = now_ms - since;
        return (for_ms > PERSON_MS).then(|| Diagnosis {
            severity: Severity::Warning,
            what: format!("waits for a person at the step “{}”.", waits.title),
            why: format!("It has been so for {}; nothing goes on meanwhile.", age_words(for_ms)),
            advice: "Open the run, do what the step says, and answer it; or cancel it.",
            for_ms,
        });
    }
    if silent_ms > SILENCE_MS {
        let phase = progress.phases.iter().rfind(|phase| phase.started_at_ms.is_some());
        return Some(silence(silent_ms, phase.map(|phase| phase.title.as_str())));
    }
    let begun = job.record.started_at_ms.unwrap_or(job.record.created_at_ms);
    if job.record.cancel_asked && now_ms - begun > ENDING_MS {
        return Some(Diagnosis {
            severity: Severity::Warning,
            what: "was asked to end, and has not.".into(),
            why: "Its process goes on; a command on a server may not answer.".into(),
            advice: "Wait for a moment; if it stays, end the process of Holdfast, which leaves nothing half done that looks done.",
            for_ms: now_ms - begun,
        });
    }
    let stalled = progress.phases.iter().find(|phase| phase.state == PhaseState::Stalled)?;
    Some(Diagnosis {
        severity: Severity::Warning,
        what: format!("moves nothing in the phase {}.", stalled.title),
        why: "No byte and no row came for a minute or longer: a lock, a stuck connection, or a slow disk. It is ended by itself after five minutes.".into(),
        advice: "Look for a lock or a stuck connection on the server.",
        for_ms: MINUTE_MS,
    })
}

fn silence(silent_ms: i64, phase: Option<&str>) -> Diagnosis {
    let at = phase.map(|phase| format!(" in the phase {phase}")).unwrap_or_default();
    Diagnosis {
        severity: Severity::Critical,
        what: format!("says nothing for {}{at}.", age_words(silent_ms)),
        why: "Its process lives and does not write how far it is, as it does several times a minute: it is stopped or hangs, and holds its turn meanwhile.".into(),
        advice: "Continue or end that process of Holdfast; its run then becomes interrupted, and the next one begins.",
        for_ms: silent_ms,
    }
}

fn queued(job: &JobSeen, now_ms: i64) -> Option<Diagnosis> {
    let for_ms = now_ms - job.record.created_at_ms;
    match &job.waits_for {
        Some((title, age_ms)) => (for_ms > QUEUE_MS).then(|| Diagnosis {
            severity: Severity::Warning,
            what: format!("waits for {} already.", age_words(for_ms)),
            why: format!("“{title}” is in its way, and was begun {} ago.", age_words(*age_ms)),
            advice: "See what that one does; cancel one of the two if it is not needed.",
            for_ms,
        }),
        None => (for_ms > FREE_MS).then(|| Diagnosis {
            severity: Severity::Critical,
            what: format!("waits for {} with nothing in its way.", age_words(for_ms)),
            why: "The process that asked for it lives and does not begin it: it is stopped or hangs.".into(),
            advice: "Continue or end that process of Holdfast, then start the run again.",
            for_ms,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{HOUR, NOW, job};
    use ledger::job::{Phase, Progress};

    fn running_phase(state: PhaseState, started_ms: i64, elapsed_ms: i64) -> JobSeen {
        let mut seen = job(JobState::Running, started_ms);
        let phase = Phase {
            id: "dump".into(),
            title: "Dump".into(),
            sentence: String::new(),
            weight: 1,
            state,
            bytes: 0,
            bytes_total: None,
            rows: 0,
            started_at_ms: Some(started_ms),
            elapsed_ms: Some(elapsed_ms),
        };
        seen.progress = Some(Progress { phases: vec![phase], ..Progress::default() });
        seen
    }

    #[test]
    fn a_run_of_three_hours_that_writes_is_well() {
        assert_eq!(diagnosis(&running_phase(PhaseState::Running, NOW - 3 * HOUR, 3 * HOUR - 500), NOW), None);
    }

    #[test]
    fn one_whose_process_says_nothing_hangs() {
        let seen = running_phase(PhaseState::Running, NOW - 3 * HOUR, HOUR);
        let said = diagnosis(&seen, NOW).unwrap();
        assert_eq!((said.severity, said.for_ms), (Severity::Critical, 2 * HOUR));
        assert_eq!(said.what, "says nothing for 2 h 0 min in the phase Dump.");
        let at_the_limit = running_phase(PhaseState::Running, NOW - HOUR, HOUR - SILENCE_MS);
        assert_eq!(diagnosis(&at_the_limit, NOW), None);
    }

    #[test]
    fn a_phase_in_which_nothing_moves_and_a_dead_process_are_told_apart() {
        let mut seen = running_phase(PhaseState::Stalled, NOW - HOUR, HOUR);
        assert!(diagnosis(&seen, NOW).unwrap().what.contains("moves nothing in the phase Dump"));
        seen.is_dead = true;
        assert!(diagnosis(&seen, NOW).unwrap().what.contains("no process any more"));
    }

    #[test]
    fn a_queued_run_says_what_is_in_its_way_and_that_nothing_is() {
        let mut seen = job(JobState::Queued, NOW - QUEUE_MS - 1);
        seen.waits_for = Some(("Backing up other".into(), HOUR));
        assert_eq!(
            diagnosis(&seen, NOW).unwrap().why,
            "“Backing up other” is in its way, and was begun 1 h 0 min ago."
        );
        seen.record.created_at_ms = NOW - QUEUE_MS;
        assert_eq!(diagnosis(&seen, NOW), None);
        seen.waits_for = None;
        assert_eq!(diagnosis(&seen, NOW).unwrap().severity, Severity::Critical);
    }

    #[test]
    fn what_was_asked_to_end_and_did_not_is_said() {
        let mut seen = running_phase(PhaseState::Running, NOW - ENDING_MS - 1, ENDING_MS);
        assert_eq!(diagnosis(&seen, NOW), None);
        seen.record.cancel_asked = true;
        assert!(diagnosis(&seen, NOW).unwrap().what.contains("asked to end"));
    }
}
