//! What the server says is a claim: false ones, odd ones, and the same in other shapes.

use remote::platform::{Platform as _, PlatformError, RemoteState, Watched};

use super::bench::{Bench, ended, of_kind, whole};

#[tokio::test]
async fn completed_without_bytes_is_a_false_claim_and_never_done() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.misbehave(|wrong| wrong.completes_without_bytes = true);
    let client = bench.client();

    let ticket = client.create(&of_kind("full")).await.unwrap();
    let error = client.watch(&ticket).await.unwrap_err();

    assert!(matches!(error, PlatformError::FalseClaim { .. }), "{error:?}");
    assert!(error.to_string().contains("is completed, but it says no size"), "{error}");
    assert!(!client.show(&ticket.id).await.unwrap().download.is_yes());
}

#[tokio::test]
async fn a_completed_backup_whose_download_is_gone_is_a_false_claim() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.misbehave(|wrong| wrong.loses_downloads = true);
    let client = bench.client();

    let ticket = client.create(&of_kind("full")).await.unwrap();
    let error = ended(&client, &ticket).await.unwrap_err();

    assert!(matches!(error, PlatformError::FalseClaim { .. }), "{error:?}");
    assert!(error.to_string().contains("Backup file not found"), "{error}");
    assert!(client.show(&ticket.id).await.unwrap().bytes.is_some(), "the size alone proves nothing");
}

#[tokio::test]
async fn a_link_that_cannot_be_asked_for_now_is_no_verdict_on_the_backup() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let ticket = client.create(&of_kind("database")).await.unwrap();
    ended(&client, &ticket).await.unwrap();

    bench.server.fail(|faults| faults.too_many = Some((9, 3600)));
    let error = client.watch(&ticket).await.unwrap_err();

    assert!(matches!(error, PlatformError::TooMany { .. }), "{error:?}");
}

#[tokio::test]
async fn a_200_that_says_that_it_failed_is_a_failure_whatever_was_asked() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, &of_kind("database")).await;
    bench.server.misbehave(|wrong| wrong.fails_with_200 = true);

    for error in [
        client.create(&of_kind("full")).await.unwrap_err(),
        client.export().await.unwrap_err(),
        client.delete(&backup.id).await.unwrap_err(),
    ] {
        assert!(
            matches!(&error, PlatformError::Failed { said, .. } if said == "no space left on device"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_job_that_never_moves_stays_running_and_is_never_done() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.misbehave(|wrong| wrong.is_stuck = true);
    let client = bench.client();
    let ticket = client.create(&of_kind("full")).await.unwrap();

    for _ in 0..3 {
        let seen = client.watch(&ticket).await.unwrap();
        assert!(matches!(seen, Watched::Running { percent: Some(0), .. }), "{seen:?}");
    }
    let error = client.download(&ticket.id).await.unwrap_err();
    assert!(error.to_string().contains("not done there"), "{error}");
}

#[tokio::test]
async fn every_shape_of_the_answers_is_read_the_same() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let plain = bench.backup(&client, &of_kind("full")).await;
    assert_eq!((plain.owner.as_deref(), plain.kind.as_str()), (Some("shop"), "full"));

    bench.server.misbehave(|wrong| {
        (wrong.writes_pascal_case, wrong.wraps_list, wrong.writes_numbers_as_text) = (true, true, true);
    });

    assert_eq!(client.show(&plain.id).await.unwrap(), plain);
    assert_eq!(client.list().await.unwrap().backups, std::slice::from_ref(&plain));
    assert_eq!(whole(&client, &plain.id).await.body.len() as u64, plain.bytes.unwrap());
    bench.backup(&client, &of_kind("storage")).await;
}

#[tokio::test]
async fn a_size_that_is_a_lie_is_named_when_the_backup_is_done() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.misbehave(|wrong| wrong.lies_about_sizes = true);
    let client = bench.client();

    let ticket = client.create(&of_kind("database")).await.unwrap();
    let Watched::Done { notes, .. } = ended(&client, &ticket).await.unwrap() else { panic!("it failed") };

    assert!(notes[0].contains("bytes of the backup, and"), "{notes:?}");
    let file = client.download(&ticket.id).await.unwrap().remove(0);
    assert_ne!(file.bytes, file.links.link().await.unwrap().bytes);
}

#[tokio::test]
async fn checksums_are_handed_on_as_the_server_says_them_true_or_not() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, &of_kind("full")).await;
    assert_eq!(backup.checksums.keys().collect::<Vec<_>>(), ["config", "database", "storage"]);

    bench.server.misbehave(|wrong| wrong.lies_about_checksums = true);
    let lied = client.show(&backup.id).await.unwrap();

    assert!(lied.checksums.values().all(|sum| *sum == "0".repeat(64)), "{lied:?}");
    assert_ne!(lied.checksums, backup.checksums);
}

#[tokio::test]
async fn a_backup_is_deleted_when_it_is_gone_and_not_when_the_server_says_so() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, &of_kind("database")).await;

    bench.server.misbehave(|wrong| wrong.keeps_deleted = true);
    let error = client.delete(&backup.id).await.unwrap_err();
    assert!(matches!(error, PlatformError::FalseClaim { .. }), "{error:?}");
    assert_eq!(client.list().await.unwrap().backups.len(), 1);

    bench.server.misbehave(|wrong| wrong.keeps_deleted = false);
    client.delete(&backup.id).await.unwrap();
    assert_eq!(client.list().await.unwrap().backups, []);
    let again = client.delete(&backup.id).await.unwrap_err();
    assert!(matches!(again, PlatformError::NotFound { .. }), "{again:?}");
}

#[tokio::test]
async fn a_job_that_the_server_has_forgotten_is_a_false_claim() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, &of_kind("database")).await;
    assert_eq!(backup.state, RemoteState::Completed);
    let ticket =
        remote::platform::Ticket { act: remote::platform::Act::Create, id: backup.id.clone(), memo: None };
    client.delete(&backup.id).await.unwrap();

    let error = client.watch(&ticket).await.unwrap_err();

    assert!(matches!(error, PlatformError::FalseClaim { .. }), "{error:?}");
}
