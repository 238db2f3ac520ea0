//! What has to come along with chosen tables: said by the plan, by the keys that the backup has.

use engine::restore::{RestoreTarget, TableMode};
use testkit::{Console, Server};

use super::{living, orders};

fn said(warnings: &[String], words: &str) -> bool {
    warnings.iter().any(|warning| warning.contains(words))
}

fn both(mode: TableMode) -> RestoreTarget {
    let tables = vec!["public.orders".to_owned(), "public.customers".to_owned()];
    RestoreTarget::Tables { project: None, tables, mode }
}

#[tokio::test]
async fn a_plan_for_some_tables_names_those_that_they_point_to_and_the_choice_that_has_them_all() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;

    let missing = shop.plan(orders(TableMode::MissingRows)).await;
    let beside = shop.plan(orders(TableMode::Beside)).await;
    let whole = shop.plan(both(TableMode::Replace)).await;

    let points = "public.orders points to public.customers (orders_customer_fkey), which is not chosen";
    assert!(said(&missing.warnings, points), "{:?}", missing.warnings);
    assert!(said(&missing.warnings, "--tables 'public.customers,public.orders'"), "{:?}", missing.warnings);
    assert!(!said(&beside.warnings, "points to") && !said(&whole.warnings, "points to"));
}

#[tokio::test]
async fn the_hint_is_true_without_the_parents_nothing_is_changed_and_with_them_it_is_done() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    shop.database.run("delete from customers where id = 8").await;
    let was = shop.database.dump_text();

    let without = shop.plan_unsafely(orders(TableMode::MissingRows)).await;
    let job = shop.console.engine.apply_restore(&without.id, &without.database, true).await.unwrap();
    shop.console.failed(&job).await;
    assert_eq!(shop.database.dump_text(), was);

    let with = shop.plan_unsafely(both(TableMode::MissingRows)).await;
    shop.apply(&with).await;
    assert_eq!(shop.database.value("select count(*) from orders where customer = 8").await, "10");
}

#[tokio::test]
async fn who_points_to_a_replaced_table_is_named_and_rows_that_are_only_added_disturb_nobody() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let customers = |mode| {
        let tables = vec!["public.customers".to_owned()];
        shop.plan(RestoreTarget::Tables { project: None, tables, mode })
    };

    let (replaced, added) = (customers(TableMode::Replace).await, customers(TableMode::MissingRows).await);

    let points = "public.orders points to public.customers (orders_customer_fkey), and is not chosen";
    assert!(said(&replaced.warnings, points), "{:?}", replaced.warnings);
    assert!(!said(&added.warnings, "points to"), "{:?}", added.warnings);
}

#[tokio::test]
async fn keys_of_partitioned_tables_and_odd_names_are_read_from_the_backup() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            r#"create schema "Odd ""one"""; create table "Odd ""one"""."a (b) REFERENCES" (id int primary key);
               create table events (id int, day int, primary key (id, day)) partition by list (day);
               create table events_1 partition of events for values in (1);
               create table events_2 partition of events for values in (2);
               create table notes (event int, day int, odd int references "Odd ""one"""."a (b) REFERENCES",
                   constraint "on (event)" foreign key (event, day) references events on delete cascade)"#,
        )
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;

    let found = console.engine.table_references(&backup).await.unwrap();

    assert_eq!(found.unread, Vec::<String>::new());
    let to = |name: &str| {
        let key = found.keys.iter().find(|key| key.name == name).unwrap();
        key.to_rows.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(to("on (event)"), ["public.events_1", "public.events_2"]);
    assert_eq!(to("notes_odd_fkey"), ["Odd \"one\".a (b) REFERENCES"]);
    assert_eq!(found.keys.len(), 2);
}
