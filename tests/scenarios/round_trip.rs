//! The whole loop: backed up, listed, verified, restored, and the same rows found by SQL.

use engine::backup::TableChange;
use engine::restore::RestoreTarget;
use engine::sample;
use ledger::catalog::{ProofLevel, Verdict};
use testkit::{Console, Database, Server, fixture};

/// Backs the database up, and brings it back beside itself and on another server.
async fn comes_back_everywhere(server: &'static Server, database: &Database<'static>) {
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let census = database.census().await;

    let backup = console.backup().await;

    assert_eq!((backup.level, backup.is_newest_verified), (Some(ProofLevel::Readable), true));
    let (total, listed) = console.engine.backups(None, 0, 10).await.unwrap();
    assert_eq!((total, listed[0].record.id.as_str()), (1, backup.record.id.as_str()));
    let shown = console.engine.backup_details(&backup.record.id[..8]).await.unwrap();
    assert_eq!(shown.manifest.warnings, Vec::<String>::new());
    let verified = console.engine.start_verify(&backup.record.id, ProofLevel::Readable).await.unwrap();
    assert_eq!(console.succeeded(&verified).await.output.unwrap().verdict, Some(Verdict::Pass));

    let report = console.restore_to(&backup.record.id, &server.free_name()).await;
    assert_eq!((report.verdict, report.differences.len()), (Verdict::Pass, 0), "{}", report.reason);
    assert_eq!(server.at(&report.database).census().await, census);

    let Some(other) = Server::second() else { return };
    // A restore there makes no roles; without the sample's, the comparison of rights could not be a pass.
    let role = "do $$ begin create role shop_app nologin; \
                exception when duplicate_object or unique_violation then null; end $$";
    other.at("postgres").run(role).await;
    let target = RestoreTarget::OtherServer {
        name: other.free_name(),
        connection: Box::new(other.settings("postgres")),
        password: Some(other.password().clone()),
    };
    let plan = console.plan(&backup.record.id, target).await.unwrap();
    let report = console.apply(&plan).await;
    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    assert_eq!(other.at(&report.database).census().await, census);

    let proven = console.engine.backup(&backup.record.id).await.unwrap();
    assert_eq!(proven.level, Some(ProofLevel::Restored));
}

#[tokio::test]
async fn a_film_rental_comes_back_on_its_own_server_and_on_another() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run_script(&fixture("pagila/pagila.sql"));

    comes_back_everywhere(server, &database).await;
}

#[tokio::test]
async fn the_samples_shop_comes_back_on_its_own_server_and_on_another() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let session = database.session().await;
    sample::fill(&session.client).await.unwrap();
    session.close().await;

    comes_back_everywhere(server, &database).await;
}

#[tokio::test]
async fn an_empty_database_comes_back_empty() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;

    comes_back_everywhere(server, &database).await;
}

#[tokio::test]
async fn the_second_backup_of_unchanged_rows_adds_next_to_nothing() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t as select i, md5(i::text) from generate_series(1, 500000) i").await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;

    let first = console.backup().await;
    let second = console.backup().await;

    assert!(first.record.added_bytes > 1_000_000, "{:?}", first.record);
    assert!(second.record.added_bytes < first.record.added_bytes / 10, "{:?}", second.record);
    assert!(second.is_newest_verified);
    let first = console.engine.backup(&first.record.id).await.unwrap();
    assert!(!first.is_newest_verified);
}

#[tokio::test]
async fn two_backups_are_compared_by_what_was_counted_in_them() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create table same (i int); create table moved (i int); create table gone (i int); \
              insert into same values (1); insert into moved values (1), (2); insert into gone values (1)",
        )
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let first = console.backup().await.record.id;
    // As many rows as before, and another one among them.
    database.run("update moved set i = 3 where i = 2; drop table gone; create table new (i int)").await;
    let second = console.backup().await.record.id;

    let diff = console.engine.compare_backups(&second, &first).await.unwrap();

    assert_eq!((&diff.first.record.id, &diff.second.record.id), (&first, &second), "the earlier one first");
    let change = |name: &str| diff.tables.iter().find(|table| table.name == name).unwrap().change;
    assert_eq!(change("same"), TableChange::Equal);
    assert_eq!(change("moved"), TableChange::Changed);
    assert_eq!((change("gone"), change("new")), (TableChange::Removed, TableChange::Added));
}
