//! What is asked of steps when they are given, planned and changed.

use base::Code;
use engine::restore::{RestoreTarget, TableMode};
use engine::steps::{NewAct, NewHeader, NewStep, StepAct};
use ledger::job::Trigger;
use testkit::{CommandLine, Console, Hook, PROJECT, Server};

use super::{after, also_after_failure, before, call, set, sql, step};
use crate::living::{in_place, living, orders, swap};

#[tokio::test]
async fn they_belong_to_restores_that_change_a_living_database_and_to_no_other() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start();
    set(&shop.console, vec![before("Pause", call(&hook, "/pause"))]).await;
    let new = RestoreTarget::NewDatabase { name: "shop_steps_copy".into(), project: None };
    let mut counts = Vec::new();
    for target in [
        swap(),
        in_place(),
        orders(TableMode::Replace),
        orders(TableMode::MissingRows),
        orders(TableMode::Beside),
        new,
        RestoreTarget::Scratch,
    ] {
        let plan = shop.plan_unsafely(target).await;
        let said = plan.steps.iter().filter(|step| step.starts_with("Pause: call http")).count();
        assert_eq!(plan.recovery_steps.len(), said);
        counts.push(said);
    }
    assert_eq!(counts, [1, 1, 1, 1, 0, 0, 0]);

    let plan = shop.plan_unsafely(swap()).await;
    let (job, _) = shop.apply(&plan).await;
    let undo = shop.console.engine.plan_undo(&job, None).await.unwrap();
    let discard = shop.console.engine.plan_discard(&job).await.unwrap();
    assert_eq!((undo.recovery_steps.len(), discard.recovery_steps.len()), (1, 0));
    let (_, report) = shop.apply(&undo).await;
    assert_eq!((report.steps.len(), hook.paths().len()), (1, 2));
}

#[tokio::test]
async fn a_plan_is_stale_once_the_steps_changed() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start();
    let known = set(&shop.console, vec![before("Pause", call(&hook, "/pause"))]).await;
    let plan = shop.plan_unsafely(in_place()).await;
    let longer = NewStep {
        id: Some(known[0].id.clone()),
        timeout_s: Some(21),
        ..before("Pause", call(&hook, "/pause"))
    };

    set(&shop.console, vec![longer]).await;
    let refused = shop.console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap_err();

    assert_eq!(refused.code, Code::PlanStale);
    assert!(refused.message.contains("the recovery steps of shop changed"), "{}", refused.message);
    assert_eq!(hook.paths(), Vec::<String>::new());
    // The same steps again are the same.
    let again = shop.plan_unsafely(in_place()).await;
    let same = NewStep {
        id: Some(known[0].id.clone()),
        timeout_s: Some(21),
        ..before("Pause", call(&hook, "/pause"))
    };
    set(&shop.console, vec![same]).await;
    shop.apply(&again).await;
}

#[tokio::test]
async fn what_is_wrong_is_named_with_the_step_and_nothing_of_the_list_is_kept() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start();
    let good = || before("Pause", call(&hook, "/pause"));
    set(&shop.console, vec![good()]).await;
    let wait = |instructions: &str| NewAct::Wait { instructions: instructions.into() };
    let lists = [
        (vec![good(), before(" pause ", wait("x"))], "step 2 “pause”: another step has this title"),
        (vec![before("", wait("x"))], "step 1: \"\" cannot be a title"),
        (vec![before("A", sql(&["select 1", "commit"]))], "step 1 “A”: statement 2 begins with COMMIT"),
        (vec![also_after_failure(before("A", wait("x")))], "cannot also come after a failure"),
        (vec![NewStep { timeout_s: Some(601), ..good() }], "a timeout of 601 seconds"),
        (vec![after("A", NewAct::Program { argv: vec!["resume".into()] })], "resume is no full path"),
        (vec![after("A", wait("  "))], "0 characters of instructions"),
        ((0..51).map(|at| after(&format!("{at}"), wait("x"))).collect(), "51 recovery steps"),
    ];
    for (list, said) in lists {
        let refused = shop.console.engine.set_recovery_steps(PROJECT, list).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidRequest);
        assert!(refused.message.contains(said), "{} is not {said}", refused.message);
    }
    assert_eq!(shop.console.engine.recovery_steps(PROJECT).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_window_can_give_calls_and_waits_and_move_the_rest_but_neither_sql_nor_a_program() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let console = Console::new().await.with_project(server, database.name()).await;
    let known = set(&console, vec![before("Close", sql(&["select 1"]))]).await;
    let mut options = console.opened_with();
    options.trigger = Trigger::Window;
    let window = engine::Engine::open(options).await.unwrap();
    let kept = |statement: &str| NewStep {
        id: Some(known[0].id.clone()),
        title: "Shut".into(),
        ..before("Close", sql(&[statement]))
    };
    let wait = || after("Look", NewAct::Wait { instructions: "Look at it.".into() });

    let set = window.set_recovery_steps(PROJECT, vec![wait(), kept("select 1")]).await.unwrap();
    assert_eq!(set.iter().map(|step| step.title.as_str()).collect::<Vec<_>>(), ["Look", "Shut"]);

    let program = NewAct::Program { argv: vec!["/bin/true".into()] };
    for refused in [vec![kept("select 2")], vec![step("New", ledger::job::StepTime::After, program)]] {
        let refused = window.set_recovery_steps(PROJECT, refused).await.unwrap_err();
        assert_eq!(refused.code, Code::CommandLineOnly, "{}", refused.message);
    }
}

#[tokio::test]
async fn a_stored_header_goes_to_the_server_that_it_was_entered_for_and_to_no_other() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let console = Console::new().await.with_project(server, database.name()).await;
    let with = |id: Option<String>, url: &str, name: &str, value: Option<&str>| {
        let header = NewHeader { name: name.into(), value: value.map(base::secret::Secret::new) };
        NewStep { id, ..before("Pause", NewAct::Webhook { url: url.into(), header: Some(header) }) }
    };
    let first = console
        .engine
        .set_recovery_steps(PROJECT, vec![with(None, "https://a.example/x", "X-Key", None)])
        .await;
    assert!(first.unwrap_err().message.contains("its header X-Key has no value"));
    let known = set(&console, vec![with(None, "https://a.example/x", "X-Key", Some("hunter22"))]).await;
    let id = || Some(known[0].id.clone());

    // Another path of the same server keeps it; another server, port, scheme or name does not.
    let moved = set(&console, vec![with(id(), "https://a.example/y", "x-key", None)]).await;
    let secret = |step: &engine::steps::RecoveryStep| match &step.act {
        StepAct::Webhook { header, .. } => header.clone().unwrap().secret_id,
        _ => String::new(),
    };
    assert_eq!(secret(&moved[0]), secret(&known[0]));
    for (url, name) in [
        ("https://b.example/y", "X-Key"),
        ("https://a.example:444/y", "X-Key"),
        ("https://a.example.b.example/y", "X-Key"),
        ("https://a.example/y", "X-Other"),
    ] {
        let refused = console.engine.set_recovery_steps(PROJECT, vec![with(id(), url, name, None)]).await;
        let refused = refused.unwrap_err();
        assert!(refused.message.contains("the stored value belongs to"), "{url}: {}", refused.message);
    }
}

#[tokio::test]
async fn what_the_command_line_prints_it_takes_back_and_a_word_that_it_does_not_know_is_an_error() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let line = CommandLine::new();
    let (file, url) = line.credentials(server, database.name());
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", file.as_str()]);
    let steps = r#"[
        { "title": "Pause", "when": "before", "critical": true,
          "act": { "kind": "webhook", "url": "https://shop.example/pause", "header": { "name": "Authorization" } } },
        { "title": "Resume", "when": "after", "critical": false, "alsoAfterFailure": true, "timeoutSeconds": 5,
          "act": { "kind": "program", "argv": ["/bin/true", "a b"] } }]"#;
    let write = |name: &str, text: &str| std::fs::write(line.folder().join(name), text).unwrap();
    write("steps.json", steps);
    write("token.txt", "Bearer hunter22\n");
    line.expect(2, &["steps", "set", "shop", "steps.json"]);

    let set =
        line.expect(0, &["--json", "steps", "set", "shop", "steps.json", "--header-value", "1=token.txt"]);
    write("printed.json", &set.output);
    let again = line.expect(0, &["--json", "steps", "set", "shop", "printed.json"]);
    let listed = line.expect(0, &["--json", "steps", "list", "shop"]);

    assert_eq!((&again.output, &listed.output), (&set.output, &set.output));
    assert!(!set.output.contains("hunter22"));
    let words = line.expect(0, &["steps", "list", "shop"]).output;
    assert!(
        words.contains("with the secret Authorization") && words.contains("also after a failure"),
        "{words}"
    );
    write("typo.json", &steps.replace("alsoAfterFailure", "alsoAfterFailures"));
    let refused = line.expect(2, &["steps", "set", "shop", "typo.json"]);
    assert!(refused.said.contains("alsoAfterFailures"), "{}", refused.said);
    write("none.json", "[]");
    line.expect(0, &["steps", "set", "shop", "none.json"]);
    assert!(line.expect(0, &["steps", "list", "shop"]).output.starts_with("No recovery steps"));
}
