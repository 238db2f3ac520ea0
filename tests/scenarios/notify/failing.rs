//! Peers that refuse, hang, or send elsewhere.

use std::process::Stdio;

use engine::schedule::{QuietHours, TimeOfDay};
use jiff::SignedDuration;
use serde_json::Value;
use testkit::{CommandLine, Console, Hook, Reply, child, poll};

use super::calendar::{NOON, at, ended, profile, tell, webhook};
use super::{PATH, add_webhook, change_in, channel, document, events, kinds, make_due, set_up};

#[tokio::test]
async fn a_webhook_that_hangs_holds_up_neither_the_run_nor_another_channel() {
    let (silent, hook) = (Hook::start().with("/silent", Reply::Nothing), Hook::start());
    let line = set_up(&["shop"]);
    add_webhook(&line, "a silent one", &silent.url("/silent"), &[]);
    add_webhook(&line, "ops", &hook.url(PATH), &[]);
    make_due(&line).await;
    let mut command = line.command(&["--json", "schedule", "run-due"]);
    let mut running = child::Guarded::start(command.stdout(Stdio::null()));
    poll::soon("the other channel hears of it", async || hook.calls().len() == 1).await;
    poll::soon("the silent one was called", async || silent.calls().len() == 1).await;
    assert_eq!(document(&line, 0, &["job", "list"])[0]["state"], "failed", "the run is over");
    assert!(running.child().try_wait().unwrap().is_none(), "it still waits for the silent one");
    // Within its limit it gives up for now.
    let ended = running.child().wait().unwrap();
    assert_eq!(ended.code(), Some(1));
    let silent = channel(&line, "a silent one");
    assert_eq!((&silent["state"], &silent["waiting"]), (&"retrying".into(), &1.into()));
    assert!(silent["problem"].as_str().unwrap().contains("did not answer within 30 seconds"), "{silent}");
}

#[tokio::test]
async fn a_channel_that_fails_is_told_by_the_others_by_doctor_by_health_and_by_the_list_until_it_works() {
    let gone = Hook::start().with("/gone", Reply::Status(410, "no such\nhook".into()));
    let hook = Hook::start();
    let line = set_up(&["shop"]);
    add_webhook(&line, "old", &gone.url("/gone"), &[]);
    add_webhook(&line, "ops", &hook.url(PATH), &[]);
    make_due(&line).await;
    line.expect(1, &["schedule", "run-due"]);
    let mut told = kinds(&hook);
    told.sort_unstable();
    assert_eq!(told, ["channel_failing", "run_failed"]);
    let failing = events(&hook.calls()).into_iter().find(|event| event["kind"] == "channel_failing").unwrap();
    assert_eq!(failing["subject"], "Notifications do not reach “old”");
    assert!(failing["lines"][0].as_str().unwrap().contains("answered 410: no such hook"), "{failing}");
    assert_eq!(channel(&line, "old")["state"], "failing");
    let doctor = line.call(&["doctor"]).output;
    assert!(doctor.contains("notifications do not reach “old”") && doctor.contains("410"), "{doctor}");
    assert!(line.expect(0, &["notify", "list"]).output.contains("FAILING"));
    let health = of_channels(&line);
    assert_eq!((&health["severity"], &health["subject"]), (&"warning".into(), &"Channel “old”".into()));
    assert!(health["why"].as_str().unwrap().contains("answered 410: no such hook"), "{health}");
    assert_eq!(health["command"], "holdfast notify test old");
    // It is said once, and no more once something arrives.
    line.expect(0, &["schedule", "run-due"]);
    assert_eq!(hook.calls().len(), 2);
    gone.answer("/gone", Reply::Status(200, String::new()));
    line.expect(0, &["notify", "test", "old"]);
    assert_eq!(channel(&line, "old")["state"], "works");
    assert!(!line.call(&["doctor"]).output.contains("do not reach"));
    assert_eq!(of_channels(&line)["severity"], "ok");
}

/// What health says first of channels; it ends with an error here, since the project has no backup.
fn of_channels(line: &CommandLine) -> Value {
    let health: Value = serde_json::from_str(&line.call(&["--json", "health"]).output).unwrap();
    let findings = health["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["code"] == "channel").unwrap().clone()
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_said() {
    let hook = Hook::start();
    hook.answer("/moved", Reply::Redirect(hook.url("/elsewhere")));
    let line = set_up(&[]);
    add_webhook(&line, "ops", &hook.url("/moved"), &[]);
    let error = document(&line, 1, &["notify", "test", "ops"])["error"].clone();
    assert_eq!(error["code"], "notification_failed");
    assert!(error["message"].as_str().unwrap().contains("answered 302, and redirects are not followed"));
    assert_eq!(hook.paths(), ["/moved"]);
}

#[tokio::test]
async fn an_endless_answer_and_a_dead_address_end_with_words() {
    let hook = Hook::start().with("/endless", Reply::Endless);
    let line = set_up(&[]);
    add_webhook(&line, "endless", &hook.url("/endless"), &[]);
    // It said 200 before it went on for ever: the message was taken.
    line.expect(0, &["notify", "test", "endless"]);
    add_webhook(&line, "dead", "http://127.0.0.1:1/hook", &[]);
    let error = document(&line, 1, &["notify", "test", "dead"])["error"].clone();
    assert!(error["message"].as_str().unwrap().contains("could not be called"), "{error}");
    add_webhook(&line, "nowhere", "https://no-such-host.invalid/hook", &[]);
    let error = document(&line, 1, &["notify", "test", "nowhere"])["error"].clone();
    assert!(
        error["message"].as_str().unwrap().starts_with("https://no-such-host.invalid could not be called")
    );
}

/// What is on its way to the webhook, and whether its channel is in trouble.
async fn standing(console: &Console) -> (u64, bool) {
    let standing = console.engine.channel("ops").await.unwrap();
    (standing.waiting, standing.channel.problem.is_some())
}

#[tokio::test]
async fn a_channel_does_not_fall_silent_where_what_became_of_a_message_could_not_be_written_down() {
    let (hook, console) = (Hook::start(), profile().await);
    webhook(&console, &hook, |_| {}).await;
    let now = at(NOON);
    ended(&console, "failed", 1, now).await;
    let full = "CREATE TRIGGER full BEFORE UPDATE ON delivery WHEN NEW.state = 'sent'
                BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    change_in(console.home(), &[full]).await;
    tell(&console, now).await;
    assert_eq!((kinds(&hook), standing(&console).await), (vec!["run_failed".to_owned()], (1, false)));

    // The same process, once there is room again; not at once, since the message may have arrived.
    change_in(console.home(), &["DROP TRIGGER full"]).await;
    tell(&console, now).await;
    assert_eq!(hook.calls().len(), 1);
    tell(&console, now + SignedDuration::from_mins(1)).await;

    let sent = events(&hook.calls());
    assert_eq!((sent.len(), standing(&console).await), (2, (0, false)));
    assert_eq!(sent[0]["id"], sent[1]["id"], "a reader can tell that it is the same");
}

#[tokio::test]
async fn what_arrived_is_not_sent_again_where_its_channel_could_not_be_said_to_work() {
    let (hook, console) = (Hook::start(), profile().await);
    webhook(&console, &hook, |_| {}).await;
    let now = at(NOON);
    ended(&console, "failed", 1, now).await;
    let busy = "CREATE TRIGGER busy BEFORE UPDATE ON channel BEGIN SELECT RAISE(ABORT, 'busy'); END";
    change_in(console.home(), &[busy]).await;
    tell(&console, now).await;
    change_in(console.home(), &["DROP TRIGGER busy"]).await;

    tell(&console, now + SignedDuration::from_mins(1)).await;

    assert_eq!((kinds(&hook), standing(&console).await.0), (vec!["run_failed".to_owned()], 0));
}

#[tokio::test]
async fn a_message_that_cannot_be_read_fails_and_the_others_are_told() {
    let (hook, console) = (Hook::start(), profile().await);
    let time = |text| TimeOfDay::parse(text).unwrap();
    let quiet = QuietHours::new(time("22:00"), time("07:00")).unwrap();
    webhook(&console, &hook, |taste| taste.quiet = Some(quiet)).await;
    for (night, state) in [("2040-01-04T23:30:00Z", "succeeded"), ("2040-01-05T03:00:00Z", "failed")] {
        ended(&console, state, 1, at(night)).await;
        tell(&console, at(night)).await;
    }
    let garbled = "UPDATE message SET words = 'garbled' WHERE kind = 'run_completed'";
    change_in(console.home(), &[garbled]).await;

    tell(&console, at("2040-01-05T07:00:00Z")).await;

    assert_eq!((kinds(&hook), standing(&console).await), (vec!["run_failed".to_owned()], (0, false)));
}
