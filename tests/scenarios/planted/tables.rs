//! What the owner of a living table wrote, and would run while a restore puts rows into it.

use base::secret::Secret;
use engine::restore::{RestoreTarget, TableMode};
use postgres::connection::Settings;
use testkit::{Console, Database, Server};

use crate::living::orders;

/// What an owner may do to its table: each would run as whoever fills it.
const PLANTED: [(&str, &str, &str); 5] = [
    (
        "alter table orders add constraint fine check (public.fine(id)) not valid",
        "alter table orders drop constraint fine",
        "the check fine calls fine",
    ),
    (
        "alter table orders add column two int generated always as (public.shown(id)) stored",
        "alter table orders drop column two",
        "the generated column two calls shown",
    ),
    (
        "alter table orders add column three int default public.shown(7)",
        "alter table orders drop column three",
        "the default of three calls shown",
    ),
    ("create index shown on orders (public.shown(id))", "drop index shown", "the index shown calls shown"),
    (
        "alter table orders add column kind public.word",
        "alter table orders drop column kind",
        "the domain word belongs to",
    ),
];

/// A superuser's project, and in its database a table of a role that nobody should trust.
async fn owned_by_another(server: &'static Server) -> (Console, Database<'static>, String, String) {
    let database = server.database().await;
    let low = format!("low_{}", database.name());
    // What it plants takes its role off, and says as whom it then runs.
    database
        .run(&format!(
            "create role {low} login password 'of low'; grant create, usage on schema public to {low}; set role {low};
             create table orders (id int primary key, note text not null default lower('NONE') check (length(note) < 99),
               at timestamptz not null default now() check (at <= now()), big text generated always as (upper(note)) stored);
             create index on orders (lower(note)) where id > 0;
             insert into orders (id, note) select i, 'order ' || i from generate_series(1, 20) i;
             create function public.fine(i int) returns boolean language plpgsql as
               $f$ begin
                 begin execute 'reset role'; exception when others then null; end;
                 raise log 'planted by {low} ran as %', current_user; return true; end $f$;
             create function public.shown(i int) returns int language plpgsql immutable as
               $f$ begin perform public.fine(i); return i; end $f$;
             create domain public.word as text check (public.fine(1))"
        ))
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    database.run("delete from orders where id = 7").await;
    (console, database, low, backup)
}

#[tokio::test]
async fn what_the_owner_of_a_living_table_wrote_is_not_run_by_who_puts_rows_into_it() {
    let Some(server) = Server::shared() else { return };
    let (console, database, low, backup) = owned_by_another(server).await;
    for (planted, gone, named) in PLANTED {
        database.run(&format!("set role {low}; {planted}")).await;
        let before = server.log().matches(&format!("planted by {low} ran")).count();
        for mode in [TableMode::Replace, TableMode::MissingRows] {
            let plan = console.plan(&backup, orders(mode)).await.unwrap();
            assert!(plan.blockers.iter().any(|one| one.contains(named)), "{named}: {:?}", plan.blockers);
        }
        assert_eq!(server.log().matches(&format!("planted by {low} ran")).count(), before, "{named}");
        database.run(&format!("set role {low}; {gone}")).await;
    }

    // What the server itself brings stands in nobody's way.
    for mode in [TableMode::MissingRows, TableMode::Replace] {
        let plan = console.plan(&backup, orders(mode)).await.unwrap();
        console.apply(&plan).await;
        assert_eq!(database.value("select count(*) from orders").await, "20");
    }
}

#[tokio::test]
async fn the_owner_of_a_table_restores_it_with_all_that_it_runs() {
    let Some(server) = Server::shared() else { return };
    let (console, database, low, backup) = owned_by_another(server).await;
    database.run(&format!("set role {low}; {}", PLANTED[0].0)).await;
    let connection = Settings { user: low, ..database.settings() };
    console.add_project("own", connection, &Secret::new("of low")).await.unwrap();

    let tables = vec!["public.orders".to_owned()];
    let own = RestoreTarget::Tables { project: Some("own".into()), tables, mode: TableMode::Replace };
    let plan = console.plan(&backup, own).await.unwrap();
    console.apply(&plan).await;

    assert_eq!(database.value("select count(*) from orders").await, "20");
}
