//! What schedules do beside backups.

use serde_json::Value;
use testkit::Server;

use super::{document, set_up, two_days_later};
use crate::pull::bench::Bench;

#[tokio::test]
async fn what_a_platform_backed_up_is_pulled_by_itself() {
    let Some(bench) = Bench::new().await else { return };
    let line = bench.line();
    line.expect(0, &["platform", "create", "shop", "--kind", "full"]);
    let set = document(&line, 0, &["schedule", "set", "shop", "--daily", "02:30"]);
    assert_eq!(set["work"], "pull");
    two_days_later(&line).await;
    let done = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(
        (&done["runs"][0]["state"], &done["schedules"][0]["state"]),
        (&"succeeded".into(), &"planned".into())
    );
    let backups = document(&line, 0, &["backup", "list"]);
    assert_eq!((&backups["total"], &backups["backups"][0]["trigger"]), (&1.into(), &"schedule".into()));
    assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn a_schedule_has_the_platform_make_one_and_brings_all_that_is_not_here() {
    let Some(bench) = Bench::new().await else { return };
    let line = bench.line();
    line.expect(0, &["platform", "create", "shop", "--kind", "storage"]);
    let set = &["schedule", "set", "shop", "--daily", "02:30", "--create", "database", "--no-compression"];
    let set = document(&line, 0, set);
    assert_eq!((&set["work"], &set["name"]), (&"pull".into(), &"create-database".into()));
    let command = set["command"].as_str().unwrap();
    assert!(
        command.contains("--create database --no-compression") && !command.contains("--kind"),
        "{command}"
    );
    two_days_later(&line).await;
    // That somebody else pulled meanwhile makes nothing.
    line.expect(0, &["pull", "shop"]);
    let done = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(done["runs"][0]["state"], "succeeded", "{done}");
    let made = bench.archives().into_iter().filter(|file| file.as_str().contains("_database")).count();
    assert_eq!((&document(&line, 0, &["backup", "list"])["total"], made), (&2.into(), 1));
    assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"], Value::Array(Vec::new()));

    let unknown = document(&line, 2, &["schedule", "set", "shop", "--daily", "02:30", "--create", "tape"]);
    assert!(unknown["error"]["hint"].as_str().unwrap().contains("full, database"), "{unknown}");
    let sealed = ["schedule", "set", "shop", "--daily", "02:30", "--create", "full", "--encrypt"];
    let refused = line.call(&[&["--json"], &sealed[..]].concat());
    assert!(refused.output.contains("archive_passphrase_needed"), "{refused:?}");
    std::fs::write(line.folder().join("phrase"), "a server's own secret").unwrap();
    line.expect(0, &["platform", "passphrase", "shop", "--file", "phrase"]);
    line.expect(0, &sealed);
    line.expect(0, &["platform", "passphrase", "shop", "--forget"]);
}

#[tokio::test]
async fn a_vault_whose_disk_is_not_connected_is_waited_for_and_no_attempt_is_used_up() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 10).await;
    line.expect(0, &["schedule", "set", "shop", "--daily", "02:30"]);
    two_days_later(&line).await;
    let (there, away) = (line.folder().join("vault"), line.folder().join("unplugged"));
    std::fs::rename(&there, &away).unwrap();
    let waits = document(&line, 0, &["schedule", "run-due"]);
    let stands = &waits["schedules"][0];
    assert_eq!(
        (waits["runs"].as_array().map(Vec::len), &stands["state"]),
        (Some(0), &"waiting".into()),
        "{waits}"
    );
    assert!(stands["because"].as_str().unwrap().contains("its disk may not be connected"), "{stands}");
    std::fs::rename(&away, &there).unwrap();
    let done = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(
        (&done["runs"][0]["state"], &done["schedules"][0]["runs"][0]["attempts"]),
        (&"succeeded".into(), &1.into())
    );
}

#[tokio::test]
async fn verifications_and_drills_are_done_by_themselves_once_there_is_a_backup() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 500).await;
    let kinds = ["verify-quick", "verify-full", "verify-sample", "drill"];
    for kind in kinds {
        line.expect(0, &["schedule", "set", "shop", "--kind", kind, "--daily", "04:00"]);
    }
    two_days_later(&line).await;
    let waits = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(waits["runs"], Value::Array(Vec::new()));
    for one in waits["schedules"].as_array().unwrap() {
        assert_eq!(one["state"], "waiting", "{one}");
        assert!(one["because"].as_str().unwrap().contains("shop has no backup yet"), "{one}");
    }
    line.expect(0, &["backup", "run", "shop"]);
    // The backup was read back as it was made: that is as good as reading it again.
    let done = document(&line, 0, &["schedule", "run-due"]);
    let mut works: Vec<&str> =
        done["runs"].as_array().unwrap().iter().map(|run| run["work"].as_str().unwrap()).collect();
    works.sort_unstable();
    // A drill of everything is one of a sample too, where it came first.
    assert!(works == ["drill", "verify_sample"] || works == ["drill"], "{done}");
    assert!(done["runs"].as_array().unwrap().iter().all(|run| run["state"] == "succeeded"), "{done}");
    assert!(done["schedules"].as_array().unwrap().iter().all(|one| one["state"] == "planned"), "{done}");
    let drills = document(&line, 0, &["drill", "list", "shop"]);
    assert_eq!(drills.as_array().unwrap().iter().filter(|drill| drill["kind"] == "full").count(), 1);

    // Once the ledger is older than the slot they are read again.
    let catalogue = super::catalogue(&line).await;
    sqlx::query("UPDATE proof SET at_ms = at_ms - 3 * 86400000").execute(&catalogue).await.unwrap();
    catalogue.close().await;
    let done = document(&line, 0, &["schedule", "run-due"]);
    let runs = done["runs"].as_array().unwrap();
    assert!(runs.iter().all(|run| run["state"] == "succeeded"), "{done}");
    let works: Vec<&str> = runs.iter().map(|run| run["work"].as_str().unwrap()).collect();
    // A full one proves the bytes too.
    assert!(works.contains(&"verify_full"), "{done}");
    assert!(done["schedules"].as_array().unwrap().iter().all(|one| one["state"] == "planned"), "{done}");
}
