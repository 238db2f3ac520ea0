//! Objects back into the bucket that they came from.

use std::collections::BTreeMap;
use std::time::Duration;

use base::Code;
use engine::parts::{PartPlan, PartRequest, PartTarget};
use ledger::catalog::{JobState, Verdict};
use ledger::component::Component;
use remote::bucket::BucketAddress;
use testkit::{Console, Fault, FaultProxy, ObjectStore, PROJECT, ReadOnlyStore, poll};

use super::objects::{UPLOADS, address, source, store};
use super::{applied, apply, backup, console_of, plan, refused, wanted};

/// A page as web servers keep it: compressed, and said to be so.
const PAGE: [(&str, &str); 4] = [
    ("content-type", "text/html"),
    ("content-encoding", "gzip"),
    ("content-disposition", "inline"),
    ("x-amz-meta-owner", "anna"),
];

fn gzipped(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap()
}

async fn back(console: &Console, backup: &str, deletes_extra: bool) -> PartPlan {
    let request = PartRequest { deletes_extra, ..wanted(backup, Component::Files, PartTarget::InPlace) };
    plan(console, request).await
}

/// The bytes of an object, and what its readers are told.
type State = (Vec<u8>, Vec<(String, String)>);

/// What of objects has to come back.
fn state(store: &ObjectStore, keys: &[&str]) -> BTreeMap<String, Option<State>> {
    let of = |key: &&str| {
        let object = store.object(UPLOADS, key).map(|(told, bytes)| {
            let is_told = |name: &str| name.starts_with("x-amz-meta-") || name.starts_with('c');
            let told = told.into_iter().filter(|(name, _)| is_told(name) && name != "connection");
            (bytes, told.collect())
        });
        ((*key).to_owned(), object)
    };
    keys.iter().map(of).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_gets_the_state_of_the_backup_with_what_readers_are_told_and_the_state_before_is_kept() {
    let Some(store) = store().await else { return };
    // More than two parts of an object.
    let large: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect();
    store.put(UPLOADS, "films/large", &large);
    store.put_told(UPLOADS, "page.html", &PAGE, gzipped("<h1>shop</h1>"));
    for key in ["kept", "a b+ü&", "retold", "empty"] {
        store.put(UPLOADS, key, if key == "empty" { "" } else { key });
    }
    let keys = ["films/large", "page.html", "kept", "a b+ü&", "retold", "empty", "later"];
    let before = state(&store, &keys);
    let console = console_of(vec![source(address(&store.endpoint(), ""))]).await;
    let (made, manifest) = backup(&console).await;
    assert_eq!((manifest.taken[0].files, manifest.taken[0].left_out), (6, 0));

    store.put(UPLOADS, "films/large", "damaged");
    store.put_told(UPLOADS, "page.html", &[("content-type", "text/plain")], "<h1>hacked</h1>");
    store.put_told(UPLOADS, "retold", &[("content-type", "text/x-shop")], "retold");
    store.remove(UPLOADS, "a b+ü&");
    store.put(UPLOADS, "later", "work");
    let damaged = state(&store, &keys);

    let planned = back(&console, &made.record.id, true).await;
    let total = planned.total();
    assert_eq!((total.add, total.replace, total.same, total.delete), (1, 3, 2, 1), "{:?}", planned.steps);
    assert!(planned.makes_safety);
    // A plan is void once what is there is not what was shown.
    store.put(UPLOADS, "even later", "1");
    assert_eq!(refused(&console, &planned).await.code, Code::PlanStale);
    store.remove(UPLOADS, "even later");

    let planned = back(&console, &made.record.id, true).await;
    let restore = applied(&console, &planned).await;
    let output = restore.output.unwrap();
    assert_eq!(output.verdict, Some(Verdict::Pass), "{}", output.outcome);
    assert_eq!(state(&store, &keys), before);
    assert_eq!(store.unfinished(UPLOADS), 0);

    let undo = console.engine.plan_parts_undo(&restore.record.id, None).await.unwrap();
    let total = undo.total();
    assert_eq!((total.add, total.replace, total.same, total.delete), (1, 3, 2, 1), "{:?}", undo.steps);
    assert_eq!(apply(&console, &undo).await.0, Verdict::Pass);
    assert_eq!(state(&store, &keys), damaged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_may_not_write_ends_it_with_what_to_do_and_another_one_for_the_same_bucket_goes_on() {
    let Some(store) = store().await else { return };
    let door = ReadOnlyStore::before(store.port());
    let of = |key: &str| {
        let address = address(&door.endpoint(), "");
        source(BucketAddress { access_key: Some(key.to_owned()), ..address })
    };
    let put = |content: &str| {
        for number in 0..50 {
            store.put(UPLOADS, &format!("a b/ü{number}"), content);
        }
        store.put(UPLOADS, "large", content.repeat(2_000_000));
    };
    put("before");
    let console = console_of(vec![of("READER")]).await;
    let (made, _) = backup(&console).await;
    put("after!");

    let planned = back(&console, &made.record.id, false).await;
    let job = console.engine.apply_parts(&planned.id, &planned.project).await.unwrap();
    let failure = console.failed(&job).await;
    assert_eq!(failure.code, Code::BucketRefused);
    assert!(failure.message.contains("lets this access key write nothing"), "{}", failure.message);
    let hint = failure.hint.unwrap();
    assert!(hint.contains("add the component again"), "{hint}");
    let again = back(&console, &made.record.id, false).await;
    assert_eq!(again.total().replace, 51, "nothing was written");

    door.allow_writing();
    console.engine.add_source(PROJECT, of("WRITER")).await.unwrap();
    let planned = back(&console, &made.record.id, false).await;
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert_eq!(back(&console, &made.record.id, false).await.total().same, 51);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_is_cancelled_in_the_middle_leaves_the_one_before_and_no_parts_behind() {
    let Some(store) = store().await else { return };
    let large: Vec<u8> = (0..10_000_000_u32).flat_map(u32::to_le_bytes).collect();
    store.put(UPLOADS, "large", &large);
    let proxy = FaultProxy::to(store.port());
    let endpoint = format!("http://127.0.0.1:{}", proxy.port());
    let console = console_of(vec![source(address(&endpoint, ""))]).await;
    let (made, _) = backup(&console).await;
    store.put(UPLOADS, "large", "of today");

    let planned = back(&console, &made.record.id, false).await;
    proxy.set(Fault::Delay(Duration::from_millis(40)));
    let job = console.engine.apply_parts(&planned.id, &planned.project).await.unwrap();
    poll::soon("it is written in parts", async || store.unfinished(UPLOADS) > 0).await;
    console.engine.cancel_job(&job).await.unwrap();
    poll::soon("its parts are given up", async || store.unfinished(UPLOADS) == 0).await;
    assert_eq!(console.wait(&job).await.record.state, JobState::Cancelled);
    assert_eq!(store.object(UPLOADS, "large").unwrap().1, b"of today");

    // Nothing is in the way of the same again.
    proxy.set(Fault::None);
    let again = back(&console, &made.record.id, false).await;
    assert_eq!(apply(&console, &again).await.0, Verdict::Pass);
    assert!(store.object(UPLOADS, "large").unwrap().1 == large, "other bytes came back");
}
