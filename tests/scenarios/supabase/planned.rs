//! What plans know before anything is done: rows of extensions' own tables, keys that no database holds, databases that
//! a server binds an extension to, and which backup is meant.

use engine::restore::{RestorePlan, RestoreTarget, TableAct, TableMode};
use ledger::catalog::Verdict;
use testkit::{Console, Extension, PROJECT, Server, Supabase};

fn in_place() -> RestoreTarget {
    RestoreTarget::InPlace { project: Some(PROJECT.to_owned()) }
}

fn warns(plan: &RestorePlan, words: &str) -> bool {
    plan.warnings.iter().any(|warning| warning.contains(words))
}

#[tokio::test]
async fn rows_of_an_extensions_own_table_are_counted_and_replaced_in_place() {
    let Some(server) = Server::doomed() else { return };
    let Some(_extension) = Extension::install(&server).await else { return };
    let database = server.database().await;
    let made = "create schema holdfast_conf; create extension holdfast_conf; create table t (i int);
        insert into holdfast_conf.conf values ('mine', 'kept'); insert into holdfast_conf.whole (v) values ('a'), ('b')";
    database.run(made).await;
    let console = Console::new().await.with_vault().await.with_project(&server, database.name()).await;
    let backup = console.backup().await.record.id;
    database
        .run("insert into holdfast_conf.conf values ('later', 'x'); delete from holdfast_conf.whole")
        .await;

    let plan = console.plan(&backup, in_place()).await.unwrap();
    let of = |name: &str| {
        plan.tables.iter().find(|table| table.schema == "holdfast_conf" && table.name == name).unwrap()
    };
    assert_eq!((of("conf").act, of("conf").rows), (TableAct::Replace, Some(1)));
    assert_eq!((of("whole").act, of("whole").rows_now), (TableAct::Replace, Some(0)));
    let report = console.apply(&plan).await;

    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    let rows = database.rows("select k from holdfast_conf.conf order by k").await;
    assert_eq!(rows, ["mine", "standard 1", "standard 2"]);
    assert_eq!(database.value("select string_agg(v, '' order by i) from holdfast_conf.whole").await, "ab");
}

#[tokio::test]
async fn some_tables_leave_the_rows_that_an_extension_brought_itself() {
    let Some(server) = Server::doomed() else { return };
    let Some(_extension) = Extension::install(&server).await else { return };
    let database = server.database().await;
    let made = "create schema holdfast_conf; create extension holdfast_conf;
        insert into holdfast_conf.conf values ('mine', 'kept')";
    database.run(made).await;
    let console = Console::new().await.with_vault().await.with_project(&server, database.name()).await;
    let backup = console.backup().await.record.id;
    database.run("insert into holdfast_conf.conf values ('later', 'x')").await;

    let tables = vec!["holdfast_conf.conf".to_owned()];
    let target = RestoreTarget::Tables { project: None, tables, mode: TableMode::Replace };
    let plan = console.plan(&backup, target).await.unwrap();
    let report = console.apply(&plan).await;

    assert_eq!((plan.tables[0].rows, plan.tables[0].rows_now, plan.rows_lost()), (Some(1), Some(2), 1));
    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    let rows = database.rows("select k from holdfast_conf.conf order by k").await;
    assert_eq!(rows, ["mine", "standard 1", "standard 2"]);
}

#[tokio::test]
async fn rows_under_a_key_of_the_server_are_said_to_be_worthless_without_it() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        let backup = console.backup().await.record.id;

        let plan = console.plan(&backup, RestoreTarget::Scratch).await.unwrap();

        assert!(warns(&plan, "pgsodium.key (3 rows) and vault.secrets (3 rows)"), "{:?}", plan.warnings);
        assert!(warns(&plan, "root key"), "{:?}", plan.warnings);
    }
}

#[tokio::test]
async fn an_extension_that_a_server_binds_to_one_database_is_known_before() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let server = supabase.server();
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        let backup = console.backup().await.record.id;
        let other = server.database().await;
        let bound = format!("alter database {} set cron.database_name = 'home'", other.name());
        server.at("postgres").run(&bound).await;
        console.add_project("bound", server.settings(other.name()), server.password()).await.unwrap();

        let to = RestoreTarget::NewDatabase { name: server.free_name(), project: Some("bound".into()) };
        let plan = console.plan(&backup, to).await.unwrap();

        let is_said = plan.blockers.iter().any(|one| one.contains("pg_cron in the database home alone"));
        assert!(is_said, "{:?}", plan.blockers);
    }
}

#[tokio::test]
async fn settings_that_another_server_lacks_are_named_before() {
    let (Some(original), Some(server)) = (Server::set_otherwise(), Server::shared()) else { return };
    let database = original.database().await;
    // What comes back with the database is not the server's.
    database.run(&format!("alter database {} set datestyle = 'SQL, DMY'", database.name())).await;
    let console = Console::new().await.with_vault().await.with_project(original, database.name()).await;
    let backup = console.backup().await.record.id;
    let other = server.database().await;
    console.add_project("elsewhere", server.settings(other.name()), server.password()).await.unwrap();

    let to = |project: Option<&str>| RestoreTarget::NewDatabase {
        name: server.free_name(),
        project: project.map(str::to_owned),
    };
    let plan = console.plan(&backup, to(Some("elsewhere"))).await.unwrap();
    assert!(warns(&plan, "not loaded on that one: auto_explain."), "{:?}", plan.warnings);
    let settings = "max_prepared_transactions is 0 and was 10; wal_level is minimal and was logical.";
    assert!(warns(&plan, "TimeZone is UTC and was Asia/Tokyo; "), "{:?}", plan.warnings);
    assert!(warns(&plan, settings), "{:?}", plan.warnings);
    assert!(!warns(&plan, "DateStyle"), "{:?}", plan.warnings);
    assert_eq!(plan.blockers, [] as [&str; 0]);

    let at_home = console.plan(&backup, to(None)).await.unwrap();
    assert!(!warns(&at_home, "set otherwise") && !warns(&at_home, "not loaded"), "{:?}", at_home.warnings);
}

#[tokio::test]
async fn the_newest_backup_says_where_it_is_one_from_before_a_restore() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t (i int); insert into t values (1)").await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let first = console.backup().await.record.id;
    database.run("insert into t values (2)").await;
    let newest = format!("{PROJECT}@latest");
    assert!(!warns(&console.plan(&newest, RestoreTarget::Scratch).await.unwrap(), "safety backup"));

    console.apply(&console.plan(&first, in_place()).await.unwrap()).await;

    let plan = console.plan(&newest, RestoreTarget::Scratch).await.unwrap();
    assert!(warns(&plan, "The newest backup is the safety backup"), "{:?}", plan.warnings);
    assert!(!warns(&console.plan(&first, RestoreTarget::Scratch).await.unwrap(), "The newest backup is"));
}
