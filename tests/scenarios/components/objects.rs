//! Objects of a bucket: what changed is read, what breaks off is gone on with, what is refused is named.

use base::Code;
use base::secret::Secret;
use engine::component::NewSource;
use engine::parts::PartTarget;
use ledger::catalog::Verdict;
use ledger::component::Component;
use remote::bucket::BucketAddress;
use source::Place;
use testkit::{CommandLine, Fault, FaultProxy, ObjectStore, PROJECT, Server, find_program};

use super::{apply, backup, console_of, folder, plan, tree, wanted};

pub(super) const UPLOADS: &str = "uploads";

pub(super) fn address(endpoint: &str, prefix: &str) -> BucketAddress {
    BucketAddress {
        bucket: "uploads".into(),
        prefix: prefix.into(),
        endpoint: endpoint.into(),
        region: "us-east-1".into(),
        access_key: Some("AKIATEST".into()),
        is_in_host: false,
    }
}

pub(super) fn source(address: BucketAddress) -> NewSource {
    let secret = Some(Secret::new("secret"));
    NewSource { component: Component::Files, place: Place::Bucket(address), name: None, secret }
}

/// A store with the bucket `uploads`.
pub(super) async fn store() -> Option<ObjectStore> {
    let store = ObjectStore::start().await?;
    store.make_bucket(UPLOADS);
    Some(store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_is_backed_up_what_did_not_change_is_not_read_again_and_all_of_it_comes_back() {
    let Some(store) = store().await else { return };
    // More than one page of a listing has.
    for number in 0..1100 {
        store.put(UPLOADS, &format!("many/{:03}/{number}", number % 10), format!("content {number}"));
    }
    for key in ["a b", "ü/ö", "a", "a/b", "plus+and&amp", "//twice", "/first", "folder/", "x%41y"] {
        store.put(UPLOADS, key, format!("content of {key}"));
    }
    let console = console_of(vec![source(address(&store.endpoint(), ""))]).await;
    // What was put this second may be put again in it.
    tokio::time::sleep(std::time::Duration::from_millis(3100)).await;
    let (_, look) = console.engine.test_source(PROJECT, "uploads").await.unwrap();
    assert_eq!((look.items, look.left_out_count), (Some(1109), 0));
    let (first, manifest) = backup(&console).await;
    let taken = &manifest.taken[0];
    assert_eq!((taken.files, taken.unchanged, taken.left_out), (1109, 0, 0), "{:?}", taken.named);

    store.put(UPLOADS, "many/000/0", "another");
    store.remove(UPLOADS, "many/001/1");
    let (second, manifest) = backup(&console).await;
    let taken = &manifest.taken[0];
    assert_eq!((taken.files, taken.unchanged), (1108, 1107));

    let (_kept, place) = folder();
    for (backup, count) in [(&first, 1109), (&second, 1108)] {
        let out = place.join(&backup.record.id[..8]);
        let planned = plan(
            &console,
            wanted(&backup.record.id, Component::Files, PartTarget::Folder { path: out.clone() }),
        )
        .await;
        let (verdict, outcome) = apply(&console, &planned).await;
        // A folder and a file of one name are two names in a bucket, and one here.
        assert!(outcome.contains("a/b") || verdict == Verdict::Pass, "{outcome}");
        let found = tree(&out);
        assert!(found.len() + 1 >= count, "{}: {outcome}", found.len());
        assert_eq!(found["many/005/5"], b"content 5");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_begins_with_a_prefix_is_taken_with_what_the_store_knows_of_it() {
    let Some(store) = store().await else { return };
    store.put(UPLOADS, "2025/old", "no");
    store.put(UPLOADS, "2026/new", "yes");
    let Some(server) = Server::shared() else { return };
    let (database, cli) = (server.database().await, CommandLine::new());
    let vault = cli.folder().join("vault");
    cli.expect(0, &["vault", "init", "--path", vault.as_str(), "--kit", "kit.txt"]);
    let (password, url) = cli.credentials(server, database.name());
    cli.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    std::fs::write(cli.folder().join("secret"), "secret\n").unwrap();
    let endpoint = store.endpoint();
    let of_store = ["--endpoint", &endpoint, "--access-key", "AKIATEST", "--secret-file", "secret"];
    let mut add = vec!["component", "add", "shop", "--bucket", "s3://uploads/2026/"];
    add.extend(of_store);
    cli.expect(0, &add);
    cli.expect(0, &["backup", "run", "shop"]);
    let Some(restic) = find_program("restic") else { return };
    let kit = std::fs::read_to_string(cli.folder().join("kit.txt")).unwrap();
    let key = kit.lines().find_map(|line| line.trim().strip_prefix("Key:")).unwrap().trim().to_owned();
    let mut command = std::process::Command::new(restic);
    command.args(["--no-cache", "--repo", vault.as_str(), "dump", "latest", "/storage/objects.jsonl"]);
    let listed = command.env("RESTIC_PASSWORD", &key).output().unwrap();
    let line: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((&line["name"], &line["content_type"]), (&"2026/new".into(), &"text/x-shop".into()));
    assert_eq!((&line["cache_control"], &line["metadata"]["owner"]), (&"max-age=60".into(), &"anna".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_breaks_off_is_gone_on_with_and_a_store_that_stays_away_is_named() {
    let Some(store) = store().await else { return };
    let content: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    store.put(UPLOADS, "large", &content);
    let proxy = FaultProxy::to(store.port());
    let console = console_of(vec![source(address(&format!("http://127.0.0.1:{}", proxy.port()), ""))]).await;
    // Each connection carries less than half of it.
    proxy.set(Fault::CutAfter(5_000_000));
    let (made, manifest) = backup(&console).await;
    assert_eq!(manifest.taken[0].left_out, 0, "{:?}", manifest.taken[0].named);
    assert!(proxy.connections() >= 3, "{}", proxy.connections());
    let (_kept, place) = folder();
    let target = PartTarget::Folder { path: place.join("out") };
    let planned = plan(&console, wanted(&made.record.id, Component::Files, target)).await;
    assert_eq!(apply(&console, &planned).await.0, Verdict::Pass);
    assert!(std::fs::read(place.join("out/large")).unwrap() == content, "other bytes came back");

    drop(store);
    let failure = console.failed_backup().await;
    assert_eq!(failure.code, Code::SourceUnreadable);
    assert!(failure.message.contains("cannot be reached"), "{}", failure.message);
    let failure = console.engine.test_source(PROJECT, "uploads").await.unwrap_err();
    assert_eq!(failure.code, Code::BucketUnreachable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_is_not_there_is_named_and_its_secret_goes_to_no_other_store() {
    let (Some(store), Some(other)) = (store().await, ObjectStore::start().await) else { return };
    let missing = BucketAddress { bucket: "no-such-bucket".into(), ..address(&store.endpoint(), "") };
    let console = console_of(vec![NewSource { name: Some("one".into()), ..source(missing) }]).await;
    let failure = console.engine.test_source(PROJECT, "one").await.unwrap_err();
    assert_eq!(failure.code, Code::BucketRefused);
    assert!(failure.message.contains("NoSuchBucket"), "{}", failure.message);
    let elsewhere = NewSource {
        name: Some("one".into()),
        secret: None,
        ..source(BucketAddress { bucket: "no-such-bucket".into(), ..address(&other.endpoint(), "") })
    };
    let refused = console.engine.add_source(PROJECT, elsewhere).await.unwrap_err();
    assert_eq!(refused.code, Code::PasswordForNewServer);
}
