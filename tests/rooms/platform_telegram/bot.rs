//! The bot: limits, addresses that die, refusals, and its token nowhere.

use std::time::Duration;

use base::secret::Secret;
use bytes::Bytes;
use camino::Utf8PathBuf;
use remote::platform::PlatformError;
use remote::platform::telegram::{Bot, BotServer, BotSettings, Document, Located};
use testkit::platforms::telegram_bot::{Faults, Options, TelegramBot, start};

use super::stage::{BOT_TOKEN, bot_of};

const CHAT: &str = "-100200";

async fn public() -> (TelegramBot, Bot) {
    let server = start(Options::public(BOT_TOKEN)).await;
    let bot = bot_of(&server);
    (server, bot)
}

fn document(text: &'static str) -> Document {
    Document::Bytes(Bytes::from_static(text.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_sent_and_fetched_by_its_file_id() {
    let (server, bot) = public().await;
    assert_eq!(bot.name().await.unwrap(), "keeper");
    let sent = bot.send(CHAT, "a.txt", &document("hello"), "caption").await.unwrap();
    assert_eq!((sent.bytes, server.documents()), (Some(5), vec!["a.txt".to_owned()]));
    assert_eq!(bot.fetch(&sent.file_id, 5).await.unwrap(), b"hello");
    assert!(bot.fetch(&sent.file_id, 4).await.is_err(), "more than was asked for");
    bot.delete(CHAT, sent.message_id).await.unwrap();
    assert!(bot.fetch(&sent.file_id, 5).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_valid_for_an_hour_and_prints_neither_address_nor_token() {
    let (_server, bot) = public().await;
    let sent = bot.send(CHAT, "a.txt", &document("hello"), "").await.unwrap();
    let link = bot.file(&sent.file_id, None).link().await.unwrap();
    let left = link.expires_at.unwrap().duration_since(jiff::Timestamp::now());
    assert!(left.as_mins() > 50 && left.as_mins() <= 60, "{left:?}");
    assert!(link.url.expose().contains(BOT_TOKEN), "the address is the secret");
    assert_eq!(link.bytes, Some(5));
    let printed = format!("{link:?} {bot:?} {:?}", bot.locate(&sent.file_id).await);
    assert!(!printed.contains("AAE-secret"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_dies_is_asked_for_again() {
    let (server, bot) = public().await;
    let sent = bot.send(CHAT, "a.txt", &document("hello"), "").await.unwrap();
    server.misbehave(Faults { dead_links: 2, ..Faults::default() });
    assert_eq!(bot.fetch(&sent.file_id, 5).await.unwrap(), b"hello");
    server.misbehave(Faults { dead_links: 100, ..Faults::default() });
    let error = bot.fetch(&sent.file_id, 5).await.unwrap_err();
    assert!(matches!(error, PlatformError::NotFound { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_many_is_sent_again_after_the_wait_that_was_asked_for() {
    let (server, bot) = public().await;
    server.misbehave(Faults { busy: (1, 1), ..Faults::default() });
    bot.send(CHAT, "a.txt", &document("hello"), "").await.unwrap();
    assert_eq!(server.calls(), ["sendDocument", "sendDocument"]);
    // By the server's own notes: it asked for a second. A slow computer only sends it later.
    let at = server.calls_came_at();
    let waited = at[1].duration_since(at[0]);
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
    server.misbehave(Faults { busy: (9, 3600), ..Faults::default() });
    let error = bot.send(CHAT, "b.txt", &document("hello"), "").await.unwrap_err();
    assert!(matches!(error, PlatformError::TooMany { wait, .. } if wait.as_secs() == 3600), "{error}");
    assert_eq!(server.calls().len(), 3, "an hour is not waited for");
    let error = bot.name().await.unwrap_err();
    assert!(matches!(error, PlatformError::TooMany { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_beyond_all_bounds_is_not_waited_for() {
    let (server, bot) = public().await;
    for seconds in [3600, 900_000_000, u64::MAX] {
        let before = server.calls().len();
        // Its body asks for one second, and would have it sent again.
        server.misbehave(Faults { busy: (9, 1), asks_by_header: Some(seconds), ..Faults::default() });
        let error = bot.send(CHAT, "a.txt", &document("hello"), "").await.unwrap_err();
        assert!(matches!(error, PlatformError::TooMany { .. }), "{error}");
        assert_eq!(server.calls().len(), before + 1, "{seconds}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_end_is_read_as_far_as_any_answer_may_go() {
    let (server, bot) = public().await;
    server.misbehave(Faults { says_too_much: true, ..Faults::default() });
    let error = bot.send(CHAT, "a.txt", &document("hello"), "").await.unwrap_err();
    assert!(matches!(error, PlatformError::Unintelligible { .. }), "{error}");
    assert!(error.to_string().contains("more than 33554432 bytes"), "{error}");
    assert_eq!(server.calls(), ["sendDocument"], "it may have arrived");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_server_s_limits_are_known_before_anything_is_sent_and_said_when_fetching() {
    let (server, bot) = public().await;
    let folder = tempfile::tempdir().unwrap();
    let file = Utf8PathBuf::from_path_buf(folder.path().join("large")).unwrap();
    std::fs::File::create(&file).unwrap().set_len(50_000_001).unwrap();
    let error = bot.send(CHAT, "large", &Document::File(file.clone()), "").await.unwrap_err();
    assert!(error.to_string().contains("50000001 bytes; it takes 50000000 from a bot"), "{error}");
    assert_eq!(server.calls(), Vec::<String>::new());
    std::fs::File::create(&file).unwrap().set_len(20 * 1024 * 1024 + 1).unwrap();
    let sent = bot.send(CHAT, "large", &Document::File(file), "").await.unwrap();
    let error = bot.locate(&sent.file_id).await.unwrap_err();
    assert!(error.to_string().contains("file is too big"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_server_s_file_is_read_from_the_disk_if_it_is_in_the_folder_that_was_entered() {
    let local = start(Options { is_local: true, ..Options::public(BOT_TOKEN) }).await;
    let settings = |folder: &str| BotSettings {
        base: local.address().to_owned(),
        token: Secret::new(BOT_TOKEN),
        server: BotServer::Local { folder: folder.into() },
    };
    let bot = Bot::new(&settings(local.folder().to_str().unwrap())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = Utf8PathBuf::from_path_buf(folder.path().join("large")).unwrap();
    std::fs::File::create(&file).unwrap().set_len(50_000_001).unwrap();
    let sent = bot.send(CHAT, "large", &Document::File(file), "").await.unwrap();
    assert!(matches!(bot.locate(&sent.file_id).await.unwrap(), Located::Here(_)));
    assert_eq!(bot.fetch(&sent.file_id, 60_000_000).await.unwrap().len(), 50_000_001);
    assert!(bot.file(&sent.file_id, None).link().await.unwrap().url.expose().starts_with("file:///"));
    let elsewhere = Bot::new(&settings(folder.path().to_str().unwrap())).unwrap();
    let error = elsewhere.locate(&sent.file_id).await.unwrap_err();
    assert!(error.to_string().contains("outside of the folder"), "{error}");
    std::fs::remove_file(local.path_of("large")).unwrap();
    let error = bot.locate(&sent.file_id).await.unwrap_err();
    assert!(error.to_string().contains("a disk that is not seen from this computer"), "{error}");
    assert!(!format!("{error:?}").contains("AAE-secret"), "the path holds the token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_of_a_server_that_was_entered_as_public_is_refused() {
    let local = start(Options { is_local: true, ..Options::public(BOT_TOKEN) }).await;
    let bot = bot_of(&local);
    let sent = bot.send(CHAT, "a.txt", &document("hello"), "").await.unwrap();
    let error = bot.locate(&sent.file_id).await.unwrap_err();
    assert!(error.to_string().contains("it is a local server, set it up as one"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_holds_the_token_though_the_server_repeats_it() {
    let (server, bot) = public().await;
    server.misbehave(Faults { repeats_token: true, ..Faults::default() });
    let wrong = bot.locate("nothing").await.unwrap_err();
    let refused = bot.fetch("nothing", 10).await.unwrap_err();
    assert!(wrong.to_string().contains("bot****/getFile"), "{wrong}");
    drop(server);
    let silent = bot.send(CHAT, "a.txt", &document("hello"), "").await.unwrap_err();
    assert!(matches!(silent, PlatformError::Unreachable { .. }), "{silent}");
    for error in [wrong, refused, silent] {
        let all = format!("{error} {error:?} {:?}", engine::Failure::from(error.clone()));
        assert!(!all.contains("AAE-secret"), "{all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_is_refused_and_a_wrong_one_is_a_matter_of_signing_in() {
    let (server, _) = public().await;
    let settings = |token: &str| BotSettings {
        base: server.address().to_owned(),
        token: Secret::new(token),
        server: BotServer::Public,
    };
    assert!(Bot::new(&settings("../getMe")).is_err());
    assert!(Bot::new(&settings("")).is_err());
    let error = Bot::new(&settings("1:AAE-wrong")).unwrap().name().await.unwrap_err();
    assert!(matches!(error, PlatformError::NotSignedIn { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_has_another_size_there_did_not_arrive() {
    let (server, bot) = public().await;
    server.misbehave(Faults { lies_about_sizes: true, ..Faults::default() });
    let error = bot.send(CHAT, "a.txt", &document("hello"), "").await.unwrap_err();
    assert!(error.to_string().contains("it has 2 bytes there, and 5 here"), "{error}");
}
