//! `pg_dump` on the host of the server itself, over SSH.

use std::os::unix::fs::PermissionsExt as _;

use engine::archive::DatabasePart;
use ledger::catalog::{JobState, Level};
use postgres::choice::TableChoice;
use testkit::Docker;

use super::*;
use crate::jobs::wait_for_bytes;

/// The words that a run's log has for where the dump ran.
async fn dumped_at(console: &Console, job: &str) -> String {
    let log = console.engine.job_log(job, 0, Level::Info, 500).await.unwrap();
    log.into_iter().map(|line| line.message).find(|line| line.contains("for server")).unwrap_or_default()
}

async fn database_part(console: &Console, backup: &str) -> DatabasePart {
    console.engine.backup_details(backup).await.unwrap().manifest.database.clone().unwrap()
}

/// A folder that has everything a dump needs there, but `zstd`.
fn without_zstd() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sh", "env", "cat", "bash"] {
        let program = ["/usr/bin", "/bin"].map(|bin| std::path::Path::new(bin).join(name));
        let program = program.into_iter().find(|program| program.is_file()).unwrap();
        std::os::unix::fs::symlink(program, folder.path().join(name)).unwrap();
    }
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dump_runs_on_the_servers_own_host_with_and_without_zstd_and_is_the_same() {
    let (Some(server), Some(sshd)) = (Server::shared(), Sshd::start().await) else { return };
    let plain = without_zstd();
    let more = format!("SetEnv PATH={}", plain.path().display());
    let Some(without) = Sshd::start_with(&more).await else { return };
    let database = server.database().await;
    database.run("create table t as select i, md5(i::text) from generate_series(1, 20000) i").await;
    let mut fingerprints = Vec::new();
    for sshd in [&sshd, &without] {
        let console = console_behind(behind(sshd, &database), server, None).await;
        let job = console.engine.start_backup(PROJECT, None).await.unwrap();
        let made = console.succeeded(&job).await.output.unwrap().backup_id.unwrap();
        let place = dumped_at(&console, &job).await;
        assert!(place.contains(" on 127.0.0.1"), "{place}");
        let part = database_part(&console, &made).await;
        fingerprints.push((part.tables.unwrap()[0].fingerprint.clone(), part.tool));
    }
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let straight = database_part(&console, &console.backup().await.record.id).await;
    assert_eq!(fingerprints[0], (straight.tables.unwrap()[0].fingerprint.clone(), straight.tool));
    assert_eq!(fingerprints[0], fingerprints[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_whatever_they_are_called_are_left_out_on_the_servers_own_host_too() {
    let (Some(server), Some(sshd)) = (Server::shared(), Sshd::start().await) else { return };
    let database = server.database().await;
    database
        .run(
            "create schema \"Log; 'x' $(touch y)\"; create table kept as select 1 as one;
             create table \"Log; 'x' $(touch y)\".\"a (b|c) \"\"d\"\" \\ $HOME\" as select generate_series(1, 5) i;
             create table \"Log; 'x' $(touch y)\".plain as select 2 as two",
        )
        .await;
    let console = console_behind(behind(&sshd, &database), server, None).await;
    let choice = TableChoice { only: vec!["kept".into()], without_rows: Vec::new() };
    console.engine.choose_tables(PROJECT, choice).await.unwrap();
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    let made = console.succeeded(&job).await.output.unwrap().backup_id.unwrap();
    assert!(dumped_at(&console, &job).await.contains(" on 127.0.0.1"));
    let part = database_part(&console, &made).await;
    let names: Vec<String> = part.tables.unwrap().into_iter().map(|table| table.name).collect();
    assert_eq!(names, ["kept"]);
    assert_eq!(part.not_taken.unwrap().tables.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jump_host_never_gets_the_databases_password() {
    let (Some(server), Some(sshd)) = (Server::shared(), Sshd::start().await) else { return };
    let database = server.database().await;
    database.run("create table t as select 1 as one").await;
    // An address that leads there, and is not the SSH server's own name for itself.
    let elsewhere = Settings { host: "0.0.0.0".into(), ..behind(&sshd, &database) };
    let console = console_behind(elsewhere, server, None).await;
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    console.succeeded(&job).await;
    let place = dumped_at(&console, &job).await;
    assert!(!place.contains(" on "), "{place}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_dump_ends_on_the_server_too() {
    let (Some(server), Some(sshd)) = (Server::shared(), Sshd::start().await) else { return };
    let database = server.database().await;
    database
        .run("create table t as select i, repeat(md5(i::text), 40) from generate_series(1, 400000) i")
        .await;
    let console = console_behind(behind(&sshd, &database), server, None).await;
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    wait_for_bytes(&console, &job, 4 << 20).await;
    console.engine.cancel_job(&job).await.unwrap();
    assert_eq!(console.wait(&job).await.record.state, JobState::Cancelled);
    let left = format!("select count(*) from pg_stat_activity where application_name = 'holdfast {job}'");
    testkit::poll::soon("the server's side of the dump ends", async || database.value(&left).await == "0")
        .await;
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_is_killed_in_the_middle_leaves_no_backup_and_says_so() {
    let Some(server) = Server::shared() else { return };
    let docker = Docker::new();
    let Some(sshd) = Sshd::start_with(&docker.for_sshd()).await else { return };
    let database = server.database().await;
    database
        .run("create table t as select i, repeat(md5(i::text), 40) from generate_series(1, 400000) i")
        .await;
    let connection = Settings { container: Some(ssh::Container::new("shop-db")), ..behind(&sshd, &database) };
    let console = console_behind(connection, server, None).await;
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    wait_for_bytes(&console, &job, 4 << 20).await;
    docker.kill();
    let failure = console.failed(&job).await;
    assert!(matches!(failure.code, Code::ServerGone | Code::ConnectionDropped), "{failure:?}");
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (0, 0));
    console.backup().await;
}
