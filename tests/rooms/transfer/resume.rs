//! A download that ended in the middle goes on where it was, and refuses to where it must not.

use std::time::Duration;

use remote::transfer::{TransferError, discard};
use testkit::{Content, FileServer, poll};

use super::pull::{MIB, Pull};

/// Fetches until the server has given so much, then gives up; what came first stays.
async fn half(pull: &Pull, server: &FileServer, bytes: u64) {
    let links = server.links();
    let cancel = async {
        poll::soon("half of it", async || server.served_bytes() >= bytes).await;
        pull.token.cancel();
    };
    let (ended, ()) = tokio::join!(pull.run(&links), cancel);
    assert!(matches!(ended, Err(TransferError::Cancelled)), "{ended:?}");
}

fn again(pull: Pull) -> Pull {
    Pull { token: remote::transfer::CancellationToken::new(), ..pull }
}

#[tokio::test]
async fn a_cancelled_download_ends_at_once_and_goes_on_where_it_was() {
    let content = Content::of(24 * MIB, 1);
    let server = FileServer::with(content.clone(), |serving| serving.rate = Some(8 * MIB));
    let pull = Pull::new().streams(1);
    half(&pull, &server, 12 * MIB).await;
    poll::soon("no connection is left", async || server.connections() == 0).await;
    server.set(|serving| serving.rate = None);
    let before = server.served_bytes();

    let fetched = again(pull).whole(&server.links(), &content).await;

    assert!(fetched.resumed_bytes >= 4 * MIB, "{fetched:?}");
    let served_twice = server.served_bytes() - (content.bytes() - fetched.resumed_bytes);
    assert!(served_twice <= before && before - fetched.resumed_bytes <= 8 * MIB, "{before} {fetched:?}");
}

#[tokio::test]
async fn a_cancel_is_heard_while_nothing_comes_any_more() {
    let server = FileServer::with(Content::of(64 * MIB, 2), |serving| serving.stalls = (u32::MAX, MIB));
    let mut pull = Pull::new().streams(1);
    // Who hears of it with the next byte, or once a connection is given up, hears of it never.
    (pull.limits.idle, pull.limits.stall) = (Duration::from_hours(1), Duration::from_hours(1));
    let links = server.links();
    let cancel = async {
        poll::soon("all came that will come", async || pull.meter.bytes() == MIB).await;
        pull.token.cancel();
    };
    let (ended, ()) = tokio::join!(pull.run(&links), cancel);
    assert!(matches!(ended, Err(TransferError::Cancelled)), "{ended:?}");
    assert_eq!((pull.meter.bytes(), server.asks().len()), (MIB, 1));
    poll::soon("no connection is left", async || server.connections() == 0).await;
}

#[tokio::test]
async fn a_file_that_is_whole_is_not_asked_for_again() {
    let content = Content::of(3 * MIB, 3);
    let server = FileServer::start(content.clone());
    let pull = Pull::of(&content);
    pull.whole(&server.links(), &content).await;
    let asks = server.asks().len();
    let fetched = pull.whole(&server.links(), &content).await;
    assert_eq!((server.asks().len(), fetched.resumed_bytes), (asks, 3 * MIB));
}

#[tokio::test]
async fn a_file_that_changed_since_it_was_begun_is_begun_again_and_that_is_said() {
    let (old, new) = (Content::of(24 * MIB, 4), Content::of(24 * MIB, 5));
    let server = FileServer::with(old, |serving| serving.rate = Some(8 * MIB));
    let pull = Pull::new();
    half(&pull, &server, 12 * MIB).await;
    server.set(|serving| {
        serving.replace(new.clone());
        serving.rate = None;
    });
    let pull = again(pull);
    let fetched = pull.whole(&server.links(), &new).await;
    assert_eq!(fetched.resumed_bytes, 0);
    assert!(pull.said("changed on the server"));
}

#[tokio::test]
async fn a_torn_journal_and_an_altered_file_are_noticed_and_begun_again() {
    let content = Content::of(24 * MIB, 6);
    for (name, words) in [("journal", "cannot be read"), ("download", "altered on the disk")] {
        let server = FileServer::with(content.clone(), |serving| serving.rate = Some(12 * MIB));
        let pull = Pull::new().streams(1);
        half(&pull, &server, 14 * MIB).await;
        server.set(|serving| serving.rate = None);
        poll::soon("the lock is free", async || server.connections() == 0).await;
        let path = pull.directory().join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[100] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let pull = again(pull);
        let fetched = pull.whole(&server.links(), &content).await;
        assert_eq!(fetched.resumed_bytes, 0);
        assert!(pull.said(words), "{:?}", pull.notes.lock().unwrap());
    }
}

#[tokio::test]
async fn two_downloads_into_one_folder_are_refused_and_a_discarded_one_leaves_nothing() {
    let content = Content::of(64 * MIB, 7);
    let server = FileServer::with(content.clone(), |serving| serving.rate = Some(4 * MIB));
    let (pull, links) = (Pull::new().streams(1), server.links());
    let second = async {
        poll::soon("something came", async || server.served_bytes() > 0).await;
        let second = Pull::new().run_in(&pull.directory(), &links).await;
        assert!(matches!(second, Err(TransferError::InUse { .. })), "{second:?}");
        assert!(matches!(discard(&pull.directory()).await, Err(TransferError::InUse { .. })));
        pull.token.cancel();
    };
    let (_, ()) = tokio::join!(pull.run(&links), second);
    discard(&pull.directory()).await.unwrap();
    assert!(!pull.directory().exists());
}

#[tokio::test]
async fn no_address_and_no_token_is_kept_on_the_disk() {
    let content = Content::of(12 * MIB, 8);
    let server = FileServer::with(content, |serving| serving.rate = Some(8 * MIB));
    let pull = Pull::new();
    half(&pull, &server, 8 * MIB).await;
    let journal = std::fs::read_to_string(pull.directory().join("journal")).unwrap();
    assert!(
        journal.contains("ranges") && !journal.contains("signed") && !journal.contains("http"),
        "{journal}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode =
            |name: &str| std::fs::metadata(pull.directory().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(""), mode("journal"), mode("download")), (0o700, 0o600, 0o600));
    }
}
