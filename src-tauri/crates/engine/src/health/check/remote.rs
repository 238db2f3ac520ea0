//! Backups that a project's platform will delete soon and that are not in the vault.

use crate::health::check::DAY_MS;
use crate::health::facts::ProjectFacts;
use crate::health::finding::{Act, Code, Finding, Measure};
use base::Severity;
use base::command::ScheduleSet;
use base::words::{counted, moment_words};

/// More backups are not named one by one.
const NAMED_MAX: usize = 20;

pub(super) fn check(facts: &ProjectFacts) -> Option<Finding> {
    let project = &facts.standing.project;
    let first = facts.going_there.first()?;
    let left_ms = first.expires_at_ms - facts.now_ms;
    let many = facts.going_there.len();
    let name = project.platform.as_ref().map_or("its platform", |platform| platform.kind.name());
    let what = format!(
        "has {} at {name} that {} there by {} and {} not here.",
        counted(many as u64, "backup"),
        if many == 1 { "is deleted" } else { "are deleted, the first" },
        moment_words(first.expires_at_ms),
        if many == 1 { "is" } else { "are" },
    );
    // A schedule that stands as it should fetches it a day before; until then nobody has to do anything.
    let is_fetched = left_ms > DAY_MS && facts.schedules.iter().any(|one| one.is_pull && one.is_well());
    let severity = if is_fetched { Severity::Info } else { Severity::Warning };
    let line = |one: &ledger::catalog::RemoteExpiry| {
        let made = one.made_at_ms.map(|at| format!(" of {}", moment_words(at))).unwrap_or_default();
        format!("{} {}{made}, deleted there {}", one.kind, one.remote_id, moment_words(one.expires_at_ms))
    };
    let why = if is_fetched {
        "A schedule fetches it before."
    } else if left_ms <= DAY_MS {
        "Less than a day is left; what fetches by itself did not, or there is no such schedule."
    } else {
        "No schedule that works fetches what is there."
    };
    let act = if is_fetched {
        "Nothing needs to be done; pull it to have it now.".to_owned()
    } else {
        format!(
            "Pull all that is not here, and set a schedule that does: `{}`.",
            ScheduleSet::daily_pull(&project.name, "02:00")
        )
    };
    Some(
        Finding::of(project, Code::Remote, severity, what)
            .value(Measure::count(many, "backup"))
            .why(why)
            .act(act, Act::PullAll(project.id.clone()))
            .details(facts.going_there.iter().take(NAMED_MAX).map(line).collect()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{HOUR, NOW, well};
    use crate::health::facts::ScheduleSeen;
    use crate::schedule::State;
    use ledger::catalog::RemoteExpiry;

    fn going(id: &str, hours: i64) -> RemoteExpiry {
        RemoteExpiry {
            project_id: "p".into(),
            remote_id: id.into(),
            kind: "full".into(),
            made_at_ms: Some(NOW - 20 * HOUR),
            expires_at_ms: NOW + hours * HOUR,
        }
    }

    fn pulls(state: State) -> ScheduleSeen {
        ScheduleSeen {
            name: "pull".into(),
            state,
            because: String::new(),
            attempts: 0,
            said: None,
            job_id: None,
            paused_ms: None,
            is_backup: true,
            is_pull: true,
            is_copy: false,
        }
    }

    #[test]
    fn what_a_platform_deletes_is_said_with_its_date_and_is_no_worry_while_a_schedule_fetches_it() {
        let mut facts = well();
        assert_eq!(check(&facts), None);
        facts.going_there = vec![going("backup-1", 60), going("backup-2", 80)];
        let finding = check(&facts).unwrap();
        assert_eq!((finding.severity, finding.act), (Severity::Warning, Act::PullAll("p".into())));
        assert!(finding.what.contains("2 backups") && finding.what.contains(&moment_words(NOW + 60 * HOUR)));
        assert!(finding.details[0].contains("backup-1"));
        facts.schedules = vec![pulls(State::Planned)];
        assert_eq!(check(&facts).unwrap().severity, Severity::Info);
        for state in [State::GivenUp, State::Paused, State::Over] {
            facts.schedules = vec![pulls(state)];
            assert_eq!(check(&facts).unwrap().severity, Severity::Warning, "{state:?}");
        }
        // So late it should be here already.
        facts.schedules = vec![pulls(State::Planned)];
        facts.going_there = vec![going("backup-1", 20)];
        assert_eq!(check(&facts).unwrap().severity, Severity::Warning);
    }
}
