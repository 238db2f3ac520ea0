//! A thousand projects: due at once, and at rest.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use engine::Engine;
use engine::schedule::{Clock, Doing, Ended, Surroundings, Worker};
use ledger::catalog::SlotState;
use sqlx::SqlitePool;

use super::world::{World, at, good_backup};

const PROJECTS: u32 = 1000;
/// What one due project may cost the catalogue.
const STEPS_EACH_MAX: u64 = 100_000;

/// A thousand projects with a backup each night at two, set on a day of the past.
async fn thousand(world: &World, since: &str) {
    let numbers = "with recursive n (i) as (select 0 union all select i + 1 from n where i < ?1 - 1)";
    let projects = format!(
        "{numbers} insert into project (id, name, label, connection, created_at_ms)
         select printf('%032x', i), 'project ' || i, 'production',
                '{{\"host\":\"db.example\",\"port\":5432,\"database\":\"d\",\"user\":\"u\",\"tls\":\"require\"}}', 0 from n"
    );
    let schedules = format!(
        "{numbers} insert into schedule (id, project_id, name, work, rule, zone, conditions, jitter_s, set_at_ms)
         select printf('%032x', i + 5000), printf('%032x', i), 'backup', 'backup',
                '{{\"kind\":\"daily\",\"at\":\"02:00\"}}', 'utc',
                '{{\"battery_percent_min\":30,\"unmetered_only\":true,\"quiet\":null}}', 0, ?2 from n"
    );
    sqlx::query(&projects).bind(PROJECTS).execute(&world.catalog).await.unwrap();
    let set_at = at(since).as_millisecond();
    sqlx::query(&schedules).bind(PROJECTS).bind(set_at).execute(&world.catalog).await.unwrap();
}

/// Counts how many are at work at once.
#[derive(Debug)]
struct Crowd {
    catalog: SqlitePool,
    clock: Arc<dyn Clock>,
    now: AtomicUsize,
    most: AtomicUsize,
    served: Mutex<Vec<String>>,
}

#[async_trait]
impl Worker for Crowd {
    async fn work(&self, _: &Engine, doing: &Doing) -> Ended {
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        good_backup(&self.catalog, &doing.schedule.project_id, self.clock.now()).await;
        self.served.lock().unwrap().push(doing.schedule.project.clone());
        self.now.fetch_sub(1, Ordering::SeqCst);
        Ended { state: SlotState::Succeeded, said: "Done.".into(), job_id: None }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_projects_that_are_due_at_once_are_served_two_at_a_time_and_each_once() {
    let world = World::new().await;
    thousand(&world, "2026-11-01T00:00Z").await;
    let clock = world.clock("UTC", "2026-11-01T09:00Z", "2026-11-02T01:00Z", &[]);
    let worker = Arc::new(Crowd {
        catalog: world.catalog.clone(),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        now: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
        served: Mutex::default(),
    });
    let before = world.engine.catalog_steps();
    let scheduler = world
        .engine
        .scheduler()
        .by(Arc::clone(&clock) as Arc<dyn Clock>)
        .within(Arc::clone(&clock) as Arc<dyn Surroundings>)
        .with(Arc::clone(&worker) as Arc<dyn Worker>);
    let reports = scheduler.run_due().await.unwrap();

    let served = worker.served.lock().unwrap();
    let projects: HashSet<&String> = served.iter().collect();
    assert_eq!((reports.len(), served.len(), projects.len()), (1000, 1000, 1000));
    let most = worker.most.load(Ordering::SeqCst);
    assert!(most <= 2, "{most} at once");
    // What deciding costs is little beside a thousand backups, and does not grow with the crowd that waits.
    let steps = world.engine.catalog_steps() - before;
    assert!(steps < u64::from(PROJECTS) * STEPS_EACH_MAX, "{steps} steps");
}

/// At rest the scheduler looks once a minute, and so does the notifier at how projects stand. A thousandth of a core is
/// 60 ms a minute, in which SQLite makes so many steps.
const STEPS_A_MINUTE_MAX: u64 = 600_000;

#[tokio::test]
async fn a_thousand_projects_at_rest_cost_a_thousandth_of_a_core() {
    let world = World::new().await;
    thousand(&world, &jiff::Timestamp::now().to_string()).await;
    // The first look writes down what it sees.
    world.engine.notifier().once().await;
    let before = world.engine.catalog_steps();
    assert!(world.engine.scheduler().run_due().await.unwrap().is_empty(), "nothing is due");
    world.engine.notifier().without_health().once().await;
    let steps = world.engine.catalog_steps() - before;
    assert!(steps < STEPS_A_MINUTE_MAX, "{steps} steps");
    // Health is looked at every five minutes.
    let before = world.engine.catalog_steps();
    world.engine.notifier().once().await;
    let steps = world.engine.catalog_steps() - before;
    assert!(steps < 5 * STEPS_A_MINUTE_MAX, "{steps} steps of a look at health");
}
