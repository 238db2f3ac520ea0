//! Migrations beside a backup. What rewrites a table is no change of rows: a snapshot that was taken before sees the
//! table empty, and nothing says so.

use std::time::Duration;

use base::Code;
use ledger::catalog::Level;
use postgres::connection::{ConnectOptions, Settings};
use postgres::dump::Holder;
use testkit::{Console, Fault, FaultProxy, PROJECT, Server, poll};

const ORDERS: &str = "create table orders as select i, md5(i::text) t from generate_series(1, 5000) i";

#[tokio::test]
async fn a_migration_that_rewrites_a_table_is_waited_for_and_the_backup_holds_its_rows() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(ORDERS).await;
    let console = Console::new().await.with_vault().await;
    console.add_project(PROJECT, database.settings(), server.password()).await.unwrap();
    let migration = database.session().await;
    let rewriting = "begin; alter table orders alter column i type bigint";
    migration.client.batch_execute(rewriting).await.unwrap();

    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    poll::soon("it says whom it waits for", async || {
        let log = console.engine.job_log(&job, 0, Level::Info, 100).await.unwrap();
        log.iter().any(|line| line.message.contains("waits for table public.orders"))
    })
    .await;
    migration.client.batch_execute("commit").await.unwrap();

    let backup = console.succeeded(&job).await.output.unwrap().backup_id.unwrap();
    let manifest = console.engine.backup_details(&backup).await.unwrap().manifest;
    assert_eq!(manifest.rows(), Some(5000));
}

#[tokio::test]
async fn what_is_truncated_or_rewritten_under_a_moment_is_named_and_what_only_changes_is_not() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(&format!("{ORDERS}; create table emptied as select 1 i; create table kept as select 1 i"))
        .await;
    let options = ConnectOptions::new("test of rewriting");
    let holder = Holder::open(&database.settings(), Some(server.password()), &options).await.unwrap();

    database.run("delete from kept; alter table kept add column late int; create table late (i int)").await;
    assert_eq!(holder.rewritten().await.unwrap(), Vec::<String>::new());
    database.run("truncate emptied; alter table orders alter column i type bigint").await;

    assert_eq!(holder.rewritten().await.unwrap(), ["public.emptied", "public.orders"]);
    // What this is about: the moment still knows nothing of it, and reads nothing.
    let rows: i64 =
        holder.client().query_one("select count(*) from public.orders", &[]).await.unwrap().get(0);
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn a_table_that_is_truncated_between_the_moment_and_the_dump_fails_the_backup_instead_of_emptying_it() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(ORDERS).await;
    let proxy = FaultProxy::to(server.port());
    let console = Console::new().await.with_vault().await;
    let connection = Settings { port: proxy.port(), ..database.settings() };
    console.add_project(PROJECT, connection, server.password()).await.unwrap();
    // Slow enough that the truncation comes between the two.
    proxy.set(Fault::Delay(Duration::from_millis(60)));
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    let held = "select count(*) > 0 from pg_stat_activity where datname = current_database()
                and state = 'idle in transaction' and application_name like 'holdfast %' and backend_xmin is not null";
    poll::soon("the moment is held", async || database.value(held).await == "t").await;
    database.run("truncate orders").await;
    proxy.set(Fault::None);

    let failure = console.failed(&job).await;

    assert_eq!(failure.code, Code::TableRewritten, "{failure:?}");
    assert!(failure.message.contains("public.orders"), "{failure:?}");
    assert_eq!(console.count().await, 0);
    console.backup().await;
}
