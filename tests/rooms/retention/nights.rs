//! Nights in a row: what a policy has kept after weeks, years, and while the source fails.

use engine::retention::{Candidate, Policy, Preset, Source, decide, pause};
use jiff::tz::TimeZone;

use super::history::{DAY, HOUR, after, backup, fates, nights, nothing, now};

/// Removes each night what the policy does not keep, for so many nights on which nothing new arrives.
fn failing(policy: &Policy, mut backups: Vec<Candidate>, nights: i64) -> Vec<Candidate> {
    for night in 1..=nights {
        backups = after(policy, &backups, now() + night * DAY);
    }
    backups
}

#[test]
fn the_source_fails_for_fifteen_nights_and_retention_eats_nothing() {
    for preset in Preset::ALL {
        let policy = Policy { zone: "Europe/Berlin".into(), ..preset.policy() };
        let before = after(&policy, &nights(400), now());

        // Even where nobody notices that the source fails.
        assert_eq!(failing(&policy, before.clone(), 15), before, "{}", preset.name());

        let mut source = Source {
            project: "shop".into(),
            is_archived: false,
            last_runs: vec![true],
            recovery_point_ms: Some(now() - 10 * HOUR),
            oldest: None,
            dated_later_ms: None,
            restore_failed_ms: None,
            rpo_ms: Some(DAY),
        };
        for night in 1..=15 {
            source.last_runs.insert(0, false);
            let at = now() + night * DAY;
            let is_paused = pause(&source, at).is_some();
            assert!(is_paused, "night {night}");
            let fates = decide(Some(&policy), &nights(400), is_paused, &TimeZone::UTC, at);
            assert!(fates.iter().all(|fate| fate.is_kept));
        }
    }
}

#[test]
fn after_ten_years_of_nights_the_tiers_hold_what_they_say() {
    let policy = Policy { zone: "UTC".into(), ..Preset::Omniops.policy() };
    let mut backups: Vec<Candidate> = Vec::new();
    for night in (0..3650).rev() {
        backups.push(backup(&format!("night {night:04}"), night * DAY + 10 * HOUR));
        backups = after(&policy, &backups, now() - night * DAY);
    }
    let at_tier = |code: &str| {
        let kept = fates(&policy, &backups, now());
        kept.iter().filter(|fate| fate.reasons.iter().any(|reason| reason.code() == code)).count()
    };
    let tiers = ["hourly", "daily", "weekly", "monthly", "yearly"].map(at_tier);
    assert_eq!(tiers, [24, 30, 12, 12, 7]);
    // Thirty days, the weeks and months before them that are not among those, and the years.
    assert!((45..=60).contains(&backups.len()), "{}", backups.len());
}

#[test]
fn the_last_seven_are_seven_and_thirty_days_are_thirty() {
    let keep_7 = Policy { zone: "UTC".into(), floor: 3, ..Preset::Keep7.policy() };
    assert_eq!(after(&keep_7, &nights(100), now()).len(), 7);
    let thirty = Policy { zone: "UTC".into(), ..Preset::ThirtyDays.policy() };
    // The newest, and one each day until the one that is exactly thirty days older.
    assert_eq!(after(&thirty, &nights(100), now()).len(), 31);
}

#[test]
fn an_expiry_is_said_a_week_ahead_and_not_before() {
    let policy = Policy { within_ms: Some(30 * DAY), ..nothing() };
    let all = fates(&policy, &nights(31), now());
    let within_a_week =
        |fate: &&engine::retention::Fate| fate.until_ms.is_some_and(|at| at <= now() + 7 * DAY);
    let soon: Vec<&str> = all.iter().filter(within_a_week).map(|fate| fate.id.as_str()).collect();
    // Of thirty days, taken ten hours before noon: the ones that are 23 days old and older.
    let expected: Vec<String> = (23..=30).map(|night| format!("night {night:04}")).collect();
    assert_eq!(soon, expected);
}
