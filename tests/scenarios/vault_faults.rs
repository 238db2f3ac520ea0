//! The vault's disk fails before and in the middle of a run, its keys or files are not what they were.

use base::Code;
use std::process::Command;

use engine::restore::RestoreTarget;
use engine::{Engine, Failure};
use ledger::catalog::ProofLevel;
use serde_json::Value;
use testkit::{
    CommandLine, Console, Fault, FaultProxy, FullDisk, PROJECT, Server, VaultFile, find_program, flip, poll,
};

use crate::jobs::{fill, wait_for_bytes};

/// Code, and words in the message and the hint: what a person sees has to fit what happened.
fn assert_failure(failure: &Failure, code: Code, message: &str, hint: &str) {
    assert_eq!(failure.code, code, "{failure:?}");
    assert!(failure.message.contains(message), "{failure:?}");
    assert!(failure.hint.as_ref().is_some_and(|text| text.contains(hint)), "{failure:?}");
}

/// A profile whose vault is a whole disk, and a database behind a proxy.
async fn on_a_disk(server: &'static Server, disk: &FullDisk) -> (Console, FaultProxy) {
    let database = server.database().await;
    fill(&database, 300_000).await;
    let proxy = FaultProxy::to(server.port());
    let console = Console::new().await.with_vault_at(disk.path()).await;
    let mut connection = database.settings();
    connection.port = proxy.port();
    console.add_project(PROJECT, connection, server.password()).await.unwrap();
    (console, proxy)
}

/// Starts a backup and stops its bytes in the middle.
async fn half_way(console: &Console, proxy: &FaultProxy) -> String {
    proxy.set(Fault::StallAfter(24 << 20));
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    wait_for_bytes(console, &job, 20 << 20).await;
    job
}

async fn assert_no_backup(console: &Console) {
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (0, 0));
}

/// The vault holds what we say, by our own check and by restic's.
async fn assert_sound(console: &Console) {
    let check = console.engine.start_check(Some((1, 1))).await.unwrap();
    console.succeeded(&check).await;
    let Some(restic) = find_program("restic") else { return };
    // A run that lost its disk could not remove its lock.
    let mut command = Command::new(restic);
    command.args(["check", "--read-data", "--no-lock", "--no-cache", "--repo"]).arg(console.vault());
    let output = command.env("RESTIC_PASSWORD", console.key()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_disk_unplugged_in_the_middle_ends_the_run_and_the_folder_below_it_is_no_vault() {
    let Some(server) = Server::shared() else { return };
    let Some(disk) = FullDisk::new(160) else { return };
    let (console, proxy) = on_a_disk(server, &disk).await;
    let job = half_way(&console, &proxy).await;

    disk.unplug();
    proxy.set(Fault::None);

    let failure = console.failed(&job).await;
    assert_failure(&failure, Code::VaultGone, disk.path().as_str(), "Plug in the disk");
    assert_eq!(console.count().await, 0);
    // The empty folder at its place is not used, by nobody.
    for engine in [console.engine.clone(), console.second_engine().await] {
        let job = engine.start_backup(PROJECT, None).await.unwrap();
        assert_failure(&console.failed(&job).await, Code::VaultGone, "is gone", "Plug in the disk");
    }
    assert_eq!(disk.path().read_dir_utf8().unwrap().count(), 0, "something was written below the disk");
    disk.plug_in();
    assert_no_backup(&console).await;
    console.backup().await;
    assert_sound(&console).await;
}

#[tokio::test]
async fn a_vault_renamed_away_in_the_middle_ends_the_run() {
    let Some(server) = Server::shared() else { return };
    let Some(disk) = FullDisk::new(160) else { return };
    let database = server.database().await;
    fill(&database, 300_000).await;
    let proxy = FaultProxy::to(server.port());
    let console = Console::new().await.with_vault_at(&disk.path().join("vault")).await;
    let mut connection = database.settings();
    connection.port = proxy.port();
    console.add_project(PROJECT, connection, server.password()).await.unwrap();
    let job = half_way(&console, &proxy).await;

    let aside = disk.path().join("aside");
    std::fs::rename(console.vault(), &aside).unwrap();
    proxy.set(Fault::None);

    assert_failure(&console.failed(&job).await, Code::VaultGone, "is gone", "mount the folder");
    assert!(!console.vault().exists(), "the folder was made again");
    std::fs::rename(&aside, console.vault()).unwrap();
    assert_no_backup(&console).await;
    console.backup().await;
    assert_sound(&console).await;
}

#[tokio::test]
async fn a_disk_that_becomes_read_only_in_the_middle_ends_the_run() {
    let Some(server) = Server::shared() else { return };
    let Some(disk) = FullDisk::new(160) else { return };
    let (console, proxy) = on_a_disk(server, &disk).await;
    let job = half_way(&console, &proxy).await;

    disk.make_read_only();
    proxy.set(Fault::None);

    assert_failure(&console.failed(&job).await, Code::VaultReadOnly, "is read-only", "mount it writable");
    assert_no_backup(&console).await;
    disk.make_writable();
    console.backup().await;
    assert_sound(&console).await;
}

#[tokio::test]
async fn a_disk_that_fills_up_in_the_middle_ends_the_run_and_what_was_written_is_used() {
    let Some(server) = Server::shared() else { return };
    let Some(disk) = FullDisk::new(160) else { return };
    let (console, proxy) = on_a_disk(server, &disk).await;
    let job = half_way(&console, &proxy).await;

    disk.fill(1);
    proxy.set(Fault::None);

    assert_failure(&console.failed(&job).await, Code::DiskFull, "no space left", "Free some space");
    assert_no_backup(&console).await;
    disk.free();
    console.backup().await;
    assert_sound(&console).await;
}

#[tokio::test]
async fn a_key_that_was_changed_or_lost_is_named_and_the_right_one_mends_it() {
    let Some(server) = Server::shared() else { return };
    let Some(restic) = find_program("restic") else { return };
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;
    let backup = console.backup().await.record.id;
    let other = "7777-7777-7777-7777-7777-7777-7777-7777";
    let file = console.folder().join("other-key");
    std::fs::write(&file, other).unwrap();
    let changed = Command::new(restic)
        .args(["key", "passwd", "--no-cache", "--new-password-file", file.as_str(), "--repo"])
        .arg(console.vault())
        .env("RESTIC_PASSWORD", console.key())
        .output()
        .unwrap();
    assert!(changed.status.success(), "{}", String::from_utf8_lossy(&changed.stderr));

    // The program starts again: the stored key opens nothing.
    let fresh = console.second_engine().await;
    let failure = start(&console, &fresh).await;
    assert_failure(&failure, Code::WrongKey, "the stored key does not open", "holdfast vault open");
    assert_failure(
        &fresh.backup_details(&backup).await.unwrap_err(),
        Code::WrongKey,
        "stored key",
        "vault open",
    );
    assert_eq!(fresh.backups(None, 0, 10).await.unwrap().0, 1, "the list is the catalogue's");
    fresh.open_vault(None, console.vault(), other).await.unwrap();
    assert_eq!(start_ok(&console, &fresh).await, 2);

    // And where the secrets are lost, they are asked for: no empty file takes their place.
    std::fs::remove_file(console.home().join("secrets.sealed")).unwrap();
    let fresh = console.second_engine().await;
    let failure = fresh.backup_details(&backup).await.unwrap_err();
    assert_failure(&failure, Code::SealedFileMissing, "is not there", "recovery kit");
    let again = fresh.unlock_secrets(console.opened_with().passphrase.unwrap()).await.unwrap_err();
    assert_failure(&again, Code::SealedFileMissing, "is not there", "Connect the disk");
    assert!(!console.home().join("secrets.sealed").exists());
    fresh.open_vault(None, console.vault(), other).await.unwrap();
    fresh.backup_details(&backup).await.unwrap();
}

async fn start(console: &Console, engine: &Engine) -> Failure {
    let job = engine.start_backup(PROJECT, None).await.unwrap();
    console.failed(&job).await
}

async fn start_ok(console: &Console, engine: &Engine) -> u64 {
    let job = engine.start_backup(PROJECT, None).await.unwrap();
    console.succeeded(&job).await;
    engine.backups(None, 0, 10).await.unwrap().0
}

#[tokio::test]
async fn a_vault_that_another_program_locks_for_itself_is_waited_for_by_the_person() {
    let Some(server) = Server::shared() else { return };
    let Some(restic) = find_program("restic") else { return };
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;
    console.backup().await;
    let signal = |id: u32, name: &str| {
        assert!(Command::new("kill").args([name, &id.to_string()]).status().unwrap().success());
    };
    // restic checks under an exclusive lock; it is stopped as soon as it holds it.
    let mut checking = None;
    while checking.is_none() {
        let mut command = Command::new(&restic);
        command.args(["check", "--read-data", "--no-cache", "--quiet", "--repo"]).arg(console.vault());
        let mut child = command.env("RESTIC_PASSWORD", console.key()).spawn().unwrap();
        while child.try_wait().unwrap().is_none() && checking.is_none() {
            if is_locked(&console) {
                signal(child.id(), "-STOP");
                // It may have let go in the same moment: then it is tried again.
                checking = is_locked(&console).then_some(());
                if checking.is_some() {
                    let failure = console.failed_backup().await;
                    assert_failure(&failure, Code::VaultLocked, &child.id().to_string(), "Wait until");
                    assert_eq!(console.count().await, 1);
                }
                signal(child.id(), "-CONT");
            }
            tokio::task::yield_now().await;
        }
        child.wait().unwrap();
    }
    console.backup().await;
    poll::soon("no lock is left", async || console.vault_files("locks").is_empty()).await;
}

/// Whether a lock is there under its name; restic writes it under another one first.
fn is_locked(console: &Console) -> bool {
    console.vault_files("locks").iter().any(|name| name.len() == 64)
}

/// The one document that a call printed.
fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

#[tokio::test]
async fn a_flipped_bit_in_any_file_of_the_vault_is_found_and_named() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 3_000).await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    let vault = line.folder().join("vault");
    for kind in VaultFile::ALL {
        let file = kind.find(&vault);
        flip(&vault.join(&file));

        let checked = line.expect(1, &["--json", "vault", "check", "--read-data"]);
        let error = document(&checked.output)["error"].clone();
        let (code, message) = (error["code"].as_str().unwrap(), error["message"].as_str().unwrap());
        let name = file.file_name().unwrap();
        let is_named = message.contains(name) || code == "wrong_key" && kind == VaultFile::Key;
        assert!(is_named, "{kind:?}: the file {file} is not named: {error}");
        assert!(["vault_damaged", "wrong_key"].contains(&code), "{kind:?}: {error}");
        assert!(error["hint"].is_string());

        // The list is the catalogue's; what reads the vault says so, and nothing says that all is well.
        line.expect(0, &["--json", "backup", "list"]);
        let verified = line.call(&["--json", "verify", "shop@latest"]);
        assert_eq!(verified.status, Some(1), "{kind:?}: {verified:?}");
        let planned = line.call(&[
            "--json",
            "restore",
            "plan",
            "shop@latest",
            "--to-new-database",
            "x",
            "--out",
            "p.json",
        ]);
        let is_whole_for_a_plan = kind == VaultFile::Rows;
        assert_eq!(planned.status == Some(0), is_whole_for_a_plan, "{kind:?}: {planned:?}");
        flip(&vault.join(&file));
        let _ = std::fs::remove_file(line.folder().join("p.json"));
    }
    line.expect(0, &["vault", "check", "--read-data"]);
    line.expect(0, &["verify", "shop@latest"]);
}

#[tokio::test]
async fn damage_of_the_files_that_opened_the_vault_is_found_while_it_is_open() {
    let Some(server) = Server::shared() else { return };
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;
    let backup = console.backup().await.record.id;
    for kind in [VaultFile::Config, VaultFile::Key] {
        let file = console.vault().join(kind.find(console.vault()));
        flip(&file);
        let check = console.engine.start_check(None).await.unwrap();
        let failure = console.failed(&check).await;
        assert!(["vault_damaged", "wrong_key"].contains(&failure.code.as_str()), "{kind:?}: {failure:?}");
        flip(&file);
    }
    let check = console.engine.start_check(None).await.unwrap();
    console.succeeded(&check).await;
    let verify = console.engine.start_verify(&backup, ProofLevel::Readable).await.unwrap();
    console.succeeded(&verify).await;
    console.plan(&backup, RestoreTarget::Scratch).await.unwrap();
}
