//! Runs: cancelled, killed, stalled, queued. Each ends in a named state and leaves nothing that looks done.

use std::time::Duration;

use base::Code;
use camino::Utf8PathBuf;
use engine::Engine;
use ledger::catalog::JobState;
use ledger::job::Job;
use testkit::{Console, Database, Fault, FaultProxy, PROJECT, Server, child, poll};

/// Rows that do not compress: about 110 bytes each in the dump.
pub(crate) async fn fill(database: &Database<'_>, rows: u32) {
    let random = "gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text";
    database
        .run(&format!("create table t as select i, {random} as filler from generate_series(1, {rows}) i"))
        .await;
}

/// A profile whose project is reached through a proxy.
pub(crate) async fn behind_a_proxy(
    server: &'static Server,
    rows: u32,
) -> (Console, Database<'static>, FaultProxy) {
    let database = server.database().await;
    fill(&database, rows).await;
    let proxy = FaultProxy::to(server.port());
    let console = Console::new().await.with_vault().await;
    let mut connection = database.settings();
    connection.port = proxy.port();
    console.add_project(PROJECT, connection, server.password()).await.unwrap();
    (console, database, proxy)
}

/// Waits until so many bytes of the dump went into the vault, or were on their way.
pub(crate) async fn wait_for_bytes(console: &Console, job: &str, bytes: u64) {
    console.wait_for_phase(job, "dump").await;
    poll::soon("bytes flow", async || {
        let job = console.engine.job(job).await.unwrap();
        assert!(!job.record.state.is_final(), "{:?}", job.failure);
        job.progress.current().is_some_and(|phase| phase.bytes >= bytes)
    })
    .await;
}

/// What an ended run may not leave: programs, sessions, snapshots, locks.
pub(crate) async fn assert_nothing_is_left(console: &Console, database: &Database<'_>, job: &str) {
    let application = format!("holdfast {job}");
    poll::soon("no program of the run is left", async || {
        child::with_variable("PGAPPNAME", &application).is_empty()
    })
    .await;
    let sessions = format!("select count(*) from pg_stat_activity where application_name = '{application}'");
    poll::soon("no session is left", async || database.value(&sessions).await == "0").await;
    poll::soon("no lock is left", async || console.vault_files("locks").is_empty()).await;
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (0, 0));
}

fn state(job: &Job) -> (JobState, Option<&str>) {
    (job.record.state, job.failure.as_ref().map(|failure| failure.code.as_str()))
}

/// Short for a test, and longer than a disk takes to have a few files for good, in which nothing moves.
pub(crate) const STALL_LIMIT: Duration = Duration::from_secs(8);

#[tokio::test]
async fn a_backup_that_is_cancelled_in_the_middle_leaves_nothing_and_the_next_one_works() {
    let Some(server) = Server::shared() else { return };
    let (console, database, proxy) = behind_a_proxy(server, 300_000).await;
    proxy.set(Fault::StallAfter(20 << 20));
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    wait_for_bytes(&console, &job, 10 << 20).await;

    console.engine.cancel_job(&job).await.unwrap();
    let ended = console.wait(&job).await;

    assert_eq!(state(&ended), (JobState::Cancelled, None));
    assert!(ended.progress.safe_next.contains("next run"), "{}", ended.progress.safe_next);
    assert_nothing_is_left(&console, &database, &job).await;
    let refused = console.engine.cancel_job(&job).await.unwrap_err();
    assert_eq!(refused.code, Code::JobOver);
    proxy.set(Fault::None);
    console.backup().await;
}

#[tokio::test]
async fn a_backup_that_is_cancelled_while_it_waits_for_a_lock_leaves_nothing() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 10).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let session = database.session().await;
    session.client.batch_execute("begin; lock table t in access exclusive mode").await.unwrap();
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    let waiting =
        format!("select count(*) from pg_stat_activity where application_name = 'holdfast {job} looks'");
    poll::soon("it waits for the lock", async || database.value(&waiting).await == "1").await;

    console.engine.cancel_job(&job).await.unwrap();

    assert_eq!(state(&console.wait(&job).await), (JobState::Cancelled, None));
    assert_nothing_is_left(&console, &database, &job).await;
    session.client.batch_execute("rollback").await.unwrap();
    console.backup().await;
}

#[tokio::test]
async fn a_restore_that_is_cancelled_drops_what_it_made() {
    let Some(server) = Server::shared() else { return };
    let (console, database, proxy) = behind_a_proxy(server, 60_000).await;
    let backup = console.backup().await;
    let plan = console.plan_new(&backup.record.id, &server.free_name()).await;
    // Rows go to the server; so few bytes come from it that a delay is what holds it up.
    proxy.set(Fault::Delay(Duration::from_millis(150)));
    let job = console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
    console.wait_for_phase(&job, "rows").await;

    console.engine.cancel_job(&job).await.unwrap();

    assert_eq!(console.wait(&job).await.record.state, JobState::Cancelled);
    let there = format!(
        "select count(*) from pg_database where datname in ('{}', 'holdfast_incomplete_{}')",
        plan.database,
        &job[..8]
    );
    poll::soon("it is dropped", async || database.value(&there).await == "0").await;
    assert!(!console.home().join(format!("run/restore-{job}")).exists());
}

#[tokio::test]
async fn a_run_in_which_nothing_moves_is_ended_as_stalled() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 10).await;
    let console = Console::with(|options| options.stall_limit = Some(STALL_LIMIT)).await;
    let console = console.with_vault().await.with_project(server, database.name()).await;
    let session = database.session().await;
    session.client.batch_execute("begin; lock table t in access exclusive mode").await.unwrap();

    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    let ended = console.wait(&job).await;

    assert_eq!(state(&ended), (JobState::Failed, Some("stalled")));
    let message = ended.failure.unwrap().message;
    assert!(message.contains("8 seconds"), "they are no minutes: {message}");
    assert_nothing_is_left(&console, &database, &job).await;
    session.client.batch_execute("rollback").await.unwrap();
    console.backup().await;
}

#[tokio::test]
async fn a_network_that_falls_silent_is_a_stall_too() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 200_000).await;
    let proxy = FaultProxy::to(server.port());
    let console = Console::with(|options| options.stall_limit = Some(STALL_LIMIT)).await;
    let console = console.with_vault().await;
    let mut connection = database.settings();
    connection.port = proxy.port();
    console.add_project(PROJECT, connection, server.password()).await.unwrap();
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    wait_for_bytes(&console, &job, 1).await;

    proxy.set(Fault::Stall);
    let ended = console.wait(&job).await;

    assert_eq!(state(&ended), (JobState::Failed, Some("stalled")));
    proxy.set(Fault::None);
    assert_nothing_is_left(&console, &database, &job).await;
    console.backup().await;
}

#[tokio::test]
async fn a_second_backup_of_the_same_project_waits_for_the_first() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 10).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let session = database.session().await;
    session.client.batch_execute("begin; lock table t in access exclusive mode").await.unwrap();
    let first = console.engine.start_backup(PROJECT, None).await.unwrap();
    console.wait_for_phase(&first, "snapshot").await;

    let second = console.engine.start_backup(PROJECT, None).await.unwrap();

    assert_eq!(console.engine.job(&second).await.unwrap().record.state, JobState::Queued);
    session.client.batch_execute("rollback").await.unwrap();
    let (first, second) = (console.succeeded(&first).await, console.succeeded(&second).await);
    assert!(second.record.started_at_ms >= first.record.finished_at_ms);
    assert_eq!(console.count().await, 2);
}

#[tokio::test]
async fn two_processes_on_one_profile_see_each_others_runs_queue_and_cancel_across() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 10).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let other = console.second_engine().await;
    let session = database.session().await;
    session.client.batch_execute("begin; lock table t in access exclusive mode").await.unwrap();
    let first = console.engine.start_backup(PROJECT, None).await.unwrap();
    console.wait_for_phase(&first, "snapshot").await;

    let second = other.start_backup(PROJECT, None).await.unwrap();
    let listed = console.engine.jobs(None, 10).await.unwrap();

    let seen: Vec<_> =
        listed.iter().map(|job| (job.record.id == second, job.is_mine, job.record.state)).collect();
    assert_eq!(seen, [(true, false, JobState::Queued), (false, true, JobState::Running)]);
    // Each cancels the other's.
    console.engine.cancel_job(&second).await.unwrap();
    assert_eq!(console.wait(&second).await.record.state, JobState::Cancelled);
    other.cancel_job(&first).await.unwrap();
    assert_eq!(console.wait(&first).await.record.state, JobState::Cancelled);
    assert_nothing_is_left(&console, &database, &first).await;
    session.client.batch_execute("rollback").await.unwrap();
}

/// Names the profile to the part that is killed.
const HOME: &str = "JOBS_HOME";

#[tokio::test]
async fn a_backup_that_is_killed_is_interrupted_and_the_next_one_uses_what_is_there() {
    if child::part().is_some() {
        return back_up_until_killed().await;
    }
    let Some(server) = Server::shared() else { return };
    let (console, database, proxy) = behind_a_proxy(server, 900_000).await;
    proxy.set(Fault::StallAfter(90 << 20));
    let test = "jobs::a_backup_that_is_killed_is_interrupted_and_the_next_one_uses_what_is_there";
    let running = child::Guarded::start(child::again(test, "is killed").env(HOME, console.home()));
    let job =
        poll::until("it runs", async || Some(console.engine.jobs(None, 1).await.unwrap().pop()?.record.id))
            .await;
    wait_for_bytes(&console, &job, 80 << 20).await;
    poll::soon("an index is written", async || !console.vault_files("index").is_empty()).await;

    running.kill();
    let next = console.second_engine().await;

    let ended = next.job(&job).await.unwrap();
    assert_eq!(ended.record.state, JobState::Interrupted);
    assert!(ended.progress.safe_next.contains("safe"), "{}", ended.progress.safe_next);
    proxy.set(Fault::None);
    let backup = console.backup().await;
    assert!(
        backup.record.added_bytes < backup.record.size_bytes / 2,
        "nothing was reused: {:?}",
        backup.record
    );
    poll::soon("the dead run's lock goes", async || console.vault_files("locks").is_empty()).await;
    assert_eq!(console.count().await, 1);
    let sessions = format!("select count(*) from pg_stat_activity where application_name = 'holdfast {job}'");
    poll::soon("its sessions end", async || database.value(&sessions).await == "0").await;
}

async fn back_up_until_killed() {
    let home = Utf8PathBuf::from(std::env::var(HOME).unwrap());
    let engine = Engine::open(Console::options(&home)).await.unwrap();
    engine.start_backup(PROJECT, None).await.unwrap();
    // It never gets there.
    poll::until("death", async || None::<()>).await;
}
