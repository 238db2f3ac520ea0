//! What the platform claims and what is there; who may do what; and errors that say no secrets.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use remote::platform::telegram_platform::{Dialect, TelegramPlatform};
use remote::platform::{Ability, Act, CreateRequest, Platform as _, PlatformError, Ticket, Watched};
use testkit::platforms::telegram_platform::{Faults, token};

use super::stage::{Choices, settings, stage, stage_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_job_without_a_new_history_row_means_no_backup() {
    let Some(stage) = stage().await else { return };
    stage.backup("sql", true).await;
    stage.platform.misbehave(Faults { completes_without_a_row: true, ..Faults::default() });
    let ticket = stage.client.create(&CreateRequest::default()).await.unwrap();
    let error = stage.end(&ticket).await.unwrap_err();
    assert!(matches!(error, PlatformError::FalseClaim { .. }));
    assert!(error.to_string().ends_with("completed without a new history row"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_row_that_names_no_file_means_no_backup_either() {
    let Some(stage) = stage().await else { return };
    stage.platform.misbehave(Faults { names_no_file: true, ..Faults::default() });
    let ticket = stage.client.create(&CreateRequest::default()).await.unwrap();
    let error = stage.end(&ticket).await.unwrap_err();
    assert!(error.to_string().ends_with("the new history row names no file"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_stays_running_as_long_as_nobody_takes_it() {
    let Some(stage) = stage().await else { return };
    stage.platform.misbehave(Faults { stuck: true, ..Faults::default() });
    let ticket = stage.client.create(&CreateRequest::default()).await.unwrap();
    let watched = stage.client.watch(&ticket).await.unwrap();
    assert_eq!(watched, Watched::Running { percent: None, words: "pending".into() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_passes_through_its_states_as_the_platform_tells_them() {
    let choices = Choices { job_time: Duration::from_millis(300), ..Choices::default() };
    let Some(stage) = stage_with(choices).await else { return };
    let ticket = stage.client.create(&CreateRequest::default()).await.unwrap();
    let mut words = Vec::new();
    testkit::poll::until("the export ends", async || match stage.client.watch(&ticket).await.unwrap() {
        Watched::Running { words: said, .. } => {
            words.push(said);
            None
        }
        ended => Some(ended),
    })
    .await;
    words.dedup();
    assert_eq!(words, ["pending", "running, attempt 1 of 3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_s_project_expiry_and_scopes_are_read_from_it() {
    let Some(stage) = stage().await else { return };
    let account = stage.client.sign_in().await.unwrap();
    assert_eq!(account.role.as_deref(), Some("backup:read backup:write"));
    assert!(account.token_expires_at.unwrap() > Timestamp::now());
    assert_eq!(stage.client.project().await.unwrap().reference, "shop");
    let mut other = settings(stage.platform.address(), &stage.token, Dialect::Server);
    other.project = Some("bakery".into());
    let error = TelegramPlatform::new(other).unwrap_err();
    assert!(error.to_string().contains("one for the project shop, not for bakery"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ran_out_is_not_sent_any_more() {
    let Some(stage) = stage().await else { return };
    let old = token("shop", Timestamp::now() - SignedDuration::from_secs(1), None);
    let client = TelegramPlatform::new(settings(stage.platform.address(), &old, Dialect::Server)).unwrap();
    let error = client.sign_in().await.unwrap_err();
    assert!(error.to_string().contains("the token ran out at"), "{error}");
    assert!(matches!(error, PlatformError::NotSignedIn { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_accepted_is_not_repeated_though_the_server_repeats_it() {
    let Some(stage) = stage().await else { return };
    let wrong = token("shop", Timestamp::now() + SignedDuration::from_hours(2), None);
    let client = TelegramPlatform::new(settings(stage.platform.address(), &wrong, Dialect::Server)).unwrap();
    let error = client.list().await.unwrap_err();
    assert!(error.to_string().ends_with("Invalid token ****"), "{error}");
    assert!(!format!("{error:?} {client:?}").contains(&wrong));
    stage.holds_no_token(&error);
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_of_the_token_are_abilities_before_anybody_asks() {
    let choices = Choices { scopes: Some("backup:read"), granted: &["backup:read"], ..Choices::default() };
    let Some(stage) = stage_with(choices).await else { return };
    let no = Ability::no("the token lacks the scope backup:write");
    for act in [Act::Create, Act::Restore, Act::ExportLogs, Act::Retry] {
        assert_eq!(stage.client.abilities()[&act], no, "{act:?}");
    }
    assert!(stage.client.abilities()[&Act::List].is_yes());
    assert!(matches!(
        stage.client.create(&CreateRequest::default()).await,
        Err(PlatformError::CannotDo { act: Act::Create, .. })
    ));
    assert_eq!(stage.platform.bodies().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_that_the_token_does_not_name_are_learnt_from_the_first_refusal() {
    let choices = Choices { scopes: None, granted: &["backup:read"], ..Choices::default() };
    let Some(stage) = stage_with(choices).await else { return };
    assert!(stage.client.abilities()[&Act::Create].is_yes());
    let error = stage.client.create(&CreateRequest::default()).await.unwrap_err();
    assert!(matches!(error, PlatformError::Forbidden { .. }), "{error}");
    assert_eq!(stage.client.abilities()[&Act::Create], Ability::no("backup:write is needed"));
    stage.client.sign_in().await.unwrap();
    assert!(stage.client.abilities()[&Act::Create].is_yes(), "signing in asks anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_act_has_an_answer_and_what_cannot_be_done_says_why_as_the_call_does() {
    let Some(stage) = stage().await else { return };
    let abilities = stage.client.abilities();
    assert_eq!(abilities.len(), Act::ALL.len());
    let error = stage.client.delete("x").await.unwrap_err();
    let Ability::No { reason } = &abilities[&Act::Delete] else { panic!("it has no call for that") };
    assert_eq!(error.to_string(), format!("the Telegram platform cannot delete a backup: {reason}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_calls_retryable_is_said_to_be_worth_another_try() {
    let Some(stage) = stage().await else { return };
    for (retryable, expected) in [(Some(true), true), (Some(false), false)] {
        // As often as the call is made by itself.
        stage.platform.misbehave(Faults { unavailable: 1, retryable, ..Faults::default() });
        let ticket = Ticket { act: Act::Create, id: "x".into(), memo: None };
        let error = stage.client.retry(&ticket).await.unwrap_err();
        let PlatformError::Failed { may_work_now, .. } = error else { panic!("{error}") };
        assert_eq!(may_work_now, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_another_project_is_not_taken_for_ours() {
    let Some(stage) = stage().await else { return };
    let ticket = stage.client.create(&CreateRequest::default()).await.unwrap();
    stage.platform.misbehave(Faults { calls_jobs_of: Some("bakery".into()), ..Faults::default() });
    let error = stage.end(&ticket).await.unwrap_err();
    assert!(error.to_string().contains("a job of the project bakery"), "{error}");
}
