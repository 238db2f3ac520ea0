//! Freeing space in the vault: what only deleted backups needed goes, and nothing else.

use std::process::Command;

use base::Code;
use engine::upkeep::PruneOptions;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use testkit::{CommandLine, Console, Database, PROJECT, Server, find_program};

use crate::jobs::fill;

/// The floor of a project, and one more that may go.
const BACKUPS: usize = 4;

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

/// A profile of the command line with some backups; the first has rows that no other has.
async fn with_backups(server: &'static Server) -> (CommandLine, Database<'static>, Vec<String>) {
    let database = server.database().await;
    fill(&database, 40_000).await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    database.run("drop table t").await;
    fill(&database, 2_000).await;
    (1..BACKUPS).for_each(|_| drop(line.expect(0, &["backup", "run", "shop"])));
    let list = document(&line.expect(0, &["--json", "backup", "list"]).output);
    let ids = list["backups"].as_array().unwrap().iter();
    let ids = ids.rev().map(|backup| backup["id"].as_str().unwrap().to_owned()).collect();
    (line, database, ids)
}

/// The packs of the vault and their bytes.
fn packs(line: &CommandLine) -> (Vec<String>, u64) {
    let folders = line.folder().join("vault/data").read_dir_utf8().unwrap().flatten();
    let files = folders.flat_map(|folder| folder.path().read_dir_utf8().unwrap().flatten());
    let files: Vec<_> =
        files.map(|file| (file.file_name().to_owned(), file.metadata().unwrap().len())).collect();
    (files.iter().map(|(name, _)| name.clone()).collect(), files.iter().map(|(_, bytes)| bytes).sum())
}

/// restic reads all data without an error, and restores this backup.
pub(crate) fn restic_agrees(line: &CommandLine, backup: &str) {
    let Some(restic) = find_program("restic") else { return };
    let kit = std::fs::read_to_string(line.folder().join("kit.txt")).unwrap();
    let key = kit.lines().find_map(|line| line.trim().strip_prefix("Key:")).unwrap().trim().to_owned();
    let target = line.folder().join(format!("restored-{backup}"));
    for arguments in [&["check", "--read-data"][..], &["restore", backup, "--target", target.as_str()]] {
        let mut command = Command::new(&restic);
        command.args(["--no-cache", "--repo"]).arg(line.folder().join("vault")).args(arguments);
        let output = command.env("RESTIC_PASSWORD", &key).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("not referenced"), "{arguments:?}: {said}");
    }
    assert!(target.join("manifest.json").exists() && target.join("database").exists());
}

/// The packs that are noted as read.
async fn noted(line: &CommandLine) -> Vec<String> {
    let catalogue = SqliteConnectOptions::new().filename(line.folder().join("profile/catalog.db"));
    let catalogue = SqlitePool::connect_with(catalogue).await.unwrap();
    sqlx::query_scalar("select pack from pack_read").fetch_all(&catalogue).await.unwrap()
}

#[tokio::test]
async fn the_space_of_a_deleted_backup_is_free_after_a_prune_and_the_others_come_back() {
    let Some(server) = Server::shared() else { return };
    let (line, _database, ids) = with_backups(server).await;
    line.expect(0, &["vault", "check", "--read-data"]);
    let (_, before) = packs(&line);
    let alone = ["--json", "backup", "list", "--text", &ids[0][..8], "--space"];
    let alone = document(&line.expect(0, &alone).output);
    assert_eq!((&alone["total"], &alone["space"]["unusedBytes"]), (&1.into(), &0.into()), "{alone}");
    line.expect(0, &["backup", "delete", &ids[0], "--confirm", &ids[0][..8]]);
    assert_eq!(packs(&line).1, before, "a deletion alone frees nothing");

    let shown = document(&line.expect(0, &["--json", "vault", "prune", "--dry-run"]).output);
    let freed = shown["freedBytes"].as_u64().unwrap();
    assert!(freed > 1_000_000 && shown["isEmpty"] == false && shown["snapshots"] == 3, "{shown}");
    // What was said to be its own, but for the headers of what is written anew.
    let said = alone["space"]["aloneBytes"].as_u64().unwrap();
    assert!(said.abs_diff(freed) < freed / 10, "{said} was said, and {freed} are freed");
    assert_eq!(packs(&line).1, before, "nothing is done before it is asked for");
    let job = document(&line.expect(0, &["--json", "vault", "prune"]).output);

    assert_eq!((&job["row"]["kind"], &job["row"]["state"]), (&"prune".into(), &"succeeded".into()), "{job}");
    let (left, after) = packs(&line);
    assert!((before - after).abs_diff(freed) < 10_000, "{before} - {after} is not {freed}");
    let noted = noted(&line).await;
    assert!(!noted.is_empty() && noted.iter().all(|pack| left.contains(pack)), "{noted:?}");
    let again = line.expect(0, &["vault", "prune"]);
    assert!(again.output.contains("nothing to remove"), "{again:?}");
    assert_eq!(packs(&line), (left, after));
    for backup in &ids[1..] {
        line.expect(0, &["verify", backup]);
    }
    restic_agrees(&line, &ids[1]);
    line.expect(0, &["vault", "check", "--read-data"]);
    line.expect(0, &["backup", "run", "shop"]);
    let audit = line.expect(0, &["--json", "audit", "list"]).output;
    assert!(audit.contains("prune.started") && audit.contains("prune.finished"), "{audit}");
}

#[tokio::test]
async fn a_prune_that_is_out_of_date_or_in_somebodys_way_removes_nothing() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 2_000).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    console.backup().await;
    let engine = &console.engine;
    let options = PruneOptions::default();
    let plan = engine.plan_prune(options).await.unwrap();
    let seen = plan.seen.to_string();

    let backup = engine.start_backup(PROJECT, None).await.unwrap();
    let refused = engine.start_prune(options, &seen).await.unwrap_err();
    assert_eq!(refused.code, Code::VaultLocked, "{refused}");
    console.succeeded(&backup).await;
    let late = engine.start_prune(options, &seen).await.unwrap();
    assert_eq!(console.failed(&late).await.code, Code::PlanStale);
    let odd = engine.plan_prune(PruneOptions { unused_percent_max: 101 }).await.unwrap_err();
    assert_eq!(odd.code, Code::InvalidRequest);
    assert_eq!(engine.start_prune(options, "x").await.unwrap_err().code, Code::InvalidRequest);
    assert_eq!(console.count().await, 2);
}

#[tokio::test]
async fn a_listing_that_leaves_a_known_backup_out_is_refused() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 100).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let hidden = console.backup().await.record.id;
    console.backup().await;
    let (options, aside) = (PruneOptions::default(), console.folder().join("aside"));
    let snapshot = console.vault().join("snapshots").join(&hidden);
    let plan = console.engine.plan_prune(options).await.unwrap();
    std::fs::rename(&snapshot, &aside).unwrap();

    let refused = console.engine.plan_prune(options).await.unwrap_err();

    assert!(refused.code == Code::VaultDamaged && refused.message.contains(&hidden), "{refused}");
    let job = console.engine.start_prune(options, &plan.seen.to_string()).await.unwrap();
    assert_eq!(console.failed(&job).await.code, Code::VaultDamaged);
    std::fs::rename(&aside, &snapshot).unwrap();
    assert!(console.engine.plan_prune(options).await.unwrap().snapshots == 2);
}
