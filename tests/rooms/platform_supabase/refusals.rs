//! Tokens that ran out, rights that are missing, limits that were met; and the token nowhere.

use std::time::Duration;

use base::Code;
use base::secret::Secret;
use remote::platform::supabase::Supabase;
use remote::platform::{Ability, Act, Platform as _, PlatformError};
use testkit::platforms::supabase::Faults;

use super::stage::{TOKEN, settings, stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ran_out_is_a_matter_of_signing_in() {
    let Some(stage) = stage().await else { return };
    let mut old = settings(stage.cloud.address());
    old.token = Secret::new("sbp_old");
    let client = Supabase::new(old).unwrap();
    let outcomes = [
        client.sign_in().await.map(drop),
        client.list().await.map(drop),
        client.configuration().await.map(drop),
        client.login_role(true).await.map(drop),
    ];
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert!(matches!(error, PlatformError::NotSignedIn { .. }), "{error}");
        assert_eq!(engine::Failure::from(error).code, Code::PlatformSignIn);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_holds_the_token_though_the_server_repeats_it() {
    let Some(stage) = stage().await else { return };
    for status in [400, 401, 403, 404, 409] {
        let refuses = [("backups".to_owned(), status)].into();
        stage.cloud.misbehave(Faults { refuses, repeats_token: true, ..Faults::default() });
        let error = stage.client.list().await.unwrap_err();
        stage.holds_no_token(&error);
        assert!(error.to_string().contains("****"), "{error}");
    }
    assert!(TOKEN.starts_with("sbp_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_account_may_not_do_is_an_ability_from_then_on_until_it_signs_in_again() {
    let Some(stage) = stage().await else { return };
    stage.cloud.misbehave(Faults { refuses: [("pause".to_owned(), 403)].into(), ..Faults::default() });
    assert!(stage.client.abilities()[&Act::Pause].is_yes());
    assert!(matches!(stage.client.pause().await, Err(PlatformError::Forbidden { .. })));
    assert_eq!(stage.client.abilities()[&Act::Pause], Ability::no("Forbidden action"));
    stage.client.sign_in().await.unwrap();
    assert!(stage.client.abilities()[&Act::Pause].is_yes());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_was_met_is_waited_for_as_long_as_its_headers_say() {
    let Some(stage) = stage().await else { return };
    stage.cloud.misbehave(Faults { busy: (1, 1), ..Faults::default() });
    stage.client.list().await.unwrap();
    let (calls, at) = (stage.cloud.calls(), stage.cloud.calls_came_at());
    assert_eq!(calls[0], calls[1], "what was refused is asked for again");
    // By the server's own notes: its window lasts a second more. A slow computer only asks later.
    let waited = at[1].duration_since(at[0]);
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
    stage.cloud.misbehave(Faults { busy: (9, 3600), ..Faults::default() });
    let calls = stage.cloud.calls().len();
    let error = stage.client.list().await.unwrap_err();
    assert!(matches!(error, PlatformError::TooMany { .. }), "{error}");
    assert_eq!(stage.cloud.calls().len(), calls + 1, "an hour is not waited for");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_project_s_calls_are_never_made() {
    let Some(stage) = stage().await else { return };
    stage.client.sign_in().await.unwrap();
    stage.client.list().await.unwrap();
    stage.client.configuration().await.unwrap();
    let own = format!("/v1/projects/{}", super::stage::REFERENCE);
    let calls = stage.cloud.calls();
    assert!(calls.len() > 10);
    for call in calls {
        assert!(call.contains(&own) || call == "GET /v1/organizations", "{call}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_not_sent_over_a_network_without_tls() {
    let error = Supabase::new(settings("http://api.example.org")).unwrap_err();
    assert!(error.to_string().contains("use https"), "{error}");
}
