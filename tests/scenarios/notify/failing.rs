//! Peers that refuse, hang, or send elsewhere.

use std::process::Stdio;

use serde_json::Value;
use testkit::{CommandLine, Hook, Reply, child, poll};

use super::{PATH, add_webhook, channel, document, events, kinds, make_due, set_up};

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
