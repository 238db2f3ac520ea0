//! Messages about findings: what appeared, got worse or ended since the last evaluation, merged into one
//! message per channel level.

use base::Severity;
use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::Look;
use crate::channel::Level;
use crate::channel::Target;
use crate::health::Finding;
use crate::notify::alarm::{Alarm, Change, News, Seen, TELLINGS_MAX, has_room, step};
use crate::notify::message::{Message, MessageKind};
use crate::notify::notifier::Telling;
use crate::notify::route;
use crate::schedule::words::when;
use base::failure::Failure;
use ledger::catalog::{AlarmMessage, AlarmRecord, Alarms, CatalogError};
use ledger::event::Topic;

/// The tellings of this time are counted.
const TELLINGS_IN: SignedDuration = SignedDuration::from_hours(1);
/// More findings are not named one by one.
const NAMED_MAX: usize = 10;

impl Telling {
    /// Looks at health, and makes what is to be told of it.
    pub(in crate::notify) async fn look_at_health(&self, now: Timestamp) -> Result<(), Failure> {
        let look = self.look_at(now).await?;
        let health = self.engine.look_at_health(look.now_ms()).await?;
        let projects = health.projects.iter().map(String::as_str);
        let seen = Seen::new(&health.findings, projects);
        let since_ms = look.before(TELLINGS_IN);
        let decide = |known, recent| decide(known, recent, &seen, &look);
        let mut made = self.engine.profile.catalog.decide_alarms(since_ms, decide).await?;
        made += self.make_leaving(&look, health.leaving).await?;
        if made > 0 {
            self.engine.profile.jobs.changed(&[Topic::Notify]);
        }
        Ok(())
    }
}

/// The new states of the alarms, and what is sent: all changes in one message, or none while there are too
/// many messages.
fn decide(
    known: Vec<AlarmRecord>,
    recent: Vec<i64>,
    seen: &Seen<'_>,
    look: &Look,
) -> Result<Alarms, CatalogError> {
    let now_ms = look.now_ms();
    let known = known.into_iter().map(Alarm::try_from).collect::<Result<Vec<_>, _>>()?;
    let before: HashMap<String, Alarm> = known.iter().map(|one| (one.key.clone(), one.clone())).collect();
    let mut step = step(known, seen, now_ms);
    let mut over = std::mem::take(&mut step.forgotten);
    // Tellings of a time that is to come are those of a clock that was set back since.
    let recent: Vec<i64> = recent.into_iter().filter(|at| *at <= now_ms).collect();
    let mut messages = Vec::new();
    if !step.news.is_empty() && has_room(recent.len(), &step.news) {
        step.news.sort_by_cached_key(|one| {
            (Reverse(one.finding.map(|finding| finding.severity)), one.alarm.key.clone())
        });
        let more_at = (recent.len() + 1 == TELLINGS_MAX).then(|| recent.first().copied()).flatten();
        for level in [Level::All, Level::Warnings, Level::Errors] {
            messages.extend(for_level(level, &step.news, more_at, look)?);
        }
        for News { change, alarm, .. } in &step.news {
            if matches!(change, Change::Over(_)) {
                step.stand.retain(|one| one.key != alarm.key);
                over.push(alarm.key.clone());
            } else if let Some(stands) = step.stand.iter_mut().find(|one| one.key == alarm.key) {
                (stands.told, stands.told_at_ms) = (Some(alarm.severity), Some(now_ms));
            }
        }
    }
    // A profile at rest writes nothing.
    step.stand.retain(|one| before.get(&one.key) != Some(one));
    Ok(Alarms { stand: step.stand.into_iter().map(Into::into).collect(), over, messages })
}

/// The message for the channels of a level, where there is such a channel and something for it.
fn for_level(
    level: Level,
    news: &[News<'_>],
    more_at: Option<i64>,
    look: &Look,
) -> Result<Option<AlarmMessage>, CatalogError> {
    let heard: Vec<&News<'_>> = news.iter().filter(|one| route::hears(level, one.heard_as())).collect();
    if heard.is_empty() {
        return Ok(None);
    }
    let mut message = match heard[..] {
        [one] => of_one(one, look),
        _ => of_many(&heard, look),
    };
    if let Some(first) = more_at.and_then(|at| Timestamp::from_millisecond(at).ok()) {
        let free = first.checked_add(TELLINGS_IN).unwrap_or(first);
        message = message.line(format!(
            "There were {TELLINGS_MAX} such messages within an hour; what comes next is told as one after {}.",
            when(free, &look.zone)
        ));
    }
    let goes_to = look.goes_to(&message, |channel| {
        let is_beat = matches!(channel.target, Target::Heartbeat(_));
        channel.taste.level == level && !is_beat && channel.created_at_ms <= message.at_ms
    });
    if goes_to.is_empty() {
        return Ok(None);
    }
    let there = heard.iter().filter(|one| one.finding.is_some());
    let keys = there.map(|one| one.alarm.key.clone()).collect();
    Ok(Some(AlarmMessage { message: message.record()?, goes_to, keys }))
}

fn new(severity: Severity, look: &Look, subject: String) -> Message {
    let mut message = Message::new(MessageKind::Health, severity, String::new(), look.now_ms(), subject);
    // What keeps it from being told twice is the alarm.
    message.key = format!("health:{}", message.id);
    message
}

/// What begins a sentence about it, without the sentence's end.
fn headline(finding: &Finding) -> String {
    format!("{} {}", finding.subject, finding.what.trim_end_matches('.'))
}

fn over_words(alarm: &Alarm) -> String {
    format!("{}: {} is well again", alarm.subject, alarm.title)
}

fn of_one(news: &News<'_>, look: &Look) -> Message {
    let alarm = &news.alarm;
    let Some(finding) = news.finding else {
        let message = new(Severity::Info, look, over_words(alarm));
        let message = message.line("It has been so for an hour.");
        return match &alarm.project_id {
            Some(id) => message.of_project(id, &alarm.subject),
            None => message,
        };
    };
    let mut message = new(finding.severity, look, headline(finding));
    if let Some(id) = finding.project_id() {
        message = message.of_project(id, &finding.subject);
    }
    if let Change::Worse(told) = news.change {
        message = message.line(format!("It got worse: it was told as {} before.", grade_words(told)));
    }
    let command = finding.command().map(|command| format!("Command: {command}")).unwrap_or_default();
    for line in [&finding.why, &finding.recommendation, &command] {
        if !line.is_empty() {
            message = message.line(line);
        }
    }
    message.figure("Check", finding.code.title())
}

/// How many there are, and the worst by name, with what to do about each.
fn of_many(heard: &[&News<'_>], look: &Look) -> Message {
    let count = |is: &dyn Fn(Severity) -> bool| {
        heard.iter().filter(|one| one.finding.is_some_and(|f| is(f.severity))).count()
    };
    let (critical, unknown) =
        (count(&|one| one == Severity::Critical), count(&|one| one == Severity::Unknown));
    let (warnings, notes) = (count(&|one| one == Severity::Warning), count(&|one| one == Severity::Info));
    let over = heard.iter().filter(|one| one.finding.is_none()).count();
    let kinds = [
        (critical, "critical"),
        (unknown, "unknown"),
        (warnings, if warnings == 1 { "warning" } else { "warnings" }),
        (notes, if notes == 1 { "note" } else { "notes" }),
        (over, "well again"),
    ];
    let kinds: Vec<String> =
        kinds.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let worst = heard.iter().filter_map(|one| one.finding).map(|one| one.severity).max();
    let subject = format!("{} findings of health: {}", heard.len(), kinds.join(", "));
    let mut message = new(worst.unwrap_or(Severity::Info), look, subject);
    for one in heard.iter().take(NAMED_MAX) {
        message = message.line(named(one));
    }
    if heard.len() > NAMED_MAX {
        let more = heard.len() - NAMED_MAX;
        message = message.line(format!("And {more} more: open Health, or run holdfast health"));
    }
    message
}

fn named(news: &News<'_>) -> String {
    let Some(finding) = news.finding else { return format!("{}.", over_words(&news.alarm)) };
    let worse = if matches!(news.change, Change::Worse(_)) { ", worse than before" } else { "" };
    let command = finding.command().map(|command| format!(" Command: {command}")).unwrap_or_default();
    let advice = match finding.recommendation.as_str() {
        "" => String::new(),
        advice => format!(" {advice}"),
    };
    format!("{}{worse}: {}.{advice}{command}", grade_word(finding.severity), headline(finding))
}

fn grade_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "Well",
        Severity::Info => "Note",
        Severity::Warning => "Warning",
        Severity::Unknown => "Unknown",
        Severity::Critical => "Critical",
    }
}

fn grade_words(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "well",
        Severity::Info => "a note",
        Severity::Warning => "a warning",
        Severity::Unknown => "unknown",
        Severity::Critical => "critical",
    }
}
