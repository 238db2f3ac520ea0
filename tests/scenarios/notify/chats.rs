//! Chats and heartbeats.

use testkit::{CommandLine, Hook, Reply};

use super::{PATH, document, make_due, set_up};

const TOKEN: &str = "123456:AAE-hush_token-of-a-bot";

fn write(line: &CommandLine, name: &str, text: &str) -> String {
    let file = line.folder().join(name);
    std::fs::write(&file, text).unwrap();
    file.into_string()
}

#[tokio::test]
async fn each_chat_gets_its_own_form_and_no_mentions() {
    let hook = Hook::start();
    let line = set_up(&["shop & <!channel>"]);
    for style in ["slack", "discord", "teams"] {
        let url = write(&line, "url", &hook.url(&format!("/{style}-hook")));
        line.expect(0, &["notify", "add", "webhook", style, "--style", style, "--url-file", &url]);
    }
    make_due(&line).await;
    line.expect(1, &["schedule", "run-due"]);
    let calls = hook.calls();
    let body = |path: &str| calls.iter().find(|call| call.path == path).unwrap().body.clone();
    let slack = body("/slack-hook");
    assert_eq!(slack["attachments"][0]["title"], "Error: shop &amp; &lt;!channel&gt;: backup failed");
    let discord = body("/discord-hook");
    assert_eq!(discord["embeds"][0]["title"], "Error: shop & \\<!channel\\>: backup failed");
    assert_eq!(discord["allowed_mentions"]["parse"].as_array().map(Vec::len), Some(0));
    let card = body("/teams-hook")["attachments"][0]["content"].clone();
    assert_eq!((&card["type"], &card["version"]), (&"AdaptiveCard".into(), &"1.4".into()));
    assert_eq!(card["body"][0]["inlines"][0]["text"], "Error: shop & <!channel>: backup failed");
}

#[tokio::test]
async fn a_bots_token_stands_in_its_call_and_in_no_error() {
    let hook = Hook::start();
    let line = set_up(&["shop"]);
    let token = write(&line, "token", TOKEN);
    let given = ["notify", "add", "telegram", "phone", "--chat", "-100123", "--token-file", &token];
    line.expect(0, &[&given[..], &["--api", &hook.url("")]].concat());
    make_due(&line).await;
    line.expect(1, &["schedule", "run-due"]);
    let call = hook.calls().remove(0);
    assert_eq!(call.path, format!("/bot{TOKEN}/sendMessage"));
    assert_eq!(call.body["chat_id"], "-100123");
    assert!(call.body["text"].as_str().unwrap().starts_with("Error: shop: backup failed\n"), "{call:?}");
    // It repeats the address that it was called at.
    hook.answer(&call.path, Reply::Echo(401));
    let called = line.call(&["-vv", "notify", "test", "phone"]);
    assert_eq!(called.status, Some(1));
    assert!(called.said.contains("answered 401") && !called.said.contains("AAE-hush"), "{called:?}");
}

#[tokio::test]
async fn a_heartbeat_hears_the_beginning_and_the_end_of_the_runs_of_its_project() {
    let hook = Hook::start();
    let line = set_up(&["shop", "blog"]);
    let url = write(&line, "url", &hook.url(PATH));
    line.expect(0, &["notify", "add", "heartbeat", "checks", "--url-file", &url, "--project", "shop"]);
    make_due(&line).await;
    line.expect(1, &["schedule", "run-due"]);
    let paths = hook.paths();
    assert_eq!(paths.last(), Some(&format!("{PATH}/fail")), "{paths:?}");
    // A run that is over before anybody looks has no beginning any more.
    assert!(paths.len() == 1 || paths == [format!("{PATH}/start"), format!("{PATH}/fail")], "{paths:?}");
    let shown = document(&line, 0, &["notify", "list"]);
    assert_eq!(shown[1]["target"]["project"], "shop");
}
