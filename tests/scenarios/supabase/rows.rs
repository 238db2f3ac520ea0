//! All rows, by a role that is no superuser: into the tables that are there, those of the platform's services too as
//! far as the role may write them, with the triggers of others switched off for the session alone.

use base::Code;
use engine::restore::{LeftOut, RestorePlan, RestoreTarget, TableMode};
use ledger::catalog::Verdict;
use testkit::{Database, PROJECT, Server, Supabase};

use super::restored::of_several_owners;

pub(super) fn all_rows(mode: TableMode) -> RestoreTarget {
    RestoreTarget::AllRows { project: Some(PROJECT.to_owned()), mode, makes: false }
}

fn left<'a>(plan: &'a RestorePlan, name: &str) -> Option<&'a LeftOut> {
    plan.left_out.iter().find(|one| format!("{}.{}", one.schema, one.name) == name)
}

fn names(plan: &RestorePlan) -> Vec<String> {
    plan.tables.iter().map(|table| format!("{}.{}", table.schema, table.name)).collect()
}

/// As the provider does it for its users, by a module of its own.
pub(super) async fn let_switch_triggers_off(server: &Server, role: &str) {
    server.at("postgres").run(&format!("grant set on parameter session_replication_role to {role}")).await;
}

/// What an accident takes: rows of people, of the application and of files.
pub(super) async fn damage(database: &Database<'_>) {
    database
        .run(
            "begin; set local session_replication_role = replica;
             delete from auth.users; update auth.identities set provider = 'wrong';
             delete from storage.objects;
             truncate public.documents cascade; commit",
        )
        .await;
}

#[tokio::test]
async fn an_ordinary_role_brings_the_rows_of_people_and_files_back() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let_switch_triggers_off(supabase.server(), "postgres").await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        let backup = console.backup().await.record.id;
        let was = database.dump_text();
        damage(&database).await;
        assert_ne!(database.dump_text(), was);

        let swap = RestoreTarget::Swap { project: Some(PROJECT.to_owned()), keep_days: None };
        let swap = console.plan(&backup, swap).await.unwrap();
        let plan = console.plan(&backup, all_rows(TableMode::Replace)).await.unwrap();

        assert!(!swap.blockers.is_empty());
        let instead = swap.instead.unwrap_or_default();
        assert!(instead.contains("--all-rows --replace"), "{instead}");
        assert_eq!(plan.blockers, Vec::<String>::new());
        for table in ["auth.users", "storage.objects", "public.documents"] {
            assert!(names(&plan).contains(&table.to_owned()), "{table}: {:?}", left(&plan, table));
        }
        let why = left(&plan, "auth.schema_migrations").map(|one| one.why.as_str());
        assert!(why.is_some_and(|why| why.contains("which migrations were applied")), "{:?}", plan.left_out);
        let why = left(&plan, "vault.secrets").map(|one| one.why.as_str());
        let may_not = "may not read and fill it; make its rows again with vault.create_secret";
        assert!(why.is_some_and(|why| why.ends_with(may_not)), "{:?}", plan.left_out);
        let warned = plan.warnings.iter().find(|one| one.contains("writes these tables by itself"));
        let warned = warned.map(String::as_str).unwrap_or_default();
        assert!(warned.contains("auth.sessions") && warned.contains("signs in again"), "{:?}", plan.warnings);
        let report = console.apply(&plan).await;

        assert_eq!(report.verdict, Verdict::Pass, "{}\n{:#?}", report.reason, report.checks);
        assert_eq!(database.dump_text(), was);
    }
}

#[tokio::test]
async fn missing_rows_alone_come_back_and_newer_ones_stay() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let_switch_triggers_off(supabase.server(), "postgres").await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        let backup = console.backup().await.record.id;
        let users = "select count(*) from auth.users";
        let before = database.value(users).await;
        damage(&database).await;
        let newer = "insert into auth.users (id, email) values ('99999999-0000-4000-8000-000000000001', 'new@example.org')";
        database
            .run(&format!("set session_replication_role = replica; {newer}; reset session_replication_role"))
            .await;

        let plan = console.plan(&backup, all_rows(TableMode::MissingRows)).await.unwrap();
        assert_eq!(plan.blockers, Vec::<String>::new());
        let report = console.apply(&plan).await;

        assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
        let expected = before.parse::<u64>().unwrap() + 1;
        assert_eq!(database.value(users).await, expected.to_string());
        let wrong = "select count(*) > 0 from auth.identities where provider = 'wrong'";
        assert_eq!(database.value(wrong).await, "t", "what is there stays as it is");
    }
}

#[tokio::test]
async fn an_ordinary_role_merges_the_rows_of_people_and_files() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let_switch_triggers_off(supabase.server(), "postgres").await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        let before = console.backup().await.record.id;
        let silent = async |sql: &str| {
            database
                .run(&format!("begin; set local session_replication_role = replica; {sql}; commit"))
                .await;
        };
        let users = database.value("select count(*) from auth.users").await;
        silent(
        "delete from auth.users; update auth.identities set provider = 'wrong'; delete from storage.objects",
    )
    .await;
        let after = console.backup().await.record.id;
        silent("insert into auth.users (id, email) values ('99999999-0000-4000-8000-000000000001', 'new@example.org')")
        .await;

        let plan = console.plan_merge((&before, &after), all_rows(TableMode::Merge)).await.unwrap();
        assert_eq!(plan.blockers, Vec::<String>::new());
        let report = console.apply(&plan).await;

        assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
        let expected = users.parse::<u64>().unwrap() + 1;
        assert_eq!(database.value("select count(*) from auth.users").await, expected.to_string());
        assert_eq!(
            database.value("select count(*) from auth.identities where provider = 'wrong'").await,
            "0"
        );
        assert_ne!(database.value("select count(*) from storage.objects").await, "0");
    }
}

#[tokio::test]
async fn without_that_right_tables_of_others_are_left_and_named_and_the_rest_comes_back() {
    let Some(server) = Server::shared() else { return };
    let (console, database, other) = of_several_owners(server).await;
    database.run("insert into theirs values (7)").await;
    let backup = console.backup().await.record.id;
    database.run("delete from mine; delete from theirs").await;

    let plan = console.plan(&backup, all_rows(TableMode::Replace)).await.unwrap();
    let report = console.apply(&plan).await;

    let why = &left(&plan, "public.theirs").unwrap().why;
    assert!(why.starts_with(&format!("it belongs to {other}")), "{why}");
    assert_eq!(names(&plan), ["public.mine"]);
    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    assert_eq!(database.value("select count(*) from mine").await, "1");
    assert_eq!(database.value("select count(*) from theirs").await, "0");
}

#[tokio::test]
async fn rows_that_would_point_to_nothing_change_nothing() {
    let Some(server) = Server::shared() else { return };
    let (console, database, other) = of_several_owners(server).await;
    let role = database.name().replace("test_", "app_");
    let_switch_triggers_off(server, &role).await;
    database
        .run(&format!(
            "create table parents (id int primary key); create table children (parent int references parents);
             alter table parents owner to {other}; alter table children owner to {other};
             grant select on parents to {role}; grant all on children to {role};
             insert into parents values (1); insert into children values (1)"
        ))
        .await;
    let backup = console.backup().await.record.id;
    database.run("delete from children; delete from parents").await;
    let was = database.dump_text();

    let plan = console.plan(&backup, all_rows(TableMode::Replace)).await.unwrap();
    let job = console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap();
    let failure = console.failed(&job).await;

    assert!(left(&plan, "public.parents").is_some(), "{:?}", plan.left_out);
    let warned = plan.warnings.iter().any(|one| one.contains("public.children points to public.parents"));
    assert!(warned, "{:?}", plan.warnings);
    assert_eq!(failure.code, Code::ChecksFailed);
    assert!(failure.message.contains("1 row of public.children"), "{}", failure.message);
    assert_eq!(database.dump_text(), was);
}

#[tokio::test]
async fn row_security_and_triggers_that_run_in_every_session_leave_a_table_as_it_is() {
    let Some(server) = Server::shared() else { return };
    let (console, database, other) = of_several_owners(server).await;
    let role = database.name().replace("test_", "app_");
    let_switch_triggers_off(server, &role).await;
    database
        .run(&format!(
            "create table always (i int); create function refuse() returns trigger language plpgsql as 'begin raise ''no''; end';
             create trigger refuse before insert on always for each row execute function refuse();
             alter table always enable always trigger refuse; alter table always owner to {other}; grant all on always to {role};
             create table numbered (id int generated by default as identity); alter table numbered owner to {other};
             grant all on numbered to {role}; grant select on sequence numbered_id_seq to {role};
             create table slots (id int primary key, n int unique deferrable initially deferred);
             alter table slots owner to {other}; grant all on slots to {role}"
        ))
        .await;
    let backup = console.backup().await.record.id;
    database
        .run(&format!("create policy own on theirs to {role} using (i > 0); alter table theirs enable row level security"))
        .await;

    let plan = console.plan(&backup, all_rows(TableMode::Replace)).await.unwrap();

    let why = |name: &str| left(&plan, name).map(|one| one.why.clone()).unwrap_or_default();
    assert!(why("public.theirs").contains("row security hides rows"), "{}", why("public.theirs"));
    assert!(why("public.always").contains("the trigger refuse"), "{}", why("public.always"));
    assert!(why("public.numbered").contains("numbers of its sequence"), "{}", why("public.numbered"));
    let chosen = names(&plan);
    assert!(chosen.len() == 2 && chosen.contains(&"public.slots".into()), "{chosen:?}");

    // Rows of the backup satisfy a deferrable key; with those of now they may not, and nothing would check it.
    let plan = console.plan(&backup, all_rows(TableMode::MissingRows)).await.unwrap();
    let why = &left(&plan, "public.slots").unwrap().why;
    assert!(why.contains("slots_n_key is checked by a trigger"), "{why}");
}
