//! Two programs that tell at the same moment, and one that was killed while it told.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use testkit::{Hook, Reply, child, poll};

use super::calendar::{ended, profile, webhook};
use super::{PATH, add_webhook, change, change_in, channel, events, make_due, set_up};

const PROJECTS: [&str; 12] =
    ["shop", "blog", "wiki", "mail", "crm", "docs", "news", "jobs", "maps", "chat", "bank", "post"];

/// Two looks at all channels cost two thousand; one after the other, until the other process is done, has no such end.
const STEPS_OF_A_FEW_LOOKS: u64 = 20_000;

#[tokio::test]
async fn two_processes_send_each_message_once() {
    let hook = Hook::start().with(PATH, Reply::Status(503, String::new()));
    let line = set_up(&PROJECTS);
    add_webhook(&line, "ops", &hook.url(PATH), &[]);
    make_due(&line).await;
    line.expect(1, &["schedule", "run-due"]);
    assert_eq!(channel(&line, "ops")["waiting"], PROJECTS.len());
    // The peer is back, and all of them are due at the same moment.
    let before = hook.calls().len();
    hook.answer(PATH, Reply::Status(200, String::new()));
    change(&line, &["UPDATE delivery SET due_at_ms = 0 WHERE state = 'waiting'"]).await;
    let both = [0, 1].map(|_| {
        let mut command = line.command(&["--json", "schedule", "run-due"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    });
    for mut child in both {
        child.wait().unwrap();
    }
    let sent = events(&hook.calls()[before..]);
    let ids: BTreeSet<&str> = sent.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!((sent.len(), ids.len()), (PROJECTS.len(), PROJECTS.len()));
    assert_eq!(channel(&line, "ops")["waiting"], 0);
}

#[tokio::test]
async fn what_a_killed_process_was_sending_is_sent_by_the_next() {
    let hook = Hook::start().with(PATH, Reply::Nothing);
    let line = set_up(&["shop"]);
    add_webhook(&line, "ops", &hook.url(PATH), &[]);
    make_due(&line).await;
    let mut command = line.command(&["schedule", "run-due"]);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    poll::soon("it is sending", async || hook.calls().len() == 1).await;
    running.kill();
    hook.answer(PATH, Reply::Status(200, String::new()));
    line.expect(0, &["schedule", "run-due"]);
    let sent = events(&hook.calls());
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0]["id"], sent[1]["id"], "a reader can tell that it is the same");
    line.expect(0, &["schedule", "run-due"]);
    assert_eq!(hook.calls().len(), 2);
}

#[tokio::test]
async fn while_another_process_sends_to_a_channel_nobody_asks_for_its_turn_without_end() {
    let (hook, console) = (Hook::start().with(PATH, Reply::Nothing), profile().await);
    webhook(&console, &hook, |_| {}).await;
    change_in(console.home(), &["UPDATE channel SET created_at_ms = 0"]).await;
    let (other, now) = (console.second_engine().await, Timestamp::now());
    ended(&console, "failed", 1, now).await;
    let sending = tokio::spawn(other.notifier().without_health().once());
    poll::soon("the other process is sending", async || hook.calls().len() == 1).await;

    // Another message is due as well, and waits for the end of that.
    change_in(
        console.home(),
        &[
            "INSERT INTO message (id, key, kind, severity, is_change, at_ms, words)
             SELECT 'other', 'other', kind, severity, is_change, at_ms, words FROM message LIMIT 1",
            "INSERT INTO delivery (message_id, channel_id, state, due_at_ms)
             SELECT 'other', id, 'waiting', 0 FROM channel WHERE name = 'ops'",
        ],
    )
    .await;
    let before = console.engine.catalog_steps();
    let work = tokio::time::sleep(Duration::from_secs(2));
    console.engine.notifier().without_health().beside(work).await;

    let waiting = console.engine.channel("ops").await.unwrap().waiting;
    assert_eq!((waiting, hook.calls().len()), (1, 1), "the one is being sent, the other waits");
    let steps = console.engine.catalog_steps() - before;
    assert!(steps < STEPS_OF_A_FEW_LOOKS, "{steps}");
    sending.abort();
}
