//! What others do between two looks: while a run waits in the queue, while its safety backup is made. What they
//! committed is in the database or in that backup, and never in neither.

use base::Code;
use engine::restore::{RestoreRequest, RestoreState, RestoreTarget, TableMode, Writers};
use engine::steps::{NewAct, NewStep};
use ledger::catalog::JobState;
use ledger::job::StepTime;
use testkit::{Console, Database, Fault, FaultProxy, PROJECT, Server, poll};

use super::{Living, SHOP, in_place, living, orders, swap};
use crate::jobs::{fill, wait_for_bytes};

/// A run of the project that waits for a person, and keeps every other one in the queue.
async fn occupy(shop: &Living<'_>) -> String {
    let pause = NewStep {
        id: None,
        title: "Pause".into(),
        when: StepTime::Before,
        act: NewAct::Wait { instructions: "Put up the page.".into() },
        is_critical: true,
        timeout_s: None,
        also_after_failure: false,
    };
    let engine = &shop.console.engine;
    engine.set_recovery_steps(PROJECT, vec![pause]).await.unwrap();
    let plan = shop.plan_unsafely(in_place()).await;
    let job = engine.apply_restore(&plan.id, &plan.database, true).await.unwrap();
    poll::soon("a person is waited for", async || {
        engine.job(&job).await.unwrap().progress.waits_for.is_some()
    })
    .await;
    // The run keeps those that it was planned with.
    engine.set_recovery_steps(PROJECT, Vec::new()).await.unwrap();
    job
}

/// Applies a plan behind the run that occupies the project, does something, and lets it begin. Why it failed.
async fn refused_after(
    shop: &Living<'_>,
    plan: &engine::restore::RestorePlan,
    meanwhile: impl AsyncFnOnce(),
) -> base::failure::Failure {
    let first = occupy(shop).await;
    let engine = &shop.console.engine;
    let job = engine.apply_restore(&plan.id, &plan.database, true).await.unwrap();
    assert_eq!(engine.job(&job).await.unwrap().record.state, JobState::Queued);
    meanwhile().await;
    engine.cancel_job(&first).await.unwrap();
    let failure = shop.console.failed(&job).await;
    assert_eq!(engine.restore(&job).await.unwrap().state, RestoreState::Failed);
    failure
}

#[tokio::test]
async fn a_plan_without_a_safety_backup_whose_run_waited_while_a_migration_ran_is_stale_and_nothing_is_lost()
{
    let Some(server) = Server::shared() else { return };
    for target in [in_place(), orders(TableMode::Replace), swap()] {
        let shop = living(server).await;
        let plan = shop.plan_unsafely(target).await;

        let failure = refused_after(&shop, &plan, async || {
            let migration = "alter table orders add column paid_at timestamptz;
                insert into orders (customer, note, paid_at) values (1, 'paid', now())";
            shop.database.run(migration).await;
        })
        .await;

        assert_eq!(failure.code, Code::PlanStale, "{}", failure.message);
        let paid = "select note from orders where paid_at is not null";
        assert_eq!(shop.database.value(paid).await, "paid!");
    }
}

#[tokio::test]
async fn a_new_database_whose_name_was_taken_while_its_run_waited_is_not_begun() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let name = server.free_name();
    let plan = shop.plan(RestoreTarget::NewDatabase { name: name.clone(), project: None }).await;

    let failure = refused_after(&shop, &plan, async || {
        server.database_named(&name).await.run("create table precious as select 7 as one").await;
    })
    .await;

    assert_eq!(failure.code, Code::PlanStale, "{}", failure.message);
    assert_eq!(server.at(&name).value("select one from precious").await, "7");
}

#[tokio::test]
async fn a_kept_database_whose_name_went_to_another_while_the_run_waited_is_not_dropped() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let (job, _) = shop.apply(&shop.plan(swap()).await).await;
    let plan = shop.console.engine.plan_discard(&job).await.unwrap();
    let (old, moved) = (plan.database.clone(), server.free_name());

    let failure = refused_after(&shop, &plan, async || {
        server.at("postgres").run(&format!("alter database \"{old}\" rename to \"{moved}\"")).await;
        server.database_named(&old).await.run("create table precious as select 7 as one").await;
    })
    .await;

    assert_eq!(failure.code, Code::PlanStale, "{}", failure.message);
    assert_eq!(server.at(&old).value("select one from precious").await, "7");
    assert_eq!(server.at(&moved).value("select one from later").await, "1");
}

/// A project behind a proxy whose safety backup can be held in the middle: a shop, and a table that takes long.
struct Held {
    console: Console,
    database: Database<'static>,
    proxy: FaultProxy,
    backup: String,
}

impl Held {
    async fn begin(server: &'static Server) -> Self {
        let database = server.database().await;
        database.run(SHOP).await;
        fill(&database, 30_000).await;
        let proxy = FaultProxy::to(server.port());
        let console = Console::new().await.with_vault().await;
        let mut connection = database.settings();
        connection.port = proxy.port();
        console.add_project(PROJECT, connection, server.password()).await.unwrap();
        let backup = console.backup().await.record.id;
        database.run("insert into orders (customer, note) values (1, 'newer')").await;
        Self { console, database, proxy, backup }
    }

    /// Applies a plan, and returns in the middle of its safety backup.
    async fn in_its_safety_backup(&self, target: RestoreTarget) -> String {
        let plan = self.console.plan(&self.backup, target).await.unwrap();
        let waiting = plan.steps.iter().find(|step| step.starts_with("Let writers"));
        assert!(
            waiting.is_some_and(|step| step.contains("as long as the last backup took")),
            "{:?}",
            plan.steps
        );
        self.proxy.set(Fault::StallAfter(1 << 20));
        let job = self.console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
        wait_for_bytes(&self.console, &job, 1).await;
        job
    }

    /// Waits until somebody wants to write to the orders, and may not.
    async fn until_a_writer_waits(&self) {
        let waits = format!(
            "select count(*) from pg_stat_activity where datname = '{}' and wait_event_type = 'Lock' \
             and query like 'insert into orders%'",
            self.database.name()
        );
        poll::soon("a writer waits", async || self.database.value(&waits).await == "1").await;
    }

    /// How many such orders the safety backup of a run has.
    async fn in_safety_backup(&self, server: &Server, job: &str, note: &str) -> String {
        let restore = self.console.engine.restore(job).await.unwrap();
        let name = server.free_name();
        self.console.restore_to(&restore.traces.safety_backup.unwrap(), &name).await;
        server.at(&name).value(&format!("select count(*) from orders where note = '{note}'")).await
    }
}

#[tokio::test]
async fn who_writes_from_the_safety_backup_on_waits_and_comes_after_the_restore() {
    let Some(server) = Server::shared() else { return };
    for target in [in_place(), orders(TableMode::Replace)] {
        let held = Held::begin(server).await;
        let job = held.in_its_safety_backup(target).await;
        // Who reads goes on.
        assert_eq!(held.database.value("select count(*) from orders where note = 'newer!'").await, "1");
        let session = held.database.session().await;
        let writing = tokio::spawn(async move {
            let insert = "insert into orders (customer, note) values (1, 'waited')";
            session.client.batch_execute(insert).await
        });
        held.until_a_writer_waits().await;

        held.proxy.set(Fault::None);
        held.console.succeeded(&job).await;

        writing.await.unwrap().unwrap();
        assert_eq!(
            held.database.rows("select note from orders where id > 500 or note !~ '^order' order by 1").await,
            ["waited!"],
            "what came after is there, and what was there before is not"
        );
        assert_eq!(held.in_safety_backup(server, &job, "newer!").await, "1");
        assert_eq!(held.in_safety_backup(server, &job, "waited!").await, "0");
    }
}

#[tokio::test]
async fn who_is_let_write_during_the_safety_backup_has_the_rows_counted_named_and_kept() {
    let Some(server) = Server::shared() else { return };
    for target in [in_place(), orders(TableMode::Replace)] {
        let held = Held::begin(server).await;
        let engine = &held.console.engine;
        let (backup, no_safety_because) = (held.backup.clone(), None);
        let request =
            RestoreRequest { backup, target, no_safety_because, writers: Writers::GoOn, after: None };
        let plan = engine.plan_restore(request).await.unwrap();
        assert!(plan.steps[0].starts_with("Let writers go on until"), "{:?}", plan.steps);
        assert!(plan.steps[0].ends_with("Rows that they delete are not counted."), "{:?}", plan.steps);
        assert!(plan.command.contains("--let-writers-write"), "{}", plan.command);
        held.proxy.set(Fault::StallAfter(1 << 20));
        let job = engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
        wait_for_bytes(&held.console, &job, 1).await;

        // Nobody waits, and both are in no backup.
        held.database
            .run("insert into orders (customer, note) values (1, 'meanwhile'); update orders set note = 'late' where id = 8")
            .await;
        held.proxy.set(Fault::None);
        let done = held.console.succeeded(&job).await;

        assert_eq!(held.in_safety_backup(server, &job, "meanwhile!").await, "0");
        assert_eq!(
            held.database.value("select count(*) from orders where note ~ 'meanwhile|late'").await,
            "0"
        );
        let kept = engine.restore(&job).await.unwrap().traces.written.unwrap();
        let rows = format!("select note from {kept}.public_orders order by 1");
        // More may be kept: what was written since the oldest transaction began that went on then, in any database.
        let rows = held.database.rows(&rows).await;
        assert!(["late!", "meanwhile!"].iter().all(|note| rows.iter().any(|row| row == note)), "{rows:?}");
        let notes = done.output.unwrap().restore.unwrap().notes;
        let named = format!(
            "{} rows of public.orders, written since the safety backup began, are replaced and kept as text in {kept}.public_orders.",
            rows.len()
        );
        assert!(notes.contains(&named), "{notes:?}");
        // Nothing is left of them that could be: no report says that nothing was written.
        assert!(notes.contains(&"Rows that were deleted meanwhile are not counted.".to_owned()), "{notes:?}");
    }
}

#[tokio::test]
async fn who_waits_for_nothing_is_not_let_write() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    for (target, because) in
        [(swap(), None), (orders(TableMode::Beside), None), (in_place(), Some("a scenario".to_owned()))]
    {
        let (backup, writers) = (shop.backup.clone(), Writers::GoOn);
        let request = RestoreRequest { backup, target, no_safety_because: because, writers, after: None };
        let refused = shop.console.engine.plan_restore(request).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidRequest, "{}", refused.message);
    }
}

#[tokio::test]
async fn who_read_before_they_wanted_to_write_is_sent_back_and_does_not_stop_the_restore() {
    let Some(server) = Server::shared() else { return };
    let held = Held::begin(server).await;
    let session = held.database.session().await;
    session.client.batch_execute("begin; select count(*) from orders").await.unwrap();
    let job = held.in_its_safety_backup(in_place()).await;
    let writing = tokio::spawn(async move {
        let insert = "insert into orders (customer, note) values (1, 'in vain')";
        session.client.batch_execute(insert).await
    });
    held.until_a_writer_waits().await;

    held.proxy.set(Fault::None);
    held.console.succeeded(&job).await;

    let refused = writing.await.unwrap().unwrap_err();
    assert_eq!(refused.code().map(|code| code.code().to_owned()).as_deref(), Some("57014"), "{refused}");
    assert_eq!(held.database.value("select count(*) from orders").await, "500");
}

#[tokio::test]
async fn a_structure_that_changes_during_the_safety_backup_stops_the_restore() {
    let Some(server) = Server::shared() else { return };
    for target in [in_place(), orders(TableMode::Replace)] {
        let held = Held::begin(server).await;
        let before = held.database.value("select count(*) || ' ' || max(id) from orders").await;
        let job = held.in_its_safety_backup(target).await;
        held.database.run("create table invoices as select 7 as one").await;

        held.proxy.set(Fault::None);
        let failure = held.console.failed(&job).await;

        assert_eq!(failure.code, Code::PlanStale, "{}", failure.message);
        assert_eq!(held.database.value("select count(*) || ' ' || max(id) from orders").await, before);
        assert_eq!(held.database.value("select one from invoices").await, "7");
        let restore = held.console.engine.restore(&job).await.unwrap();
        assert_eq!(restore.state, RestoreState::Failed);
        assert!(restore.traces.safety_backup.is_some(), "the backup that was made is named");
    }
}

#[tokio::test]
async fn who_does_not_let_go_of_a_table_is_named_and_nothing_is_changed() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let session = shop.database.session().await;
    session
        .client
        .batch_execute("begin; insert into orders (customer, note) values (1, 'open')")
        .await
        .unwrap();
    let plan = shop.plan(in_place()).await;

    let job = shop.console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap();
    let failure = shop.console.failed(&job).await;

    assert_eq!(failure.code, Code::LockTimeout, "{}", failure.message);
    assert!(failure.message.contains(", test)"), "the application is named: {}", failure.message);
    session.client.batch_execute("commit").await.unwrap();
    assert_eq!(shop.database.value("select count(*) from orders where note = 'open!'").await, "1");
    assert_eq!(shop.console.count().await, 1, "nothing was backed up for it");
}

#[tokio::test]
async fn nobody_else_enters_a_database_while_it_is_filled() {
    let Some(server) = Server::shared() else { return };
    let shop = living(server).await;
    let (low, all) = (format!("low_{}", shop.database.name()), server.at("postgres"));
    all.run(&format!("create role {low} login")).await;
    let engine = &shop.console.engine;
    let name = server.free_name();
    let plan = shop.plan(RestoreTarget::NewDatabase { name: name.clone(), project: None }).await;
    let job = engine.apply_restore(&plan.id, &name, true).await.unwrap();

    // Whoever owns a table in it could give it a check before its rows are there.
    let may_enter = format!(
        "select datallowconn and has_database_privilege('{low}', oid, 'connect') from pg_database \
         where datname = 'holdfast_incomplete_{}'",
        &job[..8]
    );
    let mut seen = Vec::new();
    while matches!(engine.job(&job).await.unwrap().record.state, JobState::Queued | JobState::Running) {
        seen.extend(all.rows(&may_enter).await);
    }
    shop.console.succeeded(&job).await;

    assert!(!seen.is_empty() && seen.iter().all(|answer| answer == "f"), "{seen:?}");
    let entered = format!("select has_database_privilege('{low}', '{name}', 'connect')");
    assert_eq!(all.value(&entered).await, "t", "as every database without rights of its own");
    all.run(&format!("drop role {low}")).await;
}
