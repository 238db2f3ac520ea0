//! Replicas through the front doors: a second disk that holds what the vault holds, and what takes nothing from it.

use serde_json::Value;
use std::process::Command;
use testkit::child::Guarded;
use testkit::{CommandLine, Database, FullDisk, Server, find_program, flip};

use crate::jobs::fill;
use crate::schedule::catalogue;

/// A profile with a vault, the project `shop` and one backup.
async fn set_up(server: &'static Server, rows: u32) -> (CommandLine, Database<'static>) {
    let database = server.database().await;
    fill(&database, rows).await;
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    (line, database)
}

fn document(line: &CommandLine, status: i32, arguments: &[&str]) -> Value {
    let called = line.expect(status, &[&["--json"], arguments].concat());
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

fn code(line: &CommandLine, status: i32, arguments: &[&str]) -> String {
    document(line, status, arguments)["error"]["code"].as_str().unwrap_or_default().to_owned()
}

/// The one replica.
fn stands(line: &CommandLine) -> Value {
    document(line, 0, &["store", "list"])[0].clone()
}

fn restic_agrees(line: &CommandLine, folder: &str) {
    let Some(restic) = find_program("restic") else { return };
    let kit = std::fs::read_to_string(line.folder().join("kit.txt")).unwrap();
    let key = kit.lines().find_map(|line| line.trim().strip_prefix("Key:")).unwrap().trim().to_owned();
    let mut command = Command::new(restic);
    command.args(["--no-cache", "--repo"]).arg(line.folder().join(folder)).args(["check", "--read-data"]);
    let output = command.env("RESTIC_PASSWORD", &key).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn rename(line: &CommandLine, from: &str, to: &str) {
    std::fs::rename(line.folder().join(from), line.folder().join(to)).unwrap();
}

#[tokio::test]
async fn where_the_vault_is_lost_its_replica_opens_with_the_kit_and_everything_comes_back() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = set_up(server, 5_000).await;
    let added = document(&line, 0, &["store", "add", "second/disk", "--name", "usb", "--elsewhere"]);
    assert_eq!((&added["state"], &added["waiting"]), (&Value::from("never"), &Value::from(1)), "{added}");
    assert_eq!(document(&line, 0, &["store", "test", "usb"])["name"], "usb");

    let copied = document(&line, 0, &["store", "copy"]);

    assert!(copied["row"]["outcome"].as_str().unwrap().starts_with("“usb” has 1 backup:"), "{copied}");
    assert_eq!(copied["verdict"], "pass", "it was read back: {copied}");
    let now = stands(&line);
    assert_eq!((&now["state"], &now["backups"]), (&Value::from("current"), &Value::from(1)), "{now}");
    assert!(now["checkedAtMs"].is_i64() && now["problem"].is_null(), "{now}");
    restic_agrees(&line, "second/disk");
    let health = document(&line, 0, &["health"]);
    let finding = health["findings"].as_array().unwrap().iter().find(|one| one["code"] == "copies").unwrap();
    // It is a folder beside the vault, whatever was said of it: no further copy, no second medium.
    assert_eq!((&finding["severity"], &finding["value"]["number"]), (&Value::from("info"), &Value::from(2)));
    let plan = line.expect(0, &["recovery-plan", "show", "shop"]).output;
    assert!(plan.contains("Replica “usb”") && plan.contains("holdfast vault open --path"), "{plan}");
    let audit = line.expect(0, &["audit", "list"]).output;
    for act in ["replica.added", "copy.started", "copy.finished"] {
        assert!(audit.contains(act), "{act}: {audit}");
    }

    // The disk of the vault dies, and with it the computer.
    std::fs::remove_dir_all(line.folder().join("vault")).unwrap();
    let new = CommandLine::new();
    let replica = line.folder().join("second/disk");
    let kit = line.folder().join("kit.txt");
    new.expect(0, &["vault", "open", "--path", replica.as_str(), "--key-file", kit.as_str()]);
    assert_eq!(document(&new, 0, &["backup", "list"])["total"], 1);
    let (password, url) = new.credentials(server, database.name());
    new.expect(0, &["project", "edit", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    new.expect(0, &["drill", "run", "shop@latest"]);

    // On the computer that is still there, the replica takes the vault's place.
    assert_eq!(code(&line, 1, &["backup", "run", "shop"]), "vault_gone");
    // By another way to write its path.
    let written = format!("{replica}/");
    line.expect(0, &["vault", "open", "--path", &written, "--key-file", kit.as_str()]);
    assert_eq!(document(&line, 0, &["store", "list"]), Value::Array(Vec::new()), "it is the vault now");
    line.expect(0, &["backup", "run", "shop"]);
}

#[tokio::test]
async fn three_copies_are_green_only_where_they_are_on_two_media_and_a_person_declared_one_elsewhere() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 500).await;
    let copies = || {
        let health = document(&line, 0, &["health", "shop"]);
        let found =
            health["findings"].as_array().unwrap().iter().find(|one| one["code"] == "copies").unwrap();
        (
            found["severity"].as_str().unwrap().to_owned(),
            found["value"]["number"].as_i64().unwrap(),
            found.clone(),
        )
    };
    line.expect(0, &["store", "add", "second/disk", "--name", "nas"]);
    line.expect(0, &["store", "copy", "nas"]);
    assert_eq!(stands(&line)["isSameDisk"], true);
    assert_eq!(copies().1, 2, "a folder beside the vault is no further copy");
    // As if it had been seen on a file server, which is not mounted now.
    let seen = "UPDATE place SET medium = 'host:nas' || char(9) || 'host:nas'";
    sqlx::query(seen).execute(&catalogue(&line).await).await.unwrap();
    rename(&line, "second/disk", "second/away");
    let (severity, have, found) = copies();
    assert_eq!((severity.as_str(), have), ("info", 3), "{found}");
    assert!(found["what"].as_str().unwrap().contains("none known to be elsewhere"), "{found}");

    line.expect(0, &["store", "place", "nas", "--elsewhere"]);

    let (severity, have, found) = copies();
    assert_eq!((severity.as_str(), have), ("ok", 3), "{found}");
    let each: Vec<&str> = found["details"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(each[2].starts_with("nas on the server nas, declared elsewhere on "), "{each:?}");
    assert!(each[2].contains(" by "), "{each:?}");
    line.expect(0, &["vault", "place", "--here"]);
    assert!(line.expect(0, &["vault", "info"]).output.contains("declared to be in the same place on "));
    // The original counts while it answers.
    let silent = "UPDATE original_seen SET at_ms = at_ms - 8 * 86400000";
    sqlx::query(silent).execute(&catalogue(&line).await).await.unwrap();
    assert_eq!((copies().0.as_str(), copies().1), ("info", 2));
    line.expect(0, &["project", "test", "shop"]);
    assert_eq!(copies().0, "ok");
    line.expect(0, &["store", "place", "nas", "--not-known"]);
    assert_eq!(copies().0, "info");
    assert!(line.expect(0, &["audit", "list"]).output.contains("place.declared"));
}

#[tokio::test]
async fn what_is_deleted_goes_from_the_replica_and_what_the_vault_lost_stays_there() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 2_000).await;
    (0..4).for_each(|_| drop(line.expect(0, &["backup", "run", "shop"])));
    line.expect(0, &["store", "add", "replica"]);
    line.expect(0, &["store", "copy", "replica"]);
    let list = document(&line, 0, &["backup", "list"]);
    let ids: Vec<String> = list["backups"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    let there = |id: &str| line.folder().join("replica/snapshots").join(id).exists();

    line.expect(0, &["backup", "delete", &ids[0], "--confirm", &ids[0][..8]]);
    std::fs::remove_file(line.folder().join("vault/snapshots").join(&ids[1])).unwrap();
    assert!(there(&ids[0]) && there(&ids[1]));
    line.expect(0, &["store", "copy"]);

    assert!(!there(&ids[0]), "it was deleted on purpose");
    assert!(there(&ids[1]), "nobody deleted it");
    let now = stands(&line);
    assert_eq!(now["onlyHere"], 1, "{now}");
    let health = document(&line, 1, &["health"]);
    let finding = health["findings"].as_array().unwrap().iter().find(|one| one["code"] == "replica").unwrap();
    assert_eq!(finding["severity"], "critical", "{finding}");
    assert!(line.expect(0, &["store", "list"]).output.contains("Do not remove it."));

    // What was lost comes back from the replica, file by file: it is the same repository.
    let file_in = |folder: &str| line.folder().join(folder).join("snapshots").join(&ids[1]);
    std::fs::copy(file_in("replica"), file_in("vault")).unwrap();
    line.expect(0, &["store", "copy"]);
    assert_eq!(stands(&line)["onlyHere"], 0);
    line.expect(0, &["verify", &ids[1], "--level", "readable"]);
    restic_agrees(&line, "replica");

    // Another program removed it, and the catalogue was told: only a person can say that it may go here too.
    std::fs::remove_file(file_in("vault")).unwrap();
    line.expect(0, &["vault", "rebuild-catalog"]);
    line.expect(0, &["store", "copy"]);
    assert_eq!(stands(&line)["onlyHere"], 1);
    assert_eq!(code(&line, 4, &["store", "copy", "replica", "--let-go"]), "not_confirmed");
    assert!(there(&ids[1]));
    line.expect(0, &["store", "copy", "replica", "--let-go", "--confirm", "replica"]);
    assert!(!there(&ids[1]));
    assert_eq!(stands(&line)["onlyHere"], 0);
    assert!(line.expect(0, &["audit", "list"]).output.contains("replica.let_go"));
}

#[tokio::test]
async fn a_disk_that_is_not_connected_is_waited_for_and_nothing_is_written_in_its_place() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 500).await;
    line.expect(0, &["schedule", "set", "shop", "--kind", "copy", "--daily", "05:00"]);
    let catalogue = catalogue(&line).await;
    sqlx::query("UPDATE schedule SET set_at_ms = set_at_ms - 2 * 86400000")
        .execute(&catalogue)
        .await
        .unwrap();
    catalogue.close().await;
    let shown = document(&line, 0, &["schedule", "show", "shop"]);
    assert!(shown[0]["because"].as_str().unwrap().contains("no replica"), "{shown}");

    line.expect(0, &["store", "add", "usb"]);
    rename(&line, "usb", "in-a-drawer");
    // The empty folder below a mount point is no replica.
    std::fs::create_dir(line.folder().join("usb")).unwrap();
    let done = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(done["runs"], Value::Array(Vec::new()), "{done}");
    assert!(done["schedules"][0]["because"].as_str().unwrap().contains("no replica is connected"), "{done}");
    assert_eq!(stands(&line)["state"], "away");
    for arguments in [&["store", "copy", "usb"][..], &["store", "copy"], &["store", "test", "usb"]] {
        assert_eq!(code(&line, 1, arguments), "replica_gone", "{arguments:?}");
    }
    assert_eq!(line.folder().join("usb").read_dir_utf8().unwrap().count(), 0);

    std::fs::remove_dir(line.folder().join("usb")).unwrap();
    rename(&line, "in-a-drawer", "usb");
    let done = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(
        (&done["runs"][0]["work"], &done["runs"][0]["state"]),
        (&"copy".into(), &"succeeded".into()),
        "{done}"
    );
    assert_eq!(stands(&line)["state"], "current");
    assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn projects_whose_copies_are_due_at_once_take_turns_and_none_fails() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = set_up(server, 500).await;
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["project", "add", "second", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "second"]);
    line.expect(0, &["store", "add", "usb"]);
    for project in ["shop", "second"] {
        line.expect(0, &["schedule", "set", project, "--kind", "copy", "--daily", "05:00"]);
    }
    let catalogue = catalogue(&line).await;
    let earlier = "UPDATE schedule SET set_at_ms = set_at_ms - 2 * 86400000";
    sqlx::query(earlier).execute(&catalogue).await.unwrap();
    catalogue.close().await;

    let done = document(&line, 0, &["schedule", "run-due"]);

    let runs = done["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2, "{done}");
    assert!(runs.iter().all(|run| run["state"] == "succeeded"), "{done}");
    assert_eq!(stands(&line)["problem"], Value::Null);
    assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn a_vault_that_is_not_whole_takes_nothing_from_its_replica_and_the_copy_says_so() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 2_000).await;
    line.expect(0, &["store", "add", "replica"]);
    line.expect(0, &["store", "copy"]);
    let restored =
        |folder: &str| std::fs::read_dir(line.folder().join(folder).join("index")).unwrap().count();
    let before = restored("replica");
    let index = line.folder().join("vault/index");
    for file in index.read_dir_utf8().unwrap().flatten() {
        std::fs::remove_file(file.path()).unwrap();
    }

    let failed = document(&line, 1, &["store", "copy"]);

    assert_eq!(failed["error"]["code"], "vault_damaged", "{failed}");
    assert_eq!(restored("replica"), before);
    restic_agrees(&line, "replica");
    assert_eq!(stands(&line)["state"], "failed");
    line.expect(0, &["vault", "repair"]);
    line.expect(0, &["store", "copy"]);
    assert_eq!(stands(&line)["state"], "current");
    restic_agrees(&line, "replica");
}

#[tokio::test]
async fn places_that_can_be_no_replica_are_refused_by_name_and_nothing_is_left_there() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 10).await;
    assert_eq!(code(&line, 1, &["store", "copy"]), "no_replica");
    assert_eq!(code(&line, 1, &["store", "copy", "nowhere"]), "replica_not_found");
    assert_eq!(code(&line, 1, &["store", "remove", "nowhere"]), "replica_not_found");
    for inside in ["vault", "vault/inner", "."] {
        assert_eq!(code(&line, 2, &["store", "add", inside]), "invalid_request", "{inside}");
    }
    std::fs::create_dir(line.folder().join("letters")).unwrap();
    std::fs::write(line.folder().join("letters/dear.txt"), "dear").unwrap();
    assert_eq!(code(&line, 4, &["store", "add", "letters"]), "folder_not_empty");
    assert_eq!(line.folder().join("letters").read_dir_utf8().unwrap().count(), 1);
    let other = CommandLine::new();
    other.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let theirs = other.folder().join("vault");
    assert_eq!(code(&line, 4, &["store", "add", theirs.as_str()]), "other_vault");

    line.expect(0, &["store", "add", "usb"]);
    assert_eq!(code(&line, 2, &["store", "add", "other/usb"]), "invalid_request", "the name is taken");
    assert!(!line.folder().join("other/usb").exists());
    line.expect(0, &["store", "copy"]);
    line.expect(0, &["store", "remove", "usb"]);
    assert!(line.folder().join("usb/config").exists(), "its files stay");
    let again = document(&line, 0, &["store", "add", "usb"]);
    assert_eq!(again["state"], "never", "what it has is looked at by the next copy");
    let copied = line.expect(0, &["store", "copy"]).output;
    assert!(copied.contains("0 B copied"), "{copied}");
}

#[tokio::test]
async fn damage_in_a_replica_is_found_when_it_is_read_back_and_mended_from_the_vault() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 2_000).await;
    line.expect(0, &["store", "add", "replica"]);
    line.expect(0, &["store", "copy"]);
    let index = line.folder().join("replica/index").read_dir_utf8().unwrap().next().unwrap().unwrap();
    flip(index.path());
    let catalogue = catalogue(&line).await;
    sqlx::query("UPDATE replica SET checked_at_ms = checked_at_ms - 86400000")
        .execute(&catalogue)
        .await
        .unwrap();
    catalogue.close().await;

    let copied = document(&line, 0, &["store", "copy"]);

    assert_eq!(copied["verdict"], "pass", "{copied}");
    let log = line.expect(0, &["job", "show", copied["row"]["id"].as_str().unwrap(), "--log"]).output;
    assert!(log.contains("copied again from the vault"), "{log}");
    restic_agrees(&line, "replica");
}

#[tokio::test]
async fn a_replica_that_cannot_be_mended_is_no_copy_until_it_reads_back() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 2_000).await;
    line.expect(0, &["goal", "set", "shop", "--copies", "3"]);
    line.expect(0, &["store", "add", "replica"]);
    line.expect(0, &["store", "copy"]);
    // The same file rots in both places: the vault has nothing to mend the replica with.
    let name = line.folder().join("replica/index").read_dir_utf8().unwrap().next().unwrap().unwrap();
    let whole = std::fs::read(name.path()).unwrap();
    let in_vault = line.folder().join("vault/index").join(name.file_name());
    flip(name.path());
    flip(&in_vault);
    let older = "UPDATE replica SET checked_at_ms = checked_at_ms - 86400000";
    let catalogue = catalogue(&line).await;
    sqlx::query(older).execute(&catalogue).await.unwrap();
    catalogue.close().await;

    assert_eq!(code(&line, 1, &["store", "copy"]), "vault_damaged");
    let now = stands(&line);
    assert_eq!(now["state"], "failed", "{now}");
    assert!(now["problem"].as_str().unwrap().contains("index/"), "{now}");
    // A disk that is put away with it is no copy either.
    rename(&line, "replica", "in-a-drawer");
    assert_eq!(stands(&line)["state"], "failed");
    let row = document(&line, 0, &["project", "show", "shop"]);
    assert_eq!(
        (&row["row"]["copies"]["have"], &row["row"]["copies"]["behind"][0]),
        (&2.into(), &"replica".into()),
        "{row}"
    );
    rename(&line, "in-a-drawer", "replica");

    std::fs::write(&in_vault, whole).unwrap();
    line.expect(0, &["store", "copy"]);
    assert_eq!(stands(&line)["state"], "current");
    restic_agrees(&line, "replica");
}

#[tokio::test]
async fn a_replica_whose_disk_is_too_small_keeps_what_it_had_and_says_what_is_missing() {
    let (Some(server), Some(disk)) = (Server::shared(), FullDisk::new(8)) else { return };
    let (line, database) = set_up(server, 500).await;
    let place = disk.path().join("replica");
    line.expect(0, &["store", "add", place.as_str(), "--name", "small"]);
    line.expect(0, &["store", "add", "large"]);
    line.expect(0, &["store", "copy"]);
    database
        .run("create table big as select i, gen_random_uuid()::text || gen_random_uuid()::text as filler from generate_series(1, 300000) i")
        .await;
    line.expect(0, &["backup", "run", "shop"]);

    let failed = document(&line, 1, &["store", "copy"]);

    assert_eq!(failed["error"]["code"], "disk_full", "{failed}");
    assert!(failed["error"]["message"].as_str().unwrap().starts_with("replica “small”: "), "{failed}");
    let all = document(&line, 0, &["store", "list"]);
    assert_eq!(
        (&all[0]["name"], &all[0]["state"], &all[0]["backups"]),
        (&"large".into(), &"current".into(), &2.into()),
        "{all}"
    );
    assert_eq!((&all[1]["state"], &all[1]["backups"]), (&"failed".into(), &1.into()), "{all}");
    assert!(all[1]["problem"].as_str().unwrap().contains("are free there"), "{all}");
    let tmp = place.join("tmp");
    assert!(!tmp.exists() || tmp.read_dir_utf8().unwrap().count() == 0);
}

#[tokio::test]
async fn a_copy_that_is_killed_leaves_a_whole_replica_and_the_next_one_goes_on() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = set_up(server, 500).await;
    line.expect(0, &["store", "add", "replica"]);
    line.expect(0, &["store", "copy"]);
    for round in 0..3 {
        let filler = "gen_random_uuid()::text || gen_random_uuid()::text as filler";
        database
            .run(&format!("create table big{round} as select i, {filler} from generate_series(1, 400000) i"))
            .await;
        line.expect(0, &["backup", "run", "shop"]);
        let data = line.folder().join("replica/data");
        let packs = || {
            let folders = data.read_dir_utf8().unwrap().flatten();
            folders.map(|folder| folder.path().read_dir_utf8().unwrap().count()).sum::<usize>()
        };
        let before = packs();
        let mut copying = Guarded::start(&mut line.command(&["store", "copy"]));
        while packs() == before && copying.child().try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        copying.kill();

        // A killed process gave its lock back to nobody: it is told apart from one that lives.
        line.expect(0, &["store", "test", "replica"]);
        restic_agrees(&line, "replica");
        line.expect(0, &["store", "copy"]);
        assert_eq!(stands(&line)["state"], "current");
        restic_agrees(&line, "replica");
    }
    let runs = document(&line, 0, &["job", "list"]);
    let interrupted = runs.as_array().unwrap().iter().filter(|run| run["state"] == "interrupted").count();
    assert!(interrupted > 0, "none was killed in the middle: {runs}");
}
