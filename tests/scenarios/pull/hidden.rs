//! Passwords, tokens and signed links are in no file, log, event or command line; backups about to go are said.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use engine::pull::PullRequest;
use testkit::{PROJECT, child};

use super::bench::{Bench, PASSWORD, STANDING, left, made, of_kind, pull, pulled};
use crate::secrets::{Log, Watch, contains};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_password_token_or_link_is_left_in_files_logs_events_or_command_lines() {
    if child::part().is_none() {
        let folder = tempfile::Builder::new().prefix("holdfast-test-secrets-").tempdir_in("/tmp").unwrap();
        let test = "pull::hidden::no_password_token_or_link_is_left_in_files_logs_events_or_command_lines";
        return child::must_pass(child::again(test, "searched").env("TMPDIR", folder.path()));
    }
    let Some(bench) = Bench::new().await else { return };
    let log = Log::listening();
    bench.store(4);
    let console = bench.console().await;
    let mut events = console.engine.events();
    // Signatures and tokens are new each time; how they begin is not: a token, and a link's milliseconds.
    let needles = [
        ("the password", PASSWORD.to_owned()),
        ("a token", "Bearer token-".to_owned()),
        ("a link", "/files/backup_shop_".to_owned()),
    ];
    let watch = Watch::start(needles.to_vec());
    made(&console, "full").await;
    let slow = PullRequest { bytes_per_second: Some(2_000_000), ..PullRequest::default() };
    console.succeeded(&pull(&console, slow).await).await;
    bench.server.misbehave(|wrong| wrong.loses_downloads = true);
    let job = console
        .engine
        .start_remote(PROJECT, of_kind("database"), Some(PullRequest::default()))
        .await
        .unwrap();
    console.failed(&job).await;

    let (found, looks) = watch.stop();
    assert!(looks > 3, "it was over before it was looked at");
    assert_eq!(found, BTreeSet::new());
    let mut told = String::new();
    while let Ok(event) = events.try_recv() {
        write!(told, "{event:?}").unwrap();
    }
    for (what, needle) in &needles {
        assert!(!told.contains(needle.as_str()), "{what} is in an event");
        log.with(|log| assert!(!contains(log, needle.as_bytes()), "{what} is in the log"));
    }
    log.with(|log| assert!(log.len() > 1000, "nothing was logged"));
    assert!(left(console.home(), "pulls").len() <= 1);
}

#[tokio::test]
async fn a_backup_that_its_platform_deletes_within_a_week_is_said_until_it_is_here() {
    let days = |days: u64| Duration::from_hours(24 * days);
    let Some(bench) = Bench::with(|options| options.backup_lifetime = days(6)).await else { return };
    let console = bench.console_with(|options| options.platform_standing = Some(STANDING * 100)).await;
    made(&console, "database").await;

    let before = console.engine.look_at_platform(PROJECT).await.unwrap();
    pulled(&console).await;
    let after = console.engine.look_at_platform(PROJECT).await.unwrap();

    assert!(before.backups[0].is_expiring && !after.backups[0].is_expiring);
    assert!(before.notes.iter().any(|note| note.contains("pull now")), "{:?}", before.notes);
    assert!(!after.notes.iter().any(|note| note.contains("pull now")), "{:?}", after.notes);
}
