//! Schedules in words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::outlook::ScheduleFacts;
use super::plan::ATTEMPTS_MAX;
use super::rule::{Rule, Work, Zone, day_name};
use super::{Creates, Schedule, ScheduleStanding};
use crate::words::{argument_words, span_words};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// A moment for people, with its zone: `Sun 22 Nov 2026 02:00 CET`.
pub(crate) fn when(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %Y %H:%M %Z").to_string()
}

/// With a capital and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.trim().trim_end_matches('.').chars();
    let first = letters.next().map(char::to_uppercase);
    let mut sentence: String = first.into_iter().flatten().chain(letters).collect();
    sentence.push('.');
    sentence
}

/// When it goes on.
pub(super) fn next(at: Option<Timestamp>, zone: &TimeZone) -> String {
    match at {
        Some(at) => format!("Next: {}.", when(at, zone)),
        None => "It does not come any more.".into(),
    }
}

/// That nothing has to be done now.
pub(super) fn nothing_due(one: &ScheduleFacts, next_at: Option<Timestamp>, zone: &TimeZone) -> String {
    let next = next(next_at, zone);
    match one.last_success {
        Some(at) => format!("Last verified: {}. {next}", when(at, zone)),
        None => next,
    }
}

/// Why something has to be done now.
pub(super) fn due(
    one: &ScheduleFacts,
    slot: Timestamp,
    missed: bool,
    attempts: u32,
    zone: &TimeZone,
) -> String {
    let since = one.last_success.map_or_else(
        || "nothing was verified before it".to_owned(),
        |at| format!("last verified {}", when(at, zone)),
    );
    let again = match attempts {
        0 => String::new(),
        attempts => format!(" This is attempt {} of {ATTEMPTS_MAX}.", attempts + 1),
    };
    let missed =
        if missed { " Earlier times were missed; this one run makes up for all of them." } else { "" };
    format!("Due since {}; {since}.{missed}{again}", when(slot, zone))
}

/// What waiting would cost.
pub(super) fn risk(one: &ScheduleFacts, now: Timestamp) -> String {
    let goal = span_words(one.goal_ms);
    match one.recovery_point {
        None => "there is no recovery point yet.".into(),
        Some(point) => {
            let age = i64::try_from(now.duration_since(point).as_millis()).unwrap_or(i64::MAX);
            format!("the newest recovery point is {} old, its goal is {goal}.", span_words(age))
        }
    }
}

impl Schedule {
    /// What is done, for people.
    pub fn work_words(&self) -> String {
        match &self.creates {
            Some(creates) => format!("{} there, and pull", creates.words()),
            None => self.work.words().to_owned(),
        }
    }
}

impl Work {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Backup => "Backup",
            Self::Pull => "Pull",
            Self::VerifyQuick => "Quick verification",
            Self::VerifySample => "Sample verification",
            Self::VerifyFull => "Full verification",
            Self::Drill => "Drill",
            Self::Prune => "Retention",
            Self::Copy => "Replicas",
        }
    }
}

impl Rule {
    /// For people: `every day at 02:00`.
    pub fn words(&self) -> String {
        match self {
            Self::Hourly => "every hour".into(),
            Self::Daily { at } => format!("every day at {at}"),
            Self::Weekly { day, at } => {
                let name = day_name(*day);
                format!("every {}{} at {at}", name[..1].to_uppercase(), &name[1..])
            }
            Self::Monthly { day: day @ 29..=31, at } => {
                format!("on day {day} of each month at {at}, in shorter months on the last day")
            }
            Self::Monthly { day, at } => format!("on day {day} of each month at {at}"),
            Self::Cron { expression } => format!("as cron says, {expression}"),
        }
    }

    /// How often, without the time, as far as that is a word.
    pub fn often(&self) -> String {
        match self {
            Self::Hourly => "hourly".into(),
            Self::Daily { .. } => "daily".into(),
            Self::Weekly { .. } => "weekly".into(),
            Self::Monthly { .. } => "monthly".into(),
            Self::Cron { expression } => format!("cron {expression}"),
        }
    }

    /// The day of a weekly rule, in full and in small letters.
    pub fn day_name(&self) -> Option<&'static str> {
        match self {
            Self::Weekly { day, .. } => Some(day_name(*day)),
            Self::Hourly | Self::Daily { .. } | Self::Monthly { .. } | Self::Cron { .. } => None,
        }
    }

    /// The options of the command line that say the same.
    pub fn options(&self) -> String {
        match self {
            Self::Hourly => "--hourly".into(),
            Self::Daily { at } => format!("--daily {at}"),
            Self::Weekly { day, at } => format!("--weekly {} {at}", &day_name(*day)[..3]),
            Self::Monthly { day, at } => format!("--monthly {day} {at}"),
            Self::Cron { expression } => format!("--cron '{expression}'"),
        }
    }
}

impl ScheduleStanding {
    /// The equivalent command line.
    pub fn command(&self) -> String {
        let Schedule { project, name, work, rule, zone, conditions, jitter_s, keep_ms, creates, .. } =
            &self.facts.schedule;
        let mut words = vec![format!("holdfast schedule set {} {}", argument_words(project), rule.options())];
        let kind = work.as_str().replace('_', "-");
        if *zone == Zone::Utc {
            words.push("--utc".into());
        }
        match creates {
            Some(creates) => words.push(creates.options()),
            None => words.push(format!("--kind {kind}")),
        }
        let usual = creates.as_ref().map_or(kind, Creates::usual_name);
        if *name != usual {
            words.push(format!("--name {}", argument_words(name)));
        }
        if *jitter_s > 0 {
            words.push(format!("--jitter {}", jitter_s.div_ceil(60)));
        }
        if let Some(keep_ms) = keep_ms {
            words.push(format!("--keep {}h", keep_ms / HOUR_MS));
        }
        if let Some(quiet) = conditions.quiet {
            words.push(format!("--quiet-hours {quiet}"));
        }
        if let Some(maintenance) = conditions.maintenance {
            words.push(format!("--maintenance '{maintenance}'"));
        }
        if conditions.battery_percent_min.is_none() {
            words.push("--on-battery".into());
        }
        if !conditions.unmetered_only {
            words.push("--on-metered".into());
        }
        words.join(" ")
    }
}

impl Zone {
    /// The zone's name, on a computer that is in `local`.
    pub fn words(self, local: &TimeZone) -> String {
        match self {
            Self::Utc => "UTC".into(),
            Self::Local => local.iana_name().unwrap_or("local time").to_owned(),
        }
    }
}
