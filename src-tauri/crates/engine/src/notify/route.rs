//! Which channel takes which message, and when. Pure.

use base::Severity;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::message::{Message, MessageKind};
use crate::channel::Target;
use crate::channel::{Channel, Level};
use crate::schedule::TimeOfDay;

/// A time of the day comes within so many days, whatever a clock does.
const DAYS_AHEAD: i32 = 3;

/// Whether a channel is told of it.
pub(super) fn takes(channel: &Channel, message: &Message) -> bool {
    if message.at_ms < channel.created_at_ms || message.channel_id.as_deref() == Some(&channel.id) {
        return false;
    }
    if let Target::Heartbeat(heartbeat) = &channel.target {
        let is_its_project =
            heartbeat.project_id.is_none() || heartbeat.project_id.as_ref() == message.project_id.as_ref();
        let is_of_run = message.is_of_run() || message.kind == MessageKind::RunStarted;
        return channel.taste.level != Level::None && is_of_run && is_its_project;
    }
    if message.kind == MessageKind::RunStarted {
        return false;
    }
    hears(channel.taste.level, message.severity) && (message.is_change || channel.taste.each_run)
}

/// Whether something is bad enough for a level.
pub(super) fn hears(level: Level, severity: Severity) -> bool {
    match level {
        Level::All => true,
        Level::Warnings => severity >= Severity::Warning,
        Level::Errors => severity >= Severity::Critical,
        Level::None => false,
    }
}

/// When a message is sent: errors at once, all else with the digest, and what falls into quiet hours after
/// them.
pub(super) fn due(channel: &Channel, message: &Message, now: Timestamp, zone: &TimeZone) -> Timestamp {
    let taste = &channel.taste;
    if matches!(channel.target, Target::Heartbeat(_)) {
        return now;
    }
    let is_error = message.severity == Severity::Critical;
    let at = match taste.digest_at {
        Some(digest_at) if !is_error => next(digest_at, now, zone),
        _ => now,
    };
    if is_error && taste.errors_in_quiet {
        return at;
    }
    taste.quiet.and_then(|quiet| quiet.end(zone, at)).unwrap_or(at)
}

/// The next moment after now at which a clock shows this time.
fn next(time: TimeOfDay, now: Timestamp, zone: &TimeZone) -> Timestamp {
    let today = zone.to_datetime(now).date();
    let days = (0..DAYS_AHEAD).filter_map(|days| today.checked_add(days.days()).ok());
    let moments = days.filter_map(|day| zone.to_timestamp(day.to_datetime(time.time())).ok());
    moments.into_iter().find(|at| *at > now).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Taste;
    use crate::channel::{Heartbeat, Webhook, WebhookStyle};
    use crate::schedule::QuietHours;

    fn channel(level: Level) -> Channel {
        Channel {
            id: "c".into(),
            name: "hooks".into(),
            target: Target::Webhook(Webhook { style: WebhookStyle::Slack, place: "https://a".into() }),
            secret_id: None,
            taste: Taste { level, each_run: false, quiet: None, errors_in_quiet: false, digest_at: None },
            created_at_ms: 0,
            sent_at_ms: None,
            problem: None,
            failing_since_ms: None,
        }
    }

    fn message(kind: MessageKind, severity: Severity) -> Message {
        Message::new(kind, severity, "k".into(), 1, "s".into())
    }

    #[test]
    fn a_level_lets_through_what_is_as_bad_or_worse() {
        let all = [Severity::Info, Severity::Warning, Severity::Critical];
        for (level, expected) in [
            (Level::All, [true, true, true]),
            (Level::Warnings, [false, true, true]),
            (Level::Errors, [false, false, true]),
            (Level::None, [false, false, false]),
        ] {
            let taken = all.map(|severity| takes(&channel(level), &message(MessageKind::OverGoal, severity)));
            assert_eq!(taken, expected, "{level:?}");
        }
    }

    #[test]
    fn a_run_like_the_one_before_is_told_only_where_each_run_is_and_nobody_is_told_of_himself() {
        let mut run = message(MessageKind::RunCompleted, Severity::Info);
        run.is_change = false;
        let mut each = channel(Level::All);
        each.taste.each_run = true;
        assert_eq!((takes(&channel(Level::All), &run), takes(&each, &run)), (false, true));
        let mut failing = message(MessageKind::ChannelFailing, Severity::Critical);
        failing.channel_id = Some("c".into());
        assert!(!takes(&each, &failing));
        let mut later = each.clone();
        later.created_at_ms = 2;
        assert!(!takes(&later, &run), "what happened before it was there");
    }

    #[test]
    fn a_heartbeat_is_told_of_the_runs_of_its_project_and_of_nothing_else() {
        let mut beat = channel(Level::All);
        beat.target =
            Target::Heartbeat(Heartbeat { place: "https://a".into(), project_id: Some("shop".into()) });
        beat.taste.digest_at = Some(TimeOfDay::parse("08:00").unwrap());
        let started = message(MessageKind::RunStarted, Severity::Info);
        assert!(takes(&beat, &started.clone().of_project("shop", "shop")));
        assert!(!takes(&beat, &started.clone().of_project("blog", "blog")));
        assert!(!takes(
            &beat,
            &message(MessageKind::OverGoal, Severity::Critical).of_project("shop", "shop")
        ));
        assert!(!takes(&channel(Level::All), &started), "for heartbeats alone");
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(due(&beat, &started, now, &TimeZone::UTC), now, "it would be missed");
    }

    #[test]
    fn a_digest_waits_for_its_time_and_quiet_hours_for_their_end_but_for_errors() {
        let mut digest = channel(Level::All);
        digest.taste.digest_at = Some(TimeOfDay::parse("06:30").unwrap());
        let (info, error) = (
            message(MessageKind::OverGoal, Severity::Warning),
            message(MessageKind::RunFailed, Severity::Critical),
        );
        let now: Timestamp = "2026-11-22T22:30:00Z".parse().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let utc = TimeZone::UTC;
        assert_eq!(due(&digest, &info, now, &utc), at("2026-11-23T06:30:00Z"));
        assert_eq!(due(&digest, &error, now, &utc), now);
        let quiet = QuietHours::new(TimeOfDay::parse("22:00").unwrap(), TimeOfDay::parse("07:00").unwrap());
        digest.taste.quiet = Some(quiet.unwrap());
        // The digest's own time is quiet.
        assert_eq!(due(&digest, &info, now, &utc), at("2026-11-23T07:00:00Z"));
        assert_eq!(due(&digest, &error, now, &utc), at("2026-11-23T07:00:00Z"));
        digest.taste.errors_in_quiet = true;
        assert_eq!(due(&digest, &error, now, &utc), now);
        assert_eq!(due(&digest, &info, now, &utc), at("2026-11-23T07:00:00Z"));
        // By the clock on the wall, on the day on which it goes back.
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let before = at("2026-10-24T20:00:00Z");
        assert_eq!(due(&digest, &info, before, &berlin), at("2026-10-25T06:00:00Z"));
    }
}
