//! A backup is one moment: what is written while it runs is not in it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base::Code;
use ledger::catalog::Verdict;
use postgres::connection::Settings;
use testkit::{Console, Fault, FaultProxy, PROJECT, Server, poll};

#[tokio::test]
async fn rows_written_while_the_backup_runs_are_not_in_it() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create table first (id bigserial primary key, t text); create table second (like first including all);
             insert into first (t) select md5(i::text) from generate_series(1, 20000) i;
             insert into second (t) select md5(i::text) from generate_series(1, 20000) i;",
        )
        .await;
    let before = database.census().await;
    let proxy = FaultProxy::to(server.port());
    let console = Console::new().await.with_vault().await;
    let mut connection = database.settings();
    connection.port = proxy.port();
    console.add_project(PROJECT, connection, server.password()).await.unwrap();
    let is_over = AtomicBool::new(false);

    let writing = async {
        // The moment is held once the dump begins; from then on every pair of rows is too late.
        let job = console.engine.start_backup(PROJECT, None).await.unwrap();
        console.wait_for_phase(&job, "dump").await;
        let mut written = 0;
        while !is_over.load(Ordering::Relaxed) {
            database.run("insert into first (t) values ('late'); insert into second (t) values ('late'); delete from first where id = (select min(id) from first)").await;
            written += 1;
            let state = console.engine.job(&job).await.unwrap().record.state;
            is_over.store(state.is_final(), Ordering::Relaxed);
        }
        (job, written)
    };
    proxy.set(Fault::Delay(Duration::from_millis(20)));
    let (job, written) = writing.await;

    let backup = console.succeeded(&job).await.output.unwrap().backup_id.unwrap();
    assert!(written > 3, "nothing was written while it ran");
    proxy.set(Fault::None);
    let report = console.restore_to(&backup, &server.free_name()).await;
    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    let restored = server.at(&report.database).census().await;
    // Sequences are of no moment: Postgres gives numbers outside of transactions.
    for table in ["public.first", "public.second"] {
        assert_eq!(restored[table], before[table], "{table}");
    }
    let manifest = console.engine.backup_details(&backup).await.unwrap().manifest;
    assert_eq!(manifest.rows(), Some(40_000));
}

#[tokio::test]
async fn changes_of_every_kind_beside_the_backup_are_not_in_it() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create table kept as select i, md5(i::text) || repeat('x', 100) t from generate_series(1, 40000) i;
             create table emptied as select i from generate_series(1, 10) i; create table dropped as select 1 i",
        )
        .await;
    let before = database.census().await;
    let proxy = FaultProxy::to(server.port());
    let console = Console::new().await.with_vault().await;
    let connection = Settings { port: proxy.port(), ..database.settings() };
    console.add_project(PROJECT, connection, server.password()).await.unwrap();
    proxy.set(Fault::StallAfter(1 << 20));
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    let copies =
        "select count(*) from pg_stat_activity where datname = current_database() and query like 'COPY%'";
    poll::soon("rows come", async || database.value(copies).await == "1").await;

    // What needs no more than a row's lock goes on; what needs the table's waits for the dump.
    database
        .run("update kept set t = 'late' where i % 7 = 0; delete from kept where i < 100; insert into kept values (0, 'late'); create table late (i int)")
        .await;
    let changed = database.clone();
    let changing = tokio::spawn(async move {
        changed.run("alter table kept add column late int; truncate emptied; drop table dropped").await;
    });
    let waits = "select count(*) > 0 from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())";
    poll::soon("a change waits", async || database.value(waits).await == "t").await;
    proxy.set(Fault::None);
    let backup = console.succeeded(&job).await.output.unwrap().backup_id.unwrap();
    changing.await.unwrap();

    let manifest = console.engine.backup_details(&backup).await.unwrap().manifest;
    assert_eq!(manifest.rows(), Some(40_011));
    let report = console.restore_to(&backup, &server.free_name()).await;
    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    assert_eq!(server.at(&report.database).census().await, before);
    assert_eq!(database.value("select count(*) from emptied").await, "0", "the changes went through");
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_leaves_no_backup_and_the_next_run_works() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t as select i, md5(i::text) from generate_series(1, 200000) i").await;
    let proxy = FaultProxy::to(server.port());
    let console = Console::new().await.with_vault().await;
    let mut connection = database.settings();
    connection.port = proxy.port();
    console.add_project(PROJECT, connection, server.password()).await.unwrap();

    for fault in [Fault::CutAfter(2 << 20), Fault::ResetAfter(2 << 20)] {
        proxy.set(fault);
        let failure = console.failed_backup().await;

        assert_eq!(failure.code, Code::ServerGone, "{failure:?}");
        assert_eq!((console.count().await, console.vault_files("snapshots").len()), (0, 0));
        poll::soon("the lock goes", async || console.vault_files("locks").is_empty()).await;
    }
    proxy.set(Fault::None);
    console.backup().await;
}
