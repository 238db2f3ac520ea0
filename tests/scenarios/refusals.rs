//! A dump that cannot be whole: refused or ended with a reason, and nothing is left of it.

use std::time::Duration;

use base::Code;
use base::secret::Secret;
use engine::Failure;
use ledger::catalog::{JobState, Level, Verdict};
use postgres::connection::{ConnectOptions, Settings};
use postgres::dump::{Dump, DumpError, DumpRequest, Holder};
use postgres::tools::{SearchRoots, Tools};
use testkit::{Console, Database, Fault, FaultProxy, PROJECT, PoolMode, Pooler, Server, child, poll};

/// More bytes than the buffers of all sockets between server and dump hold, so that a stalled line keeps
/// the server in the middle of them.
const ROWS: &str =
    "create table t as select i, md5(i::text) || repeat('x', 800) from generate_series(1, 60000) i";

/// No backup, no lock, no program that still runs, no file of a run.
async fn assert_nothing_is_left(console: &Console, job: &str) {
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (0, 0));
    poll::soon("the lock goes", async || console.vault_files("locks").is_empty()).await;
    let name = format!("holdfast {job}");
    poll::soon("its programs end", async || child::with_variable("PGAPPNAME", &name).is_empty()).await;
    let left: Vec<_> =
        console.home().join("run").read_dir_utf8().map(|found| found.flatten().collect()).unwrap_or_default();
    assert!(left.iter().all(|entry| !entry.file_name().starts_with("restore-")), "{left:?}");
}

/// A project over a connection of its own.
async fn console_at(connection: Settings, password: &Secret) -> Console {
    let console = Console::new().await.with_vault().await;
    console.add_project(PROJECT, connection, password).await.unwrap();
    console
}

/// Backs up, expects the failure, and looks that nothing is left.
async fn refused(console: &Console) -> Failure {
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    let failure = console.failed(&job).await;
    assert_nothing_is_left(console, &job).await;
    assert!(failure.hint.as_deref().is_some_and(|hint| hint.ends_with('.')), "{failure:?}");
    failure
}

#[tokio::test]
async fn every_table_and_sequence_that_may_not_be_read_is_named() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let role = format!("half_reader_{}", database.name());
    database
        .run(&format!(
            "create role {role} login password 'of the half reader'; create schema shut; create table shut.away (i int); create sequence counted;
             create table open (i int); grant select on open to {role};
             do $$ begin for i in 1..9 loop execute format('create table closed_%s (i int)', i); end loop; end $$"
        ))
        .await;
    let console =
        console_at(Settings { user: role, ..database.settings() }, &Secret::new("of the half reader")).await;

    let failure = refused(&console).await;

    assert_eq!(failure.code, Code::NoRight);
    for named in
        (1..10).map(|i| format!("public.closed_{i}")).chain(["shut.away".into(), "public.counted".into()])
    {
        assert!(failure.message.contains(&named), "{named}: {}", failure.message);
    }
    assert!(!failure.message.contains("public.open"), "{}", failure.message);
}

#[tokio::test]
async fn a_role_with_impatient_limits_is_backed_up_all_the_same() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let role = format!("impatient_{}", database.name());
    database
        .run(&format!(
            "{ROWS}; create role {role} superuser login password 'of the impatient';
             alter role {role} set statement_timeout = '300ms'; alter role {role} set idle_in_transaction_session_timeout = '300ms';
             alter role {role} set lock_timeout = '1ms'; alter role {role} set bytea_output = 'escape'"
        ))
        .await;
    let proxy = FaultProxy::to(server.port());
    let connection = Settings { user: role, port: proxy.port(), ..database.settings() };
    let console = console_at(connection, &Secret::new("of the impatient")).await;
    proxy.set(Fault::Delay(Duration::from_millis(5)));

    let backup = console.backup().await;

    proxy.set(Fault::None);
    let report = console.restore_to(&backup.record.id, &server.free_name()).await;
    assert_eq!(report.verdict, Verdict::Pass, "{report:?}");
}

#[tokio::test]
async fn a_dump_that_waits_for_a_locked_table_says_for_whom_and_can_be_cancelled() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table orders (i int)").await;
    let migration = database.session().await;
    migration
        .client
        .batch_execute(
            "set application_name = 'a migration'; begin; lock table orders in access exclusive mode",
        )
        .await
        .unwrap();
    let console = console_at(database.settings(), server.password()).await;

    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    let said = poll::until("it says for whom it waits", async || {
        let log = console.engine.job_log(&job, 0, Level::Warning, 100).await.unwrap();
        log.into_iter().map(|line| line.message).find(|message| message.contains("waits for table"))
    })
    .await;
    console.engine.cancel_job(&job).await.unwrap();

    assert!(said.contains("public.orders") && said.contains("a migration"), "{said}");
    assert_eq!(console.wait(&job).await.record.state, JobState::Cancelled);
    assert_nothing_is_left(&console, &job).await;
    migration.client.batch_execute("rollback").await.unwrap();
    console.backup().await;
}

#[tokio::test]
async fn a_lock_that_is_not_let_go_ends_the_dump_and_names_the_table() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table \"Orders\" (i int)").await;
    let migration = database.session().await;
    migration.client.batch_execute("begin; lock table \"Orders\" in access exclusive mode").await.unwrap();
    let (settings, password) = (database.settings(), Some(server.password()));
    let holder = Holder::open(&settings, password, &ConnectOptions::new("test of locks")).await.unwrap();
    let tools = Tools::discover(&SearchRoots::of_this_system());
    let request = DumpRequest {
        tools: tools.newest_server().unwrap(),
        settings: &settings,
        password,
        peer: holder.peer(),
        snapshot: holder.snapshot(),
        application_name: "test of locks",
        lock_wait: Duration::from_millis(300),
        encoding: None,
        output: &[],
        left_out: &[],
    };

    let mut dump = Dump::spawn(&request).unwrap();

    let mut output = dump.take_output().unwrap();
    let ended = tokio::task::spawn_blocking(move || {
        std::io::copy(&mut output, &mut std::io::sink()).unwrap();
        dump.finish()
    });
    let error: DumpError = ended.await.unwrap().unwrap_err();
    let failure = Failure::from(error);
    assert_eq!(failure.code, Code::LockTimeout, "{failure:?}");
    assert!(failure.message.contains("public.\"Orders\""), "{failure:?}");
    migration.client.batch_execute("rollback").await.unwrap();
}

#[tokio::test]
async fn a_run_that_waits_in_vain_for_a_locked_table_ends_and_says_who_holds_it() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table orders (i int)").await;
    let migration = database.session().await;
    let lock = "set application_name = 'a migration'; begin; lock table orders in access exclusive mode";
    migration.client.batch_execute(lock).await.unwrap();
    // Longer than it takes until somebody looks for whom the dump waits.
    let console = Console::with(|options| options.lock_wait = Some(Duration::from_secs(8))).await;
    let console = console.with_vault().await;
    console.add_project(PROJECT, database.settings(), server.password()).await.unwrap();

    let failure = refused(&console).await;

    assert_eq!(failure.code, Code::LockTimeout, "{failure:?}");
    for named in ["public.orders", "a migration"] {
        assert!(failure.message.contains(named), "{failure:?}");
    }
    migration.client.batch_execute("rollback").await.unwrap();
    console.backup().await;
}

/// Ends something on the server in the middle of a dump, and expects that this is said.
async fn dies_in_the_middle(server: &Server, database: &Database<'_>, end: impl AsyncFnOnce()) -> Failure {
    let proxy = FaultProxy::to(server.port());
    let console = console_at(Settings { port: proxy.port(), ..database.settings() }, server.password()).await;
    proxy.set(Fault::StallAfter(3 << 20));
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    let copies = "select count(*) from pg_stat_activity where datname = current_database() and query like 'COPY%' and state = 'active'";
    let at = database.clone();
    poll::soon("rows come", async || at.value(copies).await == "1").await;

    end().await;
    proxy.set(Fault::None);

    let failure = console.failed(&job).await;
    assert_nothing_is_left(&console, &job).await;
    failure
}

#[tokio::test]
async fn a_dump_whose_session_is_ended_on_the_server_leaves_nothing() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(ROWS).await;

    let failure = dies_in_the_middle(server, &database, async || {
        database.run("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'COPY%'").await;
    })
    .await;

    assert!(["terminated", "server_gone"].contains(&failure.code.as_str()), "{failure:?}");
}

#[tokio::test]
async fn a_server_that_crashes_in_the_middle_leaves_nothing() {
    let Some(server) = Server::doomed() else { return };
    let database = server.database().await;
    database.run(ROWS).await;

    let failure = dies_in_the_middle(&server, &database, async || server.crash()).await;

    assert!(["terminated", "server_gone"].contains(&failure.code.as_str()), "{failure:?}");
}

#[tokio::test]
async fn a_transaction_pooler_is_refused_and_the_session_pooler_is_named() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t as select 1 i").await;
    let Some(pooler) = Pooler::before(server, PoolMode::Transaction).await else { return };
    let console =
        console_at(Settings { port: pooler.port(), ..database.settings() }, server.password()).await;

    let failure = refused(&console).await;

    assert_eq!(failure.code, Code::TransactionPooler, "{failure:?}");
    assert!(failure.hint.unwrap().contains("session pooler"));
}

#[tokio::test]
async fn a_session_pooler_is_as_good_as_the_server() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t as select i, md5(i::text) from generate_series(1, 1000) i").await;
    let Some(pooler) = Pooler::before(server, PoolMode::Session).await else { return };
    let console =
        console_at(Settings { port: pooler.port(), ..database.settings() }, server.password()).await;

    let backup = console.backup().await;

    let report = console.restore_to(&backup.record.id, &server.free_name()).await;
    assert_eq!(report.verdict, Verdict::Pass, "{report:?}");
    assert_eq!(server.at(&report.database).census().await, database.census().await);
}

#[tokio::test]
async fn a_table_that_the_server_cannot_read_is_named_with_the_servers_words() {
    let Some(server) = Server::doomed() else { return };
    let database = server.database().await;
    database.run("create table whole (i int); create table \"damaged one\" as select 1 i; checkpoint").await;
    let path = database.value("select pg_relation_filepath('\"damaged one\"')").await;
    server.damage(&path).await;
    let console = console_at(database.settings(), server.password()).await;

    let failure = refused(&console).await;

    assert_eq!(failure.code, Code::TableUnreadable, "{failure:?}");
    assert!(
        failure.message.contains("damaged one") && failure.message.contains("invalid page"),
        "{failure:?}"
    );
}
