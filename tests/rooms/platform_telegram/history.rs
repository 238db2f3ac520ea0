//! The history: paged, of the own project alone, and with what expires.

use jiff::{SignedDuration, Timestamp};
use remote::platform::telegram_platform::{Dialect, TelegramPlatform, history_by_sql};
use remote::platform::{Ability, Act, Platform as _};
use serde_json::json;
use testkit::platforms::telegram_platform::Faults;

use super::stage::{settings, stage};

fn row(id: &str, size: &serde_json::Value, minute: i64) -> serde_json::Value {
    let created = Timestamp::now() - SignedDuration::from_mins(minute);
    json!({
        "id": id, "project_id": "shop", "type": "database", "file_id": "BQACx", "size": size,
        "created_at": created.to_string(), "expires_at": (created + SignedDuration::from_hours(720)).to_string(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_history_is_read_page_by_page_newest_first_with_sizes_that_are_text_or_numbers() {
    let Some(stage) = stage().await else { return };
    for number in (0..205).rev() {
        let size = if number % 2 == 0 { json!("42") } else { json!(42) };
        stage.platform.remember(row(&format!("row-{number}"), &size, number));
    }
    let listing = stage.client.list().await.unwrap();
    assert_eq!((listing.backups.len(), listing.total), (205, Some(205)));
    assert_eq!(listing.backups[0].id, "row-0");
    assert!(listing.backups.iter().all(|backup| backup.bytes == Some(42)));
    assert_eq!(listing.notes, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_another_project_are_left_out_named_and_not_shown_by_their_id() {
    let Some(stage) = stage().await else { return };
    stage.platform.remember(row("own", &json!("1"), 0));
    stage.platform.misbehave(Faults { shows_rows_of: Some("bakery".into()), ..Faults::default() });
    let listing = stage.client.list().await.unwrap();
    assert_eq!(listing.backups.len(), 1);
    assert!(listing.notes[0].ends_with("were left out: foreign-own"), "{:?}", listing.notes);
    assert!(stage.client.show("foreign-own").await.is_err());
    assert!(stage.client.download("foreign-own").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_says_there_is_more_and_sends_nothing_more_ends_and_is_said_to_be_cut() {
    let Some(stage) = stage().await else { return };
    stage.platform.remember(row("own", &json!("1"), 0));
    stage.platform.misbehave(Faults { lies_about_more: true, ..Faults::default() });
    let listing = stage.client.list().await.unwrap();
    assert_eq!(listing.backups.len(), 1);
    assert!(listing.notes[0].contains("the list may be cut"), "{:?}", listing.notes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expires_within_seven_days_is_said() {
    let Some(stage) = stage().await else { return };
    stage.platform.misbehave(Faults { expires_in_days: Some(6), ..Faults::default() });
    let id = stage.backup("sql", true).await;
    let listing = stage.client.list().await.unwrap();
    assert!(listing.notes[0].starts_with("1 of its backups expire within 7 days"), "{:?}", listing.notes);
    assert!(stage.client.show(&id).await.unwrap().expires_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bot_there_are_no_bytes_and_that_is_known_before() {
    let Some(stage) = stage().await else { return };
    let id = stage.backup("sql", true).await;
    let client =
        TelegramPlatform::new(settings(stage.platform.address(), &stage.token, Dialect::Server)).unwrap();
    let reason = "its files are with Telegram: enter the token of the bot that keeps them";
    assert_eq!(client.abilities()[&Act::Download], Ability::no(reason));
    assert_eq!(client.show(&id).await.unwrap().download, Ability::no(reason));
    assert!(client.download(&id).await.unwrap_err().to_string().ends_with(reason));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_larger_than_a_bot_may_fetch_and_one_at_another_place_say_so_before() {
    let Some(stage) = stage().await else { return };
    stage.platform.remember(row("large", &json!((20 * 1024 * 1024 + 1).to_string()), 1));
    let mut elsewhere = row("elsewhere", &json!("1"), 0);
    elsewhere["file_id"] = json!("s3://bucket/key");
    stage.platform.remember(elsewhere);
    let why = async |id: &str| match stage.client.show(id).await.unwrap().download {
        Ability::No { reason } => reason,
        Ability::Yes => panic!("{id} cannot be had"),
    };
    assert!(why("large").await.contains("gives a bot 20971520 at most; a local server gives more"));
    assert!(why("elsewhere").await.contains("not with Telegram"));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_counts_are_shown_as_it_counts() {
    let Some(stage) = stage().await else { return };
    stage.backup("sql", true).await;
    let facts = stage.client.statistics().await.unwrap();
    let count = facts.iter().find(|fact| fact.name == "database count").unwrap();
    assert_eq!(count.value, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_also_read_straight_from_its_table_and_only_the_own_rows() {
    let Some(stage) = stage().await else { return };
    stage
        .database
        .run(
            "create schema control_plane; create table control_plane.backups (id uuid primary key default \
             gen_random_uuid(), project_id text, type text, file_id text, size bigint, created_at timestamptz, \
             expires_at timestamptz); insert into control_plane.backups (project_id, type, file_id, size, created_at, \
             expires_at) values ('shop', 'database', 'BQACx', 7, now(), now() + interval '3 days'), \
             ('it''s', 'logs', null, null, now(), null)",
        )
        .await;
    let session = stage.database.session().await;
    let listing = history_by_sql(&session, "shop").await.unwrap();
    assert_eq!((listing.backups.len(), listing.backups[0].bytes), (1, Some(7)));
    assert!(listing.notes[0].contains("expire within 7 days"));
    assert_eq!(history_by_sql(&session, "it's").await.unwrap().backups[0].kind, "logs");
    stage.database.run("drop table control_plane.backups").await;
    let error = history_by_sql(&session, "shop").await.unwrap_err();
    assert!(error.to_string().contains("could not read control_plane.backups"), "{error}");
}
