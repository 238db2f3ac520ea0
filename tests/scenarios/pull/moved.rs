//! A project that is made to point elsewhere while a plan is open, or its run waits: nothing is done to the other one.

use base::Code;
use base::secret::Secret;
use engine::project::{Credentials, ProjectChange};
use engine::pull::{PullRequest, RemotePlan, RemotePlanRequest, RemoteTarget};
use engine::restore::{RestoreRequest, RestoreTarget, Writers};
use engine::steps::{Answer, NewAct, NewStep};
use ledger::catalog::JobState;
use ledger::job::StepTime;
use remote::platform::{ChosenParts, PlatformSettings};
use testkit::{Console, PROJECT, Server, poll};

use super::bench::{Bench, MEMBER, OTHER, OWNER, PASSWORD, add, made, of_kind};

/// A platform with two projects of one account, as staging and production often are.
async fn of_one_account() -> Option<Bench> {
    Bench::with(|options| options.accounts[0].projects.push("clinic".to_owned())).await
}

async fn point_to(console: &Console, platform: PlatformSettings) {
    let change = ProjectChange { platform: Some(platform), ..ProjectChange::default() };
    console.engine.edit_project(PROJECT, change).await.unwrap();
}

async fn plan(console: &Console, id: &str) -> RemotePlan {
    let target = RemoteTarget::Restore { id: id.to_owned(), parts: ChosenParts::default() };
    console.engine.plan_remote(RemotePlanRequest::new(PROJECT, target)).await.unwrap()
}

fn before(title: &str, act: NewAct) -> NewStep {
    NewStep {
        id: None,
        title: title.into(),
        when: StepTime::Before,
        act,
        is_critical: true,
        timeout_s: None,
        also_after_failure: false,
    }
}

/// Starts a restore there that waits for a person; the run.
async fn waiting(console: &Console, id: &str) -> String {
    let wait = NewAct::Wait { instructions: "Put up the page.".into() };
    console.engine.set_recovery_steps(PROJECT, vec![before("Look", wait)]).await.unwrap();
    let plan = plan(console, id).await;
    let job = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap();
    poll::soon("a person is waited for", async || {
        console.engine.job(&job).await.unwrap().progress.waits_for.is_some()
    })
    .await;
    job
}

#[tokio::test]
async fn a_plan_is_void_once_its_project_points_to_another_one_of_the_same_account() {
    let Some(bench) = of_one_account().await else { return };
    let console = bench.console().await;
    let id = made(&console, "full").await;
    let plan = plan(&console, &id).await;
    assert!(plan.button.contains("“The shop” (shop)"), "a person sees which one it is: {plan:?}");
    assert!(plan.effects.iter().any(|effect| effect.contains("“The shop” (shop)")), "{plan:?}");
    let delete = RemotePlanRequest::new(PROJECT, RemoteTarget::Delete(id));
    let delete = console.engine.plan_remote(delete).await.unwrap();
    // The other one has the very same backup, as a copy would.
    bench.server.misbehave(|wrong| wrong.breaks_isolation = true);

    point_to(&console, bench.settings_of("clinic", OWNER)).await;

    for plan in [&plan, &delete] {
        let failure = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap_err();
        assert_eq!(failure.code, Code::PlanStale, "{failure}");
    }
    assert_eq!(bench.calls("/restore") + bench.calls("DELETE "), 0);
}

#[tokio::test]
async fn a_run_that_waited_while_its_project_was_moved_neither_backs_up_nor_restores_anything() {
    let Some(bench) = of_one_account().await else { return };
    let console = bench.console().await;
    let id = made(&console, "full").await;
    let job = waiting(&console, &id).await;

    point_to(&console, bench.settings_of("clinic", OWNER)).await;
    console.engine.answer_job(&job, None, Answer::GoOn).await.unwrap();

    let failure = console.failed(&job).await;
    assert_eq!(failure.code, Code::PlanStale, "{failure}");
    let made = bench.calls("POST /platform/projects/clinic") + bench.calls("/restore");
    assert_eq!((made, bench.archives().len(), console.count().await), (0, 1, 0));
}

#[tokio::test]
async fn a_run_in_the_queue_is_of_its_project_whoever_has_its_name_by_then() {
    let Some(bench) = of_one_account().await else { return };
    let console = bench.console().await;
    let id = made(&console, "full").await;
    let first = waiting(&console, &id).await;
    let queued = console.engine.start_remote(PROJECT, of_kind("database"), None).await.unwrap();
    let pull = console.engine.start_pull(PROJECT, PullRequest::default()).await.unwrap();

    let change = ProjectChange { name: Some("old shop".into()), ..ProjectChange::default() };
    let old = console.engine.edit_project(PROJECT, change).await.unwrap();
    add(&console, PROJECT, bench.settings_of("clinic", OTHER), PASSWORD).await;
    console.engine.answer_job(&first, None, Answer::Stop).await.unwrap();

    console.failed(&first).await;
    console.succeeded(&queued).await;
    let pulled = console.succeeded(&pull).await.output.unwrap().backup_id.unwrap();
    assert_eq!(bench.calls("POST /platform/projects/clinic/backups"), 0);
    assert_eq!(
        (bench.archives().len(), console.engine.backup(&pulled).await.unwrap().record.project_id),
        (2, old.id)
    );
}

#[tokio::test]
async fn a_backup_that_waits_its_turn_is_not_made_of_another_project() {
    let Some(bench) = of_one_account().await else { return };
    let console = bench.console().await;
    let id = made(&console, "full").await;
    let first = waiting(&console, &id).await;
    let queued = console.engine.start_remote(PROJECT, of_kind("database"), None).await.unwrap();
    assert_eq!(console.engine.job(&queued).await.unwrap().record.state, JobState::Queued);

    point_to(&console, bench.settings_of("clinic", OWNER)).await;
    console.engine.answer_job(&first, None, Answer::Stop).await.unwrap();

    console.failed(&first).await;
    assert_eq!(console.failed(&queued).await.code, Code::PlanStale);
    assert_eq!(bench.calls("POST /platform/projects/clinic/backups"), 0);
}

#[tokio::test]
async fn a_restore_from_here_whose_steps_would_pause_another_project_is_not_begun() {
    let Some(bench) = of_one_account().await else { return };
    let server = Server::shared().unwrap();
    let console = bench.console().await;
    let change = ProjectChange {
        connection: Some(server.settings(bench.database.name())),
        password: Some(server.password().clone()),
        ..ProjectChange::default()
    };
    console.engine.edit_project(PROJECT, change).await.unwrap();
    let backup = console.backup().await.record.id;
    console.engine.set_recovery_steps(PROJECT, vec![before("Pause", NewAct::Pause)]).await.unwrap();
    let target = RestoreTarget::Swap { project: None, keep_days: None };
    let no_safety_because = Some("a scenario".to_owned());
    let request = RestoreRequest { backup, target, no_safety_because, writers: Writers::Wait, after: None };
    let plan = console.engine.plan_restore(request).await.unwrap();

    point_to(&console, bench.settings_of("clinic", OWNER)).await;
    let failure = console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap_err();

    assert_eq!((failure.code, bench.calls("/pause")), (Code::PlanStale, 0), "{failure}");
}

/// Makes the catalogue take nothing, as a disk that is full does; and again what is asked of it.
async fn tamper(console: &Console, sql: &str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(console.home().join("catalog.db"));
    let pool = sqlx::sqlite::SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn an_edit_that_does_not_hold_leaves_the_credentials_as_they_were() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let was = std::fs::read(console.home().join("secrets.sealed")).unwrap().len();
    let moved = |name: &str, platform: PlatformSettings| ProjectChange {
        platform: Some(platform),
        credentials: Credentials::from(
            [("password", PASSWORD), (name, "of somebody else")]
                .map(|(name, secret)| (name.to_owned(), Secret::new(secret))),
        ),
        ..ProjectChange::default()
    };
    let other = bench.settings_of("shop", MEMBER);

    let unknown =
        console.engine.edit_project(PROJECT, moved("pass phrase", other.clone())).await.unwrap_err();
    assert_eq!(unknown.code, Code::InvalidRequest, "{unknown}");
    console.engine.look_at_platform(PROJECT).await.unwrap();

    tamper(
        &console,
        "create trigger stop before update on project begin select raise(abort, 'the disk is full'); end;",
    )
    .await;
    for platform in [other.clone(), bench.settings()] {
        console.engine.edit_project(PROJECT, moved("password", platform)).await.unwrap_err();
        console.engine.look_at_platform(PROJECT).await.unwrap();
    }
    assert_eq!(
        std::fs::read(console.home().join("secrets.sealed")).unwrap().len(),
        was,
        "nothing is left behind"
    );

    tamper(&console, "drop trigger stop;").await;
    let change = ProjectChange {
        credentials: Credentials::from([("password".to_owned(), Secret::new(PASSWORD))]),
        ..moved("password", other)
    };
    console.engine.edit_project(PROJECT, change).await.unwrap();
    let look = console.engine.look_at_platform(PROJECT).await.unwrap();
    assert!(look.backups.is_empty(), "{look:?}");
}
