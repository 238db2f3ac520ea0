//! How long it would take until a backup is back: a guess that says so, until a drill of everything measured it.

use engine::drill::{Depth, DrillRequest};
use engine::proof::Standing;
use engine::restore::RestoreTarget;
use testkit::{CommandLine, Console, Server};

use crate::drill::{backed_up, drill, request};

async fn standing(console: &Console, backup: &str) -> Standing {
    console.engine.proof_standings(&[backup.to_owned()]).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_drill_of_everything_measures_what_was_a_guess_before_and_one_of_a_part_does_not() {
    let Some(server) = Server::shared() else { return };
    let (console, database, backup) = backed_up(server, "").await;
    let before = standing(&console, &backup).await;
    assert!(before.drill.is_guess && before.drill.basis.starts_with("A guess"), "{:?}", before.drill);
    assert_eq!(before.proofs.len(), 2, "bytes and readable, each by itself");

    drill(&console, DrillRequest { depth: Depth::Data, ..request() }).await;
    assert!(standing(&console, &backup).await.drill.is_guess, "a part says nothing of the whole");

    let rto_ms = drill(&console, request()).await.row.record.rto_ms.unwrap();
    let after = standing(&console, &backup).await;
    assert_eq!((after.drill.is_guess, after.drill.ms), (false, rto_ms), "{}", after.drill.basis);
    assert_eq!(after.proofs.len(), 3);
    let plan = console.plan(&backup, RestoreTarget::Scratch).await.unwrap();
    assert_eq!(plan.estimate.unwrap().ms, rto_ms);

    // Ten times the rows take longer than the drill that was measured.
    database.run("insert into orders select i, 1 + i % 300, i from generate_series(3000, 23000) i").await;
    let larger = console.backup().await;
    let larger = standing(&console, &larger.record.id).await.drill;
    assert!(larger.ms > rto_ms && larger.basis.contains("scaled from"), "{larger:?}");
}

#[tokio::test]
async fn a_plan_on_the_command_line_says_how_long_and_how_that_is_known() {
    let Some(server) = Server::shared() else { return };
    let line = CommandLine::new();
    let database = server.database().await;
    database.run("create table t (id int primary key); insert into t values (1)").await;
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    let said = line.expect(0, &["restore", "plan", "shop@latest", "--scratch", "--out", "plan.json"]).output;
    assert!(said.contains("about 5") && said.contains("A guess: no drill"), "{said}");
}
