//! Ended in the middle: what is there is whole, it is said how far it came, and the same plan goes on.

use base::Code;
use ledger::catalog::RunState;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use testkit::{CommandLine, PROJECT, Server, child, poll};

use super::{acts, assert_there, last, nights};
use crate::catalogue::open_catalogue;

#[tokio::test]
async fn what_stands_in_the_way_stops_it_and_the_same_plan_goes_on_afterwards() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 6).await;
    let engine = &console.engine;
    engine.set_retention(PROJECT, Some(last(2, 2))).await.unwrap();
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    // The second to go cannot be removed: a folder that is not empty has its name.
    let (file, aside) = (console.vault().join("snapshots").join(&ids[4]), console.folder().join("aside"));
    std::fs::rename(&file, &aside).unwrap();
    std::fs::create_dir(&file).unwrap();
    std::fs::write(file.join("in the way"), "").unwrap();

    let stopped = engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap();

    assert_eq!((stopped.removed.as_slice(), stopped.left.len()), (&ids[5..], 3));
    let run = engine.retention(PROJECT).await.unwrap().last_run.unwrap();
    assert_eq!((run.state, run.removed, run.planned.len()), (RunState::Stopped, 1, 4));
    assert_eq!(run.code, stopped.stopped.map(|failure| failure.code.to_string()));
    std::fs::remove_dir_all(&file).unwrap();
    std::fs::rename(&aside, &file).unwrap();
    assert_there(&console, &ids[..5]).await;
    engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    assert_there(&console, &ids[..2]).await;
    assert_eq!(engine.retention(PROJECT).await.unwrap().last_run.unwrap().state, RunState::Done);
}

/// The command line's profile with so many backups, one each night. Their ids, newest first.
async fn line_with(server: &Server, count: i64) -> (CommandLine, Vec<String>) {
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, "postgres");
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    let options = SqliteConnectOptions::new().filename(line.folder().join("profile/catalog.db"));
    let catalogue = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..count {
        sqlx::query("update backup set at_ms = at_ms - 86400000").execute(&catalogue).await.unwrap();
        ids.insert(0, line.expect(0, &["backup", "run", "shop"]).output.trim().to_owned());
    }
    catalogue.close().await;
    (line, ids)
}

fn snapshots(line: &CommandLine) -> usize {
    line.folder().join("vault/snapshots").read_dir_utf8().unwrap().count()
}

fn answer(line: &CommandLine, status: i32, arguments: &[&str]) -> Value {
    serde_json::from_str(&line.expect(status, arguments).output).unwrap()
}

#[tokio::test]
async fn killed_in_the_middle_it_says_how_far_it_came_and_the_same_plan_goes_on() {
    let Some(server) = Server::shared() else { return };
    let (line, ids) = line_with(server, 8).await;
    line.expect(0, &["retention", "set", "shop", "--keep-last", "2", "--floor", "2"]);
    let plan = answer(&line, 4, &["--json", "retention", "apply", "shop"]);
    let plan = plan["id"].as_str().unwrap();
    let apply = ["--json", "retention", "apply", "shop", "--plan", plan, "--confirm", "shop"];
    let options = SqliteConnectOptions::new()
        .filename(line.folder().join("profile/catalog.db"))
        .busy_timeout(std::time::Duration::from_secs(20));
    let catalogue = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();

    let running = child::Guarded::start(&mut line.command(&apply));
    poll::soon("the first is gone", async || snapshots(&line) < 8).await;
    // Nobody else writes from here on, so that it stands between two of its steps.
    let lock = catalogue.begin_with("begin immediate").await.unwrap();
    running.kill();
    lock.rollback().await.unwrap();
    catalogue.close().await;

    let shown = answer(&line, 0, &["--json", "retention", "show", "shop"]);
    let run = &shown["lastRun"];
    assert_eq!((&run["state"], &run["planned"]), (&Value::from("interrupted"), &Value::from(6)), "{shown}");
    let left = snapshots(&line);
    assert!((3..8).contains(&left), "{left} are left, so it was not killed in the middle");
    let jobs = answer(&line, 0, &["--json", "job", "list"]);
    assert_eq!((&jobs[0]["kind"], &jobs[0]["state"]), (&"retention".into(), &"interrupted".into()), "{jobs}");
    let applied = answer(&line, 0, &apply);
    assert_eq!((snapshots(&line), &applied["left"]), (2, &Value::from(Vec::<Value>::new())));
    let listed = answer(&line, 0, &["--json", "backup", "list", "shop"]);
    let there: Vec<&str> =
        listed["backups"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(there, [&ids[0], &ids[1]]);
    line.expect(0, &["vault", "check", "--read-data"]);
    line.expect(0, &["audit", "verify"]);
}

/// As a process that dies between the two, or a disk that is full by then.
#[tokio::test]
async fn what_left_the_vault_and_not_the_catalogue_is_taken_out_by_the_next_look() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 4).await;
    let engine = &console.engine;
    engine.set_retention(PROJECT, Some(last(2, 2))).await.unwrap();
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    let catalogue = open_catalogue(&console).await;
    let hinder =
        "CREATE TRIGGER hinder BEFORE DELETE ON backup BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    sqlx::query(hinder).execute(&catalogue).await.unwrap();
    engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap_err();
    assert!(!console.vault().join("snapshots").join(&ids[3]).exists(), "the vault has let go of it");
    sqlx::query("DROP TRIGGER hinder").execute(&catalogue).await.unwrap();

    let shown = engine.plan_retention(PROJECT).await.unwrap();

    assert_there(&console, &ids[..3]).await;
    assert_eq!(
        (shown.going(), shown.last_run.as_ref().map(|run| run.removed)),
        (vec![ids[2].clone()], Some(1))
    );
    engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    assert_there(&console, &ids[..2]).await;
    assert_eq!(acts(&console).await.iter().filter(|act| *act == "backup.deleted").count(), 2);
}

#[tokio::test]
async fn two_that_apply_the_same_plan_at_once_remove_nothing_beyond_it() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 6).await;
    console.engine.set_retention(PROJECT, Some(last(2, 2))).await.unwrap();
    let plan = console.engine.plan_retention(PROJECT).await.unwrap();
    let other = console.second_engine().await;

    let (one, two) = tokio::join!(
        console.engine.apply_retention(PROJECT, &plan.id, PROJECT),
        other.apply_retention(PROJECT, &plan.id, PROJECT)
    );

    let refused: Vec<Code> =
        [&one, &two].into_iter().filter_map(|ended| ended.as_ref().err()).map(|f| f.code).collect();
    assert!(
        refused.len() <= 1 && refused.iter().all(|code| [Code::ProjectBusy, Code::PlanStale].contains(code)),
        "{refused:?}"
    );
    assert_there(&console, &ids[..2]).await;
    let catalogue = open_catalogue(&console).await;
    let open: i64 = sqlx::query_scalar("select count(*) from retention_run where state = 'running'")
        .fetch_one(&catalogue)
        .await
        .unwrap();
    assert_eq!(open, 0);
}
