//! The age of the last successful restore or drill, against the goal.

use crate::health::facts::ProjectFacts;
use crate::health::finding::{Act, Code, Finding, Measure};
use crate::health::words::{age_words, goal_words};
use base::Severity;

use super::DAY_MS;

/// Without a goal, a drill longer ago than this is worth a word.
const LONG_AGO_MS: i64 = 90 * DAY_MS;

pub(super) fn check(facts: &ProjectFacts) -> Finding {
    let project = &facts.standing.project;
    let goals = &facts.standing.goals;
    let of = |severity, what: String| Finding::of(project, Code::Proof, severity, what);
    let act = Act::Drill(project.id.clone());
    let goal_ms = goals.drill_every_ms;
    let newest = facts.newest.as_ref();
    let (drilled_ms, whole_ms) =
        newest.map_or((None, None), |newest| (newest.drilled_ms, newest.drilled_whole_ms));
    if goals.whole_drills && whole_ms.is_none() && drilled_ms.is_some() {
        let finding = of(Severity::Warning, "was never shown to come back whole: each drill left something out.".into())
            .why(
                "Its goal is a drill without limits. What was left out is in the report of the last drill: it needs \
                 extensions that were missing there.",
            )
            .act("Start a drill where its extensions are: on another server, or in a container image.", act);
        return match goal_ms {
            Some(goal) => finding.limit(Measure::goal(goal)),
            None => finding,
        };
    }
    let drilled_ms = if goals.whole_drills { whole_ms } else { drilled_ms };
    let finding = match (drilled_ms.map(|at| facts.now_ms - at), goal_ms) {
        (None, Some(_)) => of(Severity::Warning, "was never shown to come back: no drill passed yet.".into())
            .why("Its backups are verified byte by byte; only a drill shows that a database comes of them.")
            .act("Start a drill.", act),
        (None, None) => of(Severity::Info, "was never shown to come back: no drill passed yet.".into())
            .why("Its backups are verified byte by byte; only a drill shows that a database comes of them.")
            .act("Start a drill, and set how often one is to be made.", act),
        (Some(age), Some(goal)) if age > goal => {
            of(Severity::Warning, format!("was last shown to come back {} ago.", age_words(age)))
                .value(Measure::age(age))
                .why(format!("Its goal is a drill every {}.", goal_words(goal)))
                .act("Start a drill.", act)
        }
        (Some(age), None) if age > LONG_AGO_MS => {
            of(Severity::Info, format!("was last shown to come back {} ago.", age_words(age)))
                .value(Measure::age(age))
                .why("Servers, extensions and tools change; an old drill says little of today.")
                .act("Start a drill, and set how often one is to be made.", act)
        }
        (Some(age), _) => of(Severity::Ok, format!("was shown to come back {} ago.", age_words(age)))
            .value(Measure::age(age)),
    };
    match goal_ms {
        Some(goal) => finding.limit(Measure::goal(goal)),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{HOUR, NOW, well};

    fn drilled(age_ms: Option<i64>, goal_ms: Option<i64>) -> Severity {
        let mut facts = well();
        facts.newest.as_mut().unwrap().drilled_ms = age_ms.map(|age| NOW - age);
        facts.standing.goals.drill_every_ms = goal_ms;
        check(&facts).severity
    }

    #[test]
    fn a_drill_is_due_once_the_last_one_is_older_than_the_goal() {
        assert_eq!(drilled(Some(24 * HOUR), Some(24 * HOUR)), Severity::Ok);
        assert_eq!(drilled(Some(24 * HOUR + 1), Some(24 * HOUR)), Severity::Warning);
        assert_eq!(drilled(None, Some(24 * HOUR)), Severity::Warning);
    }

    #[test]
    fn a_drill_that_left_something_out_does_not_count_where_the_goal_is_a_whole_one() {
        let mut facts = well();
        facts.newest.as_mut().unwrap().drilled_whole_ms = None;
        assert_eq!(check(&facts).severity, Severity::Ok);
        facts.standing.goals.whole_drills = true;
        assert_eq!(check(&facts).severity, Severity::Warning);
        facts.newest.as_mut().unwrap().drilled_whole_ms = Some(NOW - HOUR);
        assert_eq!(check(&facts).severity, Severity::Ok);
    }

    #[test]
    fn without_a_goal_it_is_a_note_and_never_a_warning() {
        assert_eq!(drilled(None, None), Severity::Info);
        assert_eq!(drilled(Some(LONG_AGO_MS), None), Severity::Ok);
        assert_eq!(drilled(Some(LONG_AGO_MS + 1), None), Severity::Info);
    }
}
