//! Backups that are removed soon, by a date or by the policy.

use crate::health::facts::ProjectFacts;
use crate::health::finding::{Act, Code, Finding, Measure};
use base::Severity;
use base::words::{counted, moment_words};

/// More backups are not named one by one.
const NAMED_MAX: usize = 20;

pub(super) fn check(facts: &ProjectFacts) -> Option<Finding> {
    let project = &facts.standing.project;
    let first = facts.expiring.first()?;
    let (past, coming): (Vec<_>, Vec<_>) =
        facts.expiring.iter().partition(|one| one.until_ms <= facts.now_ms);
    let what = match (past.len(), coming.len()) {
        (0, coming) => format!("has {} that may go within a week.", counted(coming as u64, "backup")),
        (past, 0) => format!("has {} that may go now.", counted(past as u64, "backup")),
        (past, coming) => {
            let past = counted(past as u64, "backup");
            format!("has {past} that may go now, and {coming} more within a week.")
        }
    };
    let line = |one: &ledger::catalog::Expiring| {
        format!("the backup of {} until {}", moment_words(one.at_ms), moment_words(one.until_ms))
    };
    let details = facts.expiring.iter().take(NAMED_MAX).map(line).collect();
    Some(
        Finding::of(project, Code::Expiry, Severity::Info, what)
            .value(Measure::count(facts.expiring.len(), "backup"))
            .why(format!("The first one is {}.", line(first)))
            .act("Hold what is to stay: nothing that is held goes.", Act::Retention(project.id.clone()))
            .details(details)
            .told_otherwise(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{HOUR, NOW, well};
    use ledger::catalog::Expiring;

    #[test]
    fn what_may_go_is_told_apart_from_what_will() {
        let mut facts = well();
        assert_eq!(check(&facts), None);
        let one = |until_ms| Expiring { project_id: "p".into(), backup_id: "b".into(), at_ms: NOW, until_ms };
        facts.expiring = vec![one(NOW), one(NOW + HOUR)];
        assert_eq!(check(&facts).unwrap().what, "has 1 backup that may go now, and 1 more within a week.");
        facts.expiring = vec![one(NOW + 1)];
        assert_eq!(check(&facts).unwrap().what, "has 1 backup that may go within a week.");
    }
}
