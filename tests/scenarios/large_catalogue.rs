//! A catalogue that was in use for years: a thousand projects, a hundred thousand backups and runs.

use contract::api;
use contract::backup::{BackupRef, ListBackups};
use contract::command::Nothing;
use contract::health::{AskHealth, AskPlots};
use contract::job::ListJobs;
use contract::project::ProjectRef;
use ledger::catalog::ProofLevel;
use testkit::Console;

use crate::catalogue::open_catalogue;

/// Every list answers within 50 ms (DESIGN, "Budgets"), which `make bench` measures: so many steps of SQLite's machine,
/// and so many for each project where all are shown. One that reads every backup takes ten times as many.
const STEPS_MAX: u64 = 500_000;
const STEPS_A_PROJECT_MAX: u64 = 2_000;

const PROJECTS: u32 = 1_000;
const HOUR_MS: i64 = 3_600_000;

/// A profile with so many verified backups spread over so many projects, one each eight hours until now,
/// and with the runs that made them.
async fn profile(projects: u32, backups: u32) -> Console {
    let console = Console::new().await;
    let catalogue = open_catalogue(&console).await;
    let numbers = "with recursive n (i) as (select 0 union all select i + 1 from n where i < ?1 - 1)";
    let all_projects = format!(
        "{numbers} insert into project (id, name, label, connection, created_at_ms)
         select printf('%032x', i), 'project ' || i, 'production',
                '{{\"host\":\"db.example\",\"port\":5432,\"database\":\"d\",\"user\":\"u\",\"tls\":\"require\"}}', i from n"
    );
    let all_backups = format!(
        "{numbers} insert into backup (id, project_id, at_ms, trigger_kind, who, components, size_bytes, added_bytes,
                                       row_count, table_count, warning_count)
         select printf('%064x', i), printf('%032x', i % ?2), ?3 - (i / ?2) * 8 * {HOUR_MS}, 'schedule', 'u@h', 'database',
                1000000 + i, 1000, i, 20, 0 from n"
    );
    let proofs = "insert into proof (backup_id, store, level, verdict, at_ms, elapsed_ms, reason)
        select b.id, 'vault', l.level, 'pass', b.at_ms, 5, 'read' from backup b, (select 1 as level union all select 2) l";
    let jobs = "insert into job (id, kind, title, sentence, project_id, writes_vault, trigger_kind, state, process,
                                 created_at_ms, started_at_ms, finished_at_ms, outcome, progress, failure)
        select substr(id, 33), 'backup', 'Backing up', 'From here to there.', project_id, 1, 'schedule',
               iif(row_count % 50 = 7, 'failed', 'succeeded'), 'gone', at_ms, at_ms, at_ms + 1000, 'done',
               printf('{\"phases\":[],\"facts\":[],\"safe_next\":\"%s\",\"bytes_per_second\":null,\"left_ms\":null}', printf('%.800c', 'x')),
               iif(row_count % 50 = 7, '{\"code\":\"server_gone\",\"message\":\"gone\",\"hint\":null,\"retry\":\"now\"}', null)
        from backup";
    let now = i64::try_from(
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis(),
    )
    .unwrap();
    sqlx::query(&all_projects).bind(projects).execute(&catalogue).await.unwrap();
    let fill = sqlx::query(&all_backups).bind(backups).bind(projects).bind(now);
    fill.execute(&catalogue).await.unwrap();
    sqlx::query(proofs).execute(&catalogue).await.unwrap();
    sqlx::query(jobs).execute(&catalogue).await.unwrap();
    console
}

/// What asking costs the catalogue.
async fn cost(
    console: &Console,
    costs: &mut Vec<(&'static str, u64)>,
    what: &'static str,
    mut ask: impl AsyncFnMut(),
) {
    let before = console.engine.catalog_steps();
    ask().await;
    costs.push((what, console.engine.catalog_steps() - before));
}

/// Health of everything is no list: it looks at each project.
const HEALTH_STEPS_MAX: u64 = 5_000_000;

/// Everything that lists, as the window asks for it.
async fn measure(console: &Console, projects: usize, backups: u64) -> Vec<(&'static str, u64)> {
    let engine = &console.engine;
    let list = |project: Option<&str>, offset| ListBackups {
        project: project.map(str::to_owned),
        offset,
        limit: 100,
        sift: None,
    };
    let end = u32::try_from(backups).unwrap() - 100;
    let jobs = |project: Option<&str>| ListJobs { project: project.map(str::to_owned), limit: 100 };
    let mut costs = Vec::new();
    cost(console, &mut costs, "home", async || {
        assert_eq!(api::home(engine, Nothing {}).await.unwrap().projects.len(), projects);
    })
    .await;
    cost(console, &mut costs, "projects", async || {
        assert_eq!(api::project_list(engine, Nothing {}).await.unwrap().len(), projects);
    })
    .await;
    cost(console, &mut costs, "health of one", async || {
        let asked = AskHealth { project: Some("project 0".into()) };
        assert!(!api::health(engine, asked).await.unwrap().findings.is_empty());
    })
    .await;
    cost(console, &mut costs, "plots of one", async || {
        let asked = AskPlots { project: "project 0".into(), days: 30, table: None };
        assert!(!api::health_plots(engine, asked).await.unwrap().sizes.is_empty());
    })
    .await;
    cost(console, &mut costs, "one project", async || {
        api::project_show(engine, ProjectRef { project: "project 0".into() }).await.unwrap();
    })
    .await;
    cost(console, &mut costs, "first backups", async || {
        assert_eq!(api::backup_list(engine, list(None, 0)).await.unwrap().total.0, backups);
    })
    .await;
    cost(console, &mut costs, "last backups", async || {
        assert_eq!(api::backup_list(engine, list(None, end)).await.unwrap().backups.len(), 100);
    })
    .await;
    cost(console, &mut costs, "backups of one", async || {
        let page = api::backup_list(engine, list(Some("project 0"), 0)).await.unwrap();
        assert_eq!(page.total.0, backups / projects as u64);
    })
    .await;
    cost(console, &mut costs, "plan of a deletion", async || {
        let backup = format!("{:064x}", backups - 1);
        api::backup_deletion_plan(engine, BackupRef { backup }).await.unwrap();
    })
    .await;
    cost(console, &mut costs, "runs", async || {
        assert_eq!(api::job_list(engine, jobs(None)).await.unwrap().len(), 100);
    })
    .await;
    cost(console, &mut costs, "runs of one", async || {
        api::job_list(engine, jobs(Some("project 0"))).await.unwrap();
    })
    .await;
    costs
}

fn assert_cheap(costs: &[(&str, u64)], projects: u64) {
    let most = |what: &str| match what {
        "home" | "projects" => STEPS_MAX.max(projects * STEPS_A_PROJECT_MAX),
        _ => STEPS_MAX,
    };
    let dear: Vec<_> = costs.iter().filter(|(what, steps)| *steps > most(what)).collect();
    assert!(dear.is_empty(), "{dear:?} of {costs:?}");
}

#[tokio::test]
async fn a_thousand_projects_with_a_hundred_thousand_backups_are_listed_in_no_time() {
    let console = profile(PROJECTS, 100_000).await;

    assert_cheap(&measure(&console, 1_000, 100_000).await, 1_000);

    let mut costs = Vec::new();
    cost(&console, &mut costs, "health", async || {
        let health = api::health(&console.engine, AskHealth { project: None }).await.unwrap();
        assert!(health.projects.0 == 1_000 && health.findings.len() > 6_000, "{}", health.findings.len());
    })
    .await;
    assert!(costs[0].1 < HEALTH_STEPS_MAX, "{costs:?}");
    let (_, page) = console.engine.backups(None, 0, 500).await.unwrap();
    let is_verified = |backup: &engine::backup::Backup| {
        backup.is_newest_verified && backup.level == Some(ProofLevel::Readable)
    };
    assert!(page.iter().all(is_verified));
    let standing = console.engine.standing("project 7").await.unwrap();
    assert_eq!(
        (standing.backups, standing.best_proof.map(|proof| proof.level)),
        (100, Some(ProofLevel::Readable))
    );
    assert!(
        standing.days.iter().map(|day| day.backups).sum::<u32>() >= 87,
        "three on each day but the first"
    );
    assert!(standing.days[10].level == 2 && standing.failure.is_some());
}

#[tokio::test]
async fn ten_thousand_backups_of_one_project_are_listed_in_no_time() {
    let console = profile(1, 10_000).await;

    assert_cheap(&measure(&console, 1, 10_000).await, 1);
}
