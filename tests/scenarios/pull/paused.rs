//! A pull that ends in the middle goes on where it stood: paused, cancelled or killed.

use std::process::Stdio;
use std::time::Duration;

use base::secret::Secret;
use contract::api;
use contract::job::{GoesOnView, JobRef, JobView, ResumeJob};
use engine::pull::PullRequest;
use ledger::catalog::JobState;
use testkit::{Console, PROJECT, child, poll};

use super::bench::{Bench, answer, made, of_kind, pull, said};

/// What may be fetched twice, of each stream.
const TWICE_MAX: u64 = 8 << 20;
const STREAMS: usize = 2;
/// What may have left the server for connections that were closed by then, and lay in their buffers.
const ON_THE_WAY_MAX: u64 = 4 << 20;

async fn shown(console: &Console, job: &str) -> JobView {
    api::job_show(&console.engine, JobRef { job: job.into() }).await.unwrap()
}

async fn paused(console: &Console, job: &str) -> Result<(), String> {
    let done = api::job_pause(&console.engine, JobRef { job: job.into() }).await;
    done.map(drop).map_err(|error| error.code.as_str().to_owned())
}

async fn resumed(console: &Console, job: &str, passphrase: Option<&str>) -> Result<String, String> {
    let request = ResumeJob { job: job.into(), passphrase: passphrase.map(str::to_owned) };
    let done = api::job_resume(&console.engine, request).await;
    done.map(|started| started.job_id).map_err(|error| error.code.as_str().to_owned())
}

/// A pull of a large backup, with most of it here, and the size of all of it.
async fn in_the_middle(bench: &Bench, console: &Console, request: PullRequest) -> (String, u64) {
    made(console, "full").await;
    let size = bench.archives().pop().unwrap().metadata().unwrap().len();
    // The server is slow, not the network: what left it has arrived, and does not wait in a buffer.
    bench.server.fail(|faults| faults.pause = Some(Duration::from_millis(3)));
    let job = pull(console, request).await;
    poll::soon("half of it is there", async || bench.server.served_bytes() > size / 2).await;
    (job, size)
}

#[tokio::test]
async fn a_pull_paused_in_the_middle_says_what_is_here_and_only_the_rest_is_fetched() {
    let Some(bench) = Bench::new().await else { return };
    bench.store(32);
    let console = bench.console().await;
    let request = PullRequest { streams: Some(STREAMS), ..PullRequest::default() };
    let (job, size) = in_the_middle(&bench, &console, request).await;
    assert!(shown(&console, &job).await.can_pause);

    paused(&console, &job).await.unwrap();
    let ended = console.wait(&job).await;
    bench.server.fail(|faults| faults.pause = None);
    let before = bench.server.served_bytes();

    assert_eq!((ended.record.state, console.count().await), (JobState::Cancelled, 0));
    assert!(ended.record.outcome.unwrap().starts_with("Paused."));
    let view = shown(&console, &job).await;
    let GoesOnView { remote_ids, bytes_here, bytes_total, needs_passphrase, is_paused } =
        view.goes_on.unwrap();
    let told = (remote_ids.len(), bytes_total.unwrap().0, needs_passphrase, is_paused);
    assert_eq!(told, (1, size, false, true));
    assert!(!view.can_pause && bytes_here.0 > size / 4 && bytes_here.0 < size, "{bytes_here:?} of {size}");

    let again = resumed(&console, &job, None).await.unwrap();
    console.succeeded(&again).await;
    let rest = bench.server.served_bytes() - before;
    assert!(rest <= size - bytes_here.0 + ON_THE_WAY_MAX, "{rest}, {bytes_here:?} of {size}");
    let twice = before + rest - size;
    assert!(twice <= TWICE_MAX * STREAMS as u64, "{twice}: {}", said(&console, &again).await);
    assert_eq!(console.count().await, 1);
    assert!(shown(&console, &job).await.goes_on.is_none(), "it is here by now");
    assert_eq!(resumed(&console, &job, None).await, Err("not_resumable".into()));
}

#[tokio::test]
async fn a_cancelled_pull_that_had_a_passphrase_asks_for_it_again_and_goes_on() {
    let Some(bench) = Bench::new().await else { return };
    bench.store(16);
    let console = bench.console().await;
    let passphrase = Some(Secret::new("opens nothing here"));
    let (job, _) = in_the_middle(&bench, &console, PullRequest { passphrase, ..Default::default() }).await;
    console.engine.cancel_job(&job).await.unwrap();
    let ended = console.wait(&job).await;
    bench.server.fail(|faults| faults.pause = None);

    assert!(ended.record.outcome.unwrap().starts_with("Cancelled."));
    assert!(!ended.record.progress.contains("opens nothing"), "a passphrase is not kept");
    assert!(shown(&console, &job).await.goes_on.unwrap().needs_passphrase);
    assert_eq!(resumed(&console, &job, None).await, Err("archive_passphrase_needed".into()));
    let again = resumed(&console, &job, Some("opens nothing here")).await.unwrap();
    assert!(shown(&console, &job).await.goes_on.is_none(), "another pull of the project runs");
    console.succeeded(&again).await;
}

#[tokio::test]
async fn only_a_pull_that_fetches_can_be_paused() {
    let Some(bench) = Bench::new().await else { return };
    bench.store(8);
    let console = bench.console().await;
    let (first, _) = in_the_middle(&bench, &console, PullRequest::default()).await;
    let second = pull(&console, PullRequest::default()).await;
    assert_eq!(paused(&console, &second).await, Err("not_pausable".into()), "it waits for its turn");
    console.engine.cancel_job(&second).await.unwrap();
    console.wait(&second).await;
    assert_eq!(resumed(&console, &second, None).await, Err("not_resumable".into()), "it began nothing");
    bench.server.fail(|faults| faults.pause = None);
    console.succeeded(&first).await;
    assert_eq!(paused(&console, &first).await, Err("job_over".into()));
    assert_eq!(resumed(&console, &first, None).await, Err("not_resumable".into()));

    let there = console.engine.start_remote(PROJECT, of_kind("database"), None).await.unwrap();
    let refused = paused(&console, &there).await.unwrap_err();
    assert!(["not_pausable", "job_over"].contains(&refused.as_str()), "{refused}");
    console.succeeded(&there).await;
}

#[tokio::test]
async fn a_killed_pull_is_gone_on_with_by_its_run() {
    let Some(bench) = Bench::new().await else { return };
    bench.store(24);
    let line = bench.line();
    line.expect(0, &["platform", "create", "shop", "--kind", "full"]);
    let size = bench.archives().pop().unwrap().metadata().unwrap().len();
    bench.server.fail(|faults| faults.pause = Some(Duration::from_millis(3)));
    let mut command = line.command(&["pull", "shop", "--streams", "1"]);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    poll::soon("most of it is there", async || bench.server.served_bytes() > size * 3 / 5).await;
    running.kill();
    bench.server.fail(|faults| faults.pause = None);

    let id = answer(&line, &["--json", "job", "list"])[0]["id"].as_str().unwrap().to_owned();
    let dead = answer(&line, &["--json", "job", "show", &id]);
    assert_eq!(dead["row"]["state"], "interrupted", "{dead}");
    assert!(dead["goesOn"]["bytesHere"].as_u64().unwrap() > size / 4, "{dead}");
    line.expect(0, &["job", "resume", &id]);

    let served = bench.server.served_bytes();
    assert!(served <= size + TWICE_MAX, "{served} bytes left the server for a file of {size}");
    assert_eq!(answer(&line, &["--json", "backup", "list"])["backups"][0]["level"], "readable");
    assert_eq!(line.call(&["job", "resume", &id]).status, Some(4));
}
