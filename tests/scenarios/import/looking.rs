//! A look at a large file: how far it is, and ending it.

use contract::api;
use contract::bundle::{InspectFiles, LookRef};
use testkit::Console;
use tokio::sync::watch;

/// Nothing but a hole on the disk, and many seconds of reading.
const LARGE_BYTES: u64 = 64 << 30;

fn of(path: &camino::Utf8Path, look: &str) -> InspectFiles {
    InspectFiles { paths: vec![path.to_string()], passphrase: None, look: Some(look.into()) }
}

#[tokio::test]
async fn a_look_says_how_far_it_is_and_ends_when_it_is_told_to() {
    let console = Console::new().await;
    let path = console.folder().join("large.bin");
    std::fs::File::create(&path).unwrap().set_len(LARGE_BYTES).unwrap();
    let (tell, mut heard) = watch::channel((0, 0));

    let look = api::bundle_inspect(&console.engine, of(&path, "one"), move |at| {
        tell.send_replace((at.bytes.0, at.bytes_total.0));
    });
    let stop = async {
        let seen = *heard.wait_for(|(bytes, _)| *bytes > 0).await.unwrap();
        for id in ["another", "one", "one"] {
            api::bundle_inspect_stop(&console.engine, LookRef { look: id.into() }).await.unwrap();
        }
        seen
    };
    let (ended, (bytes, total)) = tokio::join!(look, stop);

    assert_eq!((ended.unwrap_err().code.as_str(), total), ("cancelled", LARGE_BYTES));
    let last = heard.borrow().0;
    assert!(bytes <= last && last < LARGE_BYTES / 2, "{bytes}, {last}");
    assert!(path.exists(), "the file itself is left alone");
}

#[tokio::test]
async fn an_ended_look_does_not_hinder_the_next_one_of_the_same_name() {
    let console = Console::new().await;
    let path = console.folder().join("small.txt");
    std::fs::write(&path, "no backup at all").unwrap();
    api::bundle_inspect_stop(&console.engine, LookRef { look: "one".into() }).await.unwrap();

    for _ in 0..2 {
        let found = api::bundle_inspect(&console.engine, of(&path, "one"), |_| {}).await.unwrap();
        assert_eq!((found.len(), found[0].size_bytes.0), (1, 16));
    }
}
