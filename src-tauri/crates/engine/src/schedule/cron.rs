//! Cron expressions: five fields, as in cron.
//!
//! An expression is evaluated only for local clock readings; `slots` maps readings to moments, for these as
//! for all other rules.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;

use base::failure::Failure;

/// Some moment to ask from: whether an expression ever comes does not depend on it.
const SOME_MOMENT: DateTime = jiff::civil::datetime(2024, 1, 1, 0, 0, 0, 0);
const HOURS: usize = 24;
const HINT: &str =
    "Give five fields: minute, hour, day of the month, month, day of the week; as '30 2 * * mon-fri'.";

/// A parsed expression.
#[derive(Debug)]
pub(super) struct Expression(Cron);

/// Reads an expression.
///
/// # Errors
/// `invalid_request` with what was seen, also for one that never comes, as the 30th of February.
pub(super) fn parse(text: &str) -> Result<Expression, Failure> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let cron = parser.parse(text).map_err(|error| {
        let why = error.to_string();
        Failure::invalid(format!("{text:?} is no cron expression: {}", why.trim_end_matches('.')), HINT)
    })?;
    let expression = Expression(cron);
    if expression.next(SOME_MOMENT, true).is_none() {
        return Err(Failure::invalid(
            format!("{text:?} never comes"),
            "Look at its day and its month, which never fall together.",
        ));
    }
    Ok(expression)
}

impl Expression {
    /// The first reading that fits after `after`, or at it.
    pub(super) fn next(&self, after: DateTime, inclusive: bool) -> Option<DateTime> {
        self.0.find_next_occurrence(&after, inclusive).ok()
    }

    /// Whether it names hours of a day, as a daily rule does; one of every hour counts the hours that pass.
    pub(super) fn names_hours(&self) -> bool {
        self.0.pattern.hours.values().len() < HOURS
    }
}
