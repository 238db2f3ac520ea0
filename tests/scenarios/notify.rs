//! Notifications through the front doors: what happens reaches each channel once, and what does not arrive is said.

mod alarms;
mod calendar;
mod chats;
mod desk;
mod failing;
mod kept;
mod mail;
mod once;

use camino::Utf8Path;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use testkit::{Call, CommandLine, Hook};

use crate::secrets::contains;

/// Parts of addresses and keys that are nowhere else in the world.
const PATH: &str = "/services/T0F4WKEY91/hushhushPath7731";
const KEY: &str = "a-signing-key-that-nobody-knows-5512";

/// A profile with a vault, and a project whose database is not there: its backups fail at once.
fn set_up(projects: &[&str]) -> CommandLine {
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    for project in projects {
        let url = "postgresql://reader@127.0.0.1:1/nowhere";
        line.expect(0, &["project", "add", project, "--postgres", url, "--no-password"]);
        line.expect(0, &["schedule", "set", project, "--daily", "02:30"]);
    }
    line
}

/// Adds a webhook of our own form.
fn add_webhook(line: &CommandLine, name: &str, url: &str, more: &[&str]) {
    let (address, key) = (line.folder().join("address"), line.folder().join("key"));
    std::fs::write(&address, url).unwrap();
    std::fs::write(&key, format!("{KEY}\n")).unwrap();
    let given = ["notify", "add", "webhook", name, "--url-file", address.as_str()];
    let given = [&given[..], &["--key-file", key.as_str()], more].concat();
    line.expect(0, &given);
    std::fs::remove_file(address).unwrap();
    std::fs::remove_file(key).unwrap();
}

/// The one document that a call printed.
fn document(line: &CommandLine, status: i32, arguments: &[&str]) -> Value {
    let called = line.expect(status, &[&["--json"], arguments].concat());
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

fn channel(line: &CommandLine, name: &str) -> Value {
    let all = document(line, 0, &["notify", "list"]);
    all.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone()
}

async fn change(line: &CommandLine, statements: &[&str]) {
    change_in(&line.folder().join("profile"), statements).await;
}

/// Changes the catalogue of the profile at `home`.
async fn change_in(home: &Utf8Path, statements: &[&str]) {
    let file = SqliteConnectOptions::new().filename(home.join("catalog.db"));
    let catalogue = SqlitePool::connect_with(file).await.unwrap();
    for statement in statements {
        sqlx::query(statement).execute(&catalogue).await.unwrap();
    }
    catalogue.close().await;
}

/// As if every schedule and channel were two days old: something is due.
async fn make_due(line: &CommandLine) {
    let earlier = [
        "UPDATE schedule SET set_at_ms = set_at_ms - 2 * 86400000",
        "UPDATE schedule_run SET ended_at_ms = ended_at_ms - 3600000 WHERE state = 'failed'",
    ];
    change(line, &earlier).await;
}

/// All events that came, in order.
fn events(calls: &[Call]) -> Vec<Value> {
    calls.iter().flat_map(|call| call.body["events"].as_array().cloned().unwrap_or_default()).collect()
}

fn kinds(hook: &Hook) -> Vec<String> {
    events(&hook.calls()).iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

/// A signature that a reader computes by itself, as docs/formats.md says.
fn is_signed(call: &Call, key: &str) -> bool {
    let header = call.head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("holdfast-signature").then(|| value.trim().to_owned())
    });
    let header = header.unwrap_or_else(|| panic!("not signed: {}", call.head));
    let (at, signature) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let bytes: Vec<u8> = (0..signature.len() / 2)
        .map(|at| u8::from_str_radix(&signature[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key.as_bytes());
    ring::hmac::verify(&key, format!("{at}.{}", call.text).as_bytes(), &bytes).is_ok()
}

#[tokio::test]
async fn a_run_that_fails_is_told_once_signed_and_with_its_reason() {
    let hook = Hook::start();
    let line = set_up(&["shop"]);
    add_webhook(&line, "ops", &hook.url(PATH), &[]);
    make_due(&line).await;
    let run = document(&line, 1, &["schedule", "run-due"])["runs"][0].clone();
    let calls = hook.calls();
    assert_eq!((calls.len(), calls[0].path.as_str()), (1, PATH), "{calls:?}");
    assert!(is_signed(&calls[0], KEY) && !is_signed(&calls[0], "another key"));
    let (body, event) = (&calls[0].body, &calls[0].body["events"][0]);
    assert_eq!((&body["format"], &body["version"]), (&"holdfast.notification".into(), &1.into()));
    assert_eq!((&event["kind"], &event["severity"]), (&"run_failed".into(), &"error".into()));
    assert_eq!((&event["project"]["name"], &event["runId"]), (&"shop".into(), &run["jobId"]));
    assert_eq!(event["lines"][0], run["said"], "{event}");
    // It is told when it changes, not at each attempt; and once nobody tries any more.
    for _ in 2..=4 {
        make_due(&line).await;
        document(&line, 1, &["schedule", "run-due"]);
    }
    assert_eq!(kinds(&hook), ["run_failed", "gave_up"]);
    line.expect(0, &["schedule", "run-due"]);
    assert_eq!(hook.calls().len(), 2);
    assert_eq!(channel(&line, "ops")["state"], "works");
}

#[tokio::test]
async fn what_is_secret_about_a_channel_is_in_no_file_no_word_and_no_document() {
    let hook = Hook::start().with(PATH, testkit::Reply::Echo(500));
    let line = set_up(&["shop"]);
    add_webhook(&line, "ops", &hook.url(PATH), &[]);
    make_due(&line).await;
    let secrets = [PATH.rsplit('/').next().unwrap(), "T0F4WKEY91", KEY];
    let mut said = String::new();
    for (status, arguments) in [
        (1, vec!["-vv", "schedule", "run-due"]),
        (1, vec!["-vv", "notify", "test", "ops"]),
        (0, vec!["-vv", "notify", "list", "--json"]),
        (0, vec!["-vv", "audit", "list", "--json"]),
        (1, vec!["-vv", "doctor"]),
    ] {
        let called = line.call(&arguments);
        assert!(called.status == Some(status) || arguments.contains(&"doctor"), "{called:?}");
        said.push_str(&called.output);
        said.push_str(&called.said);
    }
    assert!(said.contains("answered 500") && said.contains("127.0.0.1"), "{said}");
    assert!(!hook.calls().is_empty());
    for secret in secrets {
        assert!(!said.contains(secret), "{secret} was said");
        let mut folders = vec![line.folder().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir_utf8().unwrap().flatten() {
                match entry.file_type().unwrap() {
                    kind if kind.is_dir() => folders.push(entry.path().to_owned()),
                    kind if kind.is_file() => {
                        let bytes = std::fs::read(entry.path()).unwrap();
                        assert!(!contains(&bytes, secret.as_bytes()), "{secret} in {}", entry.path());
                    }
                    _ => {}
                }
            }
        }
    }
}

#[tokio::test]
async fn every_act_on_a_channel_is_in_the_audit_log() {
    let hook = Hook::start();
    let line = set_up(&[]);
    add_webhook(&line, "ops", &hook.url(PATH), &["--level", "warnings"]);
    line.expect(0, &["notify", "edit", "ops", "--level", "errors", "--quiet-hours", "22:00-07:00"]);
    line.expect(0, &["notify", "test", "ops"]);
    line.expect(0, &["notify", "remove", "ops"]);
    let audit = line.expect(0, &["audit", "list"]).output;
    for act in ["channel.added", "channel.edited", "channel.tested", "channel.removed"] {
        assert!(audit.contains(act), "{act}: {audit}");
    }
    assert_eq!(kinds(&hook), ["test"]);
    assert_eq!(document(&line, 1, &["notify", "test", "ops"])["error"]["code"], "channel_not_found");
}
