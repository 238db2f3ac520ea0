//! A project of a cloud and its database in one step: the address is found, the wrong ones are refused with the right one,
//! and a backup holds the configuration beside the dump.

use base::Code;
use base::secret::Secret;
use postgres::connection::parse;
use serde_json::{Value, json};
use testkit::platforms::supabase::{Faults, Supabase};
use testkit::{CommandLine, Console, PROJECT};

use crate::pull::bench::{answer, of};
use crate::pull::cloud::on_a_cloud;

const REFERENCE: &str = "abcdefghijklmnopqrst";
const POOLER: &str = "aws-0-eu-central-1.pooler.supabase.com";

/// What adds a project whose database the cloud names.
fn add(cloud: &Supabase) -> Vec<String> {
    let address = format!("address={}", cloud.address());
    ["project", "add", "again", "--supabase", REFERENCE, "--set", &address]
        .into_iter()
        .chain(["--credential-file", "token=token", "--find-database", "--password-file", "password"])
        .map(str::to_owned)
        .collect()
}

fn called<'a>(arguments: &'a [String], before: &[&'a str]) -> Vec<&'a str> {
    before.iter().copied().chain(arguments.iter().map(String::as_str)).collect()
}

fn texts(list: &Value) -> String {
    list.as_array().unwrap().iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

/// Without the breaks of its lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn names(line: &CommandLine) -> Vec<String> {
    let all = answer(line, &["--json", "project", "list"]);
    all.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_clouds_database_is_found_shown_and_stored_with_the_password_alone() {
    let Some((line, cloud, _database)) = on_a_cloud(false).await else { return };
    let known = answer(&line, &["--json", "platform", "database", "shop"]);
    let printed = line.expect(0, &["platform", "database", "shop"]).output;

    let added = line.expect(0, &called(&add(&cloud), &[]));

    let pooler = json!({
        "host": POOLER, "port": 5432, "database": "postgres", "user": format!("postgres.{REFERENCE}"),
        "tls": "require", "rootCertificate": null, "ssh": null, "container": null,
    });
    assert_eq!(known["sessionPooler"], pooler, "{known}");
    let url = format!("postgresql://postgres.{REFERENCE}@{POOLER}:5432/postgres?sslmode=require");
    assert!(printed.contains(&url) && one_line(&printed).contains("IPv6 alone"), "{printed}");
    assert!(added.said.contains(&url), "it is shown before anything is stored: {added:?}");
    let shown = answer(&line, &["--json", "project", "show", "again"]);
    assert_eq!((&shown["connection"], &shown["hasPassword"]), (&pooler, &json!(true)));
    assert_eq!(shown["platform"]["reference"], json!(REFERENCE));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_is_refused_and_no_project_is_added() {
    let Some((line, cloud, _database)) = on_a_cloud(false).await else { return };
    cloud.configure(
        "config/database/pooler",
        json!([{
            "database_type": "PRIMARY", "db_user": format!("postgres.{REFERENCE}"), "db_name": "postgres",
            "db_host": "evil.example/x", "db_port": 6543, "pool_mode": "transaction",
        }]),
    );

    let refused = of(&line.expect(1, &called(&add(&cloud), &["--json"])));

    assert_eq!(refused["error"]["code"], json!("platform_unintelligible"), "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("no host name"), "{refused}");
    assert_eq!(names(&line), ["shop"]);
}

#[tokio::test]
async fn a_transaction_pooler_by_its_address_is_refused_with_the_one_to_use_instead() {
    let console = Console::new().await;
    let line = CommandLine::new();
    let user = format!("postgres.{REFERENCE}");
    let url = format!("postgresql://{user}@{POOLER}:6543/postgres");
    let other = format!("{POOLER}:5432, user {user}, same password");

    let failure = console.add_project(PROJECT, parse(&url).unwrap().settings, &Secret::new("x")).await;
    let added = line.expect(1, &["project", "add", "shop", "--postgres", &url, "--no-password"]);
    let tested = line.expect(1, &["project", "test", "--postgres", &url, "--no-password"]);

    let failure = failure.unwrap_err();
    assert_eq!(failure.code, Code::TransactionPooler, "{failure:?}");
    assert!(failure.hint.unwrap().contains(&other));
    assert!(one_line(&added.said).contains(&other), "{added:?}");
    let tested = one_line(&tested.output);
    assert!(tested.contains(&other) && tested.starts_with("failed Name"), "{tested}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_the_clouds_configuration_beside_the_dump_as_one_restore_point() {
    let Some((line, cloud, _database)) = on_a_cloud(true).await else { return };
    let first = answer(&line, &["--json", "backup", "run", "shop"]);
    cloud.configure("config/auth", json!({ "site_url": "https://new.example.org", "jwt_exp": 3600 }));

    let second = answer(&line, &["--json", "backup", "run", "shop"]);

    assert_eq!(first["row"]["components"], json!(["database", "roles", "config"]));
    assert_eq!((&first["trees"][0]["files"], &first["row"]["level"]), (&json!(12), &json!("readable")));
    let warnings = texts(&first["warnings"]);
    assert!(warnings.contains("custom-hostname: the plan does not include it"), "{warnings}");
    assert!(warnings.contains("Not restorable from here: the value of smtp_pass"), "{warnings}");
    assert!(!warnings.contains("5d41402abc4b2a76"), "{warnings}");
    assert_eq!(second["previousId"], first["row"]["id"], "it is compared with the backup before");
    assert!(texts(&second["artifact"]["findings"]).contains("auth.json changed: site_url"), "{second}");
    let project = answer(&line, &["--json", "project", "show", "shop"]);
    assert_eq!(project["row"]["recoveryPoint"]["backupId"], second["row"]["id"]);
    line.expect(0, &["backup", "save", "shop@latest", "--part", "config", "--to", "config.tar"]);
    line.expect(0, &["restore", "plan", "shop@latest", "--in-place", "--out", "plan.json"]);
    line.expect(0, &["vault", "check", "--read-data"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_that_refuses_its_configuration_is_a_warning_of_a_backup_that_is_whole() {
    let Some((line, cloud, _database)) = on_a_cloud(true).await else { return };
    let refuses =
        |end: &str, status| Faults { refuses: [(end.to_owned(), status)].into(), ..Faults::default() };
    cloud.misbehave(refuses("postgrest", 403));
    let partly = answer(&line, &["--json", "backup", "run", "shop"]);
    // Whoever is not signed in reads nothing.
    cloud.misbehave(refuses("config/auth", 401));

    let without = answer(&line, &["--json", "backup", "run", "shop"]);

    assert_eq!(partly["trees"][0]["files"], json!(11));
    assert!(texts(&partly["warnings"]).contains("Not in this snapshot: postgrest: "), "{partly}");
    assert_eq!(without["row"]["components"], json!(["database", "roles"]));
    assert_eq!(without["row"]["level"], json!("readable"));
    let warnings = texts(&without["warnings"]);
    assert!(warnings.contains("The configuration is not in this backup: "), "{warnings}");
}
