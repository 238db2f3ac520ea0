//! Every call of the client, and every answer of the stand-in, judged by the published specification.

use std::collections::BTreeSet;

use base::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use remote::platform::supabase::Supabase;
use remote::platform::{Act, NewRemoteProject, Platform as _, RestoreParts};
use testkit::platforms::Prism;

use super::stage::{REFERENCE, Stage, settings, stage};

/// Below `/v1/projects/{ref}`.
const CALLS: [&str; 26] = [
    "get ",
    "post /pause",
    "post /restore",
    "get /database/backups",
    "post /database/backups/restore",
    "post /database/backups/restore-pitr",
    "get /database/backups/restore-point",
    "post /database/backups/restore-point",
    "post /database/backups/undo",
    "get /database/backups/schedule",
    "patch /database/backups/schedule",
    "post /cli/login-role",
    "get /analytics/endpoints/logs.all",
    "get /config/auth",
    "get /postgrest",
    "get /config/storage",
    "get /config/realtime",
    "get /config/database/postgres",
    "get /config/database/pooler",
    "get /network-restrictions",
    "get /ssl-enforcement",
    "get /functions",
    "get /functions/string/body",
    "get /secrets",
    "get /storage/buckets",
    "get /custom-hostname",
];

const DATABASE: RestoreParts = RestoreParts { database: true, storage: false, config: false };

/// What the servers answer though the specification does not have it: that a plan does not include something, and code
/// that is no JSON.
const BEYOND: [&str; 2] = ["get /custom-hostname", "get /functions/mail-out/body"];

async fn every_call(client: &Supabase) {
    client.sign_in().await.unwrap();
    client.project().await.unwrap();
    assert_eq!(client.projects().await.unwrap().len(), 1);
    client.list().await.unwrap();
    let ticket = client.restore("0", DATABASE).await.unwrap();
    client.watch(&ticket).await.unwrap();
    assert_eq!(client.restore_to(Timestamp::UNIX_EPOCH).await.unwrap().act, Act::PointInTime);
    client.restore_points().await.unwrap();
    client.add_restore_point("before the sale").await.unwrap();
    client.restore_to_point("before the sale").await.unwrap();
    let schedule = client.schedule().await.unwrap();
    client.set_schedule(&schedule).await.unwrap();
    client.pause().await.unwrap();
    client.resume().await.unwrap();
    assert!(client.login_role(true).await.unwrap().expires_at > Timestamp::now());
    let to = Timestamp::now();
    let (from, sql) = (to - SignedDuration::from_hours(30), "select event_message from edge_logs");
    // The judge's made-up answer has an error in it, which is one though the status is 200.
    let error = client.logs(from, to, Some(sql)).await.unwrap_err();
    assert!(error.to_string().ends_with("could not read its logs: string"), "{error}");
    let configuration = client.configuration().await.unwrap();
    assert_eq!(configuration.files.len(), 13, "{:?}", configuration.missing);
    // The judge's made-up answer names this very project, which is no new one.
    let prepared = client.prepare_project(anew()).await.unwrap();
    let error = client.new_project(&prepared).await.unwrap_err();
    assert!(error.to_string().contains("a new project without a reference"), "{error}");
}

fn anew() -> NewRemoteProject {
    NewRemoteProject {
        name: "anew".into(),
        organization: None,
        region: Some("eu-central-1".into()),
        size: Some("micro".into()),
        password: Secret::new("correct-horse-battery-staple"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_one_that_the_published_specification_allows() {
    let Some(prism) = Prism::start().await else { return };
    every_call(&Supabase::new(settings(prism.address())).unwrap()).await;
    let verdicts = prism.verdicts();
    let refused: Vec<&String> = verdicts.iter().filter(|(_, may)| !may).map(|(call, _)| call).collect();
    assert_eq!(refused, Vec::<&String>::new());
    let made: BTreeSet<&str> = verdicts.iter().map(|(call, _)| call.as_str()).collect();
    let expected: BTreeSet<String> = CALLS
        .iter()
        .map(|call| call.replacen(' ', &format!(" /v1/projects/{REFERENCE}"), 1))
        .chain(["get /v1/projects", "post /v1/projects", "get /v1/organizations"].map(str::to_owned))
        .collect();
    assert_eq!(made, expected.iter().map(String::as_str).collect());
}

/// The same calls towards the stand-in, which does what it is asked for.
async fn every_answer(stage: &Stage) {
    let client = &stage.client;
    client.sign_in().await.unwrap();
    client.project().await.unwrap();
    client.projects().await.unwrap();
    let id = stage.cloud.back_up().await.to_string();
    client.list().await.unwrap();
    let whole = client.restore(&id, DATABASE).await.unwrap();
    stage.end(&whole).await.1.unwrap();
    let to_moment = client.restore_to(Timestamp::now()).await.unwrap();
    stage.end(&to_moment).await.1.unwrap();
    client.add_restore_point("before the sale").await.unwrap();
    client.restore_points().await.unwrap();
    let to_point = client.restore_to_point("before the sale").await.unwrap();
    stage.end(&to_point).await.1.unwrap();
    let schedule = client.schedule().await.unwrap();
    client.set_schedule(&schedule).await.unwrap();
    client.login_role(true).await.unwrap();
    let to = Timestamp::now();
    client.logs(to - SignedDuration::from_hours(1), to, None).await.unwrap();
    client.configuration().await.unwrap();
    client.pause().await.unwrap();
    client.resume().await.unwrap();
    let prepared = client.prepare_project(anew()).await.unwrap();
    assert_eq!(client.new_project(&prepared).await.unwrap().name, "anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_the_stand_in_is_one_that_the_published_specification_has() {
    let Some(mut stage) = stage().await else { return };
    let Some(prism) = Prism::before(stage.cloud.address()).await else { return };
    stage.client = Supabase::new(settings(prism.address())).unwrap();

    every_answer(&stage).await;

    let below = |call: &str| call.replacen(&format!(" /v1/projects/{REFERENCE}"), " ", 1);
    let judged: Vec<(String, Vec<String>)> =
        prism.objections().into_iter().map(|(call, words)| (below(&call), words)).collect();
    let answered: BTreeSet<&str> = judged.iter().map(|(call, _)| call.as_str()).collect();
    let calls = CALLS.map(|call| call.replace("functions/string", "functions/mail-out"));
    for call in calls.into_iter().chain(["post /v1/projects".to_owned()]) {
        assert!(answered.contains(call.as_str()), "nothing was answered to {call}: {answered:?}");
    }
    let wrong: Vec<_> = judged.iter().filter(|(_, words)| !words.is_empty()).collect();
    assert!(wrong.iter().all(|(call, _)| BEYOND.contains(&call.as_str())), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_judge_refuses_what_the_specification_does_not_allow() {
    let Some(prism) = Prism::start().await else { return };
    let body = r#"{"id":"x"}"#;
    let path = format!("/v1/projects/{REFERENCE}/database/backups/restore");
    let head = raw_post(prism.address(), &path, body);
    assert!(head.starts_with("HTTP/1.1 422"), "{head}");
    assert_eq!(prism.verdicts().last().unwrap(), &(format!("post {path}"), false));
}

fn raw_post(address: &str, path: &str, body: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: here\r\nauthorization: Bearer x\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
