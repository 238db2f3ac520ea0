//! Two programs that look at the same moment.

use std::process::Stdio;

use serde_json::Value;
use testkit::Server;

use super::{add, document, set_up, two_days_later};

/// Every day at `at`, as hours and minutes, as an expression.
fn cron(at: &str) -> String {
    let (hours, minutes) = at.split_once(':').unwrap();
    format!("{minutes} {hours} * * *")
}

const PROJECTS: [&str; 6] = ["shop", "blog", "wiki", "mail", "crm", "docs"];

#[tokio::test]
async fn two_run_due_at_once_do_each_thing_once() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = set_up(server, 100).await;
    for project in &PROJECTS[1..] {
        add(&line, server, &database, project);
    }
    // Half a day from now, so that none becomes due once more while this is looked at.
    let at = (jiff::Zoned::now() + jiff::SignedDuration::from_hours(12)).strftime("%H:%M").to_string();
    for project in PROJECTS {
        line.expect(0, &["schedule", "set", project, "--daily", &at]);
        // A second one of the same work, due at the same time, is done with the first.
        line.expect(0, &["schedule", "set", project, "--cron", &cron(&at), "--name", "often"]);
    }
    two_days_later(&line).await;
    let both = [0, 1].map(|_| {
        let mut command = line.command(&["--json", "schedule", "run-due"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    let mut done: Vec<String> = Vec::new();
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        done.extend(
            document["runs"]
                .as_array()
                .unwrap()
                .iter()
                .map(|run| run["project"].as_str().unwrap().to_owned()),
        );
    }
    // What one process could not begin since the other was at work in that project waits for the next look.
    document(&line, 0, &["schedule", "run-due"]);
    let backups = document(&line, 0, &["backup", "list"]);
    let mut of: Vec<&str> =
        backups["backups"].as_array().unwrap().iter().map(|one| one["project"].as_str().unwrap()).collect();
    of.sort_unstable();
    let mut expected = PROJECTS.to_vec();
    expected.sort_unstable();
    assert_eq!(of, expected, "{done:?}");
    done.sort_unstable();
    assert_eq!(done, expected);
}
