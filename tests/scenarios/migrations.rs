//! Catalogues of older and of newer versions.

use base::Code;
use engine::{Engine, EngineOptions};
use ledger::catalog::{JobState, ProofLevel};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};
use testkit::Console;

const SCHEMA_1: &str = include_str!("../fixtures/catalog-1.sql");

async fn open(path: &camino::Utf8Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    SqlitePool::connect_with(options).await.unwrap()
}

/// A profile that holds the catalogue of the first schema.
async fn old_profile() -> (tempfile::TempDir, EngineOptions) {
    let folder = tempfile::tempdir().unwrap();
    let home = camino::Utf8Path::from_path(folder.path()).unwrap().join("profile");
    std::fs::create_dir(&home).unwrap();
    let catalogue = open(&home.join("catalog.db")).await;
    sqlx::raw_sql(SCHEMA_1).execute(&catalogue).await.unwrap();
    catalogue.close().await;
    (folder, Console::options(&home))
}

async fn lines_of_jobs(home: &camino::Utf8Path) -> i64 {
    let catalogue = open(&home.join("catalog.db")).await;
    sqlx::query_scalar("select count(*) from job_line").fetch_one(&catalogue).await.unwrap()
}

/// What is kept of the catalogue before it was brought up to date.
fn copies(home: &camino::Utf8Path) -> Vec<camino::Utf8PathBuf> {
    let entries = home.read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path());
    let is_copy = |path: &camino::Utf8PathBuf| {
        path.file_name().is_some_and(|name| name.starts_with("catalog.db.before-"))
    };
    entries.filter(is_copy).collect()
}

#[tokio::test]
async fn a_catalogue_of_the_first_schema_is_copied_and_then_brought_up_to_date() {
    let (_folder, options) = old_profile().await;

    let engine = Engine::open(options.clone()).await.unwrap();

    let (total, backups) = engine.backups(Some("shop"), 0, 10).await.unwrap();
    assert_eq!(total, 2);
    assert!(backups.iter().all(|backup| backup.level == Some(ProofLevel::Readable)), "{backups:?}");
    assert_eq!(
        backups.iter().map(|backup| backup.is_newest_verified).collect::<Vec<_>>(),
        [true, false],
        "{backups:?}"
    );
    // The newer one was verified once more, to the level of bytes.
    let last = backups[0].last_proof.as_ref().unwrap();
    assert_eq!(last.level, ProofLevel::Bytes);
    let standing = engine.standing("shop").await.unwrap();
    assert_eq!(standing.recovery_point.unwrap().0, backups[0].record.id);
    assert_eq!(standing.failure.unwrap().failure.code, Code::ConnectionRefused);
    let states: Vec<_> =
        engine.jobs(None, 10).await.unwrap().into_iter().map(|job| job.record.state).collect();
    assert_eq!(states.iter().filter(|state| **state == JobState::Succeeded).count(), 3);
    assert_eq!(lines_of_jobs(&options.home).await, 12, "the logs of runs stay");
    // The copy is the catalogue as it was.
    let [copy] = &copies(&options.home)[..] else { panic!("one copy") };
    let copy = open(copy).await;
    let schema: i64 =
        sqlx::query_scalar("select max(version) from _sqlx_migrations").fetch_one(&copy).await.unwrap();
    let kept: i64 = sqlx::query_scalar("select count(*) from backup").fetch_one(&copy).await.unwrap();
    assert_eq!((schema, kept), (1, 2));
}

#[tokio::test]
async fn a_backup_that_failed_its_drill_long_ago_is_not_verified_once_the_catalogue_is_brought_up_to_date() {
    let (_folder, options) = old_profile().await;
    let catalogue = open(&options.home.join("catalog.db")).await;
    let failed = "insert into proof (backup_id, store, level, verdict, at_ms, elapsed_ms, reason)
        select id, 'vault', 3, 'fail', at_ms, 5, 'an index is missing' from backup order by at_ms desc limit 1";
    sqlx::query(failed).execute(&catalogue).await.unwrap();
    catalogue.close().await;

    let engine = Engine::open(options).await.unwrap();

    let (_, backups) = engine.backups(Some("shop"), 0, 10).await.unwrap();
    let stand: Vec<_> = backups.iter().map(|backup| (backup.level, backup.is_newest_verified)).collect();
    assert_eq!(stand, [(Some(ProofLevel::Bytes), false), (Some(ProofLevel::Readable), true)]);
    let standing = engine.standing("shop").await.unwrap();
    assert_eq!(standing.recovery_point.unwrap().0, backups[1].record.id);
}

#[tokio::test]
async fn notes_of_files_in_a_chat_become_a_receipt_each() {
    let (_folder, options) = old_profile().await;
    let catalogue = open(&options.home.join("catalog.db")).await;
    let noted = |bundle: &str, message: i64| {
        serde_json::json!({ "project_id": "p1", "receipt": {
            "bundle": bundle, "name": "shop.tar", "made_at": "2026-11-22T10:00:00.5Z", "bytes": 12,
            "manifest_file_id": "BQAC", "manifest_sha256": "00", "messages": [message] } })
    };
    let text = serde_json::json!([noted("one", 7), noted("two", 8)]).to_string();
    sqlx::query("insert into setting (name, value) values ('portable_receipts', ?)")
        .bind(text)
        .execute(&catalogue)
        .await
        .unwrap();
    catalogue.close().await;

    let _engine = Engine::open(options.clone()).await.unwrap();

    let catalogue = open(&options.home.join("catalog.db")).await;
    let rows: Vec<(String, String, i64, String)> =
        sqlx::query_as("select bundle, project_id, at_ms, receipt from receipt order by bundle")
            .fetch_all(&catalogue)
            .await
            .unwrap();
    let at_ms = 1_795_341_600_000;
    assert_eq!(rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert!(rows.iter().all(|row| (row.1.as_str(), row.2) == ("p1", at_ms)), "{rows:?}");
    assert!(rows[1].3.contains("\"messages\":[8]"), "{rows:?}");
    let left: i64 = sqlx::query_scalar("select count(*) from setting where name = 'portable_receipts'")
        .fetch_one(&catalogue)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn processes_that_start_at_once_bring_an_old_catalogue_up_to_date_once() {
    let (_folder, options) = old_profile().await;

    let starts: Vec<_> = (0..4).map(|_| tokio::spawn(Engine::open(options.clone()))).collect();

    for start in starts {
        let engine = start.await.unwrap().unwrap();
        assert_eq!(engine.backups(None, 0, 10).await.unwrap().0, 2);
    }
}

#[tokio::test]
async fn a_catalogue_of_a_newer_version_is_refused_and_left_alone() {
    let (_folder, options) = old_profile().await;
    let path = options.home.join("catalog.db");
    let catalogue = open(&path).await;
    let newer = "insert into _sqlx_migrations values (9000, 'later', '2030-01-01', 1, x'00', 1)";
    sqlx::query(newer).execute(&catalogue).await.unwrap();
    catalogue.close().await;
    let before = std::fs::read(&path).unwrap();

    let failure = Engine::open(options.clone()).await.unwrap_err();

    assert_eq!(failure.code, Code::CatalogTooNew);
    assert!(failure.hint.as_ref().is_some_and(|hint| hint.contains("newer version")), "{failure:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(copies(&options.home), Vec::<camino::Utf8PathBuf>::new());
}
