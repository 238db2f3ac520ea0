//! Networks that break, stall, sleep and are gone; servers that are busy; disks that are full.

use std::time::Duration;

use base::Code;
use engine::Failure;
use remote::transfer::{Clock, TransferError};
use testkit::{Content, Fault, FaultProxy, FileServer, FullDisk, poll};

use super::pull::{MIB, Pull, assert_is};

#[tokio::test]
async fn a_busy_server_is_waited_for_as_long_as_it_asks() {
    let content = Content::of(2 * MIB, 1);
    let server = FileServer::with(content.clone(), |serving| {
        serving.first = [(503, Some("1".to_owned())), (429, Some("1".to_owned())), (500, None)].into();
    });
    let pull = Pull::of(&content);
    pull.whole(&server.links(), &content).await;
    let asks = server.asks();
    let statuses: Vec<u16> = asks.iter().map(|ask| ask.status).collect();
    assert_eq!(statuses, [503, 429, 500, 206]);
    // By the server's own notes; a slow computer only asks later.
    for two in asks.windows(2).take(2) {
        let waited = two[1].came_at.duration_since(two[0].came_at);
        assert!(waited >= Duration::from_secs(1), "{waited:?} after a {}", two[0].status);
    }
    assert!(pull.said("asks to wait"));

    server.set(|serving| serving.first = [(429, Some("86400".to_owned()))].into());
    let error = Pull::of(&content).run(&server.links()).await.unwrap_err();
    assert_eq!(Failure::from(error).code, Code::DownloadPostponed);
}

#[tokio::test]
async fn a_server_that_asks_for_patience_again_and_again_is_given_up() {
    let server = FileServer::with(Content::of(MIB, 1), |serving| {
        serving.first = vec![(429, Some("1".to_owned())); 100].into();
    });
    let mut pull = Pull::new();
    pull.limits.stall = Duration::from_secs(1);
    let error = pull.run(&server.links()).await.unwrap_err();
    assert!(matches!(error, TransferError::NoProgress { .. }), "{error:?}");
    assert!((2..10).contains(&server.asks().len()), "{}", server.asks().len());
}

#[tokio::test]
async fn a_connection_that_gives_nothing_any_more_is_made_again() {
    let content = Content::of(8 * MIB, 2);
    let server = FileServer::with(content.clone(), |serving| serving.stalls = (2, MIB));
    let mut pull = Pull::of(&content).streams(1);
    pull.limits.idle = Duration::from_millis(500);
    let fetched = pull.whole(&server.links(), &content).await;
    assert_eq!((server.asks().len(), fetched.refetched_bytes), (3, 0));
}

#[tokio::test]
async fn connections_that_are_reset_and_cut_bring_the_file_in_the_end() {
    let content = Content::of(32 * MIB, 3);
    let server = FileServer::start(content.clone());
    let proxy = FaultProxy::to(server.port());
    for fault in [Fault::ResetAfter(5 * MIB), Fault::CutAfter(5 * MIB)] {
        proxy.set(fault);
        let links = server.links().through(proxy.port());
        let fetched = Pull::of(&content).whole(&links, &content).await;
        assert!(fetched.refetched_bytes < 4 * MIB, "{fault:?}: {fetched:?}");
    }
}

#[tokio::test]
async fn a_network_that_is_gone_is_waited_for_and_then_given_up_with_everything_kept() {
    let content = Content::of(24 * MIB, 4);
    let server = FileServer::with(content.clone(), |serving| serving.rate = Some(8 * MIB));
    let proxy = FaultProxy::to(server.port());
    let links = server.links().through(proxy.port());
    let mut pull = Pull::of(&content).streams(1);
    (pull.limits.idle, pull.limits.stall) = (Duration::from_millis(300), Duration::from_secs(3));
    let vanish = async {
        poll::soon("half of it", async || server.served_bytes() >= 12 * MIB).await;
        proxy.set(Fault::Stall);
    };
    let (ended, ()) = tokio::join!(pull.run(&links), vanish);
    let error = ended.unwrap_err();
    assert!(matches!(error, TransferError::NoProgress { .. }), "{error:?}");
    proxy.set(Fault::None);
    let fetched = pull.whole(&links, &content).await;
    assert!(fetched.resumed_bytes >= 8 * MIB, "{fetched:?}");
}

#[tokio::test]
async fn a_paused_download_has_no_connection_and_goes_on_where_it_was() {
    let content = Content::of(24 * MIB, 5);
    let server = FileServer::with(content.clone(), |serving| serving.rate = Some(8 * MIB));
    let mut pull = Pull::of(&content).streams(2);
    pull.limits.stall = Duration::from_secs(1);
    let links = server.links();
    let pausing = async {
        poll::soon("something came", async || server.served_bytes() >= 8 * MIB).await;
        pull.pause.set(true);
        poll::soon("no connection is open", async || server.connections() == 0).await;
        let (given, pulse) = (server.served_bytes(), pull.meter.pulse());
        // Longer than the download may be without progress; the job's watch sees life meanwhile.
        poll::soon("time passes", async || pull.meter.pulse() >= pulse + 6).await;
        assert_eq!(server.served_bytes(), given);
        pull.pause.set(false);
    };
    let (fetched, ()) = tokio::join!(pull.run(&links), pausing);
    let fetched = fetched.unwrap();
    assert_is(&fetched, &content);
    assert!(fetched.refetched_bytes < 2 * MIB, "{fetched:?}");
}

#[tokio::test]
async fn after_sleep_all_connections_are_made_again_and_the_time_does_not_count() {
    let content = Content::of(24 * MIB, 6);
    let server = FileServer::with(content.clone(), |serving| {
        serving.rate = Some(8 * MIB);
        serving.stalls = (1, 12 * MIB);
    });
    let mut pull = Pull::of(&content).streams(1);
    // Who does not notice the sleep waits at the dead connection until the download is given up.
    pull.limits.idle = Duration::from_hours(1);
    let (of_clock, evening) = (server.clone(), jiff::Timestamp::now());
    pull.limits.clock = Clock::of(move || {
        let slept =
            if of_clock.served_bytes() >= 12 * MIB { Duration::from_hours(8) } else { Duration::ZERO };
        evening + slept
    });
    let fetched = pull.whole(&server.links(), &content).await;
    assert!(pull.said("the computer slept for 8 h"), "{:?}", fetched.notes);
    assert_eq!(server.asks().len(), 2);
}

#[tokio::test]
async fn too_little_space_is_said_before_anything_is_fetched() {
    let Some(disk) = FullDisk::new(16) else { return };
    let content = Content::of(24 * MIB, 7);
    let server = FileServer::start(content.clone());
    let error = Pull::of(&content).run_in(&disk.path().join("pull"), &server.links()).await.unwrap_err();
    assert!(matches!(error, TransferError::NoSpace { .. }), "{error:?}");
    assert_eq!(Failure::from(error).code, Code::DownloadDiskFull);
}

#[tokio::test]
async fn a_disk_that_becomes_full_is_named_and_what_came_is_kept() {
    let Some(disk) = FullDisk::new(64) else { return };
    let content = Content::of(40 * MIB, 8);
    let server = FileServer::with(content.clone(), |serving| serving.rate = Some(16 * MIB));
    let (pull, directory) = (Pull::of(&content).streams(1), disk.path().join("pull"));
    let links = server.links();
    let fill = async {
        poll::soon("some of it came", async || server.served_bytes() >= 16 * MIB).await;
        disk.fill(2);
    };
    let (ended, ()) = tokio::join!(pull.run_in(&directory, &links), fill);
    let error = ended.unwrap_err();
    assert!(matches!(error, TransferError::DiskFull { .. }), "{error:?}");
    disk.free();
    server.set(|serving| serving.rate = None);
    let fetched = pull.run_in(&directory, &links).await.unwrap();
    assert_is(&fetched, &content);
    assert!(fetched.resumed_bytes >= 8 * MIB, "{fetched:?}");
}
