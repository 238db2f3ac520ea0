//! Rows and sizes that stand out.

use base::Severity;
use contract::api;
use contract::command::Nothing;
use engine::health::{Act, Code};
use ledger::audit::AuditFilter;
use testkit::{Console, Database, PROJECT, Server};

use super::{finding, health};

/// A project with two tables, and so many backups of it.
async fn backed_up(server: &'static Server, times: u32) -> (Console, Database<'static>) {
    let database = server.database().await;
    database.run("create table orders as select generate_series(1, 500) i").await;
    database.run("create table plans as select generate_series(1, 3) i").await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    for _ in 0..times {
        console.backup().await;
    }
    (console, database)
}

#[tokio::test]
async fn a_truncated_table_is_named_after_the_next_backup_and_on_the_home_screen() {
    let Some(server) = Server::shared() else { return };
    let (console, database) = backed_up(server, 5).await;
    let before = console.backup().await.record.id;
    assert_eq!(finding(&health(&console).await, Code::Rows).severity, Severity::Ok);
    database.run("truncate orders").await;
    let after = console.backup().await.record.id;

    let seen = health(&console).await;

    let rows = finding(&seen, Code::Rows);
    assert_eq!(rows.what, "has an empty table public.orders, which had 500 rows.");
    assert_eq!((rows.severity, seen.severity), (Severity::Critical, Severity::Critical));
    assert_eq!(rows.act, Act::Compare(before, after));
    let home = api::home(&console.engine, Nothing {}).await.unwrap();
    assert_eq!(home.needs[0].what, rows.what, "the home screen says what health says");
    assert_eq!(home.sentence, "One project needs you.");
}

#[tokio::test]
async fn a_table_that_vanished_is_named_even_with_one_backup_before_and_accepted_once_it_is_meant() {
    let Some(server) = Server::shared() else { return };
    let (console, database) = backed_up(server, 1).await;
    database.run("drop table plans").await;
    console.backup().await;
    let seen = health(&console).await;
    let rows = finding(&seen, Code::Rows);
    assert_eq!(rows.severity, Severity::Warning);
    assert_eq!(rows.what, "has no table public.plans any more; it had 3 rows.");

    console.engine.accept_figures(PROJECT).await.unwrap();

    assert_eq!(finding(&health(&console).await, Code::Rows).severity, Severity::Ok);
    console.backup().await;
    assert_eq!(finding(&health(&console).await, Code::Rows).severity, Severity::Ok);
    let acts = console.engine.audit_entries(&AuditFilter::default(), None, 20).await.unwrap();
    assert!(acts.entries.iter().any(|entry| entry.act == "project.figures_accepted"), "{acts:?}");
}

#[tokio::test]
async fn a_new_computer_names_the_truncated_table_from_the_vault_alone() {
    let Some(server) = Server::shared() else { return };
    let (console, database) = backed_up(server, 2).await;
    database.run("truncate orders").await;
    console.backup().await;

    let other = Console::new().await;
    other.engine.open_vault(None, console.vault(), &console.key()).await.unwrap();

    let seen = other.engine.health(Some(PROJECT)).await.unwrap();
    assert_eq!(finding(&seen, Code::Rows).details, ["public.orders: empty, 500 rows before"]);
}

#[tokio::test]
async fn a_database_that_shrank_by_half_has_an_odd_size_and_the_plot_rings_it() {
    let Some(server) = Server::shared() else { return };
    let (console, database) = backed_up(server, 0).await;
    database
        .run("create table log as select i, repeat(md5(i::text), 8) as line from generate_series(1, 20000) i")
        .await;
    for _ in 0..6 {
        console.backup().await;
    }
    assert_eq!(finding(&health(&console).await, Code::Size).severity, Severity::Ok);
    database.run("delete from log where i % 2 = 0").await;
    let odd = console.backup().await.record.id;

    let seen = health(&console).await;

    let size = finding(&seen, Code::Size);
    assert_eq!(size.severity, Severity::Warning);
    assert!(size.what.ends_with("50 % smaller than expected."), "{}", size.what);
    let plots = console.engine.health_plots(PROJECT, 30, Some("public.log")).await.unwrap();
    let ringed: Vec<&str> = plots
        .sizes
        .iter()
        .filter(|point| point.off.is_some())
        .map(|point| point.backup_id.as_str())
        .collect();
    assert_eq!(ringed, [odd.as_str()]);
    let rows: Vec<Option<u64>> = plots.table.unwrap().points.iter().map(|point| point.rows).collect();
    assert_eq!(rows.last(), Some(&Some(10_000)));
    assert_eq!((plots.recovery.len(), plots.tables[0].as_str()), (7, "public.log"));
}
