//! What platforms back up comes here, byte for byte, and is a backup like any other.

mod away;
pub(crate) mod bench;
mod claims;
pub(crate) mod cloud;
mod cut;
mod ended;
mod given;
mod harm;
mod hidden;
mod killed;
mod loaded;
mod logged;
mod month;
mod moved;
mod others;
mod parts;
mod paused;
mod receipts;
mod sample;
mod together;
mod unwatched;

use std::process::Command;

use base::Code;
use base::secret::Secret;
use engine::drill::DrillRequest;
use engine::pull::PullRequest;
use engine::restore::RestoreTarget;
use ledger::catalog::{ProofLevel, Verdict};
use testkit::{CommandLine, Console, PROJECT, Server, find_program};

use crate::drill::drill;
use bench::{Bench, answer, left, made, of_kind, pull, pulled, said};

/// What restic reads of a file in the newest snapshot: nothing of ours is between.
fn stored(line: &CommandLine, restic: &std::path::Path, path: &str) -> Vec<u8> {
    let kit = std::fs::read_to_string(line.folder().join("kit.txt")).unwrap();
    let key = kit.lines().find_map(|line| line.strip_prefix("Key: ")).unwrap().to_owned();
    let mut command = Command::new(restic);
    command.args(["dump", "latest", path, "--no-lock", "--no-cache", "--repo", "vault"]);
    let output = command.current_dir(line.folder()).env("RESTIC_PASSWORD", key).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[tokio::test]
async fn a_platform_makes_a_backup_and_it_comes_into_the_vault_byte_for_byte() {
    let Some(bench) = Bench::new().await else { return };
    let Some(restic) = find_program("restic") else { return };
    let line = bench.line();
    let rungs = line.expect(0, &["project", "test", "shop"]).output;
    assert!(rungs.contains(bench::OWNER) && rungs.contains("can be fetched"), "{rungs}");
    assert_eq!(answer(&line, &["--json", "platform", "show", "shop"])["backups"], serde_json::json!([]));

    line.expect(0, &["platform", "create", "shop", "--kind", "full", "--pull"]);

    let archive = bench.archives().pop().unwrap();
    let bytes = std::fs::read(&archive).unwrap();
    assert!(stored(&line, &restic, &format!("/artifact/{}", archive.file_name().unwrap())) == bytes);
    let kong = bench.folder.path().join("shop/config/kong.yml");
    assert!(stored(&line, &restic, "/config/kong.yml") == std::fs::read(kong).unwrap());
    let picture = bench.folder.path().join("shop/storage/avatars/a.png");
    assert!(stored(&line, &restic, "/storage/avatars/a.png") == std::fs::read(picture).unwrap());
    let listed = answer(&line, &["--json", "backup", "list"]);
    assert_eq!((&listed["total"], &listed["backups"][0]["level"]), (&1.into(), &"readable".into()));
    let shown = answer(&line, &["--json", "platform", "show", "shop"]);
    assert_eq!(shown["backups"][0]["backupId"], listed["backups"][0]["id"], "{shown}");
    let again = line.expect(0, &["pull", "shop"]);
    assert!(again.output.contains("here already"), "{again:?}");
    assert_eq!(left(&line.folder().join("profile"), "intake"), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_pulled_is_counted_drilled_and_restored_with_the_same_rows() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    made(&console, "full").await;

    let (job, id) = pulled(&console).await;

    assert_eq!(job.output.unwrap().verdict, Some(Verdict::Pass));
    let backup = console.engine.backup(&id).await.unwrap();
    assert_eq!(backup.level, Some(ProofLevel::Readable));
    let rows =
        bench.database.value("select (select count(*) from customers) + (select count(*) from orders)").await;
    assert_eq!(backup.record.row_count.map(|rows| rows.to_string()), Some(rows));
    let drilled = drill(&console, DrillRequest::of_backup(id.clone())).await;
    assert_eq!(drilled.row.record.verdict, Verdict::Pass, "{:?}", drilled.report.checks);
    let server = Server::shared().unwrap();
    console.add_project("target", server.settings("postgres"), server.password()).await.unwrap();
    let name = server.free_name();
    let target = RestoreTarget::NewDatabase { name: name.clone(), project: Some("target".into()) };
    let plan = console.plan(&id, target).await.unwrap();
    console.apply(&plan).await;
    assert_eq!(server.at(&name).census().await, bench.database.census().await);
}

#[tokio::test]
async fn what_is_here_already_is_known_after_a_rebuild_and_on_a_new_computer() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let there = made(&console, "database").await;
    let (_, id) = pulled(&console).await;

    console.engine.rebuild_catalog().await.unwrap();
    let other = Console::new().await;
    other.engine.open_vault(None, console.vault(), &console.key()).await.unwrap();

    let look = console.engine.look_at_platform(PROJECT).await.unwrap();
    assert_eq!(look.backups[0].backup_id.as_ref(), Some(&id));
    let failure = other.engine.look_at_platform(PROJECT).await.unwrap_err();
    assert_eq!(failure.code, Code::CredentialsMissing, "a password is in no vault");
    let credentials = [("password".to_owned(), Secret::new(bench::PASSWORD))].into();
    let change = engine::project::ProjectChange { credentials, ..Default::default() };
    other.engine.edit_project(PROJECT, change).await.unwrap();
    for console in [&console, &other] {
        for request in
            [PullRequest::default(), PullRequest { ids: vec![there.clone()], ..PullRequest::default() }]
        {
            let job = pull(console, request).await;
            let outcome = console.succeeded(&job).await.record.outcome.unwrap();
            assert!(outcome.contains("here already"), "{outcome}");
        }
        assert_eq!(console.count().await, 1);
    }
}

#[tokio::test]
async fn what_a_platform_encrypted_opens_with_its_passphrase_alone_and_is_fetched_once() {
    let Some(bench) = Bench::new().await else { return };
    if find_program("openssl").is_none() {
        return;
    }
    let console = bench.console().await;
    let request = remote::platform::CreateRequest { encrypt: true, ..of_kind("full") };
    let job = console.engine.start_remote(PROJECT, request, None).await.unwrap();
    console.succeeded(&job).await;
    let with =
        |passphrase: &str| PullRequest { passphrase: Some(Secret::new(passphrase)), ..Default::default() };

    let without = console.failed(&pull(&console, PullRequest::default()).await).await;
    let served = bench.server.served_bytes();
    let wrong = console.failed(&pull(&console, with("another secret")).await).await;
    assert_eq!(
        (without.code.as_str(), wrong.code.as_str()),
        ("archive_passphrase_needed", "archive_passphrase_wrong")
    );
    assert!(without.hint.unwrap().contains("--passphrase-file"));
    assert_eq!(console.count().await, 0);
    let job = console.succeeded(&pull(&console, with("a server's own secret")).await).await;

    assert_eq!(bench.server.served_bytes(), served, "{}", said(&console, &job.record.id).await);
    let id = job.output.unwrap().backup_id.unwrap();
    assert_eq!(drill(&console, DrillRequest::of_backup(id)).await.row.record.verdict, Verdict::Pass);
    assert_eq!(left(console.home(), "quarantine"), Vec::<String>::new());
}

#[tokio::test]
async fn an_exported_project_is_pulled_and_becomes_a_new_project_there() {
    let Some(bench) = Bench::new().await else { return };
    let line = bench.line();
    line.expect(0, &["platform", "create", "shop", "--kind", "export", "--pull"]);
    line.expect(0, &["backup", "save", "shop@latest", "--part", "/artifact", "--to", "artifact.tar"]);
    let unpacked = line.folder().join("unpacked");
    std::fs::create_dir(&unpacked).unwrap();
    let tar = Command::new("tar")
        .args(["-xf", "artifact.tar", "-C"])
        .arg(&unpacked)
        .current_dir(line.folder())
        .status();
    assert!(tar.unwrap().success());
    let found = Command::new("find").arg(&unpacked).args(["-name", "*export*.tar.gz"]).output().unwrap();
    let file = String::from_utf8(found.stdout).unwrap().lines().next().unwrap().to_owned();
    let made = line.expect(0, &["platform", "import", "shop", &file, "--as", "Second shop"]);
    assert!(made.output.contains("Second shop"), "{made:?}");
    let refused = line.call(&["platform", "import", "shop", "/nowhere.tar.gz", "--as", "Third"]);
    assert_eq!(refused.status, Some(1), "{refused:?}");
}
