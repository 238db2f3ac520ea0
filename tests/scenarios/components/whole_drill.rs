//! A drill of a whole project: the database, and everything beside it, with one verdict.

use engine::drill::{Drill, DrillRequest};
use ledger::catalog::Verdict;
use ledger::job::CheckVerdict;
use testkit::{Console, PROJECT, Redis, Server, VaultFile, flip};

use super::{Whole, backup, console_of, files, folder, redis, write};

async fn drill(console: &Console) -> Drill {
    let request = DrillRequest::of_backup(format!("{PROJECT}@latest"));
    let job = console.engine.start_drill(request).await.unwrap();
    console.succeeded(&job).await;
    console.engine.drill(&job).await.unwrap()
}

/// The verdict, figure and findings of a check.
fn check<'a>(drill: &'a Drill, id: &str) -> (CheckVerdict, &'a str, &'a [String]) {
    let found = drill.report.checks.iter().find(|check| check.id == id);
    let found =
        found.unwrap_or_else(|| panic!("no {id}: {} {:?}", drill.row.record.reason, drill.report.checks));
    (found.verdict, &found.figure, &found.findings)
}

/// What drills left in the profile.
fn left(console: &Console) -> usize {
    let entries = console.home().join("run").read_dir_utf8().into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().starts_with("drill-parts-")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_of_a_project_comes_back_with_one_verdict_and_nothing_is_left() {
    let (Some(server), Some(cache)) = (Server::shared(), Redis::start().await) else { return };
    let whole = Whole::new(server, &cache).await;
    whole.document(&["backup", "run", "shop"]);
    let drill = whole.document(&["drill", "run", "shop"]);
    assert_eq!(drill["verdict"], "pass", "{drill}");
    let figure = |id: &str| {
        let checks = drill["checks"].as_array().unwrap();
        let one = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id}: {drill}"));
        (one["verdict"].as_str().unwrap().to_owned(), one["figure"].as_str().unwrap().to_owned())
    };
    let passed = |figure: &str| ("pass".to_owned(), figure.to_owned());
    assert_eq!(figure("storage:uploads"), passed("2 of 2 files"));
    assert_eq!(figure("config:app"), passed("2 of 2 files"));
    assert_eq!(figure("logs:project_logs"), passed("3 of 3 files"));
    assert_eq!(figure("redis:redis"), passed("2 of 2 keys"));

    assert_eq!(drill["limits"], serde_json::json!([]));
    let redis =
        drill["checks"].as_array().unwrap().iter().find(|check| check["id"] == "redis:redis").unwrap();
    assert!(redis["done"].as_str().unwrap().contains("a private Redis 7"), "{redis}");

    let shown = whole.document(&["backup", "show", "shop@latest"]);
    let level = |component: &str| {
        let held = shown["components"].as_array().unwrap();
        held.iter().find(|one| one["component"] == component).unwrap()["level"].as_str().unwrap().to_owned()
    };
    let levels = ["database", "storage", "config", "logs", "redis"].map(level);
    assert_eq!(levels, ["restored", "restored", "restored", "restored", "restored"].map(str::to_owned));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_without_a_database_are_drilled_too_and_a_damaged_one_fails_it_by_its_name() {
    let Some(cache) = Redis::start().await else { return };
    let (_kept, place) = folder();
    // What does not shrink has a pack of its own.
    let noise: Vec<u8> =
        (0..3_000_000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    write(&place, "films/large", &noise);
    write(&place, "small", "1");
    let console = console_of(vec![files(&place), redis(&cache)]).await;
    backup(&console).await;
    let first = drill(&console).await;
    assert_eq!(first.row.record.verdict, Verdict::Pass, "{}", first.row.record.reason);
    let name = place.file_name().unwrap();
    assert_eq!(check(&first, &format!("storage:{name}")), (CheckVerdict::Pass, "2 of 2 files", &[][..]));
    assert!(first.row.record.rto_ms.is_some() && left(&console) == 0);

    // What another drill left whose process died goes with the next one.
    let lost = console.home().join("run/drill-parts-0123");
    std::fs::create_dir_all(&lost).unwrap();
    flip(&console.vault().join(VaultFile::Rows.find(console.vault())));
    let second = drill(&console).await;
    assert_eq!(second.row.record.verdict, Verdict::Fail, "{}", second.row.record.reason);
    let (verdict, figure, findings) = check(&second, &format!("storage:{name}"));
    assert_eq!((verdict, figure), (CheckVerdict::Fail, "1 of 2 files"));
    assert!(findings[0].starts_with("films/large: "), "{findings:?}");
    assert!(second.row.record.reason.contains("films/large"), "{}", second.row.record.reason);
    assert!(!lost.exists() && left(&console) == 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_name_files_are_compared_with_the_files_both_ways() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create schema storage;
             create table storage.objects (id serial primary key, bucket_id text, name text, version text);
             alter table storage.objects enable row level security;
             insert into storage.objects (bucket_id, name, version) values
               ('avatars', 'anna.png', 'v1'), ('avatars', 'ü b.png', 'v2'), ('avatars', 'gone.png', 'v3'),
               ('photos', '2026/x.jpg', 'v4'), ('invoices', '1.pdf', 'v5'), ('invoices', '2.pdf', 'v6')",
        )
        .await;
    let (_kept, place) = folder();
    let avatars = place.join("avatars");
    write(&avatars, "anna.png", "1");
    write(&avatars, "ü b.png", "2");
    write(&avatars, "left over.png", "3");
    let volume = place.join("volume");
    write(&volume, "stub/stub/photos/2026/x.jpg/v4", "4");
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    // Before any file is backed up, the rows are said to name some.
    console.backup().await;
    let before = drill(&console).await;
    assert_eq!(before.row.record.verdict, Verdict::Pass);
    assert_eq!((check(&before, "objects").0, before.row.record.limits), (CheckVerdict::NotChecked, 1));
    assert!(before.row.record.reason.contains("6 rows of storage.objects"), "{}", before.row.record.reason);

    for source in [files(&avatars), files(&volume)] {
        console.engine.add_source(PROJECT, source).await.unwrap();
    }
    backup(&console).await;
    let after = drill(&console).await;
    assert_eq!(after.row.record.verdict, Verdict::Pass, "{}", after.row.record.reason);
    let (verdict, figure, findings) = check(&after, "objects");
    assert_eq!((verdict, figure), (CheckVerdict::Noted, "3 of 6 rows"), "{findings:?}");
    let expected = [
        "avatars/gone.png: a row names it, and the backup has no such file",
        "the bucket “invoices”: 2 rows, and no component holds its files",
        "left over.png of “avatars”: no row names it",
    ];
    assert_eq!(findings, expected.map(str::to_owned));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_server_loads_what_has_expired_since_and_every_numbered_database() {
    let Some(cache) = Redis::start_with(None, &["databases 64"]).await else { return };
    for at in 0..50 {
        cache.run(0, &["set", &format!("key {at}"), "value"]);
    }
    cache.run(63, &["rpush", "list", "a", "b"]);
    cache.run(7, &["set", "gone soon", "x", "px", "1500"]);
    let console = console_of(vec![redis(&cache)]).await;
    backup(&console).await;
    // A server that were no replica would drop it as it loads it.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let drill = drill(&console).await;
    assert_eq!(check(&drill, "redis:redis"), (CheckVerdict::Pass, "52 of 52 keys", &[][..]));
    let done = &drill.report.checks.iter().find(|check| check.id == "redis:redis").unwrap().done;
    assert!(done.contains("loaded it"), "{done}");
    assert_eq!((drill.row.record.verdict, left(&console)), (Verdict::Pass, 0));
}
