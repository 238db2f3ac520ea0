//! What health finds: told as it appears, gets worse and is over, each once, whoever looks; and never as a flood.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use testkit::{CommandLine, Console, Hook, PROJECT, Reply, Server, StoppedClock};

use super::calendar::{backup, profile, webhook};
use super::{PATH, add_webhook, change_in, document, events, set_up};
use crate::retention::{last, nights};
use engine::channel::Level;

/// Looks at health and tells, so many minutes after the beginning.
async fn look(engine: &engine::Engine, begun: Timestamp, minutes: i64) {
    let now = begun + SignedDuration::from_mins(minutes);
    engine.notifier().by(Arc::new(StoppedClock(now))).once().await;
}

/// What was said of health, each message as one text.
fn said(hook: &Hook) -> Vec<String> {
    let of_health = events(&hook.calls()).into_iter().filter(|event| event["kind"] == "health");
    of_health.map(|event| words(&event)).collect()
}

fn words(event: &Value) -> String {
    let lines = event["lines"].as_array().unwrap().iter().filter_map(Value::as_str);
    [event["subject"].as_str().unwrap()].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

/// How many messages say it.
fn times(hook: &Hook, what: &str) -> usize {
    said(hook).iter().filter(|text| text.contains(what)).count()
}

/// What the last proof of a backup of the project came to.
async fn proven(console: &Console, backup: &str, verdict: &str, at: Timestamp) {
    let proof = format!(
        "INSERT INTO proof (backup_id, store, level, verdict, at_ms, elapsed_ms, reason)
         VALUES ('{backup}', 'vault', 2, '{verdict}', {}, 1, 'So it was read.')",
        at.as_millisecond()
    );
    change_in(console.home(), &[&proof]).await;
}

/// An hour ago, as a moment that backups restore.
fn hour_before(begun: Timestamp) -> i64 {
    (begun - SignedDuration::from_hours(1)).as_millisecond()
}

#[tokio::test]
async fn a_finding_is_told_as_it_appears_gets_worse_and_is_over_each_once() {
    let (hook, console) = (Hook::start(), profile().await);
    webhook(&console, &hook, |_| ()).await;
    let begun = Timestamp::now();
    let engine = &console.engine;
    look(engine, begun, 0).await;
    assert_eq!(times(&hook, "has no backup yet"), 0, "it may be over in a moment");
    for minutes in [11, 12, 16] {
        look(engine, begun, minutes).await;
    }
    assert_eq!(times(&hook, "has no backup yet"), 1, "{:?}", said(&hook));
    assert_eq!(times(&hook, "Command: holdfast backup run shop"), 1, "{:?}", said(&hook));

    // It is there, and nobody proved it: that is worse.
    let unproven = format!(
        "INSERT INTO backup (id, project_id, at_ms, trigger_kind, who, components, size_bytes, added_bytes, table_count, warning_count)
         VALUES ('b1', 'p', {}, 'schedule', 'anna', 'database', 1000, 10, 1, 0)",
        hour_before(begun)
    );
    change_in(console.home(), &[&unproven]).await;
    for minutes in [20, 31, 35] {
        look(engine, begun, minutes).await;
    }
    assert_eq!(times(&hook, "has backups, and none of them is proven"), 1, "{:?}", said(&hook));
    assert!(
        said(&hook).iter().any(|text| text.contains("worse than before") || text.contains("It got worse"))
    );

    proven(&console, "b1", "pass", begun).await;
    for minutes in [40, 99] {
        look(engine, begun, minutes).await;
    }
    assert_eq!(times(&hook, "shop: Recovery point is well again"), 0, "it may come back");
    for minutes in [101, 106, 200] {
        look(engine, begun, minutes).await;
    }
    assert_eq!(times(&hook, "shop: Recovery point is well again"), 1, "{:?}", said(&hook));
}

#[tokio::test]
async fn two_engines_at_once_and_one_after_a_restart_tell_it_once() {
    let (hook, console) = (Hook::start(), profile().await);
    webhook(&console, &hook, |_| ()).await;
    let begun = Timestamp::now();
    backup(&console, "b1", hour_before(begun)).await;
    proven(&console, "b1", "fail", begun).await;
    let other = console.second_engine().await;
    tokio::join!(look(&console.engine, begun, 1), look(&other, begun, 1));
    assert_eq!(times(&hook, "did not pass the last check"), 1, "{:?}", said(&hook));
    let after = console.second_engine().await;
    tokio::join!(look(&after, begun, 2), look(&other, begun, 3));
    assert_eq!(times(&hook, "did not pass the last check"), 1, "{:?}", said(&hook));
    // And the screen says when it was told, and where.
    let health = after.health(Some("shop")).await.unwrap();
    let finding = health.findings.iter().find(|one| one.what.contains("did not pass")).unwrap();
    let told = finding.told.clone().unwrap();
    let ops = told.channels.iter().find(|one| one.channel == "ops").unwrap();
    assert_eq!((ops.state.as_str(), ops.ended_at_ms.is_some()), ("sent", true), "{told:?}");
}

#[tokio::test]
async fn a_storm_of_five_hundred_is_one_message_with_the_worst_by_name() {
    let (hook, console) = (Hook::start(), profile().await);
    webhook(&console, &hook, |_| ()).await;
    let begun = Timestamp::now();
    let storm = [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
         INSERT INTO project (id, name, label, connection, created_at_ms)
         SELECT 'p' || i, 'project ' || i, p.label, p.connection, 0 FROM n, project p WHERE p.id = 'p'"
            .to_owned(),
        format!(
            "INSERT INTO backup (id, project_id, at_ms, trigger_kind, who, components, size_bytes, added_bytes, table_count, warning_count)
             SELECT 'b' || id, id, {}, 'schedule', 'anna', 'database', 1000, 10, 1, 0 FROM project WHERE id <> 'p'",
            hour_before(begun)
        ),
        format!(
            "INSERT INTO proof (backup_id, store, level, verdict, at_ms, elapsed_ms, reason)
             SELECT id, 'vault', 2, 'fail', {}, 1, 'Its bytes are damaged.' FROM backup",
            begun.as_millisecond()
        ),
    ];
    change_in(console.home(), &storm.each_ref().map(String::as_str)).await;
    look(&console.engine, begun, 0).await;
    let first = said(&hook);
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(first[0].contains("critical") && first[0].contains("more: open Health"), "{first:?}");
    assert!(first[0].lines().count() <= 13, "{first:?}");
    // Whatever appears with each look, an hour has six messages at most, and nothing is lost by it.
    for minutes in 1..=8_i64 {
        let name = format!("late {minutes}");
        let project = format!(
            "INSERT INTO project (id, name, label, connection, created_at_ms)
             SELECT 'l{minutes}', '{name}', label, connection, 0 FROM project WHERE id = 'p'"
        );
        let made = format!(
            "INSERT INTO backup (id, project_id, at_ms, trigger_kind, who, components, size_bytes, added_bytes, table_count, warning_count)
             VALUES ('bl{minutes}', 'l{minutes}', {}, 'schedule', 'anna', 'database', 1000, 10, 1, 0)",
            hour_before(begun)
        );
        change_in(console.home(), &[&project, &made]).await;
        proven(&console, &format!("bl{minutes}"), "fail", begun).await;
        look(&console.engine, begun, minutes).await;
    }
    assert_eq!(said(&hook).len(), 6, "{:?}", said(&hook));
    look(&console.engine, begun, 69).await;
    assert_eq!(said(&hook).len(), 7, "what was held back is one message");
    for minutes in 1..=8 {
        assert_eq!(
            times(&hook, &format!("late {minutes} holds 1 backup")),
            1,
            "{minutes}: {:?}",
            said(&hook)
        );
    }
}

#[tokio::test]
async fn what_a_policy_lets_go_is_told_before_the_next_removal_and_once() {
    let Some(server) = Server::shared() else { return };
    let (console, _) = nights(server, 6).await;
    let hook = Hook::start();
    webhook(&console, &hook, |_| ()).await;
    let begun = Timestamp::now();
    console.engine.set_retention(PROJECT, Some(last(2, 2))).await.unwrap();
    for minutes in [0, 30] {
        look(&console.engine, begun, minutes).await;
    }
    let going: Vec<Value> =
        events(&hook.calls()).into_iter().filter(|event| event["kind"] == "expiring").collect();
    assert_eq!(going.len(), 1, "{going:?}");
    assert_eq!(going[0]["subject"], "shop: 4 backups may go by its policy");
    assert_eq!(going[0]["severity"], "warning", "so many at once are not what it does every day");
    assert!(words(&going[0]).contains("holdfast retention preview shop"), "{}", words(&going[0]));
}

#[tokio::test]
async fn a_channel_that_fails_is_tried_again_until_it_is_mended_and_nothing_is_lost() {
    let (hook, console) = (Hook::start().with(PATH, Reply::Status(503, String::new())), profile().await);
    webhook(&console, &hook, |_| ()).await;
    let begun = Timestamp::now();
    backup(&console, "b1", hour_before(begun)).await;
    proven(&console, "b1", "fail", begun).await;
    for minutes in [0, 2, 9, 30, 91] {
        look(&console.engine, begun, minutes).await;
    }
    assert!(console.engine.channel("ops").await.unwrap().channel.failing_since_ms.is_some());
    let before = hook.calls().len();
    hook.answer(PATH, Reply::Status(200, String::new()));
    look(&console.engine, begun, 160).await;
    let arrived: Vec<String> = events(&hook.calls()[before..]).iter().map(words).collect();
    assert_eq!(
        arrived.iter().filter(|text| text.contains("did not pass the last check")).count(),
        1,
        "{arrived:?}"
    );
    look(&console.engine, begun, 170).await;
    let again: Vec<String> = events(&hook.calls()[before..]).iter().map(words).collect();
    assert_eq!(
        again.iter().filter(|text| text.contains("did not pass the last check")).count(),
        1,
        "{again:?}"
    );
}

#[tokio::test]
async fn a_channel_of_errors_hears_what_is_critical_and_its_end_and_no_warning() {
    let (hook, console) = (Hook::start(), profile().await);
    webhook(&console, &hook, |taste| taste.level = Level::Errors).await;
    let begun = Timestamp::now();
    for minutes in [0, 11] {
        look(&console.engine, begun, minutes).await;
    }
    assert_eq!(times(&hook, "shop"), 0, "{:?}", said(&hook));
    backup(&console, "b1", hour_before(begun)).await;
    proven(&console, "b1", "fail", begun).await;
    look(&console.engine, begun, 12).await;
    assert_eq!(times(&hook, "did not pass the last check"), 1, "{:?}", said(&hook));
    proven(&console, "b1", "pass", begun + SignedDuration::from_secs(1)).await;
    for minutes in [13, 80] {
        look(&console.engine, begun, minutes).await;
    }
    assert_eq!(times(&hook, "shop: Integrity is well again"), 1, "{:?}", said(&hook));
}

#[tokio::test]
async fn a_run_by_hand_that_fails_is_told_where_nobody_is_there() {
    let hook = Hook::start();
    let line: CommandLine = set_up(&["shop"]);
    add_webhook(&line, "ops", &hook.url(PATH), &[]);
    let of_hand = || {
        let all = events(&hook.calls());
        all.into_iter().filter(|event| event["kind"] == "hand_failed").collect::<Vec<_>>()
    };
    // A command line without a terminal.
    line.call(&["backup", "run", "shop"]);
    let told = of_hand();
    assert_eq!((told.len(), &told[0]["severity"]), (1, &Value::from("error")));
    assert!(words(&told[0]).contains("Command: holdfast job show "), "{}", words(&told[0]));
    let job = document(&line, 0, &["job", "list"])[0].clone();
    assert_eq!(told[0]["runId"], job["id"]);
    line.expect(0, &["schedule", "run-due"]);
    assert_eq!(of_hand().len(), 1);

    // The window: somebody looked at it after the run had ended, or nobody did.
    let ended = Timestamp::now();
    let window = |id: &str| {
        format!(
            "INSERT INTO job (id, kind, title, sentence, writes_vault, trigger_kind, state, process, cancel_asked, created_at_ms, finished_at_ms, progress)
             VALUES ('{id}', 'check', 'Checking Anchor', '', 0, 'window', 'failed', 'x', 0, 0, {}, '{{}}')",
            ended.as_millisecond()
        )
    };
    let home = line.folder().join("profile");
    change_in(
        &home,
        &[
            &window("seen"),
            "INSERT INTO setting (name, value) VALUES ('window_looked_at_ms', '9999999999999')",
        ],
    )
    .await;
    line.expect(0, &["schedule", "run-due"]);
    assert_eq!(of_hand().len(), 1, "somebody saw it");
    let gone = [
        "UPDATE setting SET value = '1' WHERE name = 'window_looked_at_ms'",
        "UPDATE channel SET created_at_ms = 0",
        "UPDATE setting SET value = '0' WHERE name = 'hand_failures_since_ms'",
    ];
    change_in(&home, &gone).await;
    line.expect(0, &["schedule", "run-due"]);
    assert_eq!(of_hand().len(), 1, "a person has five minutes");
    change_in(&home, &["UPDATE job SET finished_at_ms = finished_at_ms - 360000 WHERE id = 'seen'"]).await;
    line.expect(0, &["schedule", "run-due"]);
    assert_eq!(of_hand().len(), 2);
}
