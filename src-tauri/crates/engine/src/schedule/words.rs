//! Schedules in words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::outlook::ScheduleFacts;
use super::plan::ATTEMPTS_MAX;
use super::rule::{Rule, Work, Zone, day_name};
use super::{Creates, Schedule, ScheduleStanding};
use base::command::{Command, ScheduleSet, ScheduleWhen};
use base::words::span_words;

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
        let place = &self.place;
        match (&self.creates, &place.image, &self.lender) {
            (Some(creates), ..) => format!("{} there, and pull", creates.words()),
            (None, Some(image), _) => format!("{} in a container of {}", self.work.words(), image.name),
            (None, None, Some(lender)) => format!("{} on the server of {lender}", self.work.words()),
            (None, None, None) => self.work.words().to_owned(),
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

    /// As the command line has it.
    pub fn as_typed(&self) -> ScheduleWhen {
        match self {
            Self::Hourly => ScheduleWhen::Hourly,
            Self::Daily { at } => ScheduleWhen::Daily(at.to_string()),
            Self::Weekly { day, at } => ScheduleWhen::Weekly(day_name(*day)[..3].to_owned(), at.to_string()),
            Self::Monthly { day, at } => ScheduleWhen::Monthly(*day, at.to_string()),
            Self::Cron { expression } => ScheduleWhen::Cron(expression.clone()),
        }
    }
}

impl ScheduleStanding {
    /// The equivalent command line.
    pub fn command(&self) -> String {
        let Schedule {
            project,
            name,
            work,
            rule,
            zone,
            conditions,
            jitter_s,
            keep_ms,
            creates,
            place,
            lender,
            ..
        } = &self.facts.schedule;
        let kind = work.as_str().replace('_', "-");
        let usual = creates.as_ref().map_or_else(|| kind.clone(), Creates::usual_name);
        Command::ScheduleSet(ScheduleSet {
            project: project.clone(),
            name: Some(name.clone()).filter(|name| *name != usual),
            // What is made is pulled; nobody says both.
            work: creates.is_none().then_some(kind),
            creates: creates.as_ref().map(Creates::typed),
            on: lender.clone(),
            image: place.image.as_ref().map(|image| image.name.clone()),
            pulls_image: place.image.as_ref().is_some_and(|image| image.pull),
            when: rule.as_typed(),
            is_utc: *zone == Zone::Utc,
            jitter_s: *jitter_s,
            keep_ms: *keep_ms,
            battery_percent_min: conditions.battery_percent_min,
            unmetered_only: conditions.unmetered_only,
            quiet: conditions.quiet.map(|quiet| quiet.to_string()),
            maintenance: conditions.maintenance.map(|maintenance| maintenance.to_string()),
        })
        .into()
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
