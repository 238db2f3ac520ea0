//! Schedules through the front doors: set, due, done once, killed, failing, and what they do beside backups.

mod at_once;
mod failing;
mod house;
mod killed;
mod kinds;
mod power;
mod window;

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use testkit::{CommandLine, Database, Server};

use crate::jobs::fill;

/// A profile on a database of some rows, with a vault and the project `shop`.
async fn set_up(server: &'static Server, rows: u32) -> (CommandLine, Database<'static>) {
    let database = server.database().await;
    fill(&database, rows).await;
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    add(&line, server, &database, "shop");
    (line, database)
}

fn add(line: &CommandLine, server: &Server, database: &Database<'_>, project: &str) {
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["project", "add", project, "--postgres", &url, "--password-file", password.as_str()]);
}

/// The one document that a call printed, whatever its status.
fn document(line: &CommandLine, status: i32, arguments: &[&str]) -> Value {
    let called = line.expect(status, &[&["--json"], arguments].concat());
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

pub(crate) async fn catalogue(line: &CommandLine) -> SqlitePool {
    let file = SqliteConnectOptions::new().filename(line.folder().join("profile/catalog.db"));
    SqlitePool::connect_with(file).await.unwrap()
}

/// As if every schedule had been set two days ago, and failed attempts were long over.
async fn two_days_later(line: &CommandLine) {
    let catalogue = catalogue(line).await;
    for statement in [
        "UPDATE schedule SET set_at_ms = set_at_ms - 2 * 86400000",
        "UPDATE schedule_run SET ended_at_ms = ended_at_ms - 3600000 WHERE state = 'failed'",
    ] {
        sqlx::query(statement).execute(&catalogue).await.unwrap();
    }
    catalogue.close().await;
}

#[tokio::test]
async fn what_was_set_is_done_when_it_is_due_and_the_next_time_is_shown() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 100).await;
    let set = document(&line, 0, &["schedule", "set", "shop", "--daily", "02:30"]);
    assert_eq!((set["state"].as_str(), set["work"].as_str()), (Some("planned"), Some("backup")), "{set}");
    assert_eq!(set["upcomingMs"][0], set["nextAtMs"]);
    // Nothing before it was set is due.
    assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"], Value::Array(Vec::new()));

    two_days_later(&line).await;
    assert_eq!(document(&line, 0, &["schedule", "show", "shop"])[0]["state"], "due");
    let done = document(&line, 0, &["schedule", "run-due"]);
    let (run, stands) = (&done["runs"][0], &done["schedules"][0]);
    assert_eq!(
        (run["state"].as_str(), run["schedule"].as_str()),
        (Some("succeeded"), Some("backup")),
        "{done}"
    );
    assert_eq!((&stands["state"], &stands["nextAtMs"]), (&Value::from("planned"), &set["nextAtMs"]));
    assert_eq!(stands["runs"][0]["jobId"], run["jobId"]);
    assert!(stands["lastSuccessAtMs"].as_i64() >= run["slotMs"].as_i64());

    let backups = document(&line, 0, &["backup", "list"]);
    assert_eq!(backups["total"], 1);
    assert_eq!(
        (&backups["backups"][0]["trigger"], &backups["backups"][0]["level"]),
        (&Value::from("schedule"), &Value::from("readable"))
    );
    assert_eq!(backups["backups"][0]["reason"], "scheduled every day at 02:30");
    assert_eq!(
        document(&line, 0, &["job", "show", run["jobId"].as_str().unwrap()])["row"]["trigger"],
        "schedule"
    );
    let audit = line.expect(0, &["audit", "list"]).output;
    assert!(audit.contains("schedule.set") && audit.contains("backup.finished"), "{audit}");
    assert!(
        audit.lines().any(|entry| entry.contains("schedule  ") && entry.contains("backup.started")),
        "{audit}"
    );
    line.expect(0, &["audit", "verify"]);
    // And not a second time.
    assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn a_schedule_is_paused_resumed_and_removed_and_each_is_in_the_audit_log() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 10).await;
    line.expect(0, &["schedule", "set", "shop", "--weekly", "sun", "04:00"]);
    line.expect(0, &["schedule", "set", "shop", "--kind", "drill", "--monthly", "31", "05:00", "--utc"]);
    two_days_later(&line).await;
    let paused = document(&line, 0, &["schedule", "pause", "shop", "--until", "30d"]);
    assert!(
        paused.as_array().unwrap().iter().all(|one| one["state"] == "paused" && !one["nextAtMs"].is_null())
    );
    assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"], Value::Array(Vec::new()));
    let resumed = document(&line, 0, &["schedule", "resume", "shop", "--name", "drill"]);
    let states: Vec<&str> =
        resumed.as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!((states.len(), states[0]), (2, "paused"));
    assert_ne!(states[1], "paused");
    line.expect(0, &["schedule", "remove", "shop"]);
    assert_eq!(document(&line, 0, &["schedule", "show"]), Value::Array(Vec::new()));
    assert_eq!(document(&line, 1, &["schedule", "remove", "shop"])["error"]["code"], "schedule_not_found");
    let audit = line.expect(0, &["audit", "list"]).output;
    for act in ["schedule.set", "schedule.paused", "schedule.resumed", "schedule.removed"] {
        assert!(audit.contains(act), "{act}: {audit}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_named_with_what_to_give_instead() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 10).await;
    for (arguments, said) in [
        (vec!["--daily", "25:00"], "\"25:00\" is no time of day"),
        (vec!["--weekly", "someday", "02:00"], "\"someday\" is no day of the week"),
        (vec!["--monthly", "32", "02:00"], "\"32\" is no day of a month"),
        (vec!["--monthly", "last", "02:00"], "\"last\" is no day of a month"),
        (vec!["--cron", "0 3 30 2 *"], "\"0 3 30 2 *\" never comes"),
        (vec!["--hourly", "--jitter", "40"], "a jitter of 2400 s"),
        (vec!["--hourly", "--quiet-hours", "8"], "\"8\" are no hours"),
    ] {
        let error = document(&line, 2, &[&["schedule", "set", "shop"], arguments.as_slice()].concat());
        assert_eq!(error["error"]["message"], said);
        assert!(
            error["error"]["hint"]
                .as_str()
                .is_some_and(|hint| hint.starts_with("Give ") || hint.starts_with("Look "))
        );
    }
    assert_eq!(document(&line, 2, &["schedule", "set", "shop"])["error"]["code"], "wrong_usage");
    line.expect(0, &["schedule", "set", "shop", "--hourly"]);
    let error = document(&line, 2, &["schedule", "pause", "shop", "--until", "soon"]);
    assert_eq!(error["error"]["message"], "\"soon\" is no moment");
}
