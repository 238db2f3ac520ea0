//! Runs whose project was changed, or whose catalogue was full, while they waited.

use base::Code;
use engine::project::ProjectChange;
use engine::steps::{Answer, NewAct};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use testkit::{Hook, PROJECT, Server, poll};

use super::{after, also_after_failure, before, call, set, sql, start};
use crate::living::{Living, in_place, living};

fn wait() -> NewAct {
    NewAct::Wait { instructions: "Put up the page.".into() }
}

async fn until_waiting(shop: &Living<'_>, job: &str) {
    poll::soon("a person is waited for", async || {
        shop.console.engine.job(job).await.unwrap().progress.waits_for.is_some()
    })
    .await;
}

#[tokio::test]
async fn no_step_is_done_to_the_database_that_a_project_points_to_by_the_time_its_run_begins() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let other = server.database().await;
    set(
        &shop.console,
        vec![before("Look", wait()), before("Close", sql(&["create table closed as select 1 as one"]))],
    )
    .await;
    let first = start(&shop, in_place()).await;
    until_waiting(&shop, &first).await;
    let queued = start(&shop, in_place()).await;

    let change =
        ProjectChange { connection: Some(server.settings(other.name())), ..ProjectChange::default() };
    shop.console.engine.edit_project(PROJECT, change).await.unwrap();
    shop.console.engine.answer_job(&first, None, Answer::Stop).await.unwrap();

    shop.console.failed(&first).await;
    let failure = shop.console.failed(&queued).await;
    assert_eq!(failure.code, Code::PlanStale, "{failure}");
    for database in [&shop.database, &other] {
        assert_eq!(database.value("select to_regclass('closed') is null").await, "t");
    }
}

#[tokio::test]
async fn a_database_that_a_project_points_to_after_the_steps_is_not_restored_over() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let other = server.database().await;
    other.run("create table untouched as select 1 as one").await;
    set(&shop.console, vec![before("Look", wait())]).await;
    let was = (shop.database.dump_text(), other.dump_text());
    let job = start(&shop, in_place()).await;
    until_waiting(&shop, &job).await;

    let change =
        ProjectChange { connection: Some(server.settings(other.name())), ..ProjectChange::default() };
    shop.console.engine.edit_project(PROJECT, change).await.unwrap();
    shop.console.engine.answer_job(&job, None, Answer::GoOn).await.unwrap();

    let failure = shop.console.failed(&job).await;
    assert!(failure.code == Code::PlanStale && failure.message.contains("the database of shop"), "{failure}");
    assert_eq!((shop.database.dump_text(), other.dump_text()), was);
}

#[tokio::test]
async fn what_was_paused_is_resumed_although_nothing_of_it_can_be_noted() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start();
    set(
        &shop.console,
        vec![
            before("Pause", call(&hook, "/pause")),
            before("Look", wait()),
            after("Count", call(&hook, "/count")),
            also_after_failure(after("Resume", call(&hook, "/resume"))),
        ],
    )
    .await;
    let job = start(&shop, in_place()).await;
    until_waiting(&shop, &job).await;

    let catalogue = SqliteConnectOptions::new().filename(shop.console.home().join("catalog.db"));
    let catalogue = SqlitePool::connect_with(catalogue).await.unwrap();
    let full =
        "create trigger full before update on restore begin select raise(abort, 'the disk is full'); end;";
    sqlx::raw_sql(full).execute(&catalogue).await.unwrap();
    catalogue.close().await;
    shop.console.engine.answer_job(&job, None, Answer::Stop).await.unwrap();

    shop.console.failed(&job).await;
    assert_eq!(hook.paths(), ["/pause", "/resume"]);
}
