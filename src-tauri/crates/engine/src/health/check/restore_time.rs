//! The restore time, measured or estimated, against its goal (RTO).

use crate::health::facts::ProjectFacts;
use crate::health::finding::{Act, Code, Finding, Measure, Unit};
use crate::health::words::goal_words;
use crate::proof::{Place, guess};
use base::Severity;
use base::words::span_words;

pub(super) fn check(facts: &ProjectFacts) -> Option<Finding> {
    let standing = &facts.standing;
    let project = &standing.project;
    let of = |severity, what: String| Finding::of(project, Code::RestoreTime, severity, what);
    let goal_ms = standing.goals.rto_ms;
    let drill = Act::Drill(project.id.clone());
    let finding = match (standing.restore_ms, goal_ms) {
        (Some(took), Some(goal)) if took > goal => of(
            Severity::Critical,
            format!("took {} to be back; its goal is {}.", span_words(took), goal_words(goal)),
        )
        .value(Measure::new(took, Unit::Ms, span_words(took)))
        .why("That is what the last drill or restore took that passed.")
        .act(
            "See where the time went; a faster server, fewer indexes or a longer goal are the ways out.",
            Act::SeeDrills(project.id.clone()),
        ),
        (Some(took), _) => of(Severity::Ok, format!("took {} to be back.", span_words(took)))
            .value(Measure::new(took, Unit::Ms, span_words(took))),
        (None, goal) => {
            let estimate = guess(standing.newest_bytes?, Place::Private);
            let about = span_words(estimate.ms);
            let is_over = goal.is_some_and(|goal| estimate.ms > goal);
            let what = match goal {
                Some(goal) if is_over => {
                    format!("would take about {about} to be back; its goal is {}.", goal_words(goal))
                }
                _ => format!("would take about {about} to be back; nothing was measured yet."),
            };
            let severity = match goal {
                Some(_) if is_over => Severity::Warning,
                Some(_) => Severity::Unknown,
                None => Severity::Info,
            };
            of(severity, what)
                .value(Measure::new(estimate.ms, Unit::Ms, format!("about {about}")))
                .why(estimate.basis)
                .act("Start a drill: it measures it.", drill)
        }
    };
    Some(match goal_ms {
        Some(goal) => finding.limit(Measure::goal(goal)),
        None => finding,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::well;

    fn held(restore_ms: Option<i64>, goal_ms: Option<i64>) -> Finding {
        let mut facts = well();
        facts.standing.restore_ms = restore_ms;
        facts.standing.goals.rto_ms = goal_ms;
        facts.standing.newest_bytes = Some(1_200_000_000);
        check(&facts).unwrap()
    }

    #[test]
    fn what_was_measured_is_held_against_the_goal_to_the_millisecond() {
        assert_eq!(held(Some(60_000), Some(60_000)).severity, Severity::Ok);
        assert_eq!(held(Some(60_001), Some(60_000)).severity, Severity::Critical);
        assert_eq!(held(Some(60_001), None).severity, Severity::Ok);
    }

    #[test]
    fn a_guess_is_never_well_and_says_that_it_is_one() {
        assert_eq!(held(None, Some(66_000)).severity, Severity::Unknown);
        assert_eq!(held(None, Some(64_000)).severity, Severity::Warning);
        let guessed = held(None, None);
        assert_eq!(guessed.severity, Severity::Info);
        assert!(guessed.why.starts_with("A guess:"), "{}", guessed.why);
    }
}
