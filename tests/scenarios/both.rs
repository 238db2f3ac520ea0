//! Projects that are a database and a platform: each side is given and changed by itself, the acts of both are there,
//! and what has to happen around a restore happens around one at the platform too.

use std::process::Stdio;
use std::time::Duration;

use base::Code;
use engine::project::ProjectChange;
use engine::pull::{RemotePlan, RemotePlanRequest, RemoteTarget};
use engine::schedule::Work;
use engine::steps::{NewAct, NewStep};
use ledger::job::{StepState, StepTime, may_be_paused};
use remote::platform::{PlatformSettings, RestoreParts};
use serde_json::{Value, json};
use testkit::{CommandLine, Console, PROJECT, Server, child, poll};

use crate::pull::bench::{Bench, STANDING, add, answer, made};
use crate::pull::cloud::on_a_cloud;

fn step(title: &str, when: StepTime, act: NewAct) -> NewStep {
    let also_after_failure = matches!(act, NewAct::Resume);
    NewStep {
        id: None,
        title: title.into(),
        when,
        act,
        is_critical: true,
        timeout_s: None,
        also_after_failure,
    }
}

fn paused_and_resumed(timeout_s: Option<u32>) -> Vec<NewStep> {
    let pause = step("Pause", StepTime::Before, NewAct::Pause);
    let resume = step("Resume", StepTime::After, NewAct::Resume);
    vec![NewStep { timeout_s, ..resume }, NewStep { timeout_s, ..pause }]
}

async fn plan(console: &Console, id: &str) -> RemotePlan {
    let target = RemoteTarget::Restore { id: id.to_owned(), parts: RestoreParts::DATABASE.into() };
    let no_safety_because = Some("a scenario".to_owned());
    let request = RemotePlanRequest { no_safety_because, ..RemotePlanRequest::new(PROJECT, target) };
    console.engine.plan_remote(request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_of_a_cloud_whose_database_is_connected_has_the_acts_of_both() {
    let Some((line, cloud, _database)) = on_a_cloud(true).await else { return };
    let shown = answer(&line, &["--json", "project", "show", "shop"]);
    assert_eq!((&shown["row"]["hasDatabase"], &shown["row"]["platform"]), (&json!(true), &json!("supabase")));
    let place = shown["row"]["place"].as_str().unwrap();
    assert!(place.starts_with("Postgres") && place.contains(", and Supabase at "), "{place}");
    let rungs = line.expect(0, &["project", "test", "shop"]).output;
    assert!(rungs.contains("There: Sign-in") && rungs.contains("Rights"), "{rungs}");

    let made = answer(&line, &["--json", "backup", "run", "shop"]);
    let pulled = answer(&line, &["--json", "pull", "shop"]);
    line.expect(0, &["schedule", "set", "shop", "--daily", "02:00"]);
    line.expect(0, &["schedule", "set", "shop", "--daily", "03:00", "--kind", "pull"]);
    line.expect(0, &["restore", "plan", "shop@latest", "--in-place", "--out", "plan.json"]);

    assert_eq!(made["row"]["components"], json!(["database", "roles", "config"]));
    assert_eq!(pulled["row"]["components"], json!(["config"]));
    let schedules = answer(&line, &["--json", "schedule", "show", "shop"]).to_string();
    assert!(
        schedules.contains("\"work\":\"backup\"") && schedules.contains("\"work\":\"pull\""),
        "{schedules}"
    );
    // A side that is changed takes nothing of the other along.
    let address = format!("address={}", cloud.address());
    let reference = shown["platform"]["reference"].as_str().unwrap();
    let there = ["project", "edit", "shop", "--supabase", reference, "--set", &address];
    line.expect(0, &[&there[..], &["--credential-file", "token=token", "--label", "staging"]].concat());
    let after = answer(&line, &["--json", "project", "show", "shop"]);
    assert_eq!((&after["connection"], &after["hasPassword"]), (&shown["connection"], &json!(true)));
    line.expect(0, &["backup", "run", "shop"]);
}

#[tokio::test]
async fn a_connection_comes_to_a_project_on_a_platform_and_both_go_on_to_work() {
    let Some(bench) = Bench::new().await else { return };
    let server = Server::shared().unwrap();
    let console = bench.console().await;
    let change = ProjectChange {
        connection: Some(server.settings(bench.database.name())),
        password: Some(server.password().clone()),
        ..ProjectChange::default()
    };

    let changed = console.engine.edit_project(PROJECT, change).await.unwrap();

    assert!(changed.has_database() && changed.platform == Some(bench.settings()));
    console.engine.look_at_platform(PROJECT).await.unwrap();
    console.succeeded(&console.engine.start_backup(PROJECT, None).await.unwrap()).await;
    // What would hold its goals: backups from here, and what only the platform has beside.
    let standing = console.engine.goal_standing(PROJECT).await.unwrap();
    let works: Vec<(&str, Option<Work>)> = standing
        .lines
        .iter()
        .map(|line| match &line.part {
            engine::proposal::Part::Schedule { work, .. } => (line.id, Some(*work)),
            engine::proposal::Part::Retention(_) => (line.id, None),
        })
        .collect();
    assert_eq!(
        works[..3],
        [("backups", Some(Work::Backup)), ("pulls", Some(Work::Pull)), ("retention", None)]
    );
}

#[tokio::test]
async fn the_project_is_paused_before_a_restore_at_its_platform_and_runs_again_after_it() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let id = made(&console, "database").await;
    let stale = plan(&console, &id).await;
    console.engine.set_recovery_steps(PROJECT, paused_and_resumed(None)).await.unwrap();
    let refused = console.engine.start_remote_plan(&stale.id, PROJECT).await.unwrap_err();
    assert_eq!(refused.code, Code::PlanStale, "{refused}");
    bench.database.run("truncate customers cascade").await;

    let plan = plan(&console, &id).await;
    assert!(
        plan.effects.first().unwrap().starts_with("Pause: pause the project at its platform"),
        "{plan:?}"
    );
    assert!(plan.effects.last().unwrap().starts_with("Resume: resume the project"), "{plan:?}");
    let job = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap();
    let job = console.succeeded(&job).await;

    let steps = &job.progress.steps;
    let states: Vec<(&str, StepState)> = steps.iter().map(|one| (one.title.as_str(), one.state)).collect();
    assert_eq!(states, [("Resume", StepState::Ok), ("Pause", StepState::Ok)]);
    let calls: Vec<String> = bench.server.seen().into_iter().map(|seen| seen.call).collect();
    let at = |part: &str| calls.iter().position(|call| call.starts_with("POST ") && call.contains(part));
    assert!(at("/pause").unwrap() < at("/restore").unwrap(), "{calls:?}");
    assert_eq!((bench.server.status("shop").as_str(), may_be_paused(steps)), ("ACTIVE_HEALTHY", None));
    assert_eq!(bench.database.value("select count(*) > 0 from customers").await, "t");
}

#[tokio::test]
async fn a_pause_that_never_comes_to_its_end_keeps_the_restore_from_beginning_and_is_said_to_be_open() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let id = made(&console, "database").await;
    console.engine.set_recovery_steps(PROJECT, paused_and_resumed(Some(1))).await.unwrap();
    let plan = plan(&console, &id).await;
    bench.server.misbehave(|wrong| wrong.pauses_forever = true);

    let job = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap();
    let failure = console.failed(&job).await;

    assert_eq!(failure.code, Code::StepFailed, "{failure}");
    assert!(failure.message.contains("is not paused after 1 seconds; SupaManager says PAUSING"), "{failure}");
    assert_eq!(bench.calls("/restore"), 0);
    // It was asked once, and no resume into the middle of what goes on there.
    assert_eq!((bench.calls("/projects/shop/pause"), bench.calls("/projects/shop/resume")), (1, 0));
    let job = console.engine.job(&job).await.unwrap();
    assert!(may_be_paused(&job.progress.steps).is_some_and(|step| step.title == "Pause"));
    let next = &job.progress.safe_next;
    assert!(next.starts_with("The project may be paused at its platform since the step “Pause”"), "{next}");
}

/// The steps of a run whose pause is given up while the platform still says that the project runs.
fn given_up(resume_s: u32) -> Vec<NewStep> {
    let resume = step("Resume", StepTime::After, NewAct::Resume);
    let pause = step("Pause", StepTime::Before, NewAct::Pause);
    vec![NewStep { timeout_s: Some(1), ..pause }, NewStep { timeout_s: Some(resume_s), ..resume }]
}

#[tokio::test]
async fn a_pause_that_shows_only_after_it_was_given_up_is_ended_all_the_same() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console_with(|options| options.platform_standing = Some(STANDING * 40)).await;
    let id = made(&console, "database").await;
    console.engine.set_recovery_steps(PROJECT, given_up(30)).await.unwrap();
    let plan = plan(&console, &id).await;
    bench.server.misbehave(|wrong| wrong.hides_pauses_for = Some(Duration::from_secs(3)));

    let job = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap();
    let failure = console.failed(&job).await;

    assert_eq!(failure.code, Code::StepFailed, "{failure}");
    assert_eq!(
        (bench.calls("/projects/shop/resume"), bench.server.status("shop").as_str()),
        (1, "ACTIVE_HEALTHY")
    );
    assert_eq!(may_be_paused(&console.engine.job(&job).await.unwrap().progress.steps), None);
}

#[tokio::test]
async fn a_project_that_is_said_to_run_right_after_a_pause_was_given_up_is_said_to_be_open() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let id = made(&console, "database").await;
    console.engine.set_recovery_steps(PROJECT, given_up(1)).await.unwrap();
    let plan = plan(&console, &id).await;
    bench.server.misbehave(|wrong| wrong.hides_pauses_for = Some(Duration::from_hours(1)));

    let job = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap();
    console.failed(&job).await;

    let job = console.engine.job(&job).await.unwrap();
    assert!(may_be_paused(&job.progress.steps).is_some_and(|step| step.title == "Pause"));
    let next = &job.progress.safe_next;
    assert!(next.starts_with("The project may be paused at its platform since the step “Pause”"), "{next}");
    assert_eq!(bench.calls("/restore"), 0);
}

#[tokio::test]
async fn a_step_for_what_the_project_has_not_is_refused_when_it_is_given() {
    let console = Console::new().await.with_vault().await;
    let platform = |kind: &str| -> PlatformSettings {
        let given = json!({ "kind": kind, "address": "https://there.example", "reference": "shop",
            "account": "ops@there.example", "more": {} });
        serde_json::from_value(given).unwrap()
    };
    add(&console, "there", platform("supamanager"), "correct-horse-9").await;
    add(&console, "other", platform("opttius"), "correct-horse-9").await;
    let sql = || NewAct::Sql { statements: vec!["select 1".into()] };
    let given = [
        ("there", sql(), "Holdfast reaches no database of there"),
        ("other", NewAct::Pause, "Opttius has no call that pauses or resumes a project"),
    ];
    for (project, act, said) in given {
        let steps = vec![step("A", StepTime::Before, act)];
        let refused = console.engine.set_recovery_steps(project, steps).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidRequest);
        assert!(refused.message.contains(said), "{refused}");
    }
    console.engine.set_recovery_steps("there", paused_and_resumed(None)).await.unwrap();
    let Some(server) = Server::shared() else { return };
    console.add_project("own", server.settings("postgres"), server.password()).await.unwrap();
    let refused = console.engine.set_recovery_steps("own", paused_and_resumed(None)).await.unwrap_err();
    assert!(refused.message.contains("own is on no platform"), "{refused}");
}

/// Kills a call of the command line while it waits for a person, and says what its run says afterwards.
async fn killed_at_the_wait(line: &CommandLine, arguments: &[&str]) -> Value {
    let mut command = line.command(arguments);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    let id = poll::until("a run that waits", async || {
        let newest = answer(line, &["--json", "job", "list"])[0].clone();
        (newest["waitsFor"] == "Look").then(|| newest["id"].as_str().unwrap().to_owned())
    })
    .await;
    running.kill();
    answer(line, &["--json", "job", "show", &id])
}

async fn assert_resume_is_offered_and_works(bench: &Bench, line: &CommandLine, shown: &Value) {
    assert_eq!(
        (&shown["row"]["state"], &shown["mayBePaused"]),
        (&json!("interrupted"), &json!(true)),
        "{shown}"
    );
    let next = shown["safeNext"].as_str().unwrap();
    let offered = "since the step “Pause”: resume it with `holdfast platform ask shop resume`.";
    assert!(next.contains(offered), "{next}");
    assert_eq!(bench.server.status("shop"), "PAUSED");
    line.expect(0, &["platform", "ask", "shop", "resume"]);
    poll::soon("the end of the pause", async || bench.server.status("shop") == "ACTIVE_HEALTHY").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_while_its_project_stands_paused_offers_to_resume_it() {
    let Some(bench) = Bench::new().await else { return };
    let line = bench.line();
    let (password, url) = line.credentials(Server::shared().unwrap(), bench.database.name());
    line.expect(0, &["project", "edit", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    line.expect(0, &["platform", "create", "shop", "--kind", "database"]);
    let there = answer(&line, &["--json", "platform", "show", "shop"])["backups"][0]["id"].clone();
    let steps = json!([
        { "title": "Pause", "when": "before", "critical": true, "act": { "kind": "pause" } },
        { "title": "Look", "when": "before", "critical": true, "act": { "kind": "wait", "instructions": "Look." } },
        { "title": "Resume", "when": "after", "critical": true, "alsoAfterFailure": true, "act": { "kind": "resume" } },
    ]);
    std::fs::write(line.folder().join("steps.json"), steps.to_string()).unwrap();
    line.expect(0, &["steps", "set", "shop", "steps.json"]);
    let printed = answer(&line, &["--json", "steps", "list", "shop"]);
    assert_eq!(printed[0]["act"], json!({ "kind": "pause" }), "what is printed can be given back");

    // At the platform.
    let because = ["--confirm", "shop", "--no-safety-because", "a scenario"];
    let at_the_platform = [&["platform", "restore", "shop", there.as_str().unwrap()], &because[..]].concat();
    let shown = killed_at_the_wait(&line, &at_the_platform).await;
    assert!(shown["safeNext"].as_str().unwrap().contains("Do by hand what nobody did: “Resume”"), "{shown}");
    assert_resume_is_offered_and_works(&bench, &line, &shown).await;
    assert_eq!(bench.calls("/restore"), 0);

    // From here; how the restore stands says it too.
    line.expect(0, &["restore", "plan", "shop@latest", "--swap", "--out", "plan.json"]);
    let apply = ["restore", "apply", "plan.json", "--confirm", bench.database.name()];
    let shown = killed_at_the_wait(&line, &apply).await;
    let standing = answer(&line, &["--json", "restore", "show", shown["row"]["id"].as_str().unwrap()]);
    let next = standing["next"].as_str().unwrap();
    assert!(next.starts_with("The project may be paused at its platform since the step “Pause”"), "{next}");
    assert_resume_is_offered_and_works(&bench, &line, &shown).await;
    line.expect(0, &["audit", "verify"]);
}
