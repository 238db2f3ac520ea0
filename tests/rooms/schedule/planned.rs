//! What is due, and why not, in single situations.

use engine::schedule::{
    Creates, Facts, Maintenance, Outlook, Paused, Power, QuietHours, Rule, Run, ScheduleFacts, Seen, State,
    TimeOfDay, Work, look,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ledger::catalog::SlotState;

use super::world::{at, nightly};

fn facts(now: &str) -> Facts {
    Facts { now: at(now), zone: TimeZone::UTC, seen: Seen::NOTHING, paused: None }
}

fn seen(now: &str, one: &ScheduleFacts, seen: Seen) -> Outlook {
    look(&Facts { seen, ..facts(now) }, one)
}

fn run(slot: &str, state: SlotState, attempts: u32, ended: Option<&str>) -> Run {
    let said = Some("the server does not answer".to_owned());
    Run { slot: at(slot), state, attempts, ended: ended.map(at), job_id: None, said }
}

#[test]
fn the_last_verified_success_decides_and_not_whether_something_ran() {
    let mut one = nightly();
    one.last_success = Some(at("2026-11-20T02:00:10Z"));
    let asleep = look(&facts("2026-11-21T01:59:59Z"), &one);
    assert_eq!((asleep.state, asleep.next_at), (State::Planned, Some(at("2026-11-21T02:00Z"))));
    let due = look(&facts("2026-11-21T02:00Z"), &one);
    assert_eq!((due.state, due.slot), (State::Due, Some(at("2026-11-21T02:00Z"))));
    // A person's backup after the slot is as good as one of the schedule.
    one.last_success = Some(at("2026-11-21T02:00Z"));
    let done = look(&facts("2026-11-21T09:00Z"), &one);
    assert_eq!((done.state, done.next_at), (State::Planned, Some(at("2026-11-22T02:00Z"))));
}

#[test]
fn what_a_platform_deletes_before_the_next_time_is_fetched_a_day_before_and_once() {
    let mut one = nightly();
    one.schedule.work = Work::Pull;
    one.schedule.rule = Rule::monthly("1", "02:00").unwrap();
    one.last_success = Some(at("2026-11-01T02:00:10Z"));
    one.goes_there_at = Some(at("2026-11-20T12:00Z"));
    let early = look(&facts("2026-11-18T09:00Z"), &one);
    assert_eq!((early.state, early.next_at), (State::Planned, Some(at("2026-11-19T12:00Z"))));
    let due = look(&facts("2026-11-19T12:00Z"), &one);
    assert_eq!((due.state, due.slot), (State::Due, Some(at("2026-11-19T12:00Z"))));
    // It was looked for in time: what is still not here fails by itself, and is tried no more than a slot is.
    one.last_success = Some(at("2026-11-19T12:00:10Z"));
    let done = look(&facts("2026-11-19T13:00Z"), &one);
    assert_eq!((done.state, done.next_at), (State::Planned, Some(at("2026-12-01T02:00Z"))));
    one.last_success = Some(at("2026-11-01T02:00:10Z"));
    one.runs = vec![run("2026-11-19T12:00Z", SlotState::Failed, 4, Some("2026-11-19T13:30Z"))];
    assert_eq!(look(&facts("2026-11-19T14:00Z"), &one).state, State::GivenUp);
    // One that was set within the last day is due at once.
    one.runs.clear();
    one.schedule.set_at_ms = at("2026-11-20T08:00Z").as_millisecond();
    assert_eq!(look(&facts("2026-11-20T08:01Z"), &one).slot, Some(at("2026-11-20T08:00Z")));
}

#[test]
fn what_a_platform_is_about_to_delete_does_not_take_the_place_of_what_is_to_be_made() {
    let mut one = nightly();
    one.schedule.work = Work::Pull;
    one.schedule.creates = Some(Creates {
        kind: "full".into(),
        compress: true,
        encrypt: false,
        format: None,
        notify_email: None,
        range_ms: None,
    });
    one.last_success = Some(at("2026-11-20T02:00:00Z"));
    // The computer slept through the night; something else goes tomorrow.
    one.goes_there_at = Some(at("2026-11-22T03:00Z"));
    let slot = |one: &ScheduleFacts| look(&facts("2026-11-21T09:00Z"), one).slot;
    assert_eq!(slot(&one), Some(at("2026-11-21T02:00Z")), "making also fetches");
    // While its next attempt is waited for, the other slot is not due either.
    one.runs = vec![run("2026-11-21T02:00Z", SlotState::Failed, 1, Some("2026-11-21T08:59Z"))];
    let waits = look(&facts("2026-11-21T09:00Z"), &one);
    assert_eq!((waits.state, waits.slot), (State::Retrying, Some(at("2026-11-21T02:00Z"))));
    // Once it is given up, what goes is fetched all the same.
    one.runs = vec![run("2026-11-21T02:00Z", SlotState::Failed, 4, Some("2026-11-21T08:00Z"))];
    assert_eq!(slot(&one), Some(at("2026-11-21T03:00Z")));
}

#[test]
fn what_one_run_could_not_fetch_before_it_goes_is_due_again() {
    let mut one = nightly();
    one.schedule.work = Work::Pull;
    // The rule's run came to its limits: it is done, and what goes tomorrow is not here.
    one.last_success = Some(at("2026-11-19T02:00:10Z"));
    one.goes_there_at = Some(at("2026-11-21T20:00Z"));
    one.runs = vec![run("2026-11-21T02:00Z", SlotState::Succeeded, 1, Some("2026-11-21T04:00Z"))];
    let due = look(&facts("2026-11-21T04:01Z"), &one);
    assert_eq!((due.state, due.slot), (State::Due, Some(at("2026-11-20T20:00Z"))));
}

#[test]
fn what_was_missed_for_a_week_is_one_run() {
    let mut one = nightly();
    one.last_success = Some(at("2026-11-14T02:00:10Z"));
    let due = look(&facts("2026-11-21T09:30Z"), &one);
    assert_eq!((due.state, due.slot), (State::Due, Some(at("2026-11-21T02:00Z"))));
    assert!(due.because.contains("this one run makes up for all of them"), "{}", due.because);
    one.last_success = Some(at("2026-11-21T09:30:20Z"));
    assert_eq!(look(&facts("2026-11-21T09:40Z"), &one).state, State::Planned);
}

#[test]
fn a_failure_is_tried_three_times_more_each_wait_longer_and_then_needs_a_person() {
    let mut one = nightly();
    one.last_success = Some(at("2026-11-20T02:00:10Z"));
    let (slot, failed) = ("2026-11-21T02:00Z", "2026-11-21T03:00Z");
    for (attempts, minutes) in [(1, 5), (2, 15), (3, 45)] {
        one.runs = vec![run(slot, SlotState::Failed, attempts, Some(failed))];
        let again = at(failed) + SignedDuration::from_mins(minutes);
        let waits = look(&facts("2026-11-21T03:01Z"), &one);
        assert_eq!((waits.state, waits.next_at), (State::Retrying, Some(again)), "{}", waits.because);
        assert!(waits.because.contains("the server does not answer"), "{}", waits.because);
        let now = look(&Facts { now: again, ..facts(failed) }, &one);
        assert_eq!((now.state, now.attempts), (State::Due, attempts));
    }
    // It may fail while somebody looks: the clock was read just before.
    let just_before = at(failed) - SignedDuration::from_millis(200);
    let looked = look(&Facts { now: just_before, ..facts(failed) }, &one);
    assert_eq!((looked.state, looked.attempts), (State::Retrying, 3), "{}", looked.because);
    one.runs = vec![run(slot, SlotState::Failed, 4, Some(failed))];
    let over = look(&facts("2026-11-21T23:00Z"), &one);
    assert_eq!((over.state, over.next_at), (State::GivenUp, Some(at("2026-11-22T02:00Z"))));
    assert!(over.because.contains("Tried 4 times in vain: the server does not answer"), "{}", over.because);
    // The next slot is begun anew.
    assert_eq!(look(&facts("2026-11-22T02:00Z"), &one).attempts, 0);
    assert_eq!(look(&facts("2026-11-22T02:00Z"), &one).state, State::Due);
}

#[test]
fn a_run_that_a_person_ended_is_not_begun_again_and_one_that_was_killed_is() {
    let mut one = nightly();
    one.runs = vec![run("2026-11-21T02:00Z", SlotState::Stopped, 1, Some("2026-11-21T02:05Z"))];
    assert_eq!(look(&facts("2026-11-21T12:00Z"), &one).state, State::GivenUp);
    one.runs = vec![run("2026-11-21T02:00Z", SlotState::Interrupted, 1, Some("2026-11-21T02:05Z"))];
    assert_eq!(look(&facts("2026-11-21T02:05Z"), &one).state, State::Due);
    one.runs = vec![run("2026-11-21T02:00Z", SlotState::Running, 1, None)];
    assert_eq!(look(&facts("2026-11-21T12:00Z"), &one).state, State::Running);
}

#[test]
fn a_success_that_is_yet_to_come_stops_nothing_and_is_said() {
    let mut one = nightly();
    (one.last_success, one.future_success) =
        (Some(at("2026-11-20T02:00:10Z")), Some(at("2031-01-01T00:00Z")));
    let due = look(&facts("2026-11-21T02:00Z"), &one);
    assert_eq!(due.state, State::Due);
    assert!(due.notes[0].contains("the clock was set back"), "{:?}", due.notes);
    // What was done for a slot before the clock went back over it is not done again.
    one.runs = vec![run("2026-11-21T02:00Z", SlotState::Succeeded, 1, Some("2026-11-21T02:01Z"))];
    assert_eq!(look(&facts("2026-11-21T02:00:30Z"), &one).state, State::Planned);
    // Nor is a schedule that was set in the future held up until then.
    one.schedule.set_at_ms = at("2031-01-01T00:00Z").as_millisecond();
    assert_eq!(look(&facts("2026-11-22T02:00Z"), &one).state, State::Due);
    // Nor a retry whose failure is yet to come.
    one.runs = vec![run("2026-11-22T02:00Z", SlotState::Failed, 1, Some("2031-01-01T00:00Z"))];
    assert_eq!(look(&facts("2026-11-22T02:01Z"), &one).state, State::Due);
}

#[test]
fn conditions_hold_it_up_until_the_recovery_point_is_at_risk() {
    let mut one = nightly();
    one.goal_ms = 48 * 3_600_000;
    one.recovery_point = Some(at("2026-11-20T02:00Z"));
    let low = Seen { power: Power::Battery { percent: 29 }, ..Seen::NOTHING };
    let metered = Seen { is_metered: Some(true), ..Seen::NOTHING };
    for (seen_now, words) in [(low, "the battery is at 29 %"), (metered, "the network is metered")] {
        let waits = seen("2026-11-21T02:00Z", &one, seen_now);
        assert_eq!(waits.state, State::Waiting, "{}", waits.because);
        assert!(waits.because.contains(words), "{}", waits.because);
        let at_risk = seen("2026-11-21T21:12Z", &one, seen_now);
        assert_eq!(at_risk.state, State::Due, "{}", at_risk.because);
        assert!(
            at_risk.notes[0].contains(words) && at_risk.notes[0].contains("its goal is 48 h"),
            "{at_risk:?}"
        );
    }
    let enough = Seen { power: Power::Battery { percent: 30 }, ..Seen::NOTHING };
    assert_eq!(seen("2026-11-21T02:00Z", &one, enough).state, State::Due);
    assert_eq!(seen("2026-11-21T02:00Z", &one, Seen::NOTHING).state, State::Due);
}

#[test]
fn without_a_network_nothing_is_tried_however_old_the_recovery_point_is() {
    let mut one = nightly();
    one.needs_network = true;
    let none = Seen { has_network: Some(false), ..Seen::NOTHING };
    let waits = seen("2026-11-28T02:00Z", &one, none);
    assert_eq!((waits.state, waits.attempts), (State::Waiting, 0));
    assert!(waits.because.ends_with("there is no network."), "{}", waits.because);
    one.needs_network = false;
    assert_eq!(seen("2026-11-28T02:00Z", &one, none).state, State::Due);
}

#[test]
fn a_run_that_goes_on_and_a_full_disk_are_waited_for() {
    let mut one = nightly();
    one.busy = Some("Restoring shop".into());
    let waits = look(&facts("2026-11-21T02:00Z"), &one);
    assert_eq!(waits.state, State::Waiting);
    assert!(waits.because.contains("a run of shop goes on (Restoring shop)"), "{}", waits.because);
    (one.busy, one.obstacle) = (None, Some("the vault's disk has 1.0 MB left".into()));
    assert_eq!(look(&facts("2026-11-21T02:00Z"), &one).state, State::Waiting);
}

#[test]
fn a_pause_says_until_when_and_what_comes_then() {
    let mut one = nightly();
    let pause = |until: Option<Timestamp>| {
        let at_ms = at("2026-11-20T12:00Z").as_millisecond();
        Some(engine::schedule::Paused { at_ms, until_ms: until.map(Timestamp::as_millisecond) })
    };
    one.last_success = Some(at("2026-11-20T02:00:10Z"));
    one.schedule.paused = pause(None);
    let paused = look(&facts("2026-11-21T02:00Z"), &one);
    assert_eq!((paused.state, paused.next_at), (State::Paused, None));
    assert!(paused.because.contains("A run is overdue"), "{}", paused.because);
    one.schedule.paused = pause(Some(at("2026-11-24T12:00Z")));
    let paused = look(&facts("2026-11-20T13:00Z"), &one);
    assert_eq!((paused.state, paused.next_at), (State::Paused, Some(at("2026-11-25T02:00Z"))));
    assert_eq!(look(&facts("2026-11-24T12:00Z"), &one).state, State::Due);
}

#[test]
fn maintenance_of_its_server_is_waited_for_however_old_the_recovery_point_is() {
    let mut one = nightly();
    one.recovery_point = None;
    let hours =
        QuietHours::new(TimeOfDay::parse("01:00").unwrap(), TimeOfDay::parse("03:30").unwrap()).unwrap();
    one.schedule.conditions.maintenance = Some(Maintenance::new(None, hours).unwrap());
    let waits = look(&facts("2026-11-21T02:00Z"), &one);
    assert_eq!((waits.state, waits.next_at), (State::Waiting, Some(at("2026-11-21T03:30Z"))));
    assert!(waits.because.contains("its server is being maintained (01:00-03:30)"), "{}", waits.because);
    assert_eq!(look(&facts("2026-11-21T03:30Z"), &one).state, State::Due);
}

#[test]
fn a_pause_of_everything_holds_beside_a_pause_of_its_own_and_the_longer_one_counts() {
    let mut one = nightly();
    let paused = |until: Option<&str>| {
        let at_ms = at("2026-11-20T12:00Z").as_millisecond();
        Paused { at_ms, until_ms: until.map(|until| at(until).as_millisecond()) }
    };
    let with = |all: Option<Paused>, one: &ScheduleFacts| {
        look(&Facts { paused: all, ..facts("2026-11-21T02:00Z") }, one)
    };
    assert_eq!(with(None, &one).state, State::Due);
    let held = with(Some(paused(Some("2026-11-21T08:00Z"))), &one);
    assert_eq!((held.state, held.next_at), (State::Paused, Some(at("2026-11-21T08:00Z"))));
    one.schedule.paused = Some(paused(Some("2026-11-22T08:00Z")));
    let longer = with(Some(paused(Some("2026-11-21T08:00Z"))), &one);
    assert_eq!(longer.next_at, Some(at("2026-11-22T08:00Z")));
    let open = with(Some(paused(None)), &one);
    assert_eq!((open.next_at, open.why.as_deref()), (None, Some("until it is resumed")));
    // A pause that is over holds nothing.
    one.schedule.paused = None;
    assert_eq!(with(Some(paused(Some("2026-11-21T01:00Z"))), &one).state, State::Due);
}
