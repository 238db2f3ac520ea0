//! Pulls that nobody watches: all that is not here, whatever one of them does, before the platform deletes it.

use base::Severity;
use std::sync::Arc;
use std::time::Duration;

use base::secret::Secret;
use engine::health::{Act, Code};
use engine::pull::PullRequest;
use engine::schedule::{Conditions, Creates, DrillPlace, NewSchedule, Rule, TimeOfDay, Work, Zone};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use ledger::catalog::SlotState;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use testkit::{Console, PROJECT, StoppedClock, find_program};

use super::bench::{Bench, made, of_kind, pull};

#[tokio::test]
async fn one_that_is_encrypted_holds_back_no_other_and_a_stored_passphrase_opens_it() {
    let Some(bench) = Bench::new().await else { return };
    if find_program("openssl").is_none() {
        return;
    }
    let console = bench.console().await;
    let sealed = remote::platform::CreateRequest { encrypt: true, ..of_kind("database") };
    let job = console.engine.start_remote(PROJECT, sealed, None).await.unwrap();
    console.succeeded(&job).await;
    let sealed = console.engine.look_at_platform(PROJECT).await.unwrap().backups[0].backup.id.clone();
    made(&console, "storage").await;

    let failure = console.failed(&pull(&console, PullRequest::unwatched()).await).await;
    assert_eq!(failure.code, base::Code::PullIncomplete);
    assert!(failure.message.contains(&sealed) && failure.message.contains("is encrypted"), "{failure}");
    assert!(failure.message.contains("1 backup came"), "{failure}");
    assert_eq!(console.count().await, 1);

    let served = bench.server.served_bytes();
    let passphrase = Some(Secret::new("a server's own secret"));
    console.engine.set_platform_passphrase(PROJECT, passphrase).await.unwrap();
    assert!(console.engine.look_at_platform(PROJECT).await.unwrap().has_passphrase);
    console.succeeded(&pull(&console, PullRequest::unwatched()).await).await;
    assert_eq!((console.count().await, bench.server.served_bytes()), (2, served), "it was fetched once");

    console.engine.set_platform_passphrase(PROJECT, None).await.unwrap();
    assert!(!console.engine.look_at_platform(PROJECT).await.unwrap().has_passphrase);
}

#[tokio::test]
async fn a_backup_that_the_platform_cannot_make_holds_back_none_that_is_there() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    made(&console, "storage").await;
    bench.server.misbehave(|wrong| wrong.fails_dumps = true);
    let pull = Some(PullRequest::unwatched());
    let job = console.engine.start_remote(PROJECT, of_kind("database"), pull).await.unwrap();
    let failure = console.failed(&job).await;
    assert_eq!(failure.code, base::Code::PullIncomplete);
    assert!(failure.message.contains("a new backup") && failure.message.contains("pg_dump"), "{failure}");
    assert_eq!(console.count().await, 1);
}

/// Once a month, in half a month from now.
fn far_away() -> Rule {
    let day = (Timestamp::now().to_zoned(TimeZone::UTC).date() + 15.days()).day();
    Rule::monthly(&day.min(28).to_string(), "02:00").unwrap()
}

async fn scheduled(console: &Console, rule: Rule) {
    schedule(console, rule, None).await;
}

async fn schedule(console: &Console, rule: Rule, creates: Option<Creates>) {
    let new = NewSchedule {
        project: PROJECT.into(),
        name: None,
        work: Some(Work::Pull),
        rule,
        zone: Zone::Utc,
        conditions: Conditions { battery_percent_min: None, unmetered_only: false, ..Conditions::usual() },
        jitter_s: 0,
        keep_ms: None,
        creates,
        place: DrillPlace::default(),
    };
    console.engine.set_schedule(new).await.unwrap();
}

async fn expiry(console: &Console) -> Option<(Severity, Act)> {
    let health = console.engine.health(None).await.unwrap();
    let found = health.findings.into_iter().find(|one| one.code == Code::Remote);
    found.map(|one| (one.severity, one.act))
}

#[tokio::test]
async fn what_a_platform_is_about_to_delete_is_a_finding_and_is_fetched_a_day_before() {
    let two_days = Duration::from_hours(48);
    let Some(bench) = Bench::with(|options| options.backup_lifetime = two_days).await else { return };
    let console = bench.console().await;
    made(&console, "storage").await;
    let project = console.engine.look_at_platform(PROJECT).await.unwrap().project;
    assert_eq!(expiry(&console).await, Some((Severity::Warning, Act::PullAll(project.id.clone()))));

    scheduled(&console, far_away()).await;
    assert_eq!(expiry(&console).await.map(|(severity, _)| severity), Some(Severity::Info));
    let later = |hours| {
        let at = Timestamp::now() + SignedDuration::from_hours(hours);
        console.engine.scheduler().by(Arc::new(StoppedClock(at))).run_due()
    };
    assert_eq!(later(20).await.unwrap().len(), 0, "there is time");
    let done = later(30).await.unwrap();
    assert_eq!(
        done.iter().map(|one| one.ended.state).collect::<Vec<_>>(),
        [SlotState::Succeeded],
        "{done:?}"
    );
    assert_eq!(console.count().await, 1);
    assert_eq!(expiry(&console).await, None);
    assert_eq!(later(31).await.unwrap().len(), 0, "once");
}

#[tokio::test]
async fn a_platform_that_refuses_its_list_once_takes_back_nothing_of_what_it_showed() {
    let two_days = Duration::from_hours(48);
    let Some(bench) = Bench::with(|options| options.backup_lifetime = two_days).await else { return };
    let console = bench.console().await;
    made(&console, "storage").await;
    console.engine.look_at_platform(PROJECT).await.unwrap();
    bench.server.misbehave(|wrong| wrong.refuses_lists = true);
    let look = console.engine.look_at_platform(PROJECT).await.unwrap();
    assert!(look.backups.is_empty() && !look.notes.is_empty(), "{:?}", look.notes);
    assert_eq!(expiry(&console).await.map(|(severity, _)| severity), Some(Severity::Warning));
}

/// Lets time pass until the next slot of a schedule, and then the minutes that it waits after a failure.
async fn attempt(console: &Console, minutes: i64) -> Vec<SlotState> {
    let next = Timestamp::now() + SignedDuration::from_hours(25) + SignedDuration::from_mins(minutes);
    let done = console.engine.scheduler().by(Arc::new(StoppedClock(next))).run_due().await.unwrap();
    done.into_iter().map(|one| one.ended.state).collect()
}

#[tokio::test]
async fn a_slot_has_the_platform_make_one_backup_however_often_it_is_tried() {
    let Some(bench) = Bench::new().await else { return };
    if find_program("openssl").is_none() {
        return;
    }
    let console = bench.console().await;
    let sealed = remote::platform::CreateRequest { encrypt: true, ..of_kind("database") };
    let job = console.engine.start_remote(PROJECT, sealed, None).await.unwrap();
    console.succeeded(&job).await;
    let creates = Creates {
        kind: "storage".into(),
        compress: true,
        encrypt: false,
        format: None,
        notify_email: None,
        range_ms: None,
    };
    let day = Timestamp::now().to_zoned(TimeZone::UTC).time();
    let rule = Rule::Daily { at: TimeOfDay::parse(&day.strftime("%H:%M").to_string()).unwrap() };
    schedule(&console, rule, Some(creates)).await;
    let there = async || console.engine.look_at_platform(PROJECT).await.unwrap().backups.len();

    // One that nobody can open lets each attempt fail.
    assert_eq!(attempt(&console, 0).await, [SlotState::Failed]);
    assert_eq!((there().await, console.count().await), (2, 1));
    for minutes in [10, 40, 120] {
        assert_eq!(attempt(&console, minutes).await, [SlotState::Failed], "{minutes}");
    }
    assert_eq!((there().await, console.count().await), (2, 1), "nothing was made again");
    assert_eq!(attempt(&console, 180).await, [], "it needs a person");
}

#[tokio::test]
async fn a_backup_that_was_never_read_back_is_fetched_again_before_the_platform_deletes_it() {
    let two_days = Duration::from_hours(48);
    let Some(bench) = Bench::with(|options| options.backup_lifetime = two_days).await else { return };
    let console = bench.console().await;
    made(&console, "storage").await;
    console.succeeded(&pull(&console, PullRequest::unwatched()).await).await;
    assert_eq!((console.count().await, expiry(&console).await), (1, None));

    // As a run leaves it that is killed before it read anything back.
    let file = SqliteConnectOptions::new().filename(console.home().join("catalog.db"));
    let catalogue = SqlitePool::connect_with(file).await.unwrap();
    let left = "UPDATE job SET state = 'interrupted',
                progress = json_set(progress, '$.goes_on.remote_ids', (SELECT json_array(remote_id) FROM backup))
                WHERE kind = 'pull'";
    for statement in ["DELETE FROM proof", "UPDATE backup SET level = 0", left] {
        sqlx::query(statement).execute(&catalogue).await.unwrap();
    }
    catalogue.close().await;
    console.engine.look_at_platform(PROJECT).await.unwrap();
    assert_eq!(expiry(&console).await.map(|(severity, _)| severity), Some(Severity::Warning));
    console.succeeded(&pull(&console, PullRequest::unwatched()).await).await;
    assert_eq!((console.count().await, expiry(&console).await), (2, None));
    let job = console.succeeded(&pull(&console, PullRequest::unwatched()).await).await;
    assert!(job.record.outcome.unwrap().contains("is here already"), "once");
    assert_eq!(console.count().await, 2);
}

#[tokio::test]
async fn a_pull_of_one_that_a_person_named_is_no_look_at_all_of_them() {
    let two_days = Duration::from_hours(48);
    let Some(bench) = Bench::with(|options| options.backup_lifetime = two_days).await else { return };
    let console = bench.console().await;
    made(&console, "storage").await;
    made(&console, "storage").await;
    scheduled(&console, far_away()).await;
    let newest = console.engine.look_at_platform(PROJECT).await.unwrap().backups[0].backup.id.clone();
    let one = PullRequest { ids: vec![newest], ..PullRequest::default() };
    console.succeeded(&pull(&console, one).await).await;
    // Later than the slot, as a person would.
    let file = SqliteConnectOptions::new().filename(console.home().join("catalog.db"));
    let catalogue = SqlitePool::connect_with(file).await.unwrap();
    let later = "UPDATE job SET started_at_ms = started_at_ms + 29 * 3600000";
    sqlx::query(later).execute(&catalogue).await.unwrap();
    catalogue.close().await;
    let at = Timestamp::now() + SignedDuration::from_hours(30);
    let done = console.engine.scheduler().by(Arc::new(StoppedClock(at))).run_due().await.unwrap();
    assert_eq!(done.len(), 1, "the other one goes");
    assert_eq!(console.count().await, 2);
}

#[tokio::test]
async fn a_platform_that_nobody_looks_at_is_asked_by_itself() {
    let Some(bench) = Bench::with(|options| options.backup_lifetime = Duration::from_hours(48)).await else {
        return;
    };
    let (console, other) = (bench.console().await, bench.console().await);
    let job = other.engine.start_remote(PROJECT, of_kind("storage"), None).await.unwrap();
    other.succeeded(&job).await;
    assert_eq!(expiry(&console).await, None, "nobody asked");
    assert_eq!(console.engine.scheduler().run_due().await.unwrap().len(), 0);
    assert_eq!(expiry(&console).await.map(|(severity, _)| severity), Some(Severity::Warning));
    let calls = bench.calls("/backups");
    console.engine.scheduler().run_due().await.unwrap();
    assert_eq!(bench.calls("/backups"), calls, "and not again and again");
}
