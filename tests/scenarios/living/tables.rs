//! Some tables of a backup, into a database that goes on.

use base::Code;
use engine::restore::{TableAct, TableMode};
use ledger::catalog::Verdict;
use testkit::Server;

use super::{living, orders};

#[tokio::test]
async fn tables_come_back_beside_the_old_ones_which_nobody_touches() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let before = shop.orders().await;
    let plan = shop.plan(orders(TableMode::Beside)).await;

    let (job, report) = shop.apply(&plan).await;

    assert_eq!((report.verdict, report.rows_checked), (Verdict::Pass, 500), "{}", report.reason);
    let schema = plan.beside.unwrap();
    let restored = format!("select count(*) || ' ' || max(note) from {schema}.orders where id = 7");
    assert_eq!(shop.database.value(&restored).await, "1 order 7");
    let key = format!(
        "select count(*) from pg_constraint where conrelid = '{schema}.orders'::regclass and contype = 'p'"
    );
    assert_eq!(shop.database.value(&key).await, "1");
    assert_eq!(shop.orders().await, before);

    let undo = shop.console.engine.plan_undo(&job, None).await.unwrap();
    shop.apply(&undo).await;
    let left = format!("select count(*) from pg_namespace where nspname = '{schema}'");
    assert_eq!(shop.database.value(&left).await, "0");
}

#[tokio::test]
async fn replaced_tables_have_the_rows_of_the_backup_and_their_triggers_keys_and_sequences() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let before = shop.orders().await;
    let plan = shop.plan(orders(TableMode::Replace)).await;
    assert_eq!(plan.tables[0].act, TableAct::Replace);

    let (job, report) = shop.apply(&plan).await;

    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    assert_eq!(shop.database.value("select note from orders where id = 8").await, "order 8");
    assert_eq!(shop.database.value("select count(*) from orders").await, "500");
    // Triggers and keys are there again, with what was said of them; the sequence did not go back.
    shop.database.run("insert into orders (customer, note) values (1, 'next')").await;
    assert_eq!(
        shop.database.value("select id || note from orders order by id desc limit 1").await,
        "504next!"
    );
    assert_eq!(
        shop.database.value("select obj_description(oid, 'pg_constraint') from pg_constraint where conname = 'orders_customer_fkey'").await,
        "who pays"
    );
    shop.database.run("delete from orders where id = 504").await;

    let undo = shop.console.engine.plan_undo(&job, None).await.unwrap();
    shop.apply(&undo).await;
    assert_eq!(shop.orders().await, before);
}

#[tokio::test]
async fn a_table_that_others_point_to_is_replaced_and_nothing_is_deleted_along_with_it() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let before = shop.orders().await;
    shop.database.run("update customers set name = 'somebody else' where id = 1").await;
    let customers = engine::restore::RestoreTarget::Tables {
        project: None,
        tables: vec!["public.customers".into()],
        mode: TableMode::Replace,
    };

    let plan = shop.plan(customers).await;
    shop.apply(&plan).await;

    assert_eq!(shop.database.value("select name from customers where id = 1").await, "customer 1");
    assert_eq!(shop.orders().await, before);
}

#[tokio::test]
async fn a_table_is_not_replaced_where_rows_of_others_would_point_to_nothing() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    shop.database.run("insert into customers values (99, 'new'); insert into orders (customer, note) values (99, 'new')").await;
    let before = shop.orders().await;
    let customers = engine::restore::RestoreTarget::Tables {
        project: None,
        tables: vec!["public.customers".into()],
        mode: TableMode::Replace,
    };
    let plan = shop.plan(customers).await;

    let job = shop.console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap();
    let failure = shop.console.failed(&job).await;

    assert!(failure.message.contains("orders_customer_fkey"), "{}", failure.message);
    assert_eq!(shop.database.value("select name from customers where id = 99").await, "new");
    assert_eq!(shop.orders().await, before);
}

#[tokio::test]
async fn a_rule_that_leads_rows_elsewhere_is_set_aside_and_put_back() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    shop.database
        .run(
            "create table elsewhere (like orders);
             create rule away as on insert to orders do instead insert into elsewhere (id, customer, note)
             values (new.id, new.customer, new.note) returning id, customer, note;
             alter table orders enable always rule away",
        )
        .await;

    let plan = shop.plan(orders(TableMode::MissingRows)).await;
    shop.apply(&plan).await;

    assert_eq!(shop.database.value("select note from orders where id = 7").await, "order 7");
    assert_eq!(shop.database.value("select count(*) from elsewhere").await, "0");
    let enabled = "select ev_enabled from pg_rewrite where rulename = 'away'";
    assert_eq!(shop.database.value(enabled).await, "A");
}

#[tokio::test]
async fn missing_rows_come_back_and_every_other_row_stays() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let plan = shop.plan(orders(TableMode::MissingRows)).await;
    let keys = plan.tables[0].keys.unwrap();
    assert_eq!((plan.tables[0].act, keys.back), (TableAct::Add, 1));

    let (_, report) = shop.apply(&plan).await;

    assert!(report.reason.starts_with("1 row of 1 table came back"), "{}", report.reason);
    assert_eq!((report.tables_checked, report.rows_checked), (0, 0), "nothing is compared with the manifest");
    assert_eq!(shop.database.value("select note from orders where id = 7").await, "order 7");
    assert_eq!(shop.database.value("select note from orders where id = 8").await, "changed!");
    assert_eq!(shop.database.value("select count(*) from orders").await, "503");
}

#[tokio::test]
async fn sequences_of_every_kind_of_column_go_past_what_came_back_and_stay_within_their_bounds() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create sequence apart; create sequence down increment -1;
             create table orders (id smallserial primary key, one bigint generated always as identity,
               two numeric default nextval('apart'), three text default nextval('apart'), four int default nextval('down'));
             insert into orders (two, three, four) select 40.5, '70', -9 from generate_series(1, 5);
             insert into orders (two, three, four) values (1e30, 'x71', 3)",
        )
        .await;
    let console =
        testkit::Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    database
        .run(
            "delete from orders; alter sequence orders_id_seq restart; alter sequence orders_one_seq restart;
             alter sequence apart restart; alter sequence down restart",
        )
        .await;

    let plan = console.plan(&backup, orders(TableMode::MissingRows)).await.unwrap();
    console.apply(&plan).await;

    let next = "select nextval('orders_id_seq') || ' ' || nextval('orders_one_seq') || ' ' || nextval('apart') || ' ' || nextval('down')";
    assert_eq!(database.value(next).await, "7 7 71 -10");
}

#[tokio::test]
async fn the_undo_of_tables_beside_drops_nothing_that_others_built_upon_them() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let plan = shop.plan(orders(TableMode::Beside)).await;
    let (job, _) = shop.apply(&plan).await;
    let (engine, schema) = (&shop.console.engine, plan.beside.unwrap());
    let view = format!("create view seen as select note from {schema}.orders");
    let is_there = format!("select count(*) from {schema}.orders");
    shop.database.run(&format!("{view}; create table {schema}.notes as select 7 as one")).await;

    let undo = engine.plan_undo(&job, None).await.unwrap();
    let named = undo
        .blockers
        .iter()
        .any(|one| one.contains("view public.seen") && one.contains(&format!("table {schema}.notes")));
    assert!(named, "{:?}", undo.blockers);
    let refused = engine.apply_restore(&undo.id, &undo.database, false).await.unwrap_err();
    assert_eq!(refused.code, Code::PlanBlocked);

    // What comes after the look is named by the server.
    shop.database.run(&format!("drop view seen; drop table {schema}.notes")).await;
    let undo = engine.plan_undo(&job, None).await.unwrap();
    assert_eq!(undo.blockers, Vec::<String>::new());
    shop.database.run(&view).await;
    let begun = engine.apply_restore(&undo.id, &undo.database, false).await.unwrap();
    let failure = shop.console.failed(&begun).await;
    assert_eq!(failure.code, Code::PlanStale, "{}", failure.message);
    assert!(
        failure.message.contains("view seen") || failure.message.contains("view public.seen"),
        "{}",
        failure.message
    );
    assert_eq!(shop.database.value(&is_there).await, "500");

    // A schema of the same name is another one.
    shop.database
        .run(&format!("drop view seen; alter schema {schema} rename to mine; create schema {schema}"))
        .await;
    let undo = engine.plan_undo(&job, None).await.unwrap();
    assert!(undo.blockers.iter().any(|one| one.contains("is another schema")), "{:?}", undo.blockers);

    shop.database.run(&format!("drop schema {schema}; alter schema mine rename to {schema}")).await;
    let undo = engine.plan_undo(&job, None).await.unwrap();
    shop.apply(&undo).await;
    let gone = format!("select count(*) from pg_namespace where nspname = '{schema}'");
    assert_eq!(shop.database.value(&gone).await, "0");
}
