//! What holds for any history and any policy.

use std::collections::HashSet;

use engine::retention::{Candidate, Policy, calendar, decide};
use jiff::tz::TimeZone;
use ledger::catalog::ProofLevel;
use proptest::prelude::*;

use super::history::{after, dated_later, fates, history, now, policy, two_policies};

fn counting(backups: &[Candidate]) -> Vec<&Candidate> {
    let mut all: Vec<&Candidate> =
        backups.iter().filter(|one| one.level >= Some(ProofLevel::Readable)).collect();
    all.sort_by(|one, other| other.at_ms.cmp(&one.at_ms).then_with(|| one.id.cmp(&other.id)));
    all
}

fn going(policy: &Policy, backups: &[Candidate]) -> HashSet<String> {
    let all = fates(policy, backups, now()).into_iter();
    all.filter(|fate| !fate.is_kept).map(|fate| fate.id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_newest_verified_and_the_floor_always_stay(backups in history(), policy in policy()) {
        let going = going(&policy, &backups);
        for stays in counting(&backups).into_iter().take(policy.floor as usize) {
            prop_assert!(!going.contains(&stays.id), "{} of the floor goes", stays.id);
        }
        // The guard of deletions also protects the newest of which the bytes are proven.
        let proven = backups.iter().filter(|one| one.level.is_some() && !one.restore_failed);
        let newest = proven.min_by(|one, other| other.at_ms.cmp(&one.at_ms).then_with(|| one.id.cmp(&other.id)));
        prop_assert!(newest.is_none_or(|newest| !going.contains(&newest.id)));
    }

    #[test]
    fn no_backup_that_is_dated_later_makes_another_one_go(
        backups in history(),
        later in dated_later(),
        policy in policy(),
    ) {
        let without = going(&policy, &backups);
        let with: Vec<Candidate> = backups.iter().cloned().chain(later.iter().cloned()).collect();
        let going = going(&policy, &with);
        prop_assert!(going.is_subset(&without), "{:?} go by {later:?}", going.difference(&without));
        // Where all of it counts, nothing goes at all: a clock is wrong, and nobody knows which.
        if !counting(&later).is_empty() {
            prop_assert!(going.is_empty());
        }
    }

    #[test]
    fn where_nothing_is_verified_nothing_goes_and_the_only_one_never(
        mut backups in history(),
        policy in policy(),
    ) {
        for one in &mut backups {
            one.level = one.level.filter(|level| *level == ProofLevel::Bytes);
        }
        prop_assert!(going(&policy, &backups).is_empty());
    }

    #[test]
    fn what_is_held_and_what_an_undo_needs_stays(backups in history(), policy in policy()) {
        let going = going(&policy, &backups);
        for one in &backups {
            let is_needed = one.needs.iter().any(|need| need.until_ms.is_none_or(|until| until > now()));
            let is_dated = one.until_ms.is_some_and(|until| until > now());
            prop_assert!(!(one.hold.is_some() || is_needed || is_dated) || !going.contains(&one.id));
        }
    }

    #[test]
    fn a_policy_that_keeps_more_removes_a_subset((less, more) in two_policies(), backups in history()) {
        prop_assert!(going(&more, &backups).is_subset(&going(&less, &backups)));
    }

    #[test]
    fn once_applied_nothing_more_goes(backups in history(), policy in policy()) {
        let left = after(&policy, &backups, now());
        prop_assert_eq!(going(&policy, &left), HashSet::new());
    }

    #[test]
    fn stopped_after_any_backup_the_rest_is_what_was_planned(
        backups in history(),
        policy in policy(),
        done in 0..120_usize,
    ) {
        let planned = fates(&policy, &backups, now());
        let order: Vec<String> =
            planned.iter().rev().filter(|fate| !fate.is_kept).map(|fate| fate.id.clone()).collect();
        let gone: HashSet<&String> = order.iter().take(done).collect();
        let rest: Vec<Candidate> = backups.iter().filter(|one| !gone.contains(&one.id)).cloned().collect();
        let expected: HashSet<String> = order.iter().skip(done).cloned().collect();
        prop_assert_eq!(going(&policy, &rest), expected);
    }

    #[test]
    fn every_backup_has_its_day_and_a_reason_and_a_date_that_is_to_come(
        backups in history(),
        policy in policy(),
    ) {
        let zone = policy.time_zone().unwrap();
        let fates = fates(&policy, &backups, now());
        let shown: Vec<_> = calendar(&fates, &zone).into_iter().flat_map(|day| day.backups).collect();
        prop_assert_eq!(&shown, &fates);
        prop_assert_eq!(fates.len(), backups.len());
        for fate in &fates {
            prop_assert!(!fate.reasons.is_empty());
            prop_assert!(fate.reasons.iter().all(|reason| !reason.words(&zone).is_empty()));
            prop_assert!(fate.until_ms.is_none() || fate.is_kept);
        }
    }

    #[test]
    fn paused_or_without_a_policy_everything_stays(backups in history(), policy in policy()) {
        let paused = decide(Some(&policy), &backups, true, &TimeZone::UTC, now());
        prop_assert!(paused.iter().all(|fate| fate.is_kept));
        prop_assert!(decide(None, &backups, false, &TimeZone::UTC, now()).iter().all(|fate| fate.is_kept));
    }

    #[test]
    fn the_order_in_which_backups_are_told_changes_nothing(
        (backups, shuffled) in history().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        policy in policy(),
    ) {
        prop_assert_eq!(fates(&policy, &backups, now()), fates(&policy, &shuffled, now()));
    }
}
