//! Pulls that end before they are done: killed, cancelled, out of space, two at once.

use std::process::Stdio;

use base::Code;
use engine::pull::PullRequest;
use ledger::catalog::JobState;
use testkit::{FullDisk, PROJECT, child, poll};

use super::bench::{Bench, OTHER, PASSWORD, add, answer, left, made, of_kind, pull, pulled};

/// What may be fetched twice after a kill, of each stream.
const TWICE_MAX: u64 = 8 << 20;

#[tokio::test]
async fn a_pull_killed_while_it_fetches_goes_on_where_it_ended() {
    let Some(bench) = Bench::new().await else { return };
    bench.store(24);
    let line = bench.line();
    line.expect(0, &["platform", "create", "shop", "--kind", "full"]);
    let size = bench.archives().pop().unwrap().metadata().unwrap().len();
    // The server is slow, not the network: what left it has arrived, and does not wait in a buffer.
    bench.server.fail(|faults| faults.pause = Some(std::time::Duration::from_millis(3)));
    let mut command = line.command(&["pull", "shop", "--streams", "1"]);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    poll::soon("most of it is there", async || bench.server.served_bytes() > size * 3 / 5).await;
    running.kill();
    bench.server.fail(|faults| faults.pause = None);

    let dead = answer(&line, &["--json", "job", "list"])[0].clone();
    assert_eq!((&dead["kind"], &dead["state"]), (&"pull".into(), &"interrupted".into()), "{dead}");
    assert_eq!(answer(&line, &["--json", "backup", "list"])["total"], 0);
    line.expect(0, &["pull", "shop", "--streams", "1"]);

    let served = bench.server.served_bytes();
    assert!(served <= size + TWICE_MAX, "{served} bytes left the server for a file of {size}");
    assert_eq!(answer(&line, &["--json", "backup", "list"])["backups"][0]["level"], "readable");
}

#[tokio::test]
async fn what_a_killed_pull_and_a_removed_project_left_is_swept_at_the_next_start() {
    let Some(bench) = Bench::new().await else { return };
    bench.store(16);
    let line = bench.line();
    let profile = line.folder().join("profile");
    let mut command = line.command(&["platform", "create", "shop", "--kind", "full", "--pull"]);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    poll::soon("it takes the files in", async || !left(&profile, "intake").is_empty()).await;
    running.kill();
    assert_eq!((left(&profile, "intake").len(), left(&profile, "pulls").len()), (1, 1));

    line.expect(0, &["project", "list"]);
    assert_eq!((left(&profile, "intake").len(), left(&profile, "pulls").len()), (0, 1));
    let served = bench.server.served_bytes();
    line.expect(0, &["pull", "shop"]);
    assert_eq!(bench.server.served_bytes(), served, "nothing is fetched twice");
    assert!(
        left(&profile, "pulls").iter().all(|project| left(camino::Utf8Path::new(project), "").is_empty())
    );

    line.expect(0, &["project", "remove", "shop", "--confirm", "shop"]);
    line.expect(0, &["project", "list"]);
    assert_eq!(left(&profile, "pulls"), Vec::<String>::new());
}

#[tokio::test]
async fn a_pull_cancelled_in_each_phase_leaves_nothing_that_looks_done() {
    let Some(bench) = Bench::new().await else { return };
    bench.store(6);
    let console = bench.console().await;
    made(&console, "full").await;

    let mut here = 0;
    for phase in ["fetch", "inspect", "keep", "open", "verify"] {
        let slow = (phase == "fetch").then_some(1_000_000);
        let job = pull(&console, PullRequest { bytes_per_second: slow, ..PullRequest::default() }).await;
        // Closer than other waits: most of these phases are short, and may be over before anybody sees them.
        loop {
            let job = console.engine.job(&job).await.unwrap();
            let is_there = job.progress.current().is_some_and(|current| current.id == phase);
            if is_there || job.record.state.is_final() {
                break;
            }
            tokio::task::yield_now().await;
        }
        if let Err(failure) = console.engine.cancel_job(&job).await {
            assert_eq!(failure.code, Code::JobOver, "{phase}");
        }

        let ended = console.wait(&job).await;

        // It is here as a whole, verified or not, or nothing of it is.
        let listed = console.count().await;
        let is_here = listed > here;
        assert!(!is_here || phase != "fetch", "{:?}", ended.record.state);
        assert!(is_here || ended.record.state == JobState::Cancelled, "{phase}: {:?}", ended.failure);
        assert_eq!(console.vault_files("snapshots").len() as u64, listed, "{phase}");
        assert_eq!(left(console.home(), "intake"), Vec::<String>::new(), "{phase}");
        if is_here {
            here = listed;
            made(&console, "full").await;
        }
    }
    let job = pull(&console, PullRequest::default()).await;
    console.succeeded(&job).await;
    assert_eq!(console.count().await, here + 1);
}

#[tokio::test]
async fn two_pulls_of_one_project_wait_for_each_other_and_two_projects_do_not() {
    let Some(bench) = Bench::new().await else { return };
    bench.store(4);
    let console = bench.console().await;
    let clinic = add(&console, "clinic", bench.settings_of("clinic", OTHER), PASSWORD).await;
    let there = made(&console, "full").await;
    let job = console.engine.start_remote(&clinic.id, of_kind("full"), None).await.unwrap();
    console.succeeded(&job).await;
    let slow = PullRequest { ids: vec![there], bytes_per_second: Some(1_500_000), ..PullRequest::default() };

    let first = pull(&console, slow.clone()).await;
    let second = pull(&console, slow).await;
    let other = console.engine.start_pull("clinic", PullRequest::default()).await.unwrap();
    console.wait_for_phase(&first, "fetch").await;
    assert_eq!(console.engine.job(&second).await.unwrap().record.state, JobState::Queued);

    for job in [&first, &second, &other] {
        console.succeeded(job).await;
    }
    let outcome = console.engine.job(&second).await.unwrap().record.outcome.unwrap();
    assert!(outcome.contains("here already"), "{outcome}");
    assert_eq!(console.engine.backups(Some(PROJECT), 0, 9).await.unwrap().0, 1);
    assert_eq!(console.count().await, 2);
}

#[tokio::test]
async fn two_processes_that_pull_the_same_backup_at_once_fetch_and_keep_it_once() {
    let Some(bench) = Bench::new().await else { return };
    bench.store(6);
    let line = bench.line();
    line.expect(0, &["platform", "create", "shop", "--kind", "full"]);
    let size = bench.archives().pop().unwrap().metadata().unwrap().len();
    bench.server.fail(|faults| faults.pause = Some(std::time::Duration::from_millis(1)));

    let pulls = [(); 3].map(|()| {
        let mut command = line.command(&["pull", "shop"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for pull in pulls {
        let ended = pull.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }

    let served = bench.server.served_bytes();
    assert!(served < size * 3 / 2, "{served} bytes left the server for a file of {size}");
    assert_eq!(answer(&line, &["--json", "backup", "list"])["total"], 1);
}

#[tokio::test]
async fn a_full_disk_is_named_and_the_pull_goes_on_once_there_is_space() {
    let Some(bench) = Bench::new().await else { return };
    let Some(disk) = FullDisk::new(64) else { return };
    bench.store(12);
    let home = disk.path().join("profile");
    let console = bench.console_with(|options| {
        *options = engine::EngineOptions {
            tool_roots: options.tool_roots.clone(),
            ..testkit::Console::options(&home)
        };
    });
    let console = console.await;
    made(&console, "full").await;
    disk.fill(4);

    let failure = console.failed(&pull(&console, PullRequest::default()).await).await;

    assert_eq!(failure.code, Code::DownloadDiskFull, "{failure}");
    assert_eq!(console.count().await, 0);
    disk.free();
    pulled(&console).await;
    console.engine.shut_down(std::time::Duration::from_secs(5)).await;
}
