//! Networks, links and tokens that end in the middle.

use std::time::Duration;

use base::Code;
use base::secret::Secret;
use engine::Failure;
use engine::project::{Credentials, ProjectChange};
use engine::pull::PullRequest;
use remote::platform::PlatformSettings;
use testkit::{Console, PROJECT};

use super::bench::{Bench, PASSWORD, add, made, of_kind, pulled, said};

#[tokio::test]
async fn a_connection_that_dies_again_and_again_and_links_of_two_seconds_do_not_hinder_a_pull() {
    let Some(bench) = Bench::with(|options| options.link_lifetime = Duration::from_secs(2)).await else {
        return;
    };
    bench.store(8);
    let console = bench.console().await;
    made(&console, "full").await;
    bench.server.fail(|faults| faults.cut_after = Some(1 << 20));

    let (job, _) = pulled(&console).await;

    let size = bench.archives().pop().unwrap().metadata().unwrap().len();
    let (links, served) = (bench.calls("/download"), bench.server.served_bytes());
    assert!(bench.calls("GET /files/") > 4, "{}", said(&console, &job.record.id).await);
    assert!(links > 1 && served < size * 2, "{links} links, {served} of {size} bytes");
}

#[tokio::test]
async fn a_token_that_runs_out_in_the_middle_is_renewed_and_one_backup_is_made() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    bench.server.misbehave(|wrong| wrong.calls_per_token = Some(3));

    let pull = Some(PullRequest::default());
    let job = console.engine.start_remote(PROJECT, of_kind("full"), pull).await.unwrap();

    console.succeeded(&job).await;
    assert!(bench.calls("POST /auth/token") > 2);
    assert_eq!(bench.calls("POST /platform/projects/shop/backups"), 1);
}

#[tokio::test]
async fn a_platform_that_is_gone_for_a_while_is_asked_again_and_the_job_goes_on() {
    let Some(bench) = Bench::with(|options| options.step = Duration::from_millis(700)).await else { return };
    let console = bench.console().await;
    let job =
        console.engine.start_remote(PROJECT, of_kind("full"), Some(PullRequest::default())).await.unwrap();
    testkit::poll::soon("it goes on there", async || bench.calls("GET /platform/projects/shop/backups/") > 0)
        .await;
    bench.server.fail(|faults| faults.unavailable = 8);

    let job = console.succeeded(&job).await;

    assert_eq!(job.output.unwrap().verdict, Some(ledger::catalog::Verdict::Pass));
    assert_eq!(bench.calls("POST /platform/projects/shop/backups"), 1);
}

#[tokio::test]
async fn a_wrong_password_says_what_to_do_and_the_ladder_stops_there() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    add(&console, "mistyped", bench.settings(), "hunter2-mistyped").await;

    let failure = console.engine.look_at_platform("mistyped").await.unwrap_err();
    let rungs = console.engine.test_platform(None, Credentials::new(), Some("mistyped")).await.unwrap();

    assert_eq!(failure.code, Code::PlatformSignIn, "{failure}");
    assert!(failure.hint.unwrap().contains("credentials"));
    assert!(rungs[0].outcome.as_ref().unwrap().is_ok() && rungs[1].outcome.as_ref().unwrap().is_err());
    assert!(rungs[2].outcome.is_none(), "{rungs:?}");
}

async fn moved(
    console: &Console,
    platform: PlatformSettings,
    credentials: Credentials,
) -> Result<(), Failure> {
    let change = ProjectChange { platform: Some(platform), credentials, ..ProjectChange::default() };
    console.engine.edit_project(PROJECT, change).await.map(|_| ())
}

#[tokio::test]
async fn stored_credentials_are_never_sent_to_another_address_or_account() {
    let (Some(bench), Some(elsewhere)) = (Bench::new().await, Bench::new().await) else { return };
    let console = bench.console().await;
    let address = PlatformSettings { address: elsewhere.server.address().into(), ..bench.settings() };
    let mut with_more = bench.settings();
    with_more.more.insert("auth_address".into(), elsewhere.server.address().into());

    for other in [address.clone(), bench.settings_of("shop", super::bench::MEMBER), with_more] {
        let failure = moved(&console, other.clone(), Credentials::new()).await.unwrap_err();
        assert_eq!(failure.code, Code::PasswordForNewServer, "{other:?}");
        let rungs =
            console.engine.test_platform(Some(other), Credentials::new(), Some(PROJECT)).await.unwrap();
        let failure = rungs[1].outcome.clone().unwrap().unwrap_err();
        assert_eq!(failure.code, Code::CredentialsMissing, "{rungs:?}");
    }
    assert_eq!(elsewhere.server.seen().len(), 0, "nothing was sent there");
    let credentials = Credentials::from([("password".to_owned(), Secret::new(PASSWORD))]);
    moved(&console, address, credentials).await.unwrap();
    console.engine.look_at_platform(PROJECT).await.unwrap();
}

#[tokio::test]
async fn an_optional_credential_of_one_address_does_not_go_along_to_another() {
    use remote::platform::PlatformKind::Opttius;
    let console = Console::new().await;
    let at = |host: &str| PlatformSettings {
        kind: Opttius,
        address: format!("https://{host}"),
        reference: "lentes".into(),
        account: None,
        more: std::collections::BTreeMap::new(),
    };
    let new = engine::project::NewProject {
        name: PROJECT.into(),
        label: ledger::catalog::Label::Development,
        connection: None,
        password: None,
        ssh_secret: None,
        platform: Some(at("one.example")),
        credentials: ["token", "cron"].map(|name| (name.to_owned(), Secret::new("of the first"))).into(),
    };
    console.engine.add_project(new).await.unwrap();

    let none = moved(&console, at("two.example"), Credentials::new()).await.unwrap_err();
    let token = Credentials::from([("token".to_owned(), Secret::new("of the second"))]);
    moved(&console, at("two.example"), token).await.unwrap();

    assert_eq!(none.code, Code::PasswordForNewServer);
    let secrets = std::fs::read(console.home().join("secrets.sealed")).unwrap();
    assert!(!secrets.is_empty());
    // Back at the first address nothing of it is there any more.
    let back = moved(&console, at("one.example"), Credentials::new()).await.unwrap_err();
    assert_eq!(back.code, Code::PasswordForNewServer);
    let failure = console.engine.ask_platform(PROJECT, engine::pull::Asked::TriggerCron).await.unwrap_err();
    assert_eq!(failure.code, Code::PlatformCannot, "{failure}");
}
