//! Restores there: 200 says nothing, each table does.

use remote::platform::opttius::RESTORE_WARNING;
use remote::platform::{Platform as _, PlatformError, RestoreParts, Watched};

use super::bench::{ADMIN, Bench};

const ROWS: RestoreParts = RestoreParts { database: true, storage: false, config: false };
const OWN: &str = "select count(*) from customers where organization_id = 'lentes'";

#[tokio::test]
async fn a_restore_brings_the_organisations_rows_back_and_says_what_it_lacks() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client_of(ADMIN, "lentes");
    let backup = bench.backup(&client, "organisation").await;
    bench.database.run("delete from orders; delete from customers where id < 200").await;

    let ticket = client.restore(&backup.id, ROWS).await.unwrap();
    let Watched::Done { id, notes } = client.watch(&ticket).await.unwrap() else { panic!("it failed") };

    assert_eq!(id, Some(backup.id));
    assert_eq!(notes[0], "The platform restored 3 tables with 601 records.");
    assert_eq!(notes[1], RESTORE_WARNING);
    assert_eq!(notes[2], "It skipped notes.");
    assert_eq!(bench.database.value(OWN).await, "300");
    assert_eq!(
        bench.database.value("select count(*) from customers where organization_id = 'vista'").await,
        "10"
    );
}

#[tokio::test]
async fn a_200_that_says_that_the_restore_failed_is_a_failure_with_each_table_named() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, "organisation").await;
    // What the backup holds of orders can no longer come back.
    bench.database.run("delete from orders; alter table orders add check (total < 300)").await;

    let ticket = client.restore(&backup.id, ROWS).await.unwrap();
    let end = client.watch(&ticket).await.unwrap();

    let Watched::Failed { said, can_retry } = &end else { panic!("{end:?}") };
    assert!(
        said.starts_with("Restauración completada con errores; with errors: orders (partial, 100 restored"),
        "{said}"
    );
    assert!(said.contains("violates check constraint") && !said.contains("customers ("), "{said}");
    assert!(!can_retry);
    assert_eq!(bench.database.value("select count(*) from orders where id < 1000").await, "100");
}

#[tokio::test]
async fn a_tickets_result_is_judged_again_after_a_restart() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, "organisation").await;
    let ticket = client.restore(&backup.id, ROWS).await.unwrap();
    let stored = serde_json::to_string(&ticket).unwrap();

    let again = bench.client().watch(&serde_json::from_str(&stored).unwrap()).await.unwrap();

    assert_eq!(again, client.watch(&ticket).await.unwrap());
    assert_eq!(bench.calls("POST /api/admin/system/backups"), 1);
    assert!(!stored.contains("cliente 1"), "no row is kept: {stored}");
}

#[tokio::test]
async fn a_backup_of_rows_brings_no_files_back() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, "organisation").await;

    for parts in [
        RestoreParts { storage: true, ..ROWS },
        RestoreParts { config: true, ..ROWS },
        RestoreParts { database: false, ..ROWS },
    ] {
        let outcome = client.restore(&backup.id, parts).await;
        assert!(matches!(outcome, Err(PlatformError::CannotDo { .. })), "{outcome:?}");
    }
    assert_eq!(bench.calls("POST /api/admin/system/backups"), 0);
}
