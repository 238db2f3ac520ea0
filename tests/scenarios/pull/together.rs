//! What counts of what a platform gives: an incremental with its full one, what has its checksums, what was not cut.

use engine::pull::{PullRequest, RemotePlanRequest, RemoteTarget};
use testkit::PROJECT;

use super::bench::{Bench, made, of_kind, pull};

#[tokio::test]
async fn an_incremental_brings_the_full_one_that_it_needs_and_is_a_part_of_it() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let full = made(&console, "full").await;
    let part = made(&console, "incremental").await;

    let job = pull(&console, PullRequest { ids: vec![part.clone()], ..PullRequest::default() }).await;
    let job = console.succeeded(&job).await;

    assert_eq!(console.count().await, 2, "{:?}", job.record.outcome);
    let (_, listed) = console.engine.backups(Some(PROJECT), 0, 10).await.unwrap();
    let of =
        |remote: &str| listed.iter().find(|one| one.record.remote_id.as_deref() == Some(remote)).unwrap();
    let needs = of(&part).needs.clone().unwrap();
    assert_eq!(needs.name, full);
    assert_eq!(needs.here, Some((of(&full).record.id.clone(), of(&full).record.at_ms)));
    assert_eq!((of(&full).needs.clone(), of(&part).record.held_back.clone()), (None, None));
    // Known after a rebuild as well: it is in the vault.
    console.engine.rebuild_catalog().await.unwrap();
    assert_eq!(console.engine.backup(&of(&part).record.id).await.unwrap().needs, Some(needs));
}

#[tokio::test]
async fn an_incremental_of_which_the_full_one_is_nowhere_does_not_count() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let request = Some(PullRequest::default());
    let job = console.engine.start_remote(PROJECT, of_kind("incremental"), request).await.unwrap();
    let output = console.succeeded(&job).await.output.unwrap();

    let backup = console.engine.backup(&output.backup_id.unwrap()).await.unwrap();
    let why = backup.record.held_back.unwrap();
    assert!(why.contains("full backup that is neither here nor at its platform"), "{why}");
    assert!(output.outcome.contains("It does not count"), "{}", output.outcome);
    assert_eq!(console.engine.standing(PROJECT).await.unwrap().recovery_point, None);
}

#[tokio::test]
async fn a_checksum_that_was_promised_and_not_given_keeps_a_backup_from_counting() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    bench.server.misbehave(|wrong| wrong.gives_no_checksums = true);
    let request = Some(PullRequest::default());
    let job = console.engine.start_remote(PROJECT, of_kind("database"), request.clone()).await.unwrap();
    let id = console.succeeded(&job).await.output.unwrap().backup_id.unwrap();
    let why = console.engine.backup(&id).await.unwrap().record.held_back.unwrap();
    assert!(why.contains("promises a checksum") && why.contains("database"), "{why}");

    bench.server.misbehave(|wrong| wrong.gives_no_checksums = false);
    let job = console.engine.start_remote(PROJECT, of_kind("database"), request).await.unwrap();
    let id = console.succeeded(&job).await.output.unwrap().backup_id.unwrap();
    assert_eq!(console.engine.backup(&id).await.unwrap().record.held_back, None);
    assert_eq!(console.engine.standing(PROJECT).await.unwrap().recovery_point.map(|(id, _)| id), Some(id));
}

#[tokio::test]
async fn an_incremental_goes_on_from_a_full_one_that_is_here_alone_and_not_from_an_older_one_there() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    made(&console, "full").await;
    let newer = made(&console, "full").await;
    let ids = vec![newer.clone()];
    let job = console.succeeded(&pull(&console, PullRequest { ids, ..PullRequest::default() }).await).await;
    let here = job.output.unwrap().backup_id.unwrap();
    let target = RemoteTarget::Delete(newer);
    let plan = console.engine.plan_remote(RemotePlanRequest::new(PROJECT, target)).await.unwrap();
    let job = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap();
    console.succeeded(&job).await;
    let part = made(&console, "incremental").await;

    let job = pull(&console, PullRequest { ids: vec![part], ..PullRequest::default() }).await;
    let output = console.succeeded(&job).await.output.unwrap();

    let part = console.engine.backup(&output.backup_id.unwrap()).await.unwrap();
    assert_eq!(part.needs.unwrap().here.map(|(id, _)| id), Some(here));
    assert_eq!(part.record.held_back, None);
}
