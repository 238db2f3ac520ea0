//! What was sent to a chat is found again: by the vault without the computer that sent it, by a receipt on paper or in
//! a file, by the manifest from the chat; and by what was noted where a run was killed.

use std::process::Stdio;

use remote::platform::telegram_platform::Dialect;
use serde_json::Value;
use testkit::platforms::{telegram_bot, telegram_platform};
use testkit::{CommandLine, child, find_program, poll};

use super::bench::{answer, of};
use super::others::{BOT_TOKEN, telegram_of};

/// A chat, and the platform beside it.
struct Chat {
    platform: telegram_platform::TelegramPlatform,
    bot: telegram_bot::TelegramBot,
    token: String,
}

impl Chat {
    /// `None`, loudly, on a computer without Postgres.
    async fn new() -> Option<Self> {
        let (platform, bot, token) = telegram_of(Dialect::Server, "").await?;
        Some(Self { platform, bot, token })
    }

    /// A profile without a vault, with a project that has this bot and chat, and a passphrase for what it sends.
    fn line(&self, project: &str) -> CommandLine {
        let line = CommandLine::new();
        for (name, text) in
            [("token", self.token.as_str()), ("bot", BOT_TOKEN), ("phrase", "correct horse battery")]
        {
            std::fs::write(line.folder().join(name), text).unwrap();
        }
        let bot = format!("bot_address={}", self.bot.address());
        let at = ["--telegram-platform", self.platform.address(), "--ref", "shop"];
        let set = ["--set", &bot, "--set", "chat=-100200", "--set", "dialect=server"];
        let by = ["--credential-file", "token=token", "--credential-file", "bot=bot"];
        line.expect(0, &[&["project", "add", project], &at[..], &set[..], &by[..]].concat());
        line
    }

    /// The same with a vault, whose kit is beside it.
    fn line_with_vault(&self) -> CommandLine {
        let line = self.line("shop");
        line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
        line
    }
}

/// Writes so many bytes, which are the same each time, into a file of the line's folder.
fn write(line: &CommandLine, name: &str, count: u32) -> Vec<u8> {
    let bytes: Vec<u8> = (0..count / 4).flat_map(u32::to_le_bytes).collect();
    std::fs::write(line.folder().join(name), &bytes).unwrap();
    bytes
}

fn send(line: &CommandLine, file: &str, more: &[&str]) -> Value {
    let arguments = ["--json", "bundle", "send", file, "--to", "shop", "--passphrase-file", "phrase"];
    answer(line, &[&arguments[..], more].concat())
}

fn fetched(line: &CommandLine, project: &str, by: &[&str]) -> Vec<u8> {
    let arguments = ["bundle", "fetch", "--from", project, "--to", "back", "--passphrase-file", "phrase"];
    line.expect(0, &[&arguments[..], by].concat());
    let back = line.folder().join("back");
    let bytes = std::fs::read(&back).unwrap();
    std::fs::remove_file(back).unwrap();
    bytes
}

fn sent(line: &CommandLine, project: &str) -> Vec<Value> {
    answer(line, &["--json", "bundle", "sent", project]).as_array().unwrap().clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_computer_that_sent_a_file_is_lost_the_vault_alone_says_where_it_is() {
    let Some(chat) = Chat::new().await else { return };
    let line = chat.line_with_vault();
    let bytes = write(&line, "bundle.tar", 3_000_000);
    let done = send(&line, "bundle.tar", &[]);
    assert!(text(&done["row"]["outcome"]).ends_with("Its receipt is in the vault."), "{done}");

    // The computer burns; the vault and the kit are elsewhere.
    std::fs::remove_dir_all(line.folder().join("profile")).unwrap();
    let other = chat.line("archive");
    let (vault, kit) = (line.folder().join("vault"), line.folder().join("kit.txt"));
    let opened =
        answer(&other, &["--json", "vault", "open", "--path", vault.as_str(), "--key-file", kit.as_str()]);
    assert_eq!(opened["skipped"], Value::from(Vec::<Value>::new()), "a receipt is nothing unknown: {opened}");

    let listed = sent(&other, "archive");
    assert_eq!((listed.len(), &listed[0]["name"]), (1, &Value::from("bundle.tar")));
    assert_eq!((&listed[0]["isInVault"], &listed[0]["gone"]), (&Value::from(true), &Value::Null));
    assert!(fetched(&other, "archive", &[text(&listed[0]["id"])]) == bytes, "other bytes came back");
    assert_eq!(answer(&other, &["--json", "backup", "list"])["total"], 0, "a receipt is no backup");
    other.expect(0, &["vault", "check", "--read-data"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_in_a_file_or_the_manifest_from_the_chat_is_enough_without_any_vault() {
    let Some(chat) = Chat::new().await else { return };
    let line = chat.line_with_vault();
    let bytes = write(&line, "bundle.tar", 1_000_000);
    send(&line, "bundle.tar", &["--receipt", "receipt.json"]);
    let other = chat.line("archive");
    let receipt = std::fs::read_to_string(line.folder().join("receipt.json")).unwrap();
    assert!(!receipt.contains("AAE-secret") && !receipt.contains("correct horse"), "{receipt}");
    std::fs::write(other.folder().join("receipt.json"), &receipt).unwrap();
    std::fs::copy(chat.bot.path_of(".manifest"), other.folder().join("manifest")).unwrap();

    assert!(fetched(&other, "archive", &["--receipt", "receipt.json"]) == bytes);
    assert!(fetched(&other, "archive", &["--receipt", "manifest"]) == bytes);
    // What is printed is what is kept.
    let id = text(&sent(&line, "shop")[0]["id"]).to_owned();
    let shown = line.expect(0, &["bundle", "receipt", &id, "--from", "shop"]).output;
    assert_eq!(shown.trim(), receipt.trim());

    let fetch =
        ["--json", "bundle", "fetch", "--from", "archive", "--to", "no", "--passphrase-file", "phrase"];
    let refused = |file: &str, content: &str| {
        std::fs::write(other.folder().join(file), content).unwrap();
        let called = other.call(&[&fetch[..], &["--receipt", file]].concat());
        assert_ne!(called.status, Some(0), "{called:?}");
        text(&of(&called)["error"]["code"]).to_owned()
    };
    assert_eq!(refused("empty", ""), "receipt_unreadable");
    assert_eq!(refused("newer", &receipt.replace("\"version\": 1", "\"version\": 9")), "receipt_unreadable");
    assert_eq!(refused("another", &receipt.replace("\"123456789\"", "\"99\"")), "other_bot");
    assert!(!other.folder().join("no").exists());
    // Nothing is written over.
    let again = ["bundle", "receipt", &id, "--from", "shop", "--to", "receipt.json"];
    assert_ne!(line.call(&again).status, Some(0));
    assert_eq!(std::fs::read_to_string(line.folder().join("receipt.json")).unwrap(), receipt);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_a_plain_document_for_restic_and_its_latest_snapshot_stays_a_backup() {
    let Some(restic) = find_program("restic") else { return };
    let Some(chat) = Chat::new().await else { return };
    let line = chat.line_with_vault();
    let pulled = line.call(&["platform", "create", "shop", "--pull"]);
    assert_eq!(answer(&line, &["--json", "backup", "list"])["total"], 1, "{pulled:?}");
    write(&line, "bundle.tar", 100_000);
    send(&line, "bundle.tar", &["--receipt", "receipt.json"]);
    let kit = std::fs::read_to_string(line.folder().join("kit.txt")).unwrap();
    let key = kit.lines().find_map(|line| line.strip_prefix("Key: ")).unwrap().to_owned();
    let said = |arguments: &[&str]| {
        let mut command = std::process::Command::new(&restic);
        command.args(arguments).args(["--no-lock", "--no-cache", "--repo", "vault"]);
        let output = command.current_dir(line.folder()).env("RESTIC_PASSWORD", &key).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };

    let receipts: Value =
        serde_json::from_str(&said(&["snapshots", "--json", "--tag", "kind:receipt"])).unwrap();
    assert_eq!(receipts.as_array().unwrap().len(), 1, "{receipts}");
    let dumped = said(&["dump", text(&receipts[0]["id"]), "/receipt.json"]);

    assert_eq!(dumped, std::fs::read_to_string(line.folder().join("receipt.json")).unwrap());
    assert!(said(&["ls", "latest"]).contains("/artifact"), "printed kits speak of the latest");
    said(&["check", "--read-data"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_was_away_or_not_there_yet_gets_the_receipt_later() {
    let Some(chat) = Chat::new().await else { return };
    let line = chat.line("shop");
    write(&line, "early.tar", 1000);
    write(&line, "bundle.tar", 1000);
    let early = send(&line, "early.tar", &[]);
    assert!(text(&early["row"]["outcome"]).contains("on this computer alone"), "{early}");
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    assert_eq!(sent(&line, "shop")[0]["isInVault"], true);

    let (vault, drawer) = (line.folder().join("vault"), line.folder().join("drawer"));
    std::fs::rename(&vault, &drawer).unwrap();
    let away = send(&line, "bundle.tar", &[]);
    assert!(text(&away["row"]["outcome"]).contains("on this computer alone"), "{away}");
    assert_eq!(sent(&line, "shop")[1]["isInVault"], false);
    std::fs::rename(&drawer, &vault).unwrap();

    assert!(sent(&line, "shop").iter().all(|one| one["isInVault"] == true));
    let snapshots = || vault.join("snapshots").read_dir_utf8().unwrap().count();
    assert_eq!(snapshots(), 2, "each lies there once, however often it is looked");
    sent(&line, "shop");
    assert_eq!(snapshots(), 2);
    // What is removed from the chat leaves no receipt, here or there.
    let id = text(&sent(&line, "shop")[0]["id"]).to_owned();
    line.expect(0, &["bundle", "forget", &id, "--from", "shop", "--confirm", "early.tar"]);
    assert_eq!((snapshots(), sent(&line, "shop").len()), (1, 1));
    line.expect(0, &["vault", "rebuild-catalog"]);
    assert_eq!(sent(&line, "shop").len(), 1);
    line.expect(0, &["audit", "verify"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_was_removed_goes_from_a_replica_too_and_counts_as_no_backup_there() {
    let Some(chat) = Chat::new().await else { return };
    let line = chat.line_with_vault();
    write(&line, "bundle.tar", 1000);
    send(&line, "bundle.tar", &[]);
    line.expect(0, &["store", "add", "second", "--name", "usb"]);
    let copied = answer(&line, &["--json", "store", "copy"]);
    assert!(text(&copied["row"]["outcome"]).contains("has 0 backups"), "{copied}");
    let there = || line.folder().join("second/snapshots").read_dir_utf8().unwrap().count();
    assert_eq!(there(), 1);

    let id = text(&sent(&line, "shop")[0]["id"]).to_owned();
    line.expect(0, &["bundle", "forget", &id, "--from", "shop", "--confirm", "bundle.tar"]);
    line.expect(0, &["store", "copy"]);

    assert_eq!(there(), 0);
    assert_eq!(answer(&line, &["--json", "store", "list"])[0]["onlyHere"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_on_the_plan_and_on_a_kit_that_is_saved_afterwards() {
    let Some(chat) = Chat::new().await else { return };
    let line = chat.line_with_vault();
    write(&line, "bundle.tar", 1000);
    send(&line, "bundle.tar", &["--receipt", "receipt.json"]);
    let receipt: Value =
        serde_json::from_slice(&std::fs::read(line.folder().join("receipt.json")).unwrap()).unwrap();
    line.expect(0, &["vault", "kit", "--to", "later.txt"]);

    let plan = line.expect(0, &["recovery-plan", "show", "shop"]).output;
    let kit = std::fs::read_to_string(line.folder().join("later.txt")).unwrap();

    for (paper, what) in [(&plan, "plan"), (&kit, "kit")] {
        for field in ["manifest_file_id", "manifest_sha256", "bot", "chat"] {
            assert!(paper.contains(text(&receipt[field])), "{field} is not in the {what}: {paper}");
        }
        assert!(!paper.contains("AAE-secret") && !paper.contains("correct horse"), "{paper}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_sending_left_in_the_chat_is_listed_and_can_be_deleted() {
    let Some(chat) = Chat::new().await else { return };
    let line = chat.line_with_vault();
    write(&line, "bundle.tar", 30_000_000);
    chat.bot.misbehave(telegram_bot::Faults { hangs_after: Some(1), ..telegram_bot::Faults::default() });
    let mut command =
        line.command(&["bundle", "send", "bundle.tar", "--to", "shop", "--passphrase-file", "phrase"]);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    let calls = || chat.bot.calls().iter().filter(|call| *call == "sendDocument").count();
    poll::soon("the second part is on its way", async || calls() == 2).await;
    running.kill();
    chat.bot.misbehave(telegram_bot::Faults::default());

    let job = answer(&line, &["--json", "job", "list"])[0].clone();
    assert_eq!((&job["kind"], &job["state"]), (&"platform".into(), &"interrupted".into()), "{job}");
    let shown = answer(&line, &["--json", "job", "show", text(&job["id"])]);
    assert!(text(&shown["safeNext"]).starts_with("Look at the platform first"), "{shown}");
    let listed = of(&line.expect(3, &["--json", "bundle", "sent", "shop"]));
    assert!(text(&listed[0]["gone"]).contains("not sent to its end, 1 message"), "{listed}");
    let id = text(&listed[0]["id"]);
    let fetch = ["bundle", "fetch", id, "--from", "shop", "--to", "no", "--passphrase-file", "phrase"];
    assert_ne!(line.call(&fetch).status, Some(0));
    assert_eq!(chat.bot.documents().len(), 1);

    line.expect(0, &["bundle", "forget", id, "--from", "shop", "--confirm", "bundle.tar"]);

    assert_eq!(chat.bot.documents(), Vec::<String>::new());
    assert_eq!(sent(&line, "shop"), Vec::<Value>::new());
}
