//! Runs that fail, are tried again, and end with a person.

use testkit::{CommandLine, Server};

use super::{catalogue, document, set_up, two_days_later};

async fn wait_is_over(line: &CommandLine) {
    let catalogue = catalogue(line).await;
    let over = "UPDATE schedule_run SET ended_at_ms = ended_at_ms - 3600000";
    sqlx::query(over).execute(&catalogue).await.unwrap();
    catalogue.close().await;
}

#[tokio::test]
async fn a_run_that_fails_is_tried_three_times_more_and_then_needs_a_person_until_a_backup_works() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = set_up(server, 10).await;
    line.expect(0, &["schedule", "set", "shop", "--daily", "02:30"]);
    two_days_later(&line).await;
    let name = database.name().to_owned();
    let gone = server.settings("does_not_exist").redacted_url();
    let password = line.folder().join("password");
    let edit = |url: &str| {
        line.expect(0, &["project", "edit", "shop", "--postgres", url, "--password-file", password.as_str()]);
    };
    edit(&gone);
    for attempt in 1..=4 {
        let tried = document(&line, 1, &["schedule", "run-due"]);
        let (run, stands) = (&tried["runs"][0], &tried["schedules"][0]);
        assert_eq!(run["state"], "failed", "{tried}");
        assert!(run["said"].as_str().unwrap().contains("does_not_exist"), "{tried}");
        assert_eq!(stands["runs"][0]["attempts"], attempt);
        let expected = if attempt < 4 { "retrying" } else { "given_up" };
        assert_eq!(stands["state"], expected, "{stands}");
        assert!(stands["because"].as_str().unwrap().contains("does_not_exist"), "{stands}");
        // Before its time it is not tried again.
        assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"].as_array().map(Vec::len), Some(0));
        wait_is_over(&line).await;
    }
    let over = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(over["runs"].as_array().map(Vec::len), Some(0));
    assert!(over["schedules"][0]["because"].as_str().unwrap().contains("It needs a person"), "{over}");
    // A backup of a person is as good.
    edit(&server.settings(&name).redacted_url());
    line.expect(0, &["backup", "run", "shop"]);
    assert_eq!(document(&line, 0, &["schedule", "show"])[0]["state"], "planned");
}

#[tokio::test]
async fn a_scheduled_run_that_a_person_cancels_is_not_begun_again_before_the_next_time() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 300_000).await;
    line.expect(0, &["schedule", "set", "shop", "--daily", "02:30"]);
    two_days_later(&line).await;
    let mut command = line.command(&["schedule", "run-due"]);
    let mut running = testkit::child::Guarded::start(command.stdout(std::process::Stdio::null()));
    let job = testkit::poll::until("its dump runs", async || {
        let jobs = document(&line, 0, &["job", "list"]);
        let is_at_it = jobs[0]["state"] == "running" && jobs[0]["phase"] == "Dump";
        is_at_it.then(|| jobs[0]["id"].as_str().unwrap().to_owned())
    })
    .await;
    line.expect(0, &["job", "cancel", &job]);
    assert_eq!(running.child().wait().unwrap().code(), Some(130));
    let shown = document(&line, 0, &["schedule", "show"]);
    assert_eq!((&shown[0]["state"], &shown[0]["runs"][0]["state"]), (&"given_up".into(), &"stopped".into()));
    assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"].as_array().map(Vec::len), Some(0));
}
