//! Why a backup stays or goes, in the words that people read.

use engine::retention::{Candidate, Need, Policy, Preset};
use jiff::tz::TimeZone;
use ledger::catalog::ProofLevel;

use super::history::{DAY, HOUR, backup, fates, kept, nights, nothing, now};

fn because(policy: &Policy, backups: &[Candidate], id: &str) -> (bool, Vec<String>) {
    let fate = fates(policy, backups, now()).into_iter().find(|fate| fate.id == id).unwrap();
    (fate.is_kept, fate.reasons.iter().map(|reason| reason.words(&TimeZone::UTC)).collect())
}

fn unverified(name: &str, age_ms: i64) -> Candidate {
    Candidate { level: None, ..backup(name, age_ms) }
}

#[test]
fn all_reasons_are_named_and_not_the_first_alone() {
    let policy = Policy { daily: 7, weekly: 12, monthly: 1, floor: 3, ..nothing() };
    let backups = nights(90);
    let newest = because(&policy, &backups, "night 0000");
    let all =
        ["newest verified", "one of the 3 that stay", "daily 2026-11-22", "weekly 47", "monthly 2026-11"];
    assert_eq!(newest, (true, all.map(str::to_owned).into()));
    // The Sunday of the week 36.
    let weekly = because(&policy, &backups, "night 0077");
    assert_eq!(weekly, (true, vec!["weekly 36".to_owned()]));
    assert_eq!(because(&policy, &backups, "night 0076"), (false, vec!["no rule keeps it".to_owned()]));
}

#[test]
fn only_what_is_verified_takes_a_place() {
    let policy = Policy { daily: 2, ..nothing() };
    let backups = [
        backup("today", HOUR),
        unverified("yesterday, newer", DAY),
        backup("yesterday", DAY + HOUR),
        backup("the day before", 2 * DAY),
        Candidate { level: Some(ProofLevel::Bytes), ..backup("bytes", 3 * DAY) },
    ];
    let kept = kept(&policy, &backups);
    assert_eq!(kept, ["today", "yesterday, newer", "yesterday", "bytes"]);
    let (_, words) = because(&policy, &backups, "yesterday, newer");
    assert_eq!(words, ["not verified: does not count, kept until 2026-12-05"]);
}

#[test]
fn what_is_not_verified_goes_only_when_it_is_old_and_enough_newer_ones_are() {
    let policy = Policy { daily: 3, floor: 3, ..nothing() };
    let mut backups = nights(2);
    backups.push(unverified("old", 40 * DAY));
    backups.push(Candidate { is_failed: true, ..unverified("failed", 41 * DAY) });
    let (stays, words) = because(&policy, &backups, "failed");
    assert_eq!(
        (stays, words),
        (true, vec!["not verified: does not count, kept until 3 are verified".into()])
    );
    backups.extend(nights(4).split_off(2));
    assert_eq!(because(&policy, &backups, "old"), (false, vec!["not verified, and newer ones are".into()]));
    let failed = because(&policy, &backups, "failed");
    assert_eq!(failed, (false, vec!["its last proof failed, and newer ones are verified".into()]));
    let alone = because(&nothing(), &[unverified("alone", 400 * DAY)], "alone");
    assert_eq!(alone, (true, vec!["not verified, and no other one is".into()]));
    let ahead = [backup("verified", 20 * DAY), unverified("newer", 19 * DAY)];
    let (stays, words) = because(&nothing(), &ahead, "newer");
    assert_eq!((stays, words), (true, vec!["not verified, and newer than the newest verified one".into()]));
}

#[test]
fn what_is_dated_later_is_not_the_newest_and_holds_no_place_and_nothing_goes_meanwhile() {
    let policy = Policy { keep_last: 1, floor: 2, ..nothing() };
    let mut backups = nights(5);
    backups.push(backup("ahead", -400 * DAY));
    let all = fates(&policy, &backups, now());
    let ahead = &all[0];
    assert_eq!(
        (ahead.id.as_str(), ahead.counts, ahead.is_kept, ahead.until_ms),
        ("ahead", false, true, None)
    );
    let (_, words) = because(&policy, &backups, "ahead");
    assert_eq!(words, ["dated later than now: does not count until 2027-12-27"]);
    let (_, words) = because(&policy, &backups, "night 0000");
    assert_eq!(words, ["newest verified", "one of the 2 that stay", "one of the last 1"]);
    let (stays, words) = because(&policy, &backups, "night 0004");
    assert_eq!((stays, words), (true, vec!["retention is paused".into(), "no rule keeps it".into()]));
    // The clock of the computer is wrong at this moment, and that of the server says so.
    backups[5] = Candidate { clock_skew_ms: Some(-400 * DAY), ..backup("ahead", HOUR) };
    assert_eq!(kept(&policy, &backups).len(), 6);
    // A server whose clock was a little behind makes no backup odd.
    backups[5] = Candidate { clock_skew_ms: Some(-30 * 60_000), ..backup("ahead", HOUR) };
    assert_eq!(kept(&policy, &backups), ["ahead", "night 0000"]);
}

#[test]
fn what_did_not_come_back_is_not_the_newest_and_holds_no_place() {
    let policy = Policy { keep_last: 1, floor: 2, ..nothing() };
    let mut backups = nights(5);
    for one in &mut backups[..2] {
        *one = Candidate {
            level: Some(ProofLevel::Bytes),
            is_failed: true,
            restore_failed: true,
            ..one.clone()
        };
    }
    let of = |id| because(&policy, &backups, id).1;
    assert_eq!(of("night 0002"), ["newest verified", "one of the 2 that stay", "one of the last 1"]);
    assert_eq!(of("night 0003"), ["one of the 2 that stay"]);
    let newest = of("night 0000");
    assert!(
        newest.iter().all(|why| why.contains("not verified") || why.contains("last proof failed")),
        "{newest:?}"
    );
    assert!(!because(&policy, &backups, "night 0004").0);
}

#[test]
fn a_history_that_another_computer_proved_is_not_eaten_here() {
    // A rebuilt catalogue knows no proof; four nights later the floor is reached.
    let policy = Policy { zone: "UTC".into(), ..Preset::Omniops.policy() };
    let mut backups = nights(1500);
    for one in backups.iter_mut().skip(4) {
        one.level = None;
    }
    let there = fates(&policy, &backups, now());
    let proven: Vec<Candidate> = nights(1500);
    let would_be = fates(&policy, &proven, now());
    for (unproven, proven) in there.iter().zip(&would_be) {
        assert!(unproven.is_kept || !proven.is_kept, "{}: {:?}", unproven.id, proven.reasons);
    }
}

#[test]
fn a_hold_wins_a_date_ends_the_rules_and_an_undo_outlasts_both() {
    let policy = Policy { keep_last: 1, daily: 30, ..nothing() };
    let mut backups = nights(5);
    backups[1].until_ms = Some(now() - DAY);
    backups[2].until_ms = Some(now() - DAY);
    backups[2].hold = Some("the audit".into());
    backups[3].until_ms = Some(now() + DAY);
    backups[4].until_ms = Some(now() - DAY);
    backups[4].needs = vec![Need { what: "the undo of restore 1a2b".into(), until_ms: Some(now() + DAY) }];
    let of = |id| because(&policy, &backups, id);
    assert_eq!(of("night 0001"), (false, vec!["its date came: 2026-11-21".into()]));
    assert_eq!(of("night 0002"), (true, vec!["held: the audit".into()]));
    let dated = (true, vec!["kept until 2026-11-23, as somebody said".into(), "daily 2026-11-19".into()]);
    assert_eq!(of("night 0003"), dated);
    let undo = vec!["needed for the undo of restore 1a2b, until 2026-11-23".to_owned()];
    assert_eq!(of("night 0004"), (true, undo));
    let ends: Vec<Option<i64>> =
        fates(&policy, &backups, now()).iter().map(|fate| fate.until_ms.map(|at| at - now())).collect();
    assert_eq!(ends, [None, None, None, Some(DAY), Some(DAY)]);
}

#[test]
fn a_policy_says_itself_and_its_command_and_one_that_keeps_nothing_is_none() {
    let omniops = Policy { zone: "UTC".into(), ..Preset::Omniops.policy() };
    assert_eq!(
        omniops.words(),
        "Keep 24 hourly, 30 daily, 12 weekly, 12 monthly, 7 yearly; 3 verified always stay. Days are of UTC."
    );
    assert_eq!(omniops.command("shop"), "holdfast retention set shop --preset omniops --time-zone UTC");
    let own = Policy { keep_last: 5, within_ms: Some(36 * HOUR), floor: 2, ..nothing() };
    assert_eq!(
        own.command("my shop"),
        "holdfast retention set 'my shop' --keep-last 5 --within 36h --floor 2 --time-zone UTC"
    );
    let refused = [
        nothing(),
        Policy { daily: 10_001, ..nothing() },
        Policy { daily: 1, floor: 0, ..nothing() },
        Policy { daily: 1, zone: "Atlantis/Capital".into(), ..nothing() },
        Policy { within_ms: Some(1), ..nothing() },
    ];
    assert!(refused.into_iter().all(|policy| policy.checked().is_err()));
}
