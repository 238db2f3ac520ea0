//! Comparing the structure of two dumps, by their tables of contents: every object with its statement.

use std::collections::BTreeMap;

use super::{Found, ObjectChange, ObjectDiff};
use base::words::counted;
use postgres::custom_format::{Toc, TocEntry};

/// Sequences that are named; the rest is counted.
const SEQUENCES_NAMED_MAX: usize = 5;

/// What tells objects apart: kind, schema, name.
type Key<'a> = (&'a str, Option<&'a str>, &'a str);
/// How an object is made, and whose it is. A name may stand for several, so each side is a list.
type Made<'a> = (&'a str, Option<&'a str>);

/// Compares objects and the values of sequences.
pub(super) fn compare(found: &mut Found, first: &Toc, second: &Toc) {
    let mut sides: BTreeMap<Key<'_>, [Vec<Made<'_>>; 2]> = BTreeMap::new();
    for (side, toc) in [first, second].into_iter().enumerate() {
        for entry in toc.entries.iter().filter(|entry| is_compared(entry)) {
            let key = (entry.kind.as_str(), entry.schema.as_deref(), entry.tag.as_str());
            let owner = entry.owner.as_deref().filter(|_| has_owner(&entry.kind));
            sides.entry(key).or_default()[side].push((entry.definition.as_str(), owner));
        }
    }
    let mut sequences = Vec::new();
    for ((kind, schema, name), [mut a, mut b]) in sides {
        a.sort_unstable();
        b.sort_unstable();
        let change = match (a.is_empty(), b.is_empty()) {
            _ if a == b => continue,
            (true, _) => ObjectChange::Added,
            (_, true) => ObjectChange::Removed,
            _ => ObjectChange::Changed,
        };
        let schema = schema.map(str::to_owned);
        if kind != "SEQUENCE SET" {
            found.objects.push(ObjectDiff { kind: words(kind), schema, name: name.to_owned(), change });
        } else if change == ObjectChange::Changed {
            // One that came or went is an object of its own, and stands there.
            sequences.push(schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}")));
        }
    }
    if !sequences.is_empty() {
        let rest = sequences.len().saturating_sub(SEQUENCES_NAMED_MAX) as u64;
        let named = sequences[..sequences.len().min(SEQUENCES_NAMED_MAX)].join(", ");
        let more = if rest > 0 { format!(" and {}", counted(rest, "more sequence")) } else { String::new() };
        found.content.push(format!("At another value: {named}{more}."));
    }
}

/// Rows are compared by fingerprint, and entries that tell `pg_dump` how to read the file are not objects.
fn is_compared(entry: &TocEntry) -> bool {
    !matches!(
        entry.kind.as_str(),
        "ENCODING"
            | "STDSTRINGS"
            | "SEARCHPATH"
            | "TABLE DATA"
            | "MATERIALIZED VIEW DATA"
            | "STATISTICS DATA"
            | "BLOB"
            | "BLOBS"
            | "BLOB METADATA"
    )
}

/// Whether an object has its own owner. The archive repeats the table's owner for its keys and indexes, so a
/// change of the table's owner would show up as changes of these.
fn has_owner(kind: &str) -> bool {
    !matches!(
        kind,
        "CONSTRAINT"
            | "CHECK CONSTRAINT"
            | "FK CONSTRAINT"
            | "COMMENT"
            | "ACL"
            | "DEFAULT"
            | "INDEX"
            | "INDEX ATTACH"
            | "POLICY"
            | "ROW SECURITY"
            | "RULE"
            | "SEQUENCE OWNED BY"
            | "SEQUENCE SET"
            | "TABLE ATTACH"
            | "TRIGGER"
    )
}

/// A kind as people call it; `pg_dump` writes it in capitals.
fn words(kind: &str) -> String {
    match kind {
        "FK CONSTRAINT" => "foreign key".into(),
        "ACL" => "rights".into(),
        "DEFAULT ACL" => "default rights".into(),
        "TABLE ATTACH" => "partition".into(),
        "INDEX ATTACH" => "index of a partition".into(),
        "SEQUENCE OWNED BY" => "sequence of a column".into(),
        "DATABASE PROPERTIES" => "settings of the database".into(),
        other => other.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postgres::custom_format::{Header, Section};

    fn entry(kind: &str, tag: &str, definition: &str, owner: &str) -> TocEntry {
        TocEntry {
            dump_id: 1,
            section: Section::PreData,
            has_data: false,
            tag: tag.into(),
            kind: kind.into(),
            definition: definition.into(),
            copy: None,
            schema: Some("public".into()),
            owner: Some(owner.into()),
            dependencies: Vec::new(),
            object: (0, 0),
        }
    }

    fn found(first: Vec<TocEntry>, second: Vec<TocEntry>) -> Found {
        let toc = |entries| Toc {
            header: Header {
                version: (1, 14, 0),
                int_bytes: 4,
                is_compressed: false,
                database: None,
                server_version: None,
                tool_version: None,
            },
            entries,
            prefix_bytes: 0,
        };
        let mut found = Found::default();
        compare(&mut found, &toc(first), &toc(second));
        found
    }

    #[test]
    fn objects_that_came_went_changed_or_have_another_owner_are_told() {
        let first = vec![
            entry("TABLE", "orders", "CREATE TABLE public.orders (id int)", "shop"),
            entry("INDEX", "gone", "CREATE INDEX gone", "shop"),
            entry("VIEW", "v", "CREATE VIEW v", "shop"),
            entry("TYPE", "same", "CREATE TYPE same", "shop"),
            entry("TABLE DATA", "orders", "", "shop"),
        ];
        let second = vec![
            entry("TABLE", "orders", "CREATE TABLE public.orders (id bigint)", "shop"),
            entry("FK CONSTRAINT", "orders k", "ALTER TABLE", "shop"),
            entry("VIEW", "v", "CREATE VIEW v", "other"),
            entry("TYPE", "same", "CREATE TYPE same", "shop"),
        ];
        let told: Vec<_> =
            found(first, second).objects.into_iter().map(|one| (one.kind, one.name, one.change)).collect();
        let expected = [
            ("foreign key", "orders k", ObjectChange::Added),
            ("index", "gone", ObjectChange::Removed),
            ("table", "orders", ObjectChange::Changed),
            ("view", "v", ObjectChange::Changed),
        ];
        assert_eq!(told, expected.map(|(kind, name, change)| (kind.to_owned(), name.to_owned(), change)));
    }

    #[test]
    fn a_table_that_was_given_away_changed_and_its_keys_did_not() {
        let of = |owner| {
            vec![
                entry("TABLE", "orders", "CREATE TABLE", owner),
                entry("CONSTRAINT", "orders orders_pkey", "ALTER TABLE", owner),
                entry("DEFAULT", "orders id", "ALTER TABLE", owner),
            ]
        };
        let told: Vec<_> = found(of("shop"), of("other")).objects.into_iter().map(|one| one.name).collect();
        assert_eq!(told, ["orders"]);
    }

    #[test]
    fn a_sequence_at_another_value_is_a_difference_of_content_and_no_object() {
        let at = |value: u32| vec![entry("SEQUENCE SET", "orders_id_seq", &format!("setval {value}"), "")];
        let moved = found(at(1), at(2));
        assert_eq!(moved.content, ["At another value: public.orders_id_seq."]);
        assert!(moved.objects.is_empty());
        assert!(found(at(1), at(1)).content.is_empty());
    }
}
