//! What the compiler is told of the catalogue's queries (`.sqlx`) is what the schema says.

use std::path::PathBuf;

use serde_json::{Value, json};
use sqlx::sqlite::SqlitePool;
use sqlx::{Column as _, Executor as _, TypeInfo as _};
use testkit::Console;

use crate::architecture::{root, sources};
use crate::catalogue::open_catalogue;

/// The stored descriptions, each with its file.
fn stored() -> Vec<(PathBuf, Value)> {
    let files = std::fs::read_dir(root().join(".sqlx")).unwrap();
    let read = files.map(|file| {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        (path, serde_json::from_str(&text).unwrap())
    });
    let all: Vec<(PathBuf, Value)> = read.collect();
    assert!(all.len() > 100, "only {} are stored", all.len());
    all
}

/// What the catalogue says of a query, in the words of a stored description.
async fn described(catalogue: &SqlitePool, query: &str) -> Value {
    let found = catalogue.describe(query).await.unwrap_or_else(|error| panic!("{query}: {error}"));
    let columns = found.columns.iter().map(|column| {
        json!({
            "name": column.name(),
            "ordinal": column.ordinal(),
            // Stored by the names of sqlx's variants, said by SQLite's.
            "type_info": match column.type_info().name() {
                "INTEGER" => "Integer",
                "TEXT" => "Text",
                "NULL" => "Null",
                "REAL" => "Float",
                "BLOB" => "Blob",
                other => other,
            },
        })
    });
    let parameters = found.parameters.map(|parameters| match parameters {
        sqlx::Either::Left(types) => types.len(),
        sqlx::Either::Right(count) => count,
    });
    json!({
        "columns": columns.collect::<Vec<_>>(),
        "parameters": { "Right": parameters },
        "nullable": found.nullable,
    })
}

#[tokio::test]
async fn every_stored_description_is_what_the_migrated_catalogue_says() {
    let console = Console::new().await;
    let catalogue = open_catalogue(&console).await;
    let mut outdated = Vec::new();
    for (path, stored) in stored() {
        let now = described(&catalogue, stored["query"].as_str().unwrap()).await;
        if now != stored["describe"] {
            outdated.push(format!("{}: {} is now {now}", path.display(), stored["describe"]));
        }
    }
    assert!(outdated.is_empty(), "run `make sqlx`:\n{}", outdated.join("\n"));
}

/// The other way round the compiler looks: it refuses a query without a description.
#[test]
fn every_stored_description_is_of_a_query_of_the_sources() {
    // However a literal is broken into lines and escaped.
    let bare = |text: &str| text.replace(|c: char| c.is_whitespace() || c == '\\' || c == '"', "");
    let all: String = sources("src-tauri/crates/ledger/src").iter().map(|(_, text)| bare(text)).collect();
    let without: Vec<PathBuf> = stored()
        .into_iter()
        .filter(|(_, stored)| !all.contains(&bare(stored["query"].as_str().unwrap())))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(without, Vec::<PathBuf>::new(), "run `make sqlx`");
}
