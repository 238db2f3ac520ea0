//! What a role stores for itself in a database that is restored.

use testkit::Server;

use crate::living::{living, swap};
use ledger::catalog::Verdict;

#[tokio::test]
async fn a_list_that_a_role_stored_is_carried_over_as_a_value_or_named_and_never_run() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let name = shop.database.name().to_owned();
    let low = format!("low_{name}");
    let element = format!("a;alter/**/role/**/{low}/**/superuser");
    shop.database
        .run(&format!(
            "alter database \"{name}\" set search_path = \"$user\", \"odd, \"\"one\", public;
             create role {low} login; set role {low};
             select set_config('search_path', '{element}', false);
             alter role {low} in database \"{name}\" set search_path from current;
             select set_config('local_preload_libraries', 'x y; alter role {low} superuser', false);
             alter role {low} in database \"{name}\" set local_preload_libraries from current"
        ))
        .await;

    let plan = shop.plan(swap()).await;
    let (_, report) = shop.apply(&plan).await;

    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    let server = server.at("postgres");
    let super_user = format!("select rolsuper from pg_roles where rolname = '{low}'");
    assert_eq!(server.value(&super_user).await, "f");
    let stored = format!(
        "select array_to_string(setconfig, '|') from pg_db_role_setting s join pg_database d on d.oid = setdatabase
         left join pg_roles r on r.oid = setrole where datname = '{name}' order by rolname nulls first"
    );
    let stored = server.rows(&stored).await;
    assert_eq!(stored[0], "work_mem=7MB|search_path=\"$user\", \"odd, \"\"one\", public");
    assert_eq!(stored[1..], [format!("search_path=\"{element}\"")]);
    // What is no list is said before, and after.
    for sentences in [&plan.warnings, &report.notes] {
        assert!(
            sentences.iter().any(|one| one.contains("local_preload_libraries") && one.contains(&low)),
            "{sentences:?}"
        );
    }
}
