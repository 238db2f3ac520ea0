//! Servers that are slow, busy, silent, wrong, or not to be spoken to.

use std::time::Duration;

use base::secret::Secret;
use remote::platform::supamanager::{Settings, Supamanager};
use remote::platform::{Ability, Act, Pace, Platform as _, PlatformError};
use testkit::{Hook, Reply};

use super::bench::{Bench, OWNER, PASSWORD, of_kind, quick};

fn at(address: &str, pace: Pace) -> Result<Supamanager, PlatformError> {
    let settings =
        Settings { base_url: address.to_owned(), project_ref: "shop".to_owned(), email: OWNER.to_owned() };
    Supamanager::paced(settings, Secret::new(PASSWORD), pace)
}

#[tokio::test]
async fn a_project_stands_as_its_own_route_says_and_health_is_never_asked() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.set_status("shop", "COMING_UP");

    let project = bench.client().project().await.unwrap();
    let projects = bench.client().projects().await.unwrap();

    assert_eq!((project.name.as_str(), project.status.as_deref()), ("The shop", Some("COMING_UP")));
    assert_eq!(projects, [project], "the list itself says INACTIVE of every project");
    assert_eq!(bench.calls("/health"), 0);
}

#[tokio::test]
async fn an_unknown_project_is_not_found_in_words_though_the_server_answers_500() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client_of("no-such", OWNER, PASSWORD);

    for error in [
        client.project().await.unwrap_err(),
        client.list().await.unwrap_err(),
        client.create(&of_kind("full")).await.unwrap_err(),
    ] {
        let words = error.to_string();
        assert!(matches!(error, PlatformError::NotFound { .. }), "{error:?}");
        assert!(words.contains("knows no project \"no-such\" among those of"), "{words}");
    }
}

#[tokio::test]
async fn a_server_without_backup_routes_is_known_as_such_before_anybody_asks_again() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.misbehave(|wrong| wrong.has_no_backup_routes = true);
    let client = bench.client();

    let error = client.list().await.unwrap_err();

    assert!(matches!(error, PlatformError::CannotDo { act: Act::List, .. }), "{error:?}");
    for act in [Act::List, Act::Create, Act::Restore, Act::Export] {
        assert_eq!(client.abilities()[&act], Ability::no("this server has no calls for backups"));
    }
    assert!(client.creatable().is_empty() && client.project().await.is_ok());
}

#[tokio::test]
async fn a_busy_server_is_waited_for_as_long_as_it_asks() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    client.list().await.unwrap();
    bench.server.fail(|faults| faults.too_many = Some((1, 1)));

    client.create(&of_kind("database")).await.unwrap();

    let mut asks = bench.server.seen();
    asks.retain(|seen| seen.call.contains("POST /platform/projects/shop/backups"));
    assert_eq!(asks.len(), 2);
    // By the server's own notes; a slow computer only asks later.
    let waited = asks[1].came_at.duration_since(asks[0].came_at);
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
}

#[tokio::test]
async fn a_server_that_asks_for_an_hour_is_taken_at_its_word() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    client.list().await.unwrap();
    bench.server.fail(|faults| faults.too_many = Some((9, 3600)));

    let error = client.list().await.unwrap_err();

    assert!(matches!(error, PlatformError::TooMany { wait, .. } if wait.as_secs() == 3600), "{error:?}");
}

#[tokio::test]
async fn what_may_be_repeated_is_repeated_and_what_may_not_is_not() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    client.list().await.unwrap();

    bench.server.fail(|faults| faults.unavailable = 2);
    client.list().await.unwrap();
    bench.server.fail(|faults| faults.unavailable = 1);
    let error = client.create(&of_kind("database")).await.unwrap_err();

    assert!(matches!(error, PlatformError::Failed { may_work_now: true, .. }), "{error:?}");
    assert_eq!(bench.calls("POST /platform/projects/shop/backups"), 1);
}

#[tokio::test]
async fn a_silent_server_ends_with_the_limit_and_not_with_a_wait_for_ever() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.fail(|faults| faults.is_silent = true);
    let pace = Pace { answer: Duration::from_millis(150), ..quick() };
    let client = at(bench.server.address(), pace).unwrap();

    let error = client.sign_in().await.unwrap_err();

    assert!(matches!(error, PlatformError::Silent { limit, .. } if limit == pace.answer), "{error:?}");
    // Each silence takes the whole limit: it is not asked again and again.
    assert!(bench.calls("/auth/token") <= 1, "{} asks", bench.calls("/auth/token"));
}

#[tokio::test]
async fn an_address_that_nobody_listens_at_is_unreachable() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();

    let error = at(&format!("http://{free}"), quick()).unwrap().sign_in().await.unwrap_err();

    assert!(matches!(error, PlatformError::Unreachable { .. }), "{error:?}");
}

#[test]
fn a_token_never_goes_over_a_network_without_tls() {
    for address in ["http://backups.example", "http://10.0.0.8:8080", "http://127.0.0.1.example"] {
        let error = at(address, quick()).unwrap_err();
        assert!(error.to_string().contains("use https"), "{address}: {error}");
    }
    for address in ["ftp://x.example", "no address", "https://user:pass@x.example"] {
        assert!(at(address, quick()).is_err(), "{address}");
    }
    for address in ["https://backups.example", "http://localhost:8080", "http://[::1]:8080"] {
        assert!(at(address, quick()).is_ok(), "{address}");
    }
}

#[tokio::test]
async fn what_is_no_supamanager_is_said_to_be_none() {
    let login = Hook::start().with("/auth/token", Reply::Status(404, "<html>not here</html>".to_owned()));
    let page = Hook::start().with("/auth/token", Reply::Status(200, "<html>welcome</html>".to_owned()));

    for hook in [login, page] {
        let error = at(&hook.url(""), quick()).unwrap().sign_in().await.unwrap_err();
        assert!(matches!(error, PlatformError::Unintelligible { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_that_repeats_the_password_is_not_quoted_with_it() {
    let hook = Hook::start().with("/auth/token", Reply::Echo(400));

    let error = at(&hook.url(""), quick()).unwrap().sign_in().await.unwrap_err();

    assert!(matches!(error, PlatformError::Failed { .. }), "{error:?}");
    assert!(error.to_string().contains("****") && !error.to_string().contains(PASSWORD), "{error}");
}

#[tokio::test]
async fn a_link_that_would_show_its_signature_to_the_network_is_refused() {
    let show = r#"{"backup_id":"b","status":"COMPLETED","size":9,"type":"FULL"}"#;
    for (given, is_good) in [
        ("http://backups.example/b?token=abcdef", false),
        ("ftp://backups.example/b?token=abcdef", false),
        ("https://backups.example/b?token=abcdef", true),
        ("/files/b?token=abcdef", true),
    ] {
        let link = format!(r#"{{"download_url":"{given}","size":9}}"#);
        let hook = Hook::start()
            .with("/auth/token", Reply::Status(200, r#"{"access_token":"t-12345678"}"#.to_owned()))
            .with("/platform/projects/shop/backups/b", Reply::Status(200, show.to_owned()))
            .with("/platform/projects/shop/backups/b/download", Reply::Status(200, link));
        let client = at(&hook.url(""), quick()).unwrap();

        let file = client.download("b").await.unwrap().remove(0);
        let outcome = file.links.link().await;

        assert_eq!(outcome.is_ok(), is_good, "{given}");
        assert!(!format!("{outcome:?}").contains("abcdef"));
        if let Ok(link) = outcome {
            let url = link.url.expose();
            assert!(url.starts_with("https://") || url.starts_with(&hook.url("/files")), "{given}");
        }
    }
}

#[tokio::test]
async fn an_upload_that_stands_still_ends_with_the_limit_of_an_answer() {
    let Some(bench) = Bench::new().await else { return };
    let pace = Pace { answer: Duration::from_millis(600), ..quick() };
    let client = at(bench.server.address(), pace).unwrap();
    client.sign_in().await.unwrap();
    // More than what the buffers between two processes hold.
    let file = bench.folder.path().join("large.tar.gz");
    std::fs::File::create(&file).unwrap().set_len(64 * 1024 * 1024).unwrap();
    bench.server.fail(|faults| faults.is_silent = true);

    let error = client.import(&file, "Large").await.unwrap_err();

    // The limit of an answer, and not the one of an import, which counts from the last byte.
    assert!(matches!(error, PlatformError::Silent { limit, .. } if limit == pace.answer), "{error:?}");
    assert!(bench.calls("/projects/import") <= 1, "{} uploads", bench.calls("/projects/import"));
}

#[tokio::test]
async fn an_id_that_leads_elsewhere_is_never_part_of_a_call() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();

    for id in ["..", ".", ""] {
        assert!(client.delete(id).await.is_err());
    }
    let error = client.delete("../../../projects/shop").await.unwrap_err();

    assert!(matches!(error, PlatformError::NotFound { .. }), "{error:?}");
    assert_eq!(bench.calls("DELETE"), 0);
}

#[test]
fn every_act_is_possible_or_says_why_not() {
    let client = at("https://backups.example", quick()).unwrap();
    let abilities = client.abilities();
    assert_eq!(abilities.len(), Act::ALL.len());
    let impossible: Vec<Act> = Act::ALL.into_iter().filter(|act| !abilities[act].is_yes()).collect();
    let expected = [
        Act::ReadSchedule,
        Act::TriggerCron,
        Act::RestorePoints,
        Act::PointInTime,
        Act::ExportLogs,
        Act::ReadLogs,
        Act::Retry,
        Act::Upload,
        Act::ReadConfiguration,
        Act::LendRole,
        Act::NewProject,
    ];
    assert_eq!(impossible, expected);
    assert_eq!(client.creatable(), ["full", "database", "storage", "incremental"]);
}
