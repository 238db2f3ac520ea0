//! Servers that lie, break and do as they like.

use remote::transfer::TransferError;
use testkit::{Content, Encoded, FileServer, Marked, Parts, Said};

use super::pull::{MIB, Pull, assert_no_secret};

fn small() -> Content {
    Content::of(5 * MIB + 123, 42)
}

#[tokio::test]
async fn a_small_file_is_one_request_that_already_brings_bytes() {
    let content = Content::of(10_000, 1);
    let server = FileServer::start(content.clone());
    let fetched = Pull::of(&content).whole(&server.links(), &content).await;
    let asks = server.asks();
    assert_eq!((asks.len(), server.served_bytes()), (1, 10_000));
    assert!(asks[0].head.starts_with("GET ") && asks[0].header("accept-encoding") == Some("identity"));
    assert_eq!((fetched.streams_used, fetched.refetched_bytes), (1, 0));
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    for parts in [Parts::Honoured, Parts::Ignored] {
        let content = Content::of(0, 1);
        let server = FileServer::with(content.clone(), |serving| serving.parts = parts);
        let pull = Pull::of(&content);
        pull.whole(&server.links(), &content).await;
        pull.whole(&server.links(), &content).await;
    }
}

#[tokio::test]
async fn a_server_without_ranges_gives_the_file_in_one_stream_and_that_is_said() {
    let content = small();
    let server = FileServer::with(content.clone(), |serving| serving.parts = Parts::Ignored);
    let pull = Pull::of(&content);
    let fetched = pull.whole(&server.links(), &content).await;
    assert_eq!((server.asks().len(), fetched.streams_used), (1, 1));
    assert!(pull.said("as a whole only"));
}

#[tokio::test]
async fn a_server_without_ranges_that_cuts_the_connection_is_asked_again_from_the_start() {
    let content = small();
    let server = FileServer::with(content.clone(), |serving| {
        serving.parts = Parts::Ignored;
        serving.cuts = (2, MIB);
    });
    let pull = Pull::of(&content);
    let fetched = pull.whole(&server.links(), &content).await;
    assert!(pull.said("begun again at the start"));
    assert_eq!((server.asks().len(), fetched.refetched_bytes), (3, 2 * MIB));

    server.set(|serving| serving.cuts = (u32::MAX, MIB));
    let error = Pull::of(&content).run(&server.links()).await.unwrap_err();
    assert!(matches!(error, TransferError::KeepsEnding { .. }), "{error:?}");
}

#[tokio::test]
async fn ranges_that_are_promised_and_never_given_end_with_the_whole_file_all_the_same() {
    let content = Content::of(40 * MIB, 9);
    let server = FileServer::with(content.clone(), |serving| {
        serving.parts = Parts::Promised;
        serving.rate = Some(10 * MIB);
    });
    let pull = Pull::of(&content);
    let fetched = pull.whole(&server.links(), &content).await;
    assert!(pull.said("one stream from here on"), "{:?}", fetched.notes);
    // Who read on from the start was left alone.
    assert!(fetched.refetched_bytes < 4 * MIB, "{fetched:?}");
}

#[tokio::test]
async fn a_connection_that_ends_early_costs_nothing_but_the_rest() {
    let content = small();
    let server = FileServer::with(content.clone(), |serving| serving.cuts = (3, MIB));
    let fetched = Pull::of(&content).streams(1).whole(&server.links(), &content).await;
    assert_eq!((server.served_bytes(), fetched.refetched_bytes), (content.bytes(), 0));
    let ranges: Vec<String> =
        server.asks().iter().map(|ask| ask.header("range").unwrap().to_owned()).collect();
    assert_eq!(ranges, ["bytes=0-", "bytes=1048576-", "bytes=2097152-", "bytes=3145728-"]);
    assert!(server.asks()[1..].iter().all(|ask| ask.header("if-range") == Some("\"v1\"")));
}

#[tokio::test]
async fn a_length_that_is_not_the_promised_one_is_refused() {
    let content = small();
    let server = FileServer::start(content.clone());
    for parts in [Parts::Honoured, Parts::Ignored] {
        server.set(|serving| serving.parts = parts);
        for promised in [content.bytes() - 1, content.bytes() + 1] {
            let pull = Pull { expected_bytes: Some(promised), ..Pull::new() };
            let error = pull.run(&server.links()).await.unwrap_err();
            assert!(matches!(error, TransferError::LengthDiffers { .. }), "{error:?}");
        }
        // The same said by the link.
        let links = server.links().with(|links| links.bytes = Some(7));
        let error = Pull::new().run(&links).await.unwrap_err();
        assert!(matches!(error, TransferError::LengthDiffers { promised: 7, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_content_length_that_is_too_long_is_found_out() {
    let content = small();
    let claimed = Said::Claimed(content.bytes() + 1000);
    let server = FileServer::with(content.clone(), |serving| {
        serving.said = claimed;
        serving.parts = Parts::Ignored;
    });
    let error = Pull::new().run(&server.links()).await.unwrap_err();
    assert!(matches!(error, TransferError::KeepsEnding { .. }), "{error:?}");
    // One that is too short brings less than was promised.
    server.set(|serving| serving.said = Said::Claimed(1000));
    let error = Pull::of(&content).run(&server.links()).await.unwrap_err();
    assert!(matches!(error, TransferError::LengthDiffers { served: 1000, .. }), "{error:?}");
}

#[tokio::test]
async fn more_bytes_than_promised_without_a_length_are_refused() {
    let content = small();
    let server = FileServer::with(content.clone(), |serving| {
        serving.said = Said::Nothing;
        serving.parts = Parts::Ignored;
    });
    let pull = Pull { expected_bytes: Some(MIB), ..Pull::new() };
    let error = pull.run(&server.links()).await.unwrap_err();
    assert!(matches!(error, TransferError::LengthDiffers { promised: MIB, .. }), "{error:?}");
    // Without a promise it is taken, and said.
    let pull = Pull::new();
    pull.whole(&server.links(), &content).await;
    assert!(pull.said("does not say how long"));
}

#[tokio::test]
async fn other_bytes_than_were_asked_for_are_never_mixed_in() {
    let content = Content::of(12 * MIB, 10);
    for parts in [Parts::Shifted, Parts::TooMany] {
        let server = FileServer::with(content.clone(), |serving| {
            serving.parts = parts;
            serving.cuts = (1, MIB);
        });
        let pull = Pull::new().streams(1);
        pull.whole(&server.links(), &content).await;
        assert!(pull.said("begun again from the start"), "{parts:?}: {:?}", pull.notes.lock().unwrap());
    }
}

#[tokio::test]
async fn parts_shorter_than_asked_for_are_taken_one_after_the_other() {
    let content = small();
    let server = FileServer::with(content.clone(), |serving| serving.parts = Parts::AtMost(MIB));
    let fetched = Pull::of(&content).streams(1).whole(&server.links(), &content).await;
    assert_eq!((server.asks().len(), fetched.refetched_bytes), (6, 0));
}

#[tokio::test]
async fn a_range_that_is_refused_at_first_is_asked_for_as_a_whole() {
    let content = small();
    let server = FileServer::with(content.clone(), |serving| serving.parts = Parts::RefusedAtFirst);
    Pull::of(&content).whole(&server.links(), &content).await;
    assert_eq!(server.asks().iter().map(|ask| ask.status).collect::<Vec<_>>(), [416, 200]);
}

#[tokio::test]
async fn a_file_that_changes_in_the_middle_is_begun_again_once_and_never_mixed() {
    let new = Content::of(9 * MIB, 12);
    let server = FileServer::with(small(), |serving| {
        serving.cuts = (1, 2 * MIB);
        serving.change_after = Some((2 * MIB, new.clone()));
    });
    let pull = Pull::new();
    pull.whole(&server.links(), &new).await;
    assert!(pull.said("changed on the server"), "{:?}", pull.notes.lock().unwrap());
}

#[tokio::test]
async fn a_file_that_never_stops_changing_is_given_up() {
    let server = FileServer::with(small(), |serving| serving.cuts = (u32::MAX, MIB));
    let changing = server.clone();
    let mut pull = Pull::new().streams(1);
    pull.limits.clock = remote::transfer::Clock::of(move || {
        // Asked for with each link and each tick, so that no two requests see the same version.
        changing.set(|serving| serving.version += 1);
        jiff::Timestamp::now()
    });
    let error = pull.run(&server.links()).await.unwrap_err();
    assert!(matches!(error, TransferError::KeepsChanging { times: 4 }), "{error:?}");
}

#[tokio::test]
async fn without_a_strong_mark_nothing_is_put_together_unless_a_hash_judges_it() {
    let content = small();
    for marked in [Marked::Weak, Marked::Not] {
        let server = FileServer::with(content.clone(), |serving| {
            serving.marked = marked;
            serving.cuts = (1, 2 * MIB);
        });
        let pull = Pull::new();
        let fetched = pull.whole(&server.links(), &content).await;
        assert!(pull.said("tell versions of the file apart"), "{marked:?}");
        assert_eq!(fetched.refetched_bytes, 2 * MIB);
        assert!(server.asks().iter().all(|ask| ask.header("if-range").is_none()));

        server.set(|serving| serving.cuts = (1, 2 * MIB));
        let fetched = Pull::of(&content).whole(&server.links(), &content).await;
        assert_eq!(fetched.refetched_bytes, 0, "{marked:?}");
    }
}

#[tokio::test]
async fn a_time_of_change_is_a_mark_where_there_is_no_other() {
    let content = small();
    let server = FileServer::with(content.clone(), |serving| {
        serving.marked = Marked::Modified;
        serving.cuts = (2, MIB);
    });
    let fetched = Pull::new().streams(1).whole(&server.links(), &content).await;
    assert_eq!(fetched.refetched_bytes, 0);
    assert_eq!(server.asks()[1].header("if-range"), Some("Sat, 21 Nov 2026 08:00:00 GMT"));
}

#[tokio::test]
async fn what_is_encoded_against_our_wish_is_decoded() {
    let content = small();
    let server = FileServer::with(content.clone(), |serving| {
        serving.encoded = Encoded::Gzip;
        serving.cuts = (1, 100_000);
    });
    let pull = Pull::of(&content);
    pull.whole(&server.links(), &content).await;
    assert!(pull.said("decoded here") && pull.said("begun again at the start"));
    // More than was promised comes out of it.
    let pull = Pull { expected_bytes: Some(MIB), ..Pull::new() };
    let error = pull.run(&server.links()).await.unwrap_err();
    assert!(matches!(error, TransferError::LengthDiffers { promised: MIB, .. }), "{error:?}");
    // What is only called encoded has the promised length as it is.
    server.set(|serving| serving.encoded = Encoded::InName);
    let pull = Pull::of(&content);
    pull.whole(&server.links(), &content).await;
    assert!(pull.said("kept as it is"));
}

#[tokio::test]
async fn a_hash_that_is_not_the_promised_one_is_refused_and_nothing_stays() {
    let content = small();
    let server = FileServer::start(content.clone());
    let pull = Pull { expected_sha256: Some([7; 32]), ..Pull::new() };
    let error = pull.run(&server.links()).await.unwrap_err();
    assert!(matches!(error, TransferError::HashDiffers { .. }), "{error:?}");
    assert_no_secret(&error);
    assert_eq!(std::fs::metadata(pull.directory().join("download")).unwrap().len(), 0);
    assert!(!pull.directory().join("journal").exists());
}
