//! Two profiles on one vault: neither undoes what the other relies on.

use base::Code;
use ledger::catalog::Goals;
use testkit::{Console, PROJECT, Server};

use super::{DAY_MS, last, listed, nights};

/// Another profile, on another computer, that uses the same vault.
async fn sharing(console: &Console) -> Console {
    let other = Console::new().await;
    other.engine.open_vault(None, console.vault(), &console.key()).await.unwrap();
    other
}

fn in_vault(console: &Console) -> Vec<String> {
    let mut files = console.vault_files("snapshots");
    files.sort();
    files
}

fn sorted(ids: &[&String]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
    ids.sort();
    ids
}

/// Removes snapshots as another profile does that knows nothing of this one.
fn remove_elsewhere(console: &Console, ids: &[String]) {
    for id in ids {
        std::fs::remove_file(console.vault().join("snapshots").join(id)).unwrap();
    }
}

#[tokio::test]
async fn what_another_profile_holds_stays_until_it_is_released() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 5).await;
    let (engine, other) = (&console.engine, sharing(&console).await);
    engine.set_retention(PROJECT, Some(last(3, 3))).await.unwrap();
    let shown = engine.plan_retention(PROJECT).await.unwrap();
    assert_eq!(shown.going(), [ids[4].clone(), ids[3].clone()]);

    other.engine.hold_backup(&ids[4], "the audit").await.unwrap();

    let stale = engine.apply_retention(PROJECT, &shown.id, PROJECT).await.unwrap_err();
    let by_hand = engine.delete_backup(&ids[4], &ids[4][..8]).await.unwrap_err();
    assert_eq!((stale.code.as_str(), by_hand.code.as_str()), ("plan_stale", "backup_held"));
    assert!(by_hand.message.contains("the audit"), "{}", by_hand.message);
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    let applied = engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    assert_eq!(applied.removed, [ids[3].clone()]);
    assert_eq!(in_vault(&console), sorted(&[&ids[0], &ids[1], &ids[2], &ids[4]]));
    let whole = engine.remove_project(PROJECT, false, PROJECT).await.unwrap_err();
    assert_eq!(whole.code, Code::BackupHeld, "not even with the whole project");
    assert!(listed(&console).await.contains(&ids[4]));

    other.engine.release_backup(&ids[4]).await.unwrap();
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    let applied = engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    assert_eq!(applied.removed, [ids[4].clone()]);
    assert!(console.vault_files("holds").is_empty());
}

#[tokio::test]
async fn a_hold_outlives_the_profile_that_set_it() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 4).await;
    console.engine.hold_backup(&ids[3], "the audit").await.unwrap();

    let new = sharing(&console).await;

    new.engine.set_retention(PROJECT, Some(last(1, 1))).await.unwrap();
    let fates = new.engine.preview_retention(PROJECT, None).await.unwrap().fates;
    let held = fates.iter().find(|fate| fate.id == ids[3]).unwrap();
    assert!(held.is_kept && format!("{:?}", held.reasons).contains("the audit"), "{held:?}");
    let refused = new.engine.delete_backup(&ids[3], &ids[3][..8]).await.unwrap_err();
    assert_eq!(refused.code, Code::BackupHeld);
    // Somebody who has the key may release it; whoever set it holds it on, as soon as he looks.
    new.engine.release_backup(&ids[3]).await.unwrap();
    assert!(console.vault_files("holds").is_empty());
    console.engine.plan_retention(PROJECT).await.unwrap();
    assert_eq!(console.vault_files("holds").len(), 1);
    console.engine.release_backup(&ids[3]).await.unwrap();
    assert!(console.vault_files("holds").is_empty());
}

#[tokio::test]
async fn what_another_profile_removed_counts_neither_for_the_floor_nor_as_the_newest() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 6).await;
    let engine = &console.engine;
    remove_elsewhere(&console, &ids[..3]);

    let oldest = engine.delete_backup(&ids[5], &ids[5][..8]).await.unwrap_err();
    let newest = engine.delete_backup(&ids[3], &ids[3][..8]).await.unwrap_err();

    assert_eq!((oldest.code.as_str(), newest.code.as_str()), ("below_floor", "newest_verified"));
    assert_eq!(in_vault(&console), sorted(&[&ids[3], &ids[4], &ids[5]]));
    engine.set_retention(PROJECT, Some(last(1, 2))).await.unwrap();
    let paused = engine.plan_retention(PROJECT).await.unwrap();
    assert!(
        paused.pause.is_some_and(|pause| pause.contains("old, and may be")),
        "the newest there is of days ago"
    );
    let goals = Goals { rpo_ms: Some(30 * DAY_MS), ..Goals::default() };
    engine.set_goals(PROJECT, goals).await.unwrap();
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    assert_eq!(plan.going(), [ids[5].clone()], "two that are there stay");
    engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    assert_eq!(in_vault(&console), sorted(&[&ids[3], &ids[4]]));
}

#[tokio::test]
async fn the_newest_backup_of_another_profile_is_not_deleted_by_one_that_never_verified_it() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 2).await;
    let other = sharing(&console).await;

    let refused = other.engine.delete_backup(&ids[0], &ids[0][..8]).await.unwrap_err();

    assert_eq!(refused.code, Code::NewestVerified);
    assert!(refused.message.contains("another profile made this backup"), "{}", refused.message);
    assert_eq!(in_vault(&console), sorted(&[&ids[0], &ids[1]]));
}
