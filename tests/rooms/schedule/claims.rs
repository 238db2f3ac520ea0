//! A slot is done by one of many, also when they are two engines, or one dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use base::Code;
use engine::Engine;
use engine::schedule::{Clock, Doing, Ended, Rule, State, Worker, Zone};
use ledger::catalog::SlotState;

use super::world::{World, at, good_backup};

/// Counts how often it was asked.
#[derive(Debug)]
struct Counting {
    asked: AtomicUsize,
    ends: SlotState,
}

#[async_trait]
impl Worker for Counting {
    async fn work(&self, _: &Engine, _: &Doing) -> Ended {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ended { state: self.ends, said: "Counted.".into(), job_id: None }
    }
}

async fn race(world: &World, ends: SlotState) -> (usize, usize) {
    let second = Engine::open(world.options.clone()).await.unwrap();
    let worker = Arc::new(Counting { asked: AtomicUsize::new(0), ends });
    let by =
        |engine: &Engine, clock| engine.scheduler().by(clock).with(Arc::clone(&worker) as Arc<dyn Worker>);
    let (mut rounds, mut twice) = (0, 0);
    for round in 0..500 {
        // Another night each time: another slot.
        let now = at("2026-11-02T09:00Z") + jiff::SignedDuration::from_hours(24 * round);
        let clock: Arc<dyn Clock> = world.clock("UTC", &now.to_string(), "2030-01-01T00:00Z", &[]);
        let before = worker.asked.load(Ordering::SeqCst);
        let (one, other) = tokio::join!(
            by(&world.engine, Arc::clone(&clock)).run_due(),
            by(&second, Arc::clone(&clock)).run_due()
        );
        let did = one.unwrap().len() + other.unwrap().len();
        assert_eq!(worker.asked.load(Ordering::SeqCst) - before, did);
        rounds += usize::from(did > 0);
        twice += usize::from(did > 1);
    }
    (rounds, twice)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_engines_that_race_for_a_slot_one_does_it_a_thousand_times() {
    let world = World::new().await;
    world.scheduled("shop", Rule::cron("0 2 * * *").unwrap(), Zone::Utc, at("2026-11-01T00:00Z")).await;
    assert_eq!(race(&world, SlotState::Succeeded).await, (500, 0));
    // Also a failed one is not tried by the other one at the same moment.
    sqlx::query("DELETE FROM schedule_run").execute(&world.catalog).await.unwrap();
    assert_eq!(race(&world, SlotState::Failed).await, (500, 0));
}

#[tokio::test]
async fn what_a_dead_process_claimed_is_free_again_and_what_a_living_one_claimed_is_not() {
    let world = World::new().await;
    world.scheduled("shop", Rule::cron("0 2 * * *").unwrap(), Zone::Utc, at("2026-11-01T00:00Z")).await;
    let living = Engine::open(world.options.clone()).await.unwrap();
    let lock = std::fs::read_dir(world.options.home.join("run")).unwrap().flatten().map(|entry| entry.path());
    let mut ids: Vec<String> = lock.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    ids.sort_by_key(|id| {
        std::fs::metadata(world.options.home.join("run").join(format!("{id}.lock")))
            .unwrap()
            .modified()
            .unwrap()
    });
    let claimed = "INSERT INTO schedule_run (schedule_id, slot_ms, state, process, attempts, claimed_at_ms)
                   SELECT id, ?, 'running', ?, 1, 0 FROM schedule";
    let slot_ms = at("2026-11-02T02:00Z").as_millisecond();
    let claim = |process: String| sqlx::query(claimed).bind(slot_ms).bind(process).execute(&world.catalog);
    let clock: Arc<dyn Clock> = world.clock("UTC", "2026-11-02T09:00Z", "2030-01-01T00:00Z", &[]);
    let worker = Arc::new(Counting { asked: AtomicUsize::new(0), ends: SlotState::Succeeded });
    let due = || {
        let scheduler = world.engine.scheduler().by(Arc::clone(&clock));
        scheduler.with(Arc::clone(&worker) as Arc<dyn Worker>).run_due()
    };

    claim(ids.pop().unwrap()).await.unwrap();
    assert_eq!(due().await.unwrap().len(), 0);
    assert_eq!(world.engine.schedules(None).await.unwrap()[0].outlook.state, State::Running);

    drop(living);
    assert_eq!(due().await.unwrap().len(), 1);
    assert_eq!(due().await.unwrap().len(), 0);
    let attempts =
        sqlx::query_scalar::<_, i64>("SELECT attempts FROM schedule_run WHERE slot_ms = ?").bind(slot_ms);
    assert_eq!(attempts.fetch_one(&world.catalog).await.unwrap(), 2);
}

#[tokio::test]
async fn what_this_process_claimed_and_is_not_at_work_on_is_free_again() {
    let world = World::new().await;
    world.scheduled("shop", Rule::cron("0 2 * * *").unwrap(), Zone::Utc, at("2026-11-01T00:00Z")).await;
    let mut locks = std::fs::read_dir(world.options.home.join("run")).unwrap().flatten();
    let process = locks.next().unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
    // A claim whose end could not be written, say on a full disk.
    sqlx::query(
        "INSERT INTO schedule_run (schedule_id, slot_ms, state, process, attempts, claimed_at_ms)
         SELECT id, ?, 'running', ?, 1, 0 FROM schedule",
    )
    .bind(at("2026-11-02T02:00Z").as_millisecond())
    .bind(process)
    .execute(&world.catalog)
    .await
    .unwrap();
    let worker = Arc::new(Counting { asked: AtomicUsize::new(0), ends: SlotState::Succeeded });
    let clock: Arc<dyn Clock> = world.clock("UTC", "2026-11-02T09:00Z", "2030-01-01T00:00Z", &[]);
    let due = world.engine.scheduler().by(clock).with(Arc::clone(&worker) as Arc<dyn Worker>);
    assert_eq!(due.run_due().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_schedule_that_was_paused_removed_or_set_anew_since_it_was_looked_at_is_not_run() {
    let world = World::new().await;
    world.scheduled("shop", Rule::cron("0 2 * * *").unwrap(), Zone::Utc, at("2026-11-01T00:00Z")).await;
    let clock: Arc<dyn Clock> = world.clock("UTC", "2026-11-02T09:00Z", "2030-01-01T00:00Z", &[]);
    let worker = Arc::new(Counting { asked: AtomicUsize::new(0), ends: SlotState::Succeeded });
    let due = || {
        let scheduler = world.engine.scheduler().by(Arc::clone(&clock));
        scheduler.with(Arc::clone(&worker) as Arc<dyn Worker>).run_due()
    };
    world.engine.pause_schedules("shop", None, None).await.unwrap();
    assert_eq!(due().await.unwrap().len(), 0);
    world.engine.resume_schedules("shop", None).await.unwrap();
    world.engine.remove_schedules("shop", None).await.unwrap();
    assert_eq!(due().await.unwrap().len(), 0);
    assert_eq!(world.engine.remove_schedules("shop", None).await.unwrap_err().code, Code::ScheduleNotFound);
    world.scheduled("shop", Rule::cron("0 2 * * *").unwrap(), Zone::Utc, at("2026-11-01T00:00Z")).await;
    let project =
        sqlx::query_scalar::<_, String>("SELECT id FROM project").fetch_one(&world.catalog).await.unwrap();
    good_backup(&world.catalog, &project, at("2026-11-02T03:00Z")).await;
    assert_eq!(due().await.unwrap().len(), 0);
    assert_eq!(worker.asked.load(Ordering::SeqCst), 0);
}
