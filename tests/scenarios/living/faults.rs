//! A fault at every place: the target is as it was, or as planned, and what is said of it is true.

use std::process::Stdio;

use base::Code;
use engine::restore::{RestoreState, TableMode};
use serde_json::Value;
use testkit::{CommandLine, FaultProxy, FullDisk, PROJECT, Server, child, poll};

use super::{SHOP, in_place, living, orders};

/// Refuses the statement whose number stands in the table `fault`, counted within the transaction.
const FAULTY: &str = "
    create table fault (at int, n int); insert into fault values (0, 0);
    create function fail_at() returns event_trigger language plpgsql as $$
    declare reached public.fault;
    begin
      update public.fault set n = n + 1 returning * into reached;
      if reached.n = reached.at then raise exception 'the fault at %', reached.n; end if;
    end $$;
    create event trigger faults on ddl_command_start execute function fail_at()";

#[tokio::test]
async fn a_fault_at_any_statement_leaves_the_target_as_it_was() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    shop.database.run(FAULTY).await;
    // Its statements are not counted while it is set up.
    let before = async |at: u32| {
        shop.database.run(&format!("update fault set at = {at}, n = 0")).await;
        shop.database.dump_text()
    };
    let mut failed = 0;
    for at in (1..500).step_by(3) {
        let was = before(at).await;
        let plan = shop.plan_unsafely(in_place()).await;
        let job = shop.console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
        let job = shop.console.wait(&job).await;
        let Some(failure) = job.failure else { break };
        assert!(failure.message.contains(&format!("the fault at {at}")), "{failure:?}");
        assert_eq!(shop.database.dump_text(), was, "after the fault at statement {at}");
        let restore = shop.console.engine.restore(&job.record.id).await.unwrap();
        assert_eq!(restore.state, RestoreState::Failed);
        failed += 1;
    }
    eprintln!("{failed} faults in one restore in place");
    assert!(failed >= 8, "only {failed} statements were reached");
    shop.database.run("drop event trigger faults; drop function fail_at; drop table fault, later").await;
    assert_eq!(shop.database.dump_text(), shop.then);
}

#[tokio::test]
async fn a_safety_backup_that_fails_keeps_the_restore_from_starting() {
    let Some(server) = Server::shared() else { return };
    let Some(disk) = FullDisk::new(64) else { return };
    let database = server.database().await;
    database.run(SHOP).await;
    let console = testkit::Console::new().await.with_vault_at(disk.path()).await;
    console.add_project(PROJECT, database.settings(), server.password()).await.unwrap();
    let backup = console.backup().await.record.id;
    database.run("create table more as select md5(i::text) from generate_series(1, 100000) i").await;
    let was = database.dump_text();
    let plan = console.plan(&backup, in_place()).await.unwrap();

    disk.fill(0);
    let job = console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
    let failure = console.failed(&job).await;

    assert!(failure.message.starts_with("the safety backup failed, so nothing was restored"), "{failure:?}");
    assert_eq!(database.dump_text(), was);
    assert_eq!(console.count().await, 1);
}

#[tokio::test]
async fn a_safety_backup_is_declined_only_with_a_reason() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let request = |reason: &str| engine::restore::RestoreRequest {
        backup: shop.backup.clone(),
        target: orders(TableMode::Replace),
        no_safety_because: Some(reason.into()),
        writers: engine::restore::Writers::Wait,
        after: None,
    };

    let refused = shop.console.engine.plan_restore(request("  ")).await.unwrap_err();
    assert_eq!(refused.code, Code::ReasonNeeded);

    let plan = shop.console.engine.plan_restore(request("it is on fire")).await.unwrap();
    assert!(plan.undo.starts_with("It cannot be undone"), "{}", plan.undo);
    let (job, _) = shop.apply(&plan).await;
    let (_, standing) = shop.console.engine.restore_standing(&job).await.unwrap();
    assert!(!standing.can_undo && standing.next.contains("no safety backup"), "{standing:?}");
    assert_eq!(shop.console.count().await, 1);
}

/// Every phase in which a restore can be killed, and what it was asked to do.
const PHASES: [&str; 7] = ["snapshot", "dump", "prepare", "rows", "indexes", "check", "switch"];

#[tokio::test]
async fn killed_in_any_phase_the_named_state_is_true_and_the_offered_act_works() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(SHOP).await;
    database
        .run("create table bulk as select i, md5(i::text) as hash from generate_series(1, 150000) i; create index on bulk (hash)")
        .await;
    let line = CommandLine::new();
    let (file, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", file.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    // By its id: the newest is soon one that a restore made before it began.
    let backup = answer(&line, &["--json", "backup", "list", "shop"])["backups"][0]["id"].clone();
    let backup = backup.as_str().unwrap();
    let restored = database.dump_text();
    let mut reached = 0;
    for how in ["--swap", "--in-place"] {
        for phase in PHASES {
            database.run("insert into orders (customer, note) values (1, 'newer')").await;
            let was = database.dump_text();
            line.expect(0, &["restore", "plan", backup, how, "--out", "plan.json"]);
            let Some(id) = kill_in(&line, database.name(), phase).await else { continue };
            reached += 1;
            let standing = answer(&line, &["--json", "restore", "show", &id]);
            let now = database.dump_text();
            match standing["restore"]["state"].as_str().unwrap() {
                "done" => assert!(now == restored, "{how} killed in {phase} is said to be done: {standing}"),
                _ => assert!(now == was, "{how} killed in {phase}: {standing}"),
            }
            // What is offered works, and leaves nothing of it.
            if standing["canUndo"] == true {
                take_away(&line, &id);
            }
            let left = format!(
                "select count(*) from pg_database where datname = 'holdfast_incomplete_{}'",
                &id[..8]
            );
            assert_eq!(server.at("postgres").value(&left).await, "0", "{how} killed in {phase}");
            // From the same beginning again.
            line.expect(
                0,
                &[
                    "restore",
                    "plan",
                    backup,
                    "--in-place",
                    "--no-safety-backup",
                    "a scenario",
                    "--out",
                    "plan.json",
                ],
            );
            line.expect(0, &["restore", "apply", "plan.json", "--confirm", database.name()]);
        }
    }
    eprintln!("killed in {reached} of {} phases", 2 * PHASES.len());
    assert!(reached >= 8, "only {reached} phases were caught");
}

/// So many connections are more than those before the first look: by then the server was seen at work.
const ASKED_AGAIN: u64 = 5;

#[tokio::test]
async fn a_swap_that_its_server_finishes_after_a_kill_is_said_to_be_done() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(SHOP).await;
    let (line, proxy) = (CommandLine::new(), FaultProxy::to(server.port()));
    let (file, _) = line.credentials(server, database.name());
    // Through a proxy, which counts how often the server is asked.
    let mut settings = database.settings();
    settings.port = proxy.port();
    let url = settings.redacted_url();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", file.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    let restored = database.dump_text();
    database.run("insert into orders (customer, note) values (1, 'newer')").await;
    let plan = ["restore", "plan", "shop@latest", "--swap", "--no-safety-backup", "a scenario"];
    line.expect(0, &[&plan[..], &["--out", "plan.json"]].concat());
    // Whoever changes a database holds its row, and so its name.
    let admin = server.at("postgres").session().await;
    let hold = format!("begin; alter database \"{}\" connection limit 50", database.name());
    admin.client.batch_execute(&hold).await.unwrap();
    let mut command = line.command(&["restore", "apply", "plan.json", "--confirm", database.name()]);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    let waits = format!(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%{}%RENAME%'",
        database.name()
    );
    poll::soon("the change of names waits", async || server.at("postgres").value(&waits).await == "1").await;
    running.kill();

    let id = answer(&line, &["--json", "job", "list"])[0]["id"].as_str().unwrap().to_owned();
    let (mut show, before) = (line.command(&["--json", "restore", "show", &id]), proxy.connections());
    let mut show = show.stdout(Stdio::piped()).spawn().unwrap();
    // While the server is at it, it is asked again and again, each time by a connection of its own.
    poll::soon("it is asked again and again", async || {
        proxy.connections() >= before + ASKED_AGAIN || show.try_wait().unwrap().is_some()
    })
    .await;
    admin.client.batch_execute("rollback").await.unwrap();

    let shown: Value = serde_json::from_slice(&show.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(shown["restore"]["state"], "done", "{shown}");
    assert_eq!((&shown["canUndo"], database.dump_text()), (&Value::Bool(true), restored));
}

/// Does what is offered. A process that died before the server made what it had noted leaves nothing to take
/// away, and that is what is said then.
fn take_away(line: &CommandLine, id: &str) {
    let planned = line.call(&["restore", "undo", id, "--out", "undo.json"]);
    if planned.status == Some(4) && planned.output.contains("is not there any more") {
        return;
    }
    assert_eq!(planned.status, Some(0), "{planned:?}");
    let undo = std::fs::read_to_string(line.folder().join("undo.json")).unwrap();
    let undo: Value = serde_json::from_str(&undo).unwrap();
    let name = undo["targetDatabase"].as_str().unwrap();
    line.expect(0, &["restore", "apply", "undo.json", "--confirm", name, "--end-connections"]);
}

fn answer(line: &CommandLine, arguments: &[&str]) -> Value {
    let called = line.expect(0, arguments);
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

/// Applies the plan and kills the program once it is in `phase`, or past it. The restore's id; nothing
/// where it was over before.
async fn kill_in(line: &CommandLine, database: &str, phase: &str) -> Option<String> {
    let before = answer(line, &["--json", "job", "list"])[0]["id"].clone();
    let mut command =
        line.command(&["restore", "apply", "plan.json", "--confirm", database, "--end-connections"]);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    let id = poll::until(phase, async || {
        let newest = answer(line, &["--json", "job", "list"])[0].clone();
        if newest["id"] == before || newest["state"] == "queued" {
            return None;
        }
        let id = newest["id"].as_str().unwrap().to_owned();
        let job = answer(line, &["--json", "job", "show", &id]);
        let is_there =
            job["phases"].as_array().unwrap().iter().any(|one| one["id"] == phase && one["state"] != "waits");
        (is_there || newest["state"] != "running").then_some(id)
    })
    .await;
    running.kill();
    let job = answer(line, &["--json", "job", "show", &id]);
    let state = job["row"]["state"].as_str().or_else(|| job["state"].as_str()).unwrap_or_default().to_owned();
    (state == "interrupted" || state == "running").then_some(id)
}
