//! The catalogue: a cache of the vault that can be made again.

use std::time::Duration;

use ledger::catalog::BackupRecord;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use testkit::{Console, PROJECT, Server};

/// The profile's catalogue, beside the engine that has it open.
pub(crate) async fn open_catalogue(console: &Console) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(console.home().join("catalog.db"))
        .synchronous(SqliteSynchronous::Off)
        .busy_timeout(Duration::from_secs(20));
    SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap()
}

/// What must be the same after a rebuild: all but what only the first computer knew.
fn essence(record: &BackupRecord) -> BackupRecord {
    BackupRecord { added_bytes: 0, ..record.clone() }
}

#[tokio::test]
async fn a_new_computer_has_the_same_list_from_the_vault_and_its_key_alone() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t as select generate_series(1, 100) i").await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    for _ in 0..3 {
        console.backup().await;
    }
    let (_, before) = console.engine.backups(Some(PROJECT), 0, 500).await.unwrap();

    let other = Console::new().await;
    let rebuilt = other.engine.open_vault(None, console.vault(), &console.key()).await.unwrap();

    assert_eq!((rebuilt.snapshots, rebuilt.backups, rebuilt.projects), (3, 3, 1));
    assert_eq!(rebuilt.skipped, Vec::<String>::new());
    let (total, after) = other.engine.backups(Some(PROJECT), 0, 500).await.unwrap();
    assert_eq!(total, 3);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(essence(&before.record), essence(&after.record));
        assert!(after.level.is_none(), "nothing is proven on a computer that proved nothing");
    }
    // A password is not in the vault; with it the backups go on, and restores work at once.
    let change = engine::project::ProjectChange {
        password: Some(server.password().clone()),
        ..engine::project::ProjectChange::default()
    };
    other.engine.edit_project(PROJECT, change).await.unwrap();
    other.restore_to(&after[0].record.id, &server.free_name()).await;
    other.backup().await;
}

#[tokio::test]
async fn a_rebuild_brings_back_what_was_lost_and_drops_what_is_gone() {
    let Some(server) = Server::shared() else { return };
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;
    let (kept, gone) = (console.backup().await.record, console.backup().await.record);
    let catalogue = open_catalogue(&console).await;
    sqlx::query("delete from backup where id = ?").bind(&kept.id).execute(&catalogue).await.unwrap();
    std::fs::remove_file(console.vault().join("snapshots").join(&gone.id)).unwrap();

    let rebuilt = console.engine.rebuild_catalog().await.unwrap();

    assert_eq!((rebuilt.snapshots, rebuilt.backups, rebuilt.projects), (1, 1, 1));
    let (_, listed) = console.engine.backups(None, 0, 500).await.unwrap();
    assert_eq!(essence(&listed[0].record), essence(&kept));
}

#[tokio::test]
async fn a_rebuild_names_a_snapshot_that_cannot_be_read_and_lists_all_others() {
    let Some(server) = Server::shared() else { return };
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;
    let (damaged, sound) = (console.backup().await.record.id, console.backup().await.record.id);
    testkit::flip(&console.vault().join("snapshots").join(&damaged));

    let other = Console::new().await;
    let rebuilt = other.engine.open_vault(None, console.vault(), &console.key()).await.unwrap();

    assert_eq!((rebuilt.snapshots, rebuilt.backups), (2, 1));
    assert!(rebuilt.skipped.len() == 1 && rebuilt.skipped[0].contains(&damaged), "{:?}", rebuilt.skipped);
    assert_eq!(other.engine.backups(None, 0, 10).await.unwrap().1[0].record.id, sound);
    // Where it was known, it stays listed: it may be mended.
    assert_eq!(console.engine.rebuild_catalog().await.unwrap().backups, 2);
    console.backup().await;
}

#[tokio::test]
async fn a_rebuilt_project_is_reached_as_its_newest_backup_was() {
    let Some(server) = Server::shared() else { return };
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;
    console.backup().await;
    let moved = engine::project::ProjectChange {
        name: Some("shop after the move".into()),
        connection: Some(server.settings("template1")),
        ..engine::project::ProjectChange::default()
    };
    console.engine.edit_project(PROJECT, moved).await.unwrap();
    let job = console.engine.start_backup("shop after the move", None).await.unwrap();
    console.succeeded(&job).await;

    let other = Console::new().await;
    other.engine.open_vault(None, console.vault(), &console.key()).await.unwrap();

    let project = other.engine.standing("shop after the move").await.unwrap().project;
    assert_eq!(project.connection.unwrap().database, "template1");
}

#[tokio::test]
async fn a_large_vault_is_listed_again_at_the_same_cost_for_each_backup() {
    const BACKUPS: u64 = 1_000;
    /// What listing one again may cost; a minute for ten thousand (DESIGN, "Budgets") is a row of `make bench`.
    const STEPS_EACH_MAX: u64 = 2_000;
    let console = Console::new().await;
    let place = console.folder().join("large");
    testkit::large_vault(&place, "0000-0000-0000-0000-0000-0000-0000-0000", BACKUPS, 10);
    console.engine.open_vault(None, &place, "0000-0000-0000-0000-0000-0000-0000-0000").await.unwrap();
    let catalogue = open_catalogue(&console).await;
    sqlx::query("delete from project").execute(&catalogue).await.unwrap();

    let before = console.engine.catalog_steps();
    let rebuilt = console.engine.rebuild_catalog().await.unwrap();
    let steps = console.engine.catalog_steps() - before;

    assert_eq!((rebuilt.snapshots, rebuilt.backups, rebuilt.projects), (BACKUPS, BACKUPS, 10));
    assert_eq!(rebuilt.skipped, Vec::<String>::new());
    assert!(steps <= BACKUPS * STEPS_EACH_MAX, "{BACKUPS} backups took {steps} steps");
}
