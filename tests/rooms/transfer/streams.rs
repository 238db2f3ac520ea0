//! How many streams, and how fast.

use std::time::{Duration, Instant};

use remote::transfer::{Limits, Rate};
use testkit::{Content, FileServer, poll};

use super::pull::{MIB, Pull, assert_is};

#[tokio::test]
async fn streams_are_added_while_each_brings_its_own_share() {
    let content = Content::of(96 * MIB, 1);
    let server = FileServer::with(content.clone(), |serving| serving.rate = Some(2 * MIB));
    let fetched = Pull::of(&content).whole(&server.links(), &content).await;
    assert_eq!(fetched.streams_used, 8);
    // Alone it would bring all of it, and with seven that came too late nearly all.
    let of_the_first = server.asks()[0].sent;
    assert!(of_the_first < content.bytes() / 2, "the first stream brought {of_the_first} bytes");
    assert!(fetched.refetched_bytes <= 8 * MIB, "{fetched:?}");
}

#[tokio::test]
async fn no_more_streams_than_wanted() {
    let content = Content::of(24 * MIB, 2);
    let server = FileServer::with(content.clone(), |serving| serving.rate = Some(4 * MIB));
    let fetched = Pull::of(&content).streams(1).whole(&server.links(), &content).await;
    assert_eq!((fetched.streams_used, server.asks().len()), (1, 1));
}

#[tokio::test]
async fn a_limit_holds_over_all_streams_and_can_be_changed() {
    let content = Content::of(24 * MIB, 3);
    let server = FileServer::start(content.clone());
    // At a byte per second the first piece alone waits for hours: whoever does not hear of another limit
    // while it waits makes no progress, and is given up.
    let rate = Rate::of(1);
    let mut pull = Pull::of(&content);
    pull.limits.rate = rate.clone();
    let links = server.links();
    let measure = async {
        poll::soon("the first piece", async || pull.meter.bytes() > 0).await;
        rate.set(Some(4 * MIB));
        let (begin, before) = (Instant::now(), pull.meter.bytes());
        poll::soon("16 MiB more", async || pull.meter.bytes() >= before + 16 * MIB).await;
        let took = begin.elapsed();
        rate.set(None);
        took
    };
    let (fetched, took) = tokio::join!(pull.run(&links), measure);
    assert_is(&fetched.unwrap(), &content);
    // Four seconds at the limit, but for what streams hold while they wait. A slow computer makes it longer.
    assert!(took >= Duration::from_millis(3_500), "{took:?}");
}

#[tokio::test]
async fn two_downloads_share_one_limit() {
    let contents = [Content::of(8 * MIB, 4), Content::of(8 * MIB, 5)];
    let servers = contents.each_ref().map(|content| FileServer::start(content.clone()));
    let links = servers.each_ref().map(FileServer::links);
    let limits = Limits { rate: Rate::of(4 * MIB), ..Limits::default() };
    let [first, second] =
        contents.each_ref().map(|content| Pull { limits: limits.clone(), ..Pull::of(content) });
    let begin = Instant::now();
    // Each with what the other has when it is done.
    let one = async { (first.run(&links[0]).await, second.meter.bytes()) };
    let other = async { (second.run(&links[1]).await, first.meter.bytes()) };
    let ((one, of_second), (other, of_first)) = tokio::join!(one, other);
    // Sixteen MiB at four a second, whoever they are for; a slow computer makes it longer.
    assert!(begin.elapsed() >= Duration::from_millis(3_800), "{:?}", begin.elapsed());
    assert!(of_first > 0 && of_second > 0, "one waited for the other's end: {of_first}, {of_second}");
    assert_is(&one.unwrap(), &contents[0]);
    assert_is(&other.unwrap(), &contents[1]);
}
