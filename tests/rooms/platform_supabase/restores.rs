//! Restores: accepted without a word, and seen in the project's status alone.

use jiff::{SignedDuration, Timestamp};
use remote::platform::{Act, Platform as _, PlatformError, RestoreParts, Watched};
use serde_json::json;
use testkit::platforms::supabase::Faults;

use super::stage::{stage, stage_with};

const DATABASE: RestoreParts = RestoreParts { database: true, storage: false, config: false };

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_answers_nothing_and_is_done_when_the_status_has_come_back() {
    let Some(stage) = stage().await else { return };
    let id = stage.cloud.back_up().await;
    stage.database.run("truncate orders").await;
    let ticket = stage.client.restore(&id.to_string(), DATABASE).await.unwrap();
    let stored = serde_json::to_string(&ticket).unwrap();
    let (said, ended) = stage.end(&serde_json::from_str(&stored).unwrap()).await;
    assert_eq!(said, ["accepted; the project is still ACTIVE_HEALTHY", "the project is RESTORING"]);
    let Watched::Done { notes, .. } = ended.unwrap() else { panic!("no restore") };
    assert!(notes[0].contains("look at the data"), "{notes:?}");
    assert_eq!(stage.cloud.bodies(), [json!({ "id": id })]);
    assert_eq!(stage.orders().await, "100");
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_failed_is_a_failure() {
    let Some(stage) = stage().await else { return };
    let id = stage.cloud.back_up().await.to_string();
    stage.cloud.misbehave(Faults { restore_fails: true, ..Faults::default() });
    let ticket = stage.client.restore(&id, DATABASE).await.unwrap();
    let (_, ended) = stage.end(&ticket).await;
    assert_eq!(
        ended.unwrap(),
        Watched::Failed { said: "the project is RESTORE_FAILED".into(), can_retry: false }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_failure_is_not_taken_for_the_outcome_of_a_new_restore() {
    let Some(stage) = stage().await else { return };
    let id = stage.cloud.back_up().await.to_string();
    stage.cloud.set_status("RESTORE_FAILED");
    let ticket = stage.client.restore(&id, DATABASE).await.unwrap();
    let (said, ended) = stage.end(&ticket).await;
    assert_eq!(said[0], "accepted; the project is still RESTORE_FAILED");
    assert!(matches!(ended.unwrap(), Watched::Done { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_accepted_and_never_begins_is_a_false_claim() {
    let Some(stage) = stage().await else { return };
    let id = stage.cloud.back_up().await.to_string();
    stage.cloud.misbehave(Faults { forgets_restores: true, ..Faults::default() });
    let ticket = stage.client.restore(&id, DATABASE).await.unwrap();
    let (_, ended) = stage.end(&ticket).await;
    let error = ended.unwrap_err();
    assert!(matches!(error, PlatformError::FalseClaim { .. }), "{error}");
    assert!(error.to_string().contains("was not seen restoring"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_completed_backup_of_this_project_is_not_restored() {
    let Some(stage) = stage().await else { return };
    let id = stage.cloud.back_up().await;
    stage.cloud.call_it(id, "PENDING");
    let id = id.to_string();
    let error = stage.client.restore(&id, DATABASE).await.unwrap_err();
    assert!(error.to_string().contains("not one that it calls completed"), "{error}");
    assert!(matches!(stage.client.restore("999", DATABASE).await, Err(PlatformError::NotFound { .. })));
    let all = RestoreParts { database: true, storage: true, config: true };
    let error = stage.client.restore(&id, all).await.unwrap_err();
    assert!(error.to_string().contains("neither stored files nor configuration"), "{error}");
    stage.cloud.set_status("RESTORING");
    let error = stage.client.restore_to_point("before").await.unwrap_err();
    assert!(error.to_string().contains("the project is RESTORING just now"), "{error}");
    assert_eq!(stage.cloud.bodies(), Vec::<serde_json::Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn any_second_is_gone_back_to_where_that_is_on_and_within_its_range() {
    let Some(stage) = stage().await else { return };
    stage.cloud.back_up().await;
    stage.database.run("truncate orders").await;
    let now = Timestamp::now();
    let ticket = stage.client.restore_to(now).await.unwrap();
    assert_eq!(ticket.act, Act::PointInTime);
    let (_, ended) = stage.end(&ticket).await;
    assert!(matches!(ended.unwrap(), Watched::Done { .. }));
    assert_eq!(stage.cloud.bodies(), [json!({ "recovery_time_target_unix": now.as_second() })]);
    assert_eq!(stage.orders().await, "100");
    for (at, why) in [
        (now - SignedDuration::from_hours(1), "it goes back to"),
        (now + SignedDuration::from_hours(1), "nothing later than"),
    ] {
        let error = stage.client.restore_to(at).await.unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_point_in_time_recovery_no_second_can_be_gone_back_to() {
    let Some(stage) = stage_with(false).await else { return };
    stage.cloud.back_up().await;
    let error = stage.client.restore_to(Timestamp::now()).await.unwrap_err();
    assert!(error.to_string().ends_with("not switched on for this project"), "{error}");
    assert_eq!(stage.cloud.bodies(), Vec::<serde_json::Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_point_is_kept_listed_and_gone_back_to() {
    let Some(stage) = stage().await else { return };
    assert_eq!(stage.client.restore_points().await.unwrap(), []);
    let kept = stage.client.add_restore_point("before the sale").await.unwrap();
    assert_eq!((kept.name.as_str(), kept.status.as_str()), ("before the sale", "AVAILABLE"));
    assert_eq!(stage.client.restore_points().await.unwrap(), [kept]);
    stage.client.add_restore_point("after").await.unwrap();
    assert_eq!(stage.client.restore_points().await.unwrap().len(), 2);
    stage.database.run("truncate orders").await;
    let ticket = stage.client.restore_to_point("before the sale").await.unwrap();
    let (_, ended) = stage.end(&ticket).await;
    assert!(matches!(ended.unwrap(), Watched::Done { .. }));
    assert_eq!(stage.orders().await, "100");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_point_s_name_has_twenty_characters_at_most_and_that_is_checked_before_the_call() {
    let Some(stage) = stage().await else { return };
    for name in ["", "twenty-one characters"] {
        let error = stage.client.add_restore_point(name).await.unwrap_err();
        assert!(error.to_string().ends_with("a restore point's name has 1 to 20 characters"), "{error}");
        assert!(stage.client.restore_to_point(name).await.is_err());
    }
    assert_eq!(stage.cloud.calls(), Vec::<String>::new());
    stage.client.add_restore_point("exactly 20 character").await.unwrap();
}
