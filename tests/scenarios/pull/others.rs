//! Platforms that give no bytes, or keep them elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use base::Code;
use base::secret::Secret;
use engine::backup::BackupWish;
use engine::project::{Credentials, NewProject};
use engine::pull::{PullRequest, RemotePlanRequest, RemoteTarget, Safety};
use jiff::{SignedDuration, Timestamp};
use ledger::catalog::{Label, ProofLevel};
use remote::platform::telegram_platform::Dialect;
use remote::platform::{ChosenParts, CreateRequest, PlatformKind, PlatformSettings};
use testkit::platforms::{Place, supabase, telegram_bot, telegram_platform};
use testkit::{Console, Database, PROJECT, Server};

use super::bench::{STANDING, pull, said};

pub(super) const REFERENCE: &str = "abcdefghijklmnopqrst";
pub(super) const TOKEN: &str = "sbp_0123456789abcdef0123456789abcdef01234567";
pub(super) const BOT_TOKEN: &str = "123456789:AAE-secretsecretsecretsecretsecret_x";

/// How the database of a project on a cloud is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Not,
    ByItsPassword,
    /// Nobody stored a password.
    ByALentRole,
}

/// A project on a cloud that gives no bytes.
pub(super) async fn on_a_cloud(reach: Reach) -> Option<(Console, supabase::Supabase, Database<'static>)> {
    let server = Server::shared()?;
    let database = server.database().await;
    database.run("create table orders (id int); insert into orders select generate_series(1, 100)").await;
    let cloud = supabase::start(supabase::Options {
        place: Place::from(&database),
        reference: REFERENCE.into(),
        token: TOKEN.into(),
        // Long enough to be seen by somebody who looks each second.
        step_time: Duration::from_millis(1500),
        pitr: true,
    })
    .await;
    let console = Console::new().await.with_vault().await;
    let new = NewProject {
        name: PROJECT.into(),
        label: Label::Development,
        connection: (reach != Reach::Not).then(|| database.settings()),
        password: (reach == Reach::ByItsPassword).then(|| server.password().clone()),
        ssh_secret: None,
        platform: Some(PlatformSettings {
            kind: PlatformKind::Supabase,
            address: cloud.address().to_owned(),
            reference: REFERENCE.into(),
            account: None,
            more: BTreeMap::new(),
        }),
        credentials: Credentials::from([("token".to_owned(), Secret::new(TOKEN))]),
    };
    console.engine.add_project(new).await.unwrap();
    Some((console, cloud, database))
}

fn back_to(id: &str) -> RemotePlanRequest {
    let target = RemoteTarget::Restore { id: id.into(), parts: ChosenParts::default() };
    RemotePlanRequest::new(PROJECT, target)
}

#[tokio::test]
async fn a_cloud_that_gives_no_bytes_says_so_and_what_to_do_instead() {
    let Some((console, cloud, _)) = on_a_cloud(Reach::Not).await else { return };
    let id = cloud.back_up().await.to_string();

    let configuration = console.succeeded(&pull(&console, PullRequest::default()).await).await;
    let named = PullRequest { ids: vec![id.clone()], ..PullRequest::default() };
    let named = console.failed(&pull(&console, named).await).await;
    let plan = console.engine.plan_remote(back_to(&id)).await.unwrap();

    // What it gives is its configuration, which is no backup of its database, and says so.
    let said = configuration.record.outcome.unwrap();
    assert!(said.contains("configuration alone") && said.contains("holdfast backup run"), "{said}");
    assert_eq!(console.engine.standing(PROJECT).await.unwrap().recovery_point, None);
    assert_eq!(named.code, Code::PlatformCannot);
    assert!(plan.blockers[0].contains("No safety backup can be made first"), "{:?}", plan.blockers);
    let refused = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap_err();
    assert_eq!((refused.code.as_str(), console.count().await), ("plan_blocked", 1));
}

#[tokio::test]
async fn a_database_without_a_stored_password_is_dumped_by_a_role_that_its_platform_lends() {
    let Some((console, _cloud, database)) = on_a_cloud(Reach::ByALentRole).await else { return };
    let plan = console.engine.plan_backup(PROJECT, &BackupWish::default()).await.unwrap();
    assert_eq!(plan.tables, 1);

    let made = console.backup().await;

    assert_eq!((made.record.row_count, made.level), (Some(100), Some(ProofLevel::Readable)));
    let lent = database.rows("select rolname from pg_roles where rolname like 'cli_login_%'").await;
    assert!(!lent.is_empty());
    let log = said(&console, &console.engine.jobs(None, 1).await.unwrap()[0].record.id).await;
    assert!(lent.iter().any(|role| log.contains(role)) && log.contains("stored nowhere"), "{log}");
    // It may read, and nothing else; and rows that somebody else's policy hides are an error, never left out.
    database
        .run("alter table orders enable row level security; create policy none on orders using (false)")
        .await;
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    let failure = console.failed(&job).await;
    assert!(failure.message.contains("row"), "{failure:?}");
    assert_eq!(console.count().await, 1);
}

#[tokio::test]
async fn a_restore_on_a_cloud_comes_after_a_dump_of_our_own() {
    let Some((console, cloud, database)) = on_a_cloud(Reach::ByItsPassword).await else { return };
    let id = cloud.back_up().await.to_string();
    database.run("delete from orders where id > 7").await;
    let plan = console.engine.plan_remote(back_to(&id)).await.unwrap();
    assert_eq!((&plan.safety, plan.blockers.len()), (&Safety::dumped(), 0), "{:?}", plan.blockers);

    let job = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap();
    let job = console.succeeded(&job).await;

    assert_eq!(database.value("select count(*) from orders").await, "100");
    let kept = console.engine.backup(&job.output.unwrap().backup_id.unwrap()).await.unwrap();
    assert_eq!(kept.record.row_count, Some(7), "the state before is kept");
}

/// A platform that keeps its files with Telegram, its bot, and a token of the platform.
pub(super) async fn telegram_of(
    dialect: Dialect,
    more_sql: &str,
) -> Option<(telegram_platform::TelegramPlatform, telegram_bot::TelegramBot, String)> {
    let database = Server::shared()?.database().await;
    let rows = "create schema tenant_shop; create table tenant_shop.orders (id int primary key, what text); \
        insert into tenant_shop.orders select n, 'thing ' || n from generate_series(1, 500) n";
    database.run(rows).await;
    database.run(more_sql).await;
    let bot = telegram_bot::start(telegram_bot::Options::public(BOT_TOKEN)).await;
    let scopes = ["backup:read", "backup:write"];
    let token = telegram_platform::token(
        "shop",
        Timestamp::now() + SignedDuration::from_hours(1),
        Some(&scopes.join(" ")),
    );
    let platform = telegram_platform::start(telegram_platform::Options {
        place: Place::from(&database),
        project: "shop".into(),
        schema: "tenant_shop".into(),
        token: token.clone(),
        scopes: scopes.map(str::to_owned).into(),
        dialect,
        shelf: bot.shelf(),
        job_time: Duration::from_millis(50),
    })
    .await;
    Some((platform, bot, token))
}

/// A project on a platform that keeps its files with Telegram.
pub(crate) async fn with_telegram()
-> Option<(Console, telegram_platform::TelegramPlatform, telegram_bot::TelegramBot)> {
    with_telegram_of(Dialect::Server, "").await
}

/// The same, in a dialect, and with more in its database.
pub(super) async fn with_telegram_of(
    dialect: Dialect,
    more_sql: &str,
) -> Option<(Console, telegram_platform::TelegramPlatform, telegram_bot::TelegramBot)> {
    let (platform, bot, token) = telegram_of(dialect, more_sql).await?;
    let console =
        Console::with(|options| options.platform_standing = Some(STANDING * 3)).await.with_vault().await;
    let new = NewProject {
        name: PROJECT.into(),
        label: Label::Development,
        connection: None,
        password: None,
        ssh_secret: None,
        platform: Some(PlatformSettings {
            kind: PlatformKind::TelegramPlatform,
            address: platform.address().to_owned(),
            reference: "shop".into(),
            account: None,
            more: [
                ("bot_address".to_owned(), bot.address().to_owned()),
                ("chat".to_owned(), "-100200".to_owned()),
                (
                    "dialect".to_owned(),
                    if dialect == Dialect::Server { "server" } else { "documented" }.to_owned(),
                ),
            ]
            .into(),
        }),
        credentials: [("token", token.as_str()), ("bot", BOT_TOKEN)]
            .map(|(name, value)| (name.to_owned(), Secret::new(value)))
            .into(),
    };
    console.engine.add_project(new).await.unwrap();
    Some((console, platform, bot))
}

#[tokio::test]
async fn a_job_that_is_completed_without_a_row_in_the_history_made_nothing() {
    let Some((console, platform, _bot)) = with_telegram().await else { return };
    let faults = telegram_platform::Faults { completes_without_a_row: true, ..Default::default() };
    platform.misbehave(faults);

    let job = console
        .engine
        .start_remote(PROJECT, CreateRequest::default(), Some(PullRequest::default()))
        .await
        .unwrap();
    let failure = console.failed(&job).await;

    assert_eq!(failure.code, Code::PlatformClaim, "{failure}");
    assert_eq!(console.count().await, 0);
}

#[tokio::test]
async fn a_job_that_stays_pending_is_diagnosed_and_one_that_fails_is_tried_again_once() {
    let Some((console, platform, _bot)) = with_telegram().await else { return };
    platform.misbehave(telegram_platform::Faults { stuck: true, ..Default::default() });
    let job = console.engine.start_remote(PROJECT, CreateRequest::default(), None).await.unwrap();
    let stuck = console.failed(&job).await;
    platform.misbehave(telegram_platform::Faults {
        fails: Some("Request Entity Too Large".into()),
        ..Default::default()
    });
    let job = console.engine.start_remote(PROJECT, CreateRequest::default(), None).await.unwrap();
    let failed = console.failed(&job).await;

    assert_eq!(stuck.code, Code::PlatformStuck, "{stuck}");
    assert!(stuck.hint.unwrap().contains("worker"), "{}", stuck.message);
    assert_eq!(failed.code, Code::PlatformFailed, "{failed}");
    assert!(failed.hint.unwrap().contains("exceeds"), "{}", failed.message);
    let look = console.engine.look_at_platform(PROJECT).await.unwrap();
    assert!(look.backups.is_empty());
}

#[tokio::test]
async fn where_the_platforms_api_does_not_answer_its_own_table_says_what_it_has() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let console = Console::new().await;
    let new = NewProject {
        name: PROJECT.into(),
        label: Label::Development,
        connection: Some(database.settings()),
        password: Some(server.password().clone()),
        ssh_secret: None,
        platform: Some(PlatformSettings {
            kind: PlatformKind::TelegramPlatform,
            // Nobody listens there.
            address: "http://127.0.0.1:9".into(),
            reference: "shop".into(),
            account: None,
            more: BTreeMap::new(),
        }),
        credentials: Credentials::from([("token".to_owned(), Secret::new("1:x"))]),
    };
    console.engine.add_project(new).await.unwrap();
    let silent = console.engine.look_at_platform(PROJECT).await.unwrap_err();
    database
        .run(
            "create schema control_plane; create table control_plane.backups (id uuid primary key default \
             gen_random_uuid(), project_id text, type text, file_id text, size bigint, created_at timestamptz, \
             expires_at timestamptz); insert into control_plane.backups (project_id, type, file_id, size, created_at, \
             expires_at) values ('shop', 'database', 'BQACx', 7, now(), now() + interval '3 days'), \
             ('other', 'database', 'BQACy', 9, now(), null)",
        )
        .await;

    let look = console.engine.look_at_platform(PROJECT).await.unwrap();

    assert_eq!(silent.code, Code::PlatformUnreachable, "without the table it is what the API said: {silent}");
    assert_eq!((look.backups.len(), look.backups[0].backup.bytes), (1, Some(7)));
    assert!(look.notes[0].contains("control_plane.backups"), "{:?}", look.notes);
    assert!(look.creatable.is_empty() && look.abilities.values().all(|ability| !ability.is_yes()));
}
