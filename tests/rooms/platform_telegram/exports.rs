//! Exports: asked for as the platform wants, watched, and fetched.

use std::io::Read as _;

use remote::platform::telegram_platform::Dialect;
use remote::platform::{CreateRequest, Platform as _, PlatformError, Watched};
use serde_json::json;
use testkit::platforms::telegram_platform::Faults;

use super::stage::{Choices, stage, stage_with};

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_done_when_its_row_is_there_and_its_bytes_are_a_dump_of_the_one_schema() {
    let Some(stage) = stage().await else { return };
    let id = stage.backup("sql", true).await;
    let shown = stage.client.show(&id).await.unwrap();
    let bytes = stage.bytes(&id).await;
    assert_eq!((shown.kind.as_str(), shown.bytes), ("database", Some(bytes.len() as u64)));
    let mut sql = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut sql).unwrap();
    assert!(sql.contains("CREATE TABLE tenant_shop.orders") && sql.contains("500\tthing 500"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tar_is_asked_for_without_compression_and_is_a_bare_tar_whatever_it_is_called() {
    let Some(stage) = stage().await else { return };
    let id = stage.backup("tar", true).await;
    assert_eq!(
        stage.platform.bodies()[0],
        json!({ "project_id": "shop", "format": "tar", "compress": false })
    );
    assert!(stage.bot.documents()[0].ends_with(".tar.gz"));
    assert_eq!(&stage.bytes(&id).await[257..262], b"ustar");
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_to_tell_goes_along_and_formats_that_do_not_exist_are_refused_before_the_call() {
    let Some(stage) = stage().await else { return };
    let mut request =
        CreateRequest { notify_email: Some("a@example.org".into()), ..CreateRequest::default() };
    stage.client.create(&request).await.unwrap();
    assert_eq!(stage.platform.bodies()[0]["notify_email"], "a@example.org");
    request.format = Some("zip".into());
    let error = stage.client.create(&request).await.unwrap_err();
    assert!(matches!(error, PlatformError::CannotDo { .. }), "{error}");
    assert_eq!(stage.platform.bodies().len(), 1);
}

fn january() -> CreateRequest {
    let range = Some(("2026-01-02T00:00:00Z".parse().unwrap(), "2026-01-04T12:00:00Z".parse().unwrap()));
    CreateRequest { range, format: Some("json".into()), ..CreateRequest::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_asked_for_with_dates_where_the_document_is_followed() {
    let choices = Choices { dialect: Dialect::Documented, spoken: Dialect::Documented, ..Choices::default() };
    let Some(stage) = stage_with(choices).await else { return };
    let ticket = stage.client.export_logs(&january()).await.unwrap();
    let body = json!({
        "project_id": "shop", "format": "json", "date_range": { "start": "2026-01-02", "end": "2026-01-04" },
    });
    assert_eq!(stage.platform.bodies()[0], body);
    let Watched::Done { id: Some(id), .. } = stage.end(&ticket).await.unwrap() else { panic!("no logs") };
    let logs: serde_json::Value = serde_json::from_slice(&stage.bytes(&id).await).unwrap();
    assert_eq!(logs.as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_asked_for_with_moments_and_a_limit_where_the_server_wants_that() {
    let Some(stage) = stage().await else { return };
    let ticket = stage.client.export_logs(&january()).await.unwrap();
    let body = &stage.platform.bodies()[0];
    assert_eq!(body["date_range"], json!({ "from": "2026-01-02T00:00:00Z", "to": "2026-01-04T12:00:00Z" }));
    assert_eq!(body["max_entries"], 100_000);
    let Watched::Done { id: Some(id), .. } = stage.end(&ticket).await.unwrap() else { panic!("no logs") };
    assert_eq!(stage.client.show(&id).await.unwrap().kind, "logs");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_dialect_is_refused_and_the_other_one_named_as_the_cure() {
    let choices = Choices { spoken: Dialect::Documented, ..Choices::default() };
    let Some(stage) = stage_with(choices).await else { return };
    let error = stage.client.export_logs(&january()).await.unwrap_err();
    assert!(error.to_string().contains("date_range needs from and to"), "{error}");
    assert!(
        error.to_string().contains("sent in its documented shape, and the other one may be right"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_says_why_without_tokens_and_can_be_tried_again() {
    let Some(stage) = stage().await else { return };
    let said = "GET https://api.telegram.org/bot77:AAE-secret/sendDocument: 502";
    let faults = Faults { fails: Some(said.into()), ..Faults::default() };
    stage.platform.misbehave(faults);
    let ticket = stage.client.create(&CreateRequest::default()).await.unwrap();
    let Watched::Failed { said, can_retry } = stage.end(&ticket).await.unwrap() else { panic!("it failed") };
    assert_eq!(said, "GET https://api.telegram.org/bot****/sendDocument: 502");
    assert!(can_retry);
    stage.platform.misbehave(Faults::default());
    let again = stage.client.retry(&ticket).await.unwrap();
    assert!(matches!(stage.end(&again).await.unwrap(), Watched::Done { id: Some(_), .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_watched_again_after_it_was_stored() {
    let Some(stage) = stage().await else { return };
    let ticket = stage.client.create(&CreateRequest::default()).await.unwrap();
    let stored = serde_json::to_string(&ticket).unwrap();
    assert!(!stored.contains(&stage.token));
    let ticket = serde_json::from_str(&stored).unwrap();
    assert!(matches!(stage.end(&ticket).await.unwrap(), Watched::Done { id: Some(_), .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_given_back_through_the_bot_and_one_that_could_not_be_fetched_again_is_refused() {
    let Some(stage) = stage().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.sql.gz");
    std::fs::write(&file, b"a dump").unwrap();
    let file_id = stage.client.upload(&file, "backup.sql.gz").await.unwrap();
    assert_eq!(stage.bot.shelf().bytes(&file_id).unwrap(), b"a dump");
    std::fs::File::create(&file).unwrap().set_len(20 * 1024 * 1024 + 1).unwrap();
    let error = stage.client.upload(&file, "large").await.unwrap_err();
    assert!(error.to_string().contains("could be sent, but not be fetched again"), "{error}");
}
