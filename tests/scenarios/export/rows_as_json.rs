//! Rows of chosen tables as JSON, of one snapshot, held against what the server itself writes.

use std::process::Command;

use camino::Utf8Path;
use serde_json::Value;
use testkit::{CommandLine, Server};

use super::{names, run, unpacked};

const TABLES: &str = r#"
    create type mood as enum ('fine', 'so so');
    create table users (id bigint primary key, name text, balance numeric(30, 10), is_admin boolean, about jsonb,
        raw json, at timestamptz, tags text[], photo bytea, mood mood, ratio double precision, "odd ""name" text);
    insert into users values
        (9007199254740993, e'tab\t line\n quote" back\\slash ü \x01', 12345678901234567890.1000000000, true,
         '{"a": [1, 2.50], "b": null}', e'{"a":\n 1.10}', '2026-11-20 10:00:00+00', '{a,"b c"}', '\xdeadbeef', 'so so',
         'NaN', 'x'),
        (2, null, null, null, null, null, null, null, null, null, null, null),
        (3, '\N', 0, false, '"text"', 'null', 'infinity', '{}', '', 'fine', -1.5e300, '');
    create schema app; create table app."Odd/Table" (n int); insert into app."Odd/Table" select generate_series(1, 2000);
    create table empty (a int); create table secret (a text); insert into secret values ('not asked for');
    create table base (id bigint, doc jsonb, twice bigint generated always as (id * 2) stored);
    create table child (x int) inherits (base); insert into child (id, doc, x) values (1, '{}', 5);
    create table "User" (a int); create table "user" (a int);
    create table no_columns (); insert into no_columns default values;
    create table parts (i int) partition by range (i);
    create table parts_1 partition of parts for values from (0) to (10);
    create table parts_2 partition of parts for values from (10) to (20);
    insert into parts select generate_series(5, 14)"#;

/// What the server writes of the same rows: values that have no JSON of their own as their texts.
const BY_SERVER: &str = r#"select json_build_object('id', id, 'name', name, 'balance', balance, 'is_admin', is_admin,
    'about', about, 'raw', raw, 'at', at::text, 'tags', tags::text, 'photo', photo::text, 'mood', mood::text,
    'ratio', case when ratio = 'NaN' then to_json(ratio::text) else to_json(ratio) end, 'odd "name', "odd ""name")::text
    from users order by ctid"#;

async fn backed_up(server: &'static Server) -> (CommandLine, Vec<Value>) {
    let database = server.database().await;
    database.run(TABLES).await;
    let session = database.session().await;
    let rows = session.client.batch_execute("set timezone = 'UTC'").await;
    rows.unwrap();
    let rows = session.client.query(BY_SERVER, &[]).await.unwrap();
    let rows = rows.iter().map(|row| serde_json::from_str(&row.get::<_, String>(0)).unwrap()).collect();
    session.close().await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    (line, rows)
}

fn lines(file: &Utf8Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[tokio::test]
async fn chosen_tables_are_saved_as_the_server_writes_them_with_a_manifest() {
    let Some(server) = Server::shared() else { return };
    let (line, by_server) = backed_up(server).await;
    let file = line.folder().join("rows.tar.gz");
    let chosen = ["--table", "users", "--table", "app.*", "--table", "empty", "--table", "public.parts_*"];
    let save = ["backup", "save", "shop@latest", "--to", file.as_str()];
    line.expect(0, &[&save[..], &chosen[..]].concat());

    let folder = unpacked(&file);
    let expected = [
        "SHA256SUMS",
        "app.Odd%2FTable.jsonl",
        "manifest.json",
        "public.empty.jsonl",
        "public.parts_1.jsonl",
        "public.parts_2.jsonl",
        "public.users.jsonl",
    ];
    assert_eq!(names(&folder), expected);
    run(Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(&folder));
    assert_eq!(lines(&folder.join("public.users.jsonl")), by_server);
    let text = std::fs::read_to_string(folder.join("public.users.jsonl")).unwrap();
    assert!(text.contains("\"balance\":12345678901234567890.1000000000,"), "digits are kept: {text}");
    assert!(text.contains("\"id\":9007199254740993,"), "{text}");
    assert_eq!(lines(&folder.join("app.Odd%2FTable.jsonl")).len(), 2000);
    assert_eq!(lines(&folder.join("public.empty.jsonl")).len(), 0);
    assert_eq!(lines(&folder.join("public.parts_1.jsonl")).len(), 5);

    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!((&manifest["format"], &manifest["project"]), (&"holdfast-tables/1".into(), &"shop".into()));
    assert!(manifest["at"].as_str().unwrap().ends_with('Z') && manifest["lsn"].is_string(), "{manifest}");
    let of = |name: &str| {
        let tables = manifest["tables"].as_array().unwrap();
        tables
            .iter()
            .find(|table| table["name"] == name)
            .unwrap_or_else(|| panic!("{name}: {manifest}"))
            .clone()
    };
    assert_eq!((&of("Odd/Table")["rows"], &of("users")["rows"]), (&2000.into(), &3.into()));
    let folder = line.folder().join("more.tar");
    line.expect(0, &["backup", "save", "shop@latest", "--to", folder.as_str(), "--table", "*"]);
    let folder = unpacked(&folder);
    let more: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let find = |name: &str| {
        let tables = more["tables"].as_array().unwrap();
        tables.iter().find(|table| table["name"] == name).unwrap_or_else(|| panic!("{name}: {more}")).clone()
    };
    // What nobody knows the type of is a text, and said to be one.
    assert_eq!(find("child")["all_texts"], serde_json::json!(["id", "doc"]), "{more}");
    assert_eq!(find("base")["generated"], serde_json::json!(["twice"]), "{more}");
    let files = [find("User")["file"].clone(), find("user")["file"].clone()]
        .map(|one| one.to_string().to_lowercase());
    assert_ne!(files[0], files[1]);
    assert_eq!(lines(&folder.join("public.no_columns.jsonl")), [serde_json::json!({})]);
    assert_eq!(of("users")["columns"][2], serde_json::json!({ "name": "balance", "type": "numeric(30,10)" }));
}

#[tokio::test]
async fn a_table_that_is_not_there_and_a_form_that_does_not_fit_are_refused_and_leave_no_file() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = backed_up(server).await;
    let save = ["backup", "save", "shop@latest", "--to", "rows.tar"];
    let refused = line.expect(1, &[&save[..], &["--table", "users", "--table", "nobody"]].concat());
    assert!(refused.said.contains("no rows of a table nobody"), "{refused:?}");
    let refused = line.expect(2, &[&save[..], &["--table", "users", "--as", "sql"]].concat());
    assert!(refused.said.contains("as JSON alone"), "{refused:?}");
    let refused = line.expect(2, &[&save[..], &["--part", "roles", "--as", "json"]].concat());
    assert!(refused.said.contains("roles has no rows"), "{refused:?}");
    assert!(!line.folder().join("rows.tar").exists());

    // All of them, sealed.
    std::fs::write(line.folder().join("pass"), "a long passphrase\n").unwrap();
    let sealed = ["--part", "database", "--as", "json", "--passphrase-file", "pass"];
    line.expect(0, &[&save[..], &sealed].concat());
    let bytes = std::fs::read(line.folder().join("rows.tar")).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org"), "{}", String::from_utf8_lossy(&bytes[..40]));
}
