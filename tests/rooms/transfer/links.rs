//! Links that run out, are refused, and lead elsewhere.

use std::time::Duration;

use base::Code;
use engine::{Failure, Retry};
use remote::transfer::TransferError;
use testkit::{Content, FileServer};

use super::pull::{MIB, Pull, assert_no_secret};

#[tokio::test]
async fn a_link_that_runs_out_every_two_seconds_still_brings_the_whole_file() {
    let content = Content::of(24 * MIB, 1);
    let server = FileServer::with(content.clone(), |serving| {
        serving.link_life = Some(Duration::from_secs(2));
        serving.rate = Some(4 * MIB);
    });
    let pull = Pull::of(&content).streams(1);
    let fetched = pull.whole(&server.links(), &content).await;
    assert!(server.links_given() >= 3 && pull.said("the link ran out"), "{fetched:?}");
    assert!(server.asks().iter().any(|ask| ask.status == 403));
    // What was on the way when a connection was cut.
    assert!(fetched.refetched_bytes == 0, "{fetched:?}");
}

#[tokio::test]
async fn all_streams_of_a_link_that_ran_out_share_the_next_one() {
    let (content, life) = (Content::of(48 * MIB, 2), Duration::from_secs(2));
    let server = FileServer::with(content.clone(), |serving| {
        serving.link_life = Some(life);
        serving.rate = Some(2 * MIB);
    });
    let fetched = Pull::of(&content).whole(&server.links(), &content).await;
    assert!(fetched.streams_used >= 4, "{fetched:?}");
    // Not one for each stream: the next one is asked for once the one before ran out, and not again until
    // that ran out too.
    let given = server.links_given_at();
    let is_shared = given.windows(2).all(|two| two[1].duration_since(two[0]) >= life);
    assert!(given.len() >= 2 && is_shared, "{given:?}");
}

#[tokio::test]
async fn a_link_is_renewed_before_it_runs_out_where_it_says_when() {
    let content = Content::of(8 * MIB, 3);
    let server = FileServer::with(content.clone(), |serving| {
        serving.link_life = Some(Duration::from_hours(1));
        serving.cuts = (1, MIB);
    });
    let mut pull = Pull::of(&content).streams(1);
    let of_clock = server.clone();
    pull.limits.clock = remote::transfer::Clock::of(move || {
        // Once something came the hour is over, but for ten seconds.
        let passed = if of_clock.served_bytes() >= MIB { 3590 } else { 0 };
        jiff::Timestamp::now() + Duration::from_secs(passed)
    });
    let links = server.links().with(|links| links.says_expiry = true);
    pull.whole(&links, &content).await;
    assert_eq!(server.links_given(), 2);
    assert!(server.asks().iter().all(|ask| ask.status == 206));
}

#[tokio::test]
async fn a_link_that_is_refused_also_when_it_is_new_ends_the_download() {
    let server = FileServer::with(Content::of(MIB, 4), |serving| {
        serving.link_life = Some(Duration::ZERO);
    });
    let error = Pull::new().run(&server.links()).await.unwrap_err();
    assert!(matches!(error, TransferError::Refused { status: 403 }), "{error:?}");
    assert_eq!(server.links_given(), 3);
    assert_no_secret(&error);
    assert_eq!(Failure::from(error).code, Code::DownloadRefused);
}

#[tokio::test]
async fn who_gives_no_link_says_why() {
    let server = FileServer::start(Content::of(MIB, 5));
    let failure =
        Failure::new(Code::PlatformForbidden, "the token may not read backups", "Give it the right.");
    let links = server.links().with(|links| links.failure = Some(failure.clone()));
    let error = Pull::new().run(&links).await.unwrap_err();
    assert_eq!(Failure::from(error), failure);
    // What may pass is waited for, within the limit.
    let links = server.links().with(|links| links.failure = Some(failure.retry(Retry::Now)));
    let mut pull = Pull::new();
    pull.limits.stall = Duration::from_secs(1);
    let error = pull.run(&links).await.unwrap_err();
    assert!(matches!(error, TransferError::NoProgress { .. }), "{error:?}");
}

#[tokio::test]
async fn what_authorises_is_not_shown_to_where_a_link_leads() {
    let content = Content::of(MIB, 6);
    let (first, second) = (FileServer::start(Content::of(1, 1)), FileServer::start(content.clone()));
    let elsewhere = format!("http://localhost:{}/file", second.port());
    first.set(|serving| {
        serving.hops = vec![("near".to_owned(), "/hop/far".to_owned()), ("far".to_owned(), elsewhere)];
    });
    let headers = vec![("Authorization".to_owned(), "Bearer only-for-the-first".to_owned())];
    let links = first.links().at("/hop/near").with(|links| links.headers = headers);
    Pull::of(&content).whole(&links, &content).await;
    let authorised = |server: &FileServer| -> Vec<bool> {
        server.asks().iter().map(|ask| ask.header("authorization").is_some()).collect()
    };
    assert_eq!((authorised(&first), authorised(&second)), (vec![true, true], vec![false]));
    assert!(!second.asks()[0].head.contains("only-for-the-first"));
}

#[tokio::test]
async fn a_link_that_leads_in_a_circle_or_out_of_encryption_is_refused() {
    let server = FileServer::start(Content::of(MIB, 7));
    server.set(|serving| {
        serving.hops = vec![
            ("circle".to_owned(), "/hop/circle".to_owned()),
            ("plain".to_owned(), "http://192.0.2.1/file".to_owned()),
            ("odd".to_owned(), "file:///etc/passwd".to_owned()),
        ];
    });
    let code = async |hop: &str| {
        let error = Pull::new().run(&server.links().at(hop)).await.unwrap_err();
        assert_no_secret(&error);
        Failure::from(error).code
    };
    assert_eq!(code("/hop/circle").await, Code::DownloadRedirects);
    assert_eq!(server.asks().len(), 11);
    assert_eq!(code("/hop/plain").await, Code::DownloadInsecure);
    assert_eq!(code("/hop/odd").await, Code::DownloadOdd);
}
