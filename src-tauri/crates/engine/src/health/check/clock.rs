//! The server's clock against this computer's, and recovery points dated in the future.

use crate::health::facts::ProjectFacts;
use crate::health::finding::{Act, Code, Finding, Measure};
use base::Severity;
use base::words::{moment_words, span_words};
use postgres::ladder::SKEW_MS_MAX;

/// Tolerance for a backup dated in the future before a clock is reported as wrong: the ladder's limit, and a
/// bit.
const FUTURE_MS: i64 = 60_000;

pub(super) fn check(facts: &ProjectFacts) -> Option<Finding> {
    let project = &facts.standing.project;
    let newest = facts.newest.as_ref()?;
    let of = |severity, what: String| Finding::of(project, Code::Clock, severity, what);
    let act = Act::Connection(project.id.clone());
    if let Some(later_ms) = newest.later_ms {
        let ahead_ms = later_ms.saturating_sub(facts.now_ms);
        let what = format!("has a backup that is dated {} ahead of now.", span_words(ahead_ms));
        let why = format!(
            "A clock was ahead when it was made, or was set back since. Until {} it is not counted as the newest, nor as a recovery point, and retention is paused where it is verified.",
            moment_words(later_ms)
        );
        return Some(of(Severity::Warning, what).value(Measure::age(ahead_ms)).why(why).act(
            "Set the clock that is wrong and make a new backup; once that is verified, delete the one that is dated ahead.",
            act,
        ));
    }
    let ahead_ms = newest.at_ms - facts.now_ms;
    if ahead_ms > FUTURE_MS {
        let what = format!("has a backup of the future, by {}.", span_words(ahead_ms));
        return Some(
            of(Severity::Warning, what)
                .value(Measure::age(ahead_ms))
                .why("A clock was set back since, or the server's is ahead; until it has passed, ages are too young.")
                .act("Set the clock that is wrong, then make a new backup.", act),
        );
    }
    let skew_ms = newest.clock_skew_ms?;
    let apart = skew_ms.saturating_abs();
    let direction = if skew_ms > 0 { "ahead of" } else { "behind" };
    let words = format!("{} {direction} this computer's", span_words(apart));
    if apart.unsigned_abs() <= SKEW_MS_MAX {
        let what = "has a server whose clock agrees with this computer's.".to_owned();
        return Some(of(Severity::Ok, what).value(Measure::new(skew_ms, crate::health::Unit::Ms, words)));
    }
    Some(
        of(Severity::Warning, format!("has a server whose clock is {words}."))
            .value(Measure::new(skew_ms, crate::health::Unit::Ms, words.clone()))
            .why("So it was when the newest backup was taken. Recovery points are shown by the server's clock.")
            .act("Set the clock that is wrong.", act),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{NOW, well};

    fn skewed(skew_ms: i64) -> Severity {
        let mut facts = well();
        facts.newest.as_mut().unwrap().clock_skew_ms = Some(skew_ms);
        check(&facts).unwrap().severity
    }

    #[test]
    fn clocks_may_differ_by_what_the_test_of_a_connection_allows() {
        let most = i64::try_from(SKEW_MS_MAX).unwrap();
        assert_eq!((skewed(most), skewed(-most)), (Severity::Ok, Severity::Ok));
        assert_eq!((skewed(most + 1), skewed(-most - 1)), (Severity::Warning, Severity::Warning));
        assert_eq!(skewed(i64::MIN), Severity::Warning);
    }

    #[test]
    fn a_backup_that_is_dated_later_is_named_though_it_is_not_the_newest() {
        let mut facts = well();
        facts.newest.as_mut().unwrap().later_ms = Some(NOW + 400 * 24 * 3_600_000);
        let finding = check(&facts).unwrap();
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.what.contains("ahead of now"), "{}", finding.what);
    }

    #[test]
    fn a_backup_of_the_future_is_named_though_the_clocks_agree_now() {
        let mut facts = well();
        facts.newest.as_mut().unwrap().at_ms = NOW + FUTURE_MS + 1;
        assert_eq!(check(&facts).unwrap().severity, Severity::Warning);
        facts.newest.as_mut().unwrap().at_ms = NOW + FUTURE_MS;
        assert_eq!(check(&facts).unwrap().severity, Severity::Ok);
    }
}
