//! What a platform says it restored is looked at: beside the backup of Holdfast's own that is nearest before that moment,
//! and by what a person said has to hold.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::CommandLine;

use crate::pull::bench::of;
use crate::pull::cloud::on_a_cloud_of;

/// Slow enough to be seen by somebody who looks each second.
const STEP: Duration = Duration::from_millis(1500);

/// The end of a restore there, whose own safety backup is left out.
fn restore(line: &CommandLine, id: i64, status: i32) -> Value {
    let id = id.to_string();
    let asked = ["--json", "platform", "restore", "shop", &id, "--confirm", "shop"];
    of(&line.expect(status, &[asked.as_slice(), &["--no-safety-because", "a scenario"]].concat()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_back_as_it_was_passes_and_says_that_no_row_was_compared() {
    let Some((line, cloud, database)) = on_a_cloud_of(true, STEP).await else { return };
    database.run("alter table orders add primary key (id)").await;
    line.expect(0, &["backup", "run", "shop"]);
    let id = cloud.back_up().await;
    database.run("truncate orders; alter table orders drop constraint orders_pkey").await;

    let planned = line.expect(0, &["platform", "restore", "shop", &id.to_string()]);
    let done = restore(&line, id, 0);

    let planned = [planned.output, planned.said].concat();
    assert!(planned.contains("Then Holdfast looks at the database"), "{planned}");
    let outcome = done["row"]["outcome"].as_str().unwrap();
    assert_eq!(done["verdict"], json!("pass"), "{done}");
    assert!(
        outcome.contains("these are as they should be: tables") && outcome.contains("Rows were not compared"),
        "{outcome}"
    );
    assert_eq!(database.value("select count(*) from orders").await, "100");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_beside_the_backup_is_named_and_is_no_pass() {
    let Some((line, cloud, database)) = on_a_cloud_of(true, STEP).await else { return };
    database.run("create table refunds (id int primary key); create index by_id on orders (id)").await;
    line.expect(0, &["backup", "run", "shop"]);
    database.run("drop table refunds; drop index by_id").await;
    let id = cloud.back_up().await;

    let done = restore(&line, id, 3);

    let outcome = done["row"]["outcome"].as_str().unwrap();
    assert_eq!(done["verdict"], json!("inconclusive"), "{done}");
    assert!(outcome.contains("public.refunds is missing") && outcome.contains("by_id"), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_said_has_to_hold_fails_the_restore_where_it_does_not() {
    let Some((line, cloud, database)) = on_a_cloud_of(true, STEP).await else { return };
    line.expect(0, &["drill", "assert", "add", "shop", "all orders", "select count(*) = 100 from orders"]);
    line.expect(0, &["backup", "run", "shop"]);
    database.run("delete from orders where id > 7").await;
    let id = cloud.back_up().await;

    let done = restore(&line, id, 1);

    let outcome = done["row"]["outcome"].as_str().unwrap();
    assert_eq!(done["verdict"], json!("fail"), "{done}");
    assert!(outcome.contains("all orders"), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_safety_backup_of_the_very_run_vouches_for_nothing() {
    let Some((line, cloud, _database)) = on_a_cloud_of(true, STEP).await else { return };
    let id = cloud.back_up().await.to_string();

    let done = of(&line.expect(3, &["--json", "platform", "restore", "shop", &id, "--confirm", "shop"]));

    let outcome = done["row"]["outcome"].as_str().unwrap();
    assert_eq!(done["verdict"], json!("inconclusive"), "{done}");
    assert!(outcome.contains("no other backup of Holdfast's own"), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_cannot_be_read_is_named_and_not_called_missing() {
    let Some((line, cloud, _database)) = on_a_cloud_of(true, STEP).await else { return };
    line.expect(0, &["backup", "run", "shop"]);
    let id = cloud.back_up().await;
    for folder in std::fs::read_dir(line.folder().join("vault/data")).unwrap() {
        for pack in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            std::fs::write(pack.unwrap().path(), "").unwrap();
        }
    }

    let done = restore(&line, id, 3);

    let outcome = done["row"]["outcome"].as_str().unwrap();
    assert_eq!(done["verdict"], json!("inconclusive"), "{done}");
    assert!(outcome.contains("could not be looked at") && !outcome.contains("no other backup"), "{outcome}");
}
