//! What forbids a restore into a database that is in use, said before anything is touched.

use base::Code;
use engine::restore::{RestorePlan, RestoreTarget, Safety, TableMode};
use testkit::{Console, Extension, PROJECT, Server};

use super::{in_place, living, orders, swap};

fn assert_blocked(plan: &RestorePlan, words: &str) {
    assert!(plan.blockers.iter().any(|blocker| blocker.contains(words)), "{words}: {:?}", plan.blockers);
}

#[tokio::test]
async fn a_table_that_stays_and_points_to_one_that_is_replaced_blocks_a_restore_in_place() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    shop.database
        .run(
            "create table wishes (customer int references customers); create view names as select name from customers",
        )
        .await;

    let plan = shop.plan(in_place()).await;

    assert_blocked(&plan, "wishes_customer_fkey");
    assert_blocked(&plan, "public.names");
    let refused = shop.console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap_err();
    assert_eq!(refused.code, Code::PlanBlocked);
    assert_eq!(shop.plan(swap()).await.blockers, Vec::<String>::new());
}

#[tokio::test]
async fn a_wrong_name_does_not_start_it() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let was = shop.database.dump_text();
    for target in [swap(), in_place(), orders(TableMode::Replace)] {
        let plan = shop.plan(target).await;
        let refused = shop.console.engine.apply_restore(&plan.id, PROJECT, true).await.unwrap_err();
        assert_eq!(refused.code, Code::NotConfirmed);
    }
    assert_eq!(shop.database.dump_text(), was);
}

#[tokio::test]
async fn a_role_that_is_gone_is_named_with_the_statement_that_makes_it() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let role = server.free_name();
    database
        .run(&format!("create role {role} nologin; create table t (i int); grant select on t to {role}; insert into t values (1)"))
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    database.run(&format!("revoke select on t from {role}; drop role {role}")).await;

    let plan = console.plan(&backup, in_place()).await.unwrap();

    assert_blocked(&plan, &format!("create role \"{role}\" nologin;"));
    let remedy = plan.remedies.iter().find(|one| one.obstacle.contains(&role)).unwrap();
    assert!(plan.blockers.contains(&remedy.sentence()), "{:?}", plan.blockers);
    // What is offered to be copied does what it says.
    database.run(&remedy.sql).await;
    assert_eq!(console.plan(&backup, in_place()).await.unwrap().blockers, Vec::<String>::new());
    database.run(&format!("drop role {role}")).await;
}

#[tokio::test]
async fn an_owner_without_further_rights_may_restore_in_place_and_not_swap() {
    let Some(server) = Server::shared() else { return };
    let role = server.free_name();
    let database = server.database().await;
    database
        .run(&format!(
            "create role {role} login password 'owner'; alter database \"{}\" owner to {role}",
            database.name()
        ))
        .await;
    database.run(&format!("alter schema public owner to {role}; set role {role}; create table t (i int primary key); insert into t values (1), (2)")).await;
    let console = Console::new().await.with_vault().await;
    let mut connection = database.settings();
    connection.user = role;
    console.add_project(PROJECT, connection, &base::secret::Secret::new("owner")).await.unwrap();
    let backup = console.backup().await.record.id;
    database.run("delete from t where i = 2").await;

    assert_blocked(&console.plan(&backup, swap()).await.unwrap(), "may not create databases");
    let plan = console.plan(&backup, in_place()).await.unwrap();
    console.apply(&plan).await;

    assert_eq!(database.value("select count(*) from t").await, "2");
}

#[tokio::test]
async fn a_table_that_the_backup_does_not_hold_or_that_is_gone_is_named() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let of = |table: &str, mode| RestoreTarget::Tables { project: None, tables: vec![table.into()], mode };

    assert_blocked(&shop.plan(of("public.later", TableMode::Replace)).await, "public.later");
    shop.database.run("drop table orders cascade").await;
    assert_blocked(
        &shop.plan(of("public.orders", TableMode::Replace)).await,
        "There is no table public.orders",
    );
    assert_eq!(shop.plan(of("public.orders", TableMode::Beside)).await.blockers, Vec::<String>::new());
}

#[tokio::test]
async fn a_subscription_that_would_stay_behind_blocks_a_swap() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    shop.database
        .run("create subscription near connection 'host=127.0.0.1 port=1 dbname=x' publication p with (connect = false)")
        .await;

    let plan = shop.plan(swap()).await;

    for statement in ["alter subscription near set (slot_name = none)", "drop subscription near"] {
        shop.database.run(statement).await;
    }
    assert_blocked(&plan, "subscriptions");
}

#[tokio::test]
async fn columns_that_the_table_there_does_not_take_are_named() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    shop.database.run("alter table orders rename column note to remark").await;

    for mode in [TableMode::Replace, TableMode::MissingRows] {
        assert_blocked(&shop.plan(orders(mode)).await, "columns that the table there does not take: note");
    }
    assert_eq!(shop.plan(orders(TableMode::Beside)).await.blockers, Vec::<String>::new());
}

#[tokio::test]
async fn a_database_with_nothing_but_a_function_is_backed_up_before_it_is_replaced() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    shop.database.run("drop schema public cascade; create schema public").await;
    assert_eq!(shop.plan(in_place()).await.safety, Safety::NotNeeded);

    shop.database.run("create function answer() returns int language sql as 'select 42'").await;

    assert!(matches!(shop.plan(in_place()).await.safety, Safety::Planned { .. }));
}

#[tokio::test]
async fn an_extension_that_the_server_does_not_have_is_named() {
    let Some(server) = Server::second() else { return };
    let Some(extension) = Extension::install(server).await else { return };
    let database = server.database().await;
    database.run(&format!("create extension {}; create table t (i int primary key)", Extension::NAME)).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    drop(extension);

    for target in [swap(), in_place()] {
        let plan = console.plan(&backup, target).await.unwrap();
        assert_blocked(&plan, &format!("Extensions are not available on that server: {}", Extension::NAME));
    }
}
