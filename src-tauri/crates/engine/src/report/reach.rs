//! The age of the recovery point over a period: at each moment the age of the newest backup that was verified
//! by then. Pure.
//!
//! Between two events that age grows with the clock, so shares of time and the median age are exact, not
//! sampled.

use std::collections::BTreeMap;

/// A backup, and from when to when it was known to be restorable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The moment that it restores (UTC milliseconds, as all here).
    pub at_ms: i64,
    /// When it was first verified.
    pub from_ms: i64,
    /// When it was found damaged, or went; absent while neither happened.
    pub until_ms: Option<i64>,
}

/// A time outside the goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breach {
    /// When it began.
    pub from_ms: i64,
    /// When it ended, or the period did.
    pub until_ms: i64,
    /// The greatest age in it; absent where there was nothing to recover from.
    pub worst_ms: Option<i64>,
}

/// What a period came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Its length.
    pub whole_ms: i64,
    /// Time within the goal.
    pub within_ms: i64,
    /// Time with nothing to recover from.
    pub without_ms: i64,
    /// The greatest age; absent where there was never anything.
    pub worst_ms: Option<i64>,
    /// The age that was not exceeded half of the time; absent where for half of it there was nothing.
    pub typical_ms: Option<i64>,
    /// Times outside the goal, in order.
    pub breaches: Vec<Breach>,
}

/// A stretch in which one point was the newest: the age grows from `age_ms` for `length_ms`.
struct Stretch {
    age_ms: i64,
    length_ms: i64,
}

impl Reach {
    /// Over `from_ms` to `until_ms`. `goals` says from when which age was the goal, in order; the first holds before it
    /// too.
    pub fn over(kept: &[Kept], goals: &[(i64, i64)], from_ms: i64, until_ms: i64) -> Self {
        let mut reach = Self { whole_ms: (until_ms - from_ms).max(0), ..Self::default() };
        let mut stretches = Vec::new();
        let mut newest: BTreeMap<i64, usize> = BTreeMap::new();
        let changes = changes(kept);
        let mut next = changes.iter().peekable();
        let mut at = from_ms;
        while at < until_ms {
            // What happened until now, then the time until something happens.
            while let Some((_, point, is_here)) = next.next_if(|(when, ..)| *when <= at) {
                let count = newest.entry(*point).or_default();
                *count = if *is_here { *count + 1 } else { count.saturating_sub(1) };
                if *count == 0 {
                    newest.remove(point);
                }
            }
            let goal_change = goals.iter().map(|(when, _)| *when).find(|when| *when > at);
            let end = [next.peek().map(|(when, ..)| *when), goal_change, Some(until_ms)];
            let end = end.into_iter().flatten().min().unwrap_or(until_ms).min(until_ms);
            let goal = goals
                .iter()
                .rev()
                .find(|(when, _)| *when <= at)
                .or(goals.first())
                .map_or(i64::MAX, |(_, goal)| *goal);
            let point = newest.last_key_value().map(|(point, _)| *point);
            reach.stretch(point, goal, at, end);
            if let Some(point) = point {
                stretches.push(Stretch { age_ms: at - point, length_ms: end - at });
            }
            at = end;
        }
        reach.typical_ms = median(&stretches, reach.whole_ms);
        reach
    }

    fn stretch(&mut self, point: Option<i64>, goal: i64, from: i64, until: i64) {
        let Some(point) = point else {
            self.without_ms += until - from;
            return self.breach(Breach { from_ms: from, until_ms: until, worst_ms: None });
        };
        let within = goal.saturating_sub(from - point).clamp(0, until - from);
        self.within_ms += within;
        let worst = until - point;
        self.worst_ms = self.worst_ms.max(Some(worst));
        if within < until - from {
            self.breach(Breach { from_ms: from + within, until_ms: until, worst_ms: Some(worst) });
        }
    }

    /// Adds a breach, or makes the last one longer.
    fn breach(&mut self, breach: Breach) {
        match self.breaches.last_mut() {
            Some(last) if last.until_ms == breach.from_ms => {
                last.until_ms = breach.until_ms;
                last.worst_ms = last.worst_ms.zip(breach.worst_ms).map(|(one, other)| one.max(other));
            }
            _ => self.breaches.push(breach),
        }
    }

    /// The share of the time within the goal, 0 to 1; absent for no time.
    #[expect(clippy::cast_precision_loss, reason = "a share is shown to four digits")]
    pub fn share(&self) -> Option<f64> {
        (self.whole_ms > 0).then(|| self.within_ms as f64 / self.whole_ms as f64)
    }
}

/// When which point came (true) or went, in order.
fn changes(kept: &[Kept]) -> Vec<(i64, i64, bool)> {
    let mut changes = Vec::with_capacity(kept.len() * 2);
    for Kept { at_ms, from_ms, until_ms } in kept {
        // What was found damaged before it was ever verified never counted.
        if until_ms.is_some_and(|until| until <= *from_ms) {
            continue;
        }
        changes.push((*from_ms, *at_ms, true));
        changes.extend(until_ms.map(|until| (until, *at_ms, false)));
    }
    changes.sort_unstable();
    changes
}

/// The age that was not exceeded for half of the whole time.
fn median(stretches: &[Stretch], whole_ms: i64) -> Option<i64> {
    let time_until =
        |age: i64| -> i64 { stretches.iter().map(|one| (age - one.age_ms).clamp(0, one.length_ms)).sum() };
    let half = whole_ms.div_euclid(2) + whole_ms.rem_euclid(2);
    let mut high = stretches.iter().map(|one| one.age_ms + one.length_ms).max()?;
    if whole_ms == 0 || time_until(high) < half {
        return None;
    }
    let mut low = stretches.iter().map(|one| one.age_ms).min()?;
    while low < high {
        let middle = low + (high - low) / 2;
        if time_until(middle) >= half { high = middle } else { low = middle + 1 }
    }
    Some(low)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, a millisecond at a time.
    fn slowly(kept: &[Kept], goals: &[(i64, i64)], from: i64, until: i64) -> (i64, i64, Option<i64>, i64) {
        let (mut within, mut without, mut worst, mut outside) = (0, 0, None, 0);
        let mut was_outside = false;
        for at in from..until {
            let alive =
                kept.iter().filter(|one| one.from_ms <= at && one.until_ms.is_none_or(|until| until > at));
            let age = alive.map(|one| at - one.at_ms).min();
            let goal = goals.iter().rev().find(|(when, _)| *when <= at).or(goals.first()).unwrap().1;
            let is_within = age.is_some_and(|age| age < goal);
            within += i64::from(is_within);
            without += i64::from(age.is_none());
            worst = worst.max(age.map(|age| age + 1));
            outside += i64::from(!is_within && !was_outside);
            was_outside = !is_within;
        }
        (within, without, worst, outside)
    }

    fn kept() -> impl Strategy<Value = Kept> {
        (0_i64..80, 0_i64..20, proptest::option::of(0_i64..60)).prop_map(|(at_ms, verified, lost)| Kept {
            at_ms,
            from_ms: at_ms + verified,
            until_ms: lost.map(|lost| at_ms + verified + lost),
        })
    }

    proptest! {
        #[test]
        fn it_is_what_counting_each_moment_gives(
            kept in proptest::collection::vec(kept(), 0..12),
            first in 1_i64..40, change in 0_i64..100, second in 1_i64..40,
            from in 0_i64..50, length in 0_i64..60,
        ) {
            let goals = [(0, first), (change, second)];
            let reach = Reach::over(&kept, &goals, from, from + length);
            let (within, without, worst, outside) = slowly(&kept, &goals, from, from + length);
            prop_assert_eq!((reach.within_ms, reach.without_ms, reach.worst_ms), (within, without, worst));
            let breached: i64 = reach.breaches.iter().map(|one| one.until_ms - one.from_ms).sum();
            prop_assert_eq!(breached, length - within);
            prop_assert_eq!(i64::try_from(reach.breaches.len()).unwrap(), outside);
        }
    }

    #[test]
    fn a_day_with_a_backup_each_hour_and_one_that_fails() {
        const HOUR: i64 = 3_600_000;
        let points = (0..24).filter(|hour| *hour != 12);
        let kept: Vec<Kept> =
            points.map(|hour| Kept { at_ms: hour * HOUR, from_ms: hour * HOUR, until_ms: None }).collect();
        let reach = Reach::over(&kept, &[(0, HOUR)], 0, 24 * HOUR);
        assert_eq!(
            reach.breaches,
            [Breach { from_ms: 12 * HOUR, until_ms: 13 * HOUR, worst_ms: Some(2 * HOUR) }]
        );
        assert_eq!((reach.worst_ms, reach.within_ms, reach.without_ms), (Some(2 * HOUR), 23 * HOUR, 0));
        // Ages below an hour fill twenty-three hours evenly: half of the day is below 12/23 of an hour and a bit.
        assert_eq!(reach.typical_ms, Some((12 * HOUR + 22) / 23));
        assert_eq!(Reach::over(&[], &[(0, HOUR)], 0, HOUR).breaches[0].worst_ms, None);
    }
}
