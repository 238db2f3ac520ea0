//! A backup restored into a private server, to look inside: private, complete, and gone when removed.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use engine::restore::{RestoreTarget, Writers};
use ledger::catalog::{JobState, Verdict};
use postgres::cluster;
use testkit::{Console, Server, child, poll};

/// A profile with one backup of a few rows.
async fn backed_up(server: &'static Server) -> (Console, String) {
    let database = server.database().await;
    database
        .run(
            "do $$ begin create role scratch_owner nologin; exception when duplicate_object or unique_violation then null; end $$;
             create table t as select i, md5(i::text) as hash from generate_series(1, 500) i;
             alter table t owner to scratch_owner; create view v as select count(*) from t",
        )
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await;
    (console, backup.record.id)
}

/// Pastes the line that is shown into a shell, as a person does, with a question behind it.
fn ask(connect: &str, sql: &str) -> String {
    let line = format!("{connect} --no-psqlrc --no-password --tuples-only --no-align --command \"$SQL\"");
    let output = Command::new("sh").args(["-c", &line]).env("SQL", sql).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn what_is_restored_to_look_inside_can_be_looked_at_and_only_by_its_owner() {
    let Some(server) = Server::shared() else { return };
    let (console, backup) = backed_up(server).await;

    let report = console.restore_to_scratch(&backup).await;

    assert_eq!((report.verdict, report.notes.len()), (Verdict::Pass, 0), "{}", report.reason);
    let scratch = console.engine.scratches().await.unwrap().pop().unwrap();
    assert_eq!((scratch.is_running, Some(&scratch.record.id)), (true, report.scratch_id.as_ref()));
    assert_eq!(scratch.connect, report.connect);
    assert_eq!(ask(&scratch.connect, "select count(*) from t"), "500");
    assert_eq!(
        ask(&scratch.connect, "select tableowner from pg_tables where tablename = 't'"),
        "scratch_owner"
    );
    let place = cluster::records(console.home()).unwrap().pop().unwrap().place;
    for folder in [&place.directory, place.socket_directory.as_ref().unwrap()] {
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{folder}");
    }
    assert_eq!(ask(&scratch.connect, "show listen_addresses"), "");
}

#[tokio::test]
async fn a_removed_scratch_leaves_nothing() {
    let Some(server) = Server::shared() else { return };
    let (console, backup) = backed_up(server).await;
    let report = console.restore_to_scratch(&backup).await;
    let place = cluster::records(console.home()).unwrap().pop().unwrap().place;
    // Removed by another process than the one that made it.
    let other = console.second_engine().await;

    other.remove_scratch(&report.scratch_id.unwrap()).await.unwrap();

    assert!(!place.directory.exists() && !place.socket_directory.unwrap().exists());
    assert!(console.engine.scratches().await.unwrap().is_empty());
    assert!(cluster::records(console.home()).unwrap().is_empty());
    assert!(!child::command_lines().iter().any(|line| line.contains(place.directory.as_str())));
}

#[tokio::test]
async fn a_scratch_survives_the_process_that_made_it() {
    let Some(server) = Server::shared() else { return };
    let (console, backup) = backed_up(server).await;
    let report = console.restore_to_scratch(&backup).await;

    // What the next start does.
    let next = console.second_engine().await;

    let scratch = next.scratches().await.unwrap().pop().unwrap();
    assert!(scratch.is_running);
    assert_eq!(ask(&report.connect, "select count(*) from v"), "1");
}

/// Names the profile and the backup to the part that is killed.
const HOME: &str = "SCRATCH_HOME";
const BACKUP: &str = "SCRATCH_BACKUP";

#[tokio::test]
async fn a_restore_that_was_killed_is_swept_at_the_next_start() {
    if child::part().is_some() {
        return restore_until_killed().await;
    }
    let Some(server) = Server::shared() else { return };
    let (console, backup) = backed_up(server).await;
    let mut again =
        child::again("scratch::a_restore_that_was_killed_is_swept_at_the_next_start", "is killed");
    let restoring = child::Guarded::start(again.env(HOME, console.home()).env(BACKUP, backup));
    let place = poll::until("its server runs", async || {
        let record = cluster::records(console.home()).unwrap().pop()?;
        let lock = std::fs::read_to_string(record.place.data().join("postmaster.pid")).ok()?;
        lock.contains("ready").then_some(record.place)
    })
    .await;

    restoring.kill();
    let next = console.second_engine().await;

    assert!(!place.directory.exists(), "{} is still there", place.directory);
    assert!(cluster::records(console.home()).unwrap().is_empty());
    assert!(
        leftovers(&console.home().join("run")).is_empty(),
        "{:?}",
        leftovers(&console.home().join("run"))
    );
    let job = next.jobs(None, 1).await.unwrap().pop().unwrap();
    assert_eq!(job.record.state, JobState::Interrupted);
}

async fn restore_until_killed() {
    let home = Utf8PathBuf::from(std::env::var(HOME).unwrap());
    let engine = engine::Engine::open(Console::options(&home)).await.unwrap();
    let backup = std::env::var(BACKUP).unwrap();
    let request = engine::restore::RestoreRequest {
        backup,
        target: RestoreTarget::Scratch,
        no_safety_because: None,
        writers: Writers::Wait,
        after: None,
    };
    let plan = engine.plan_restore(request).await.unwrap();
    engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
    // It never gets there.
    poll::until("death", async || None::<()>).await;
}

fn leftovers(folder: &Utf8Path) -> Vec<String> {
    let entries = folder.read_dir_utf8().unwrap().flatten().map(|entry| entry.file_name().to_owned());
    entries.filter(|name| name.starts_with("restore-")).collect()
}
