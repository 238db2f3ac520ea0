//! What others plant, in a schema where they may create, in a setting or in an archive, is never evaluated
//! with rights that they do not have.

mod archive;
mod rights;
mod settings;
mod tables;

use std::collections::BTreeMap;

use base::Code;
use base::secret::Secret;
use camino::Utf8PathBuf;
use engine::drill::DrillRequest;
use engine::restore::{RestoreTarget, TableMode};
use ledger::catalog::Verdict;
use postgres::connection::Settings;
use postgres::ladder::RungState;
use postgres::target::Target;
use postgres::tools::Program;
use testkit::{Console, Database, PROJECT, PoolMode, Pooler, Server};

use crate::drill::{drill, request};
use crate::import::dumped;
use crate::living::{in_place, living, orders, swap};

/// Operators that fit better than the catalogue's, or as well: what each takes, gives, and answers.
const OPERATORS: [(&str, &str, &str, &str, &str); 10] = [
    ("!~", "name", "name", "boolean", "true"),
    ("~", "name", "name", "boolean", "false"),
    ("||", "name", "name", "text", "''"),
    ("||", "text", "text", "text", "''"),
    ("=", "oid", "regclass", "boolean", "true"),
    ("=", "oid", "oid", "boolean", "true"),
    ("=", "name", "name", "boolean", "true"),
    ("=", "text", "text", "boolean", "true"),
    ("<>", "name", "name", "boolean", "true"),
    ("->>", "jsonb", "jsonb", "text", "null"),
];
/// Functions by the names of the catalogue's.
const FUNCTIONS: [(&str, &str, &str); 6] = [
    ("current_setting(text)", "text", "pg_catalog.current_setting($1)"),
    ("current_database()", "name", "pg_catalog.current_database()"),
    ("has_schema_privilege(oid, text)", "boolean", "true"),
    ("set_config(text, text, boolean)", "text", "$2"),
    ("to_jsonb(anyelement)", "jsonb", "null"),
    ("now()", "timestamptz", "pg_catalog.now()"),
];

/// A role that may do nothing but create in the schema public, and all that it planted there.
struct Trap {
    low: String,
    marker: Utf8PathBuf,
    _folder: tempfile::TempDir,
}

impl Trap {
    async fn set(database: &Database<'_>) -> Self {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let marker = Utf8PathBuf::from_path_buf(folder.path().join("ran")).unwrap();
        let low = format!("low_{}", database.name());
        // Said in the server's log, since a transaction that may only read changes nothing.
        let mut sql = vec![format!(
            "create role {low} login; grant create on schema public to {low}; set role {low};
             create function public.sprung() returns void language plpgsql as $f$ begin
               raise log 'the trap of {low} ran as %', current_user;
               begin execute 'alter role {low} superuser'; exception when others then null; end;
               begin execute pg_catalog.concat('copy (select 1) to pro', 'gram ''touch {marker}''');
               exception when others then null; end;
             end $f$"
        )];
        let body = |answer: &str| {
            format!("language plpgsql as $f$ begin perform public.sprung(); return {answer}; end $f$")
        };
        for (number, (sign, left, right, gives, answer)) in OPERATORS.into_iter().enumerate() {
            let name = format!("public.planted_{number}");
            sql.push(format!("create function {name}({left}, {right}) returns {gives} {}", body(answer)));
            sql.push(format!(
                "create operator public.{sign} (leftarg = {left}, rightarg = {right}, function = {name})"
            ));
        }
        for (function, gives, answer) in FUNCTIONS {
            sql.push(format!("create function public.{function} returns {gives} {}", body(answer)));
        }
        database.run(&sql.join(";\n")).await;
        Self { low, marker, _folder: folder }
    }

    /// How often it ran on this server.
    fn ran(&self, server: &Server) -> usize {
        server.log().matches(&format!("the trap of {} ran", self.low)).count()
    }

    async fn is_superuser(&self, server: &Server) -> bool {
        let asked = format!("select rolsuper from pg_catalog.pg_roles where rolname = '{}'", self.low);
        server.at("postgres").value(&asked).await == "t"
    }
}

/// A shop with a trap in it, whose project signs in as a superuser with the most careless path.
async fn trapped(server: &'static Server) -> (Console, Database<'static>, Trap) {
    let database = server.database().await;
    database
        .run("create table orders (id int primary key, note text); insert into orders select i, 'n' from generate_series(1, 50) i")
        .await;
    let trap = Trap::set(&database).await;
    let boss = format!("boss_{}", database.name());
    database
        .run(&format!(
            "create role {boss} superuser login password 'of the boss'; alter role {boss} set search_path = public, pg_catalog"
        ))
        .await;
    let console = Console::new().await.with_vault().await;
    let connection = Settings { user: boss, ..database.settings() };
    console.add_project(PROJECT, connection, &Secret::new("of the boss")).await.unwrap();
    (console, database, trap)
}

#[tokio::test]
async fn operators_and_functions_that_a_role_planted_are_not_run_with_the_rights_of_a_superuser() {
    let Some(server) = Server::shared() else { return };
    let (console, database, trap) = trapped(server).await;
    // Whoever asks as everybody does is caught.
    database.run("set search_path = public, pg_catalog; select 'a'::name !~ 'b'").await;
    assert!(
        trap.is_superuser(server).await && trap.marker.exists() && trap.ran(server) > 0,
        "the trap works"
    );
    server.at("postgres").run(&format!("alter role {} nosuperuser", trap.low)).await;
    std::fs::remove_file(&trap.marker).unwrap();
    let before = trap.ran(server);

    let rungs = console.engine.test_connection(None, None, None, Some(PROJECT), &mut |_| ()).await.unwrap();
    assert!(rungs.iter().all(|rung| rung.state != RungState::Failed), "{rungs:#?}");
    let backup = console.backup().await.record.id;
    database.run("delete from orders where id = 7").await;
    for target in [swap(), in_place(), orders(TableMode::Replace), orders(TableMode::Beside)] {
        let plan = console.plan(&backup, target).await.unwrap();
        assert_eq!(plan.blockers, Vec::<String>::new());
    }
    let report = console.restore_to(&backup, &server.free_name()).await;
    assert_eq!(report.verdict, Verdict::Pass, "{report:?}");
    let missing = console.plan(&backup, orders(TableMode::MissingRows)).await.unwrap();
    console.apply(&missing).await;
    let here = drill(&console, request()).await;
    let there = drill(&console, DrillRequest { on: Some(PROJECT.into()), ..request() }).await;

    assert_eq!((here.row.record.verdict, there.row.record.verdict), (Verdict::Pass, Verdict::Pass));
    assert_eq!(database.value("select count(*) from orders").await, "50");
    assert_eq!(trap.ran(server), before, "something planted was run");
    assert!(!trap.is_superuser(server).await && !trap.marker.exists());
}

#[tokio::test]
async fn what_a_role_of_the_source_put_into_its_tables_runs_as_the_guest_of_the_private_server() {
    let Some(server) = Server::shared() else { return };
    let (console, database, trap) = trapped(server).await;
    let low = &trap.low;
    // Each is evaluated by whoever fills the table, or adds the check to it.
    database
        .run(&format!(
            "set role {low};
             create function public.fine(i int) returns boolean language plpgsql immutable as
               $f$ begin perform public.sprung(); return true; end $f$;
             create function public.shown(i int) returns int language plpgsql immutable as
               $f$ begin perform public.sprung(); return i; end $f$;
             create domain public.checked as int check (public.fine(value));
             create table public.bait (id int primary key check (public.fine(id)), one public.checked,
               two int generated always as (public.shown(id)) stored);
             create index on public.bait (public.shown(id));
             insert into public.bait (id, one) select i, i from generate_series(1, 20) i;
             alter table public.bait add constraint late check (public.fine(id)) not valid;
             alter table public.bait enable row level security;
             alter table public.bait force row level security;
             create policy p on public.bait using (public.fine(id));"
        ))
        .await;
    let backup = console.backup().await.record.id;
    let before = trap.ran(server);

    let here = drill(&console, request()).await;
    let scratch = console.plan(&backup, RestoreTarget::Scratch).await.unwrap();
    let report = console.apply(&scratch).await;

    assert_eq!(here.row.record.verdict, Verdict::Pass, "{}", here.row.record.reason);
    assert_eq!(report.verdict, Verdict::Pass, "{report:?}");
    assert!(!trap.marker.exists(), "a program ran");
    console.engine.remove_scratch(&report.scratch_id.unwrap()).await.unwrap();
    assert_eq!(trap.ran(server), before, "the living server has nothing to do with it");
}

#[tokio::test]
async fn operators_that_a_foreign_file_brings_are_not_run_by_the_keeper_of_the_private_server() {
    let Some(server) = Server::shared() else { return };
    let (_, database, trap) = trapped(server).await;
    let line = testkit::CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    for (number, format) in ["--format=plain", "--format=custom"].into_iter().enumerate() {
        let file = dumped(&line, &database, &format!("trap {number}"), &[format]);
        let name = format!("foreign {number}");

        // Whether a gate lets it pass or not.
        line.call(&["bundle", "import", file.as_str(), "--as", &name]);
        line.call(&["drill", "run", &name]);

        assert!(!trap.marker.exists(), "a program ran");
    }
}

#[tokio::test]
async fn a_view_in_the_place_of_a_table_is_not_asked_where_tables_are() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let is_known = "select count(*) from pg_settings where name = 'restrict_nonsystem_relation_kind'";
    if database.value(is_known).await != "1" {
        testkit::skip("this server cannot keep a session from views: it is older than August 2024");
        return;
    }
    database.run("create table orders (id int); create view other as select 1 as id").await;
    let password = Some(server.password().clone());
    let target = Target { settings: database.settings(), password, application: "test".into() };

    let session = target.session_for_tables().await.unwrap();

    let asked = async |name: &str| {
        let sql = format!("select count(*) from only public.{name}");
        session.client.query_one(sql.as_str(), &[]).await.map(|row| row.get::<_, i64>(0))
    };
    assert_eq!(asked("orders").await.unwrap(), 0);
    // As its owner could at any time between a look and the question that follows.
    database.run("alter table orders rename to kept; alter view other rename to orders").await;
    assert!(asked("orders").await.unwrap_err().as_db_error().unwrap().message().contains("restricted"));
}

#[tokio::test]
async fn every_session_has_its_path_before_it_asks_anything() {
    let Some(server) = Server::that_notes_statements() else { return };
    let shop = living(server).await;
    let engine = &shop.console.engine;
    engine.add_assertion(PROJECT, "orders", "select count(*) > 0 from orders").await.unwrap();
    engine.test_connection(None, None, None, Some(PROJECT), &mut |_| ()).await.unwrap();
    let there = drill(&shop.console, DrillRequest { on: Some(PROJECT.into()), ..request() }).await;
    assert_eq!(there.row.record.verdict, Verdict::Pass, "{}", there.row.record.reason);
    let new = RestoreTarget::NewDatabase { name: server.free_name(), project: None };
    let tables = [TableMode::Beside, TableMode::MissingRows, TableMode::Replace].map(orders);
    for target in [new].into_iter().chain(tables).chain([in_place(), swap()]) {
        let plan = shop.plan(target).await;
        shop.apply(&plan).await;
    }

    let mut first: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (session, application, text) in server.statements() {
        // The scenario itself asks as an application would.
        if application != "test" {
            first.entry(session).or_insert((application, text));
        }
    }

    let sets_it =
        |text: &str| text.to_lowercase().starts_with("select pg_catalog.set_config('search_path', '");
    let early: Vec<_> = first.values().filter(|(_, text)| !sets_it(text)).collect();
    assert!(early.is_empty(), "{early:#?}");
    // Ours, and those of the programs, which write it in capitals.
    let of_programs = first.values().filter(|(_, text)| text.starts_with("SELECT")).count();
    assert!(of_programs > 10 && first.len() > of_programs + 40, "{of_programs} of {}", first.len());
}

#[tokio::test]
async fn behind_a_transaction_pooler_no_setting_of_ours_stays_for_others() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t as select 1 i").await;
    let Some(pooler) = Pooler::before(server, PoolMode::Transaction).await else { return };
    let console = Console::new().await.with_vault().await;
    let connection = Settings { port: pooler.port(), ..database.settings() };
    console.add_project(PROJECT, connection, server.password()).await.unwrap();

    let rungs = console.engine.test_connection(None, None, None, Some(PROJECT), &mut |_| ()).await.unwrap();
    let failure = console.failed_backup().await;

    assert!(rungs.iter().any(|rung| rung.code == Some("HF-AUTH-009")), "{rungs:#?}");
    assert_eq!(failure.code, Code::TransactionPooler, "{failure:?}");
    for _ in 0..3 {
        let mut psql = database.client(Program::Psql);
        psql.env("PGPORT", pooler.port().to_string());
        psql.args(["-XAt", "-c", "show search_path", "-c", "select count(*) from t"]);
        assert_eq!(crate::export::run(&mut psql), "\"$user\", public\n1\n");
    }
}

#[tokio::test]
async fn an_administrators_own_queries_have_the_path_of_their_role() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let role = format!("app_{}", database.name());
    database
        .run(&format!(
            "create schema app; create table app.orders (id int primary key); insert into app.orders values (1);
             create role {role} superuser login password 'of the app'; alter role {role} set search_path = app"
        ))
        .await;
    let console = Console::new().await.with_vault().await;
    let connection = Settings { user: role, ..database.settings() };
    console.add_project(PROJECT, connection, &Secret::new("of the app")).await.unwrap();
    console.engine.add_assertion(PROJECT, "one order", "select count(*) = 1 from orders").await.unwrap();
    console.backup().await;

    let there = drill(&console, DrillRequest { on: Some(PROJECT.into()), ..request() }).await;

    assert_eq!(there.row.record.verdict, Verdict::Pass, "{}", there.row.record.reason);
}
