//! A replica: whether it is up to date, and whether it was read back.

use super::DAY_MS;
use crate::health::finding::{Act, Code, Finding, Measure, Unit};
use crate::health::words::{age_words, sentence};
use crate::replica::{ReplicaStanding, ReplicaState};
use base::Severity;
use base::command::Command;

/// A disk that lies in a drawer is fetched each week.
const COPIED_WITHIN_MS: i64 = 7 * DAY_MS;
/// Reading back comes with copies, at most once a day.
const READ_WITHIN_MS: i64 = 14 * DAY_MS;

pub(crate) fn replica(standing: &ReplicaStanding, now_ms: i64) -> Finding {
    let record = &standing.record;
    let age = record.copied_at_ms.map(|at| now_ms - at);
    let is_old = age.is_none_or(|age| age > COPIED_WITHIN_MS) && standing.waiting > 0;
    // One that was just added is given the time for its first copy.
    let is_late = is_old && now_ms - record.added_at_ms > DAY_MS;
    let is_unread = record.checked_at_ms.is_none_or(|at| now_ms - at > READ_WITHIN_MS)
        && record.copied_at_ms.is_some()
        && standing.state != ReplicaState::Away;
    let copy = || format!("Copy to it: `{}`.", Command::copy_to(&record.name));
    let (severity, why, act) = if record.only_here > 0 {
        (
            Severity::Critical,
            format!(
                "It has {} that the vault lost and that nobody removed.",
                base::words::counted(record.only_here.unsigned_abs(), "backup")
            ),
            format!(
                "Do not remove it. Check the vault with `holdfast vault check`; what only the replica has is read from it with `holdfast vault open` in another profile. If they were removed on purpose: `{}`.",
                Command::StoreCopy { replica: Some(record.name.clone()), let_go: Some(record.name.clone()) }
            ),
        )
    } else if let Some(damage) = &record.damage {
        (Severity::Warning, format!("Something in it does not read back: {damage}."), copy())
    } else if let Some(problem) = record.problem.as_ref().filter(|_| standing.state == ReplicaState::Failed) {
        (Severity::Warning, sentence(problem), copy())
    } else if is_late {
        let age = age.map_or_else(
            || "Nothing was copied yet.".to_owned(),
            |age| format!("It was last copied {} ago.", age_words(age)),
        );
        let away = if standing.state == ReplicaState::Away { " It is not connected." } else { "" };
        (Severity::Warning, format!("{age}{away}"), copy())
    } else if standing.is_same_disk == Some(true) {
        (
            Severity::Info,
            "It is on the disk of the vault: what takes that disk takes both.".to_owned(),
            "Add one on another disk: `holdfast store add PATH`.".to_owned(),
        )
    } else if is_unread {
        (Severity::Info, "It was not read back for two weeks.".to_owned(), copy())
    } else {
        (Severity::Ok, String::new(), String::new())
    };
    let finding = Finding::profile(
        Code::Replica,
        severity,
        format!("Replica “{}”", record.name),
        stands(standing, age),
    )
    .value(Measure::new(record.backups, Unit::Count, record.backups.to_string()));
    if severity == Severity::Ok { finding } else { finding.why(why).act(act, Act::None) }
}

fn stands(standing: &ReplicaStanding, age: Option<i64>) -> String {
    let has = base::words::counted(standing.record.backups.unsigned_abs(), "backup");
    match (standing.waiting, age) {
        (_, None) => "holds no backup yet.".to_owned(),
        (0, Some(age)) => format!("has all {has}, copied {} ago.", age_words(age)),
        (waiting, Some(age)) => format!("has {has}, copied {} ago; {waiting} wait.", age_words(age)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{HOUR, NOW};
    use ledger::catalog::ReplicaRecord;

    fn standing() -> ReplicaStanding {
        let record = ReplicaRecord {
            name: "NAS".into(),
            added_at_ms: NOW - 90 * DAY_MS,
            copied_at_ms: Some(NOW - HOUR),
            checked_at_ms: Some(NOW - HOUR),
            backups: 9,
            ..ReplicaRecord::at("/srv/nas")
        };
        ReplicaStanding {
            record,
            state: ReplicaState::Current,
            waiting: 0,
            is_same_disk: Some(false),
            medium: None,
            free_bytes: Some(1 << 30),
        }
    }

    #[test]
    fn a_replica_is_well_until_it_is_late_fails_or_has_what_the_vault_lost() {
        assert_eq!(replica(&standing(), NOW).severity, Severity::Ok);
        let mut late = standing();
        late.record.copied_at_ms = Some(NOW - 8 * DAY_MS);
        assert_eq!(replica(&late, NOW).severity, Severity::Ok, "nothing came since: nothing is missing");
        (late.waiting, late.state) = (2, ReplicaState::Away);
        assert_eq!(replica(&late, NOW).severity, Severity::Warning);
        let mut failed = standing();
        (failed.record.problem, failed.state) = (Some("no space left".into()), ReplicaState::Failed);
        assert_eq!(replica(&failed, NOW).severity, Severity::Warning);
        let mut rotten = standing();
        (rotten.record.damage, rotten.state) = (Some("data/1: bad".into()), ReplicaState::Failed);
        assert_eq!(replica(&rotten, NOW).severity, Severity::Warning);
        let mut alone = standing();
        alone.record.only_here = 2;
        assert_eq!(replica(&alone, NOW).severity, Severity::Critical);
        let mut near = standing();
        near.is_same_disk = Some(true);
        assert_eq!(replica(&near, NOW).severity, Severity::Info);
    }

    #[test]
    fn a_replica_that_was_just_added_is_given_a_day() {
        let mut new = standing();
        new.record.copied_at_ms = None;
        (new.record.added_at_ms, new.waiting, new.state) = (NOW - HOUR, 9, ReplicaState::Never);
        assert_eq!(replica(&new, NOW).severity, Severity::Ok);
        new.record.added_at_ms = NOW - 2 * DAY_MS;
        assert_eq!(replica(&new, NOW).severity, Severity::Warning);
    }
}
