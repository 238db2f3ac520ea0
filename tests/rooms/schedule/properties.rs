//! What holds for every schedule at every moment.

use engine::schedule::{
    Conditions, Facts, Rule, Run, ScheduleFacts, Seen, State, TimeOfDay, Zone, first_after, last_within,
    look, upcoming,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ledger::catalog::SlotState;
use proptest::prelude::*;

use super::world::nightly;

const ZONES: [&str; 5] =
    ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];
const EXPRESSIONS: [&str; 6] =
    ["*/10 * * * *", "0-59 1-23 * * *", "30 2 * * *", "0 3 1 * mon", "15,45 */6 * * *", "0 0 29 2 *"];

fn rules() -> impl Strategy<Value = Rule> {
    let time = || (0..24u8, 0..60u8).prop_map(|(h, m)| TimeOfDay::parse(&format!("{h:02}:{m:02}")).unwrap());
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    prop_oneof![
        Just(Rule::Hourly),
        time().prop_map(|at| Rule::Daily { at }),
        (0..7usize, time()).prop_map(move |(day, at)| Rule::weekly(days[day], &at.to_string()).unwrap()),
        (1..32u8, time()).prop_map(|(day, at)| Rule::Monthly { day, at }),
        (0..EXPRESSIONS.len()).prop_map(|one| Rule::cron(EXPRESSIONS[one]).unwrap()),
    ]
}

fn zones() -> impl Strategy<Value = TimeZone> {
    (0..ZONES.len()).prop_map(|one| TimeZone::get(ZONES[one]).unwrap())
}

/// Between 2010 and 2029, with more that are near a change of a clock.
fn moments() -> impl Strategy<Value = Timestamp> {
    let any = 1_262_304_000_000..1_893_456_000_000i64;
    let berlin = (1_774_746_000_000i64..1_774_746_000_001).prop_flat_map(|at| at - 8_000_000..at + 8_000_000);
    prop_oneof![any, berlin].prop_map(|at| Timestamp::from_millisecond(at).unwrap())
}

fn schedules() -> impl Strategy<Value = (ScheduleFacts, Facts)> {
    let spans = (0..40 * 24 * 60i64, 0..90 * 24 * 60i64, 0..1800u32);
    (rules(), zones(), moments(), spans, any::<bool>(), any::<u16>()).prop_map(
        |(rule, zone, now, (set, success, jitter_s), is_utc, id)| {
            let ago = |minutes: i64| now - SignedDuration::from_mins(minutes);
            let mut one = nightly();
            one.schedule.id = format!("schedule {id}");
            one.schedule.rule = rule;
            one.schedule.zone = if is_utc { Zone::Utc } else { Zone::Local };
            one.schedule.conditions = Conditions::usual();
            one.schedule.jitter_s = jitter_s;
            one.schedule.set_at_ms = ago(set).as_millisecond();
            one.last_success = (success < 80 * 24 * 60).then(|| ago(success));
            (one, Facts { now, zone, seen: Seen::NOTHING, paused: None })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn slots_go_forward_and_the_last_is_the_one_that_forward_comes_to(
        rule in rules(), zone in zones(), from in moments()
    ) {
        let slots = upcoming(&rule, &zone, from, 6);
        prop_assert!(slots.iter().all(|slot| *slot > from));
        prop_assert!(slots.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", slots);
        for pair in slots.windows(2) {
            prop_assert_eq!(last_within(&rule, &zone, None, pair[0]), Some(pair[0]));
            let between = pair[1] - SignedDuration::from_millis(1);
            prop_assert_eq!(last_within(&rule, &zone, Some(from), between), Some(pair[0]));
            prop_assert_eq!(first_after(&rule, &zone, between), Some(pair[1]));
        }
    }

    #[test]
    fn what_is_planned_comes_strictly_later_and_what_is_due_is_past((one, facts) in schedules()) {
        let outlook = look(&facts, &one);
        match outlook.state {
            State::Planned => prop_assert!(outlook.next_at.unwrap() > facts.now && outlook.slot.is_none()),
            State::Due => {
                let slot = outlook.slot.unwrap();
                prop_assert!(slot + one.schedule.delay() <= facts.now);
                prop_assert!(slot.as_millisecond() > one.schedule.set_at_ms);
                prop_assert!(one.last_success.is_none_or(|success| slot > success));
            }
            other => prop_assert!(false, "{other:?}"),
        }
        prop_assert!(!outlook.because.is_empty());
    }

    #[test]
    fn one_success_is_enough_whatever_was_missed((mut one, facts) in schedules()) {
        if look(&facts, &one).state == State::Due {
            one.last_success = Some(facts.now);
            prop_assert_eq!(look(&facts, &one).state, State::Planned);
        }
    }

    #[test]
    fn a_slot_that_is_claimed_is_not_due_a_second_time(
        (mut one, facts) in schedules(), ended in any::<bool>(), later in 0..120i64
    ) {
        let outlook = look(&facts, &one);
        let (State::Due, Some(slot)) = (outlook.state, outlook.slot) else { return Ok(()) };
        let state = if ended { SlotState::Succeeded } else { SlotState::Running };
        one.runs.push(Run { slot, state, attempts: 1, ended: None, job_id: None, said: None });
        let after = look(&Facts { now: facts.now + SignedDuration::from_mins(later), ..facts }, &one);
        prop_assert!(after.state != State::Due || after.slot.unwrap() > slot, "{after:?}");
    }

    #[test]
    fn a_later_success_never_makes_anything_due_sooner((one, facts) in schedules(), more in 0..60 * 24 * 60i64) {
        let later = one.last_success.map_or(facts.now - SignedDuration::from_mins(more), |at| {
            (at + SignedDuration::from_mins(more)).min(facts.now)
        });
        let when = |one: &ScheduleFacts| {
            let outlook = look(&facts, one);
            if outlook.state == State::Due { facts.now } else { outlook.next_at.unwrap() }
        };
        let newer = ScheduleFacts { last_success: Some(later), ..one.clone() };
        prop_assert!(when(&newer) >= when(&one));
    }
}
