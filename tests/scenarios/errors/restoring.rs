//! A restore that must not happen, or that cannot.

use base::Code;
use base::secret::Secret;
use engine::restore::RestoreTarget;
use postgres::connection::Settings;
use testkit::{Console, Server, poll};

use super::assert_code;

async fn backed_up(server: &'static Server) -> (Console, String) {
    let database = server.database().await;
    database.run("create table t as select generate_series(1, 100) i").await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await;
    (console, backup.record.id)
}

#[tokio::test]
async fn a_name_that_is_taken_blocks_the_plan() {
    let Some(server) = Server::shared() else { return };
    let (console, backup) = backed_up(server).await;
    let taken = server.database().await;
    taken.run("create table precious as select 1 as one").await;

    let plan = console.plan_new(&backup, taken.name()).await;

    assert!(plan.blockers.iter().any(|blocker| blocker.contains(taken.name())), "{:?}", plan.blockers);
    assert_code(
        &console.engine.apply_restore(&plan.id, taken.name(), false).await.unwrap_err(),
        Code::PlanBlocked,
    );
    assert_eq!(taken.value("select count(*) from precious").await, "1");
}

#[tokio::test]
async fn a_plan_is_applied_only_when_its_targets_name_was_typed() {
    let Some(server) = Server::shared() else { return };
    let (console, backup) = backed_up(server).await;
    let plan = console.plan_new(&backup, &server.free_name()).await;

    for typed in ["", "yes", &plan.database.to_uppercase()] {
        assert_code(
            &console.engine.apply_restore(&plan.id, typed, false).await.unwrap_err(),
            Code::NotConfirmed,
        );
    }

    let none = format!("select count(*) from pg_database where datname = '{}'", plan.database);
    assert_eq!(server.at("postgres").value(&none).await, "0");
}

#[tokio::test]
async fn a_plan_is_stale_once_its_name_was_taken() {
    let Some(server) = Server::shared() else { return };
    let (console, backup) = backed_up(server).await;
    let plan = console.plan_new(&backup, &server.free_name()).await;

    let other = server.database_named(&plan.database).await;
    other.run("create table precious as select 1 as one").await;

    assert_code(
        &console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap_err(),
        Code::PlanStale,
    );
    assert_eq!(other.value("select count(*) from precious").await, "1");
}

#[tokio::test]
async fn a_plan_is_applied_once() {
    let Some(server) = Server::shared() else { return };
    let (console, backup) = backed_up(server).await;
    let plan = console.plan_new(&backup, &server.free_name()).await;
    console.apply(&plan).await;

    server.at("postgres").run(&format!("drop database {}", plan.database)).await;

    assert_code(
        &console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap_err(),
        Code::PlanStale,
    );
}

#[tokio::test]
async fn a_role_that_may_not_create_databases_blocks_the_plan() {
    let Some(server) = Server::shared() else { return };
    let (console, backup) = backed_up(server).await;
    let role = server.free_name();
    server.at("postgres").run(&format!("create role {role} login password 'of a role'")).await;
    let connection = Settings { user: role.clone(), ..server.settings("postgres") };
    let target = |name: String| RestoreTarget::OtherServer {
        name,
        connection: Box::new(connection.clone()),
        password: Some(Secret::new("of a role")),
    };

    let plan = console.plan(&backup, target(server.free_name())).await.unwrap();
    assert!(plan.blockers.iter().any(|blocker| blocker.contains(&role)), "{:?}", plan.blockers);

    server.at("postgres").run(&format!("alter role {role} createdb")).await;
    let plan = console.plan(&backup, target(server.free_name())).await.unwrap();
    let report = console.apply(&plan).await;
    assert_eq!(
        server.at(&report.database).value("select tableowner from pg_tables where tablename = 't'").await,
        role
    );
}

#[tokio::test]
async fn a_restore_that_fails_half_way_drops_what_it_made_and_nothing_else() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    // Its constraint calls a function that the restored rows do not satisfy any more.
    database
        .run(
            "create function lucky() returns int language sql as 'select 7';
             create table t (i int, constraint lucky check (i < lucky())); insert into t values (1), (5);
             create or replace function lucky() returns int language sql as 'select 3'",
        )
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await;
    let plan = console.plan_new(&backup.record.id, &server.free_name()).await;

    let job = console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
    let failure = console.failed(&job).await;

    assert_code(&failure, Code::RestoreRefused);
    assert!(failure.message.contains("lucky") || failure.message.contains('t'), "{failure:?}");
    let none = format!(
        "select count(*) from pg_database where datname in ('{}', 'holdfast_incomplete_{}')",
        plan.database,
        &job[..8]
    );
    poll::soon("it is dropped", async || server.at("postgres").value(&none).await == "0").await;
    assert_eq!(database.value("select count(*) from t").await, "2");
}

#[tokio::test]
async fn a_restore_that_fails_after_it_made_a_subscription_drops_the_database_all_the_same() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    // The index calls a function that fails by now; the subscription is made beside it.
    database
        .run(
            "create function fine(i int) returns int immutable language plpgsql as 'begin return i; end';
             create table t (i int); insert into t values (1), (5); create index lucky on t (fine(i));
             create or replace function fine(i int) returns int immutable language plpgsql as 'begin raise exception ''not any more''; end'",
        )
        .await;
    database
        .run("create subscription far connection 'host=127.0.0.1 port=1 dbname=x' publication p with (connect = false)")
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await;
    let plan = console.plan_new(&backup.record.id, &server.free_name()).await;

    let job = console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
    let failure = console.failed(&job).await;

    let end = ["alter subscription far set (slot_name = none)", "drop subscription far"];
    for statement in end {
        database.run(statement).await;
    }
    assert!(failure.message.contains("not any more"), "{failure:?}");
    let incomplete = format!("holdfast_incomplete_{}", &job[..8]);
    let left =
        format!("select count(*) from pg_database where datname in ('{}', '{incomplete}')", plan.database);
    poll::soon("it is dropped", async || server.at("postgres").value(&left).await == "0").await;
}

#[tokio::test]
async fn things_that_do_not_exist_have_codes_of_their_own() {
    let console = Console::new().await;
    let engine = &console.engine;

    assert_code(&engine.backup("cafebabe").await.unwrap_err(), Code::BackupNotFound);
    assert_code(&engine.backup("shop@latest").await.unwrap_err(), Code::ProjectNotFound);
    assert_code(&engine.start_backup("shop", None).await.unwrap_err(), Code::ProjectNotFound);
    assert_code(&engine.job("cafebabe").await.unwrap_err(), Code::JobNotFound);
    assert_code(&engine.apply_restore("nothing", "x", false).await.unwrap_err(), Code::PlanNotFound);
    assert_code(&engine.remove_scratch("nothing").await.unwrap_err(), Code::ScratchNotFound);
    assert_code(&engine.backups(None, 0, 0).await.unwrap_err(), Code::InvalidRequest);
}
