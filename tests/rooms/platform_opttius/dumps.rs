//! Whole dumps.

use std::time::Duration;

use remote::platform::{Platform as _, PlatformError, RestoreParts, Watched};
use testkit::platforms::fetch;
use testkit::poll;

use super::bench::{Bench, claimed, of_kind, whole};

#[tokio::test]
async fn a_whole_dump_is_made_within_the_call_and_is_the_whole_database() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();

    let ticket = client.create(&of_kind("full")).await.unwrap();
    let Watched::Done { id: Some(id), notes } = client.watch(&ticket).await.unwrap() else {
        panic!("it failed")
    };
    let script = bench.folder.path().join("fetched.sql");
    std::fs::write(&script, whole(&client, &id).await).unwrap();

    assert!(id.starts_with("full_backup_") && id.strip_suffix(".sql").is_some(), "{id}");
    assert!(notes[0].starts_with("The platform dumped "), "{notes:?}");
    let copy = testkit::Server::shared().unwrap().database().await;
    copy.run_script(&script);
    assert_eq!(copy.census().await, bench.database.census().await);
}

#[tokio::test]
async fn a_dump_that_fails_says_why_in_the_servers_words() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.misbehave(|wrong| wrong.fails_dumps = true);

    let error = bench.client().create(&of_kind("full")).await.unwrap_err();

    let words = error.to_string();
    assert!(words.contains("Error al generar el respaldo (docker: Error response"), "{words}");
    assert_eq!(bench.calls("POST /api/admin/saas-management/backups"), 1, "a dump is not made twice");
}

#[tokio::test]
async fn a_dump_that_was_made_and_is_not_there_is_a_false_claim() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();

    bench.server.misbehave(|wrong| wrong.stores_nothing = true);
    let nowhere = claimed(&client, "full").await;
    bench.server.misbehave(|wrong| (wrong.stores_nothing, wrong.stores_empty_files) = (false, true));
    let empty = claimed(&client, "full").await;
    bench.server.misbehave(|wrong| (wrong.stores_empty_files, wrong.lies_about_sizes) = (false, true));
    let other_size = claimed(&client, "full").await;
    bench.server.misbehave(|wrong| (wrong.lies_about_sizes, wrong.loses_links) = (false, true));
    let no_link = claimed(&client, "full").await;

    for (error, truth) in [
        (nowhere, "its list does not have it"),
        (empty, "it says no size, or none but 0"),
        (other_size, "it stored "),
        (no_link, "there is no link to its bytes"),
    ] {
        assert!(matches!(&error, PlatformError::FalseClaim { .. }), "{error:?}");
        assert!(error.to_string().contains(truth), "{error}");
    }
}

#[tokio::test]
async fn a_link_that_ran_out_is_renewed() {
    let Some(bench) = Bench::with(|options| options.link_lifetime = Duration::from_millis(400)).await else {
        return;
    };
    let client = bench.client();
    for kind in ["full", "organisation"] {
        let backup = bench.backup(&client, kind).await;
        let file = client.download(&backup.id).await.unwrap().remove(0);
        let first = file.links.link().await.unwrap();
        poll::soon("the end of the link", async || fetch(first.url.expose(), &[]).await.status == 403).await;

        let second = file.links.link().await.unwrap();

        assert_eq!(fetch(second.url.expose(), &[("range", "bytes=0-9")]).await.status, 206);
        assert_ne!(first.url, second.url);
    }
}

#[tokio::test]
async fn a_whole_dump_is_not_restored_there() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, "full").await;

    let parts = RestoreParts { database: true, storage: false, config: false };
    let error = client.restore(&backup.id, parts).await.unwrap_err();

    assert!(matches!(error, PlatformError::CannotDo { .. }), "{error:?}");
    assert!(error.to_string().contains("fetch it, and restore it from here"), "{error}");
}
