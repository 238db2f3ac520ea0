//! Three-way merge by keys: what was deleted or changed between two backups is taken back, and later work stays.

use base::Code;
use engine::restore::{KeyDifference, RestoreRequest, RestoreTarget, TableAct, TableMode, Writers};
use ledger::catalog::Verdict;
use testkit::{Console, PROJECT, Server};

use super::{Living, living, orders};

fn table(name: &str) -> RestoreTarget {
    RestoreTarget::Tables { project: None, tables: vec![name.to_owned()], mode: TableMode::Merge }
}

/// A bad update of some orders, and a backup that was made after it; then people worked on.
async fn damaged(server: &'static Server) -> (Living<'static>, String) {
    let shop = living(server).await;
    shop.database
        .run(
            "update orders set note = 'bad', customer = 2 where id between 20 and 22;
             delete from orders where id in (30, 31)",
        )
        .await;
    let after = shop.console.backup().await.record.id;
    shop.database
        .run(
            "update orders set note = 'mine' where id = 21; delete from orders where id = 22;
             insert into orders (id, customer, note) values (31, 1, 'again');
             insert into orders (customer, note) values (1, 'later'); update orders set note = 'work' where id = 40",
        )
        .await;
    (shop, after)
}

/// What a role may leave in a database: functions that note as whom they ran, and a range type that calls one. Ends as
/// that role.
fn planted(low: &str) -> String {
    format!(
        "create role {low}; create table seen (who text); grant insert on seen to public;
         grant create on schema public to {low}; set role {low};
         create function noted() returns void language plpgsql as $$ begin insert into public.seen values (current_user); end $$;
         create function apart(int, int) returns float8 language plpgsql immutable as $$ begin perform public.noted(); return 1; end $$;
         create type span as range (subtype = int, subtype_diff = apart);"
    )
}

#[tokio::test]
async fn what_was_damaged_between_two_backups_is_taken_back_and_later_work_stays() {
    let Some(server) = Server::shared() else { return };
    let (shop, after) = damaged(server).await;
    let before = shop.orders().await;
    let backups = (shop.backup.as_str(), after.as_str());

    let plan = shop.console.plan_merge(backups, orders(TableMode::Merge)).await.unwrap();

    // 7 and 30 are missing; 8, 20 and of 21 the customer are as the damage left them. The note of 21 was changed since,
    // 22 deleted, 31 made anew; 501 to 503 came between the two backups.
    let expected = KeyDifference { back: 2, lost: 0, changed: 3, kept: 3, added: 3 };
    assert_eq!((plan.tables[0].act, plan.tables[0].keys), (TableAct::Merge, Some(expected)));
    assert_eq!((plan.rows_back(), plan.rows_lost(), plan.is_guessed()), (2, 0, false));
    assert!(plan.waits_for_backup(), "what is changed is saved before");
    let said = plan.warnings.join("\n");
    assert!(said.contains("3 rows that the damage had changed or deleted"), "{said}");
    assert!(said.contains("3 rows stay that were added between the two backups"), "{said}");

    let (job, report) = shop.apply(&plan).await;

    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    assert!(report.reason.starts_with("5 rows of 1 table came back"), "{}", report.reason);
    let notes = report.notes.join("\n");
    assert!(
        notes.contains("public.orders: 2 rows came back, 3 changed rows set back, 3 damaged rows stay as changed since, 3 new rows from between the two backups stay."),
        "{notes}"
    );
    let of = async |id: u32| {
        let asked =
            format!("select coalesce((select customer || ' ' || note from orders where id = {id}), 'none')");
        shop.database.value(&asked).await
    };
    assert_eq!((of(7).await.as_str(), of(30).await.as_str()), ("8 order 7", "31 order 30"));
    assert_eq!((of(8).await.as_str(), of(20).await.as_str()), ("9 order 8", "21 order 20"));
    assert_eq!((of(21).await.as_str(), of(22).await.as_str()), ("22 mine!", "none"));
    assert_eq!((of(31).await.as_str(), of(40).await.as_str()), ("1 again!", "41 work!"));
    assert_eq!(shop.database.value("select count(*) from orders where id > 500").await, "4");

    let undo = shop.console.engine.plan_undo(&job, None).await.unwrap();
    shop.apply(&undo).await;
    assert_eq!(shop.orders().await, before);
}

#[tokio::test]
async fn values_of_every_kind_are_compared_as_they_are_written() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            r#"create type pair as (one int, two text);
               create table "Odd, table" ("Key "" a" text, k2 numeric, doc json, spot point, amount float8, "nick name" text,
                 pairs pair, list text[], fixed int generated always as identity, twice int generated always as (length("nick name")) stored,
                 primary key ("Key "" a", k2));
               insert into "Odd, table" ("Key "" a", k2, doc, spot, amount, "nick name", pairs, list)
                 select e'a\t' || i, i / 3.0, '{"a": 1,  "b":2}', '(1,2)', 1e-300 * i, case when i % 2 = 0 then '' end, row(i, null)::pair, array['x', null]
                 from generate_series(1, 9) i"#,
        )
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let before = console.backup().await.record.id;
    let all = r#"select string_agg(t::text, '|' order by k2) from "Odd, table" t"#;
    let then = database.value(all).await;
    let damage = [
        r#"update "Odd, table" set doc = '{"a": 1, "b":2}' where "Key "" a" like '%1'"#,
        r#"update "Odd, table" set spot = '(1,3)' where "Key "" a" like '%2'"#,
        r#"update "Odd, table" set amount = 0 where "Key "" a" like '%3'"#,
        r#"update "Odd, table" set "nick name" = null where "Key "" a" like '%4'"#,
        r#"update "Odd, table" set "nick name" = '' where "Key "" a" like '%5'"#,
        r#"update "Odd, table" set pairs = null where "Key "" a" like '%6'"#,
        r#"update "Odd, table" set list = '{x,NULL,NULL}', pairs = row(null, null) where "Key "" a" like '%7'"#,
        r#"delete from "Odd, table" where "Key "" a" like '%8'"#,
    ];
    database.run(&damage.join(";")).await;
    let after = console.backup().await.record.id;
    assert_ne!(database.value(all).await, then);

    let plan = console.plan_merge((&before, &after), table("public.Odd, table")).await.unwrap();
    let expected = KeyDifference { back: 1, changed: 7, ..KeyDifference::default() };
    assert_eq!(plan.tables[0].keys, Some(expected), "{:?}", plan.blockers);
    let report = console.apply(&plan).await;

    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    assert_eq!(database.value(all).await, then);
}

#[tokio::test]
async fn a_cast_or_an_operator_that_a_role_made_for_its_type_is_not_run_by_who_merges() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let planted = planted(&format!("low_{}", database.name()));
    database
        .run(&format!(
            "{planted}
             create type pair as (one int, two text);
             create function planted(pair) returns text language plpgsql as $$ begin insert into public.seen values (current_user); return 'x'; end $$;
             create function equal(pair, pair) returns bool language plpgsql as $$ begin insert into public.seen values (current_user); return true; end $$;
             create cast (pair as text) with function planted(pair) as implicit;
             create operator = (leftarg = pair, rightarg = pair, function = equal);
             reset role;
             create table things (id int primary key, what pair, long span) with (autovacuum_enabled = off);
             insert into things select i, row(i, 'a')::pair, span(i, i + 9) from generate_series(1, 500) i"
        ))
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let before = console.backup().await.record.id;
    database.run("update things set what = row(9, 'z'), long = 'empty' where id = 1; delete from things where id = 2").await;
    let after = console.backup().await.record.id;

    let plan = console.plan_merge((&before, &after), table("public.things")).await.unwrap();
    let report = console.apply(&plan).await;

    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    assert_eq!(database.value("select count(*) from seen").await, "0");
    let now = "select string_agg(id || ' ' || (what).one || (what).two || lower(long), ',' order by id) from things where id < 3";
    assert_eq!(database.value(now).await, "1 1a1,2 2a2");
}

#[tokio::test]
async fn a_merge_needs_a_later_backup_of_the_same_project_that_holds_the_table_and_its_key() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    shop.database
        .run("create table keyless as select 1 as one; create table young (id int primary key)")
        .await;
    let after = shop.console.backup().await.record.id;
    let refused = async |before: &str, after: Option<&str>, mode: TableMode| {
        let request = RestoreRequest {
            backup: before.to_owned(),
            target: orders(mode),
            no_safety_because: None,
            writers: Writers::Wait,
            after: after.map(str::to_owned),
        };
        let failure = shop.console.engine.plan_restore(request).await.unwrap_err();
        assert_eq!(failure.code, Code::InvalidRequest, "{}", failure.message);
        failure.message
    };
    let message = refused(&shop.backup, None, TableMode::Merge).await;
    assert!(message.contains("made after the damage"), "{message}");
    let message = refused(&shop.backup, Some(&after), TableMode::MissingRows).await;
    assert!(message.contains("for a merge alone"), "{message}");
    let message = refused(&after, Some(&shop.backup), TableMode::Merge).await;
    assert!(message.contains("not later than the first"), "{message}");
    let message = refused(&after, Some(&after), TableMode::Merge).await;
    assert!(message.contains("not later than the first"), "{message}");
    let other = server.database().await;
    shop.console.add_project("other", other.settings(), server.password()).await.unwrap();
    let foreign = shop.console.engine.start_backup("other", None).await.unwrap();
    let foreign = shop.console.succeeded(&foreign).await.output.unwrap().backup_id.unwrap();
    let message = refused(&shop.backup, Some(&foreign), TableMode::Merge).await;
    assert!(message.contains("another project"), "{message}");

    let third = shop.console.backup().await.record.id;
    let plan = shop.console.plan_merge((&after, &third), table("public.keyless")).await.unwrap();
    assert!(plan.blockers.iter().any(|one| one.contains("no primary key")), "{:?}", plan.blockers);
    shop.database.run("drop table young").await;
    let without = shop.console.backup().await.record.id;
    shop.database.run("create table young (id int primary key)").await;
    let plan = shop.console.plan_merge((&after, &without), table("public.young")).await.unwrap();
    let lacks = "The later backup does not hold the rows of public.young";
    assert!(plan.blockers.iter().any(|one| one.starts_with(lacks)), "{:?}", plan.blockers);
}

#[tokio::test]
async fn rows_that_would_point_to_nothing_or_are_taken_meanwhile_keep_everything_as_it_is() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    shop.database.run("alter table orders add code text unique; update orders set code = id::text").await;
    let before = shop.console.backup().await.record.id;
    shop.database.run("delete from orders where id in (50, 51)").await;
    let after = shop.console.backup().await.record.id;
    shop.database.run("update orders set code = '50' where id = 60").await;
    let was = shop.orders().await;
    let failed = async || {
        let plan = shop.console.plan_merge((&before, &after), orders(TableMode::Merge)).await.unwrap();
        let job = shop.console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap();
        shop.console.failed(&job).await.message
    };

    let message = failed().await;
    assert!(message.contains("orders_code_key"), "{message}");
    assert_eq!(shop.orders().await, was);

    shop.database
        .run("update orders set code = null where id = 60; delete from customers where id = 2")
        .await;
    let was = shop.orders().await;
    let message = failed().await;
    assert!(message.contains("orders_customer_fkey"), "{message}");
    assert_eq!(shop.orders().await, was);
}

#[tokio::test]
async fn a_range_type_whose_functions_others_wrote_keeps_rows_from_being_written_by_who_has_more_rights() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let planted = planted(&format!("low_{}", database.name()));
    database
        .run(&format!(
            "{planted}
             create table things (id int primary key, long span) with (autovacuum_enabled = off);
             create index on things using gist (long); reset role;
             insert into things values (1, '[1,3)')"
        ))
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let before = console.backup().await.record.id;
    database.run("delete from things; delete from seen").await;
    let after = console.backup().await.record.id;

    let of = |mode| RestoreTarget::Tables { project: None, tables: vec!["public.things".into()], mode };
    let merge = console.plan_merge((&before, &after), of(TableMode::Merge)).await.unwrap();
    let missing = console.plan(&before, of(TableMode::MissingRows)).await.unwrap();
    for plan in [merge, missing] {
        let named = "the range type span calls apart";
        assert!(plan.blockers.iter().any(|one| one.contains(named)), "{:?}", plan.blockers);
    }
    assert_eq!(database.value("select count(*) from seen").await, "0");
}

#[tokio::test]
async fn a_key_is_the_indexs_own_without_what_it_only_carries() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create table notes (id int, note text, mark text, primary key (id) include (note));
             insert into notes values (1, null, 'a'), (2, 'two', 'b'), (3, null, 'c');
             create extension citext; create table tags (name citext primary key, n int);
             insert into tags values ('Red', 1), ('Blue', 2)",
        )
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let before = console.backup().await.record.id;
    database
        .run(
            "update notes set mark = 'bad' where id = 1; delete from notes where id = 3;
             update tags set name = 'RED', n = 9 where name = 'red'",
        )
        .await;
    let after = console.backup().await.record.id;
    let of = |mode| RestoreTarget::Tables { project: None, tables: vec!["public.notes".into()], mode };
    let all = "select string_agg(id || coalesce(note, '-') || mark, ',' order by id) from notes";

    let missing = console.plan(&before, of(TableMode::MissingRows)).await.unwrap();
    assert_eq!(missing.tables[0].keys.unwrap().back, 1);
    console.apply(&missing).await;
    assert_eq!(database.value(all).await, "1-bad,2twob,3-c");
    let merge = console.plan_merge((&before, &after), of(TableMode::Merge)).await.unwrap();
    console.apply(&merge).await;
    assert_eq!(database.value(all).await, "1-a,2twob,3-c");

    let plan = console.plan_merge((&before, &after), table("public.tags")).await.unwrap();
    console.apply(&plan).await;
    let tags = "select string_agg(name || n, ',' order by n) from tags";
    assert_eq!(database.value(tags).await, "RED1,Blue2");
}

#[tokio::test]
async fn a_key_that_is_checked_at_the_end_is_checked_before_foreign_keys_are_put_back() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create table kinds (id int primary key); insert into kinds values (1);
             create table things (id int primary key, kind int references kinds, place int unique deferrable initially deferred);
             insert into things values (1, 1, 1), (2, 1, 2)",
        )
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let before = console.backup().await.record.id;
    // Both places are taken by others until the end.
    database.run("update things set place = 3 - place").await;
    let after = console.backup().await.record.id;

    let plan = console.plan_merge((&before, &after), table("public.things")).await.unwrap();
    console.apply(&plan).await;

    let all = "select string_agg(id || ' ' || place, ',' order by id) from things";
    assert_eq!(database.value(all).await, "1 1,2 2");
}

#[tokio::test]
async fn a_role_that_may_make_no_temporary_table_is_told_so_with_the_statement_that_helps() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let (low, name) = (format!("low_{}", database.name()), database.name());
    database
        .run(&format!(
            "create role {low} login password 'of low'; grant create on schema public to {low}; set role {low};
             create table things (id int primary key); reset role; revoke temporary on database {name} from public"
        ))
        .await;
    let console = Console::new().await.with_vault().await;
    let connection = postgres::connection::Settings { user: low, ..database.settings() };
    console.add_project(PROJECT, connection, &base::secret::Secret::new("of low")).await.unwrap();
    let before = console.backup().await.record.id;
    let after = console.backup().await.record.id;

    let plan = console.plan_merge((&before, &after), table("public.things")).await.unwrap();

    assert!(
        plan.blockers.iter().any(|one| one.contains("may not make temporary tables")),
        "{:?}",
        plan.blockers
    );
    assert!(plan.remedies.iter().any(|one| one.sql.starts_with("grant temporary on database")));
}

#[tokio::test]
async fn a_unique_value_that_the_damage_gave_to_another_row_is_free_before_its_row_comes_back() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run("create table codes (id int primary key, code text unique); insert into codes values (1, 'x'), (2, 'y')")
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let before = console.backup().await.record.id;
    database.run("delete from codes where id = 1; update codes set code = 'x' where id = 2").await;
    let after = console.backup().await.record.id;

    let plan = console.plan_merge((&before, &after), table("public.codes")).await.unwrap();
    console.apply(&plan).await;

    let all = "select string_agg(id || code, ',' order by id) from codes";
    assert_eq!(database.value(all).await, "1x,2y");
}

#[tokio::test]
async fn a_partition_whose_changes_rows_of_others_follow_is_left_alone() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create table places (region int, code int, name text, primary key (region, code), unique (region, name)) partition by list (region);
             create table places_1 partition of places for values in (1);
             create table visits (region int, name text, foreign key (region, name) references places (region, name) on update cascade);
             insert into places values (1, 1, 'a'); insert into visits values (1, 'a')",
        )
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let before = console.backup().await.record.id;
    database.run("update places set name = 'b'").await;
    let after = console.backup().await.record.id;

    let plan = console.plan_merge((&before, &after), table("public.places_1")).await.unwrap();

    let named = "rows of public.visits follow changes of the rows that they point to";
    assert!(plan.blockers.iter().any(|one| one.contains(named)), "{:?}", plan.blockers);
}
