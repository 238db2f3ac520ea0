//! What a project has against what backups take of it: found by looking, counted, named where it is missing.

use serde_json::Value;
use testkit::{CommandLine, Docker, Key, Server, Sshd, Supabase};

/// The one document that a call printed.
fn document(line: &CommandLine, status: i32, arguments: &[&str]) -> Value {
    let called = line.expect(status, &[&["--json"], arguments].concat());
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

/// The parts of a coverage, by key and state.
fn parts(coverage: &Value) -> Vec<(&str, &str)> {
    let parts = coverage["parts"].as_array().unwrap().iter();
    parts.map(|part| (part["key"].as_str().unwrap(), part["state"].as_str().unwrap())).collect()
}

fn part<'a>(coverage: &'a Value, key: &str) -> &'a Value {
    let mut parts = coverage["parts"].as_array().unwrap().iter();
    parts.find(|part| part["key"] == key).unwrap_or_else(|| panic!("{key}: {coverage}"))
}

/// What health says of the coverage.
fn finding(line: &CommandLine) -> Option<Value> {
    let health = line.call(&["--json", "health", "shop"]).output;
    let health: Value = serde_json::from_str(&health).unwrap();
    let findings = health["findings"].as_array().unwrap().iter();
    findings.clone().find(|finding| finding["code"] == "coverage").cloned()
}

#[tokio::test]
async fn of_a_plain_database_the_others_of_its_owner_are_named_and_are_no_part() {
    let Some(server) = Server::shared() else { return };
    let (database, other) = (server.database().await, server.database().await);
    let role = format!("owner_{}", database.name());
    database.run(&format!("create role {role}")).await;
    for one in [&database, &other] {
        one.run(&format!("alter database {} owner to {role}", one.name())).await;
        one.run("create table t as select i, repeat('x', 500) from generate_series(1, 5000) i").await;
    }
    let line = shop(server, database.name());

    // Before anybody looked there is nothing to praise.
    let last = document(&line, 0, &["project", "coverage", "shop", "--last"]);
    assert_eq!((&last["atMs"], parts(&last)), (&Value::Null, vec![("database", "taken")]));

    let coverage = document(&line, 0, &["project", "coverage", "shop"]);
    assert_eq!(parts(&coverage), [("database", "taken")]);
    let found = part(&coverage, "database")["found"].as_str().unwrap();
    assert!(found.starts_with("1 table in public; "), "{found}");
    let beside = coverage["beside"][0].as_str().unwrap();
    assert!(beside.contains("1 other database") && beside.contains(other.name()), "{beside}");
    assert!(coverage["notLooked"][0].as_str().unwrap().contains("without SSH"), "{coverage}");

    // Another project that has it makes it none that nobody backs up.
    let (password, url) = line.credentials(server, other.name());
    line.expect(0, &["project", "add", "other", "--postgres", &url, "--password-file", password.as_str()]);
    let coverage = document(&line, 0, &["project", "coverage", "shop"]);
    assert_eq!(coverage["beside"].as_array().unwrap().len(), 0, "{coverage}");
    line.expect(0, &["backup", "run", "shop"]);
    assert!(finding(&line).is_none(), "of one part there is nothing to count");
    drop((database, other));
}

/// A profile with a vault, and a project whose database is reached straight.
fn shop(server: &'static Server, database: &str) -> CommandLine {
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database);
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line
}

/// A profile with a vault, and a project whose database is reached by SSH.
fn shop_by_ssh(server: &'static Server, sshd: &Sshd, database: &str) -> CommandLine {
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database);
    let (account, key, host_key) = (sshd.address().to_string(), sshd.key(Key::Open), sshd.fingerprint());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let database = ["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()];
    let way = ["--ssh", &account, "--ssh-key", key.as_str(), "--ssh-host-key", &host_key];
    line.expect(0, &[&database[..], &way].concat());
    line
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_beside_a_database_on_its_server_is_found_added_or_given_up_and_forgotten_by_nobody() {
    let docker = Docker::new();
    let (Some(server), Some(sshd)) = (Server::shared(), Sshd::start_with(&docker.for_sshd()).await) else {
        return;
    };
    let database = server.database().await;
    database.run("create table t as select i from generate_series(1, 100) i").await;
    docker.runs(&[
        ("shop-db", "supabase/postgres:15.8", "shop", &[(server.port(), 5432)]),
        ("shop-cache", "redis:7-alpine", "shop", &[]),
        ("shop-functions", "supabase/edge-runtime:v1", "shop", &[]),
        ("wiki", "wiki:1", "wiki", &[]),
    ]);
    docker.prints("shop-functions", "2026-11-01T08:00:00Z", "");
    let line = shop_by_ssh(server, &sshd, database.name());

    // A backup looks too, and its page has what it saw.
    line.expect(0, &["backup", "run", "shop"]);
    let missing = "not_taken";
    let all = [
        ("database", "taken"),
        ("functions", missing),
        ("config:/srv/shop", missing),
        ("redis:shop-cache", missing),
        ("logs:containers", missing),
    ];
    let seen = document(&line, 0, &["backup", "show", "shop@latest"]);
    assert_eq!((parts(&seen["coverage"]), &seen["coverage"]["taken"]), (all.to_vec(), &Value::from(1)));
    let found = finding(&line).unwrap();
    assert_eq!(found["severity"], "warning", "{found}");
    assert!(found["what"].as_str().unwrap().contains("1 of 5 parts"), "{found}");
    assert!(found["command"].as_str().unwrap().contains("project coverage shop"), "{found}");

    let coverage = document(&line, 3, &["project", "coverage", "shop"]);
    assert_eq!(parts(&coverage), all);
    let beside = coverage["beside"].to_string();
    assert!(beside.contains("1 container of other compose projects"), "{beside}");
    let command = |key: &str| part(&coverage, key)["command"].as_str().unwrap().to_owned();
    assert!(command("redis:shop-cache").contains("--docker shop-cache"));

    // Its own line adds it; it counts at once.
    let words: Vec<String> = command("logs:containers").split(' ').skip(1).map(str::to_owned).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    line.expect(0, &words);
    let coverage = document(&line, 3, &["project", "coverage", "shop", "--last"]);
    assert!(
        coverage["parts"]
            .as_array()
            .unwrap()
            .iter()
            .any(|part| part["component"] == "logs" && part["state"] == "taken")
    );

    // What nobody wants is named, and no finding; what is taken anyway cannot be given up.
    let without = ["--without", "redis", "--without", "functions", "--without", "config"];
    line.expect(0, &[&["project", "coverage", "shop"][..], &without].concat());
    let coverage = document(&line, 0, &["project", "coverage", "shop"]);
    assert_eq!(part(&coverage, "redis:shop-cache")["state"], "unwanted");
    assert_eq!(finding(&line).unwrap()["severity"], "ok");
    for (wrong, why) in [("database", "in every backup"), ("buckets", "no part")] {
        let refused = format!("{:?}", line.expect(2, &["project", "coverage", "shop", "--without", wrong]));
        assert!(refused.contains(why), "{refused}");
    }
    line.expect(0, &["backup", "run", "shop"]);
    line.expect(0, &["backup", "run", "shop", "--only", "database"]);

    // A new computer knows what nobody wants, and what the newest backup alone does not have.
    let other = CommandLine::new();
    let (vault, kit) = (line.folder().join("vault"), line.folder().join("kit.txt"));
    other.expect(0, &["vault", "open", "--path", vault.as_str(), "--key-file", kit.as_str()]);
    let refused = other.expect(2, &["project", "coverage", "shop", "--with", "logs"]);
    assert!(format!("{refused:?}").contains("config, functions, redis"), "{refused:?}");

    let components = document(&other, 0, &["component", "list", "shop"]);
    assert_eq!(components[0]["component"], "logs", "{components}");

    let again = line.expect(0, &["project", "coverage", "shop", "--with", "redis"]);
    assert!(format!("{again:?}").contains("shop-cache"), "{again:?}");
    let refused = line.expect(2, &["project", "coverage", "shop", "--with", "redis"]);
    assert!(format!("{refused:?}").contains("Given up are: config, functions"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_shows_nothing_says_so_and_holds_no_backup_up() {
    let docker = Docker::new();
    let (Some(server), Some(sshd)) = (Server::shared(), Sshd::start_with(&docker.for_sshd()).await) else {
        return;
    };
    let database = server.database().await;
    database.run("create table t as select 1 as i").await;
    docker.refuses("permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock");
    let line = shop_by_ssh(server, &sshd, database.name());
    line.expect(0, &["backup", "run", "shop"]);
    let coverage = document(&line, 0, &["project", "coverage", "shop", "--last"]);
    assert_eq!(parts(&coverage), [("database", "taken")]);
    let said = coverage["notLooked"][0].as_str().unwrap();
    assert!(said.contains("were not seen") && said.contains("Docker"), "{said}");
}

#[tokio::test]
async fn the_users_files_and_secrets_of_a_supabase_are_parts_and_its_own_tables_are_told_apart() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        let coverage = console.engine.look_at_coverage(testkit::PROJECT).await.unwrap();
        let keys: Vec<&str> = coverage.parts.iter().map(|part| part.key.as_str()).collect();
        assert_eq!(keys, ["database", "users", "storage:objects", "secrets"], "{coverage:?}");
        assert!(coverage.parts[0].found.contains(" of Supabase in "), "{coverage:?}");
        let storage = coverage.parts[2].command.as_deref().unwrap();
        assert!(storage.contains("--storage-api"), "{storage}");
    }
}

#[tokio::test]
async fn a_new_schema_is_announced_once_for_all_of_its_tables() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t as select 1 as i").await;
    let line = shop(server, database.name());
    line.expect(0, &["backup", "run", "shop"]);
    database.run("create schema tenant_a; create table tenant_a.x (i int); create table tenant_a.y (i int); create table u (i int)").await;
    line.expect(0, &["backup", "run", "shop"]);
    let seen = document(&line, 0, &["backup", "show", "shop@latest"]);
    let mut warnings: Vec<&str> =
        seen["warnings"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    warnings.retain(|one| one.contains("is new"));
    assert_eq!(
        warnings,
        [
            "Schema tenant_a is new since the last backup, with 2 tables; they are included.",
            "Table public.u is new since the last backup; it is included."
        ]
    );
}

#[tokio::test]
async fn what_a_backup_was_asked_to_take_is_its_type_and_each_is_a_restore_point_of_its_own() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t as select 1 as i").await;
    let line = shop(server, database.name());
    let of = |line: &CommandLine| {
        document(line, 0, &["backup", "show", "shop@latest"])["typeWords"].as_str().unwrap().to_owned()
    };
    for (asked, words) in [
        ("full", "full, everything that the project had"),
        ("database", "database"),
        ("incremental", "full, everything that the project had"),
    ] {
        line.expect(0, &["backup", "run", "shop", "--type", asked]);
        assert_eq!(of(&line), words, "{asked}");
    }
    let said = line.expect(0, &["backup", "show", "shop@latest"]).output;
    assert!(said.contains("a restore point of its own"), "{said}");
    // What the project has not is said, and two ways to ask for one thing are refused.
    line.expect(1, &["backup", "run", "shop", "--type", "storage"]);
    line.expect(2, &["backup", "run", "shop", "--type", "full", "--only", "database"]);
}
