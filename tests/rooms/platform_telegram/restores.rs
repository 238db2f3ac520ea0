//! Restores there, in both dialects, and when they lie.

use remote::platform::telegram_platform::Dialect;
use remote::platform::{Platform as _, PlatformError, RestoreParts, Watched};
use serde_json::json;
use testkit::platforms::telegram_platform::Faults;

use super::stage::{Choices, Stage, stage, stage_with};

const DATABASE: RestoreParts = RestoreParts { database: true, storage: false, config: false };

async fn damaged_and_restored(stage: &Stage, format: &str) -> String {
    let id = stage.backup(format, true).await;
    stage.database.run("delete from tenant_shop.orders; create table tenant_shop.later (id int)").await;
    let ticket = stage.client.restore(&id, DATABASE).await.unwrap();
    let Watched::Done { notes, .. } = stage.end(&ticket).await.unwrap() else { panic!("no restore") };
    assert!(notes[0].contains("look at the data"), "{notes:?}");
    assert_eq!(stage.database.value("select count(*) from tenant_shop.orders").await, "500");
    assert_eq!(stage.database.value("select to_regclass('tenant_shop.later')").await, "NULL");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_in_the_server_s_dialect_really_brings_the_schema_back() {
    let Some(stage) = stage().await else { return };
    let id = damaged_and_restored(&stage, "sql").await;
    let body = stage.platform.bodies().pop().unwrap();
    assert_eq!(
        (&body["project_id"], &body["backup_id"], &body["force"]),
        (&json!("shop"), &json!(id), &json!(true))
    );
    assert!(body["file_id"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_in_the_documented_dialect_is_confirmed_and_watched_as_a_job() {
    let choices = Choices { dialect: Dialect::Documented, spoken: Dialect::Documented, ..Choices::default() };
    let Some(stage) = stage_with(choices).await else { return };
    let id = damaged_and_restored(&stage, "sql").await;
    assert_eq!(stage.platform.bodies().pop().unwrap(), json!({ "backup_id": id, "confirm": true }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_tar_that_is_called_tar_gz_is_restored_by_its_bytes() {
    let Some(stage) = stage().await else { return };
    damaged_and_restored(&stage, "tar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_fails_inside_of_a_success_is_a_failure() {
    let Some(stage) = stage().await else { return };
    let id = stage.backup("sql", true).await;
    for status in ["failed", "completed"] {
        let failed_restore_is = Some(status.to_owned());
        stage.platform.misbehave(Faults { restore_fails: true, failed_restore_is, ..Faults::default() });
        let error = stage.client.restore(&id, DATABASE).await.unwrap_err();
        assert!(matches!(error, PlatformError::Failed { .. }), "{error}");
        assert!(error.to_string().contains("the dump could not be applied"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_job_that_fails_is_a_failure_that_can_be_tried_again() {
    let choices = Choices { dialect: Dialect::Documented, spoken: Dialect::Documented, ..Choices::default() };
    let Some(stage) = stage_with(choices).await else { return };
    let id = stage.backup("sql", true).await;
    stage.platform.misbehave(Faults { restore_fails: true, ..Faults::default() });
    let ticket = stage.client.restore(&id, DATABASE).await.unwrap();
    let ended = stage.end(&ticket).await.unwrap();
    assert!(matches!(ended, Watched::Failed { can_retry: true, .. }), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_files_configuration_and_expired_backups_are_not_asked_for() {
    let Some(stage) = stage().await else { return };
    stage.platform.misbehave(Faults { expires_in_days: Some(-1), ..Faults::default() });
    let id = stage.backup("sql", true).await;
    let calls = stage.platform.bodies().len();
    let all = RestoreParts { database: true, storage: true, config: false };
    for (parts, why) in [(all, "nothing but the database"), (DATABASE, "this backup has expired")] {
        let error = stage.client.restore(&id, parts).await.unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
    assert_eq!(stage.platform.bodies().len(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_in_the_wrong_dialect_is_refused_and_nothing_is_changed() {
    let choices = Choices { dialect: Dialect::Documented, spoken: Dialect::Server, ..Choices::default() };
    let Some(stage) = stage_with(choices).await else { return };
    let id = stage.backup("sql", true).await;
    stage.database.run("delete from tenant_shop.orders").await;
    let error = stage.client.restore(&id, DATABASE).await.unwrap_err();
    assert!(error.to_string().contains("confirm must be true"), "{error}");
    assert_eq!(stage.database.value("select count(*) from tenant_shop.orders").await, "0");
}
