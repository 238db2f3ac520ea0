//! What a hook is told and what it may do: its secret stays a secret, its answers have limits.

use camino::Utf8Path;
use engine::steps::{NewAct, NewHeader, NewStep};
use ledger::job::StepState;
use testkit::{CommandLine, Hook, Reply, Server, poll};

use super::{after, before, call, not_critical, program, set, start};
use crate::living::{in_place, living};

/// Unlike anything else in the profile, and with a part that is secret by itself.
const TOKEN: &str = "Bearer t0k3n-of-the-hook-8cf1";

/// Files below a folder that hold the text.
fn holding(folder: &Utf8Path, text: &str) -> (Vec<String>, usize) {
    let (mut found, mut looked, mut folders) = (Vec::new(), 0, vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir_utf8().unwrap().flatten() {
            let path = entry.path().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                looked += 1;
                if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                    found.push(path.into_string());
                }
            }
        }
    }
    (found, looked)
}

#[tokio::test]
async fn the_value_of_a_header_reaches_its_peer_and_no_file_log_or_report_even_where_it_is_sent_back() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start().with("/echo", Reply::Echo(500));
    let header = NewHeader { name: "Authorization".into(), value: Some(base::secret::Secret::new(TOKEN)) };
    let act = NewAct::Webhook { url: hook.url("/echo"), header: Some(header) };
    let peek = program(&shop.console, "peek", "env; echo \"$PGPASSWORD\"; cat \"$PGPASSFILE\"");
    set(&shop.console, vec![not_critical(before("Pause", act)), not_critical(after("Peek", peek))]).await;

    let job = start(&shop, in_place()).await;
    let job = shop.console.succeeded(&job).await;

    assert!(hook.calls()[0].head.contains(TOKEN), "{}", hook.calls()[0].head);
    let (restore, _) = shop.console.engine.restore_standing(&job.record.id).await.unwrap();
    let said: Vec<&str> = restore.steps.iter().map(|step| step.said.as_str()).collect();
    assert!(said[0].contains("authorization: ****"), "{said:?}");
    assert!(said[1].contains(":****"), "{said:?}");
    let all = format!("{job:?} {restore:?}");
    let word = TOKEN.split_once(' ').unwrap().1;
    assert!(!all.contains(word) && !all.contains(server.password().expose()), "{all}");
    let (found, looked) = holding(shop.console.folder(), word);
    assert_eq!(found, Vec::<String>::new());
    assert!(looked > 10, "only {looked} files were looked at");
    // A search that finds nothing has to be able to find something.
    assert!(!holding(shop.console.home(), "Pause").0.is_empty());
}

#[tokio::test]
async fn a_token_in_the_address_of_a_hook_is_not_repeated_where_the_hook_says_what_it_does_not_know() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let path = "/hooks/t0k3n-of-the-address-5be2";
    let unknown = Reply::Status(404, format!("Cannot POST {path}"));
    let hook = Hook::start().with(path, unknown);
    set(&shop.console, vec![not_critical(before("Pause", call(&hook, path)))]).await;

    let job = start(&shop, in_place()).await;
    let done = shop.console.succeeded(&job).await;

    let (restore, _) = shop.console.engine.restore_standing(&job).await.unwrap();
    let said = &restore.steps[0].said;
    assert!(said.ends_with("answered 404: Cannot POST ****"), "{said}");
    let log = shop.console.engine.job_log(&job, 0, ledger::catalog::Level::Info, 500).await.unwrap();
    let all = format!("{done:?} {:?} {log:?}", restore.steps);
    assert!(!all.contains("t0k3n-of-the-address-5be2"), "{all}");
}

#[tokio::test]
async fn a_hook_or_a_program_that_never_ends_ends_at_its_timeout_and_an_endless_answer_is_not_read() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let hook = Hook::start().with("/never", Reply::Nothing).with("/endless", Reply::Endless);
    let short = |step: NewStep| NewStep { timeout_s: Some(1), ..not_critical(step) };
    let sleepy = super::sql(&["select pg_sleep(600)"]);
    set(
        &shop.console,
        vec![
            short(before("Never", call(&hook, "/never"))),
            // It has the usual time: what is bounded here are the bytes.
            not_critical(before("Endless", call(&hook, "/endless"))),
            short(before("Hang", program(&shop.console, "hang", "sleep 600 & wait"))),
            short(before("Sleep", sleepy)),
            short(before("Ask", NewAct::Wait { instructions: "Nobody is there.".into() })),
        ],
    )
    .await;

    // Each of them would go on for ten minutes or for ever, which nobody waits for.
    let job = start(&shop, in_place()).await;
    let report = shop.console.succeeded(&job).await.output.unwrap().restore.unwrap();

    let states: Vec<StepState> = report.steps.iter().map(|step| step.state).collect();
    assert_eq!(states.iter().position(|state| *state == StepState::Ok), Some(1));
    assert_eq!(states.iter().filter(|state| **state == StepState::Failed).count(), 4);
    assert!(report.steps[0].said.ends_with("did not answer within 1 seconds"), "{}", report.steps[0].said);
    assert!(report.steps[2].said.contains("was ended after 1 seconds"), "{}", report.steps[2].said);
    assert!(report.steps[3].said.contains("nothing of it stays"), "{}", report.steps[3].said);
    assert_eq!(report.steps[4].said, "nobody answered within 1 seconds");
    let sleeping =
        "select count(*) from pg_stat_activity where query like 'select pg_sleep(600)%' and state = 'active'";
    poll::soon("the server stops it too", async || shop.database.value(sleeping).await == "0").await;
}

#[tokio::test]
async fn over_tls_a_hook_is_told_nothing_unless_this_computer_trusts_its_certificate() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table orders as select 1 as one").await;
    let line = CommandLine::new();
    let (hook, certificate) = Hook::start_tls(line.folder());
    let (file, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", file.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    let steps = serde_json::json!([{
        "title": "Pause", "when": "before", "critical": true,
        "act": { "kind": "webhook", "url": hook.url("/pause"), "header": { "name": "X-Key", "value": TOKEN } }
    }]);
    std::fs::write(line.folder().join("steps.json"), steps.to_string()).unwrap();
    line.expect(0, &["steps", "set", "shop", "steps.json"]);
    let apply = |trusted: bool| {
        line.expect(0, &["restore", "plan", "shop@latest", "--in-place", "--out", "plan.json"]);
        let mut command = line.command(&["restore", "apply", "plan.json", "--confirm", database.name()]);
        if trusted {
            command.env("SSL_CERT_FILE", &certificate);
        }
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };

    let (status, said) = apply(false);
    assert!(status == Some(1) && said.contains("step_failed") && said.contains("certificate"), "{said}");
    assert_eq!(hook.paths(), Vec::<String>::new());

    let (status, said) = apply(true);
    assert_eq!(status, Some(0), "{said}");
    assert!(hook.calls()[0].head.contains(&format!("x-key: {TOKEN}")), "{}", hook.calls()[0].head);
}
