//! The backups of all organisations, run now.

use base::secret::Secret;
use remote::platform::opttius::{CronHeader, Opttius, Secrets, Settings, SignIn};
use remote::platform::{Act, Platform as _, PlatformError};

use super::bench::{Bench, quick, secrets};

fn with(bench: &Bench, cron_header: CronHeader, secret: &str) -> Opttius {
    let settings = Settings {
        base_url: bench.server.address().to_owned(),
        organisation: "lentes".to_owned(),
        sign_in: SignIn::Token,
        cron_header,
    };
    Opttius::paced(settings, Secrets { cron: Some(Secret::new(secret)), ..Secrets::default() }, quick())
        .unwrap()
}

#[tokio::test]
async fn the_cron_runs_by_either_header_and_its_backups_are_there() {
    let Some(bench) = Bench::new().await else { return };
    for header in [CronHeader::Authorization, CronHeader::CronSecret] {
        let facts = with(&bench, header, "cron-secret").trigger_cron().await.unwrap();
        let value = |name: &str| facts.iter().find(|fact| fact.name == name).unwrap().value.clone();
        assert_eq!(
            (value("organisations"), value("backed up"), value("failed")),
            ("2".into(), "2".into(), "0".into())
        );
    }
    assert_eq!(bench.client().list().await.unwrap().backups.len(), 2);
    let seen = bench.server.seen();
    let crons: Vec<_> = seen.iter().filter(|seen| seen.call.contains("/api/cron/backups")).collect();
    assert!(crons[0].headers.contains_key("authorization") && crons[1].headers.contains_key("x-cron-secret"));
}

#[tokio::test]
async fn a_success_in_which_all_failed_is_a_failure_with_each_named() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.misbehave(|wrong| wrong.fails_cron = true);

    let error = bench.client().trigger_cron().await.unwrap_err();

    let PlatformError::Failed { said, .. } = &error else { panic!("{error:?}") };
    let expected = "2 of 2 failed: lentes: no se pudo subir el respaldo; vista: no se pudo subir el respaldo";
    assert_eq!(said, expected);
}

#[tokio::test]
async fn a_success_in_which_nothing_was_backed_up_is_a_false_claim() {
    let Some(bench) = Bench::with(|options| options.organisations.clear()).await else { return };

    let error = bench.client().trigger_cron().await.unwrap_err();

    assert!(matches!(error, PlatformError::FalseClaim { .. }), "{error:?}");
}

#[tokio::test]
async fn a_wrong_secret_is_told_and_a_missing_one_is_known_before() {
    let Some(bench) = Bench::new().await else { return };

    let wrong = with(&bench, CronHeader::CronSecret, "cron-guess").trigger_cron().await.unwrap_err();
    let none = Secrets { cron: None, ..secrets() };
    let client = bench.client_by(SignIn::Token, "lentes", none);
    let missing = client.trigger_cron().await.unwrap_err();

    assert!(matches!(wrong, PlatformError::NotSignedIn { .. }), "{wrong:?}");
    assert!(!client.abilities()[&Act::TriggerCron].is_yes());
    assert!(missing.to_string().ends_with("its cron secret was not entered"), "{missing}");
    assert_eq!(bench.calls("/api/cron/backups"), 1);
}

#[tokio::test]
async fn the_cron_is_never_run_twice_by_itself() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.fail(|faults| faults.unavailable = 1);

    let error = bench.client().trigger_cron().await.unwrap_err();

    assert!(matches!(error, PlatformError::Failed { .. }), "{error:?}");
    assert_eq!(bench.calls("/api/cron/backups"), 1);
}
