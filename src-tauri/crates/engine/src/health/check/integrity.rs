//! The last proof of each backup, if it failed or was inconclusive.

use crate::health::facts::ProjectFacts;
use crate::health::finding::{Act, Code, Finding, Measure};
use base::Severity;
use base::words::{counted, moment_words};
use ledger::catalog::{ProofLevel, Unproven, Verdict};

/// More backups are not named one by one.
const NAMED_MAX: usize = 20;

pub(super) fn check(facts: &ProjectFacts) -> Finding {
    let project = &facts.standing.project;
    let of = |severity, what: String| Finding::of(project, Code::Integrity, severity, what);
    let drilled_ms = facts.newest.as_ref().and_then(|newest| newest.drilled_ms).unwrap_or(i64::MIN);
    // A later drill that passed says more than one that did not.
    let holds = |one: &&Unproven| one.proof.level != ProofLevel::Restored || one.proof.at_ms > drilled_ms;
    let still: Vec<&Unproven> = facts.unproven.iter().filter(holds).collect();
    let wrong: Vec<&Unproven> =
        still.iter().copied().filter(|one| one.proof.verdict == Verdict::Fail).collect();
    let details =
        |some: &[&Unproven]| some.iter().take(NAMED_MAX).map(|one| said(one)).collect::<Vec<String>>();
    if let Some(first) = wrong.first() {
        let count = counted(wrong.len() as u64, "backup");
        let what = format!("holds {count} that did not pass the last check.");
        let advice = if first.proof.level == ProofLevel::Restored {
            "See what the drill says, then make a new backup and drill that."
        } else {
            "Make a new backup, then check the vault; it says what can be repaired."
        };
        let act = match first.proof.level {
            ProofLevel::Restored => Act::SeeDrills(project.id.clone()),
            ProofLevel::Bytes | ProofLevel::Readable => Act::Backup(first.proof.backup_id.clone()),
        };
        return of(Severity::Critical, what)
            .value(Measure::count(wrong.len(), "backup"))
            .why(said(first))
            .act(advice, act)
            .details(details(&wrong));
    }
    let is_newest = |one: &Unproven| {
        facts.standing.newest_proof.as_ref().is_some_and(|newest| newest.backup_id == one.proof.backup_id)
    };
    let Some(first) = still.first() else {
        let what = if facts.standing.newest_proof.is_some() {
            "has no backup that failed its last check."
        } else {
            "was not checked on this computer yet."
        };
        return of(
            if facts.standing.newest_proof.is_some() { Severity::Ok } else { Severity::Unknown },
            what.into(),
        )
        .value(Measure::count(0, "backup"))
        .act(verify_advice(facts), verify(facts));
    };
    let severity = if is_newest(first) { Severity::Unknown } else { Severity::Info };
    let subject = if is_newest(first) { "its newest backup" } else { "an older backup" };
    let act = match first.proof.level {
        ProofLevel::Restored => Act::SeeDrills(project.id.clone()),
        ProofLevel::Bytes | ProofLevel::Readable => Act::Verify(first.proof.backup_id.clone()),
    };
    of(severity, format!("could not be proven: the last check of {subject} was inconclusive."))
        .value(Measure::count(still.len(), "backup"))
        .why(said(first))
        .act("See what was missing, provide it, and check again.", act)
        .details(details(&still))
}

/// A backup of which nothing is known can be looked at.
fn verify(facts: &ProjectFacts) -> Act {
    match (&facts.standing.newest_proof, &facts.newest) {
        (None, Some(newest)) => Act::Verify(newest.backup_id.clone()),
        _ => Act::None,
    }
}

fn verify_advice(facts: &ProjectFacts) -> &'static str {
    if facts.standing.newest_proof.is_none() { "Verify its newest backup." } else { "" }
}

fn said(one: &Unproven) -> String {
    let level = match one.proof.level {
        ProofLevel::Bytes => "bytes",
        ProofLevel::Readable => "readable",
        ProofLevel::Restored => "restored",
    };
    let reason = one.proof.reason.trim_end_matches('.');
    format!("The backup of {} ({level}): {reason}.", moment_words(one.at_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{HOUR, proof, unproven, well};

    #[test]
    fn one_backup_that_is_wrong_is_critical_whatever_else_is_well() {
        let mut facts = well();
        facts.unproven = vec![
            unproven(ProofLevel::Readable, Verdict::Inconclusive, HOUR),
            unproven(ProofLevel::Bytes, Verdict::Fail, 9 * HOUR),
        ];
        let finding = check(&facts);
        assert_eq!(finding.severity, Severity::Critical);
        assert_eq!(finding.value.unwrap().number, 1);
        assert!(finding.why.contains("(bytes): it was read."), "{}", finding.why);
    }

    #[test]
    fn a_drill_that_failed_is_forgiven_by_a_later_one_that_passed() {
        let mut facts = well();
        facts.unproven = vec![unproven(ProofLevel::Restored, Verdict::Fail, 5 * HOUR)];
        assert_eq!(check(&facts).severity, Severity::Ok, "it passed three hours ago");
        facts.unproven = vec![unproven(ProofLevel::Restored, Verdict::Fail, HOUR)];
        assert_eq!(check(&facts).severity, Severity::Critical);
        facts.unproven = vec![unproven(ProofLevel::Bytes, Verdict::Fail, 5 * HOUR)];
        assert_eq!(
            check(&facts).severity,
            Severity::Critical,
            "no drill mends damaged bytes of another backup"
        );
    }

    #[test]
    fn what_is_inconclusive_is_unknown_for_the_newest_and_a_note_for_others() {
        let mut facts = well();
        facts.unproven = vec![unproven(ProofLevel::Readable, Verdict::Inconclusive, HOUR)];
        assert_eq!(check(&facts).severity, Severity::Unknown);
        let mut newest = proof(ProofLevel::Readable, Verdict::Pass, HOUR);
        newest.backup_id = "c".repeat(64);
        facts.standing.newest_proof = Some(newest);
        assert_eq!(check(&facts).severity, Severity::Info);
    }

    #[test]
    fn what_nobody_looked_at_here_is_unknown_and_not_well() {
        let mut facts = well();
        facts.standing.newest_proof = None;
        let finding = check(&facts);
        assert_eq!((finding.severity, matches!(finding.act, Act::Verify(_))), (Severity::Unknown, true));
    }
}
