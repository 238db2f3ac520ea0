//! What is missing, what is anybody's, and what is given up.

use super::*;
use ledger::catalog::Label;
use ledger::component::Components;
use ledger::coverage::{SchemaFound, ThingFound};
use source::redis::RedisAddress;

fn project(url: &str) -> ProjectRecord {
    let connection = postgres::connection::parse(url).unwrap().settings;
    ProjectRecord {
        id: "p".into(),
        name: "shop".into(),
        label: Label::Production,
        is_sample: false,
        is_archived: false,
        connection: Some(connection),
        platform: None,
        parts: Components::NONE,
        has_password: false,
        server_version: None,
        acknowledged_at_ms: 0,
        created_at_ms: 0,
    }
}

/// By way of SSH, to a database whose port a container has.
fn by_ssh() -> ProjectRecord {
    let mut project = project("postgres://u@localhost:5432/d");
    project.connection.as_mut().unwrap().ssh = Some("me@shop.example".parse().unwrap());
    project
}

fn source(component: Component, name: &str, place: Place) -> SourceRecord {
    SourceRecord {
        id: name.into(),
        project_id: "p".into(),
        name: name.into(),
        component,
        place,
        has_secret: false,
        created_at_ms: 0,
    }
}

fn container(name: &str, image: &str, project: &str, ports: &[(u16, u16)]) -> ContainerFound {
    ContainerFound {
        id: format!("4f9c0a11b2c3{name}"),
        name: name.into(),
        image: image.into(),
        project: Some(project.into()),
        folder: Some(format!("/srv/{project}")),
        mounts: Vec::new(),
        ports: ports.to_vec(),
    }
}

fn thing(one: &str, rows: Option<u64>, is_of_files: bool) -> ThingFound {
    ThingFound { one: one.into(), many: format!("{one}s"), rows, is_taken: true, is_of_files }
}

fn database(things: Vec<ThingFound>) -> DatabaseFound {
    let schema = |name: &str, tables, is_of_platform| SchemaFound {
        name: name.into(),
        tables,
        rows: 1_000,
        uncounted: 0,
        bytes: 1_000_000,
        is_of_platform,
    };
    let schemas = vec![schema("auth", 20, true), schema("public", 57, false)];
    DatabaseFound {
        provider: Some("Supabase".into()),
        schemas,
        extensions: 4,
        things,
        ..DatabaseFound::default()
    }
}

fn judged(project: &ProjectRecord, sources: &[SourceRecord], found: Found, unwanted: &[&str]) -> Coverage {
    let unwanted = unwanted.iter().map(|key| (*key).to_owned()).collect();
    judge(project, sources, &CoverageRecord { found: Some(found), unwanted })
}

fn states(coverage: &Coverage) -> Vec<(&str, PartState)> {
    coverage.parts.iter().map(|part| (part.key.as_str(), part.state)).collect()
}

fn of<'a>(coverage: &'a Coverage, key: &str) -> &'a CoveredPart {
    coverage.parts.iter().find(|part| part.key == key).unwrap_or_else(|| panic!("{key}: {coverage:?}"))
}

#[test]
fn the_files_that_rows_name_are_missing_until_somebody_adds_them_and_none_are_none() {
    let shop = project("postgres://u@db.abcdefghijklmnopqrst.supabase.co/postgres");
    let with = |rows| Found {
        database: Some(database(vec![thing("user", Some(4812), false), thing("object", rows, true)])),
        ..Found::default()
    };
    let coverage = judged(&shop, &[], with(Some(54_771)), &[]);
    let taken = PartState::Taken;
    assert_eq!(
        states(&coverage),
        [("database", taken), ("users", taken), ("storage:objects", PartState::NotTaken)]
    );
    assert_eq!(coverage.words(), "2 of 3");
    let command = of(&coverage, "storage:objects").command.as_deref().unwrap();
    assert!(command.contains("https://abcdefghijklmnopqrst.supabase.co"), "{command}");
    assert!(of(&coverage, "database").found.starts_with("57 tables in public, 20 of Supabase in 1 schema"));
    // Nobody counted: there may be some.
    assert_eq!(of(&judged(&shop, &[], with(None), &[]), "storage:objects").state, PartState::NotTaken);
    assert_eq!(judged(&shop, &[], with(Some(0)), &[]).parts.len(), 2);
    // A folder of anything is none of a storage service; one that is its own is.
    let with_folder = |path: &str| {
        let folder = Place::Folder { path: path.into(), patterns: Vec::new() };
        judged(&shop, &[source(Component::Files, "files", folder)], with(None), &[]).words()
    };
    assert_eq!(with_folder("/srv/files"), "3 of 4");
    assert_eq!(with_folder("/srv/supabase/volumes/storage"), "3 of 3");
}

#[test]
fn what_runs_beside_the_database_is_found_and_what_is_anothers_is_named_apart() {
    let redis = |port| {
        Place::Redis(RedisAddress { host: "localhost".into(), port, tls: false, user: None, container: None })
    };
    let containers = vec![
        container("shop-db", "supabase/postgres:15.8", "shop", &[(5432, 5432)]),
        container("shop-cache", "docker.io/library/redis:7-alpine@sha256:ab", "shop", &[(6380, 6379)]),
        container("other-cache", "redis", "other", &[(6379, 6379)]),
    ];
    let found = Found { database: Some(database(Vec::new())), containers, ..Found::default() };
    let coverage = judged(&by_ssh(), &[], found.clone(), &[]);
    let missing = PartState::NotTaken;
    assert_eq!(
        states(&coverage),
        [
            ("database", PartState::Taken),
            ("config:/srv/shop", missing),
            ("redis:shop-cache", missing),
            ("logs:containers", missing)
        ]
    );
    assert_eq!(coverage.beside.len(), 1, "{:?}", coverage.beside);
    let command = of(&coverage, "config:/srv/shop").command.as_deref().unwrap();
    assert!(command.contains("/srv/shop") && command.contains("--sftp"), "{command}");

    // A port that leads into it is it; a folder above the compose file has it.
    let ssh: ssh::Address = "me@shop.example".parse().unwrap();
    let srv = Place::Sftp { ssh, path: "/srv".into(), patterns: Vec::new() };
    let sources =
        [source(Component::Redis, "cache", redis(6380)), source(Component::Configuration, "srv", srv)];
    let coverage = judged(&by_ssh(), &sources, found.clone(), &["logs"]);
    assert_eq!(coverage.words(), "3 of 4");
    assert_eq!(of(&coverage, "logs:containers").state, PartState::Unwanted);
    assert_eq!(coverage.lacking().count(), 0);

    // A folder beside it has not.
    let ssh: ssh::Address = "me@shop.example".parse().unwrap();
    let beside = Place::Sftp { ssh, path: "/srv/sho".into(), patterns: Vec::new() };
    let sources = [source(Component::Configuration, "sho", beside)];
    assert_eq!(of(&judged(&by_ssh(), &sources, found, &[]), "config:/srv/shop").state, missing);
}

#[test]
fn a_kind_gives_all_of_its_kind_up_and_what_failed_is_missing_again() {
    let containers =
        vec![container("one", "valkey/valkey:8", "shop", &[]), container("two", "redis", "shop", &[])];
    let failed = vec![("files".to_owned(), "the key sees nothing.".to_owned())];
    let found = Found { containers, failed, has_redis: true, ..Found::default() };
    let folder = Place::Folder { path: "/srv/files".into(), patterns: Vec::new() };
    let sources = [source(Component::Files, "files", folder)];
    let coverage = judged(&by_ssh(), &sources, found.clone(), &["redis", "config", "logs"]);
    let lacking: Vec<&str> = coverage.lacking().map(|part| part.key.as_str()).collect();
    assert_eq!(lacking, ["storage:files"]);
    assert_eq!(of(&coverage, "storage:files").why, "it was not in the last backup: the key sees nothing");
    let coverage = judged(&by_ssh(), &[], found, &["redis:two"]);
    assert_eq!(of(&coverage, "redis:one").state, PartState::NotTaken);
    assert_eq!(of(&coverage, "redis:two").state, PartState::Unwanted);
    assert_eq!(of(&coverage, "redis:6379").state, PartState::NotTaken);
}

#[test]
fn secrets_are_taken_whole_only_with_the_key_that_opens_them() {
    let shop = project("postgres://u@h/d");
    let found =
        || Found { database: Some(database(vec![thing("secret", Some(9), false)])), ..Found::default() };
    assert_eq!(of(&judged(&shop, &[], found(), &[]), "secrets").state, PartState::InPart);
    let key =
        Place::Files { paths: vec!["/etc/postgresql-custom/pgsodium_root.key".into()], patterns: Vec::new() };
    let sources = [source(Component::Configuration, "key", key)];
    assert_eq!(of(&judged(&shop, &sources, found(), &[]), "secrets").state, PartState::Taken);
}

#[test]
fn of_several_compose_projects_that_has_the_database_is_taken_and_without_one_none() {
    let two = vec![
        container("pooler", "supabase/supavisor:2", "shop", &[(5432, 5432)]),
        container("cache", "redis", "shop", &[]),
        container("wiki", "wiki", "wiki", &[(8080, 80)]),
    ];
    let found = Found { containers: two.clone(), ..Found::default() };
    let keys =
        |coverage: &Coverage| -> Vec<String> { coverage.parts.iter().map(|part| part.key.clone()).collect() };
    let coverage = judged(&by_ssh(), &[], found.clone(), &[]);
    assert_eq!(keys(&coverage), ["database", "config:/srv/shop", "redis:cache", "logs:containers"]);
    // By its id too, as somebody may have typed it.
    let mut within = by_ssh();
    within.connection.as_mut().unwrap().container = Some(ssh::Container::new("4f9c0a11b2c3pooler"));
    assert_eq!(judged(&within, &[], found, &[]).parts.len(), 4);
    let elsewhere = Found { containers: two[1..].to_vec(), ..Found::default() };
    let coverage = judged(&by_ssh(), &[], elsewhere, &[]);
    assert_eq!(keys(&coverage), ["database"]);
    assert!(coverage.beside[0].contains("2 compose projects"), "{:?}", coverage.beside);
}

#[test]
fn only_what_reads_all_of_it_on_that_very_server_has_it() {
    let containers = vec![container("db", "postgres:17", "shop", &[(5432, 5432)])];
    let found = || Found { containers: containers.clone(), has_redis: true, ..Found::default() };
    let sftp = |at: &str, path: &str| {
        let ssh: ssh::Address = at.parse().unwrap();
        source(Component::Configuration, "c", Place::Sftp { ssh, path: path.into(), patterns: Vec::new() })
    };
    let local = Place::Files { paths: vec!["/srv/shop".into()], patterns: Vec::new() };
    let state = |source: SourceRecord, key: &str| {
        let coverage = judged(&by_ssh(), &[source], found(), &[]);
        coverage.parts.into_iter().find(|part| part.key == key).map(|part| part.state)
    };
    let key = "config:/srv/shop";
    assert_eq!(state(sftp("other@shop.example", "/srv"), key), None);
    for beside in [
        sftp("me@elsewhere.example", "/srv/shop"),
        sftp("me@shop.example", "/srv/shop/nginx"),
        source(Component::Configuration, "c", local),
    ] {
        assert_eq!(state(beside, key), Some(PartState::NotTaken));
    }
    let redis = |host: &str| {
        let address = RedisAddress { host: host.into(), port: 6379, tls: false, user: None, container: None };
        source(Component::Redis, "r", Place::Redis(address))
    };
    assert_eq!(state(redis("cache.example"), "redis:6379"), Some(PartState::NotTaken));
    assert_eq!(state(redis("127.0.0.1"), "redis:6379"), None);
}

#[test]
fn what_a_project_is_about_and_what_was_added_are_never_given_up() {
    let shop = project("postgres://u@h/d");
    let closed = DatabaseFound { unreadable: 3, ..database(Vec::new()) };
    let found = Found {
        database: Some(closed),
        failed: vec![("files".into(), "it is away".into())],
        ..Found::default()
    };
    let folder = Place::Folder { path: "/srv/files".into(), patterns: Vec::new() };
    let sources = [source(Component::Files, "files", folder)];
    let coverage = judged(&shop, &sources, found, &["database", "storage", "storage:files"]);
    assert_eq!(states(&coverage), [("database", PartState::InPart), ("storage:files", PartState::NotTaken)]);
}
