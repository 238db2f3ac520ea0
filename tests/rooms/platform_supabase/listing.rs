//! Lists, and what cannot be done with what is listed.

use remote::platform::supabase::Supabase;
use remote::platform::{Ability, Act, Platform as _, RemoteState};
use testkit::platforms::supabase::Faults;

use super::stage::{REFERENCE, settings, stage, stage_with};

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_call_that_creates_deletes_or_downloads_a_backup_and_that_is_known_before() {
    let Some(stage) = stage().await else { return };
    let id = stage.cloud.back_up().await.to_string();
    let abilities = stage.client.abilities();
    assert_eq!(abilities.len(), Act::ALL.len());
    for act in [Act::Create, Act::Delete, Act::Download, Act::Upload, Act::Export, Act::Import] {
        assert!(!abilities[&act].is_yes(), "{act:?}");
    }
    assert_eq!(stage.client.creatable(), Vec::<&str>::new());
    let error = stage.client.download(&id).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Supabase cannot give a backup's bytes: physical backups cannot be downloaded; Holdfast's own dump takes \
         their place"
    );
    assert!(stage.client.delete(&id).await.is_err());
    assert!(stage.cloud.calls().is_empty(), "nothing was asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_are_listed_without_sizes_newest_first_in_the_platform_s_own_states() {
    let Some(stage) = stage().await else { return };
    let (old, new) = (stage.cloud.back_up().await, stage.cloud.back_up().await);
    stage.cloud.call_it(old, "ARCHIVED");
    let listing = stage.client.list().await.unwrap();
    let ids: Vec<&str> = listing.backups.iter().map(|backup| backup.id.as_str()).collect();
    assert_eq!(ids, [new.to_string(), old.to_string()]);
    assert_eq!(listing.backups[0].state, RemoteState::Completed);
    assert_eq!(listing.backups[1].state, RemoteState::Other("ARCHIVED".into()));
    let first = &listing.backups[0];
    assert_eq!((first.bytes, first.kind.as_str(), first.download.is_yes()), (None, "physical", false));
    assert!(listing.notes[0].starts_with("any second from"), "{:?}", listing.notes);
    stage.cloud.call_it(new, "FAILED");
    assert!(matches!(stage.client.show(&new.to_string()).await.unwrap().state, RemoteState::Failed { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_says_its_state_and_version_and_another_project_s_answer_is_not_taken() {
    let Some(stage) = stage().await else { return };
    let project = stage.client.project().await.unwrap();
    assert_eq!((project.reference.as_str(), project.name.as_str()), (REFERENCE, "shop"));
    assert_eq!(project.status.as_deref(), Some("ACTIVE_HEALTHY"));
    assert_eq!(project.server_version.as_deref(), Some("15.8.1.085"));
    assert_eq!(stage.client.projects().await.unwrap(), [project]);
    stage.cloud.misbehave(Faults { describes_another: true, ..Faults::default() });
    let error = stage.client.project().await.unwrap_err();
    assert!(error.to_string().contains("the project zzzzzzzzzzzzzzzzzzzz instead of"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_that_is_not_twenty_lower_case_letters_is_refused_before_any_call() {
    for reference in ["", "short", "ABCDEFGHIJKLMNOPQRST", "abcdefghijklmnopqrs/", "abcdefghijklmnopqrstu"] {
        let mut wrong = settings("https://api.supabase.com");
        wrong.reference = reference.into();
        let error = Supabase::new(wrong).unwrap_err();
        assert!(error.to_string().contains("a reference is 20 lower-case letters"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_any_second_can_be_gone_back_to_is_known_after_signing_in() {
    let Some(stage) = stage_with(false).await else { return };
    let account = stage.client.sign_in().await.unwrap();
    assert_eq!(account.name.as_deref(), Some("Example"));
    let no = Ability::no("point-in-time recovery is not switched on for this project");
    assert_eq!(stage.client.abilities()[&Act::PointInTime], no);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_paused_and_resumed_and_its_status_shows_it() {
    let Some(stage) = stage().await else { return };
    stage.client.pause().await.unwrap();
    testkit::poll::soon("the project is paused", async || {
        stage.client.project().await.unwrap().status.as_deref() == Some("INACTIVE")
    })
    .await;
    stage.client.resume().await.unwrap();
    testkit::poll::soon("the project is back", async || {
        stage.client.project().await.unwrap().status.as_deref() == Some("ACTIVE_HEALTHY")
    })
    .await;
    assert_eq!(stage.cloud.statuses(), ["PAUSING", "INACTIVE", "COMING_UP", "ACTIVE_HEALTHY"]);
}
