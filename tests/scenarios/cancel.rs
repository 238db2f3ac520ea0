//! Cancelled in each phase: a named end, also where nothing moves any more, and nothing left of it.

use std::time::Duration;

use postgres::connection::ConnectOptions;
use postgres::dump::Holder;
use testkit::{Console, Database, Fault, FaultProxy, PROJECT, Server, child, poll};

use crate::jobs::{assert_nothing_is_left, behind_a_proxy, fill, wait_for_bytes};
use ledger::catalog::{JobState, ProofLevel};

/// Cancels a job and waits for its end, which has to be called by its name. Whatever held the job up holds on
/// until then: an end that waits for that never comes.
async fn cancel(console: &Console, job: &str) {
    console.engine.cancel_job(job).await.unwrap();
    let ended = console.wait(job).await;
    assert_eq!(ended.record.state, JobState::Cancelled, "{:?}", ended.failure);
}

#[tokio::test]
async fn a_backup_cancelled_while_it_takes_its_snapshot_leaves_nothing() {
    let Some(server) = Server::shared() else { return };
    let (console, database, proxy) = behind_a_proxy(server, 10).await;
    // Silent before the sign-in, and silent in the middle of the first questions.
    for fault in [Fault::Stall, Fault::StallAfter(600)] {
        proxy.set(fault);
        let job = console.engine.start_backup(PROJECT, None).await.unwrap();
        console.wait_for_phase(&job, "snapshot").await;
        tokio::task::yield_now().await;

        cancel(&console, &job).await;

        proxy.set(Fault::None);
        assert_nothing_is_left(&console, &database, &job).await;
    }
    console.backup().await;
}

#[tokio::test]
async fn a_dump_cancelled_on_a_silent_network_ends_while_it_is_silent() {
    let Some(server) = Server::shared() else { return };
    let (console, database, proxy) = behind_a_proxy(server, 200_000).await;
    proxy.set(Fault::StallAfter(8 << 20));
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    wait_for_bytes(&console, &job, 4 << 20).await;
    proxy.set(Fault::Stall);

    cancel(&console, &job).await;

    proxy.set(Fault::None);
    assert_nothing_is_left(&console, &database, &job).await;
    console.backup().await;
}

#[tokio::test]
async fn a_backup_cancelled_while_it_writes_its_manifest_or_verifies_leaves_nothing() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 300_000).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;

    for phase in ["vault", "verify"] {
        let job = console.engine.start_backup(PROJECT, None).await.unwrap();
        // Closer than other waits: this phase is short.
        while console.engine.job(&job).await.unwrap().progress.current().is_none_or(|now| now.id != phase) {
            tokio::task::yield_now().await;
        }
        cancel(&console, &job).await;
        assert_nothing_is_left(&console, &database, &job).await;
        assert_eq!(temporaries(&console), Vec::<String>::new());
    }
    console.backup().await;
}

#[tokio::test]
async fn a_restore_cancelled_in_any_phase_leaves_nothing() {
    let Some(server) = Server::shared() else { return };
    let (console, database, proxy) = restorable(server).await;
    let backup = console.backup().await.record.id;
    for phase in ["prepare", "structure", "rows", "indexes", "check"] {
        proxy.set(Fault::None);
        let plan = console.plan_new(&backup, &server.free_name()).await;
        proxy.set(Fault::Delay(Duration::from_millis(60)));
        let job = console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
        console.wait_for_phase(&job, phase).await;

        cancel(&console, &job).await;

        proxy.set(Fault::None);
        let application = format!("holdfast {job}");
        assert!(child::with_variable("PGAPPNAME", &application).is_empty(), "{phase}: a program is left");
        let sessions =
            format!("select count(*) from pg_stat_activity where application_name = '{application}'");
        poll::soon("no session is left", async || database.value(&sessions).await == "0").await;
        let made = format!(
            "select count(*) from pg_database where datname in ('{}', 'holdfast_incomplete_{}')",
            plan.database,
            &job[..8]
        );
        poll::soon("its database is dropped", async || database.value(&made).await == "0").await;
        assert!(!console.home().join(format!("run/restore-{job}")).exists(), "{phase}: a folder is left");
    }
    let backup = console.engine.backup(&backup).await.unwrap();
    assert_eq!(backup.level, Some(ProofLevel::Readable), "a cancelled restore proves nothing, either way");
}

/// A database whose restore has something to do in each phase.
async fn restorable(server: &'static Server) -> (Console, Database<'static>, FaultProxy) {
    let (console, database, proxy) = behind_a_proxy(server, 30_000).await;
    let more = (0..8).map(|at| format!("create table t{at} (i int primary key); create index on t{at} (i);"));
    database.run(&more.collect::<String>()).await;
    database.run("alter table t add primary key (i); create index on t (filler)").await;
    (console, database, proxy)
}

#[tokio::test]
async fn a_verification_cancelled_in_the_middle_changes_nothing() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 300_000).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await;
    let before = console.engine.backup_details(&backup.record.id).await.unwrap().proofs;

    let job = console.engine.start_verify(&backup.record.id, ProofLevel::Readable).await.unwrap();
    while console.engine.job(&job).await.unwrap().progress.current().is_none() {
        tokio::task::yield_now().await;
    }
    cancel(&console, &job).await;

    let after = console.engine.backup_details(&backup.record.id).await.unwrap();
    assert_eq!((after.proofs, after.backup.level), (before, backup.level));
}

#[tokio::test]
async fn a_backup_cancelled_before_its_turn_never_runs() {
    let Some(server) = Server::shared() else { return };
    let (console, _database, proxy) = behind_a_proxy(server, 10).await;
    // A project has one run at a time, and this one does not end.
    proxy.set(Fault::Stall);
    let before = console.engine.start_backup(PROJECT, None).await.unwrap();
    console.wait_for_phase(&before, "snapshot").await;

    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    cancel(&console, &job).await;

    assert_eq!(console.engine.job(&job).await.unwrap().record.started_at_ms, None);
    cancel(&console, &before).await;
    assert_eq!(console.vault_files("locks"), Vec::<String>::new());
}

#[tokio::test]
async fn a_held_moment_that_is_closed_holds_no_transaction() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    for round in 0..10 {
        let application = format!("moment {round}");
        let options = ConnectOptions::new(&application);
        let holder = Holder::open(&database.settings(), Some(server.password()), &options).await.unwrap();

        holder.close().await;

        // Not after a while: the server answered the end of the transaction.
        let held = format!(
            "select count(*) from pg_stat_activity where application_name = '{application}' and xact_start is not null"
        );
        assert_eq!(database.value(&held).await, "0", "round {round}");
    }
}

/// Names of the vault's temporary files.
fn temporaries(console: &Console) -> Vec<String> {
    console.vault_files("tmp")
}
