//! A thousand projects: due at once, and at rest.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use engine::Engine;
use engine::schedule::{Clock, Doing, Ended, RunState, Surroundings, Worker};
use sqlx::SqlitePool;

use crate::world::{World, at, good_backup};

const PROJECTS: u32 = 1000;

/// A thousand projects with a backup each night at two, set on a day of the past.
async fn thousand(world: &World, since: &str) {
    let numbers = "with recursive n (i) as (select 0 union all select i + 1 from n where i < ?1 - 1)";
    let projects = format!(
        "{numbers} insert into project (id, name, label, kind, connection, created_at_ms)
         select printf('%032x', i), 'project ' || i, 'production', 'postgres',
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
        Ended { state: RunState::Succeeded, said: "Done.".into(), job_id: None }
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
    let begun = Instant::now();
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
    eprintln!("a thousand due projects: {:?}", begun.elapsed());
    // What deciding costs is little beside a thousand backups.
    assert!(begun.elapsed() < Duration::from_mins(2), "{:?}", begun.elapsed());
}

/// At rest the scheduler looks once a minute, and so does the notifier at how projects stand: a thousandth of a core
/// is 60 ms a minute. A build without optimisation takes a few times as long.
const A_MINUTE_AT_REST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 400 } else { 60 });

#[tokio::test]
async fn a_thousand_projects_at_rest_cost_a_thousandth_of_a_core() {
    let world = World::new().await;
    thousand(&world, &jiff::Timestamp::now().to_string()).await;
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        assert!(world.engine.scheduler().run_due().await.unwrap().is_empty(), "nothing is due");
        world.engine.notifier().once().await;
        best = best.min(begun.elapsed());
    }
    eprintln!("a minute at rest: {best:?}");
    assert!(best < A_MINUTE_AT_REST, "{best:?}");
}
