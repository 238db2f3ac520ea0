//! Retention by itself, backups with their own time to live, and a pause of everything.

use serde_json::Value;
use testkit::Server;

use crate::prune::restic_agrees;

use super::{catalogue, document, set_up, two_days_later};

/// Each backup a day older than the one after it.
async fn spread(line: &testkit::CommandLine) {
    let catalogue = catalogue(line).await;
    let spread = "UPDATE backup SET at_ms = at_ms - 86400000 *
                  (SELECT count(*) FROM backup newer WHERE newer.rowid > backup.rowid)";
    sqlx::query(spread).execute(&catalogue).await.unwrap();
    catalogue.close().await;
}

#[tokio::test]
async fn what_the_policy_does_not_keep_goes_by_itself_its_space_is_free_and_every_snapshot_is_whole() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = set_up(server, 20_000).await;
    for round in 0..5 {
        // New rows in each, so that what goes frees something.
        let fill =
            format!("insert into t select g, md5(g::text || {round}) from generate_series(1, 20000) g");
        database.run(&format!("create table if not exists t (i int, t text); truncate t; {fill}")).await;
        line.expect(0, &["backup", "run", "shop"]);
    }
    spread(&line).await;
    line.expect(0, &["retention", "set", "shop", "--keep-last", "3", "--floor", "3"]);
    line.expect(0, &["schedule", "set", "shop", "--kind", "prune", "--daily", "06:00"]);
    two_days_later(&line).await;
    let before = document(&line, 0, &["vault", "info"])["storedBytes"].as_u64().unwrap();

    let done = document(&line, 0, &["schedule", "run-due"]);

    let (run, stands) = (&done["runs"][0], &done["schedules"][0]);
    assert_eq!((&run["work"], &run["state"]), (&"prune".into(), &"succeeded".into()), "{done}");
    let said = run["said"].as_str().unwrap();
    assert!(said.starts_with("2 backups of shop removed.") && said.contains("Freed "), "{said}");
    assert_eq!(stands["state"], "planned");
    assert_eq!(document(&line, 0, &["backup", "list"])["total"], 3);
    let after = document(&line, 0, &["vault", "info"])["storedBytes"].as_u64().unwrap();
    assert!(after < before - 500_000, "{before} and {after}");
    let audit = line.expect(0, &["audit", "list"]).output;
    for act in ["retention.applied", "backup.deleted"] {
        assert!(
            audit.lines().any(|entry| entry.contains("schedule  ") && entry.contains(act)),
            "{act}: {audit}"
        );
    }
    let newest = document(&line, 0, &["backup", "list"])["backups"][0]["id"].as_str().unwrap().to_owned();
    restic_agrees(&line, &newest);
    // And not again.
    assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn a_backup_of_a_schedule_with_its_own_time_to_keep_goes_after_it_and_others_stay() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 100).await;
    line.expect(0, &["schedule", "set", "shop", "--daily", "02:30", "--keep", "36h"]);
    two_days_later(&line).await;
    let done = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(done["schedules"][0]["keepMs"], 36 * 3_600_000, "{done}");
    assert!(done["schedules"][0]["command"].as_str().unwrap().ends_with("--keep 36h"), "{done}");

    let dates: Vec<(i64, i64)> = {
        let catalogue = catalogue(&line).await;
        let dates = "SELECT b.at_ms, k.until_ms FROM backup b JOIN backup_keeping k ON k.backup_id = b.id";
        let dates = sqlx::query_as(dates).fetch_all(&catalogue).await.unwrap();
        catalogue.close().await;
        dates
    };
    assert_eq!(dates.len(), 1);
    assert_eq!(dates[0].1 - dates[0].0, 36 * 3_600_000);

    let refused = document(
        &line,
        2,
        &["schedule", "set", "shop", "--kind", "drill", "--daily", "05:00", "--keep", "36h"],
    );
    assert_eq!(refused["error"]["code"], "invalid_request", "{refused}");
}

#[tokio::test]
async fn while_everything_is_paused_nothing_is_done_and_afterwards_one_run_makes_up_for_it() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 100).await;
    line.expect(0, &["schedule", "set", "shop", "--daily", "02:30"]);
    two_days_later(&line).await;
    let paused = document(&line, 0, &["schedule", "pause", "--all", "--until", "8h"]);
    assert!(paused["untilMs"].as_i64() > paused["atMs"].as_i64(), "{paused}");

    let waits = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(
        (&waits["runs"], &waits["schedules"][0]["state"]),
        (&Value::Array(Vec::new()), &"paused".into())
    );
    assert_eq!(document(&line, 0, &["schedule", "resume", "--all"]), Value::Null);
    let done = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(done["runs"][0]["state"], "succeeded", "{done}");
    let audit = line.expect(0, &["audit", "list"]).output;
    assert!(audit.contains("schedule.paused") && audit.contains("schedule.resumed"), "{audit}");
}
