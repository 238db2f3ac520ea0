//! A backup in the vault becomes a new project at its platform: shown, typed, once, by the window as well.

use contract::api;
use contract::platform::{ApplyRemotePlan, ImportAtPlatform, PlanRemoteImport, RemotePlanView};
use engine::import::ImportRequest;
use engine::pull::PullRequest;
use ledger::job::Trigger;
use testkit::{Console, PROJECT};

use super::bench::{Bench, answer, left, of_kind};

/// A profile of the window, with an exported project in its vault.
async fn window(bench: &Bench) -> (Console, String) {
    let console = bench.console_with(|options| options.trigger = Trigger::Window).await;
    let pull = Some(PullRequest::default());
    let job = console.engine.start_remote(PROJECT, of_kind("export"), pull).await.unwrap();
    let backup = console.succeeded(&job).await.output.unwrap().backup_id.unwrap();
    (console, backup)
}

async fn plan(console: &Console, backup: &str, name: &str) -> RemotePlanView {
    let (project, new_name) = (PROJECT.to_owned(), name.to_owned());
    let request = PlanRemoteImport { project, backup: backup.to_owned(), new_name };
    api::platform_import_plan(&console.engine, request).await.unwrap()
}

#[tokio::test]
async fn a_backup_in_the_vault_becomes_a_new_project_once_the_name_was_typed() {
    let Some(bench) = Bench::new().await else { return };
    let (console, backup) = window(&bench).await;
    let plan = plan(&console, &backup[..8], " Second shop ").await;
    assert_eq!((plan.act.as_str(), plan.confirm.as_str(), plan.blockers.len()), ("import", PROJECT, 0));
    assert!(
        plan.effects[0].contains("export.tar.gz") && plan.effects[1].contains("“Second shop”"),
        "{plan:?}"
    );
    assert!(plan.command.contains(&format!("--backup {} --as 'Second shop'", &backup[..8])), "{plan:?}");

    let typed = |confirm: &str| ApplyRemotePlan { plan_id: plan.plan_id.clone(), confirm: confirm.into() };
    let refused = api::platform_apply(&console.engine, typed("shopp")).await.unwrap_err();
    assert_eq!((refused.code.as_str(), bench.calls("/projects/import")), ("not_confirmed", 0));
    let started = api::platform_apply(&console.engine, typed(PROJECT)).await.unwrap();
    let job = console.succeeded(&started.job_id).await;

    assert!(job.output.unwrap().outcome.contains("made the project Second shop"));
    assert_eq!(bench.calls("/projects/import"), 1);
    assert_eq!(left(console.home(), "intake"), Vec::<String>::new(), "nothing of it stays on this disk");
    let again = api::platform_apply(&console.engine, typed(PROJECT)).await.unwrap_err();
    assert_eq!(again.code.as_str(), "plan_stale");
}

#[tokio::test]
async fn the_window_gives_no_file_of_this_disk_away_and_no_backup_without_a_name() {
    let Some(bench) = Bench::new().await else { return };
    let (console, backup) = window(&bench).await;
    let path = console.folder().join("kit.txt").into_string();
    let request = ImportAtPlatform { project: PROJECT.into(), path, new_name: "Third".into() };
    let refused = api::platform_import(&console.engine, request).await.unwrap_err();
    assert_eq!(refused.code.as_str(), "command_line_only");

    let nameless = plan(&console, &backup, "  ").await;
    assert_eq!(nameless.blockers, ["The new project has no name."]);
    let request = ApplyRemotePlan { plan_id: nameless.plan_id, confirm: PROJECT.into() };
    let blocked = api::platform_apply(&console.engine, request).await.unwrap_err();
    assert_eq!((blocked.code.as_str(), bench.calls("/projects/import")), ("plan_blocked", 0));
}

#[tokio::test]
async fn the_command_line_imports_a_backup_of_the_vault_as_well() {
    let Some(bench) = Bench::new().await else { return };
    let line = bench.line();
    line.expect(0, &["platform", "create", "shop", "--kind", "export", "--pull"]);
    let id = answer(&line, &["--json", "backup", "list"])["backups"][0]["id"].as_str().unwrap().to_owned();
    let import = ["platform", "import", "shop", "--backup", &id, "--as", "Second shop"];

    let shown = line.expect(0, &import);
    assert!(shown.output.contains("Nothing was done.") && bench.calls("/projects/import") == 0, "{shown:?}");
    let done = line.expect(0, &[&import[..], &["--confirm", "shop"]].concat());
    assert!(done.output.contains("Second shop"), "{done:?}");
    assert_eq!(line.call(&["platform", "import", "shop", "--as", "Third"]).status, Some(2));
}

#[tokio::test]
async fn what_the_window_imported_itself_is_given_away_by_the_command_line_alone() {
    let Some(bench) = Bench::new().await else { return };
    let (console, _) = window(&bench).await;
    let request = ImportRequest {
        paths: vec![bench.archives().pop().unwrap()],
        passphrase: None,
        into: None,
        as_project: Some("elsewhere".into()),
        reason: None,
        is_trusted: false,
    };
    let job = console.engine.start_import(request).await.unwrap();
    let backup = console.succeeded(&job).await.output.unwrap().backup_id.unwrap();

    let request =
        PlanRemoteImport { project: PROJECT.into(), backup: backup.clone(), new_name: "Mine".into() };
    let planned = api::platform_import_plan(&console.engine, request).await.unwrap_err();
    let uploaded = console.engine.start_platform_upload(PROJECT, &backup).await.unwrap_err();

    let only = "command_line_only";
    assert_eq!((planned.code.as_str(), uploaded.code.as_str()), (only, only));
}
