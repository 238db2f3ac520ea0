//! Everything of a backup into a database that was made anew, by a role that is no superuser: what is not there is made,
//! in the same transaction as its rows; what is there stays as it is.

use base::Code;
use engine::restore::{RestoreTarget, TableAct, TableMode};
use ledger::catalog::Verdict;
use testkit::{Console, Database, PROJECT, Server, Supabase, every_version};

use super::rows::let_switch_triggers_off;

const NEW: &str = "anew";
const ELSEWHERE: &str = "elsewhere";

fn everything(mode: TableMode) -> RestoreTarget {
    RestoreTarget::AllRows { project: Some(NEW.to_owned()), mode, makes: true }
}

fn everything_elsewhere() -> RestoreTarget {
    RestoreTarget::AllRows { project: Some(ELSEWHERE.to_owned()), mode: TableMode::Replace, makes: true }
}

/// Of the user's own: each with a digest of its definition.
const USERS: &str = "select 'function ' || p.oid::regprocedure || md5(pg_get_functiondef(p.oid)) from pg_proc p \
      where pronamespace::regnamespace::text in ('public', 'private') and prokind <> 'a' \
        and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e') \
    union all select 'policy ' || polrelid::regclass || polname || polcmd::text || coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '') \
      from pg_policy where polrelid::regclass::text !~ '^(storage|realtime)' \
    union all select 'index ' || md5(pg_get_indexdef(indexrelid)) || indexrelid::regclass from pg_index i join pg_class c on c.oid = i.indrelid \
      where c.relnamespace::regnamespace::text in ('public', 'private', 'supabase_migrations') \
    union all select 'constraint ' || conrelid::regclass || conname || pg_get_constraintdef(oid) from pg_constraint \
      where connamespace::regnamespace::text in ('public', 'private', 'supabase_migrations') and conrelid <> 0 \
    union all select 'table ' || oid::regclass || relrowsecurity || relforcerowsecurity || pg_get_userbyid(relowner) || coalesce(array_to_string(array(select unnest(relacl)::text order by 1), ','), '') \
      from pg_class where relkind in ('r', 'p', 'v', 'm', 'S') and relnamespace::regnamespace::text in ('public', 'private', 'supabase_migrations') \
    union all select 'trigger ' || tgrelid::regclass || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal and tgrelid::regclass::text !~ '^(storage|realtime|auth)' \
    order by 1";

async fn prepare(database: &Database<'_>) {
    database
        .run(
            "create extension vector schema extensions; create extension pg_hashids schema extensions;
             create extension pg_jsonschema schema extensions; create extension moddatetime schema extensions;
             create extension wrappers schema extensions; create extension citext schema public;
             create extension pg_trgm schema public",
        )
        .await;
}

#[tokio::test]
async fn a_new_project_gets_all_that_was_the_users_own() {
    for supabase in Supabase::each() {
        let (database, anew) = (supabase.database().await, supabase.new_project().await);
        let_switch_triggers_off(supabase.server(), "postgres").await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        console.add_project(NEW, supabase.settings(anew.name()), &supabase.password()).await.unwrap();
        let backup = console.backup().await.record.id;

        let unprepared = console.plan(&backup, everything(TableMode::Replace)).await.unwrap();
        let said = [unprepared.blockers.join(" "), unprepared.warnings.join(" ")].join(" ");
        assert!(said.contains("vector"), "{said}");
        prepare(&anew).await;
        let plan = console.plan(&backup, everything(TableMode::Replace)).await.unwrap();
        assert_eq!(plan.blockers, Vec::<String>::new());
        let of =
            |name: &str| plan.tables.iter().find(|table| format!("{}.{}", table.schema, table.name) == name);
        assert_eq!(
            of("public.documents").map(|table| table.act),
            Some(TableAct::Create),
            "{:?}",
            plan.left_out
        );
        assert_eq!(of("auth.users").map(|table| table.act), Some(TableAct::Replace), "{:?}", plan.left_out);
        let report = console.apply(&plan).await;

        // The event trigger and the wrapper are a superuser's, and so are policies on tables of the platform.
        assert_eq!(report.verdict, Verdict::Inconclusive, "{}\n{:#?}", report.reason, report.checks);
        let noted = report.notes.join("\n");
        assert!(noted.contains("event trigger ensure_rls"), "{noted}");
        let (was, now) = (database.rows(USERS).await, anew.rows(USERS).await);
        let lost: Vec<&String> = was.iter().filter(|one| !now.contains(one)).collect();
        let gained: Vec<&String> = now.iter().filter(|one| !was.contains(one)).collect();
        assert!(lost.is_empty() && gained.is_empty(), "lost {lost:#?}\ngained {gained:#?}\n{noted}");
        for table in
            ["public.documents", "public.events", "auth.users", "storage.objects", "private.audit_log"]
        {
            let rows =
                format!("select count(*) || md5(string_agg(t::text, '' order by t::text)) from {table} t");
            assert_eq!(anew.value(&rows).await, database.value(&rows).await, "{table}");
        }
        let next = "select nextval('public.document_number')";
        assert_eq!(anew.value(next).await, database.value(next).await);
    }
}

/// An ordinary role with a database of its own, full of what an application has; and an empty one beside it.
async fn two_databases(server: &'static Server) -> (Console, Database<'static>, Database<'static>) {
    from_one_to_another(server, server).await
}

async fn from_one_to_another(
    server: &'static Server,
    other: &'static Server,
) -> (Console, Database<'static>, Database<'static>) {
    let (database, anew) = (server.database().await, other.database().await);
    let role = database.name().replace("test_", "app_");
    let make = format!("create role {role} login createrole password 'app'");
    database.run(&make).await;
    if other.port() != server.port() {
        anew.run(&make).await;
    }
    for one in [&database, &anew] {
        one.run(&format!(
            "alter database {} owner to {role}; alter schema public owner to {role}",
            one.name()
        ))
        .await;
    }
    database
        .run(&format!(
            "set role {role}; create schema app; create type app.mood as enum ('glad', 'sad');
             create domain app.name as text check (value <> '');
             create table app.people (id bigint generated always as identity primary key, name app.name not null,
               mood app.mood default 'glad', boss bigint references app.people, initial text generated always as (left(name, 1)) stored);
             create table app.notes (id serial primary key, person bigint not null references app.people on delete cascade, at date not null,
               body text, unique (person, at));
             create table app.events (at date not null, what text) partition by range (at);
             create table app.events_old partition of app.events for values from (minvalue) to ('2026-01-01');
             create table app.events_new partition of app.events for values from ('2026-01-01') to (maxvalue);
             create index on app.events (what);
             create function app.count_notes(of bigint) returns bigint language sql stable as 'select count(*) from app.notes where person = of';
             create function app.stamp() returns trigger language plpgsql as 'begin new.body := new.body || ''!''; return new; end';
             create trigger stamp before insert or update on app.notes for each row execute function app.stamp();
             create aggregate app.longest (text) (sfunc = pg_catalog.textcat, stype = text);
             create view app.moods as select mood, count(*) from app.people group by mood;
             create materialized view app.busy as select person, app.count_notes(person) as notes from app.notes group by person;
             create unique index on app.busy (person);
             create rule quiet as on delete to app.events do instead nothing;
             create statistics app.both on name, mood from app.people;
             alter table app.people enable row level security; create policy mine on app.people using (name = current_user);
             comment on table app.people is 'Who they are; -- and '';';
             comment on column app.notes.body is 'words'; grant select on app.moods to public; revoke execute on function app.stamp() from public;
             alter default privileges in schema app grant select on tables to pg_monitor;
             insert into app.people (name, boss) values ('Ann', null), ('Bob', 1); insert into app.notes (person, at, body) values (1, '2026-01-02', 'a'), (2, '2026-01-02', 'b');
             insert into app.events values ('2025-05-05', 'then'), ('2026-05-05', 'now'); refresh materialized view app.busy; reset role"
        ))
        .await;
    let console = Console::with(|options| options.tool_roots = every_version()).await.with_vault().await;
    let password = base::secret::Secret::new("app".to_owned());
    for (project, one) in [(PROJECT, &database), (NEW, &anew)] {
        let mut settings = one.settings();
        settings.user.clone_from(&role);
        console.add_project(project, settings, &password).await.unwrap();
    }
    (console, database, anew)
}

/// An empty database on another server, of a role of that name with these attributes; a project of its own.
async fn elsewhere(
    console: &Console,
    other: &'static Server,
    role: &str,
    attributes: &str,
) -> Database<'static> {
    let anew = other.database().await;
    anew.run(&format!(
        "create role {role} login {attributes} password 'app'; alter database {} owner to {role}; alter schema public owner to {role}",
        anew.name()
    ))
    .await;
    let mut settings = other.settings(anew.name());
    role.clone_into(&mut settings.user);
    console.add_project(ELSEWHERE, settings, &base::secret::Secret::new("app".to_owned())).await.unwrap();
    anew
}

#[tokio::test]
async fn an_ordinary_role_fills_an_empty_database_with_all_that_it_owns() {
    let Some(server) = Server::shared() else { return };
    let (console, database, anew) = two_databases(server).await;
    let backup = console.backup().await.record.id;

    let plan = console.plan(&backup, everything(TableMode::MissingRows)).await.unwrap();
    assert_eq!(plan.blockers, Vec::<String>::new());
    let made = plan.makes.clone().unwrap_or_default().objects.join(", ");
    assert!(made.contains("1 schema") && made.contains("5 tables") && made.contains("1 policy"), "{made}");
    let report = console.apply(&plan).await;

    assert_eq!(report.verdict, Verdict::Pass, "{}\n{:#?}\n{:#?}", report.reason, report.checks, report.notes);
    assert_eq!(anew.dump_text(), database.dump_text());
}

#[tokio::test]
async fn the_same_on_newer_versions() {
    let Some(server) = Server::shared() else { return };
    for major in [16, 18] {
        let Some(newer) = Server::of_major(major) else { return };
        let (console, _, anew) = from_one_to_another(server, newer).await;
        let backup = console.backup().await.record.id;

        let plan = console.plan(&backup, everything(TableMode::Replace)).await.unwrap();
        assert_eq!(plan.blockers, Vec::<String>::new());
        let report = console.apply(&plan).await;

        assert_eq!(
            report.verdict,
            Verdict::Pass,
            "{}\n{:#?}\n{:#?}",
            report.reason,
            report.checks,
            report.notes
        );
        assert_eq!(
            anew.value("select string_agg(name || boss, ',' order by id) from app.people").await,
            "Bob1"
        );
    }
}

#[tokio::test]
async fn what_is_there_stays_as_it_is_and_only_the_rest_is_made() {
    let Some(server) = Server::shared() else { return };
    let (console, database, anew) = two_databases(server).await;
    let role = database.name().replace("test_", "app_");
    let backup = console.backup().await.record.id;
    anew.run(&format!(
        "set role {role}; create schema app; create type app.mood as enum ('glad', 'sad', 'newer');
         create function app.stamp() returns trigger language plpgsql as 'begin new.body := ''newer''; return new; end';
         create table app.events (at date not null, what text, more int default 7) partition by range (at);
         create table app.events_new partition of app.events for values from ('2026-01-01') to (maxvalue);
         insert into app.events values ('2026-06-06', 'mine')"
    ))
    .await;

    let plan = console.plan(&backup, everything(TableMode::MissingRows)).await.unwrap();
    let left: Vec<String> = plan.left_out.iter().map(|one| format!("{}: {}", one.name, one.why)).collect();
    assert_eq!(plan.blockers, Vec::<String>::new());
    assert!(
        left.iter().any(|one| one.starts_with("events_new: ")),
        "without a key it cannot tell which rows are missing: {left:?}"
    );
    let report = console.apply(&plan).await;

    let noted = report.notes.join("\n");
    assert_eq!(
        anew.value("select body from app.notes where id = 1").await,
        "a!",
        "rows go in as they were: {noted}"
    );
    assert_eq!(anew.value("select count(*) from app.events where what = 'mine'").await, "1");
    assert_eq!(anew.value("select more from app.events limit 1").await, "7");
    assert_eq!(anew.value("select count(*) from pg_enum").await, "3");
    let body = "select prosrc like '%newer%' from pg_proc where proname = 'stamp'";
    assert_eq!(anew.value(body).await, "t");
    assert_ne!(report.verdict, Verdict::Fail, "{}", report.reason);
}

#[tokio::test]
async fn what_would_act_with_the_rights_of_whoever_restores_is_nobody_elses() {
    let (Some(server), Some(other)) = (Server::shared(), Server::second()) else { return };
    let (console, database, _) = two_databases(server).await;
    let role = database.name().replace("test_", "app_");
    let owner = database.name().replace("test_", "owner_");
    database
        .run(&format!(
            "create role {owner}; create view app.whose as select current_user as who; alter view app.whose owner to {owner};
             create function app.whoami() returns text language sql security definer as 'select current_user::text';
             grant create, usage on schema app to {owner}; alter function app.whoami() owner to {owner};
             grant select on app.whose to public; grant execute on function app.whoami() to pg_monitor;
             create view app.sly with (security_invoker = false) as select current_user as who; alter view app.sly owner to {owner};
             create view app.fair with (security_invoker = true) as select current_user as who; alter view app.fair owner to {owner};
             create table app.board (text text); create rule wipe as on insert to app.board do also delete from app.notes;
             alter table app.board owner to {owner}; grant select on app.sly, app.fair to public; grant insert on app.board to pg_monitor; grant select on app.board to {role}"
        ))
        .await;
    let backup = console.backup().await.record.id;
    // Who may make no roles cannot give to the owner, who is not there.
    let anew = elsewhere(&console, other, &role, "").await;

    let plan = console.plan(&backup, everything_elsewhere()).await.unwrap();
    let report = console.apply(&plan).await;

    assert_eq!(report.verdict, Verdict::Inconclusive, "{}", report.reason);
    let may = |what: &str| format!("select has_{what}_privilege('pg_monitor', 'app.");
    assert_eq!(anew.value(&format!("{}whose', 'select')", may("table"))).await, "f");
    assert_eq!(anew.value(&format!("{}whoami()', 'execute')", may("function"))).await, "f");
    assert_eq!(anew.value(&format!("{}sly', 'select')", may("table"))).await, "f", "whatever its text says");
    assert_eq!(anew.value(&format!("{}board', 'insert')", may("table"))).await, "f", "its rule would delete");
    assert_eq!(anew.value(&format!("{}fair', 'select')", may("table"))).await, "t", "it acts as who asks");
    assert!(
        report.notes.iter().any(|note| note.contains("would act with the rights of")),
        "{:?}",
        report.notes
    );
    assert_eq!(anew.value("select count(*) from app.people").await, "2");
}

#[tokio::test]
async fn what_people_do_with_row_security_domains_and_functions_comes_back_by_their_owner() {
    let Some(server) = Server::shared() else { return };
    let (console, database, anew) = two_databases(server).await;
    let role = database.name().replace("test_", "app_");
    database
        .run(&format!(
            "set role {role}; create function app.is_short(text) returns boolean language sql immutable as 'select length($1) < 9';
             create domain app.short as text check (app.is_short(value));
             create table app.secrets (id int primary key, owner app.short, size int generated always as (length(owner)) stored, check (app.is_short(owner)));
             insert into app.secrets values (1, 'me'); alter table app.secrets enable row level security; alter table app.secrets force row level security;
             create policy see on app.secrets using (true); create policy own on app.secrets as restrictive using (owner = current_user);
             create sequence app.shared; create table app.tickets (id bigint default nextval('app.shared'), note text);
             create table app.base (a int); create table app.child (b int) inherits (app.base); insert into app.child values (1, 2);
             create procedure app.tidy(inout n int) language plpgsql as 'begin n := n + 1; end';
             create collation app.german (locale = 'C'); create text search configuration app.plain (copy = simple);
             create type app.span as range (subtype = date); create table app.spans (s app.span, t text collate app.german, exclude using gist (s with &&));
             create view app.one as select 1 as n; create view app.two as select n + 1 as m from app.one;
             insert into app.tickets (note) values ('x'), ('y'); insert into app.spans values ('[2026-01-01,2026-02-01)', 'z');
             reset role"
        ))
        .await;
    // Row security that is forced hides rows from their owner too.
    console.add_project("root", server.settings(database.name()), server.password()).await.unwrap();
    console.succeeded(&console.engine.start_backup("root", None).await.unwrap()).await;
    let backup = "root@latest";

    let plan = console.plan(backup, everything(TableMode::Replace)).await.unwrap();
    assert_eq!(plan.blockers, Vec::<String>::new());
    let report = console.apply(&plan).await;

    assert_eq!(report.verdict, Verdict::Pass, "{}\n{:#?}\n{:#?}", report.reason, report.checks, report.notes);
    assert_eq!(anew.dump_text(), database.dump_text());
}

#[tokio::test]
async fn a_statement_that_the_server_refuses_changes_nothing() {
    let Some(server) = Server::shared() else { return };
    let (console, database, anew) = two_databases(server).await;
    let role = database.name().replace("test_", "app_");
    let backup = console.backup().await.record.id;
    // The name is taken by something else, of which the archive says nothing.
    anew.run(&format!("set role {role}; create schema app; create domain app.mood as int")).await;
    let was = anew.dump_text();

    let plan = console.plan(&backup, everything(TableMode::MissingRows)).await.unwrap();
    let job = console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap();
    let failure = console.failed(&job).await;

    assert_eq!(failure.code, Code::ServerRefused, "{}", failure.message);
    assert_eq!(anew.dump_text(), was);
}

#[tokio::test]
async fn roles_that_the_server_lacks_are_made_without_a_way_in() {
    let (Some(server), Some(other)) = (Server::shared(), Server::second()) else { return };
    let (console, database, _) = two_databases(server).await;
    let (role, reader) =
        (database.name().replace("test_", "app_"), database.name().replace("test_", "reader_"));
    database
        .run(&format!("create role {reader} login password 'secret'; grant usage on schema app to {reader}; grant select on app.notes to {reader}"))
        .await;
    let backup = console.backup().await.record.id;
    let anew = elsewhere(&console, other, &role, "createrole").await;

    let plan = console.plan(&backup, everything_elsewhere()).await.unwrap();
    assert_eq!(plan.makes.clone().unwrap_or_default().roles, std::slice::from_ref(&reader));
    assert!(plan.steps.iter().any(|step| step.contains(&reader)), "{:?}", plan.steps);
    let report = console.apply(&plan).await;

    assert_eq!(report.verdict, Verdict::Pass, "{}\n{:#?}", report.reason, report.checks);
    let login = format!("select rolcanlogin from pg_authid where rolname = '{reader}'");
    assert_eq!(anew.value(&login).await, "f");
    assert_eq!(
        anew.value(&format!("select has_table_privilege('{reader}', 'app.notes', 'select')")).await,
        "t"
    );
}
