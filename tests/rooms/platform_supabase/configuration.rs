//! Configuration, logs, the schedule, and roles for a while.

use base::secret::Secret;
use jiff::Timestamp;
use postgres::connection::{ConnectOptions, Settings, connect};
use remote::platform::{Ability, Act, Platform as _, PlatformError, RemoteSchedule};
use testkit::platforms::supabase::Faults;

use super::stage::stage;

#[tokio::test(flavor = "multi_thread")]
async fn every_document_is_kept_and_what_cannot_be_read_back_is_named() {
    let Some(stage) = stage().await else { return };
    let configuration = stage.client.configuration().await.unwrap();
    let paths: Vec<&str> = configuration.files.iter().map(|file| file.path.as_str()).collect();
    let names = [
        "auth.json",
        "postgrest.json",
        "storage.json",
        "realtime.json",
        "postgres.json",
        "pooler.json",
        "network-restrictions.json",
        "ssl-enforcement.json",
        "functions.json",
        "functions/mail-out.body",
        "secrets.json",
        "buckets.json",
    ];
    assert_eq!(paths, names.map(|name| format!("/config/supabase/{name}")));
    assert_eq!(configuration.missing, ["custom-hostname: the plan does not include it"]);
    assert_eq!(
        configuration.hidden,
        [
            "the value of smtp_pass in auth: a digest may stand in its place",
            "the value of the secret STRIPE_KEY: only its digest can be read back",
        ]
    );
    let body = configuration.files.iter().find(|file| file.path.contains("mail-out")).unwrap();
    assert_eq!(body.bytes, [0x45, 0x53, 0x5a, 0xff, 0x00, 0xfe, 0x0a, 0x80], "bytes as they are");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_refused_is_missing_and_the_others_are_kept() {
    let Some(stage) = stage().await else { return };
    let refuses = [("config/auth".to_owned(), 403), ("mail-out/body".to_owned(), 404)].into();
    stage.cloud.misbehave(Faults { refuses, ..Faults::default() });
    let configuration = stage.client.configuration().await.unwrap();
    assert_eq!(configuration.files.len(), 10);
    assert!(
        configuration.missing[0].starts_with("auth: ") && configuration.missing[0].contains("refuses it")
    );
    assert!(configuration.missing[1].starts_with("the code of the function mail-out: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_asked_for_a_day_at_a_time_and_a_piece_that_was_cut_is_asked_for_in_halves() {
    let Some(stage) = stage().await else { return };
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let logs = stage.client.logs(at("2026-01-01T00:00:00Z"), at("2026-01-02T06:00:00Z"), None).await.unwrap();
    // One a minute, and in the second hour of each day twenty.
    assert_eq!(logs.entries.len(), 30 * 60 + 2 * 60 * 19);
    assert_eq!(logs.notes, Vec::<String>::new());
    let ids: std::collections::BTreeSet<&str> =
        logs.entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), logs.entries.len(), "no entry twice");
    assert!(stage.cloud.calls().iter().all(|call| call.contains("iso_timestamp_start=")));
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_that_fail_inside_of_a_success_are_a_failure_and_a_range_that_is_none_is_refused() {
    let Some(stage) = stage().await else { return };
    stage.cloud.misbehave(Faults { logs_fail: true, ..Faults::default() });
    let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(60).unwrap());
    let error = stage.client.logs(from, to, Some("select 1")).await.unwrap_err();
    assert!(error.to_string().contains("the query is none"), "{error}");
    assert!(stage.client.logs(to, from, None).await.is_err());
    assert_eq!(stage.cloud.calls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_role_signs_in_and_its_password_prints_nowhere() {
    let Some(stage) = stage().await else { return };
    let role = stage.client.login_role(true).await.unwrap();
    assert!(role.expires_at > Timestamp::now());
    assert!(!format!("{role:?}").contains(role.password.expose()));
    let settings = Settings { user: role.role.clone(), ..stage.database.settings() };
    let password: Option<&Secret> = Some(&role.password);
    let session = connect(&settings, password, &ConnectOptions::new("test")).await.unwrap();
    let count = session.client.query_one("select count(*) from public.orders", &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), 100);
    assert!(session.client.batch_execute("delete from public.orders").await.is_err(), "it may only read");
}

fn daily(time: &str) -> RemoteSchedule {
    RemoteSchedule {
        enabled: true,
        frequency: "daily".into(),
        time: time.into(),
        kind: None,
        retention: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_is_read_and_changed_and_what_it_cannot_be_is_refused_before_the_call() {
    let Some(stage) = stage().await else { return };
    assert_eq!(stage.client.schedule().await.unwrap(), daily("04:00"));
    assert_eq!(stage.client.set_schedule(&daily("05:30")).await.unwrap(), daily("05:30"));
    assert_eq!(stage.client.schedule().await.unwrap(), daily("05:30"));
    let calls = stage.cloud.calls().len();
    let hourly = RemoteSchedule { frequency: "hourly".into(), ..daily("05:30") };
    let off = RemoteSchedule { enabled: false, ..daily("05:30") };
    let kept = RemoteSchedule { retention: Some(7), ..daily("05:30") };
    for wrong in [hourly, off, kept, daily("24:00"), daily("5:30"), daily("05:60")] {
        let error = stage.client.set_schedule(&wrong).await.unwrap_err();
        assert!(matches!(error, PlatformError::CannotDo { act: Act::WriteSchedule, .. }), "{error}");
    }
    assert_eq!(stage.cloud.calls().len(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_did_not_change_is_a_false_claim() {
    let Some(stage) = stage().await else { return };
    stage.cloud.misbehave(Faults { keeps_schedule: true, ..Faults::default() });
    let error = stage.client.set_schedule(&daily("05:30")).await.unwrap_err();
    assert!(error.to_string().ends_with("it is 04:00 and not 05:30"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fourth_change_within_a_day_is_refused_with_the_limit_said() {
    let Some(stage) = stage().await else { return };
    for time in ["01:00", "02:00", "03:00"] {
        stage.client.set_schedule(&daily(time)).await.unwrap();
    }
    let error = stage.client.set_schedule(&daily("05:00")).await.unwrap_err();
    assert!(error.to_string().contains("the time can be changed 3 times within 24 hours"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_does_not_include_the_schedule_says_so_and_is_remembered() {
    let Some(stage) = stage().await else { return };
    stage.cloud.misbehave(Faults { refuses: [("schedule".to_owned(), 402)].into(), ..Faults::default() });
    let error = stage.client.schedule().await.unwrap_err();
    assert_eq!(error.to_string(), "Supabase cannot say its schedule: the plan does not include it");
    assert_eq!(stage.client.abilities()[&Act::ReadSchedule], Ability::no("the plan does not include it"));
    assert!(stage.client.abilities()[&Act::WriteSchedule].is_yes(), "nobody asked for that yet");
    assert!(stage.client.set_schedule(&daily("01:00")).await.is_err());
    assert!(!stage.client.abilities()[&Act::WriteSchedule].is_yes());
}
