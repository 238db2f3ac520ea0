//! The moments at which a rule is due. Pure: reads no clock.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::cron::{self, Expression};
use super::rule::{Rule, TimeOfDay};

const HOUR_S: i64 = 60 * 60;
const DAY_S: i64 = 24 * HOUR_S;
/// How far back is looked for the last slot: near first, so that few slots are walked over. What comes more
/// seldom than the last of them does not come at all (the 29th of February, over 2100: eight years).
const LOOK_BACK_S: [i64; 6] = [HOUR_S, DAY_S, 8 * DAY_S, 40 * DAY_S, 400 * DAY_S, 9 * 366 * DAY_S];
/// Rules of days come at least this often.
const DAYS_MAX: i32 = 64;
/// So many readings of one day are those of moments that have passed, since the clock went back over them.
const READINGS_MAX: u32 = 24 * 60;
/// A clock is set so often at most while one reading is looked for.
const TRANSITIONS_MAX: u32 = 64;

/// The first slot after `after`; nothing where the rule does not come any more.
pub fn first_after(rule: &Rule, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    match rule {
        Rule::Hourly => {
            let hours = after.as_second().div_euclid(HOUR_S);
            Timestamp::from_second(hours.checked_add(1)?.checked_mul(HOUR_S)?).ok()
        }
        Rule::Daily { at } => on_days(zone, *at, after, |_| true),
        Rule::Weekly { day, at } => on_days(zone, *at, after, |date| date.weekday() == *day),
        Rule::Monthly { day, at } => on_days(zone, *at, after, |date| {
            date.day() == i8::try_from(*day).unwrap_or(i8::MAX).min(date.days_in_month())
        }),
        Rule::Cron { expression } => {
            let expression = cron::parse(expression).ok()?;
            if expression.names_hours() {
                of_named_hours(&expression, zone, after)
            } else {
                of_what_passes(&expression, zone, after)
            }
        }
    }
}

/// The last slot after `after` and not after `until`; nothing where there is none.
pub fn last_within(
    rule: &Rule,
    zone: &TimeZone,
    after: Option<Timestamp>,
    until: Timestamp,
) -> Option<Timestamp> {
    for back in LOOK_BACK_S {
        let near = until.checked_sub(SignedDuration::from_secs(back)).unwrap_or(Timestamp::MIN);
        let from = after.map_or(near, |after| after.max(near));
        let mut last = None;
        let mut next = first_after(rule, zone, from).filter(|slot| *slot <= until);
        while let Some(slot) = next {
            last = Some(slot);
            next = first_after(rule, zone, slot).filter(|slot| *slot <= until);
        }
        if last.is_some() || after.is_some_and(|after| after >= near) {
            return last;
        }
    }
    None
}

/// The next `count` slots after `after`.
pub fn upcoming(rule: &Rule, zone: &TimeZone, after: Timestamp, count: usize) -> Vec<Timestamp> {
    std::iter::successors(first_after(rule, zone, after), |slot| first_after(rule, zone, *slot))
        .take(count)
        .collect()
}

/// The first moment after `after` at which the clock shows `at` on a day that fits.
fn on_days(
    zone: &TimeZone,
    at: TimeOfDay,
    after: Timestamp,
    fits: impl Fn(Date) -> bool,
) -> Option<Timestamp> {
    // The day before may reach over: its time may have been moved past midnight.
    let first = zone.to_datetime(after).date().checked_sub(1.day()).ok()?;
    (0..DAYS_MAX)
        .filter_map(|days| first.checked_add(days.days()).ok())
        .filter(|date| fits(*date))
        .filter_map(|date| moment_of(zone, date.to_datetime(at.time())))
        .find(|moment| *moment > after)
}

/// The moment at which the clock shows this: the first of two; where it skips it, the moment at which it does.
fn moment_of(zone: &TimeZone, reading: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(reading).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(reading).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(reading).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            // Read by the clock as it is afterwards, the reading is before the moment at which it is set.
            let earlier = after.to_timestamp(reading).ok()?;
            zone.following(earlier).next().map(|transition| transition.timestamp())
        }
    }
}

/// Times of a day, as an expression names them.
fn of_named_hours(expression: &Expression, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    // What a clock shows later is never due before what it shows now; what it shows again was due the first time.
    let mut reading = zone.to_datetime(after);
    for _ in 0..READINGS_MAX {
        reading = expression.next(reading, false)?;
        match moment_of(zone, reading) {
            Some(moment) if moment > after => return Some(moment),
            _ => {}
        }
    }
    None
}

/// Every moment whose reading matches: when a clock is set back, the repeated hour counts twice.
fn of_what_passes(expression: &Expression, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let (mut from, mut inclusive) = (after, false);
    for _ in 0..TRANSITIONS_MAX {
        let offset = zone.to_offset(from);
        let reading = expression.next(offset.to_datetime(from), inclusive)?;
        let moment = offset.to_timestamp(reading).ok()?;
        match zone.following(from).next() {
            // The clock is set before it shows that; from then on it is asked anew.
            Some(transition) if transition.timestamp() <= moment => {
                (from, inclusive) = (transition.timestamp(), true);
            }
            _ => return Some(moment),
        }
    }
    None
}
