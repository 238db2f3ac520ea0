//! What is told by the clock: quiet hours, digests, goals, dates of backups, the week's drills, further attempts.

use std::sync::Arc;

use base::secret::Secret;
use engine::channel::{ChannelStanding, Level, Target, Taste, Webhook, WebhookStyle};
use engine::notify::{ChannelSecrets, NewChannel};
use engine::project::NewProject;
use engine::schedule::{QuietHours, TimeOfDay};
use jiff::{SignedDuration, Timestamp};
use ledger::catalog::Label;
use postgres::connection::parse;
use testkit::{Console, Hook, Reply, StoppedClock};

use super::{KEY, PATH, change_in, events, kinds};

/// A Wednesday at noon that is to come, so that channels which are made now were there before it.
pub(super) const NOON: &str = "2040-01-04T12:00:00Z";

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn time(text: &str) -> TimeOfDay {
    TimeOfDay::parse(text).unwrap()
}

/// A profile with a project whose database nobody asks here, and its schedule.
pub(super) async fn profile() -> Console {
    let console = Console::new().await;
    let settings = parse("postgresql://reader@127.0.0.1:1/nowhere").unwrap().settings;
    let new = NewProject::postgres("shop", Label::Development, settings, None);
    console.engine.add_project(new).await.unwrap();
    let schedule =
        "INSERT INTO schedule (id, project_id, name, work, rule, zone, conditions, jitter_s, set_at_ms)
                    VALUES ('s', 'p', 'backup', 'backup', '{\"kind\":\"daily\",\"at\":\"02:00\"}', 'utc',
                            '{\"battery_percent_min\":null,\"unmetered_only\":false,\"quiet\":null}', 0, 0)";
    let project = format!("UPDATE project SET id = 'p', created_at_ms = {}", at(NOON).as_millisecond());
    change_in(console.home(), &[&project, schedule]).await;
    console
}

pub(super) async fn webhook(
    console: &Console,
    hook: &Hook,
    change: impl FnOnce(&mut Taste),
) -> ChannelStanding {
    let mut taste =
        Taste { level: Level::All, each_run: true, quiet: None, errors_in_quiet: false, digest_at: None };
    change(&mut taste);
    let target = Target::Webhook(Webhook { style: WebhookStyle::Json, place: String::new() });
    let (url, key) = (Some(Secret::new(hook.url(PATH))), Some(Secret::new(KEY)));
    let secrets = ChannelSecrets { url, key };
    let new = NewChannel { channel: None, name: "ops".into(), target, secrets, taste };
    console.engine.set_channel(new).await.unwrap()
}

/// A run of the schedule that ended so, some seconds before.
pub(super) async fn ended(console: &Console, state: &str, attempts: u32, at: Timestamp) {
    let (slot, ended) = (at.as_second() / 86_400 * 86_400_000, at.as_millisecond() - 5000);
    let run = format!(
        "INSERT INTO schedule_run (schedule_id, slot_ms, state, process, attempts, claimed_at_ms, ended_at_ms, said)
         VALUES ('s', {slot}, '{state}', 'x', {attempts}, {ended}, {ended}, 'So it came out.')
         ON CONFLICT DO UPDATE SET state = excluded.state, attempts = excluded.attempts, ended_at_ms = excluded.ended_at_ms"
    );
    change_in(console.home(), &[&run]).await;
}

pub(super) async fn tell(console: &Console, now: Timestamp) {
    // Of what happened alone; what health finds is told in `alarms`.
    console.engine.notifier().by(Arc::new(StoppedClock(now))).without_health().once().await;
}

#[tokio::test]
async fn quiet_hours_hold_messages_back_and_they_arrive_at_their_end_as_one() {
    let (hook, console) = (Hook::start(), profile().await);
    let quiet = QuietHours::new(time("22:00"), time("07:00")).unwrap();
    webhook(&console, &hook, |taste| taste.quiet = Some(quiet)).await;
    let night = at("2040-01-04T23:30:00Z");
    ended(&console, "succeeded", 1, night).await;
    tell(&console, night).await;
    let later = at("2040-01-05T03:00:00Z");
    ended(&console, "failed", 1, later).await;
    tell(&console, later).await;
    tell(&console, at("2040-01-05T06:59:59Z")).await;
    assert_eq!(hook.calls().len(), 0);
    tell(&console, at("2040-01-05T07:00:00Z")).await;
    assert_eq!(
        (hook.calls().len(), kinds(&hook)),
        (1, vec!["run_completed".into(), "run_failed".to_owned()])
    );
}

#[tokio::test]
async fn errors_come_through_quiet_hours_where_a_person_said_so() {
    let (hook, console) = (Hook::start(), profile().await);
    let quiet = QuietHours::new(time("22:00"), time("07:00")).unwrap();
    webhook(&console, &hook, |taste| (taste.quiet, taste.errors_in_quiet) = (Some(quiet), true)).await;
    let night = at("2040-01-04T23:30:00Z");
    ended(&console, "failed", 1, night).await;
    tell(&console, night).await;
    assert_eq!(kinds(&hook), ["run_failed"]);
}

#[tokio::test]
async fn a_digest_tells_once_a_day_what_is_no_error() {
    let (hook, console) = (Hook::start(), profile().await);
    webhook(&console, &hook, |taste| taste.digest_at = Some(time("08:00"))).await;
    for day in ["2040-01-04T09:00:00Z", "2040-01-05T02:10:00Z"] {
        ended(&console, "succeeded", 1, at(day)).await;
        tell(&console, at(day)).await;
    }
    ended(&console, "failed", 2, at("2040-01-05T03:00:00Z")).await;
    tell(&console, at("2040-01-05T03:00:00Z")).await;
    assert_eq!(kinds(&hook), ["run_failed"], "errors do not wait");
    tell(&console, at("2040-01-05T08:00:00Z")).await;
    assert_eq!(hook.calls().len(), 2);
    assert_eq!(events(&hook.calls()[1..]).len(), 2);
}

#[tokio::test]
async fn a_message_is_tried_four_times_and_then_its_channel_fails() {
    let (hook, console) = (Hook::start().with(PATH, Reply::Status(500, String::new())), profile().await);
    webhook(&console, &hook, |_| ()).await;
    let mut now = at(NOON);
    ended(&console, "failed", 1, now).await;
    for (attempt, wait) in [(1, 60), (2, 300), (3, 900), (4, 0)] {
        tell(&console, now).await;
        tell(&console, now + SignedDuration::from_secs(wait - 1).max(SignedDuration::ZERO)).await;
        let stands = console.engine.channel("ops").await.unwrap();
        assert_eq!((hook.calls().len(), stands.channel.failing_since_ms.is_some()), (attempt, attempt == 4));
        now += SignedDuration::from_secs(wait);
    }
    tell(&console, now + SignedDuration::from_hours(1)).await;
    assert_eq!(hook.calls().len(), 4);
}

#[tokio::test]
async fn a_project_that_goes_over_its_goal_is_told_once_and_when_it_is_back() {
    let (hook, console) = (Hook::start(), profile().await);
    webhook(&console, &hook, |taste| taste.each_run = false).await;
    // Of these days: a date that is ahead of the computer's clock is not believed.
    let due = Timestamp::now();
    let around = |minutes| due + SignedDuration::from_mins(minutes);
    backup(&console, "b1", around(-24 * 60).as_millisecond()).await;
    tell(&console, around(-1)).await;
    assert_eq!(hook.calls().len(), 0);
    for _ in 0..2 {
        tell(&console, around(1)).await;
    }
    assert_eq!(kinds(&hook), ["over_goal"]);
    let event = &events(&hook.calls())[0];
    assert_eq!(event["subject"], "shop is over its goal");
    let told = event["lines"][0].as_str().unwrap();
    let age = "The newest verified copy is 24 h 01 min old, and may be 24 h 00 min old; over it since ";
    assert!(told.starts_with(age) && told.ends_with(&due.strftime("%Y %H:%M UTC.").to_string()), "{told}");
    // That a run worked is no reason: a copy that was verified is.
    ended(&console, "succeeded", 1, around(2)).await;
    tell(&console, around(3)).await;
    assert_eq!(kinds(&hook), ["over_goal"]);
    backup(&console, "b2", around(2).as_millisecond()).await;
    tell(&console, around(4)).await;
    assert_eq!(kinds(&hook), ["over_goal", "within_goal"]);
}

/// A backup that was read back.
pub(super) async fn backup(console: &Console, id: &str, at_ms: i64) {
    let backup = format!(
        "INSERT INTO backup (id, project_id, at_ms, trigger_kind, who, components, size_bytes, added_bytes, table_count, warning_count)
         VALUES ('{id}', 'p', {at_ms}, 'schedule', 'anna', 'database', 1000, 10, 1, 0)"
    );
    let proof = format!(
        "INSERT INTO proof (backup_id, store, level, verdict, at_ms, elapsed_ms, reason)
         VALUES ('{id}', 'vault', 2, 'pass', {at_ms}, 1, 'It decrypts.')"
    );
    change_in(console.home(), &[&backup, &proof]).await;
}

#[tokio::test]
async fn a_backup_whose_date_comes_near_is_told_once_unless_somebody_holds_it() {
    let (hook, console) = (Hook::start(), profile().await);
    webhook(&console, &hook, |_| ()).await;
    let now = at(NOON);
    let until = now + SignedDuration::from_hours(8 * 24);
    backup(&console, "0123456789abcdef", now.as_millisecond()).await;
    let dated = format!(
        "INSERT INTO backup_keeping (backup_id, until_ms) VALUES ('0123456789abcdef', {})",
        until.as_millisecond()
    );
    change_in(console.home(), &[&dated]).await;
    tell(&console, now).await;
    assert_eq!(hook.calls().len(), 0, "more than a week is left");
    for hours in [20, 24, 25] {
        tell(&console, now + SignedDuration::from_hours(hours)).await;
    }
    let told: Vec<_> =
        events(&hook.calls()).into_iter().filter(|event| event["kind"] == "expiring").collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["severity"], "warning");
    assert!(told[0]["lines"][1].as_str().unwrap().contains("holdfast backup hold 01234567"), "{}", told[0]);
}

#[tokio::test]
async fn on_monday_the_weeks_drills_are_told_with_those_that_had_none() {
    let (hook, console) = (Hook::start(), profile().await);
    webhook(&console, &hook, |_| ()).await;
    let (wednesday, second) = (at(NOON).as_millisecond(), 1000);
    backup(&console, "b1", wednesday).await;
    let drill = |id: &str, verdict: &str, rto_ms: i64| {
        format!(
            "INSERT INTO drill (id, project_id, backup_id, backup_at_ms, kind, place, verdict, reason, started_at_ms, at_ms, rto_ms, report)
             VALUES ('{id}', 'p', 'b1', {wednesday}, 'full', 'here', '{verdict}', 'A table is missing.', {wednesday}, {wednesday}, {rto_ms}, '{{}}')"
        )
    };
    let other = "INSERT INTO project (id, name, label, connection, created_at_ms)
                 SELECT 'q', 'blog', label, connection, 0 FROM project";
    let goal = "INSERT INTO goal (project_id, rto_ms) VALUES ('p', 60000)";
    let (good, bad) = (drill("d1", "pass", 42 * second), drill("d2", "fail", second));
    let old = "UPDATE project SET created_at_ms = 0";
    change_in(console.home(), &[other, old, goal, &good, &bad]).await;
    for (now, reports) in
        [("2040-01-09T07:59:00Z", 1), ("2040-01-09T08:00:00Z", 2), ("2040-01-12T08:00:00Z", 2)]
    {
        tell(&console, at(now)).await;
        let told = events(&hook.calls()).iter().filter(|event| event["kind"] == "drill_report").count();
        // The first one is about the week before, of which there is nothing to say but that.
        assert_eq!(told, reports, "{now}");
    }
    let reports: Vec<_> =
        events(&hook.calls()).into_iter().filter(|event| event["kind"] == "drill_report").collect();
    let report = &reports[1];
    assert_eq!(
        (&report["severity"], &report["subject"]),
        (&"warning".into(), &"Drills of the week: 1 passed, 1 did not, 1 project without one".into())
    );
    assert_eq!(report["lines"][0], "blog: never brought back by a drill.");
    assert_eq!(report["lines"][1], "shop: passed, back in 42 s of 1 min 00 s; failed: A table is missing.");
}
