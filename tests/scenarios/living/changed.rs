//! What was changed between a plan and its run: whatever a restore would take away is noticed, and what changes by
//! itself is not.

use base::Code;
use engine::restore::TableMode;
use testkit::Server;

use super::{in_place, living, orders, swap};

/// Things of a database that others may change without a change of any table's columns.
const MORE: &str = "
    create table places (id int primary key, name text default 'here', small text generated always as (upper(name)) stored);
    insert into places values (1);
    create index by_name on places (name);
    create policy mine on places using (true);
    create rule quiet as on update to places do also select 1;
    create type colour as enum ('red');";

/// Each of them, changed.
const CHANGES: [&str; 12] = [
    "create or replace view busy as select customer, count(*) + 1 as orders from orders group by 1",
    "create or replace rule quiet as on update to places do also select 2",
    "alter policy mine on places using (false)",
    "alter table places enable row level security",
    "alter table places alter column name set default 'there'",
    "alter table places alter column small drop expression",
    "drop index by_name; create index by_name on places (name desc)",
    "drop trigger stamped on orders; create trigger stamped before insert on orders for each row execute function stamp()",
    "grant select on places to public",
    "grant update (name) on places to public",
    "revoke execute on function stamp() from public",
    "alter type colour add value 'green'",
];

#[tokio::test]
async fn a_plan_is_void_once_anything_that_it_would_take_away_was_changed() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    shop.database.run(MORE).await;
    let role = format!("other_{}", shop.database.name());
    shop.database.run(&format!("create role {role} nologin")).await;
    let owner = format!("alter table places owner to {role}");
    for (number, change) in CHANGES.into_iter().chain([owner.as_str()]).enumerate() {
        let target = [swap(), in_place(), orders(TableMode::Replace)][number % 3].clone();
        let plan = shop.plan_unsafely(target).await;
        shop.database.run(change).await;

        let refused = shop.console.engine.apply_restore(&plan.id, &plan.database, true).await;

        let refused = refused.err().unwrap_or_else(|| panic!("not seen: {change}"));
        assert_eq!(refused.code, Code::PlanStale, "{change}: {}", refused.message);
    }
    shop.database.run(&format!("drop table places; drop role {role}")).await;
}

#[tokio::test]
async fn what_a_server_does_to_its_tables_by_itself_makes_no_plan_void() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let plan = shop.plan_unsafely(in_place()).await;

    // Each by itself, since the server takes some of them in no transaction.
    for upkeep in
        ["vacuum full orders", "analyze", "reindex table orders", "reindex index concurrently by_customer"]
    {
        shop.database.run(upkeep).await;
    }

    shop.apply(&plan).await;
}
