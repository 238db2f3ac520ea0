//! Damage, time that passes, runs that stand still: each named with its reason.

use base::Severity;
use contract::api;
use contract::command::Nothing;
use contract::home::NeedTarget;
use engine::health::{Act, Code};
use ledger::catalog::ProofLevel;
use testkit::{Console, PROJECT, Server, VaultFile, flip};

use super::{finding, health};
use crate::catalogue::open_catalogue;
use crate::jobs::fill;

const DAY_MS: i64 = 86_400_000;

async fn backed_up(server: &Server) -> (Console, String) {
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;
    let backup = console.backup().await.record.id;
    (console, backup)
}

#[tokio::test]
async fn a_backup_whose_bytes_are_damaged_makes_integrity_critical() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 3_000).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    assert_eq!(finding(&health(&console).await, Code::Integrity).severity, Severity::Ok);
    flip(&console.vault().join(VaultFile::Rows.find(console.vault())));
    let job = console.engine.start_verify(&backup, ProofLevel::Bytes).await.unwrap();
    console.wait(&job).await;

    let seen = health(&console).await;

    let integrity = finding(&seen, Code::Integrity);
    assert_eq!(
        (integrity.severity, integrity.act.clone()),
        (Severity::Critical, Act::Backup(backup.clone()))
    );
    assert_eq!(finding(&seen, Code::RecoveryPoint).severity, Severity::Unknown, "nothing else is proven");
    let home = api::home(&console.engine, Nothing {}).await.unwrap();
    assert!(
        home.needs.iter().any(|need| need.target == NeedTarget::Backup(backup.clone())),
        "{:?}",
        home.needs
    );
}

#[tokio::test]
async fn a_goal_is_missed_by_time_alone_and_both_screens_say_so() {
    let Some(server) = Server::shared() else { return };
    let (console, _) = backed_up(server).await;
    let catalogue = open_catalogue(&console).await;
    assert_eq!(finding(&health(&console).await, Code::RecoveryPoint).severity, Severity::Ok);
    let older =
        |by_ms: i64| sqlx::query("update backup set at_ms = at_ms - ?").bind(by_ms).execute(&catalogue);

    older(DAY_MS - 3_600_000).await.unwrap();
    assert_eq!(finding(&health(&console).await, Code::RecoveryPoint).severity, Severity::Warning);
    older(2 * 3_600_000).await.unwrap();

    let seen = health(&console).await;
    let age = finding(&seen, Code::RecoveryPoint);
    assert_eq!(age.severity, Severity::Critical);
    assert!(matches!(age.act, Act::BackUp(_)));
    assert_eq!(seen.sentence, "One thing is wrong.");
    let home = api::home(&console.engine, Nothing {}).await.unwrap();
    assert_eq!((home.needs.len(), &home.needs[0].what), (1, &age.what));
    assert_eq!(home.projects[0].state_words, "Over its goal");
}

/// A run as another process would have written it, `silent_ms` ago.
async fn add_run(console: &Console, id: &str, state: &str, project: &str, silent_ms: i64) {
    let catalogue = open_catalogue(console).await;
    let lock = console.home().join("run").read_dir_utf8().unwrap().next().unwrap().unwrap();
    let process = lock.file_name().trim_end_matches(".lock").to_owned();
    let at = now_ms() - silent_ms;
    let phase = r#"{"id":"dump","title":"Dump","sentence":"","weight":1,"state":"running","bytes":0,"bytes_total":null,"rows":0,"started_at_ms":AT,"elapsed_ms":10}"#;
    let progress = format!(
        r#"{{"phases":[{}],"facts":[],"safe_next":"","bytes_per_second":null,"left_ms":null}}"#,
        phase.replace("AT", &at.to_string())
    );
    sqlx::query(
        "insert into job (id, kind, title, sentence, project_id, writes_vault, trigger_kind, state, process,
                          created_at_ms, started_at_ms, progress)
         values (?1, 'backup', 'Backing up ' || ?1, '', ?2, 1, 'window', ?3, ?4, ?5, iif(?3 = 'running', ?5, null), ?6)",
    )
    .bind(id)
    .bind(project)
    .bind(state)
    .bind(process)
    .bind(at)
    .bind(progress)
    .execute(&catalogue)
    .await
    .unwrap();
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

#[tokio::test]
async fn a_run_whose_process_says_nothing_is_diagnosed_and_so_is_the_one_that_waits_for_it() {
    let Some(server) = Server::shared() else { return };
    let (console, _) = backed_up(server).await;
    let project = console.engine.standing(PROJECT).await.unwrap().project.id;
    add_run(&console, "stuck", "running", &project, 3_600_000).await;
    add_run(&console, "behind", "queued", &project, 3_500_000).await;

    let seen = health(&console).await;

    let jobs: Vec<_> = seen.findings.iter().filter(|one| one.code == Code::Job).collect();
    assert_eq!(jobs.len(), 2, "{jobs:?}");
    assert_eq!((jobs[0].severity, jobs[0].act.clone()), (Severity::Critical, Act::Run("stuck".into())));
    let said = "has a run, “Backing up stuck”, that says nothing for 59 min in the phase Dump.";
    assert!(jobs[0].what == said || jobs[0].what == said.replace("59 min", "1 h 0 min"), "{}", jobs[0].what);
    assert!(jobs[1].why.starts_with("“Backing up stuck” is in its way"), "{}", jobs[1].why);
}

#[tokio::test]
async fn a_vault_that_is_gone_is_the_one_thing_that_is_wrong_with_it() {
    let Some(server) = Server::shared() else { return };
    let (console, _) = backed_up(server).await;
    std::fs::rename(console.vault(), console.folder().join("elsewhere")).unwrap();

    let seen = health(&console).await;

    let vault = finding(&seen, Code::Vault);
    assert_eq!((vault.severity, vault.what.as_str()), (Severity::Critical, "cannot be used."));
    assert_eq!(finding(&seen, Code::Capacity).severity, Severity::Unknown);
    assert!(seen.costs.is_empty(), "nothing is known of what is kept");
}

#[tokio::test]
async fn the_home_screen_counts_projects_and_says_how_the_others_are() {
    let Some(server) = Server::shared() else { return };
    let (console, _) = backed_up(server).await;
    let home = api::home(&console.engine, Nothing {}).await.unwrap();
    assert_eq!(home.sentence, format!("{PROJECT} is restorable."));
    let database = server.database().await;
    console.add_project("other", database.settings(), server.password()).await.unwrap();

    let home = api::home(&console.engine, Nothing {}).await.unwrap();

    assert_eq!(home.sentence, "One project needs you.");
    assert_eq!((home.needs.len(), home.needs[0].what.as_str()), (1, "has no backup yet."));
    assert!(
        home.support.starts_with("The other one is restorable; its recovery point is"),
        "{}",
        home.support
    );
}
