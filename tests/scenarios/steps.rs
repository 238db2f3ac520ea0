//! Recovery steps around a restore of a living database: their order, what a failing one means, and what
//! of them is kept.

use base::Code;
use engine::restore::{RestoreState, RestoreTarget, TableMode};
use engine::steps::{NewAct, NewStep, RecoveryStep};
use ledger::catalog::{JobState, Level, Verdict};
use ledger::job::{StepResult, StepState, StepTime};
use testkit::{Console, Hook, PROJECT, Reply, Server};

use crate::living::{Living, in_place, living, orders, swap};

mod asked;
mod moved;
mod secret;
mod waiting;

/// A critical step.
fn step(title: &str, when: StepTime, act: NewAct) -> NewStep {
    NewStep {
        id: None,
        title: title.into(),
        when,
        act,
        is_critical: true,
        timeout_s: Some(20),
        also_after_failure: false,
    }
}

fn before(title: &str, act: NewAct) -> NewStep {
    step(title, StepTime::Before, act)
}

fn after(title: &str, act: NewAct) -> NewStep {
    step(title, StepTime::After, act)
}

fn also_after_failure(step: NewStep) -> NewStep {
    NewStep { also_after_failure: true, ..step }
}

fn not_critical(step: NewStep) -> NewStep {
    NewStep { is_critical: false, ..step }
}

fn call(hook: &Hook, path: &str) -> NewAct {
    NewAct::Webhook { url: hook.url(path), header: None }
}

fn sql(statements: &[&str]) -> NewAct {
    NewAct::Sql { statements: statements.iter().map(|&one| one.to_owned()).collect() }
}

/// A program in the console's folder, in the language of the system's own interpreter.
fn program(console: &Console, name: &str, script: &str) -> NewAct {
    let path = testkit::script(console.folder(), name, script);
    NewAct::Program { argv: vec![path.into_string(), "an argument".into()] }
}

async fn set(console: &Console, steps: Vec<NewStep>) -> Vec<RecoveryStep> {
    console.engine.set_recovery_steps(PROJECT, steps).await.unwrap()
}

/// Titles of steps with their states.
fn states(steps: &[StepResult]) -> Vec<(&str, StepState)> {
    steps.iter().map(|step| (step.title.as_str(), step.state)).collect()
}

/// Plans and applies without a safety backup; the run's id.
async fn start(shop: &Living<'_>, target: RestoreTarget) -> String {
    let plan = shop.plan_unsafely(target).await;
    assert_eq!(plan.blockers, Vec::<String>::new());
    shop.console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap()
}

#[tokio::test]
async fn they_are_done_in_order_around_the_safety_backup_and_the_restore_and_stand_in_the_report() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start();
    let script = "echo \"$HOLDFAST_STEP for $1: $HOLDFAST_OUTCOME, $(psql -tAc 'select count(*) from orders') orders\"";
    set(
        &shop.console,
        vec![
            after("Count", program(&shop.console, "count", script)),
            before(
                "Close",
                sql(&["create table closed as select 1 as one", "insert into closed values (2)"]),
            ),
            after("Resume", call(&hook, "/resume")),
            before("Pause", call(&hook, "/pause")),
        ],
    )
    .await;
    let plan = shop.plan(swap()).await;
    let steps: Vec<&str> = plan.steps.iter().filter_map(|step| step.split(['.', ':']).next()).collect();
    assert_eq!((&steps[..2], &steps[steps.len() - 2..]), (&["Close", "Pause"][..], &["Count", "Resume"][..]));

    let (job, report) = shop.apply(&plan).await;

    assert_eq!((report.verdict, shop.database.dump_text()), (Verdict::Pass, shop.then.clone()));
    assert_eq!(hook.paths(), ["/pause", "/resume"]);
    let resumed = &hook.calls()[1].body;
    assert_eq!((&resumed["outcome"], &resumed["project"]), (&"restored".into(), &PROJECT.into()));
    assert_eq!((&resumed["planId"], &resumed["runId"]), (&plan.id.clone().into(), &job.clone().into()));
    let (restore, _) = shop.console.engine.restore_standing(&job).await.unwrap();
    let done = ["Count", "Close", "Resume", "Pause"].map(|title| (title, StepState::Ok));
    assert_eq!(states(&restore.steps), done);
    assert_eq!(restore.steps, report.steps);
    let page = shop.console.engine.restore_account(&job).await.unwrap().html();
    for step in &report.steps {
        assert!(page.contains(&format!("“{}”: ok", step.title)), "{} is on the page", step.title);
    }
    assert_eq!(
        report.steps[0].said,
        "count ended with status 0: Count for an argument: restored, 500 orders"
    );
    assert_eq!(report.steps[1].said, "2 statements, 2 rows");
    let phases: Vec<String> = shop
        .console
        .engine
        .job(&job)
        .await
        .unwrap()
        .progress
        .phases
        .iter()
        .map(|one| one.id.clone())
        .collect();
    assert_eq!((phases[0].as_str(), phases[1].as_str()), ("before", "snapshot"));
    // What was done first is in the safety backup too: three tables there were, and this one.
    let safety = shop.console.engine.backup(&restore.traces.safety_backup.unwrap()).await.unwrap();
    assert_eq!(safety.record.table_count, 4);
}

#[tokio::test]
async fn a_critical_step_before_that_fails_keeps_the_restore_from_starting_and_what_was_paused_is_resumed() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start().with("/check", Reply::Status(503, "not now".into()));
    set(
        &shop.console,
        vec![
            before("Pause", call(&hook, "/pause")),
            before("Check", call(&hook, "/check")),
            before("Later", call(&hook, "/later")),
            after("Warm up", call(&hook, "/warm")),
            also_after_failure(after("Resume", call(&hook, "/resume"))),
        ],
    )
    .await;
    let was = shop.database.dump_text();
    let plan = shop.plan(in_place()).await;

    let job = shop.console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
    let failure = shop.console.failed(&job).await;

    assert_eq!(failure.code, Code::StepFailed);
    assert!(failure.message.contains("“Check” failed, so nothing was restored"), "{}", failure.message);
    assert!(failure.message.ends_with("answered 503: not now"), "{}", failure.message);
    assert_eq!(hook.paths(), ["/pause", "/check", "/resume"]);
    assert_eq!(hook.calls()[2].body["outcome"], "failed");
    assert_eq!((shop.database.dump_text(), shop.console.count().await), (was, 1));
    let (restore, standing) = shop.console.engine.restore_standing(&job).await.unwrap();
    assert_eq!((restore.state, standing.can_undo), (RestoreState::Failed, false));
    let skipped = StepState::Skipped;
    let found = [
        ("Pause", StepState::Ok),
        ("Check", StepState::Failed),
        ("Later", skipped),
        ("Warm up", skipped),
        ("Resume", StepState::Ok),
    ];
    assert_eq!(states(&restore.steps), found);
}

#[tokio::test]
async fn a_critical_step_after_that_fails_has_a_code_of_its_own_and_the_database_is_restored() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start();
    set(
        &shop.console,
        vec![
            after("Migrate", sql(&["update orders set note = 'x'", "select 1 / 0"])),
            also_after_failure(after("Resume", call(&hook, "/resume"))),
        ],
    )
    .await;

    let job = start(&shop, orders(TableMode::Replace)).await;
    let failure = shop.console.failed(&job).await;

    assert_eq!(failure.code, Code::StepFailedAfterRestore);
    let said = "IS restored, but the step “Migrate” after it failed: the server refused statement 2: division by zero";
    assert!(failure.message.contains(said), "{}", failure.message);
    assert!(failure.hint.unwrap().contains("“Migrate”, “Resume”"));
    assert_eq!(hook.paths(), Vec::<String>::new());
    // Neither is anything left of the statement before.
    assert_eq!(shop.database.value("select count(*) || ' ' || max(id) from orders").await, "500 500");
    assert_eq!(shop.database.value("select count(*) from orders where note = 'x'").await, "0");
    let (restore, _) = shop.console.engine.restore_standing(&job).await.unwrap();
    assert_eq!(restore.state, RestoreState::Done);
    let report = restore.report.unwrap();
    assert_eq!((report.verdict, report.steps), (Verdict::Pass, restore.steps.clone()));
    assert_eq!(states(&restore.steps), [("Migrate", StepState::Failed), ("Resume", StepState::Skipped)]);
}

#[tokio::test]
async fn a_step_that_is_not_critical_warns_and_the_run_goes_on() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start().with("/gone", Reply::Redirect("/resume".into()));
    set(
        &shop.console,
        vec![
            not_critical(before("Purge", program(&shop.console, "purge", "echo it is full >&2; exit 7"))),
            not_critical(after("Gone", call(&hook, "/gone"))),
        ],
    )
    .await;

    let job = start(&shop, in_place()).await;
    let job = shop.console.succeeded(&job).await;

    let report = job.output.unwrap().restore.unwrap();
    assert_eq!(states(&report.steps), [("Purge", StepState::Failed), ("Gone", StepState::Failed)]);
    assert_eq!(report.steps[0].said, "purge ended with status 7: it is full");
    assert!(report.steps[1].said.contains("answered 302, and redirects are not followed"));
    assert_eq!(hook.paths(), ["/gone"]);
    let outcome = job.record.outcome.unwrap();
    assert!(outcome.ends_with("Look at the steps that failed: “Purge”, “Gone”."), "{outcome}");
    let log = shop.console.engine.job_log(&job.record.id, 0, Level::Warning, 50).await.unwrap();
    let warned = log.iter().filter(|line| line.message.contains("failed, and the run goes on")).count();
    assert_eq!((warned, job.record.state), (2, JobState::Succeeded));
}

#[tokio::test]
async fn a_restore_that_fails_runs_only_the_steps_that_are_marked_for_it_and_keeps_its_own_reason() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start().with("/tell", Reply::Status(500, String::new()));
    let trap = [
        "create function refuse() returns event_trigger language plpgsql as $$ begin raise exception 'not today'; end $$",
        "create event trigger refusing on ddl_command_start execute function refuse()",
    ];
    set(
        &shop.console,
        vec![
            before("Set the trap", sql(&trap)),
            after("Warm up", call(&hook, "/warm")),
            also_after_failure(after("Tell", call(&hook, "/tell"))),
            also_after_failure(after("Resume", call(&hook, "/resume"))),
        ],
    )
    .await;
    let was = shop.orders().await;

    let job = start(&shop, in_place()).await;
    let failure = shop.console.failed(&job).await;

    assert_eq!(failure.code, Code::ServerRefused);
    assert!(failure.message.contains("not today"), "{}", failure.message);
    assert!(failure.message.ends_with("afterwards these steps failed too: “Tell”"), "{}", failure.message);
    assert_eq!(hook.paths(), ["/tell", "/resume"]);
    assert_eq!(shop.orders().await, was);
    let job = shop.console.engine.job(&job).await.unwrap();
    let failed: Vec<String> = job
        .progress
        .phases
        .iter()
        .filter(|phase| phase.state == ledger::job::PhaseState::Failed)
        .map(|phase| phase.id.clone())
        .collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(
        job.progress.phases.iter().any(|one| one.id == "after" && one.state == ledger::job::PhaseState::Done)
    );
}

#[tokio::test]
async fn where_the_checks_of_the_restored_database_fail_nothing_is_resumed_but_what_is_marked_for_it() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start();
    let steps = vec![
        after("Resume", call(&hook, "/resume")),
        also_after_failure(after("Tell", call(&hook, "/tell"))),
    ];
    set(&shop.console, steps).await;
    shop.console.engine.add_assertion(PROJECT, "nobody is left out", "select false").await.unwrap();

    let job = start(&shop, in_place()).await;
    let job = shop.console.succeeded(&job).await;

    let report = job.output.unwrap().restore.unwrap();
    assert_eq!(report.verdict, Verdict::Fail, "{}", report.reason);
    assert_eq!(states(&report.steps), [("Resume", StepState::Skipped), ("Tell", StepState::Ok)]);
    assert_eq!(
        hook.calls().iter().map(|call| call.body["outcome"].clone()).collect::<Vec<_>>(),
        ["checks_failed"]
    );
    let outcome = job.record.outcome.unwrap();
    assert!(outcome.ends_with("Steps that were not done: “Resume”."), "{outcome}");
}
