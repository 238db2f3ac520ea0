//! Archives in which other text stands where `pg_dump` writes a statement of its own.

use base::Code;
use camino::{Utf8Path, Utf8PathBuf};
use engine::restore::{RestoreTarget, TableMode};
use ledger::catalog::Verdict;
use serde_json::Value;
use testkit::{CommandLine, Console, Database, Server};

use crate::import::dumped;
use crate::living::orders;

/// A living shop, its project `shop`, and beside it a foreign archive that is the project `foreign`.
struct Foreign {
    line: CommandLine,
    living: Database<'static>,
}

/// Imports a dump of what `original` makes, with one text of it replaced. Names in capitals stand for the
/// foreign database.
async fn foreign(server: &'static Server, original: &str, from: &str, to: &str) -> Foreign {
    let source = server.database().await;
    let named = |text: &str| text.replace("NAME", source.name());
    source.run(&named(original)).await;
    let living = server.database().await;
    living
        .run("create table precious as select 1 as one; create table bait (id int primary key, note text); insert into bait values (1, 'n')")
        .await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, living.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    let file = dumped(&line, &source, "foreign.dump", &["--format=custom", "--compress=0"]);
    replace(&file, &named(from), &named(to));
    line.expect(0, &["bundle", "import", file.as_str(), "--as", "foreign"]);
    Foreign { line, living }
}

/// Puts a text in the place of one of an archive, which stays as long as it was.
fn replace(file: &Utf8Path, from: &str, to: &str) {
    let mut bytes = std::fs::read(file).unwrap();
    let to = format!("{to:<width$}", width = from.len());
    assert_eq!(to.len(), from.len(), "the place is too small");
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes());
    let at = at.unwrap_or_else(|| panic!("{from} is not in the archive"));
    bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
    std::fs::write(file, bytes).unwrap();
}

impl Foreign {
    fn plan(&self, target: &[&str]) -> testkit::Called {
        let (what, whither) =
            (["--json", "restore", "plan", "foreign@latest"], ["--on", "shop", "--out", "plan.json"]);
        self.line.call(&[what.as_slice(), target, whither.as_slice()].concat())
    }

    fn apply(&self, database: &str) -> testkit::Called {
        self.line.call(&["--json", "restore", "apply", "plan.json", "--confirm", database])
    }

    async fn assert_precious(&self) {
        assert_eq!(self.living.value("select one from public.precious").await, "1");
    }
}

/// A folder that every account may write to, and a file in it that a program would make.
fn marker() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let marker = Utf8PathBuf::from_path_buf(folder.path().join("ran")).unwrap();
    (folder, marker)
}

#[tokio::test]
async fn what_an_archive_says_of_its_database_is_not_run_in_the_living_one() {
    let Some(server) = Server::shared() else { return };
    let filler = "x".repeat(160);
    let shop = foreign(
        server,
        &format!("create table t as select 1 i; alter database NAME set holdfast.filler = '{filler}'"),
        &format!("ALTER DATABASE NAME SET \"holdfast.filler\" TO '{filler}';"),
        "/* DATABASE NAME */ DROP TABLE public.precious CASCADE;--",
    )
    .await;
    let name = server.free_name();

    assert_eq!(shop.plan(&["--to-new-database", &name]).status, Some(0));
    let applied = shop.apply(&name);

    shop.assert_precious().await;
    assert_eq!(applied.status, Some(0), "{applied:?}");
    let view: Value = serde_json::from_str(&applied.output).unwrap();
    let notes = view["notes"].as_array().unwrap();
    let is_named =
        |note: &Value| note.as_str().is_some_and(|note| note.contains("DROP TABLE public.precious"));
    assert!(notes.iter().any(is_named), "{view}");
    assert_eq!(server.at(&name).value("select i from t").await, "1");
}

#[tokio::test]
async fn known_properties_are_given_to_the_new_database() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let name = database.name().to_owned();
    database
        .run(&format!(
            "create table t as select 1 i; alter database {name} set search_path = '', 'x\"y', public;
             alter database {name} connection limit 7; comment on database {name} is 'it''s \\ odd';
             alter database {name} set \"plpgsql.extra_errors\" = 'none';
             create role r_{name}; grant connect on database {name} to r_{name} with grant option;
             revoke temporary on database {name} from public; alter role r_{name} in database {name} set work_mem = '7MB'"
        ))
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, &name).await;
    let backup = console.backup().await.record.id;

    let report = console.restore_to(&backup, &server.free_name()).await;

    assert_eq!(report.verdict, Verdict::Pass, "{report:?}");
    assert!(report.notes.iter().all(|note| !note.contains("Not carried over")), "{:?}", report.notes);
    let properties = |of: &str| {
        format!(
            "select datconnlimit, shobj_description(d.oid, 'pg_database'), (select string_agg(a::text, ',' order by a::text) from unnest(datacl) a),
             (select string_agg(setrole::regrole::text || ':' || array_to_string(setconfig, ';'), ',' order by setrole) from pg_db_role_setting where setdatabase = d.oid)
             from pg_database d where datname = '{of}'"
        )
    };
    let server = server.at("postgres");
    assert_eq!(server.value(&properties(&report.database)).await, server.value(&properties(&name)).await);
}

#[tokio::test]
async fn a_statement_that_loads_rows_is_built_of_names_and_another_is_refused() {
    let Some(server) = Server::shared() else { return };
    let (_folder, marker) = marker();
    let (one, other) = ("a".repeat(60), "b".repeat(60));
    let shop = foreign(
        server,
        &format!("create table bait (id int primary key, {one} int, {other} int); insert into bait values (1, 2, 3)"),
        &format!("COPY public.bait (id, {one}, {other}) FROM stdin;"),
        &format!("COPY public.bait (id) TO PROGRAM 'touch {marker}' --FROM stdin;"),
    )
    .await;

    for mode in ["--replace", "--missing-rows"] {
        let planned = shop.plan(&["--tables", "public.bait", mode]);
        assert_eq!(planned.status, Some(4), "{planned:?}");
        assert!(planned.output.contains("is not written in the backup as pg_dump writes it"), "{planned:?}");
    }
    let name = server.free_name();
    for (target, database) in [
        (["--to-new-database", &name].as_slice(), name.as_str()),
        (["--tables", "public.bait", "--beside"].as_slice(), shop.living.name()),
        (["--in-place"].as_slice(), shop.living.name()),
    ] {
        assert_eq!(shop.plan(target).status, Some(0));
        let applied = shop.apply(database);
        assert_eq!(applied.status, Some(1), "{applied:?}");
        assert!(applied.output.contains("table_not_understood"), "{applied:?}");
    }

    assert!(!marker.exists(), "a program ran");
    assert_eq!(shop.living.value("select id || note from bait").await, "1n");
    shop.assert_precious().await;
}

#[tokio::test]
async fn a_table_beside_is_made_by_its_columns_and_nothing_that_follows_them_is_run() {
    let Some(server) = Server::shared() else { return };
    let filler = "x".repeat(160);
    let shop = foreign(
        server,
        &format!("create table bait (id int, note text default '{filler}'); insert into bait values (7, 'seven')"),
        &format!("CREATE TABLE public.bait (\n    id integer,\n    note text DEFAULT '{filler}'::text\n);"),
        "CREATE TABLE public.bait (\n    id integer,\n    note text\n); DROP TABLE public.precious; CREATE TABLE public.other (x int\n);",
    )
    .await;

    assert_eq!(shop.plan(&["--tables", "public.bait", "--beside"]).status, Some(0));
    let applied = shop.apply(shop.living.name());

    shop.assert_precious().await;
    assert_eq!(applied.status, Some(0), "{applied:?}");
    assert_eq!(shop.living.value("select count(*) from pg_class where relname = 'other'").await, "0");
    let schema = shop.living.value("select nspname from pg_namespace where nspname like 'restored%'").await;
    assert_eq!(shop.living.value(&format!("select id || note from {schema}.bait")).await, "7seven");
}

#[tokio::test]
async fn a_table_beside_is_without_what_would_run_and_says_so() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create table orders (id int primary key, note text not null default 'none', double int generated always as (id * 2) stored,
               at timestamptz(3), price numeric(10, 2), constraint positive check (id > 0), unique (note, at));
             insert into orders (id, note, price) values (1, 'one', 2.5), (2, 'two', null)",
        )
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;

    let plan = console.plan(&backup, orders(TableMode::Beside)).await.unwrap();
    let report = console.apply(&plan).await;

    let schema = plan.beside.unwrap();
    assert_eq!(
        report.notes,
        [
            "public.orders beside is without the default of note, the generated column double, the constraint positive."
        ]
    );
    let made = format!(
        "select string_agg(attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull, ',' order by attnum)
         from pg_attribute where attrelid = '{schema}.orders'::regclass and attnum > 0"
    );
    let columns =
        "id integer true,note text true,at timestamp(3) with time zone false,price numeric(10,2) false";
    assert_eq!(database.value(&made).await, columns);
    let keys = format!(
        "select string_agg(contype::text, '' order by contype) from pg_constraint
         where conrelid = '{schema}.orders'::regclass and contype in ('p', 'u', 'c')"
    );
    assert_eq!(database.value(&keys).await, "pu");
    assert_eq!(
        database.value(&format!("select string_agg(note, ',' order by id) from {schema}.orders")).await,
        "one,two"
    );
}

#[tokio::test]
async fn a_table_beside_is_without_its_domains_whose_checks_another_role_may_write() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let low = format!("low_{}", database.name());
    database
        .run(&format!(
            "create role {low} login; grant create, usage on schema public to {low};
             create domain public.word as varchar(9); create domain public.said as public.word;
             create type public.pair as (one int, other public.word);
             create table orders (id int primary key, note public.said, price int);
             insert into orders values (1, 'one', 2), (2, null, 3);
             create table pairs (id int, both_of public.pair[]); insert into pairs values (1, null);
             alter domain public.said owner to {low}; alter domain public.word owner to {low}"
        ))
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    // What it may do with its own domain, at any time after the backup.
    database
        .run(&format!(
            "set role {low}; create function public.fine(word text) returns boolean language plpgsql as $f$ begin
               begin execute 'alter role {low} superuser'; exception when others then null; end; return true; end $f$;
             alter domain public.said add check (public.fine(value))"
        ))
        .await;

    let plan = console.plan(&backup, orders(TableMode::Beside)).await.unwrap();
    let report = console.apply(&plan).await;

    let is_superuser = format!("select rolsuper from pg_roles where rolname = '{low}'");
    assert_eq!(database.value(&is_superuser).await, "f");
    assert_eq!(report.notes, ["public.orders beside is without the domain of note."]);
    let schema = plan.beside.unwrap();
    let made = format!(
        "select format_type(atttypid, atttypmod) from pg_attribute
         where attrelid = '{schema}.orders'::regclass and attname = 'note'"
    );
    assert_eq!(database.value(&made).await, "character varying(9)");
    let rows = format!("select string_agg(id || coalesce(note, '-'), ',' order by id) from {schema}.orders");
    assert_eq!(database.value(&rows).await, "1one,2-");

    // A domain within another type cannot be taken out.
    let target =
        RestoreTarget::Tables { project: None, tables: vec!["public.pairs".into()], mode: TableMode::Beside };
    let plan = console.plan(&backup, target).await.unwrap();
    let job = console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap();
    let failure = console.failed(&job).await;
    assert_eq!(failure.code, Code::TableNotUnderstood, "{failure:?}");
    assert!(failure.message.contains("both_of holds a domain"), "{failure:?}");
}
