//! What a cloud gives beside its backups: its configuration, which comes into the vault and is no recovery
//! point, and its logs, for a range of days.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::platforms::{Place, supabase};
use testkit::{CommandLine, Database, Server};

use super::bench::{answer, of};
use super::others::{REFERENCE, TOKEN};

/// A profile of the command line with a project on a cloud; with the connection to its database or without.
pub(crate) async fn on_a_cloud(
    is_reached: bool,
) -> Option<(CommandLine, supabase::Supabase, Database<'static>)> {
    on_a_cloud_of(is_reached, Duration::from_millis(10)).await
}

/// The same, whose every step takes this long.
pub(crate) async fn on_a_cloud_of(
    is_reached: bool,
    step_time: Duration,
) -> Option<(CommandLine, supabase::Supabase, Database<'static>)> {
    let server = Server::shared()?;
    let database = server.database().await;
    database.run("create table orders (id int); insert into orders select generate_series(1, 100)").await;
    let cloud = supabase::start(supabase::Options {
        place: Place::from(&database),
        reference: REFERENCE.into(),
        token: TOKEN.into(),
        step_time,
        pitr: false,
    })
    .await;
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    std::fs::write(line.folder().join("token"), TOKEN).unwrap();
    let address = format!("address={}", cloud.address());
    let mut add = vec!["project", "add", "shop", "--supabase", REFERENCE, "--set", &address];
    add.extend(["--credential-file", "token=token"]);
    let (password, url) = line.credentials(server, database.name());
    if is_reached {
        add.extend(["--postgres", &url, "--password-file", password.as_str()]);
    }
    line.expect(0, &add);
    Some((line, cloud, database))
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_of_a_cloud_comes_into_the_vault_and_what_it_does_not_give_is_named() {
    let Some((line, _cloud, _database)) = on_a_cloud(false).await else { return };

    let pulled = answer(&line, &["--json", "pull", "shop"]);

    assert_eq!(
        (&pulled["row"]["components"], &pulled["row"]["level"]),
        (&json!(["config"]), &json!("bytes"))
    );
    assert_eq!((&pulled["trees"][0]["files"], &pulled["row"]["tables"]), (&json!(12), &json!(0)));
    let warnings = texts(&pulled["warnings"]).join("\n");
    assert!(warnings.contains("custom-hostname: the plan does not include it"), "{warnings}");
    assert!(warnings.contains("Not restorable from here: the value of smtp_pass"), "{warnings}");
    assert!(warnings.contains("the value of the secret STRIPE_KEY"), "{warnings}");
    // What a person reads names secrets, and never says one.
    let shown = line.expect(0, &["backup", "show", "shop@latest"]).output;
    assert!(shown.contains("Configuration of") && !shown.contains("5d41402abc4b2a76"), "{shown}");
    line.expect(0, &["backup", "save", "shop@latest", "--part", "config", "--to", "config.tar"]);
    let tar = std::fs::read(line.folder().join("config.tar")).unwrap();
    let has = |text: &str| tar.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("https://shop.example.org") && has("5d41402abc4b2a76"), "the copy itself is whole");
    line.expect(0, &["vault", "check", "--read-data"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_refused_is_a_warning_and_where_all_are_there_is_no_snapshot() {
    let Some((line, cloud, _database)) = on_a_cloud(false).await else { return };
    let refusing = |ends: &[&str]| supabase::Faults {
        refuses: ends.iter().map(|end| ((*end).to_owned(), 403)).collect(),
        ..supabase::Faults::default()
    };
    cloud.misbehave(refusing(&["config/auth"]));
    let pulled = answer(&line, &["--json", "pull", "shop"]);
    cloud.misbehave(refusing(&[
        "auth",
        "postgrest",
        "storage",
        "realtime",
        "postgres",
        "pooler",
        "restrictions",
        "enforcement",
        "functions",
        "secrets",
        "buckets",
        "hostname",
        "backups",
        "organizations",
    ]));

    let refused = of(&line.expect(1, &["--json", "pull", "shop"]));

    let warnings = texts(&pulled["warnings"]).join("\n");
    assert!(warnings.contains("Not in this snapshot: auth: "), "{warnings}");
    assert_eq!(pulled["trees"][0]["files"], json!(11));
    assert_eq!(refused["error"]["code"], json!("platform_cannot"), "{refused}");
    assert_eq!(answer(&line, &["--json", "backup", "list"])["total"], json!(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_in_the_configuration_is_told_by_names_and_that_nothing_did_is_said() {
    let Some((line, cloud, _database)) = on_a_cloud(false).await else { return };
    let first = answer(&line, &["--json", "pull", "shop"]);
    let same = answer(&line, &["--json", "pull", "shop"]);
    let auth =
        json!({ "site_url": "https://new.example.org", "smtp_pass": "0cc175b9c0f1b6a8", "jwt_exp": 3600 });
    cloud.configure("config/auth", auth);
    cloud.configure("secrets", json!([]));

    let changed = answer(&line, &["--json", "pull", "shop"]);

    let short = first["row"]["shortId"].as_str().unwrap();
    assert_eq!(texts(&same["artifact"]["findings"]), [format!("Nothing changed since {short}.")]);
    let names = ["auth.json changed: site_url, smtp_pass.", "secrets.json changed: STRIPE_KEY."];
    assert_eq!(texts(&changed["artifact"]["findings"]), names);
    let [first, same, changed] =
        [&first, &same, &changed].map(|one| one["row"]["id"].as_str().unwrap().to_owned());
    let equal = answer(&line, &["--json", "backup", "diff", &first, &same]);
    assert_eq!(equal["verdict"], json!("same"), "{equal}");
    let differs = line.expect(0, &["backup", "diff", &first, &changed]).output;
    assert!(differs.contains(names[0]) && !differs.contains("example.org"), "{differs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_is_no_recovery_point_and_takes_the_place_of_no_backup() {
    let Some((line, _cloud, _database)) = on_a_cloud(true).await else { return };
    let configuration = answer(&line, &["--json", "pull", "shop"]);
    let before = answer(&line, &["--json", "project", "show", "shop"]);
    let backup = answer(&line, &["--json", "backup", "run", "shop"]);
    let verified =
        line.expect(3, &["verify", configuration["row"]["id"].as_str().unwrap(), "--level", "readable"]);

    for _ in 0..3 {
        line.expect(0, &["pull", "shop"]);
    }

    assert_eq!(before["row"]["recoveryPoint"], Value::Null, "{before}");
    assert!(verified.output.contains("nothing that a restore brings back"), "{verified:?}");
    let after = answer(&line, &["--json", "project", "show", "shop"]);
    assert_eq!(after["row"]["recoveryPoint"]["backupId"], backup["row"]["id"], "{after}");
    assert_eq!(answer(&line, &["--json", "backup", "show", "shop@latest"])["row"]["id"], backup["row"]["id"]);
    let id = backup["row"]["id"].as_str().unwrap();
    let kept = line.expect(4, &["backup", "delete", id, "--confirm", &id[..8]]);
    assert!(kept.said.contains("newest verified"), "{kept:?}");
    let old = configuration["row"]["id"].as_str().unwrap();
    line.expect(0, &["backup", "delete", old, "--confirm", &old[..8]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_a_range_are_written_whole_though_a_query_gives_a_thousand_rows_at_most() {
    let Some((line, cloud, _database)) = on_a_cloud(false).await else { return };
    let logs = |more: &[&str]| {
        let range = ["platform", "logs", "shop", "--from", "2026-01-01", "--to", "2026-01-02"];
        line.call(&[&range[..], more].concat())
    };

    let written = logs(&["--to-file", "edge.jsonl"]);

    assert_eq!(written.status, Some(0), "{written:?}");
    let text = std::fs::read_to_string(line.folder().join("edge.jsonl")).unwrap();
    let ids: BTreeSet<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    // One a minute, and in the second hour of each day twenty.
    assert_eq!((text.lines().count(), ids.len()), (2 * (23 * 60 + 60 * 20), 2 * (23 * 60 + 60 * 20)));
    assert_eq!(logs(&["--to-file", "edge.jsonl"]).status, Some(4), "what is there stays");
    assert!(
        logs(&["--to-file", "edge.jsonl", "--replace", "--format", "text"]).output.contains("5160 entries")
    );
    let text = std::fs::read_to_string(line.folder().join("edge.jsonl")).unwrap();
    assert_eq!(text.lines().next(), Some("2026-01-01T00:00:00Z GET /"));
    assert!(logs(&["--source", "nothing", "--keep"]).said.contains("postgres"), "the sources are named");
    let at = "2026-01-02T03:04:00Z".parse().unwrap();
    cloud.storm(at, 1500);
    let cut = logs(&["--to-file", "cut.jsonl"]);
    assert_eq!(cut.status, Some(3), "{cut:?}");
    assert!(cut.output.contains("the minute from 2026-01-02T03:04:00Z has 1000 entries or more"), "{cut:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_kept_in_the_vault_by_days_and_a_refusal_leaves_nothing() {
    let Some((line, cloud, _database)) = on_a_cloud(false).await else { return };
    let range = ["platform", "logs", "shop", "--from", "2026-01-01", "--to", "2026-01-02"];
    line.expect(0, &[&range[..], &["--source", "postgres", "--keep"]].concat());
    let shown = answer(&line, &["--json", "backup", "show", "shop@latest"]);
    assert_eq!((&shown["row"]["components"], &shown["trees"][0]["files"]), (&json!(["logs"]), &json!(2)));
    let part = ["--part", "/logs/postgres/2026-01-02.jsonl", "--to", "day.jsonl"];
    line.expect(0, &[&["backup", "save", "shop@latest"], &part[..]].concat());
    let day = std::fs::read_to_string(line.folder().join("day.jsonl")).unwrap();
    assert_eq!(day.lines().count(), 23 * 60 + 60 * 20);
    assert!(day.lines().all(|line| line.contains("connection authorized")), "{}", &day[..200]);
    let standing = answer(&line, &["--json", "project", "show", "shop"]);
    assert_eq!(standing["row"]["recoveryPoint"], Value::Null);

    cloud
        .misbehave(supabase::Faults { refuses: [("logs.all".to_owned(), 403)].into(), ..Default::default() });
    let refused = line.expect(1, &[&range[..], &["--to-file", "none.jsonl", "--keep"]].concat());

    assert!(refused.said.contains("Forbidden action"), "{refused:?}");
    let left: Vec<String> = std::fs::read_dir(line.folder())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.contains("none"))
        .collect();
    assert_eq!((left, answer(&line, &["--json", "backup", "list"])["total"].clone()), (vec![], json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cloud_can_give_is_named_before_it_is_asked_for() {
    let Some((line, _cloud, _database)) = on_a_cloud(false).await else { return };
    let shown = line.expect(0, &["platform", "show", "shop"]).output;
    let can = shown.lines().find(|line| line.starts_with("It can:")).unwrap();
    assert!(can.contains("give its logs at once") && can.contains("give its configuration"), "{shown}");
    assert!(shown.contains("export logs: Supabase gives its logs at once"), "{shown}");
}
