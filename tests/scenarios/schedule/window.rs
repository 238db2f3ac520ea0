//! The scheduler of a process that stays: it wakes when a schedule changes, and ends with its process.

use std::sync::Arc;
use std::time::Duration;

use engine::Engine;
use engine::schedule::{Conditions, DrillPlace, NewSchedule, Rule, State, TimeOfDay, Zone};
use ledger::catalog::{JobState, SlotState};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use testkit::{Console, Database, PROJECT, Server, SilentClock, poll};

use crate::jobs::{assert_nothing_is_left, fill};

/// What a process that ends waits for its runs at most.
const ENDS_WITHIN: Duration = Duration::from_secs(45);

async fn scheduled(server: &'static Server, rows: u32) -> (Console, Database<'static>) {
    let database = server.database().await;
    fill(&database, rows).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let new = NewSchedule {
        project: PROJECT.into(),
        name: None,
        work: None,
        rule: Rule::Daily { at: TimeOfDay::parse("02:30").unwrap() },
        zone: Zone::Local,
        conditions: Conditions::usual(),
        jitter_s: 0,
        keep_ms: None,
        creates: None,
        place: DrillPlace::default(),
    };
    console.engine.set_schedule(new).await.unwrap();
    console.engine.pause_schedules(PROJECT, None, None).await.unwrap();
    let file = SqliteConnectOptions::new().filename(console.home().join("catalog.db"));
    let catalogue = SqlitePool::connect_with(file).await.unwrap();
    let earlier = "UPDATE schedule SET set_at_ms = set_at_ms - 2 * 86400000";
    sqlx::query(earlier).execute(&catalogue).await.unwrap();
    catalogue.close().await;
    (console, database)
}

/// The run that the scheduler began.
async fn begun(engine: &Engine) -> String {
    poll::until("a run begins", async || {
        let jobs = engine.jobs(Some(PROJECT), 10).await.unwrap();
        jobs.into_iter()
            .find(|job| job.record.trigger == ledger::job::Trigger::Schedule)
            .map(|job| job.record.id)
    })
    .await
}

#[tokio::test]
async fn a_scheduler_that_rests_wakes_when_a_schedule_is_resumed() {
    let Some(server) = Server::shared() else { return };
    let (console, _database) = scheduled(server, 100).await;
    // No time ends its rest.
    let clock = Arc::new(SilentClock::default());
    let scheduler = tokio::spawn(console.engine.scheduler().by(clock.clone()).run());
    clock.rests().await;
    console.engine.resume_schedules(PROJECT, None).await.unwrap();
    let job = begun(&console.engine).await;
    console.succeeded(&job).await;
    poll::soon("the schedule is done with it", async || {
        let all = console.engine.schedules(None).await.unwrap();
        all[0].outlook.state == State::Planned && all[0].facts.runs[0].state == SlotState::Succeeded
    })
    .await;
    assert_eq!(console.count().await, 1);
    console.engine.shut_down(ENDS_WITHIN).await;
    scheduler.await.unwrap();
}

#[tokio::test]
async fn a_process_that_is_quit_in_a_scheduled_run_leaves_it_due_for_the_next_one() {
    let Some(server) = Server::shared() else { return };
    let (console, database) = scheduled(server, 300_000).await;
    let scheduler = tokio::spawn(console.engine.scheduler().run());
    console.engine.resume_schedules(PROJECT, None).await.unwrap();
    let job = begun(&console.engine).await;
    console.wait_for_phase(&job, "dump").await;
    console.engine.shut_down(ENDS_WITHIN).await;
    scheduler.await.unwrap();
    assert_eq!(console.wait(&job).await.record.state, JobState::Cancelled);
    assert_nothing_is_left(&console, &database, &job).await;

    let next = console.second_engine().await;
    let stands = next.schedules(None).await.unwrap().remove(0);
    assert_eq!((stands.outlook.state, stands.facts.runs[0].state), (State::Due, SlotState::Interrupted));
    let done = next.scheduler().run_due().await.unwrap();
    assert_eq!((done.len(), done[0].ended.state), (1, SlotState::Succeeded));
    assert_eq!(console.count().await, 1);
}
