//! What a restore kept or made is dropped only if it is still that, and only on the server's word.

use base::Code;
use engine::restore::{RestoreState, RestoreTarget};
use testkit::{Server, poll};

use super::{living, swap};

#[tokio::test]
async fn a_database_that_took_the_name_of_the_kept_one_is_not_dropped() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let (job, _) = shop.apply(&shop.plan(swap()).await).await;
    let fresh = shop.console.engine.plan_discard(&job).await.unwrap();
    let (old, moved) = (fresh.database.clone(), server.free_name());
    server.at("postgres").run(&format!("alter database \"{old}\" rename to \"{moved}\"")).await;
    server.database_named(&old).await.run("create table precious (i int)").await;

    let refused = shop.console.engine.apply_restore(&fresh.id, &old, true).await.unwrap_err();
    assert_eq!(refused.code, Code::PlanStale);
    let plan = shop.console.engine.plan_discard(&job).await.unwrap();
    assert!(plan.blockers[0].contains("another database"), "{:?}", plan.blockers);
    let refused = shop.console.engine.apply_restore(&plan.id, &old, true).await.unwrap_err();

    assert_eq!(refused.code, Code::PlanBlocked);
    assert_eq!(server.at(&old).value("select count(*) from precious").await, "0");
}

#[tokio::test]
async fn a_database_that_took_the_name_of_the_kept_one_does_not_come_back_by_the_undo() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let (job, _) = shop.apply(&shop.plan(swap()).await).await;
    let fresh = shop.console.engine.plan_undo(&job, None).await.unwrap();
    let restore = shop.console.engine.restore(&job).await.unwrap();
    let (old, moved) = (restore.traces.old_name.unwrap(), server.free_name());
    server.at("postgres").run(&format!("alter database \"{old}\" rename to \"{moved}\"")).await;
    server.database_named(&old).await.run("create table other (i int)").await;

    let undo = shop.console.engine.apply_restore(&fresh.id, &fresh.database, true).await.unwrap();
    assert_eq!(shop.console.failed(&undo).await.code, Code::PlanStale);
    let plan = shop.console.engine.plan_undo(&job, None).await.unwrap();

    assert!(plan.blockers[0].contains("another database"), "{:?}", plan.blockers);
    assert_eq!(shop.database.dump_text(), shop.then);
}

#[tokio::test]
async fn what_was_restored_is_kept_by_the_undo_until_it_is_discarded() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let before = shop.orders().await;
    let (job, _) = shop.apply(&shop.plan(swap()).await).await;
    // Whoever signed out a moment ago is connected until the server has noticed.
    let connected = format!(
        "select count(*) from pg_stat_activity where datname = '{}' and backend_type = 'client backend'",
        shop.database.name()
    );
    let maintenance = server.at("postgres");
    poll::soon("nobody is connected", async || maintenance.value(&connected).await == "0").await;
    let undo = shop.console.engine.plan_undo(&job, None).await.unwrap();
    assert!(undo.tables.iter().all(|table| table.keys.is_none()), "figures of the day of the restore");
    assert!(!undo.steps.iter().any(|step| step.starts_with("End ")), "nobody is connected: {:?}", undo.steps);
    let (undone, _) = shop.apply(&undo).await;

    let (_, standing) = shop.console.engine.restore_standing(&undone).await.unwrap();
    assert!(standing.can_discard && !standing.can_undo, "{standing:?}");
    let discard = shop.console.engine.plan_discard(&undone).await.unwrap();
    assert_eq!(Some(&discard.database), undo.beside.as_ref());
    shop.apply(&discard).await;

    let there = format!("select count(*) from pg_database where datname = '{}'", discard.database);
    assert_eq!(server.at("postgres").value(&there).await, "0");
    assert_eq!(shop.orders().await, before);
    let (restore, standing) = shop.console.engine.restore_standing(&undone).await.unwrap();
    assert_eq!(restore.state, RestoreState::Discarded);
    assert!(standing.sentence.contains("as it was before the restore"), "{}", standing.sentence);
}

#[tokio::test]
async fn the_old_database_goes_by_itself_on_the_agreed_date_and_not_before() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let plan = shop.plan(RestoreTarget::Swap { project: None, keep_days: Some(7) }).await;
    let old = plan.beside.clone().unwrap();
    assert!(plan.steps.iter().any(|step| step.contains("is dropped then")), "{:?}", plan.steps);
    let (job, _) = shop.apply(&plan).await;
    assert_eq!(shop.console.engine.discard_due().await.unwrap(), Vec::<String>::new());
    assert!(shop.console.engine.restore_standing(&job).await.unwrap().1.sentence.contains(", until "));

    shop.days_pass(8).await;
    // Who is connected is not put out: it is tried again a day later.
    let session = server.at(&old).session().await;
    let refused = shop.console.engine.discard_due().await.unwrap();
    shop.console.failed(&refused[0]).await;
    session.close().await;
    assert_eq!(shop.console.engine.discard_due().await.unwrap(), Vec::<String>::new());
    shop.days_pass(1).await;
    let jobs = shop.console.engine.discard_due().await.unwrap();
    shop.console.succeeded(&jobs[0]).await;

    let there = format!("select count(*) from pg_database where datname = '{old}'");
    assert_eq!(server.at("postgres").value(&there).await, "0");
    assert_eq!(shop.console.engine.restore(&job).await.unwrap().state, RestoreState::Discarded);
    assert_eq!(shop.console.engine.discard_due().await.unwrap(), Vec::<String>::new());
}
