//! The command line: one document, statuses that scripts can rely on, and prices.

use serde_json::Value;
use testkit::{CommandLine, Server};

/// The one document that a call printed.
fn document(line: &CommandLine, status: i32, arguments: &[&str]) -> Value {
    let called = line.expect(status, &[&["--json"], arguments].concat());
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

#[tokio::test]
async fn the_document_has_its_shape_and_the_status_follows_the_worst_finding() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t as select generate_series(1, 50) i").await;
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    assert_eq!(document(&line, 0, &["health", "shop"])["sentence"], "One thing to look at.");
    line.expect(0, &["backup", "run", "shop"]);

    let all = document(&line, 0, &["health"]);

    assert_eq!((&all["projects"], &all["project"]), (&1.into(), &Value::Null));
    let findings = all["findings"].as_array().unwrap();
    // How full the disk is that the tests run on says nothing of the document.
    let of_disk = |one: &Value| one["code"] == "capacity" || one["code"] == "scratch_space";
    let worst = |of: &dyn Fn(&Value) -> bool| {
        let order = ["ok", "info", "warning", "unknown", "critical"];
        let severities = findings.iter().filter(|one| of(one)).map(|one| one["severity"].as_str().unwrap());
        severities.max_by_key(|severity| order.iter().position(|one| one == severity)).unwrap().to_owned()
    };
    assert_eq!(worst(&|one| !of_disk(one)), "info");
    assert_eq!(all["severity"].as_str().unwrap(), worst(&|_| true));
    let codes: Vec<&str> = findings.iter().map(|one| one["code"].as_str().unwrap()).collect();
    for code in [
        "recovery_point",
        "integrity",
        "proof",
        "restore_time",
        "size",
        "rows",
        "copies",
        "clock",
        "vault",
        "capacity",
        "scratch_space",
        "reread",
        "kit",
        "tools",
        "keychain",
    ] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    for one in findings {
        assert!(
            one["subject"].is_string() && one["what"].is_string() && one["target"]["kind"].is_string(),
            "{one}"
        );
        let needs_advice = ["critical", "unknown", "warning"].contains(&one["severity"].as_str().unwrap());
        assert!(!needs_advice || !one["recommendation"].as_str().unwrap().is_empty(), "{one}");
    }
    // What a goal makes of the same facts, and what nobody measured.
    line.expect(0, &["goal", "set", "shop", "--rto", "30d"]);
    let one = document(&line, 3, &["health", "shop"]);
    assert_eq!((&one["severity"], &one["project"]), (&"unknown".into(), &"shop".into()));
    line.expect(0, &["goal", "set", "shop", "--rto", "none", "--drill-every", "7d"]);
    assert_eq!(document(&line, 0, &["health", "shop"])["severity"], "warning");
    let said = line.expect(0, &["health", "shop"]).output;
    assert!(
        said.starts_with("One thing to look at.\n") && said.contains("$ holdfast drill run shop"),
        "{said}"
    );
    assert_eq!(document(&line, 1, &["health", "nobody"])["error"]["code"], "project_not_found");
}

#[tokio::test]
async fn a_goal_that_is_missed_ends_with_status_one() {
    let Some(server) = Server::shared() else { return };
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let (password, url) = line.credentials(server, "postgres");
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    let file = sqlx::sqlite::SqliteConnectOptions::new().filename(line.folder().join("profile/catalog.db"));
    let catalogue = sqlx::SqlitePool::connect_with(file).await.unwrap();
    sqlx::query("update backup set at_ms = at_ms - 90000000").execute(&catalogue).await.unwrap();

    let said = line.expect(1, &["health"]).output;

    assert!(said.starts_with("One thing is wrong.\n"), "{said}");
    assert!(
        said.contains(
            "CRITICAL  Recovery point: shop has no new recovery point for 1 d 1 h; its goal is 24 h."
        ),
        "{said}"
    );
    assert!(said.contains("$ holdfast backup run shop"), "{said}");
}

#[tokio::test]
async fn prices_are_the_users_and_a_price_that_makes_no_sense_is_refused() {
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);

    let set = document(&line, 0, &["health", "--set-price", "own disk=0.5", "--currency", "EUR"]);

    assert_eq!(set["prices"]["currency"], "EUR");
    assert_eq!(document(&line, 0, &["health"])["prices"]["prices"][0]["class"], "own disk");
    line.expect(2, &["health", "--set-price", "own disk=-1"]);
    line.expect(2, &["health", "--set-price", "own disk"]);
    line.expect(2, &["health", "--accept"]);
    assert_eq!(document(&line, 0, &["health"])["prices"]["prices"][0]["perGbMonth"], 0.5);
}
