//! Histories of backups and policies: written by hand, and at random.

use engine::retention::{Candidate, Fate, Need, Policy, decide};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ledger::catalog::{LATER_MAX_MS, ProofLevel};
use ledger::component::{Component, Components};
use proptest::prelude::*;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A moment by its text.
pub(crate) fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

/// The moment from which histories look back: a Sunday, at noon.
pub(crate) fn now() -> i64 {
    at("2026-11-22T12:00:00Z")
}

pub(crate) fn database() -> Components {
    Components::NONE.with(Component::Database)
}

/// A verified backup of so long ago.
pub(crate) fn backup(name: &str, age_ms: i64) -> Candidate {
    Candidate {
        id: name.into(),
        at_ms: now() - age_ms,
        holds: database(),
        remote_id: None,
        needs_id: None,
        held_back: None,
        level: Some(ProofLevel::Readable),
        is_failed: false,
        restore_failed: false,
        clock_skew_ms: None,
        hold: None,
        until_ms: None,
        needs: Vec::new(),
    }
}

/// One backup each night, the newest ten hours ago.
pub(crate) fn nights(count: i64) -> Vec<Candidate> {
    (0..count).map(|night| backup(&format!("night {night:04}"), night * DAY + 10 * HOUR)).collect()
}

/// A policy with no figure, a floor of one, in UTC.
pub(crate) fn nothing() -> Policy {
    Policy { floor: 1, zone: "UTC".into(), ..Policy::nothing() }
}

/// What becomes of them, while backups arrive.
pub(crate) fn fates(policy: &Policy, backups: &[Candidate], now_ms: i64) -> Vec<Fate> {
    decide(Some(policy), backups, false, &policy.time_zone().unwrap_or(TimeZone::UTC), now_ms)
}

/// The names of those that stay, newest first.
pub(crate) fn kept(policy: &Policy, backups: &[Candidate]) -> Vec<String> {
    fates(policy, backups, now()).into_iter().filter(|fate| fate.is_kept).map(|fate| fate.id).collect()
}

/// What is there once the others were removed.
pub(crate) fn after(policy: &Policy, backups: &[Candidate], now_ms: i64) -> Vec<Candidate> {
    let kept: std::collections::HashSet<String> =
        fates(policy, backups, now_ms).into_iter().filter(|fate| fate.is_kept).map(|fate| fate.id).collect();
    backups.iter().filter(|one| kept.contains(&one.id)).cloned().collect()
}

fn level() -> impl Strategy<Value = Option<ProofLevel>> {
    prop_oneof![
        2 => Just(None),
        1 => Just(Some(ProofLevel::Bytes)),
        6 => Just(Some(ProofLevel::Readable)),
        2 => Just(Some(ProofLevel::Restored)),
    ]
}

prop_compose! {
    fn candidate()(
        // Dense in the last days, sparse over years; some at the same moment, some as far ahead as clocks may be.
        age in prop_oneof![0..3 * DAY, 0..60 * DAY, 0..4000 * DAY, Just(5 * DAY), -LATER_MAX_MS..0],
        level in level(),
        is_failed in prop::bool::weighted(0.2),
        did_not_come_back in prop::bool::weighted(0.3),
        held in prop::bool::weighted(0.05),
        until in prop::option::weighted(0.1, -30 * DAY..30 * DAY),
        needed in prop::option::weighted(0.05, prop::option::of(-5 * DAY..5 * DAY)),
    ) -> Candidate {
        Candidate {
            id: String::new(),
            at_ms: now() - age,
            holds: database(),
            remote_id: None,
            needs_id: None,
            held_back: None,
            level,
            is_failed,
            // Such a one stands at its bytes, where it stands at all.
            restore_failed: did_not_come_back && level < Some(ProofLevel::Readable),
            clock_skew_ms: None,
            hold: held.then(|| "an audit".to_owned()),
            until_ms: until.map(|after| now() + after),
            needs: needed.into_iter().map(|until| Need {
                what: "an undo".into(),
                until_ms: until.map(|after| now() + after),
            }).collect(),
        }
    }
}

/// Up to four backups that are dated later than now, by this computer's clock or by their servers'.
pub(crate) fn dated_later() -> impl Strategy<Value = Vec<Candidate>> {
    let by_this = (LATER_MAX_MS + 1..4000 * DAY).prop_map(|ahead| (now() + ahead, None));
    let by_server =
        (0..DAY, 1..4000 * DAY).prop_map(|(age, behind)| (now() - age, Some(-(age + LATER_MAX_MS + behind))));
    let one = (prop_oneof![by_this, by_server], candidate())
        .prop_map(|((at_ms, clock_skew_ms), one)| Candidate { at_ms, clock_skew_ms, ..one });
    prop::collection::vec(one, 1..5).prop_map(|mut all| {
        for (number, one) in all.iter_mut().enumerate() {
            one.id = format!("later {number}");
        }
        all
    })
}

/// Any history of up to 120 backups.
pub(crate) fn history() -> impl Strategy<Value = Vec<Candidate>> {
    prop::collection::vec(candidate(), 0..120).prop_map(|mut all| {
        for (number, one) in all.iter_mut().enumerate() {
            one.id = format!("{number:04}");
        }
        all
    })
}

prop_compose! {
    /// Any policy.
    pub(crate) fn policy()(
        counts in prop::array::uniform6(prop_oneof![2 => Just(0_u32), 3 => 1..40_u32]),
        within in prop::option::of(HOUR..400 * DAY),
        floor in 1..6_u32,
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"]),
    ) -> Policy {
        let [keep_last, hourly, daily, weekly, monthly, yearly] = counts;
        Policy { keep_last, hourly, daily, weekly, monthly, yearly, within_ms: within, floor, zone: zone.into() }
    }
}

/// A policy, and one that keeps at least as much in every figure.
pub(crate) fn two_policies() -> impl Strategy<Value = (Policy, Policy)> {
    (policy(), policy()).prop_map(|(one, other)| {
        let more = Policy {
            keep_last: one.keep_last.max(other.keep_last),
            hourly: one.hourly.max(other.hourly),
            daily: one.daily.max(other.daily),
            weekly: one.weekly.max(other.weekly),
            monthly: one.monthly.max(other.monthly),
            yearly: one.yearly.max(other.yearly),
            within_ms: one.within_ms.max(other.within_ms),
            floor: one.floor.max(other.floor),
            zone: one.zone.clone(),
        };
        (one, more)
    })
}
