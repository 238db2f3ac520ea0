//! The store for portable bundles: parts, seals, a manifest, and refusals of anything that is not whole.

use std::sync::atomic::{AtomicU64, Ordering};

use base::Code;
use base::secret::Secret;
use camino::{Utf8Path, Utf8PathBuf};
use engine::Failure;
use remote::platform::telegram::{PortableStore, Receipt, StoreError, StoreKey};
use testkit::platforms::telegram_bot::{Faults, Options, TelegramBot, start};

use super::stage::{BOT_TOKEN, bot_of};

const PART: usize = 19 * 1024 * 1024;

struct Bench {
    server: TelegramBot,
    store: PortableStore,
    folder: tempfile::TempDir,
}

async fn bench() -> Bench {
    let server = start(Options::public(BOT_TOKEN)).await;
    let store = PortableStore::new(bot_of(&server), "-100200");
    Bench { server, store, folder: tempfile::tempdir().unwrap() }
}

fn key() -> StoreKey {
    StoreKey::Key([5; 32].into())
}

impl Bench {
    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(name)
    }

    fn file(&self, length: usize) -> (Utf8PathBuf, Vec<u8>) {
        let bytes: Vec<u8> =
            (0..length).map(|at| u8::try_from((at * 31 + at / 251) % 256).unwrap()).collect();
        let path = self.path("bundle.hfb");
        std::fs::write(&path, &bytes).unwrap();
        (path, bytes)
    }

    async fn put(&self, length: usize) -> (Receipt, Vec<u8>) {
        let (path, bytes) = self.file(length);
        (self.store.put("shop", &path, &key(), &|_: u64| ()).await.unwrap(), bytes)
    }

    async fn refused(&self, receipt: &Receipt) -> String {
        let to = self.path("back");
        let error = self.store.get(receipt, &key(), &to).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(!to.exists(), "nothing that is not whole gets its name");
        let left = std::fs::read_dir(self.folder.path()).unwrap().flatten();
        let names: Vec<_> = left.map(|entry| entry.file_name()).filter(|name| name != "bundle.hfb").collect();
        assert!(names.is_empty(), "{names:?} stayed");
        error.to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_of_several_parts_comes_back_byte_for_byte_and_each_part_can_be_fetched() {
    let bench = bench().await;
    let (path, bytes) = bench.file(2 * PART + 1234);
    let told = AtomicU64::new(0);
    let note = |sent: u64| told.store(sent, Ordering::Relaxed);
    let receipt = bench.store.put("shop of May", &path, &key(), &note).await.unwrap();
    assert_eq!((receipt.messages.len(), told.load(Ordering::Relaxed)), (4, bytes.len() as u64));
    assert!(bench.server.documents().last().unwrap().ends_with(".manifest"));
    let manifest = bench.store.get(&receipt, &key(), &bench.path("back")).await.unwrap();
    assert_eq!((manifest.name.as_str(), manifest.parts.len()), ("shop of May", 3));
    assert!(manifest.parts.iter().all(|part| part.sealed_bytes < 20 * 1024 * 1024));
    assert!(std::fs::read(bench.path("back")).unwrap() == bytes, "other bytes came back");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_readable_leaves_this_computer() {
    let bench = bench().await;
    let path = bench.path("plain");
    std::fs::write(&path, "customer: Ada Lovelace\n".repeat(100)).unwrap();
    let receipt = bench.store.put("shop of May", &path, &key(), &|_: u64| ()).await.unwrap();
    for end in [".00001", ".manifest"] {
        let sent = String::from_utf8_lossy(&std::fs::read(bench.server.path_of(end)).unwrap()).into_owned();
        assert!(!sent.contains("Ada Lovelace") && !sent.contains("shop of May"), "{end}");
    }
    assert!(!bench.server.documents().concat().contains("shop"));
    let kept = serde_json::to_string(&receipt).unwrap();
    assert!(!kept.contains("AAE-secret"), "{kept}");
    assert_eq!(serde_json::from_str::<Receipt>(&kept).unwrap(), receipt);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passphrase_opens_what_it_sealed_and_another_one_nothing() {
    let bench = bench().await;
    let (path, bytes) = bench.file(5000);
    let passphrase = |text: &str| StoreKey::Passphrase(Secret::new(text));
    let receipt = bench.store.put("shop", &path, &passphrase("correct horse"), &|_: u64| ()).await.unwrap();
    let wrong = bench.store.check(&receipt, &passphrase("battery staple")).await.unwrap_err();
    assert!(matches!(wrong, StoreError::WrongKey), "{wrong}");
    assert_eq!(Failure::from(wrong).code, Code::BundleKey);
    assert!(matches!(bench.store.check(&receipt, &key()).await, Err(StoreError::WrongKey)));
    let right = bench.store.check(&receipt, &passphrase("correct horse")).await.unwrap();
    assert_eq!(right.bytes, bytes.len() as u64);
    assert_eq!(format!("{:?}", passphrase("correct horse")), "****");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_was_changed_is_refused() {
    let bench = bench().await;
    let (receipt, _) = bench.put(PART + 10).await;
    let part = bench.server.path_of(".00002");
    let mut bytes = std::fs::read(&part).unwrap();
    bytes[30] ^= 1;
    std::fs::write(&part, bytes).unwrap();
    assert!(bench.refused(&receipt).await.ends_with("part 2 is not what was sent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_in_each_other_s_place_are_refused() {
    let bench = bench().await;
    let (receipt, _) = bench.put(2 * PART).await;
    let [one, two] = [".00001", ".00002"].map(|end| bench.server.path_of(end));
    let (first, second) = (std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
    std::fs::write(&one, second).unwrap();
    std::fs::write(&two, first).unwrap();
    assert!(bench.refused(&receipt).await.ends_with("part 1 is not what was sent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_missing_is_named() {
    let bench = bench().await;
    let (receipt, _) = bench.put(PART + 10).await;
    bench.server.lose(".00002");
    let said = bench.refused(&receipt).await;
    assert!(said.contains("part 2 is missing"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_is_not_the_one_that_was_sent_is_refused() {
    let bench = bench().await;
    let (receipt, _) = bench.put(10).await;
    let (other, _) = bench.put(20).await;
    let swapped = Receipt { manifest_file_id: other.manifest_file_id, ..receipt };
    assert!(bench.refused(&swapped).await.ends_with("its manifest is not the one that was sent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_a_bundle_too_and_no_file_is_overwritten() {
    let bench = bench().await;
    let (receipt, _) = bench.put(0).await;
    bench.store.get(&receipt, &key(), &bench.path("back")).await.unwrap();
    assert_eq!(std::fs::read(bench.path("back")).unwrap(), b"");
    let again = bench.store.get(&receipt, &key(), &bench.path("back")).await.unwrap_err();
    assert!(matches!(again, StoreError::Exists { .. }), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_could_not_be_sent_whole_leaves_nothing_behind() {
    let bench = bench().await;
    let (path, _) = bench.file(PART + 10);
    bench.server.misbehave(Faults { full_after: Some(1), ..Faults::default() });
    let error = bench.store.put("shop", &path, &key(), &|_: u64| ()).await.unwrap_err();
    assert!(error.to_string().contains("bot was kicked"), "{error}");
    assert_eq!(bench.server.documents(), Vec::<String>::new());
    bench.server.misbehave(Faults { full_after: Some(1), keeps_messages: true, ..Faults::default() });
    let error = bench.store.put("shop", &path, &key(), &|_: u64| ()).await.unwrap_err();
    assert!(matches!(&error, StoreError::LeftBehind { messages, .. } if messages.len() == 1), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_says_which_bundles_telegram_does_not_name_any_more() {
    let bench = bench().await;
    let (one, _) = bench.put(10).await;
    let (two, _) = bench.put(20).await;
    bench.server.lose(&format!("{}.manifest", one.bundle));
    let gone = bench.store.gone(&one).await.unwrap();
    assert!(gone.contains("wrong file_id"), "{gone}");
    assert_eq!(bench.store.gone(&two).await, None);
}

/// Whoever keeps what was said of a sending, as a profile does.
#[derive(Default)]
struct Heard {
    all: std::sync::Mutex<Vec<Receipt>>,
    fails_at: Option<usize>,
}

#[async_trait::async_trait]
impl remote::platform::telegram::Told for Heard {
    async fn sent(&self, so_far: &Receipt) -> Result<(), StoreError> {
        let mut all = self.all.lock().unwrap();
        all.push(so_far.clone());
        if self.fails_at == Some(all.len()) {
            return Err(StoreError::NotNoted { what: "the disk is full".into() });
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_told_before_the_next_one_is_sent_and_what_cannot_be_noted_is_taken_back() {
    let bench = bench().await;
    let (path, _) = bench.file(PART + 10);
    let heard = Heard::default();
    let receipt = bench.store.put("shop", &path, &key(), &heard).await.unwrap();
    let all = heard.all.into_inner().unwrap();
    assert_eq!(all.iter().map(|one| one.messages.len()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(all.iter().map(Receipt::is_whole).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(all[2], receipt, "what is known before the manifest came back is enough to fetch it");
    assert_eq!((receipt.chat.as_deref(), receipt.bot.as_deref()), (Some("-100200"), Some("123456789")));

    for fails_at in 1..=3 {
        let before = bench.server.documents();
        let deaf = Heard { fails_at: Some(fails_at), ..Heard::default() };
        let error = bench.store.put("shop", &path, &key(), &deaf).await.unwrap_err();
        assert!(matches!(error, StoreError::NotNoted { .. }), "{error}");
        assert_eq!(bench.server.documents(), before, "nothing that nobody knows of stays there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_of_a_manifest_alone_brings_the_file_back() {
    let bench = bench().await;
    let (_, bytes) = bench.put(PART + 10).await;
    let document = std::fs::read(bench.server.path_of(".manifest")).unwrap();
    bench.store.get_by(document.clone(), &key(), &bench.path("back")).await.unwrap();
    assert!(std::fs::read(bench.path("back")).unwrap() == bytes);
    let mut changed = document;
    let at = changed.len() - 10;
    changed[at] ^= 1;
    assert!(bench.store.get_by(changed, &key(), &bench.path("other")).await.is_err());
    assert!(!bench.path("other").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_names_the_messages_that_telegram_keeps() {
    let bench = bench().await;
    let (receipt, _) = bench.put(10).await;
    bench.server.misbehave(Faults { keeps_messages: true, ..Faults::default() });
    let left = bench.store.delete(&receipt).await.left;
    let messages: Vec<i64> = left.iter().rev().map(|(message, _)| *message).collect();
    assert_eq!(messages, receipt.messages);
    assert!(left[0].1.contains("message can't be deleted"), "{left:?}");
    bench.server.misbehave(Faults::default());
    assert_eq!(bench.store.delete(&receipt).await.left, []);
    assert_eq!(bench.server.documents(), Vec::<String>::new());
}
