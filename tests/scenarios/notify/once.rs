//! Two programs that tell at the same moment, and one that was killed while it told.

use std::collections::BTreeSet;
use std::process::Stdio;

use testkit::{Hook, Reply, child, poll};

use super::{PATH, add_webhook, change, channel, events, make_due, set_up};

const PROJECTS: [&str; 12] =
    ["shop", "blog", "wiki", "mail", "crm", "docs", "news", "jobs", "maps", "chat", "bank", "post"];

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
