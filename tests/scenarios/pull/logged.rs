//! Logs of a platform that exports them as files.

use base::Code;
use engine::pull::{LogFile, LogFormat, LogsRequest};
use ledger::catalog::Verdict;
use ledger::job::Job;
use remote::platform::LogQuery;
use remote::platform::telegram_platform::Dialect;
use testkit::platforms::telegram_platform::Faults;
use testkit::{Console, PROJECT};

use super::others::with_telegram_of;

/// So many entries on each of the first three days of 2026.
fn entries(days: [u32; 3]) -> String {
    let of_day = |(day, many): (usize, u32)| {
        format!(
            "insert into tenant_shop.project_logs (created_at, level, message) \
             select '2026-01-0{}T00:00:00Z'::timestamptz + n * interval '1 second', 'info', 'entry ' || n \
             from generate_series(0, {many} - 1) n;",
            day + 1
        )
    };
    let table = "create table tenant_shop.project_logs \
        (id bigint generated always as identity, created_at timestamptz, level text, message text);";
    let days: String = days.into_iter().enumerate().map(of_day).collect();
    format!("{table} {days}")
}

/// Asks for all days up to this one, into the file `logs.jsonl` and the vault.
async fn logs(console: &Console, last_day: u32) -> Job {
    let at = |day: u32| format!("2026-01-0{day}T00:00:00Z").parse().unwrap();
    let path = console.folder().join("logs.jsonl");
    let request = LogsRequest {
        query: LogQuery { from: at(1), to: at(last_day + 1), source: None },
        to: Some(LogFile { path, format: LogFormat::Json, replace: true }),
        keep: true,
    };
    let job = console.engine.start_logs(PROJECT, request).await.unwrap();
    console.succeeded(&job).await
}

fn lines(console: &Console) -> Vec<String> {
    let text = std::fs::read_to_string(console.folder().join("logs.jsonl")).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn an_export_that_is_as_long_as_one_may_be_is_asked_for_again_by_days() {
    let sql = entries([4000, 6500, 500]);
    let Some((console, platform, _bot)) = with_telegram_of(Dialect::Documented, &sql).await else { return };

    let job = logs(&console, 3).await;

    let output = job.output.unwrap();
    assert_eq!((lines(&console).len(), output.verdict), (11_000, Some(Verdict::Pass)));
    // Too long as a whole; then its days, of which two fit into one.
    assert_eq!(platform.bodies().len(), 3, "{:?}", platform.bodies());
    let details = console.engine.backup_details(&output.backup_id.unwrap()).await.unwrap();
    let kept: Vec<String> =
        details.manifest.documents.unwrap().files.into_iter().map(|file| file.path).collect();
    assert_eq!(kept, [1, 2, 3].map(|day| format!("/logs/2026-01-0{day}.jsonl")));
}

#[tokio::test]
async fn a_day_with_more_entries_than_one_export_gives_is_said_to_be_cut() {
    let sql = entries([10_500, 1, 0]);
    let Some((console, _platform, _bot)) = with_telegram_of(Dialect::Documented, &sql).await else { return };

    let job = logs(&console, 1).await;

    assert_eq!(job.output.unwrap().verdict, Some(Verdict::Inconclusive));
    let said = job.record.outcome.unwrap();
    assert!(said.contains("has more entries than one export gives, and was cut"), "{said}");
    assert_eq!(lines(&console).len(), 10_000);
}

#[tokio::test]
async fn a_range_ends_before_the_moment_that_follows_it() {
    let Some((console, platform, _bot)) = with_telegram_of(Dialect::Server, &entries([3, 4, 5])).await else {
        return;
    };

    let job = logs(&console, 1).await;

    assert_eq!((lines(&console).len(), job.output.unwrap().verdict), (3, Some(Verdict::Pass)));
    platform.misbehave(Faults { completes_without_a_row: true, ..Faults::default() });
    let before = console.count().await;
    let path = console.folder().join("none.jsonl");
    let at = |day: u32| format!("2026-01-0{day}T00:00:00Z").parse().unwrap();
    let request = LogsRequest {
        query: LogQuery { from: at(1), to: at(2), source: None },
        to: Some(LogFile { path: path.clone(), format: LogFormat::Text, replace: false }),
        keep: true,
    };
    let job = console.engine.start_logs(PROJECT, request).await.unwrap();
    assert_eq!(console.failed(&job).await.code, Code::PlatformClaim);
    assert!(!path.exists() && console.count().await == before, "nothing is kept of what was not made");
}
