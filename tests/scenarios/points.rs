//! Recovery points by what they hold: what lacks the database moves nothing of it, takes none of its places, and keeps
//! nobody from seeing how old it is.

use base::Severity;
use contract::api;
use contract::command::Nothing;
use contract::project::ProjectRef;
use engine::health::Code;
use engine::retention::Plan;
use ledger::component::Component;
use testkit::{CommandLine, Console, PROJECT, Server};

use crate::catalogue::open_catalogue;
use crate::health::{finding, health};
use crate::pull::bench::{Bench, made, pulled};
use crate::retention::last;

const HOUR_MS: i64 = 3_600_000;

/// Makes a backup that is there older than it is.
async fn age(console: &Console, id: &str, hours: i64) {
    let catalogue = open_catalogue(console).await;
    let moved =
        sqlx::query("update backup set at_ms = at_ms - ? where id = ?").bind(hours * HOUR_MS).bind(id);
    moved.execute(&catalogue).await.unwrap();
    catalogue.close().await;
}

/// The project's recovery point.
async fn point(console: &Console) -> Option<String> {
    console.engine.standing(PROJECT).await.unwrap().recovery_point.map(|(id, _)| id)
}

/// That of its database.
async fn database(console: &Console) -> Option<String> {
    let components = console.engine.standing(PROJECT).await.unwrap().points.components;
    let database = components.into_iter().find(|one| one.component == Component::Database);
    database.unwrap().point.map(|point| point.backup_id)
}

fn stays(plan: &Plan, id: &str) -> bool {
    plan.fates.iter().any(|fate| fate.id == id && fate.is_kept)
}

#[tokio::test]
async fn files_that_came_alone_at_night_move_nothing_of_the_database_and_push_no_backup_of_it_out() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    made(&console, "storage").await;
    let (_, first) = pulled(&console).await;
    assert_eq!(point(&console).await, None, "there is no database in it");
    age(&console, &first, 30).await;
    made(&console, "full").await;
    let (_, full) = pulled(&console).await;
    age(&console, &full, 21).await;
    made(&console, "storage").await;
    let (_, files) = pulled(&console).await;

    let standing = console.engine.standing(PROJECT).await.unwrap();
    assert_eq!(standing.recovery_point.as_ref().map(|(id, _)| id), Some(&full));
    assert_eq!(standing.oldest_component(), Some(Component::Database));
    let of: Vec<_> =
        standing.points.components.iter().map(|one| (one.component, one.point.as_ref())).collect();
    let newest =
        |component| of.iter().find(|(one, _)| *one == component).unwrap().1.unwrap().backup_id.clone();
    assert_eq!((newest(Component::Database), newest(Component::Files)), (full.clone(), files.clone()));
    assert_eq!(console.engine.backup("shop@latest").await.unwrap().record.id, full);

    console.engine.set_retention(PROJECT, Some(last(1, 1))).await.unwrap();
    let plan = console.engine.plan_retention(PROJECT).await.unwrap();
    assert!(stays(&plan, &full) && stays(&plan, &files) && !stays(&plan, &first), "{plan:?}");
    let refused = console.engine.delete_backup(&full, &full[..8]).await.unwrap_err();
    assert_eq!(refused.code, base::Code::NewestVerified);
    assert!(refused.message.contains("with its database"), "{refused:?}");
    console.engine.delete_backup(&first, &first[..8]).await.unwrap();

    age(&console, &full, 6).await;
    let late = health(&console).await;
    let late = finding(&late, Code::RecoveryPoint);
    assert_eq!(late.severity, Severity::Critical);
    assert!(late.what.starts_with("has no new copy of its database for"), "{late:?}");
    let home = api::home(&console.engine, Nothing {}).await.unwrap();
    assert_eq!(home.projects[0].state_words, "Over its goal: database");
    let paused = console.engine.plan_retention(PROJECT).await.unwrap().pause.unwrap_or_default();
    assert!(paused.contains("the database of shop is 27 h old"), "{paused}");
}

#[tokio::test]
async fn an_incremental_is_a_recovery_point_only_beside_what_it_needs_and_what_is_held_back_is_none() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let there = made(&console, "full").await;
    let (_, full) = pulled(&console).await;
    age(&console, &full, 2).await;
    made(&console, "incremental").await;
    let (_, incremental) = pulled(&console).await;
    let catalogue = open_catalogue(&console).await;
    let linked = sqlx::query("update backup set needs_id = ? where id = ?").bind(&there).bind(&incremental);
    linked.execute(&catalogue).await.unwrap();
    assert_eq!(database(&console).await.as_ref(), Some(&incremental));

    let refused = console.engine.delete_backup(&full, &full[..8]).await.unwrap_err();
    assert_eq!(refused.code, base::Code::BackupNeeded);
    console.engine.set_retention(PROJECT, Some(last(1, 1))).await.unwrap();
    let plan = console.engine.plan_retention(PROJECT).await.unwrap();
    assert!(stays(&plan, &full) && stays(&plan, &incremental), "{plan:?}");

    let why = "update backup set held_back = 'table orders was cut' where id = ?";
    sqlx::query(why).bind(&full).execute(&catalogue).await.unwrap();
    assert_eq!(database(&console).await, None, "neither that one, nor what is nothing without it");
    assert_eq!(point(&console).await, None);
    let plan = console.engine.plan_retention(PROJECT).await.unwrap();
    assert!(plan.fates.iter().all(|fate| fate.is_kept && !fate.counts), "{plan:?}");
    catalogue.close().await;
    // The vault says neither, and is what is believed.
    console.engine.rebuild_catalog().await.unwrap();
    assert_eq!(database(&console).await.as_ref(), Some(&incremental));
}

#[tokio::test]
async fn a_log_file_that_somebody_drops_into_a_project_moves_nothing() {
    let Some(server) = Server::shared() else { return };
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let (password, url) = line.credentials(server, "postgres");
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    let shown = |arguments: &[&str]| crate::pull::bench::answer(&line, arguments);
    let before = shown(&["--json", "backup", "show", "shop@latest"])["row"]["id"].clone();
    let logs = line.folder().join("app.jsonl");
    let entries = "{\"at\":\"2026-01-01T00:00:00Z\",\"message\":\"up\"}\n".repeat(20);
    std::fs::write(&logs, entries).unwrap();

    line.expect(0, &["bundle", "import", logs.as_str(), "--into", "shop"]);

    assert_eq!(shown(&["--json", "backup", "list", "shop"])["total"], 2);
    assert_eq!(shown(&["--json", "backup", "show", "shop@latest"])["row"]["id"], before);
    let id = before.as_str().unwrap();
    let kept = line.expect(4, &["backup", "delete", id, "--confirm", &id[..8]]);
    assert!(kept.said.contains("newest verified"), "{kept:?}");
}

/// Deterministic, and of no pattern that matters.
fn next(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

#[tokio::test]
async fn the_catalogue_and_the_plans_of_retention_count_the_same_backups() {
    let console = Console::new().await;
    let catalogue = open_catalogue(&console).await;
    let settings = r#"{"host":"db.example","port":5432,"database":"d","user":"u","tls":"require"}"#;
    let project = "insert into project (id, name, label, connection, created_at_ms)
        values ('p', 'shop', 'production', ?, 0)";
    sqlx::query(project).bind(settings).execute(&catalogue).await.unwrap();
    let parts = ["database", "storage", "config", "redis", "logs", "artifact", "roles"];
    let mut state = 7;
    let mut ids = Vec::new();
    for number in 0..60_u64 {
        let id = format!("{number:064x}");
        let held: Vec<&str> = parts.into_iter().filter(|_| next(&mut state, 3) == 0).collect();
        let needs = (next(&mut state, 3) == 0).then(|| format!("{:064x}", next(&mut state, 60)));
        let cut = (next(&mut state, 8) == 0).then_some("table orders was cut");
        let (level, failed) = (next(&mut state, 4), u8::from(next(&mut state, 9) == 0));
        // Some are of the same moment.
        let at_ms = 1_700_000_000_000 + i64::try_from(next(&mut state, 40)).unwrap() * HOUR_MS;
        let row = "insert into backup (id, project_id, at_ms, trigger_kind, who, components, size_bytes, added_bytes,
                table_count, warning_count, level, restore_failed, needs_id, held_back)
            values (?, 'p', ?, 'schedule', 'u@h', ?, 1, 1, 0, 0, ?, ?, ?, ?)";
        let row = sqlx::query(row).bind(&id).bind(at_ms).bind(held.join(","));
        let row = row.bind(i64::try_from(level).unwrap()).bind(failed).bind(needs).bind(cut);
        row.execute(&catalogue).await.unwrap();
        ids.push(id);
    }

    let fates = console.engine.backup_fates(&ids).await.unwrap();

    let mut counted: Vec<String> =
        sqlx::query_scalar("select id from proven where counts > 0").fetch_all(&catalogue).await.unwrap();
    let mut by_plan: Vec<String> =
        fates.iter().filter(|one| one.fate.counts).map(|one| one.fate.id.clone()).collect();
    counted.sort_unstable();
    by_plan.sort_unstable();
    assert!(counted.len() > 10 && counted.len() < 50, "{}", counted.len());
    assert_eq!(counted, by_plan);
    catalogue.close().await;
    let shown = api::project_show(&console.engine, ProjectRef { project: "shop".into() }).await.unwrap();
    assert_eq!(shown.row.backups.0, 60);
}
