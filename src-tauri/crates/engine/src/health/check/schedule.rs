//! Schedules that gave up, wait for something, or were paused and forgotten.

use crate::health::facts::{ProjectFacts, ScheduleSeen};
use crate::health::finding::{Act, Code, Finding, Measure};
use crate::health::words::{age_words, sentence};
use crate::schedule::State;
use base::Severity;

use super::DAY_MS;

/// A pause longer than this may be one that was forgotten.
const PAUSE_MS: i64 = 7 * DAY_MS;

pub(super) fn check(facts: &ProjectFacts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = facts.schedules.iter().filter_map(|one| troubled(facts, one)).collect();
    if findings.is_empty() && !facts.schedules.is_empty() {
        let what =
            format!("has {} that run.", base::words::counted(facts.schedules.len() as u64, "schedule"));
        let finding = Finding::of(
            &facts.standing.project,
            Code::Schedule,
            Severity::Ok,
            what.replace("schedule that run", "schedule that runs"),
        );
        findings.push(finding.value(Measure::count(facts.schedules.len(), "schedule")));
    }
    findings
}

fn troubled(facts: &ProjectFacts, one: &ScheduleSeen) -> Option<Finding> {
    let project = &facts.standing.project;
    let see = Act::Schedules(project.id.clone());
    let name = &one.name;
    let of = |severity, what: String| Finding::of(project, Code::Schedule, severity, what).about(name);
    match one.state {
        State::GivenUp => {
            let attempts = base::words::counted(u64::from(one.attempts), "attempt");
            let said = one.said.as_deref().map(sentence).unwrap_or_default();
            let act = one.job_id.clone().map_or(see, Act::Run);
            let severity = if one.is_backup { Severity::Critical } else { Severity::Warning };
            Some(
                of(severity, format!("has a schedule “{name}” that gave up after {attempts}."))
                    .value(Measure::count(one.attempts as usize, "attempt"))
                    .why(said)
                    .act("See what the last run says, and mend that; the next time that is due is tried again.", act)
                    .told_otherwise(),
            )
        }
        State::Waiting => Some(
            of(
                if one.is_copy { Severity::Info } else { Severity::Warning },
                format!("has a schedule “{name}” that is due and waits."),
            )
            .why(sentence(&one.because))
            .act("Take away what is in its way, or run it by hand.", see),
        ),
        State::Retrying => Some(
            of(Severity::Info, format!("has a schedule “{name}” that failed and is tried again."))
                .why(sentence(&one.because))
                .act("Nothing yet: it is tried again by itself.", see)
                .told_otherwise(),
        ),
        State::Paused => {
            let age = facts.now_ms - one.paused_ms?;
            let severity = if age > PAUSE_MS { Severity::Warning } else { Severity::Info };
            Some(
                of(severity, format!("has a schedule “{name}” that is paused for {}.", age_words(age)))
                    .value(Measure::age(age))
                    .why("Nothing is done by it until it is resumed.")
                    .act("Resume it, or remove it where it is not wanted any more.", see),
            )
        }
        State::Due | State::Planned | State::Running | State::Over => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{NOW, well};

    fn seen(state: State, paused_ms: Option<i64>) -> Vec<Finding> {
        let mut facts = well();
        facts.schedules = vec![ScheduleSeen {
            name: "backup".into(),
            state,
            because: "the disk is full".into(),
            attempts: 3,
            said: Some("the server refused".into()),
            job_id: Some("run".into()),
            paused_ms,
            is_backup: true,
            is_pull: false,
            is_copy: false,
        }];
        check(&facts)
    }

    #[test]
    fn a_backup_schedule_that_gave_up_is_critical_and_leads_to_its_last_run() {
        let found = seen(State::GivenUp, None);
        assert_eq!((found[0].severity, found[0].act.clone()), (Severity::Critical, Act::Run("run".into())));
        assert_eq!(found[0].why, "The server refused.");
    }

    #[test]
    fn a_pause_becomes_a_warning_after_a_week() {
        assert_eq!(seen(State::Paused, Some(NOW - PAUSE_MS))[0].severity, Severity::Info);
        assert_eq!(seen(State::Paused, Some(NOW - PAUSE_MS - 1))[0].severity, Severity::Warning);
    }

    #[test]
    fn what_runs_as_planned_is_one_quiet_line() {
        assert_eq!(seen(State::Planned, None)[0].what, "has 1 schedule that runs.");
        assert!(check(&well()).is_empty());
    }
}
