//! The audit chain: what was done is in it, with who and from where, and whatever is done to it is found.

use std::fmt::Write as _;
use std::process::Stdio;

use base::Code;
use camino::Utf8Path;
use engine::Engine;
use engine::restore::RestoreTarget;
use engine::settings::{Appearance, Settings};
use ledger::audit::{AuditFilter, AuditReport, Entry, ExportFormat};
use ledger::catalog::Goals;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use testkit::{CommandLine, Console, PROJECT, Server};

/// The guards of the table, as somebody who tampers with it removes them.
const UNGUARD: &str = "drop trigger audit_grows_at_its_end; drop trigger audit_is_not_changed; drop trigger audit_is_not_shortened;";
const COLUMNS: &str =
    "at_ms, who, host, origin, process, act, subject_kind, subject_id, subject_name, details, prev, hash";
const STOP: &str =
    "create trigger stop before insert on audit begin select raise(abort, 'the disk is full'); end;";

async fn change_settings(engine: &Engine, times: usize) {
    for number in 0..times {
        let appearance = if number % 2 == 0 { Appearance::Dark } else { Appearance::Light };
        engine.set_settings(Settings { appearance, ..Settings::default() }).await.unwrap();
    }
}

/// A profile whose chain has seven entries: its beginning, and six changes of the settings.
async fn seven_entries() -> Console {
    let console = Console::new().await;
    change_settings(&console.engine, 6).await;
    console
}

/// Runs SQL on the catalogue, as any program with the file can.
async fn tamper(home: &Utf8Path, sql: &str) {
    let options = SqliteConnectOptions::new().filename(home.join("catalog.db"));
    let pool = SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    pool.close().await;
}

async fn verify(console: &Console) -> AuditReport {
    console.engine.verify_audit(false).await.unwrap()
}

async fn entries(engine: &Engine, act: &str) -> Vec<Entry> {
    let filter = AuditFilter { act: Some(act.into()), ..AuditFilter::default() };
    engine.audit_entries(&filter, None, 500).await.unwrap().entries
}

/// The hash of an exported entry, from what docs/formats.md says and nothing else.
fn hash_of(entry: &Value) -> String {
    let fields = [
        "seq",
        "at_ms",
        "who",
        "host",
        "origin",
        "process",
        "act",
        "subject_kind",
        "subject_id",
        "subject_name",
        "details",
        "prev",
    ];
    let mut text = String::from("holdfast audit entry 1\n");
    for field in fields {
        let value = entry[field].as_str().map_or_else(|| entry[field].to_string(), str::to_owned);
        writeln!(text, "{}:{value}", value.len()).unwrap();
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let mut hash = String::new();
    for byte in digest.as_ref() {
        write!(hash, "{byte:02x}").unwrap();
    }
    hash
}

async fn exported(console: &Console, name: &str) -> (camino::Utf8PathBuf, Vec<Value>) {
    let path = console.folder().join(name);
    console.engine.export_audit(&path, ExportFormat::JsonLines).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[tokio::test]
async fn every_kind_of_tampering_is_found_at_the_first_entry_that_does_not_fit() {
    let swap = "update audit set seq = -1 where seq = 3; update audit set seq = 3 where seq = 4;
                update audit set seq = 4 where seq = -1;";
    let copy = format!("insert into audit select 8, {COLUMNS} from audit where seq = 7;");
    let kinds = [
        ("update audit set who = 'eve' where seq = 4;", 4),
        ("update audit set details = '{}' where seq = 7;", 7),
        ("update audit set hash = upper(hash) where seq = 5;", 5),
        ("delete from audit where seq = 4;", 4),
        ("delete from audit where seq = 1;", 1),
        (swap, 3),
        (copy.as_str(), 8),
        ("delete from audit where seq > 5;", 6),
        ("delete from audit;", 1),
        ("", 8),
    ];
    for (sql, seq) in kinds {
        let console = seven_entries().await;
        assert_eq!(verify(&console).await.broken, None);

        tamper(console.home(), &format!("{UNGUARD} {sql}")).await;

        let broken = verify(&console).await.broken.unwrap_or_else(|| panic!("not found: {sql}"));
        assert_eq!(broken.seq, seq, "{sql}: {}", broken.problem);
    }
}

#[tokio::test]
async fn the_table_itself_refuses_changes_removals_and_entries_out_of_line() {
    let console = seven_entries().await;
    let options = SqliteConnectOptions::new().filename(console.home().join("catalog.db"));
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let replace = format!("insert or replace into audit select 4, {COLUMNS} from audit where seq = 5");
    let ahead = format!("insert into audit select 9, {COLUMNS} from audit where seq = 5");

    for sql in ["update audit set who = 'eve'", "delete from audit where seq = 7", &replace, &ahead] {
        let refused = sqlx::query(sql).execute(&pool).await.unwrap_err().to_string();
        assert!(refused.contains("the audit chain"), "{sql}: {refused}");
    }
    assert_eq!(verify(&console).await.broken, None);
}

#[tokio::test]
async fn entries_that_were_cut_off_stay_missed_after_further_acts() {
    let console = seven_entries().await;
    tamper(console.home(), &format!("{UNGUARD} delete from audit where seq > 5;")).await;

    change_settings(&console.engine, 5).await;

    let broken = verify(&console).await.broken.unwrap();
    assert_eq!(broken.seq, 6);
    assert!(broken.problem.contains("Entries 6 to 7 had been cut off"), "{broken:?}");
}

#[tokio::test]
async fn a_log_that_was_emptied_says_so_after_further_acts() {
    let console = seven_entries().await;
    tamper(console.home(), &format!("{UNGUARD} delete from audit;")).await;

    change_settings(&console.engine, 1).await;

    let broken = verify(&console).await.broken.unwrap();
    assert!(broken.seq == 1 && broken.problem.contains("emptied"), "{broken:?}");
}

#[tokio::test]
async fn a_chain_that_was_written_anew_is_found_by_its_head_and_by_the_backups() {
    let Some(server) = Server::shared() else { return };
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;
    console.backup().await;
    let (_, mut lines) = exported(&console, "log.jsonl").await;
    // Somebody changes one entry, and makes every later one fit.
    let mut sql = UNGUARD.to_owned();
    let mut prev = Value::from("0".repeat(64));
    for line in &mut lines {
        if line["seq"] == 2 {
            line["who"] = "nobody".into();
        }
        line["prev"] = prev;
        line["hash"] = hash_of(line).into();
        prev = line["hash"].clone();
        write!(
            sql,
            "update audit set who = '{}', prev = '{}', hash = '{}' where seq = {};",
            line["who"].as_str().unwrap(),
            line["prev"].as_str().unwrap(),
            line["hash"].as_str().unwrap(),
            line["seq"]
        )
        .unwrap();
    }
    tamper(console.home(), &sql).await;
    let broken = verify(&console).await.broken.unwrap();
    assert!(broken.problem.contains("written anew"), "{broken:?}");

    // And the head, too. What the vault says of the chain is sealed by its key.
    let head = console.home().join("audit.head");
    let mut written: Value = serde_json::from_str(&std::fs::read_to_string(&head).unwrap()).unwrap();
    written["seq"] = lines.last().unwrap()["seq"].clone();
    written["hash"] = prev;
    std::fs::write(&head, written.to_string()).unwrap();
    let only_guards = verify(&console).await.broken.unwrap();
    assert!(only_guards.problem.contains("guards"), "{only_guards:?}");
    // The chain's own name is kept, as the backups know it: its first entry was not changed.
    let report = console.engine.verify_audit(true).await.unwrap();
    assert!(report.broken.unwrap().problem.contains("the backup"));
}

#[tokio::test]
async fn a_head_that_is_behind_is_a_crash_and_a_head_that_is_gone_is_not() {
    let console = seven_entries().await;
    let head = console.home().join("audit.head");
    let before = std::fs::read(&head).unwrap();
    change_settings(&console.engine, 2).await;

    std::fs::write(&head, before).unwrap();
    let behind = verify(&console).await;
    assert_eq!((behind.broken, behind.head_behind), (None, 2));
    std::fs::remove_file(&head).unwrap();
    assert_eq!(verify(&console).await.broken.unwrap().seq, 10);
    change_settings(&console.engine, 1).await;
    assert!(verify(&console).await.broken.is_some(), "the next act must not hide it");
}

#[tokio::test]
async fn two_engines_that_record_at_once_keep_one_chain() {
    let console = Console::new().await;
    let other = console.second_engine().await;

    tokio::join!(
        change_settings(&console.engine, 25),
        change_settings(&other, 25),
        change_settings(&console.engine, 25)
    );

    let report = verify(&console).await;
    assert_eq!((report.entries, report.broken, report.head_behind), (76, None, 0));
}

#[tokio::test]
async fn acts_of_the_command_line_are_in_the_chain_with_who_and_where_from_and_without_secrets() {
    let line = CommandLine::new();
    let password = "correct-horse-9417";
    std::fs::write(line.folder().join("secret"), password).unwrap();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let kit = std::fs::read_to_string(line.folder().join("kit.txt")).unwrap();
    let key = kit.lines().find_map(|line| line.strip_prefix("Key: ")).unwrap().to_owned();
    let url = "postgresql://reader@db.example/shop";
    let adds = ["shop", "blog", "wiki", "mail"].map(|name| {
        let add = ["project", "add", name, "--postgres", url, "--password-file", "secret"];
        line.command(&add).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for add in adds {
        let output = add.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    line.expect(4, &["project", "remove", "shop", "--confirm", "shop-prod"]);

    let page: Value =
        serde_json::from_str(&line.expect(0, &["audit", "list", "--act", "project.", "--json"]).output)
            .unwrap();
    let acts: Vec<&str> =
        page["entries"].as_array().unwrap().iter().map(|entry| entry["act"].as_str().unwrap()).collect();
    assert_eq!(acts.iter().filter(|act| **act == "project.added").count(), 4, "{acts:?}");
    assert_eq!(acts[0], "project.removal_refused");
    let newest = &page["entries"][0];
    let who =
        String::from_utf8(std::process::Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    assert_eq!((newest["who"].as_str(), newest["origin"].as_str()), (Some(who.trim()), Some("command line")));
    assert!(newest["process"].as_str().unwrap().starts_with("holdfast["), "{newest}");
    assert!(!newest["host"].as_str().unwrap().is_empty());
    line.expect(0, &["audit", "export", "--to", "log.jsonl"]);
    let log = std::fs::read_to_string(line.folder().join("log.jsonl")).unwrap();
    assert!(log.contains("reader@db.example:5432/shop") && !log.contains(password) && !log.contains(&key));
    line.expect(0, &["audit", "verify"]);
    tamper(&line.folder().join("profile"), &format!("{UNGUARD} update audit set who = 'eve' where seq = 3;"))
        .await;
    let said = line.expect(1, &["audit", "verify"]).output;
    assert!(said.contains("broken at entry 3") && said.contains("was changed"), "{said}");
}

#[tokio::test]
async fn an_export_is_verified_by_a_program_that_knows_only_the_documented_format() {
    let console = seven_entries().await.with_vault().await;

    let (path, lines) = exported(&console, "log.jsonl").await;

    let mut prev = "0".repeat(64);
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(line["seq"], number + 1);
        assert_eq!(line["prev"], *prev);
        assert_eq!(line["hash"], hash_of(line));
        prev = line["hash"].as_str().unwrap().to_owned();
    }
    assert_eq!(verify(&console).await.last_hash, Some(prev));
    // A newer export takes its place; another file is left alone.
    console.engine.export_audit(&path, ExportFormat::Csv).await.unwrap();
    let csv = std::fs::read_to_string(&path).unwrap();
    assert_eq!(csv.lines().count(), lines.len() + 2, "a heading, and the export before it");
    let refused = console.engine.export_audit(&console.kit(), ExportFormat::Csv).await.unwrap_err();
    assert_eq!(refused.code, Code::FileExists);
}

#[tokio::test]
async fn a_catalogue_that_was_lost_begins_a_chain_that_names_the_one_before_it() {
    let console = seven_entries().await;
    for file in ["catalog.db", "catalog.db-wal", "catalog.db-shm"] {
        // The last of several connections may have taken its own files away.
        let _ = std::fs::remove_file(console.home().join(file));
    }

    let engine = console.second_engine().await;
    change_settings(&engine, 1).await;

    let report = engine.verify_audit(false).await.unwrap();
    assert_eq!((report.broken, report.before, report.entries), (None, Some(7), 2));
    assert!(report.sentence.contains("ended with entry 7"), "{}", report.sentence);
    let first = entries(&engine, "chain.started").await.pop().unwrap();
    assert!(first.details.contains("before_hash"), "{first:?}");
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_done() {
    let Some(server) = Server::shared() else { return };
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(console.backup().await.record.id);
    }
    let name = server.free_name();
    let target = RestoreTarget::NewDatabase { name: name.clone(), project: None };
    let plan = console.plan(&ids[3], target).await.unwrap();
    let engine = &console.engine;
    engine.add_assertion(PROJECT, "kept", "select true").await.unwrap();
    let goals = Goals { rto_ms: Some(60_000), ..engine.goals(PROJECT).await.unwrap() };
    tamper(console.home(), STOP).await;

    let codes = [
        engine.add_assertion(PROJECT, "new", "select true").await.unwrap_err().code,
        engine.remove_assertion(PROJECT, "kept").await.unwrap_err().code,
        engine.set_goals(PROJECT, goals).await.unwrap_err().code,
        engine.delete_backup(&ids[0], &ids[0][..8]).await.unwrap_err().code,
        engine.remove_project(PROJECT, false, PROJECT).await.unwrap_err().code,
        engine.apply_restore(&plan.id, &name, false).await.unwrap_err().code,
        engine.start_backup(PROJECT, None).await.unwrap_err().code,
        engine
            .save_kit(None, &console.folder().join("again.txt"), engine::archive::KitFormat::Text)
            .await
            .unwrap_err()
            .code,
        engine
            .set_settings(Settings { appearance: Appearance::Dark, ..Settings::default() })
            .await
            .unwrap_err()
            .code,
    ];

    assert_eq!(codes, [Code::AuditFailed; 9]);
    let names: Vec<String> =
        engine.assertions(PROJECT).await.unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!((names, engine.goals(PROJECT).await.unwrap().rto_ms), (vec!["kept".to_owned()], None));
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (4, 4));
    assert!(!console.folder().join("again.txt").exists());
    assert_eq!(engine.state().await.unwrap().settings.appearance, Appearance::System);
    assert!(!engine.standing(PROJECT).await.unwrap().project.is_archived);
    // Once it can be recorded again, the same plan and the same deletion are done, and are in the chain.
    tamper(console.home(), "drop trigger stop").await;
    console.apply(&plan).await;
    engine.delete_backup(&ids[0], &ids[0][..8]).await.unwrap();
    let acts: Vec<String> = entries(engine, "").await.into_iter().rev().map(|entry| entry.act).collect();
    let end = &acts[acts.len() - 5..];
    let expected = [
        "restore.confirmed",
        "restore.started",
        "restore.applied",
        "backup.deletion_confirmed",
        "backup.deleted",
    ];
    assert_eq!(end, expected, "{acts:?}");
    assert_eq!(verify(&console).await.broken, None);
}
