//! Rows of one organisation, as its platform writes them: with the types that all values have, and with what
//! the file claims of itself held against what is in it.

use serde_json::{Value, json};
use testkit::{CommandLine, Server};

use super::{json as asked, tables};

fn organisation(orders: usize, claimed: usize) -> Value {
    let rows: Vec<Value> = (0..orders)
        .map(|at| json!({ "id": format!("00000000-0000-4000-8000-{at:012}"), "total": 12.340, "at": "2026-01-02T03:04:05+00:00", "tags": ["a", "b\\ \t"], "paid": at % 2 == 0, "note": if at == 0 { Value::Null } else { json!("line\nbreak") } }))
        .collect();
    json!({ "backup_id": "backup_acme_1", "created_at": "2026-11-20T02:00:00Z", "created_by": "cron", "organization_id": "acme", "version": "1.5",
        "tables": {
            "orders": { "data": rows, "record_count": claimed },
            "customers": { "data": [], "record_count": 0, "error": "permission denied" },
        } })
}

#[test]
fn an_organisation_becomes_a_database_with_typed_columns_and_what_is_odd_about_it_is_said() {
    if Server::shared().is_none() {
        return;
    }
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let file = line.folder().join("acme.json");
    std::fs::write(&file, organisation(1000, 1000).to_string()).unwrap();
    let made = asked(&line, &["bundle", "import", file.as_str(), "--as", "acme"]);
    assert_eq!(tables(&line, "acme@latest"), [("customers".to_owned(), 0), ("orders".to_owned(), 1000)]);
    let said = made["warnings"].to_string();
    assert!(
        said.contains("1,000") || said.contains("1000"),
        "a table with as many rows as an API gives: {said}"
    );
    assert!(said.contains("permission denied") && said.contains("no point in time"), "{said}");
    assert_eq!(asked(&line, &["drill", "run", "acme"])["verdict"], "pass");
    let types = "select string_agg(column_name || ' ' || data_type, ', ' order by column_name) from information_schema.columns where table_name = 'orders' and table_schema = 'public'";
    let assertion = format!(
        "select ({types}) = 'at timestamp with time zone, id uuid, note text, paid boolean, tags jsonb, total numeric'"
    );
    line.expect(0, &["drill", "assert", "add", "acme", "types", &assertion]);
    line.expect(0, &["drill", "assert", "add", "acme", "values", "select sum(total) = 12340.000 and count(*) filter (where note is null) = 1 and min(tags ->> 1) = E'b\\\\ \\t' from orders"]);
    let drill = asked(&line, &["drill", "run", "acme"]);
    assert_eq!(drill["verdict"], "pass", "{drill}");
}

#[test]
fn a_file_that_is_cut_is_no_backup() {
    if Server::shared().is_none() {
        return;
    }
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let file = line.folder().join("acme.json");
    let whole = organisation(50, 50).to_string();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let refused = line.call(&["bundle", "import", file.as_str(), "--as", "acme"]);
    assert_eq!(refused.status, Some(1), "{}", refused.said);
    // Where the cut falls within a value it looks like damage.
    let is_named = ["archive_truncated", "archive_damaged"].iter().any(|code| refused.said.contains(code));
    assert!(is_named, "{}", refused.said);
    assert_eq!(asked(&line, &["backup", "list"])["total"], 0);
}

#[test]
fn a_table_that_the_last_backup_had_and_this_one_has_not_is_named() {
    if Server::shared().is_none() {
        return;
    }
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let file = line.folder().join("acme.json");
    std::fs::write(&file, organisation(20, 20).to_string()).unwrap();
    line.expect(0, &["bundle", "import", file.as_str(), "--as", "acme"]);
    let mut less = organisation(20, 20);
    less["tables"].as_object_mut().unwrap().remove("orders");
    std::fs::write(&file, less.to_string()).unwrap();
    let made = asked(&line, &["bundle", "import", file.as_str(), "--into", "acme"]);
    let said = made["warnings"].to_string();
    assert!(said.contains("Table public.orders of the last backup is gone; it had 20 rows there."), "{said}");
}

/// Tables of so many rows each.
fn tables_of(rows: &[usize]) -> Value {
    let table = |(number, rows): (usize, &usize)| {
        let data: Vec<Value> =
            (0..*rows).map(|id| json!({ "id": id, "words": format!("row {id}") })).collect();
        (format!("t{number}"), json!({ "record_count": data.len(), "data": data }))
    };
    let tables: serde_json::Map<String, Value> = rows.iter().enumerate().map(table).collect();
    json!({ "backup_id": "backup_acme_1", "created_at": "2026-11-20T02:00:00Z", "organization_id": "acme",
        "version": "1.5", "tables": tables })
}

#[test]
fn tables_that_any_limit_cut_keep_a_backup_from_counting() {
    if Server::shared().is_none() {
        return;
    }
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let file = line.folder().join("acme.json");
    let held = |name: &str, rows: &[usize]| {
        std::fs::write(&file, tables_of(rows).to_string()).unwrap();
        asked(&line, &["bundle", "import", file.as_str(), "--as", name])["row"]["heldBack"].clone()
    };
    for (name, rows, said) in [
        ("odd", &[137, 12, 137][..], "t0 has exactly 137 rows, as t2 has"),
        ("round", &[250, 12, 80], "t0 has exactly 250 rows"),
    ] {
        let why = held(name, rows);
        assert!(why.as_str().is_some_and(|why| why.contains(said)), "{why}");
    }
    let shown = line.expect(0, &["backup", "show", "odd@latest"]).output;
    assert!(shown.contains("Does not count"), "{shown}");
    assert_eq!(held("honest", &[137, 12, 141]), Value::Null);
}
