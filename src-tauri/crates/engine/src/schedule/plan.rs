//! What is due, and why; or when it will be, and why not yet. Pure: all inputs are parameters.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Schedule;
use super::conditions::Obstacle;
use super::outlook::{Facts, Outlook, Run, ScheduleFacts, State};
use super::slots::{first_after, last_within};
use super::words::{self, when};
use ledger::catalog::SlotState;

/// So often a slot is tried: once, and three times again.
pub const ATTEMPTS_MAX: u32 = 4;
/// The first wait after a failure; each further one is three times as long: 5, 15, 45 minutes.
const RETRY_FIRST: SignedDuration = SignedDuration::from_mins(5);
const RETRY_FACTOR: i32 = 3;
/// From this part of its goal on the age of a recovery point is at risk.
const AT_RISK_NUMERATOR: i64 = 9;
const AT_RISK_DENOMINATOR: i64 = 10;

/// So long before a platform deletes something it is fetched, whatever the rule says.
const FETCHED_BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// So far ahead of now a moment of the past may be, without a clock having been set.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Says what is to be done for one schedule.
pub fn look(facts: &Facts, one: &ScheduleFacts) -> Outlook {
    let Slots { due, next, missed } = slots(facts, one);
    let next_at = next.and_then(|slot| slot.checked_add(one.schedule.delay()).ok());
    let base = Outlook {
        state: State::Planned,
        slot: due,
        attempts: 0,
        next_at,
        because: String::new(),
        why: None,
        notes: notes(facts, one),
    };
    let zone = one.schedule.zone.on(&facts.zone);
    if let Some(run) = one.runs.iter().find(|run| run.state == SlotState::Running) {
        let because = format!("The run of {} goes on.", when(run.slot, &zone));
        return Outlook {
            state: State::Running,
            slot: Some(run.slot),
            attempts: run.attempts,
            because,
            ..base
        };
    }
    if let Some(paused) = facts.pause_of(&one.schedule) {
        return pause(base, one, paused.until(), &facts.zone);
    }
    let Some(slot) = due else {
        let because = words::nothing_due(one, next_at, &zone);
        let state = if next_at.is_some() { State::Planned } else { State::Over };
        return Outlook { state, because, ..base };
    };
    if let Some(run) = one.runs.iter().find(|run| run.slot == slot)
        && let Some(held) = after_failure(facts, &base, run, &zone)
    {
        return held;
    }
    let attempts = one.runs.iter().find(|run| run.slot == slot).map_or(0, |run| run.attempts);
    in_the_way(facts, one, &Outlook { attempts, ..base }, slot, missed, &zone)
}

struct Slots {
    /// The last slot that is not done; all before it are done with it.
    due: Option<Timestamp>,
    /// The next one.
    next: Option<Timestamp>,
    /// Whether others were missed before it.
    missed: bool,
}

fn slots(facts: &Facts, one: &ScheduleFacts) -> Slots {
    let Schedule { rule, zone, set_at_ms, .. } = &one.schedule;
    let zone = zone.on(&facts.zone);
    // Runs begin later than their slots by the same span: so long ago is now, as far as slots go.
    let now = facts.now.checked_sub(one.schedule.delay()).unwrap_or(facts.now);
    // A moment of the future says that a clock was set back: it is not believed, and forbids nothing.
    let set_at = Timestamp::from_millisecond(*set_at_ms).ok().filter(|at| !is_ahead(facts, *at));
    let basis = set_at.max(one.last_success.filter(|at| *at <= facts.now));
    let (of_rule, beside) = (last_within(rule, &zone, basis, now), before_it_goes(one, basis, now));
    let last = of_rule.max(beside);
    let due = due_of(one, of_rule, beside);
    let missed = due.is_some_and(|due| {
        let before = due.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(due);
        basis.is_some() && last_within(rule, &zone, basis, before).is_some()
    });
    let from = last.or(basis).map_or(now, |at| at.max(now));
    let ahead = one.goes_there_at.and_then(|at| at.checked_sub(FETCHED_BEFORE).ok()).filter(|at| *at > now);
    let next = [first_after(rule, &zone, from), ahead].into_iter().flatten().min();
    Slots { due, next, missed }
}

/// Which of the rule's slot and the one beside it is due; where both are over, the last of them that did not succeed.
fn due_of(one: &ScheduleFacts, of_rule: Option<Timestamp>, beside: Option<Timestamp>) -> Option<Timestamp> {
    let run = |slot: &Timestamp| one.runs.iter().find(|run| run.slot == *slot);
    let is_open = |slot: &Timestamp| {
        run(slot).is_none_or(|run| {
            !matches!(run.state, SlotState::Succeeded | SlotState::Stopped) && run.attempts < ATTEMPTS_MAX
        })
    };
    // What the rule has made at the platform is fetched with all else, so that slot does the work of both; the
    // other one would leave it unmade.
    let first = of_rule.filter(|slot| one.schedule.creates.is_some() && is_open(slot));
    let open = first.or_else(|| [of_rule, beside].into_iter().flatten().filter(is_open).max());
    let failed = || {
        let last = of_rule.max(beside)?;
        run(&last).is_none_or(|run| run.state != SlotState::Succeeded).then_some(last)
    };
    open.or_else(failed)
}

/// A slot of its own for what a platform deletes before the next time: a day before, or at once.
fn before_it_goes(one: &ScheduleFacts, basis: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let slot = one.goes_there_at?.checked_sub(FETCHED_BEFORE).ok()?;
    let slot = basis.map_or(slot, |basis| slot.max(basis));
    let was_looked_for = one.last_success.is_some_and(|at| at >= slot);
    (slot <= now && !was_looked_for).then_some(slot)
}

/// Whether a moment at which something was set is yet to come. Clocks are put right by a little every day.
fn is_ahead(facts: &Facts, set_at: Timestamp) -> bool {
    set_at.duration_since(facts.now) > AHEAD_MAX
}

fn pause(base: Outlook, one: &ScheduleFacts, until: Option<Timestamp>, local: &TimeZone) -> Outlook {
    let zone = one.schedule.zone.on(local);
    let overdue = if base.slot.is_some() { " A run is overdue, and will be made up for." } else { "" };
    let (why, next_at) = match until {
        None => ("until it is resumed".to_owned(), None),
        Some(until) => {
            let begins = until.checked_sub(one.schedule.delay()).unwrap_or(until);
            let first = first_after(&one.schedule.rule, &zone, begins)
                .and_then(|slot| slot.checked_add(one.schedule.delay()).ok());
            let next = if base.slot.is_some() { Some(until) } else { first };
            (format!("until {}", when(until, &zone)), next)
        }
    };
    let because = format!("Paused {why}.{overdue}");
    Outlook { state: State::Paused, because, why: Some(why), next_at, ..base }
}

/// What the attempts at this slot so far say; nothing where it may be begun.
fn after_failure(facts: &Facts, base: &Outlook, run: &Run, zone: &TimeZone) -> Option<Outlook> {
    let why = run.said.clone().unwrap_or_else(|| "no reason is known".into());
    let why = why.trim_end_matches('.');
    let next = words::next(base.next_at, zone);
    let base = Outlook { attempts: run.attempts, why: Some(why.to_owned()), ..base.clone() };
    let held = |state, because| Some(Outlook { state, because, ..base.clone() });
    match run.state {
        SlotState::Stopped => held(State::GivenUp, format!("A person ended it ({why}). {next}")),
        SlotState::Failed | SlotState::Interrupted if run.attempts >= ATTEMPTS_MAX => held(
            State::GivenUp,
            format!("Tried {} times in vain: {why}. It needs a person. {next}", run.attempts),
        ),
        SlotState::Failed => {
            // An end that is yet to come for long was written before a clock was set back; it may end while
            // somebody looks.
            let ended = run.ended.filter(|ended| !is_ahead(facts, *ended))?;
            let again = ended.checked_add(delay_after(run.attempts)).ok()?;
            if again <= facts.now {
                return None;
            }
            let because = format!(
                "Attempt {} of {ATTEMPTS_MAX} failed: {why}. It is tried again at {}.",
                run.attempts,
                when(again, zone)
            );
            let next_at = base.next_at.map_or(again, |next| next.min(again));
            Some(Outlook { state: State::Retrying, because, next_at: Some(next_at), ..base.clone() })
        }
        SlotState::Interrupted | SlotState::Running | SlotState::Succeeded => None,
    }
}

/// How long is waited after so many attempts.
fn delay_after(attempts: u32) -> SignedDuration {
    let factor = RETRY_FACTOR.saturating_pow(attempts.saturating_sub(1));
    RETRY_FIRST.checked_mul(factor).unwrap_or(SignedDuration::MAX)
}

/// Due; now, or once nothing is in the way any more.
fn in_the_way(
    facts: &Facts,
    one: &ScheduleFacts,
    base: &Outlook,
    slot: Timestamp,
    missed: bool,
    zone: &TimeZone,
) -> Outlook {
    let waiting = |why: &str, until: Option<Timestamp>| Outlook {
        state: State::Waiting,
        because: format!("Due since {}, and waiting: {why}.", when(slot, zone)),
        why: Some(why.to_owned()),
        next_at: until,
        ..base.clone()
    };
    if let Some(busy) = &one.busy {
        return waiting(&format!("a run of {} goes on ({busy})", one.schedule.project), None);
    }
    if one.needs_network && facts.seen.has_network == Some(false) {
        return waiting("there is no network", None);
    }
    if let Some(obstacle) = &one.obstacle {
        return waiting(obstacle, None);
    }
    if let Some(Obstacle { why, until }) = one.schedule.conditions.maintenance_now(zone, facts.now) {
        return waiting(&why, until);
    }
    let mut due = Outlook {
        state: State::Due,
        because: words::due(one, slot, missed, base.attempts, zone),
        next_at: Some(facts.now),
        ..base.clone()
    };
    let Some(obstacle) = one.schedule.conditions.obstacle(facts.seen, zone, facts.now) else { return due };
    if !is_at_risk(facts, one) {
        return waiting(&obstacle.why, obstacle.until);
    }
    due.notes.push(format!("It runs although {}: {}", obstacle.why, words::risk(one, facts.now)));
    due
}

/// Whether waiting would cost more than the goal allows.
fn is_at_risk(facts: &Facts, one: &ScheduleFacts) -> bool {
    let Some(point) = one.recovery_point else { return one.schedule.work.brings_recovery_point() };
    let age = facts.now.duration_since(point).as_millis();
    one.schedule.work.brings_recovery_point()
        && age >= i128::from(one.goal_ms) * i128::from(AT_RISK_NUMERATOR) / i128::from(AT_RISK_DENOMINATOR)
}

/// What clocks did.
fn notes(facts: &Facts, one: &ScheduleFacts) -> Vec<String> {
    let zone = one.schedule.zone.on(&facts.zone);
    let mut notes = Vec::new();
    if let Some(future) = one.future_success.filter(|at| *at > facts.now) {
        notes.push(format!(
            "The last success is dated {}, which is yet to come: the clock was set back. It is not counted.",
            when(future, &zone)
        ));
    }
    let set_at = Timestamp::from_millisecond(one.schedule.set_at_ms).ok();
    if let Some(set_at) = set_at.filter(|at| is_ahead(facts, *at)) {
        notes.push(format!(
            "It was set at {}, which is yet to come: the clock was set back since.",
            when(set_at, &zone)
        ));
    }
    notes
}
