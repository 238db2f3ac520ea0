//! Runs that wait for a person: answered from another process, stopped, cancelled, killed.

use std::process::Stdio;

use base::Code;
use engine::Engine;
use engine::restore::RestoreState;
use engine::steps::{Answer, NewAct};
use ledger::catalog::JobState;
use ledger::job::{StepState, WaitsFor};
use serde_json::Value;
use testkit::{CommandLine, Database, Hook, Server, child, poll};

use super::{after, also_after_failure, before, call, set, sql, start, states};
use crate::living::{in_place, living};

fn wait(instructions: &str) -> NewAct {
    NewAct::Wait { instructions: instructions.into() }
}

/// Waits until a run waits for a person.
async fn until_waiting(engine: &Engine, job: &str) -> WaitsFor {
    poll::until("a person is waited for", async || engine.job(job).await.unwrap().progress.waits_for).await
}

#[tokio::test]
async fn a_run_that_waits_goes_on_when_another_process_says_so() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    set(&shop.console, vec![before("Pause", wait("Put up the page.")), after("Look", wait("Look."))]).await;
    let other = shop.console.second_engine().await;

    let job = start(&shop, in_place()).await;
    let first = until_waiting(&other, &job).await;
    assert_eq!((first.title.as_str(), first.instructions.as_str()), ("Pause", "Put up the page."));
    let unknown = other.answer_job(&job, Some("another"), Answer::GoOn).await.unwrap_err();
    assert_eq!(unknown.code, Code::JobNotWaiting);
    other.answer_job(&job, None, Answer::GoOn).await.unwrap();
    // Twice is once: the next wait is not answered with it.
    let twice = other.answer_job(&job, Some(&first.step_id), Answer::GoOn).await.unwrap_err();
    assert_eq!(twice.code, Code::JobNotWaiting);
    let second = poll::until("the second wait", async || {
        other.job(&job).await.unwrap().progress.waits_for.filter(|waits| waits.title == "Look")
    });
    let second = second.await;
    other.answer_job(&job, Some(&second.step_id), Answer::GoOn).await.unwrap();

    let job = shop.console.succeeded(&job).await;
    let steps = job.output.unwrap().restore.unwrap().steps;
    assert_eq!(states(&steps), [("Pause", StepState::Ok), ("Look", StepState::Ok)]);
    assert_eq!(job.progress.waits_for, None);
    let over = other.answer_job(&job.record.id, None, Answer::GoOn).await.unwrap_err();
    assert_eq!(over.code, Code::JobOver);
}

#[tokio::test]
async fn a_person_who_stops_or_cancels_leaves_the_database_as_it_was_and_what_was_paused_is_resumed() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start();
    set(
        &shop.console,
        vec![
            before("Pause", wait("Put up the page.")),
            also_after_failure(after("Take the page down", wait("Take it down."))),
            also_after_failure(after("Resume", call(&hook, "/resume"))),
        ],
    )
    .await;
    let was = shop.database.dump_text();

    let stopped = start(&shop, in_place()).await;
    until_waiting(&shop.console.engine, &stopped).await;
    shop.console.engine.answer_job(&stopped, None, Answer::Stop).await.unwrap();
    let down = poll::until("the page is to be taken down", async || {
        let waits = shop.console.engine.job(&stopped).await.unwrap().progress.waits_for;
        waits.filter(|waits| waits.title == "Take the page down")
    });
    let down = down.await;
    shop.console.engine.answer_job(&stopped, Some(&down.step_id), Answer::GoOn).await.unwrap();
    let failure = shop.console.failed(&stopped).await;
    assert_eq!(failure.code, Code::StepFailed);
    assert!(failure.message.ends_with("a person stopped here"), "{}", failure.message);

    let cancelled = start(&shop, in_place()).await;
    until_waiting(&shop.console.engine, &cancelled).await;
    shop.console.engine.cancel_job(&cancelled).await.unwrap();
    let job = shop.console.wait(&cancelled).await;
    assert_eq!(job.record.state, JobState::Cancelled);
    let (restore, _) = shop.console.engine.restore_standing(&cancelled).await.unwrap();
    // Somebody who cancels is not asked to confirm anything more.
    let found =
        [("Pause", StepState::Failed), ("Take the page down", StepState::Skipped), ("Resume", StepState::Ok)];
    assert_eq!((states(&restore.steps), restore.state), (found.to_vec(), RestoreState::Failed));

    assert_eq!(shop.database.dump_text(), was);
    let outcomes: Vec<Value> = hook.calls().iter().map(|call| call.body["outcome"].clone()).collect();
    assert_eq!(outcomes, ["failed", "cancelled"]);
}

#[tokio::test]
async fn a_run_that_is_cancelled_after_its_restore_says_that_the_database_is_restored() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    set(&shop.console, vec![after("Look", wait("Look."))]).await;

    let job = start(&shop, in_place()).await;
    until_waiting(&shop.console.engine, &job).await;
    shop.console.engine.cancel_job(&job).await.unwrap();
    let failure = shop.console.failed(&job).await;

    assert_eq!(failure.code, Code::StepFailedAfterRestore);
    assert!(
        failure.message.contains("IS restored, but the run was cancelled at the step “Look”"),
        "{failure:?}"
    );
    assert_eq!(shop.console.engine.restore(&job).await.unwrap().state, RestoreState::Done);
    assert_eq!(shop.database.value("select count(*) from orders").await, "500");
}

#[tokio::test]
async fn a_run_that_waits_for_a_person_keeps_no_other_project_from_being_backed_up() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    set(&shop.console, vec![before("Pause", wait("Put up the page.")), after("Look", wait("Look."))]).await;
    let other = server.database().await;
    shop.console.add_project("other", server.settings(other.name()), server.password()).await.unwrap();
    let back_up = async || {
        let job = shop.console.engine.start_backup("other", None).await.unwrap();
        shop.console.succeeded(&job).await;
    };
    let plan = shop.plan(in_place()).await;

    let job = shop.console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
    until_waiting(&shop.console.engine, &job).await;
    back_up().await;
    shop.console.engine.answer_job(&job, None, Answer::GoOn).await.unwrap();
    poll::soon("the second wait", async || {
        let waits = shop.console.engine.job(&job).await.unwrap().progress.waits_for;
        waits.is_some_and(|waits| waits.title == "Look")
    })
    .await;
    back_up().await;
    shop.console.engine.answer_job(&job, None, Answer::GoOn).await.unwrap();

    shop.console.succeeded(&job).await;
    assert!(shop.console.engine.restore(&job).await.unwrap().traces.safety_backup.is_some());
}

#[tokio::test]
async fn a_target_that_changed_while_a_person_was_waited_for_is_not_written_to() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    set(&shop.console, vec![before("Pause", wait("Put up the page."))]).await;
    let job = start(&shop, in_place()).await;
    until_waiting(&shop.console.engine, &job).await;

    shop.database.run("alter table orders add column paid_at timestamptz").await;
    let was = shop.database.dump_text();
    shop.console.engine.answer_job(&job, None, Answer::GoOn).await.unwrap();

    assert_eq!(shop.console.failed(&job).await.code, Code::PlanStale);
    assert_eq!(shop.database.dump_text(), was);
}

#[tokio::test]
async fn what_changes_during_the_safety_backup_is_no_doing_of_the_steps_and_stops_the_restore() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    set(&shop.console, vec![before("Close", sql(&["create table closed as select 1 as one"]))]).await;
    let plan = shop.plan(in_place()).await;
    let job = shop.console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
    poll::soon("the safety backup", async || {
        let job = shop.console.engine.job(&job).await.unwrap();
        job.progress.phases.iter().any(|phase| phase.id == "snapshot" && phase.started_at_ms.is_some())
    })
    .await;

    // A table that is there could not be changed now: who wants to waits.
    shop.database.run("create table invoices as select 1 as one").await;
    let was = shop.database.dump_text();

    assert_eq!(shop.console.failed(&job).await.code, Code::PlanStale);
    assert_eq!(shop.database.dump_text(), was);
}

/// A profile of the command line whose project waits before and calls after.
fn command_line(server: &Server, database: &Database<'_>, hook: &Hook) -> CommandLine {
    let line = CommandLine::new();
    let (file, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", file.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    let steps = serde_json::json!([
        { "title": "Pause", "when": "before", "critical": true,
          "act": { "kind": "wait", "instructions": "Put up the page." } },
        { "title": "Resume", "when": "after", "critical": true, "alsoAfterFailure": true,
          "act": { "kind": "webhook", "url": hook.url("/resume") } }
    ]);
    std::fs::write(line.folder().join("steps.json"), steps.to_string()).unwrap();
    line.expect(0, &["steps", "set", "shop", "steps.json"]);
    let planned = line.expect(0, &["restore", "plan", "shop@latest", "--in-place", "--out", "plan.json"]);
    assert!(planned.output.contains("1. Pause: wait until a person has done it"), "{}", planned.output);
    line
}

fn answer(line: &CommandLine, arguments: &[&str]) -> Value {
    let called = line.expect(0, arguments);
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

/// The id of the run that waits for a person.
async fn waiting_run(line: &CommandLine) -> String {
    poll::until("a run that waits", async || {
        let newest = answer(line, &["--json", "job", "list"])[0].clone();
        assert_ne!(newest["state"], "failed", "{newest}");
        (newest["waitsFor"] == "Pause").then(|| newest["id"].as_str().unwrap().to_owned())
    })
    .await
}

#[tokio::test]
async fn on_the_command_line_a_run_that_waits_says_what_for_and_is_continued_from_another_terminal() {
    let Some(server) = Server::shared() else { return };
    let (database, hook) = (server.database().await, Hook::start());
    database.run("create table orders as select 1 as one").await;
    let line = command_line(server, &database, &hook);
    let mut command = line.command(&["restore", "apply", "plan.json", "--confirm", database.name()]);
    let mut running = child::Guarded::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));

    let id = waiting_run(&line).await;
    let shown = line.expect(0, &["job", "show", &id]).output;
    assert!(shown.contains("It waits for a person: Pause") && shown.contains("Put up the page."), "{shown}");
    let listed = line.expect(0, &["project", "list"]).output;
    assert!(listed.contains("Restoring, waits for you: Pause"), "{listed}");
    line.expect(0, &["job", "continue", &id]);

    let mut said = String::new();
    std::io::Read::read_to_string(running.child().stderr.as_mut().unwrap(), &mut said).unwrap();
    assert!(running.child().wait().unwrap().success(), "{said}");
    assert!(said.contains("The run waits for you: Pause\n  Put up the page."), "{said}");
    assert!(said.contains(&format!("holdfast job continue {}", &id[..8])), "{said}");
    assert_eq!(hook.paths(), ["/resume"]);
    line.expect(4, &["job", "continue", &id]);
}

#[tokio::test]
async fn a_process_that_is_killed_while_it_waits_is_named_and_so_is_what_nobody_did() {
    let Some(server) = Server::shared() else { return };
    let (database, hook) = (server.database().await, Hook::start());
    database.run("create table orders as select 1 as one").await;
    let line = command_line(server, &database, &hook);
    let was = database.dump_text();
    let mut command = line.command(&["restore", "apply", "plan.json", "--confirm", database.name()]);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    let id = waiting_run(&line).await;

    running.kill();

    let job = answer(&line, &["--json", "job", "list"])[0].clone();
    assert_eq!((&job["state"], &job["waitsFor"]), (&"interrupted".into(), &Value::Null));
    let outcome = job["outcome"].as_str().unwrap();
    assert!(
        outcome.contains("while it waited for a person at the step “Pause” before the restore"),
        "{outcome}"
    );
    let standing = answer(&line, &["--json", "restore", "show", &id]);
    assert_eq!(standing["restore"]["state"], "preparing");
    assert!(standing["sentence"].as_str().unwrap().contains("is as it was."), "{standing}");
    assert!(
        standing["next"].as_str().unwrap().starts_with("Do by hand what nobody did: “Resume”."),
        "{standing}"
    );
    assert_eq!(
        (&standing["steps"][0]["state"], &standing["steps"][1]["state"]),
        (&"failed".into(), &"planned".into())
    );
    assert_eq!((database.dump_text(), hook.paths().len()), (was, 0));
    line.expect(4, &["job", "continue", &id]);
}
