//! The repair of a vault, on the command line: packs and index files are damaged or lost, and what can
//! be made good is.

use std::process::Command;

use serde_json::Value;
use testkit::{CommandLine, Database, Server, VaultFile, find_program, flip};

use crate::jobs::fill;

/// A profile of the command line with one backup of a database.
async fn with_backup(server: &'static Server) -> (CommandLine, Database<'static>) {
    let database = server.database().await;
    // Several chunks of rows: the first one of a dump has its time in it, and is another one each time.
    fill(&database, 60_000).await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    (line, database)
}

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

/// The ids of all backups, newest first.
fn backups(line: &CommandLine) -> Vec<String> {
    let list = document(&line.expect(0, &["--json", "backup", "list"]).output);
    let ids = list["backups"].as_array().unwrap().iter();
    ids.map(|backup| backup["id"].as_str().unwrap().to_owned()).collect()
}

/// The ledger of proofs of a backup, the newest first.
fn proofs(line: &CommandLine, backup: &str) -> Vec<Value> {
    let shown = document(&line.expect(0, &["--json", "backup", "show", backup]).output);
    shown["proofs"].as_array().unwrap().clone()
}

/// restic reads all data without an error, and restores every snapshot.
fn restic_agrees(line: &CommandLine) {
    let Some(restic) = find_program("restic") else { return };
    let kit = std::fs::read_to_string(line.folder().join("kit.txt")).unwrap();
    let key = kit.lines().find_map(|line| line.trim().strip_prefix("Key:")).unwrap().trim().to_owned();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&restic);
        command.args(["--no-cache", "--repo"]).arg(line.folder().join("vault")).args(arguments);
        let output = command.env("RESTIC_PASSWORD", &key).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["check", "--read-data"]);
    for backup in backups(line) {
        let target = line.folder().join(format!("restored-{backup}"));
        run(&["restore", &backup, "--target", target.as_str()]);
    }
}

#[tokio::test]
async fn a_damaged_pack_is_repaired_around_and_the_next_backup_makes_the_old_one_whole() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = with_backup(server).await;
    let old = backups(&line).remove(0);
    let before = proofs(&line, &old);
    assert!(!before.is_empty());
    let pack = VaultFile::Rows.find(&line.folder().join("vault"));
    flip(&line.folder().join("vault").join(&pack));
    let checked = line.expect(1, &["--json", "vault", "check", "--read-data"]);
    let error = &document(&checked.output)["error"];
    assert!(error["hint"].as_str().unwrap().contains("holdfast vault repair"), "{error}");

    // The backup that is not whole is named, and so is the pack; which stays.
    let repaired = line.expect(3, &["--json", "vault", "repair"]);
    let job = document(&repaired.output);
    let facts = job["facts"].to_string();
    assert!(facts.contains(&old) && facts.contains("shop"), "{job}");
    assert_eq!(job["row"]["kind"], "repair");
    assert!(job["row"]["outcome"].as_str().unwrap().contains(pack.file_name().unwrap()), "{job}");
    assert!(line.folder().join("vault").join(&pack).exists());
    line.expect(1, &["verify", &old]);
    assert_eq!(
        proofs(&line, &old)[2..],
        before,
        "what was proven stays in the ledger; new are the failures that check and verification found"
    );
    // A repair has done what it can: the check does not send anybody there again.
    let checked = line.expect(1, &["--json", "vault", "check", "--read-data"]);
    let error = &document(&checked.output)["error"];
    let hint = error["hint"].as_str().unwrap();
    assert!(!hint.contains("vault repair") && hint.contains("Back up the projects"), "{error}");

    // The next backup stores again what the damaged pack held.
    line.expect(0, &["backup", "run", "shop"]);
    assert_eq!(backups(&line).len(), 2);
    line.expect(0, &["verify", "shop@latest"]);
    line.expect(0, &["verify", &old]);
    line.expect(0, &["vault", "check", "--read-data"]);
    line.expect(0, &["vault", "repair"]);
    restic_agrees(&line);
}

#[tokio::test]
async fn a_vault_without_its_index_is_repaired() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = with_backup(server).await;
    for entry in line.folder().join("vault/index").read_dir_utf8().unwrap().flatten() {
        std::fs::remove_file(entry.path()).unwrap();
    }
    let checked = line.expect(1, &["--json", "vault", "check"]);
    let error = &document(&checked.output)["error"];
    assert!(error["hint"].as_str().unwrap().contains("holdfast vault repair"), "{error}");
    line.expect(1, &["verify", "shop@latest"]);

    line.expect(0, &["vault", "repair"]);

    line.expect(0, &["vault", "check", "--read-data"]);
    line.expect(0, &["verify", "shop@latest"]);
    restic_agrees(&line);
}

#[tokio::test]
async fn a_vault_that_a_damaged_index_keeps_from_being_opened_is_repaired() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = with_backup(server).await;
    let vault = line.folder().join("vault");
    let index = VaultFile::Index.find(&vault);
    flip(&vault.join(&index));
    let failed = line.expect(1, &["--json", "backup", "run", "shop"]);
    let error = &document(&failed.output)["error"];
    assert!(error["hint"].as_str().unwrap().contains("holdfast vault repair"), "{error}");
    let checked = line.expect(1, &["--json", "vault", "check"]);
    assert!(checked.output.contains(index.file_name().unwrap()), "{checked:?}");

    line.expect(0, &["vault", "repair"]);

    assert!(!vault.join(&index).exists(), "what it replaced is removed");
    line.expect(0, &["vault", "check", "--read-data"]);
    line.expect(0, &["backup", "run", "shop"]);
    for backup in backups(&line) {
        line.expect(0, &["verify", &backup]);
    }
    restic_agrees(&line);
}

#[tokio::test]
async fn a_backup_that_relies_on_a_damaged_pack_does_not_count_and_says_what_to_do() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = with_backup(server).await;
    let vault = line.folder().join("vault");
    let pack = VaultFile::Rows.find(&vault);
    flip(&vault.join(&pack));

    let failed = line.expect(1, &["--json", "backup", "run", "shop"]);

    let error = &document(&failed.output)["error"];
    assert_eq!(error["code"], "verification_failed", "{error}");
    assert!(error["hint"].as_str().unwrap().contains("holdfast vault check --read-data"), "{error}");
    line.expect(3, &["vault", "repair"]);
    line.expect(0, &["backup", "run", "shop"]);
    line.expect(0, &["verify", "shop@latest"]);
}
