//! Several programs at once: on one profile, on one vault, and deletions beside runs.

use std::process::{Child, Command, Stdio};

use serde_json::Value;
use testkit::{CommandLine, Console, PROJECT, Server};

use crate::jobs::fill;
use base::Code;

fn answer(line: &CommandLine, arguments: &[&str]) -> Value {
    let called = line.expect(0, arguments);
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn assert_done(child: Child) {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn four_command_lines_at_once_back_up_two_projects_one_after_another() {
    let Some(server) = Server::shared() else { return };
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    for project in ["shop", "blog"] {
        let database = server.database().await;
        fill(&database, 20_000).await;
        let (password, url) = line.credentials(server, database.name());
        line.expect(
            0,
            &["project", "add", project, "--postgres", &url, "--password-file", password.as_str()],
        );
    }

    let runs =
        ["shop", "shop", "blog", "blog"].map(|project| spawn(line.command(&["backup", "run", project])));
    runs.into_iter().for_each(assert_done);

    let jobs = answer(&line, &["--json", "job", "list"]);
    let mut spans: Vec<(i64, i64)> = jobs
        .as_array()
        .unwrap()
        .iter()
        .map(|job| {
            assert_eq!(job["state"], "succeeded", "{job}");
            (job["startedAtMs"].as_i64().unwrap(), job["finishedAtMs"].as_i64().unwrap())
        })
        .collect();
    spans.sort_unstable();
    assert_eq!(spans.len(), 4);
    assert!(spans.windows(2).all(|two| two[0].1 <= two[1].0), "two wrote at once: {spans:?}");
    let listed = answer(&line, &["--json", "backup", "list"]);
    assert_eq!(listed["total"], 4);
    assert!(listed["backups"].as_array().unwrap().iter().all(|one| one["level"] == "readable"), "{listed}");
    line.expect(0, &["vault", "check", "--read-data"]);
}

#[tokio::test]
async fn two_profiles_write_to_one_vault_at_once() {
    let Some(server) = Server::shared() else { return };
    let databases = [server.database().await, server.database().await];
    for database in &databases {
        fill(database, 60_000).await;
    }
    let first = Console::new().await.with_vault().await.with_project(server, databases[0].name()).await;
    let second = Console::new().await;
    second.engine.open_vault(None, first.vault(), &first.key()).await.unwrap();
    second.add_project("blog", databases[1].settings(), server.password()).await.unwrap();

    let one = first.engine.start_backup(PROJECT, None).await.unwrap();
    let other = second.engine.start_backup("blog", None).await.unwrap();
    first.succeeded(&one).await;
    second.succeeded(&other).await;

    for console in [&first, &second] {
        let rebuilt = console.engine.rebuild_catalog().await.unwrap();
        assert_eq!((rebuilt.backups, rebuilt.projects), (2, 2));
    }
    let check = first.engine.start_check(Some((1, 1))).await.unwrap();
    first.succeeded(&check).await;
}

#[tokio::test]
async fn a_backup_is_not_deleted_while_a_run_of_its_project_goes_on() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 10).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(console.backup().await.record.id);
    }
    let session = database.session().await;
    session.client.batch_execute("begin; lock table t in access exclusive mode").await.unwrap();
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    console.wait_for_phase(&job, "snapshot").await;

    let confirm = ids[0][..8].to_owned();
    let failure = console.second_engine().await.delete_backup(&ids[0], &confirm).await.unwrap_err();

    assert_eq!(failure.code, Code::ProjectBusy, "{failure:?}");
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (5, 5));
    session.client.batch_execute("rollback").await.unwrap();
    console.succeeded(&job).await;
    console.engine.delete_backup(&ids[0], &confirm).await.unwrap();
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (5, 5));
}

#[tokio::test]
async fn two_deletions_at_once_do_not_go_below_the_floor_together() {
    let Some(server) = Server::shared() else { return };
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(console.backup().await.record.id);
    }
    let other = console.second_engine().await;

    let (one, two) = tokio::join!(
        console.engine.delete_backup(&ids[0], &ids[0][..8]),
        other.delete_backup(&ids[1], &ids[1][..8])
    );

    let refused: Vec<_> =
        [one, two].into_iter().filter_map(Result::err).map(|failure| failure.code).collect();
    assert_eq!(refused, [Code::BelowFloor]);
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (3, 3));
}

#[tokio::test]
async fn a_project_that_is_removed_and_backed_up_at_once_is_the_one_or_the_other() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 10).await;
    let console = Console::new().await.with_vault().await;
    let other = console.second_engine().await;
    for round in 0..8 {
        let name = format!("shop {round}");
        console.add_project(&name, database.settings(), server.password()).await.unwrap();

        let (removed, started) =
            tokio::join!(console.engine.remove_project(&name, false, &name), other.start_backup(&name, None));

        let is_gone = ["project_not_found", "project_archived"];
        match (removed, started) {
            (Ok(()), Err(failure)) => assert!(is_gone.contains(&failure.code.as_str()), "{failure:?}"),
            (Ok(()), Ok(job)) => {
                let failure = console.failed(&job).await;
                assert!(is_gone.contains(&failure.code.as_str()), "{failure:?}");
            }
            (Err(failure), started) => {
                assert_eq!(failure.code, Code::ProjectBusy, "{failure:?}");
                console.succeeded(&started.unwrap()).await;
                console.engine.remove_project(&name, false, &name).await.unwrap();
            }
        }
        assert_eq!((console.count().await, console.vault_files("snapshots").len()), (0, 0));
    }
}
