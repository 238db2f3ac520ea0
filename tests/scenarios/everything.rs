//! A database with everything that Postgres allows, and databases that are much of one thing.
//!
//! What comes back is judged by the product's own comparison, by SQL, and by a second `pg_dump`.

use std::path::Path;

use engine::restore::RestoreTarget;
use ledger::catalog::Verdict;
use ledger::job::RestoreReport;
use testkit::{Console, Database, Extension, Server};

/// Roles are of the server, not of the database.
const ROLES: &str = "create role everything_reader nologin; create role everything_owner nologin";

/// What the database itself has; its name left out.
const PROPERTIES: &str = "select pg_get_userbyid(datdba), datconnlimit, (select array_agg(item::text order by item::text) from unnest(datacl) item), shobj_description(oid, 'pg_database'), \
    (select array_agg(s.setrole::regrole || ' ' || s.setconfig::text order by s.setrole) from pg_db_role_setting s where s.setdatabase = d.oid) \
    from pg_database d where datname = current_database()";

/// Backs up, restores beside it, and expects the product to find nothing that differs.
async fn comes_back(
    server: &'static Server,
    database: &Database<'static>,
) -> (Console, String, Database<'static>) {
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await;
    let shown = console.engine.backup_details(&backup.record.id).await.unwrap();
    assert_eq!(shown.manifest.warnings, Vec::<String>::new());
    let report = console.restore_to(&backup.record.id, &server.free_name()).await;
    assert_pass(&report);
    (console, backup.record.id, server.at(&report.database))
}

fn assert_pass(report: &RestoreReport) {
    assert_eq!((report.verdict, report.differences.len()), (Verdict::Pass, 0), "{report:?}");
}

fn assert_same_dump(one: &Database<'_>, other: &Database<'_>) {
    assert_same_text(&one.dump_text(), &other.dump_text());
}

fn assert_same_text(one: &str, other: &str) {
    let first = one.lines().zip(other.lines()).find(|(left, right)| left != right);
    assert!(
        one == other,
        "{} and {} lines, the first that differ: {first:?}",
        one.lines().count(),
        other.lines().count()
    );
}

#[tokio::test]
async fn a_database_with_everything_comes_back_on_its_own_server_and_on_another() {
    let Some(server) = Server::shared() else { return };
    let Some(other) = Server::second() else { return };
    let database = server.database().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/everything");
    for of in [server, other] {
        of.at("postgres").run(ROLES).await;
    }
    for part in ["names.sql", "tables.sql", "types.sql", "code.sql"] {
        database.run_script(&folder.join(part));
    }
    let census = database.census().await;

    let (console, backup, restored) = comes_back(server, &database).await;

    assert_eq!(restored.census().await, census);
    assert_same_dump(&database, &restored);
    assert_eq!(restored.rows(PROPERTIES).await, database.rows(PROPERTIES).await);

    let connection = other.settings("postgres");
    let target = RestoreTarget::OtherServer {
        name: other.free_name(),
        connection: Box::new(connection),
        password: Some(other.password().clone()),
    };
    let plan = console.plan(&backup, target).await.unwrap();
    let report = console.apply(&plan).await;
    assert_pass(&report);
    assert_eq!(other.at(&report.database).census().await, census);
    assert_same_dump(&database, &other.at(&report.database));
    comes_back_in_its_own_place(&console, &database).await;
}

/// By a swap; and, without its large objects, in one transaction.
async fn comes_back_in_its_own_place(console: &Console, database: &Database<'_>) {
    // A subscription would stay with the old database, and so forbids a swap.
    for name in database.rows("select quote_ident(subname) from pg_subscription s join pg_database d on d.oid = s.subdbid where datname = current_database()").await {
        for end in ["disable", "set (slot_name = none)"] {
            database.run(&format!("alter subscription {name} {end}")).await;
        }
        database.run(&format!("drop subscription {name}")).await;
    }
    let backup = console.backup().await.record.id;
    let (text, properties) = (database.dump_text(), database.rows(PROPERTIES).await);
    let plan = console.plan(&backup, RestoreTarget::Swap { project: None, keep_days: None }).await.unwrap();
    assert_pass(&console.apply(&plan).await);
    assert_eq!(database.rows(PROPERTIES).await, properties);
    assert_same_text(&text, &database.dump_text());

    let plan = console.plan(&backup, RestoreTarget::InPlace { project: None }).await.unwrap();
    assert!(plan.blockers.iter().all(|blocker| blocker.contains("large object")), "{:?}", plan.blockers);
    assert_eq!(plan.blockers.len(), 2);
    assert!(plan.warnings.iter().any(|one| one.contains("default privileges")), "{:?}", plan.warnings);
    database.run("select lo_unlink(oid) from pg_largeobject_metadata").await;
    let backup = console.backup().await.record.id;
    let text = database.dump_text();
    let plan = console.plan(&backup, RestoreTarget::InPlace { project: None }).await.unwrap();
    assert_pass(&console.apply(&plan).await);
    assert_same_text(&text, &database.dump_text());
}

#[tokio::test]
async fn rows_are_the_same_whatever_the_databases_settings_say() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run("create table odd (b bytea, at timestamptz, i interval, f float8, r regclass, t text);
              insert into odd values ('\\x00ff5c0a', '2020-01-01', '1 year -2 days', 0.1, 'odd', e'a\\\\b\\u00fc'); select lo_from_bytea(0, '\\x00ff')")
        .await;
    let settings = [
        "bytea_output = 'escape'",
        "datestyle = 'German'",
        "intervalstyle = 'sql_standard'",
        "extra_float_digits = -3",
        "timezone = 'Asia/Kolkata'",
        "quote_all_identifiers = on",
        "search_path = 'nowhere'",
        "client_encoding = 'latin1'",
        "standard_conforming_strings = off",
        "default_transaction_read_only = on",
        "default_transaction_isolation = 'serializable'",
        "row_security = off",
        "session_replication_role = replica",
        "check_function_bodies = on",
        "lock_timeout = '1ms'",
        "idle_in_transaction_session_timeout = '100ms'",
        "statement_timeout = '500ms'",
        "xmloption = 'document'",
    ];
    for setting in settings {
        server.at("postgres").run(&format!("alter database {} set {setting}", database.name())).await;
    }

    let (_console, _, restored) = comes_back(server, &database).await;

    let set = "select setconfig from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = 'NAME')";
    let of = async |name: &str| server.at("postgres").value(&set.replace("NAME", name)).await;
    assert_eq!(of(restored.name()).await, of(database.name()).await);
    let rows = "set extra_float_digits = 3; select t::text from public.odd t";
    assert_eq!(restored.rows(rows).await, database.rows(rows).await);
}

#[tokio::test]
async fn of_an_extensions_table_the_users_rows_come_back_beside_the_extensions_own() {
    let Some(server) = Server::shared() else { return };
    let Some(_extension) = Extension::install(server).await else { return };
    let database = server.database().await;
    database
        .run("create extension holdfast_conf; insert into holdfast_conf.conf values ('mine', 'z', false); insert into holdfast_conf.whole (v) values ('a'), ('b')")
        .await;

    let (console, backup, restored) = comes_back(server, &database).await;

    assert_eq!(restored.value("select count(*) from holdfast_conf.conf").await, "3");
    assert_eq!(restored.census().await, database.census().await);
    // What is not the extension's is in the backup once, and a row that is lost is found.
    let manifest = console.engine.backup_details(&backup).await.unwrap().manifest;
    assert_eq!(manifest.rows(), Some(3));
}

#[tokio::test]
async fn large_objects_are_compared_by_their_content() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run("select lo_from_bytea(7000 + i, decode(repeat(lpad(to_hex(i), 2, '0'), i * 1000), 'hex')) from generate_series(0, 200) i;
              select lo_create(9999), lo_put(9999, 3000000, 'the end of a hole')")
        .await;

    let (console, backup, restored) = comes_back(server, &database).await;

    assert_eq!(restored.census().await, database.census().await);
    let manifest = console.engine.backup_details(&backup).await.unwrap().manifest;
    let session = restored.session().await;
    restored.run("select lo_put(7200, 199999, 'x')").await;
    let changed = postgres::facts::fingerprint_large_objects(&session.client, &|| false).await.unwrap();
    assert_eq!((changed.count, changed.bytes), manifest.dump().unwrap().large_objects, "as many, as large");
    assert_ne!(Some(changed.fingerprint_text()), manifest.dump().unwrap().large_objects_fingerprint);
}

#[tokio::test]
async fn bytes_that_are_no_text_come_back_from_a_database_without_an_encoding() {
    let Some(server) = Server::shared() else { return };
    let name = "without_encoding";
    server
        .at("postgres")
        .run(&format!(
            "create database {name} template template0 encoding sql_ascii lc_collate 'C' lc_ctype 'C'"
        ))
        .await;
    let database = server.at(name);
    database.run("set client_encoding = sql_ascii; create table t (i int, t text); insert into t values (1, e'\\xe4\\xff'), (2, e'\\303\\244')").await;

    let (_console, _, restored) = comes_back(server, &database).await;

    let bytes = "select i, t::bytea from t order by i";
    assert_eq!(restored.rows(bytes).await, database.rows(bytes).await);
}

#[tokio::test]
async fn two_thousand_tables_and_one_of_sixteen_hundred_columns_come_back() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    for part in 0..4 {
        // So many locks are of one transaction.
        let of = format!(
            "do $$ begin for i in {part}*500 + 1..{part}*500 + 500 loop execute format('create table t%s (id int, v text default %L)', i, i); execute format('insert into t%s values (%s)', i, i); end loop; end $$"
        );
        database.run(&of).await;
    }
    database
        .run("do $$ declare columns text; begin select string_agg(format('c%s int default %s', i, i), ',') into columns from generate_series(1, 1600) i;
              execute 'create table wide (' || columns || ')'; insert into wide default values; end $$")
        .await;

    let (console, backup, restored) = comes_back(server, &database).await;

    // Nearly all of this dump is its table of contents, and what follows it has to be counted too.
    let manifest = console.engine.backup_details(&backup).await.unwrap().manifest;
    assert_eq!((manifest.rows(), manifest.tables().len()), (Some(2001), 2001));
    assert_same_dump(&database, &restored);
}

#[tokio::test]
async fn a_row_of_two_hundred_megabytes_and_a_table_of_three_hundred_come_back() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run("create table huge (id int, b bytea, t text); alter table huge alter t set compression pglz;
              insert into huge values (1, decode(repeat('00ff5c0a', 25000000), 'hex'), null), (2, '', repeat(e'\\\\\\n\\t', 20000000));
              create table large as select i, repeat(md5((i % 100)::text), 10) t from generate_series(1, 850000) i")
        .await;

    let (_console, _, restored) = comes_back(server, &database).await;

    for digest in [
        "select sum(hashtextextended(t, i)) || ' ' || count(*) from large",
        "select string_agg(md5(b) || coalesce(md5(t), '-'), ' ' order by id) from huge",
    ] {
        assert_eq!(restored.value(digest).await, database.value(digest).await);
    }
}
