//! Pulls that nobody watches: all that is not here, whatever one of them does, before the platform deletes it.

use std::sync::Arc;
use std::time::Duration;

use base::secret::Secret;
use engine::health::{Act, Code, Severity};
use engine::pull::PullRequest;
use engine::schedule::{Conditions, NewSchedule, Rule, RunState, Work, Zone};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
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
    assert_eq!(failure.code, "pull_incomplete");
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
    assert_eq!(failure.code, "pull_incomplete");
    assert!(failure.message.contains("a new backup") && failure.message.contains("pg_dump"), "{failure}");
    assert_eq!(console.count().await, 1);
}

/// Once a month, in half a month from now.
fn far_away() -> Rule {
    let day = (Timestamp::now().to_zoned(TimeZone::UTC).date() + 15.days()).day();
    Rule::monthly(&day.min(28).to_string(), "02:00").unwrap()
}

async fn scheduled(console: &Console, rule: Rule) {
    let new = NewSchedule {
        project: PROJECT.into(),
        name: None,
        work: Some(Work::Pull),
        rule,
        zone: Zone::Utc,
        conditions: Conditions { battery_percent_min: None, unmetered_only: false, ..Conditions::usual() },
        jitter_s: 0,
        keep_ms: None,
        creates: None,
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
    assert_eq!(done.iter().map(|one| one.ended.state).collect::<Vec<_>>(), [RunState::Succeeded], "{done:?}");
    assert_eq!(console.count().await, 1);
    assert_eq!(expiry(&console).await, None);
    assert_eq!(later(31).await.unwrap().len(), 0, "once");
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
