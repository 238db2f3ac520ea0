//! Rights of a backup on a server that does not have all of its roles.

use ledger::catalog::Verdict;
use ledger::job::CheckVerdict;
use testkit::{Console, Server};

#[tokio::test]
async fn a_role_that_is_missing_gives_everybody_nothing_that_was_taken_from_them() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let (here, gone) = (format!("here_{}", database.name()), format!("gone_{}", database.name()));
    database
        .run(&format!(
            "create role {here} nologin; create role {gone} nologin;
             create table orders (id int primary key, note text); insert into orders values (1, 'one');
             create function secret(at int, said varchar) returns int language sql as 'select 42';
             create type pair as (one int, other int);
             revoke all on function secret(int, varchar) from public;
             grant execute on function secret(int, varchar) to {gone}, {here};
             revoke all on type pair from public; grant usage on type pair to {gone};
             grant select (note) on orders to {gone}, {here};
             alter default privileges revoke execute on functions from public;
             alter default privileges grant execute on functions to {gone}"
        ))
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    database.run(&format!("drop owned by {gone}; drop role {gone}")).await;

    let report = console.restore_to(&backup, &server.free_name()).await;

    let restored = server.at(&report.database);
    let asked = |role: &str| {
        format!(
            "select has_function_privilege('{role}', 'public.secret(int, varchar)', 'execute') || ' ' ||
               has_type_privilege('{role}', 'public.pair', 'usage') || ' ' ||
               has_column_privilege('{role}', 'public.orders', 'note', 'select')"
        )
    };
    let low = format!("low_{}", database.name());
    restored.run(&format!("create role {low} nologin")).await;
    assert_eq!(restored.value(&asked(&low)).await, "false false false", "nobody gained a right");
    assert_eq!(restored.value(&asked(&here)).await, "true false true", "what could be given is given");
    let new = "select count(*) || ' ' || count(*) filter (where grantee = 0) from pg_default_acl, aclexplode(defaclacl)";
    assert_eq!(restored.value(new).await, "1 0", "nor on what will be made");
    assert_eq!(report.verdict, Verdict::Inconclusive, "who lost a right passes nothing: {report:?}");
    for what in ["FUNCTION secret", "TYPE pair", "COLUMN orders.note", "DEFAULT PRIVILEGES FOR FUNCTIONS"] {
        let is_named = |note: &String| note.contains(what) && note.contains(&gone);
        assert!(report.notes.iter().any(is_named), "{what}: {:?}", report.notes);
    }
    let access = report.checks.iter().find(|check| check.id == "access").unwrap();
    assert_eq!(access.verdict, CheckVerdict::NotChecked, "{access:?}");
    assert_eq!(access.found, 4, "{access:?}");
    restored.run(&format!("drop owned by {here}; drop role {low}")).await;
    database.run(&format!("drop owned by {here}; drop role {here}")).await;
}

#[tokio::test]
async fn roles_that_are_missing_are_harmless_however_many_workers_make_the_rest() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let gone = format!("gone_{}", database.name());
    // Small tables, whose indexes are built by several workers at the end.
    database
        .run(&format!(
            "create role {gone} superuser;
             do $$ begin for i in 1..8 loop
               execute format('create table t%s (id int primary key, one int, other int); create index on t%1$s (one); create index on t%1$s (other)', i);
             end loop; end $$;
             insert into t1 values (1, 2, 3);
             create publication p1 for table t1; alter publication p1 owner to {gone};
             create publication p2 for table t2; alter publication p2 owner to {gone};
             create statistics both_of on one, other from t1; alter statistics both_of owner to {gone}"
        ))
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    database.run(&format!("drop owned by {gone} cascade; drop role {gone}")).await;

    let report = console.restore_to(&backup, &server.free_name()).await;

    assert_eq!(report.verdict, Verdict::Inconclusive, "who lost a right passes nothing: {report:?}");
    let restored = server.at(&report.database);
    let made = "select (select count(*) from pg_publication) || ' ' || (select count(*) from pg_statistic_ext) || ' ' ||
        (select count(*) from pg_indexes where schemaname = 'public')";
    assert_eq!(restored.value(made).await, "2 1 24");
}
