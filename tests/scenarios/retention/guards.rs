//! What is not removed, whatever a plan says: stale plans, failing sources, holds, the floor, what an undo needs.

use base::Code;
use engine::restore::{RestoreRequest, RestoreTarget, Writers};
use testkit::{Console, PROJECT, Server};

use super::{assert_there, last, nights};
use crate::catalogue::open_catalogue;

#[tokio::test]
async fn a_plan_is_stale_once_a_backup_was_made_and_nothing_is_removed() {
    let Some(server) = Server::shared() else { return };
    let (console, mut ids) = nights(server, 5).await;
    console.engine.set_retention(PROJECT, Some(last(3, 3))).await.unwrap();
    let plan = console.engine.plan_retention(PROJECT).await.unwrap();
    ids.push(console.backup().await.record.id);

    let failure = console.engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap_err();

    assert_eq!(failure.code, Code::PlanStale);
    assert_there(&console, &ids).await;
    let plan = console.engine.plan_retention(PROJECT).await.unwrap();
    console.engine.hold_backup(&ids[4], "since then").await.unwrap();
    let failure = console.engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap_err();
    assert_eq!(failure.code, Code::PlanStale);
}

#[tokio::test]
async fn while_the_source_fails_nothing_is_removed_and_the_plan_says_so() {
    let Some(server) = Server::doomed() else { return };
    let (console, ids) = nights(&server, 5).await;
    console.engine.set_retention(PROJECT, Some(last(1, 1))).await.unwrap();
    server.crash();
    console.failed_backup().await;
    assert_eq!(console.engine.plan_retention(PROJECT).await.unwrap().pause, None, "one run may fail");
    console.failed_backup().await;

    let plan = console.engine.plan_retention(PROJECT).await.unwrap();
    let failure = console.engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap_err();

    assert_eq!(
        plan.pause.as_deref().map(|pause| pause.contains("the last 2 runs of shop failed")),
        Some(true)
    );
    assert_eq!((failure.code.as_str(), plan.going().len()), ("retention_paused", 0));
    assert_there(&console, &ids).await;
}

#[tokio::test]
async fn while_the_newest_is_older_than_its_goal_nothing_is_removed() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 4).await;
    let catalogue = open_catalogue(&console).await;
    sqlx::query("update backup set at_ms = at_ms - 26 * 3600000").execute(&catalogue).await.unwrap();
    catalogue.close().await;
    console.engine.set_retention(PROJECT, Some(last(1, 1))).await.unwrap();

    let paused = console.engine.plan_retention(PROJECT).await.unwrap();
    let goals = ledger::catalog::Goals { rpo_ms: Some(48 * 3_600_000), ..ledger::catalog::Goals::default() };
    console.engine.set_goals(PROJECT, goals).await.unwrap();
    let plan = console.engine.plan_retention(PROJECT).await.unwrap();

    assert!(paused.pause.unwrap().contains("26 h old, and may be 24 h"));
    assert_eq!((plan.pause.as_deref(), plan.going().len()), (None, 3));
    assert_there(&console, &ids).await;
}

#[tokio::test]
async fn while_a_backup_is_dated_ahead_nothing_is_removed_and_it_is_neither_newest_nor_recovery_point() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 5).await;
    let engine = &console.engine;
    let catalogue = open_catalogue(&console).await;
    let ahead = sqlx::query("update backup set at_ms = at_ms + 400 * 86400000 where id = ?").bind(&ids[0]);
    ahead.execute(&catalogue).await.unwrap();
    catalogue.close().await;
    engine.set_retention(PROJECT, Some(last(1, 1))).await.unwrap();

    let plan = engine.plan_retention(PROJECT).await.unwrap();
    let failure = engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap_err();

    let pause = plan.pause.as_deref().unwrap_or_default();
    assert!(pause.contains("a backup of shop is dated") && pause.contains("later than now"), "{pause}");
    assert_eq!((failure.code.as_str(), plan.going().len()), ("retention_paused", 0));
    assert_there(&console, &ids).await;
    let standing = engine.standing(PROJECT).await.unwrap();
    assert_eq!(standing.recovery_point.map(|(id, _)| id).as_ref(), Some(&ids[1]));
    assert_eq!(engine.backup("shop@latest").await.unwrap().record.id, ids[1]);
    let is_newest = async |id: &str| engine.backup(id).await.unwrap().is_newest_verified;
    assert_eq!((is_newest(&ids[0]).await, is_newest(&ids[1]).await), (false, true));
    let refused = engine.delete_backup(&ids[1], &ids[1][..8]).await.unwrap_err();
    assert_eq!(refused.code, Code::NewestVerified);
    // The way out: it protects nothing, so it may go.
    engine.delete_backup(&ids[0], &ids[0][..8]).await.unwrap();
    let after = engine.plan_retention(PROJECT).await.unwrap().pause.unwrap_or_default();
    assert!(!after.contains("later than now"), "{after}");
}

#[tokio::test]
async fn while_the_newest_backup_that_was_restored_did_not_come_back_nothing_is_removed() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 5).await;
    let engine = &console.engine;
    engine.set_retention(PROJECT, Some(last(1, 1))).await.unwrap();
    let catalogue = open_catalogue(&console).await;
    let restored = async |verdict: &str| {
        let proof = "insert into proof (backup_id, store, level, verdict, at_ms, elapsed_ms, reason)
            select id, 'vault', 3, ?2, at_ms, 5, 'drilled' from backup where id = ?1";
        sqlx::query(proof).bind(&ids[0]).bind(verdict).execute(&catalogue).await.unwrap();
    };
    restored("fail").await;

    let plan = engine.plan_retention(PROJECT).await.unwrap();

    let pause = plan.pause.as_deref().unwrap_or_default();
    assert!(pause.contains("did not come back"), "{pause}");
    assert!(plan.going().is_empty() && !plan.fates[0].counts, "{plan:?}");
    let standing = engine.standing(PROJECT).await.unwrap();
    assert_eq!(standing.recovery_point.map(|(id, _)| id).as_ref(), Some(&ids[1]));
    let newest = engine.delete_backup(&ids[1], &ids[1][..8]).await.unwrap_err();
    assert_eq!(newest.code, Code::NewestVerified, "it is the newest that counts");

    restored("inconclusive").await;
    assert!(engine.plan_retention(PROJECT).await.unwrap().pause.is_some(), "that shows nothing");
    restored("pass").await;
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    assert_eq!((plan.pause.as_deref(), plan.going().len()), (None, 4));
    catalogue.close().await;
}

#[tokio::test]
async fn what_did_not_come_back_is_none_of_those_that_always_stay() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 5).await;
    let engine = &console.engine;
    let catalogue = open_catalogue(&console).await;
    let failed = "insert into proof (backup_id, store, level, verdict, at_ms, elapsed_ms, reason)
        select id, 'vault', 3, 'fail', at_ms, 5, 'drilled' from backup where id in (?1, ?2)";
    sqlx::query(failed).bind(&ids[0]).bind(&ids[1]).execute(&catalogue).await.unwrap();
    catalogue.close().await;

    // Three of the five count, and three always stay.
    let refused = engine.delete_backup(&ids[4], &ids[4][..8]).await.unwrap_err();

    assert_eq!(refused.code, Code::BelowFloor);
    assert!(refused.message.contains("has only 2 verified backups"), "{}", refused.message);
    engine.delete_backup(&ids[0], &ids[0][..8]).await.unwrap();
    assert_there(&console, &ids[1..]).await;
}

#[tokio::test]
async fn a_held_backup_is_deleted_by_nobody_until_it_is_released() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 5).await;
    let engine = &console.engine;
    engine.set_retention(PROJECT, Some(last(3, 1))).await.unwrap();
    engine.hold_backup(&ids[4], "the audit").await.unwrap();

    let plan = engine.plan_retention(PROJECT).await.unwrap();
    engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    let by_hand = engine.delete_backup(&ids[4], &ids[4][..8]).await.unwrap_err();

    assert_eq!(by_hand.code, Code::BackupHeld);
    assert!(by_hand.message.ends_with("is held: the audit"), "{}", by_hand.message);
    let left = [ids[..3].to_vec(), ids[4..].to_vec()].concat();
    assert_there(&console, &left).await;
    engine.release_backup(&ids[4]).await.unwrap();
    engine.delete_backup(&ids[4], &ids[4][..8]).await.unwrap();
    assert_there(&console, &ids[..3]).await;
}

#[tokio::test]
async fn the_floor_of_a_policy_is_the_floor_of_every_deletion() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 4).await;
    let engine = &console.engine;
    engine.set_retention(PROJECT, Some(last(2, 4))).await.unwrap();
    assert_eq!(engine.plan_retention(PROJECT).await.unwrap().going().len(), 0);
    assert_eq!(engine.delete_backup(&ids[3], &ids[3][..8]).await.unwrap_err().code, Code::BelowFloor);

    engine.set_retention(PROJECT, Some(last(1, 2))).await.unwrap();
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap();

    assert_there(&console, &ids[..2]).await;
    assert_eq!(engine.delete_backup(&ids[1], &ids[1][..8]).await.unwrap_err().code, Code::BelowFloor);
    assert_there(&console, &ids[..2]).await;
}

#[tokio::test]
async fn the_safety_backup_of_a_restore_stays_as_long_as_the_restore_can_be_undone() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t as select generate_series(1, 10) i").await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let first = console.backup().await.record.id;
    let target = RestoreTarget::InPlace { project: None };
    let request = RestoreRequest {
        backup: first.clone(),
        target,
        no_safety_because: None,
        writers: Writers::Wait,
        after: None,
    };
    let plan = console.engine.plan_restore(request).await.unwrap();
    console.apply(&plan).await;
    for _ in 0..2 {
        console.backup().await;
    }
    console.engine.set_retention(PROJECT, Some(last(1, 1))).await.unwrap();

    let plan = console.engine.plan_retention(PROJECT).await.unwrap();

    let safety = plan.fates.iter().find(|fate| fate.reasons.iter().any(|one| one.code() == "undo")).unwrap();
    assert!(safety.is_kept && safety.id != first && safety.until_ms.is_some(), "{safety:?}");
    console.engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    let restore = console.engine.restores(1).await.unwrap().remove(0);
    let undo = console.engine.plan_undo(&restore.id, Some("a scenario".into())).await.unwrap();
    assert_eq!(undo.backup_id, safety.id);
    console.apply(&undo).await;
}
