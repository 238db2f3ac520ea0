//! What a platform says is a claim: where it lies, nothing of it is a backup.

use base::Code;
use engine::Failure;
use engine::pull::PullRequest;
use serde_json::Value;
use testkit::platforms::supamanager::Misbehaviour;
use testkit::{Console, PROJECT};

use super::bench::{Bench, OTHER, PASSWORD, STANDING, add, left, made, of_kind, pull, pulled, said};

/// Has it make a backup and pulls it, while it does this wrong; why that failed.
async fn refused(bench: &Bench, console: &Console, wrong: impl FnOnce(&mut Misbehaviour)) -> Failure {
    bench.server.misbehave(wrong);
    let pull = Some(PullRequest::default());
    let job = console.engine.start_remote(PROJECT, of_kind("database"), pull).await.unwrap();
    let failure = console.failed(&job).await;
    bench.server.misbehave(|wrong| *wrong = Misbehaviour::default());
    assert_eq!(console.count().await, 0);
    failure
}

#[tokio::test]
async fn a_claim_that_is_not_true_is_named_and_makes_no_backup() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console_with(|options| options.platform_standing = Some(STANDING)).await;

    let empty = refused(&bench, &console, |wrong| wrong.completes_without_bytes = true).await;
    assert_eq!(empty.code, Code::PlatformClaim, "{empty}");
    let lost = refused(&bench, &console, |wrong| wrong.loses_downloads = true).await;
    assert_eq!(lost.code, Code::PlatformClaim, "{lost}");
    let failed = refused(&bench, &console, |wrong| wrong.fails_with_200 = true).await;
    assert!(failed.code == Code::PlatformFailed && failed.message.contains("no space left"), "{failed}");
    let dump = refused(&bench, &console, |wrong| wrong.fails_dumps = true).await;
    assert!(dump.code == Code::PlatformFailed && dump.message.contains("too many clients"), "{dump}");
    let stuck = refused(&bench, &console, |wrong| wrong.is_stuck = true).await;
    assert_eq!(stuck.code, Code::PlatformStuck, "{stuck}");
    assert!(stuck.hint.unwrap().contains("worker died"), "{}", stuck.message);
    assert!(stuck.message.contains("without any change"), "{}", stuck.message);

    made(&console, "database").await;
    pulled(&console).await;
}

#[tokio::test]
async fn a_backup_with_a_wrong_checksum_is_set_apart_named_and_never_restorable() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let id = made(&console, "full").await;
    bench.server.misbehave(|wrong| wrong.lies_about_checksums = true);

    let failure = console.failed(&pull(&console, PullRequest::default()).await).await;

    assert_eq!(failure.code, Code::ChecksumMismatch, "{failure}");
    assert_eq!(console.count().await, 0);
    let folder = left(console.home(), "quarantine").pop().unwrap();
    assert!(failure.message.contains(&folder), "{failure}");
    let why: Value = serde_json::from_slice(&std::fs::read(format!("{folder}/why.json")).unwrap()).unwrap();
    assert_eq!((&why["code"], &why["remoteId"]), (&"checksum_mismatch".into(), &id.into()));
    let kept = std::fs::read(format!("{folder}/0.quarantined")).unwrap();
    assert!(kept == std::fs::read(bench.archives().pop().unwrap()).unwrap());
    // Once the platform says the truth, the file comes anew.
    bench.server.misbehave(|wrong| *wrong = Misbehaviour::default());
    let served = bench.server.served_bytes();
    pulled(&console).await;
    assert!(bench.server.served_bytes() > served);
}

#[tokio::test]
async fn a_damaged_archive_is_set_apart_and_does_not_hinder_the_next_pull() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    made(&console, "full").await;
    let archive = bench.archives().pop().unwrap();
    let sound = std::fs::read(&archive).unwrap();
    bench.server.damage_archives();

    let failure = console.failed(&pull(&console, PullRequest::default()).await).await;

    let is_named =
        ["archive_damaged", "archive_truncated", "checksum_mismatch"].contains(&failure.code.as_str());
    assert!(is_named, "{failure}");
    assert_eq!((console.count().await, left(console.home(), "quarantine").len()), (0, 1));
    std::fs::write(&archive, sound).unwrap();
    pulled(&console).await;
}

#[tokio::test]
async fn a_size_that_is_not_true_is_said_and_what_came_counts() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    made(&console, "full").await;
    bench.server.misbehave(|wrong| wrong.lies_about_sizes = true);

    let (job, id) = pulled(&console).await;

    let log = said(&console, &job.record.id).await;
    assert!(log.contains("The platform says") && log.contains("checks out by itself"), "{log}");
    assert!(console.engine.backup(&id).await.unwrap().record.warning_count > 0);
}

#[tokio::test]
async fn a_backup_of_somebody_else_is_shown_to_be_none_of_ours_and_never_pulled() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let mine = add(&console, "clinic", bench.settings_of("clinic", OTHER), PASSWORD).await;
    let job = console.engine.start_remote(&mine.id, of_kind("database"), None).await.unwrap();
    console.succeeded(&job).await;
    let foreign = console.engine.look_at_platform("clinic").await.unwrap().backups[0].backup.id.clone();
    bench.server.misbehave(|wrong| (wrong.lists_all_projects, wrong.breaks_isolation) = (true, true));

    let look = console.engine.look_at_platform(PROJECT).await.unwrap();
    let all = console.succeeded(&pull(&console, PullRequest { all: true, ..Default::default() }).await).await;
    let asked = PullRequest { ids: vec![foreign.clone()], ..PullRequest::default() };
    let asked = console.failed(&pull(&console, asked).await).await;

    assert!(
        look.backups.is_empty() && look.notes.iter().any(|note| note.contains(&foreign)),
        "{:?}",
        look.notes
    );
    assert!(all.record.outcome.unwrap().contains("here already"));
    assert_eq!(asked.code, Code::PlatformNotFound, "{asked}");
    assert_eq!((console.count().await, bench.server.served_bytes()), (0, 0));
}
