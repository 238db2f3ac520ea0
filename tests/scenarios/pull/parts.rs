//! Which parts a restore at a platform brings back, and which of the present state is kept first: chosen by what the
//! platform can, and said before anything is made.

use base::secret::Secret;
use engine::project::NewProject;
use engine::pull::{RemotePlan, RemotePlanRequest, RemoteTarget, Safety};
use remote::platform::telegram_platform::Dialect;
use remote::platform::{ChosenParts, RestoreParts};
use testkit::{Console, PROJECT, Server};

use super::bench::{Bench, PASSWORD, answer, of_kind};
use super::loaded::with_organisations;
use super::others::{Reach, on_a_cloud, with_telegram_of};

/// The platform's own log of a project.
const LOGS: &str = "create table tenant_shop.project_logs (created_at timestamptz, level text, message text); \
    insert into tenant_shop.project_logs values (now(), 'info', 'entry');";
const STORAGE: ChosenParts = ChosenParts { database: None, storage: Some(true), config: None };

async fn plan(console: &Console, id: &str, parts: ChosenParts) -> RemotePlan {
    let target = RemoteTarget::Restore { id: id.into(), parts };
    console.engine.plan_remote(RemotePlanRequest::new(PROJECT, target)).await.unwrap()
}

/// Has the platform make a backup of this kind, which stays there.
async fn made(console: &Console, kind: &str) -> String {
    let job = console.engine.start_remote(PROJECT, of_kind(kind), None).await.unwrap();
    console.succeeded(&job).await;
    let look = console.engine.look_at_platform(PROJECT).await.unwrap();
    look.backups.iter().find(|seen| seen.backup.kind == kind).unwrap().backup.id.clone()
}

/// Which parts come back, and which of them are kept first.
fn parts_of(plan: &RemotePlan) -> (Vec<&str>, Vec<&str>) {
    let of = |is: fn(&engine::pull::PlannedPart) -> bool| {
        plan.parts.iter().filter(|part| is(part)).map(|part| part.part.as_str()).collect()
    };
    (of(|part| part.is_chosen), of(|part| part.is_kept))
}

/// What was asked for and cannot be had is refused in the plan, which nobody can apply.
async fn assert_refused(console: &Console, id: &str, parts: ChosenParts, why: &str) {
    let before = console.count().await;
    let plan = plan(console, id, parts).await;
    assert!(plan.blockers.iter().any(|blocker| blocker.contains(why)), "{:?}", plan.blockers);
    let refused = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap_err();
    assert_eq!((refused.code.as_str(), console.count().await), ("plan_blocked", before));
}

#[tokio::test]
async fn a_manager_of_everything_brings_back_what_the_backup_holds_and_keeps_all_of_that_first() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let database = made(&console, "database").await;

    let whole = plan(&console, &made(&console, "full").await, ChosenParts::default()).await;
    let alone = plan(&console, &database, ChosenParts::default()).await;

    let all = vec!["database", "storage", "config"];
    assert_eq!((parts_of(&whole), &whole.safety), ((all.clone(), all), &Safety::pulled("full")));
    assert_eq!(parts_of(&alone), (vec!["database"], vec!["database"]));
    assert!(alone.command.contains("--database --no-storage --no-config"), "{}", alone.command);
    assert!(alone.parts[1].cannot.as_ref().is_some_and(|why| why.contains("its database alone")));
    assert_refused(&console, &database, STORAGE, "cannot bring back its stored files").await;
    assert_eq!(bench.archives().len(), 2, "no safety backup was made");
}

#[tokio::test]
async fn where_files_are_overwritten_a_dump_of_the_database_is_not_enough() {
    let Some(bench) = Bench::new().await else { return };
    let console = Console::new().await.with_vault().await;
    let new = NewProject {
        name: PROJECT.to_owned(),
        label: ledger::catalog::Label::Development,
        connection: Some(bench.database.settings()),
        password: Server::shared().map(|server| server.password().clone()),
        ssh_secret: None,
        platform: Some(bench.settings()),
        credentials: [("password".to_owned(), Secret::new(PASSWORD))].into(),
    };
    console.engine.add_project(new).await.unwrap();
    let id = made(&console, "full").await;

    let rows: ChosenParts = RestoreParts::DATABASE.into();
    assert_eq!(plan(&console, &id, rows).await.safety, Safety::dumped());
    let files = plan(&console, &id, STORAGE).await;
    assert_eq!((parts_of(&files).0, &files.safety), (vec!["storage"], &Safety::pulled("full")));
    assert!(files.effects[0].contains("backup (full)"), "{:?}", files.effects);
}

#[tokio::test]
async fn a_cloud_brings_back_the_database_alone_and_only_to_what_it_keeps() {
    let Some((console, cloud, _database)) = on_a_cloud(Reach::ByItsPassword).await else { return };
    let id = cloud.back_up().await.to_string();

    let usual = plan(&console, &id, ChosenParts::default()).await;

    assert_eq!((parts_of(&usual), usual.blockers.len()), ((vec!["database"], vec!["database"]), 0));
    assert_refused(&console, &id, STORAGE, "cannot bring back its stored files").await;
    let target = RemoteTarget::Moment(0);
    let long_ago = console.engine.plan_remote(RemotePlanRequest::new(PROJECT, target)).await.unwrap();
    assert!(!long_ago.blockers.is_empty(), "{long_ago:?}");
}

#[tokio::test]
async fn an_application_of_organisations_brings_back_rows_and_no_whole_dump() {
    let Some((console, _server, _database, _folder)) = with_organisations().await else { return };
    let organisation = made(&console, "organisation").await;
    let dump = made(&console, "full").await;

    let rows = plan(&console, &organisation, ChosenParts::default()).await;

    assert_eq!((parts_of(&rows).0, &rows.safety), (vec!["database"], &Safety::pulled("organisation")));
    assert_eq!(rows.blockers, Vec::<String>::new());
    assert_refused(&console, &dump, ChosenParts::default(), "no call that restores a whole dump").await;
}

#[tokio::test]
async fn a_platform_of_dumps_brings_back_a_dump_and_no_log() {
    let Some((console, _platform, _bot)) = with_telegram_of(Dialect::Server, LOGS).await else { return };
    let database = made(&console, "database").await;
    let logs = made(&console, "logs").await;

    let rows = plan(&console, &database, ChosenParts::default()).await;

    assert_eq!((parts_of(&rows).0, &rows.safety), (vec!["database"], &Safety::pulled("database")));
    assert_eq!(rows.blockers, Vec::<String>::new());
    assert_refused(&console, &logs, ChosenParts::default(), "this is no backup of the database").await;
}

#[tokio::test]
async fn the_command_that_is_printed_brings_back_what_was_shown_and_nothing_else() {
    let Some(bench) = Bench::new().await else { return };
    let line = bench.line();
    line.expect(0, &["platform", "create", "shop", "--kind", "full"]);
    let shown = answer(&line, &["--json", "platform", "show", "shop"]);
    let id = shown["backups"][0]["id"].as_str().unwrap();
    let picture = bench.folder.path().join("shop/storage/avatars/a.png");
    std::fs::remove_file(&picture).unwrap();
    bench.database.run("delete from orders").await;

    let asked = ["--json", "platform", "restore", "shop", id, "--database", "--no-safety-because", "a test"];
    let command = answer(&line, &asked)["command"].as_str().unwrap().to_owned();
    assert!(command.ends_with("--no-safety-because 'a test'"), "{command}");
    let typed =
        command.strip_prefix("holdfast ").unwrap().strip_suffix("--no-safety-because 'a test'").unwrap();
    let typed: Vec<&str> = typed.split_whitespace().chain(["--no-safety-because", "a test"]).collect();
    line.expect(0, &[&typed[..], &["--confirm", "shop"]].concat());

    assert_ne!(bench.database.value("select count(*) from orders").await, "0");
    assert!(!picture.exists(), "files were brought back as well");
}
