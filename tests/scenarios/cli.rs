//! The command line: the whole loop, documents on standard output, and exit statuses that a script can rely on.

use std::process::Stdio;

use serde_json::Value;
use testkit::{Called, CommandLine, Server, child, is_root, poll, skip};

/// The one document that a call printed.
fn document(called: &Called) -> Value {
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

/// Checks a refusal: its status, and the code of its document.
fn assert_refused(line: &CommandLine, status: i32, code: &str, arguments: &[&str]) {
    let called = line.expect(status, arguments);
    let document = document(&called);
    let error = &document["error"];
    assert_eq!(error["code"], code, "{document}");
    assert!(error["message"].is_string() && error["hint"].is_string(), "{document}");
}

/// A profile with a vault and the project `shop` for a database of some rows.
async fn set_up(server: &'static Server, rows: u32) -> (CommandLine, String) {
    let database = server.database().await;
    database
        .run(&format!("create table t as select i, md5(i::text) from generate_series(1, {rows}) i"))
        .await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    (line, database.name().to_owned())
}

#[tokio::test]
async fn the_whole_loop_goes_by_command_line() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = set_up(server, 1000).await;
    let kit = std::fs::read_to_string(line.folder().join("kit.txt")).unwrap();
    assert!(kit.lines().any(|line| line.starts_with("Key: ")), "{kit}");

    let backup = document(&line.expect(0, &["--json", "backup", "run", "shop", "--reason", "a test"]));
    let listed = document(&line.expect(0, &["--json", "backup", "list", "shop"]));
    let id = listed["backups"][0]["id"].as_str().unwrap();
    assert_eq!(
        (listed["total"].as_u64(), &listed["backups"][0]["reason"]),
        (Some(1), &Value::from("a test"))
    );
    assert!(backup.to_string().contains(id), "{backup}");
    let shown = document(&line.expect(0, &["backup", "show", "shop@latest", "--json"]));
    assert!(shown.to_string().contains("\"t\""), "{shown}");
    let verified = document(&line.expect(0, &["verify", &id[..8], "--level", "readable", "--json"]));
    assert_eq!(verified["verdict"], "pass");

    let name = server.free_name();
    let plan = ["restore", "plan", &id[..8], "--to-new-database", &name, "--out", "plan.json", "--json"];
    document(&line.expect(0, &plan));
    let restored =
        document(&line.expect(0, &["restore", "apply", "plan.json", "--confirm", &name, "--json"]));
    assert_eq!(restored["verdict"], "pass", "{restored}");
    assert_eq!(server.at(&name).census().await, server.at(&database).census().await);
    line.expect(0, &["vault", "check", "--read-data"]);
    let jobs = document(&line.expect(0, &["job", "list", "--json"]));
    let states: Vec<&Value> = jobs.as_array().unwrap().iter().map(|job| &job["state"]).collect();
    assert!(!states.is_empty() && states.iter().all(|state| *state == "succeeded"), "{jobs}");
}

#[tokio::test]
async fn every_end_has_its_status() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = set_up(server, 10).await;
    line.expect(0, &["backup", "run", "shop"]);

    // 1: it did not work.
    let (password, _) = line.credentials(server, "postgres");
    let nowhere = server.settings("nowhere").redacted_url();
    line.expect(
        0,
        &["project", "add", "broken", "--postgres", &nowhere, "--password-file", password.as_str()],
    );
    assert_refused(&line, 1, "unknown_database", &["--json", "backup", "run", "broken"]);
    assert_refused(&line, 1, "project_not_found", &["--json", "backup", "run", "nothing"]);
    // 2: it makes no sense.
    line.expect(2, &["backup", "fly"]);
    let with_password = "postgresql://u:hunter2@db.example/shop";
    let refused = line.expect(2, &["project", "add", "leaky", "--postgres", with_password, "--no-password"]);
    assert!(!refused.said.contains("hunter2") && !refused.output.contains("hunter2"), "{refused:?}");
    // 4: it would do harm, or it is out of date.
    let taken =
        ["--json", "restore", "plan", "shop@latest", "--to-new-database", &database, "--out", "taken.json"];
    line.expect(4, &taken);
    assert_refused(
        &line,
        4,
        "plan_blocked",
        &["--json", "restore", "apply", "taken.json", "--confirm", &database],
    );
    let name = server.free_name();
    line.expect(0, &["restore", "plan", "shop@latest", "--to-new-database", &name, "--out", "plan.json"]);
    assert_refused(
        &line,
        4,
        "not_confirmed",
        &["--json", "restore", "apply", "plan.json", "--confirm", "no"],
    );
    line.expect(0, &["restore", "apply", "plan.json", "--confirm", &name]);
    assert_refused(&line, 4, "plan_stale", &["--json", "restore", "apply", "plan.json", "--confirm", &name]);
    line.expect(4, &["vault", "init", "--path", "another"]);
}

#[tokio::test]
async fn a_verification_without_tools_is_inconclusive() {
    let Some(server) = Server::shared() else { return };
    if !is_root() {
        return skip("only root may hide the Postgres tools of this computer");
    }
    let (line, _) = set_up(server, 10).await;
    line.expect(0, &["backup", "run", "shop"]);

    // Tools are found where the system puts them, whatever the PATH is: so they are hidden there.
    let verify = line.command(&["verify", "shop@latest", "--json"]);
    let mut hidden = std::process::Command::new("unshare");
    let hide = "mount -t tmpfs tmpfs /usr/lib/postgresql && exec \"$@\"";
    hidden.args(["--mount", "sh", "-c", hide, "hidden"]).arg(verify.get_program()).args(verify.get_args());
    hidden.envs(verify.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = hidden.env("PATH", "/usr/bin:/bin").current_dir(line.folder()).output().unwrap();

    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{said}");
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["verdict"], "inconclusive", "{verdict}");
}

#[tokio::test]
async fn an_interrupt_cancels_the_run_and_says_so() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = set_up(server, 10).await;
    let session = server.at(&database).session().await;
    session.client.batch_execute("begin; lock table t in access exclusive mode").await.unwrap();
    let mut running = line.command(&["backup", "run", "shop", "--json"]);
    let mut running = child::Guarded::start(running.stdout(Stdio::null()).stderr(Stdio::null()));
    let waits = "select count(*) from pg_stat_activity where application_name like 'holdfast % looks' and datname = current_database()";
    poll::soon("it waits for the lock", async || server.at(&database).value(waits).await == "1").await;

    let id = running.child().id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let status = poll::until("its end", async || running.child().try_wait().unwrap()).await;

    assert_eq!(status.code(), Some(130));
    session.client.batch_execute("rollback").await.unwrap();
    let jobs = document(&line.expect(0, &["job", "list", "--json"]));
    assert_eq!(jobs[0]["state"], "cancelled", "{jobs}");
    line.expect(0, &["backup", "run", "shop"]);
}

#[test]
fn the_demonstration_needs_nothing_and_works() {
    if Server::shared().is_none() {
        return;
    }
    let line = CommandLine::new();
    let mut command = line.command(&["demo"]);
    // As on a fresh computer: no profile, no secrets, no keychain.
    for name in ["HOLDFAST_HOME", "HOLDFAST_SECRETS", "HOLDFAST_PASSPHRASE_FILE", "DBUS_SESSION_BUS_ADDRESS"]
    {
        command.env_remove(name);
    }
    let output = command.env("HOME", line.folder()).env("TMPDIR", line.folder()).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}");
    let left =
        child::command_lines().into_iter().filter(|text| text.contains(line.folder().as_str())).count();
    assert_eq!(left, 0, "a process of the demonstration is left");
}
