//! What a project has, and what of it backups take.

use crate::health::facts::ProjectFacts;
use crate::health::finding::{Act, Code, Finding, Measure};
use base::Severity;
use ledger::component::Component;
use ledger::coverage::CoveredPart;

pub(super) fn check(facts: &ProjectFacts) -> Option<Finding> {
    let project = &facts.standing.project;
    let coverage = &facts.standing.coverage;
    let of = |severity, what: String| Finding::of(project, Code::Coverage, severity, what);
    let lacking: Vec<&CoveredPart> = coverage.lacking().collect();
    if lacking.is_empty() {
        // Of one part there is nothing to count, and what nobody looked at is no praise.
        let is_seen = coverage.at_ms.is_some() && coverage.parts.len() > 1;
        let words = format!("has {} parts in its backups.", coverage.words());
        return is_seen.then(|| of(Severity::Ok, words).value(Measure::count(coverage.taken(), "part")));
    }
    // Without its files a database is half of what people uploaded; caches and logs can be done without.
    let weighs = |part: &&CoveredPart| matches!(part.component, Component::Database | Component::Files);
    let is_grave = lacking.iter().filter(|part| part.key != "secrets").any(weighs);
    let severity = if is_grave { Severity::Warning } else { Severity::Info };
    let what = format!("has {} parts in its backups.", coverage.words());
    let named = lacking.iter().map(|part| format!("{}: {}; {}", part.title, part.found, part.why));
    let finding = of(severity, what)
        .value(Measure::count(lacking.len(), "part"))
        .why("A restore brings back what is in a backup, and nothing else.")
        .act("Add what is missing, or say that it is not wanted.", Act::Components(project.id.clone()))
        .details(named.collect());
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::well;
    use ledger::coverage::{Coverage, PartState};

    fn part(key: &str, component: Component, state: PartState) -> CoveredPart {
        CoveredPart {
            key: key.into(),
            component,
            title: key.into(),
            found: "some".into(),
            bytes: None,
            state,
            why: "why".into(),
            add: None,
            is_added: false,
            command: None,
        }
    }

    fn severity(parts: Vec<CoveredPart>) -> Option<Severity> {
        let mut facts = well();
        facts.standing.coverage = Coverage { at_ms: Some(1), parts, ..Coverage::default() };
        check(&facts).map(|finding| finding.severity)
    }

    #[test]
    fn files_that_are_missing_weigh_more_than_a_cache_and_what_is_given_up_weighs_nothing() {
        let database = || part("database", Component::Database, PartState::Taken);
        assert_eq!(severity(vec![database()]), None);
        let one = |key, component, state| severity(vec![database(), part(key, component, state)]);
        assert_eq!(one("storage", Component::Files, PartState::NotTaken), Some(Severity::Warning));
        assert_eq!(one("redis:cache", Component::Redis, PartState::NotTaken), Some(Severity::Info));
        assert_eq!(one("secrets", Component::Database, PartState::InPart), Some(Severity::Info));
        assert_eq!(one("redis:cache", Component::Redis, PartState::Unwanted), Some(Severity::Ok));
    }
}
