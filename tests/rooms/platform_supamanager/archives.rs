//! Backups that are made, fetched, and looked into.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bundle::{BundleError, BundleKind, PartKind};
use remote::platform::{CreateRequest, Platform as _, PlatformError, RemoteState, Watched};
use testkit::platforms::fetch;
use testkit::{find_program, poll};

use super::bench::{Bench, of_kind, run, whole};
use crate::bundle::bench::{Bench as Folder, look};

fn sha256(file: &Path) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, &std::fs::read(file).unwrap());
    let digits = digest.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(u32::from(digit), 16).unwrap()).collect()
}

#[tokio::test]
async fn a_full_backup_is_made_watched_fetched_and_is_what_it_says() {
    let Some(bench) = Bench::with(|options| options.step = Duration::from_millis(120)).await else { return };
    let client = bench.client();
    let ticket = client.create(&of_kind("full")).await.unwrap();
    let mut percents = Vec::new();
    poll::soon("its end", async || match client.watch(&ticket).await.unwrap() {
        Watched::Running { percent, .. } => {
            percents.push(percent.unwrap());
            false
        }
        Watched::Done { id, .. } => id.as_ref() == Some(&ticket.id),
        Watched::Failed { said, .. } => panic!("{said}"),
    })
    .await;
    assert!(
        percents.is_sorted() && percents.iter().any(|percent| (1..100).contains(percent)),
        "{percents:?}"
    );

    let backup = client.show(&ticket.id).await.unwrap();
    let folder = bench.unpacked(&client, &backup).await;

    let name = backup.file_name.clone().unwrap();
    assert!(name.starts_with("backup_20") && name.strip_suffix("_full.tar.gz").is_some(), "{name}");
    assert_eq!(backup.checksums["database"], sha256(&folder.join("db/backup_db.dump.gz")));
    assert_eq!(backup.checksums["storage"], sha256(&folder.join("storage/storage_backup.tar.gz")));
    assert!(folder.join("config/.env").is_file() && backup.checksums.contains_key("config"));
    run(Command::new("gzip").arg("-d").arg(folder.join("db/backup_db.dump.gz")));
    let dump = std::fs::read(folder.join("db/backup_db.dump")).unwrap();
    assert!(dump.starts_with(b"PGDMP") && backup.expires_at.is_some());
}

#[tokio::test]
async fn each_kind_holds_what_its_name_says() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    bench.backup(&client, &of_kind("full")).await;
    std::fs::write(bench.folder.path().join("shop/storage/avatars/new.png"), "new").unwrap();

    let folder = Folder::new();
    for (kind, has) in [
        ("database", [true, false, false]),
        ("storage", [false, true, false]),
        ("incremental", [true, true, false]),
    ] {
        let backup = bench.backup(&client, &CreateRequest { compress: false, ..of_kind(kind) }).await;
        assert_eq!((backup.kind.as_str(), backup.is_encrypted), (kind, Some(false)));
        let seen = look(&folder.file(kind, whole(&client, &backup.id).await.body), None).unwrap();
        let there = [PartKind::Database, PartKind::Storage, PartKind::Config]
            .map(|kind| seen.parts.iter().any(|part| part.kind == kind));
        assert_eq!((seen.kind, there), (BundleKind::SupaManagerBackup, has), "{kind}: {}", seen.sentence);
        if kind == "incremental" {
            assert_eq!(seen.objects, 1, "the file that came after the full one: {}", seen.sentence);
        }
    }
    let error = client.create(&of_kind("differential")).await.unwrap_err();
    assert!(matches!(error, PlatformError::CannotDo { .. }), "{error:?}");
}

#[tokio::test]
async fn an_encrypted_backup_opens_with_the_servers_passphrase_alone() {
    let Some(bench) = Bench::new().await else { return };
    if find_program("openssl").is_none() {
        return;
    }
    let client = bench.client();

    let backup = bench.backup(&client, &CreateRequest { encrypt: true, ..of_kind("full") }).await;
    let bytes = whole(&client, &backup.id).await.body;

    assert_eq!(backup.is_encrypted, Some(true));
    assert!(
        bytes.starts_with(b"Salted__") && backup.file_name.unwrap().strip_suffix(".tar.gz.enc").is_some()
    );
    let folder = Folder::new();
    let file = folder.file("fetched.enc", bytes);
    assert!(look(&file, None).unwrap().needs_passphrase);
    let wrong = look(&file, Some("another server's secret"));
    assert!(matches!(wrong, Err(BundleError::WrongPassphrase { .. })), "{wrong:?}");
    let seen = look(&file, Some("a server's own secret")).unwrap();
    assert_eq!((seen.kind, seen.tables.is_empty()), (BundleKind::SupaManagerBackup, false));
}

#[tokio::test]
async fn a_link_that_ran_out_is_renewed_and_the_download_goes_on_where_it_stopped() {
    let Some(bench) = Bench::with(|options| options.link_lifetime = Duration::from_millis(400)).await else {
        return;
    };
    let client = bench.client();
    let backup = bench.backup(&client, &CreateRequest { compress: false, ..of_kind("full") }).await;
    let file = client.download(&backup.id).await.unwrap().remove(0);
    bench.server.fail(|faults| faults.cut_after = Some(1000));

    let first = file.links.link().await.unwrap();
    let begin = fetch(first.url.expose(), &[]).await;
    assert!(!begin.is_whole && begin.body.len() == 1000, "the connection was cut: {}", begin.head);
    bench.server.fail(|faults| faults.cut_after = None);
    poll::soon("the end of the link", async || fetch(first.url.expose(), &[]).await.status == 403).await;

    let second = file.links.link().await.unwrap();
    let etag = begin.header("etag").unwrap();
    let rest = fetch(second.url.expose(), &[("range", "bytes=1000-"), ("if-range", etag)]).await;
    assert_eq!((rest.status, rest.is_whole), (206, true));
    assert_ne!(first.url, second.url);
    assert!(second.expires_at > first.expires_at);
    let all = fetch(file.links.link().await.unwrap().url.expose(), &[]).await.body;
    assert_eq!(all, [begin.body, rest.body].concat());
}

#[tokio::test]
async fn a_backup_that_failed_says_why_and_gives_no_bytes() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.misbehave(|wrong| wrong.fails_dumps = true);
    let client = bench.client();

    let ticket = client.create(&of_kind("database")).await.unwrap();
    let end = super::bench::ended(&client, &ticket).await.unwrap();

    let Watched::Failed { said, can_retry } = end else { panic!("{end:?}") };
    assert!(said.contains("too many clients") && !can_retry, "{said}");
    assert!(matches!(client.show(&ticket.id).await.unwrap().state, RemoteState::Failed { .. }));
    let error = client.download(&ticket.id).await.unwrap_err();
    assert!(error.to_string().contains("it failed there"), "{error}");
    assert_eq!(bench.calls("/download"), 0);
}

#[tokio::test]
async fn statistics_are_counted_from_the_list_and_what_runs_out_soon_is_said() {
    let Some(bench) = Bench::with(|options| options.backup_lifetime = Duration::from_hours(48)).await else {
        return;
    };
    let client = bench.client();
    let database = bench.backup(&client, &of_kind("database")).await;
    let storage = bench.backup(&client, &of_kind("storage")).await;
    bench.server.misbehave(|wrong| wrong.fails_dumps = true);
    let ticket = client.create(&of_kind("database")).await.unwrap();
    super::bench::ended(&client, &ticket).await.unwrap();

    let facts = client.statistics().await.unwrap();
    let value =
        |name: &str| facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.clone()).unwrap();

    assert_eq!(
        (value("backups"), value("completed, as it says"), value("failed")),
        ("3".into(), "2".into(), "1".into())
    );
    assert_eq!(
        value("bytes of the completed"),
        (database.bytes.unwrap() + storage.bytes.unwrap()).to_string()
    );
    assert_eq!(value("of kind database"), "2");
    let notes = client.list().await.unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("deletes") && note.contains(&storage.id)), "{notes:?}");
}

#[tokio::test]
async fn a_backup_whose_time_has_run_out_is_not_offered() {
    let Some(bench) = Bench::with(|options| options.backup_lifetime = Duration::ZERO).await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, &of_kind("storage")).await;

    assert!(!backup.download.is_yes());
    assert!(client.list().await.unwrap().notes[0].contains("has run out"));
}
