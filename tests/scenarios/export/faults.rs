//! What goes wrong on the way out leaves no file, and touches none that was there.

use base::Code;
use camino::Utf8Path;
use engine::export::{Destination, ExportRequest, IfExists, Packing};
use engine::{Engine, EngineOptions};
use ledger::catalog::JobState;
use ledger::job::Trigger;
use serde_json::Value;
use testkit::{Console, FullDisk, Server, VaultFile, child, flip, poll};

use super::{backed_up, names};

fn request(path: &Utf8Path, packing: Packing) -> ExportRequest {
    let to = Destination { path: path.to_owned(), packing, passphrase: None, if_exists: IfExists::Refuse };
    ExportRequest { backup: "shop@latest".into(), to }
}

/// Whether every file in a folder is one that has no name yet.
fn all_unfinished(folder: &Utf8Path) -> bool {
    names(folder).iter().all(|name| Utf8Path::new(name).extension() == Some("part"))
}

/// A profile with a backup that does not pack well, and an empty folder.
async fn heavy(server: &'static Server, rows: u32) -> (Console, camino::Utf8PathBuf) {
    let database = server.database().await;
    let sql = format!(
        "create table t as select i, (select string_agg(md5(random()::text || i || j), '') from generate_series(1, 30) j) as filler
            from generate_series(1, {rows}) i"
    );
    database.run(&sql).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    console.backup().await;
    let out = console.folder().join("out");
    std::fs::create_dir(&out).unwrap();
    (console, out)
}

#[tokio::test]
async fn damage_in_the_vault_ends_the_export_and_leaves_no_file() {
    let Some(server) = Server::shared() else { return };
    let (console, out) = heavy(server, 5000).await;
    flip(&console.vault().join(VaultFile::Rows.find(console.vault())));

    let job = console.engine.start_export(request(&out.join("shop.tar"), Packing::Plain)).await.unwrap();

    let failure = console.failed(&job).await;
    assert_eq!(failure.code, Code::VaultDamaged, "{failure:?}");
    assert_eq!(names(&out), Vec::<String>::new());
}

#[tokio::test]
async fn a_disk_that_is_too_small_is_named_before_and_one_that_becomes_full_is_named_after() {
    let Some(server) = Server::shared() else { return };
    let Some(disk) = FullDisk::new(4) else { return };
    let (console, _) = heavy(server, 16_000).await;
    let file = disk.path().join("shop.tar");

    let job = console.engine.start_export(request(&file, Packing::Plain)).await.unwrap();
    let failure = console.failed(&job).await;
    assert!(failure.code == Code::DiskFull && failure.message.contains("needs at least"), "{failure:?}");

    let job = console.engine.start_export(request(&file, Packing::Zstd)).await.unwrap();
    let failure = console.failed(&job).await;
    assert!(failure.code == Code::DiskFull && failure.message.contains("no space is left"), "{failure:?}");
    assert!(failure.message.contains(file.as_str()), "{failure:?}");
    assert_eq!(names(disk.path()), Vec::<String>::new());
}

#[tokio::test]
async fn an_export_that_is_cancelled_while_it_writes_or_checks_leaves_nothing() {
    let Some(server) = Server::shared() else { return };
    let (console, out) = heavy(server, 30_000).await;
    for phase in ["write", "check"] {
        let job =
            console.engine.start_export(request(&out.join("shop.tar.gz"), Packing::Gzip)).await.unwrap();
        while console.engine.job(&job).await.unwrap().progress.current().is_none_or(|now| now.id != phase) {
            tokio::task::yield_now().await;
        }
        if phase == "check" {
            assert!(names(&out).len() == 1 && all_unfinished(&out));
        }
        console.engine.cancel_job(&job).await.unwrap();

        let ended = console.wait(&job).await;

        assert_eq!(ended.record.state, JobState::Cancelled, "{phase}: {:?}", ended.failure);
        assert_eq!(names(&out), Vec::<String>::new(), "{phase}");
    }
}

#[tokio::test]
async fn an_export_that_is_killed_leaves_no_file_of_its_name_and_the_run_says_what_can_be_deleted() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = backed_up(server).await;
    database.run("create table large as select i, repeat(md5(i::text), 60) as filler from generate_series(1, 60000) i").await;
    line.expect(0, &["backup", "run", "shop"]);
    let mut command = line.command(&["bundle", "export", "shop@latest", "--to", "out/shop.tar.gz"]);
    let out = line.folder().join("out");

    let export = child::Guarded::start(&mut command);
    poll::soon("it writes", async || !names(&out).is_empty()).await;
    export.kill();

    assert!(all_unfinished(&out), "{:?}", names(&out));
    let jobs: Value = serde_json::from_str(&line.expect(0, &["job", "list", "--json"]).output).unwrap();
    assert_eq!((&jobs[0]["kind"], &jobs[0]["state"]), (&"export".into(), &"interrupted".into()));
    let shown = line.expect(0, &["job", "show", jobs[0]["id"].as_str().unwrap(), "--json"]).output;
    assert!(shown.contains("whose name ends in `.part`, can be deleted"), "{shown}");
    line.expect(0, &["bundle", "export", "shop@latest", "--to", "out/shop.tar.gz"]);
}

#[tokio::test]
async fn a_file_that_is_there_stays_unless_it_is_to_be_replaced() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = backed_up(server).await;
    let file = line.folder().join("out/shop.tar.zst");
    std::fs::write(&file, "mine").unwrap();
    let export = ["bundle", "export", "shop@latest", "--to"];

    let refused = line.expect(4, &[&export, [file.as_str()].as_slice()].concat());
    assert!(refused.said.contains("file_exists") && refused.said.contains("--replace"), "{}", refused.said);
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");

    line.expect(0, &[&export, [file.as_str(), "--replace"].as_slice()].concat());
    assert!(std::fs::read(&file).unwrap().starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    // A folder is never replaced, and no folder is made.
    line.expect(1, &[&export, ["out", "--replace"].as_slice()].concat());
    line.expect(1, &[&export, ["missing/shop.tar"].as_slice()].concat());
    assert_eq!(names(&line.folder().join("out")), ["shop.tar.zst"]);
}

#[tokio::test]
async fn the_window_replaces_no_file() {
    let Some(server) = Server::shared() else { return };
    let (console, out) = heavy(server, 10).await;
    let window = EngineOptions { trigger: Trigger::Window, ..console.opened_with() };
    let window = Engine::open(window).await.unwrap();
    let mut asked = request(&out.join("mine"), Packing::Zstd);
    std::fs::write(&asked.to.path, "mine").unwrap();

    assert_eq!(window.start_export(asked.clone()).await.unwrap_err().code, Code::FileExists);
    asked.to.if_exists = IfExists::Replace;
    assert_eq!(window.start_export(asked.clone()).await.unwrap_err().code, Code::CommandLineOnly);

    assert_eq!(std::fs::read(&asked.to.path).unwrap(), b"mine");
}

#[tokio::test]
async fn a_file_that_appears_while_the_export_runs_stays_too() {
    let Some(server) = Server::shared() else { return };
    let (console, out) = heavy(server, 30_000).await;
    let file = out.join("shop.tar.gz");
    let job = console.engine.start_export(request(&file, Packing::Gzip)).await.unwrap();
    console.wait_for_phase(&job, "write").await;
    std::fs::write(&file, "theirs").unwrap();

    let failure = console.failed(&job).await;

    assert_eq!(failure.code, Code::FileExists, "{failure:?}");
    assert_eq!(
        (names(&out), std::fs::read(&file).unwrap()),
        (vec!["shop.tar.gz".into()], b"theirs".to_vec())
    );
}
