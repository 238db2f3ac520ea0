//! Sessions by cookie and by token, roles, secrets, isolation.

use std::time::Duration;

use base::secret::Secret;
use remote::platform::opttius::{Opttius, Secrets, Settings, SignIn};
use remote::platform::{Act, Platform as _, PlatformError};

use super::bench::{ADMIN, Bench, EMPLOYEE, OTHER, PASSWORD, ROOT, of_kind, quick, secrets};

#[tokio::test]
async fn a_session_goes_as_the_cookie_of_the_application_and_as_several_when_it_is_long() {
    for (profile_characters, pieces) in [(0, 0), (2_000, 1)] {
        let Some(bench) = Bench::with(|options| options.profile_characters = profile_characters).await else {
            return;
        };

        let account = bench.client().sign_in().await.unwrap();

        assert_eq!(account.name.as_deref(), Some(ROOT));
        assert_eq!(account.role.as_deref(), Some("administrator of the organisation, whole dumps"));
        let seen = bench.server.seen();
        let call = seen.iter().find(|seen| seen.call.contains("/api/admin/system/backups")).unwrap();
        let cookie = call.headers["cookie"].to_str().unwrap();
        assert_eq!(cookie.starts_with("sb-127-auth-token=base64-"), pieces == 0, "{cookie}");
        assert_eq!(cookie.contains(&format!("sb-127-auth-token.{pieces}=")), pieces > 0, "{cookie}");
        assert!(!call.headers.contains_key("authorization"));
    }
}

#[tokio::test]
async fn a_bearer_token_does_where_a_deployment_takes_one() {
    let Some(bench) = Bench::new().await else { return };
    let by_password = SignIn::Bearer { auth_url: bench.server.address().to_owned(), email: ADMIN.to_owned() };
    let entered = Secrets { token: Some(Secret::new(bench.server.token(ADMIN))), ..Secrets::default() };

    bench.client_by(by_password, "lentes", secrets()).list().await.unwrap();
    bench.client_by(SignIn::Token, "lentes", entered).list().await.unwrap();

    assert_eq!(bench.calls("grant_type=password"), 1);
    let seen = bench.server.seen();
    let calls: Vec<_> = seen.iter().filter(|seen| seen.call.contains("/api/admin/system/backups")).collect();
    assert!(calls.len() == 2 && calls.iter().all(|seen| seen.headers.contains_key("authorization")));
    let bad = Secrets { token: Some(Secret::new("stale-token")), ..Secrets::default() };
    let error = bench.client_by(SignIn::Token, "lentes", bad).list().await.unwrap_err();
    assert!(matches!(error, PlatformError::NotSignedIn { .. }), "{error:?}");
}

#[tokio::test]
async fn a_wrong_password_is_not_signed_in() {
    let Some(bench) = Bench::new().await else { return };
    let wrong = Secrets { password: Some(Secret::new("hunter2-wrong")), ..secrets() };
    let sign_in = SignIn::Bearer { auth_url: bench.server.address().to_owned(), email: ADMIN.to_owned() };

    let error = bench.client_by(sign_in.clone(), "lentes", wrong).list().await.unwrap_err();
    let no_key = Secrets { api_key: None, ..secrets() };
    let without = bench.client_by(sign_in, "lentes", no_key).list().await.unwrap_err();

    assert!(
        error.to_string().contains("does not accept the credentials: Invalid login credentials"),
        "{error}"
    );
    assert!(without.to_string().contains("Invalid API key"), "{without}");
}

#[tokio::test]
async fn a_session_that_ends_is_refreshed_and_the_call_is_made_again_once() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    client.list().await.unwrap();
    bench.server.misbehave(|wrong| wrong.calls_per_session = Some(2));

    for _ in 0..3 {
        client.list().await.unwrap();
    }

    assert_eq!(bench.calls("grant_type=password"), 1);
    assert!(bench.calls("grant_type=refresh_token") >= 2);
}

#[tokio::test]
async fn a_refused_refresh_ends_in_a_new_sign_in() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    client.list().await.unwrap();
    bench.server.misbehave(|wrong| (wrong.calls_per_session, wrong.refuses_refresh) = (Some(2), true));

    client.list().await.unwrap();

    assert_eq!((bench.calls("grant_type=refresh_token"), bench.calls("grant_type=password")), (1, 2));
}

#[tokio::test]
async fn a_session_is_renewed_before_the_application_would_do_it_itself() {
    let Some(bench) = Bench::with(|options| options.session_lifetime = Duration::from_secs(100)).await else {
        return;
    };
    let client = bench.client();

    client.list().await.unwrap();

    assert_eq!(
        bench.calls("grant_type=refresh_token"),
        1,
        "two calls, and 100 seconds are too few for a second"
    );
}

#[tokio::test]
async fn a_session_that_the_application_renewed_is_taken_over_from_its_cookies() {
    for profile_characters in [0, 2_000] {
        let Some(bench) = Bench::with(|options| options.profile_characters = profile_characters).await else {
            return;
        };
        bench.server.misbehave(|wrong| wrong.renews_in_cookies = true);
        let client = bench.client();

        for _ in 0..3 {
            client.list().await.unwrap();
        }

        assert_eq!((bench.calls("grant_type=password"), bench.calls("grant_type=refresh_token")), (1, 0));
    }
}

#[tokio::test]
async fn being_sent_to_the_sign_in_page_is_being_signed_out() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.misbehave(|wrong| wrong.redirects_to_sign_in = true);
    let entered = Secrets { token: Some(Secret::new("stale-token")), ..Secrets::default() };

    let client = bench.client();
    client.list().await.unwrap();
    // A session ends in the middle; the application looks at it once more than its routes do.
    bench.server.misbehave(|wrong| wrong.calls_per_session = Some(4));
    client.list().await.unwrap();
    client.list().await.unwrap();
    assert!(bench.calls("grant_type=refresh_token") > 0);
    bench.server.misbehave(|wrong| wrong.calls_per_session = None);
    let error = bench.client_by(SignIn::Token, "lentes", entered).list().await.unwrap_err();

    assert!(error.to_string().contains("sends calls elsewhere (/login)"), "{error}");
}

#[tokio::test]
async fn roles_are_learnt_by_asking_and_said_before_anybody_clicks() {
    let Some(bench) = Bench::new().await else { return };
    let (root, admin, employee) =
        (bench.client(), bench.client_of(ADMIN, "lentes"), bench.client_of(EMPLOYEE, "lentes"));
    assert_eq!(admin.creatable(), ["organisation", "full"], "nothing is known yet");

    root.sign_in().await.unwrap();
    let account = admin.sign_in().await.unwrap();
    let nobody = employee.sign_in().await.unwrap();

    assert_eq!(account.role.as_deref(), Some("administrator of the organisation"));
    assert_eq!(nobody.role.as_deref(), Some("no right to backups"));
    assert_eq!(root.creatable(), ["organisation", "full"]);
    assert_eq!(admin.creatable(), ["organisation"]);
    assert_eq!(employee.creatable(), Vec::<&str>::new());
    let reason = format!("{:?}", employee.abilities()[&Act::Restore]);
    assert!(reason.contains("se requiere rol de administrador"), "{reason}");
    assert!(admin.abilities()[&Act::Restore].is_yes());
    let listing = admin.list().await.unwrap();
    assert_eq!(listing.notes, ["Whole dumps are not shown to this account."]);
    let error = admin.create(&of_kind("full")).await.unwrap_err();
    assert!(matches!(error, PlatformError::Forbidden { .. }), "{error:?}");
    assert!(matches!(employee.list().await, Err(PlatformError::Forbidden { .. })));
}

#[tokio::test]
async fn another_organisations_files_are_left_out_named_and_never_touched() {
    let Some(bench) = Bench::new().await else { return };
    let (own, other) = (bench.client(), bench.client_of(OTHER, "vista"));
    let mine = bench.backup(&own, "organisation").await;
    let theirs = bench.backup(&other, "organisation").await;
    assert_eq!(other.list().await.unwrap().backups, std::slice::from_ref(&theirs));

    bench.server.misbehave(|wrong| (wrong.lists_all_organisations, wrong.breaks_isolation) = (true, true));
    let before = bench.server.seen().len();
    let listing = own.list().await.unwrap();

    assert_eq!(listing.backups, [mine]);
    assert!(
        listing.notes[0].contains("left out") && listing.notes[0].contains(&theirs.id),
        "{:?}",
        listing.notes
    );
    let parts = remote::platform::RestoreParts { database: true, storage: false, config: false };
    for outcome in [
        own.show(&theirs.id).await.map(drop),
        own.download(&theirs.id).await.map(drop),
        own.details(&theirs.id).await.map(drop),
        own.delete(&theirs.id).await,
        own.restore(&theirs.id, parts).await.map(drop),
        own.delete("lentes/../vista/x.json").await,
    ] {
        assert!(matches!(outcome, Err(PlatformError::NotFound { .. })), "{outcome:?}");
    }
    let touched = bench.server.seen().split_off(before);
    assert!(
        touched.iter().all(|seen| !seen.call.contains("vista") && seen.call.starts_with("GET ")),
        "{touched:?}"
    );
}

#[tokio::test]
async fn a_settings_organisation_that_would_own_everything_is_refused() {
    for organisation in ["", " ", "a/b"] {
        let settings = Settings {
            base_url: "https://app.example".to_owned(),
            organisation: organisation.to_owned(),
            sign_in: SignIn::Token,
            cron_header: remote::platform::opttius::CronHeader::default(),
        };
        assert!(Opttius::new(settings, Secrets::default()).is_err(), "{organisation:?}");
    }
}

#[tokio::test]
async fn no_secret_is_ever_shown_and_none_is_in_the_settings() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, "organisation").await;
    let file = client.download(&backup.id).await.unwrap().remove(0);
    let link = file.links.link().await.unwrap();
    let seen = bench.server.seen();
    let cookie =
        seen.iter().find_map(|seen| seen.headers.get("cookie")).unwrap().to_str().unwrap().to_owned();
    let signature = link.url.expose().split("token=").nth(1).unwrap();
    let wrong = Secrets { password: Some(Secret::new("hunter2-wrong")), ..secrets() };
    let sign_in = SignIn::Bearer { auth_url: bench.server.address().to_owned(), email: ADMIN.to_owned() };
    let error = bench.client_by(sign_in, "lentes", wrong.clone()).list().await.unwrap_err();

    let shown = format!("{client:?} {file:?} {link:?} {:?} {wrong:?} {error:?} {error}", client.abilities());

    for secret in [PASSWORD, "hunter2-wrong", "anon-key", "cron-secret", &cookie[20..80], signature] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[test]
fn an_auth_server_without_tls_is_refused_like_the_application() {
    let with = |base_url: &str, auth_url: &str| {
        let settings = Settings {
            base_url: base_url.to_owned(),
            organisation: "lentes".to_owned(),
            sign_in: SignIn::Bearer { auth_url: auth_url.to_owned(), email: ADMIN.to_owned() },
            cron_header: remote::platform::opttius::CronHeader::default(),
        };
        Opttius::paced(settings, secrets(), quick())
    };
    assert!(with("http://app.example", "https://auth.example").is_err());
    assert!(with("https://app.example", "http://auth.example").is_err());
    assert!(with("https://app.example", "https://auth.example").is_ok());
}

#[tokio::test]
async fn busy_and_silent_servers_are_told_apart() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    client.list().await.unwrap();
    bench.server.fail(|faults| faults.too_many = Some((1, 1)));
    let before = bench.server.seen().len();
    client.list().await.unwrap();
    let seen = bench.server.seen().split_off(before);
    assert_eq!(seen[0].call, seen[1].call, "what was refused is asked for again");
    // By the server's own notes; a slow computer only asks later.
    let waited = seen[1].came_at.duration_since(seen[0].came_at);
    assert!(waited >= Duration::from_secs(1), "{waited:?}");

    bench.server.fail(|faults| faults.is_silent = true);
    let settings = Settings {
        base_url: bench.server.address().to_owned(),
        organisation: "lentes".to_owned(),
        sign_in: SignIn::Bearer { auth_url: bench.server.address().to_owned(), email: ADMIN.to_owned() },
        cron_header: remote::platform::opttius::CronHeader::default(),
    };
    let pace = remote::platform::Pace { answer: Duration::from_millis(150), ..quick() };
    let error = Opttius::paced(settings, secrets(), pace).unwrap().list().await.unwrap_err();
    assert!(matches!(error, PlatformError::Silent { .. }), "{error:?}");
}
