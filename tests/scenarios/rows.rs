//! Rows of a table, looked at without restoring or keeping anything.

use std::process::Command;

use serde_json::{Value, json};
use testkit::{CommandLine, Server};

use crate::export::run;
use crate::import::{bench, dumped, json as asked};

/// Values that a text format has to escape, NULL beside the empty text, a long one, names in quotes.
const NOTES: &str = r#"
create table "Notes" (id int primary key, "the text" text, raw bytea, tags text[], at timestamp);
insert into "Notes" values
  (1, E'a\tb\\\n\r', '\x00ff', '{a,"b c"}', '2026-01-02 03:04:05'),
  (2, null, null, null, null),
  (3, '', '', '{}', null),
  (4, 'it''s (1, 2); -- \. ', null, null, null),
  (5, repeat('ü', 3000), null, null, null);
insert into "Notes" select i, 'note ' || i, null, null, null from generate_series(6, 900) i;
create table empty (id int);
"#;

fn cells(view: &Value) -> Vec<Vec<Option<&str>>> {
    let rows = view["rows"].as_array().unwrap().iter();
    rows.map(|row| row.as_array().unwrap().iter().map(Value::as_str).collect()).collect()
}

fn judge(view: &Value) {
    assert_eq!(view["columns"], json!(["id", "the text", "raw", "tags", "at"]), "{view}");
    let rows = cells(view);
    let first =
        [Some("1"), Some("a\tb\\\n\r"), Some("\\x00ff"), Some("{a,\"b c\"}"), Some("2026-01-02 03:04:05")];
    assert_eq!(rows[0], first);
    assert_eq!(rows[1], [Some("2"), None, None, None, None]);
    assert_eq!(rows[2], [Some("3"), Some(""), Some("\\x"), Some("{}"), None]);
    assert_eq!(rows[3][1], Some("it's (1, 2); -- \\. "));
    let long = rows[4][1].unwrap();
    assert!(long.ends_with('…') && long.chars().count() == 2001);
    assert_eq!((&view["cut"], &view["hasMore"], rows.len()), (&json!(1), &json!(true), 7));
}

#[tokio::test]
async fn a_page_of_a_backup_shows_the_rows_as_they_were_and_its_pages_are_all_rows() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    database.run(NOTES).await;
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    let page = ["backup", "rows", "shop@latest", "public.Notes"];
    judge(&asked(&line, &[&page[..], &["--count", "7"]].concat()));

    let mut ids: Vec<String> = Vec::new();
    loop {
        let first = ids.len().to_string();
        let view = asked(&line, &[&page[..], &["--first", &first, "--count", "400"]].concat());
        ids.extend(cells(&view).iter().map(|row| row[0].unwrap().to_owned()));
        if view["hasMore"] == false {
            break;
        }
    }
    assert_eq!(ids, (1..=900).map(|id| id.to_string()).collect::<Vec<_>>());

    let empty = asked(&line, &["backup", "rows", "shop@latest", "empty"]);
    assert_eq!((&empty["columns"], &empty["rows"]), (&json!(["id"]), &json!([])));
    let shown = line.expect(0, &[&page[..], &["--count", "2"]].concat()).output;
    assert!(shown.contains("the text") && shown.contains("NULL") && shown.contains("--first 2"), "{shown}");
    let unknown = line.call(&["backup", "rows", "shop@latest", "public.notes"]);
    assert_eq!(unknown.status, Some(1));
    assert!(unknown.said.contains("table_not_found"), "{}", unknown.said);
    let many = line.call(&[&page[..], &["--count", "501"]].concat());
    assert!(many.said.contains("1 to 500"), "{}", many.said);
}

#[tokio::test]
async fn a_page_of_a_file_is_the_same_in_every_format_and_keeps_nothing() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    database.run(NOTES).await;
    let folder = dumped(&line, &database, "folder", &["--format=directory"]);
    let tarred = line.folder().join("folder.tar.gz");
    let name = folder.file_name().unwrap();
    run(Command::new("tar").arg("-czf").arg(&tarred).arg("-C").arg(line.folder()).arg(name));
    // The table of contents behind the files that it describes.
    let behind = line.folder().join("behind.tar");
    run(Command::new("sh")
        .arg("-c")
        .arg(r#"cd "$0" && tar -cf "$1" $(ls folder/*.gz) folder/toc.dat"#)
        .arg(line.folder())
        .arg(&behind));
    let before = line.call(&["project", "list", "--json"]).output;
    let files = [
        dumped(&line, &database, "custom.dump", &["--format=custom"]),
        dumped(&line, &database, "plain.dump", &["--format=custom", "--compress=0"]),
        dumped(&line, &database, "tar.tar", &["--format=tar"]),
        tarred,
        behind,
        dumped(&line, &database, "copy.sql", &["--format=plain"]),
        dumped(&line, &database, "inserts.sql", &["--format=plain", "--inserts", "--column-inserts"]),
        dumped(
            &line,
            &database,
            "many.sql",
            &["--column-inserts", "--rows-per-insert=300", "--on-conflict-do-nothing"],
        ),
    ];
    for file in &files {
        let page = ["bundle", "rows", file.as_str(), "--table", "public.Notes", "--count", "7"];
        judge(&asked(&line, &page));
        let last = asked(&line, &[&page[..5], &["--first", "898", "--count", "7"]].concat());
        assert_eq!(cells(&last).len(), 2, "{file}: {last}");
        assert_eq!(last["hasMore"], false, "{file}");
        let empty = asked(&line, &["bundle", "rows", file.as_str(), "--table", "empty"]);
        assert_eq!(empty["rows"], json!([]), "{file}");
        let unknown = line.call(&["bundle", "rows", file.as_str(), "--table", "nothing"]);
        assert!(unknown.said.contains("table_not_found"), "{file}: {}", unknown.said);
    }
    assert_eq!(line.call(&["project", "list", "--json"]).output, before);
}

#[test]
fn rows_of_an_organisation_have_the_columns_of_all_of_them() {
    let line = CommandLine::new();
    let file = line.folder().join("acme.json");
    let rows = json!([{ "id": 1, "name": "a\nb" }, { "id": 2.50, "paid": true, "more": { "x": [1] } }]);
    let tables = json!({ "orders": { "data": rows, "record_count": 2 } });
    let text = json!({ "backup_id": "b", "organization_id": "acme", "version": "1", "tables": tables });
    std::fs::write(&file, text.to_string()).unwrap();
    let view = asked(&line, &["bundle", "rows", file.as_str(), "--table", "orders"]);
    let columns: Vec<&str> = view["columns"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!((columns[0], columns[1], columns.len()), ("id", "name", 4));
    let [one, two] = cells(&view).try_into().unwrap();
    assert_eq!(one, [Some("1"), Some("a\nb"), None, None]);
    let of = |name: &str| two[columns.iter().position(|column| *column == name).unwrap()];
    assert_eq!(
        (of("id"), of("name"), of("paid"), of("more")),
        (Some("2.5"), None, Some("true"), Some("{\"x\":[1]}"))
    );
}

#[tokio::test]
async fn a_script_is_read_as_psql_reads_it_and_what_stands_in_a_comment_is_no_row() {
    let line = CommandLine::new();
    let file = line.folder().join("tricky.sql");
    let script = "-- COPY public.t (a) FROM stdin;\n-- 0\n\
        /* INSERT INTO t VALUES (0); */\nselect 'INSERT INTO t VALUES (0)';\nselect $$COPY t FROM stdin;\n0\n\\.\n$$;\n\
        INSERT INTO t (a, b) VALUES (1, 'x;('), (2, E'\\'),(') ON CONFLICT (a) DO UPDATE SET b = 'y';\n\
        COPY public.other (a) FROM stdin;\n7\n\\.\n\
        COPY public.t (a, b) FROM stdin;\n3\t\\N\n\\.\n";
    std::fs::write(&file, script).unwrap();
    let view = asked(&line, &["bundle", "rows", file.as_str(), "--table", "t"]);
    assert_eq!(view["columns"], json!(["a", "b"]));
    let wanted = [[Some("1"), Some("x;(")], [Some("2"), Some("'),(")], [Some("3"), None]];
    assert_eq!(cells(&view), wanted);
    let tables = asked(&line, &["bundle", "inspect", file.as_str()]);
    let of = |name: &str| {
        let tables = tables[0]["tables"].as_array().unwrap();
        tables.iter().find(|table| table["name"] == name).unwrap()["rows"].as_u64()
    };
    assert_eq!((of("t"), of("other")), (Some(3), Some(1)));
}
