//! Sessions that write: what a database or a role is set to for its applications does not hold for them.

use postgres::target::{Target, make_writable};
use testkit::{Database, Server};

const HABITS: &str = "select concat_ws(' ', current_setting('synchronous_commit'), \
    current_setting('statement_timeout'), current_setting('lock_timeout'), \
    current_setting('default_transaction_read_only'), current_setting('quote_all_identifiers'))";

fn target(database: &Database<'_>, server: &Server) -> Target {
    let password = Some(server.password().clone());
    Target { settings: database.settings(), password, application: "holdfast test".into() }
}

async fn set(database: &Database<'_>) {
    for setting in [
        "synchronous_commit = off",
        "statement_timeout = '1s'",
        "lock_timeout = '1s'",
        "quote_all_identifiers = on",
        // The last: with it nothing more can be set.
        "default_transaction_read_only = on",
    ] {
        database.run(&format!("alter database \"{}\" set {setting}", database.name())).await;
    }
}

#[tokio::test]
async fn what_is_committed_waits_for_the_disk_and_nothing_ends_it_whatever_its_database_is_set_to() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    set(&database).await;

    let session = target(&database, server).session().await.unwrap();
    let habits: String = session.client.query_one(HABITS, &[]).await.unwrap().get(0);
    assert_eq!(habits, "on 0 0 off off");

    // A script of a project's own may set it for the rest of the session.
    let script = "set synchronous_commit = off; set statement_timeout = 1000; set lock_timeout = 1000; \
        set default_transaction_read_only = on; set quote_all_identifiers = on";
    session.client.batch_execute(script).await.unwrap();
    make_writable(&session).await;
    let habits: String = session.client.query_one(HABITS, &[]).await.unwrap().get(0);
    assert_eq!(habits, "on 0 0 off off");
    session.close().await;
}

#[tokio::test]
async fn a_database_that_a_restore_alone_fills_does_not_wait_for_the_disk() {
    let Some(server) = Server::shared() else { return };
    let database = server.database_named("holdfast_incomplete_4711").await;
    set(&database).await;

    let session = target(&database, server).session().await.unwrap();

    let habits: String = session.client.query_one(HABITS, &[]).await.unwrap().get(0);
    assert_eq!(habits, "off 0 0 off off");
    session.close().await;
}
