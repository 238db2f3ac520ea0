//! Killed in what was asked of a platform: it goes on there, and the run says to look there first.

use std::process::Stdio;

use serde_json::Value;
use testkit::{CommandLine, child, poll};

use super::bench::{Bench, answer};

/// Kills a call of the command line once the platform has its request, and says what its run says afterwards.
async fn killed_in(bench: &Bench, line: &CommandLine, request: &str, arguments: &[&str]) -> Value {
    let before = bench.calls(request);
    bench.server.fail(|faults| faults.answers_never = Some(request.to_owned()));
    let mut command = line.command(arguments);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    poll::soon(request, async || bench.calls(request) > before).await;
    running.kill();
    bench.server.fail(|faults| faults.answers_never = None);
    let job = answer(line, &["--json", "job", "list"])[0].clone();
    answer(line, &["--json", "job", "show", job["id"].as_str().unwrap()])
}

fn assert_says_to_look_there(shown: &Value, what: &str) {
    let row = &shown["row"];
    assert_eq!((&row["kind"], &row["state"]), (&"platform".into(), &"interrupted".into()), "{what}: {shown}");
    let (outcome, next) = (row["outcome"].as_str().unwrap(), shown["safeNext"].as_str().unwrap());
    assert!(outcome.contains("goes on there, or is done"), "{what}: {outcome}");
    assert!(next.starts_with("Look at the platform first"), "{what}: {next}");
    assert!(!next.contains("safe to start"), "{what}: {next}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_deletion_import_or_restore_at_a_platform_says_to_look_there_and_never_that_it_is_safe() {
    let Some(bench) = Bench::new().await else { return };
    let line = bench.line();
    line.expect(0, &["platform", "create", "shop", "--kind", "full"]);
    line.expect(0, &["platform", "create", "shop", "--kind", "export", "--pull"]);
    let pulled =
        answer(&line, &["--json", "backup", "list"])["backups"][0]["id"].as_str().unwrap().to_owned();
    let there = answer(&line, &["--json", "platform", "show", "shop"])["backups"].clone();
    let of_kind = |kind: &str| {
        let kind = |one: &&Value| one["kind"].as_str().unwrap().eq_ignore_ascii_case(kind);
        let found = there.as_array().unwrap().iter().find(kind);
        found.unwrap_or_else(|| panic!("{there}"))["id"].as_str().unwrap().to_owned()
    };
    let (full, exported) = (of_kind("full"), of_kind("export"));

    let import = ["platform", "import", "shop", "--backup", &pulled, "--as", "Second", "--confirm", "shop"];
    let shown = killed_in(&bench, &line, "/platform/projects/import", &import).await;
    assert_says_to_look_there(&shown, "import");

    let delete = ["platform", "delete", "shop", &exported, "--confirm", "shop"];
    let shown = killed_in(&bench, &line, "DELETE /platform/projects/shop/backups/", &delete).await;
    assert_says_to_look_there(&shown, "delete");
    // It was done all the same: whoever started it again would find nothing.
    poll::soon("it is gone there", async || bench.archives().len() == 1).await;

    let restore =
        ["platform", "restore", "shop", &full, "--confirm", "shop", "--no-safety-because", "a scenario"];
    let shown = killed_in(&bench, &line, "/restore", &restore).await;
    assert_says_to_look_there(&shown, "restore");
    line.expect(0, &["audit", "verify"]);
}
