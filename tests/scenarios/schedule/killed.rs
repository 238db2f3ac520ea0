//! A scheduled run whose process is killed.

use std::process::Stdio;

use testkit::{Server, child, poll};

use super::{document, set_up, two_days_later};

#[tokio::test]
async fn a_scheduled_run_that_is_killed_is_done_once_by_the_next_run_due() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 300_000).await;
    line.expect(0, &["schedule", "set", "shop", "--daily", "02:30"]);
    two_days_later(&line).await;
    let mut command = line.command(&["schedule", "run-due"]);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    poll::soon("its dump runs", async || {
        let jobs = document(&line, 0, &["job", "list"]);
        jobs[0]["state"] == "running" && jobs[0]["phase"] == "Dump"
    })
    .await;
    // Else it might be done before it is killed.
    running.pause();
    // While it lives nobody else does it.
    let shown = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(
        (shown["runs"].as_array().map(Vec::len), &shown["schedules"][0]["state"]),
        (Some(0), &"running".into())
    );
    running.kill();

    let shown = document(&line, 0, &["schedule", "show"]);
    assert_eq!((&shown[0]["state"], &shown[0]["runs"][0]["state"]), (&"due".into(), &"interrupted".into()));
    let done = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(
        (done["runs"].as_array().map(Vec::len), &done["runs"][0]["state"]),
        (Some(1), &"succeeded".into())
    );
    assert_eq!(done["schedules"][0]["runs"][0]["attempts"], 2);
    assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"].as_array().map(Vec::len), Some(0));
    assert_eq!(document(&line, 0, &["backup", "list"])["total"], 1);
    let jobs = document(&line, 0, &["job", "list"]);
    let states: Vec<&str> =
        jobs.as_array().unwrap().iter().map(|job| job["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["succeeded", "interrupted"]);
}
