//! The kinds of an archive's entries: what a role may make, what belongs to what, and what they are called.

use base::words::count_words;
use postgres::custom_format::TocEntry;

/// What an entry says of something else: it is done where that is made, and nowhere else.
pub(super) const BELONGS: [&str; 5] =
    ["ACL", "COMMENT", "MATERIALIZED VIEW DATA", "SECURITY LABEL", "SEQUENCE SET"];
/// What nobody counts by itself.
pub(super) const NOT_COUNTED: [&str; 6] =
    ["DEFAULT", "DEFAULT ACL", "INDEX ATTACH", "ROW SECURITY", "SEQUENCE OWNED BY", "TABLE ATTACH"];
/// What is no part of the structure, or of more than this database.
pub(super) const NOT_MADE: [&str; 10] = [
    "BLOB",
    "BLOB METADATA",
    "BLOBS",
    "DATABASE",
    "DATABASE PROPERTIES",
    "ENCODING",
    "SEARCHPATH",
    "STATISTICS DATA",
    "STDSTRINGS",
    "TABLE DATA",
];
/// What rows need to go in: made, or nothing is. All else that is not sure is tried.
pub(super) const NEEDED_BY_ROWS: [&str; 6] =
    ["COLLATION", "DOMAIN", "EXTENSION", "SCHEMA", "SEQUENCE", "TYPE"];
/// What many a role may not make that is no superuser. It is tried.
pub(super) const OF_SUPERUSERS: [&str; 13] = [
    "ACCESS METHOD",
    "CAST",
    "EVENT TRIGGER",
    "FOREIGN DATA WRAPPER",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "PROCEDURAL LANGUAGE",
    "PUBLICATION",
    "PUBLICATION TABLE",
    "PUBLICATION TABLES IN SCHEMA",
    "SERVER",
    "SHELL TYPE",
    "TRANSFORM",
];
/// What is a part of a table, and made by its owner.
pub(super) const OF_TABLES: [&str; 8] =
    ["CHECK CONSTRAINT", "CONSTRAINT", "FK CONSTRAINT", "INDEX", "POLICY", "RULE", "STATISTICS", "TRIGGER"];
/// Of these, what needs no right to make something in the table's schema.
pub(super) const PARTS: [&str; 6] =
    ["CHECK CONSTRAINT", "CONSTRAINT", "FK CONSTRAINT", "POLICY", "RULE", "TRIGGER"];
/// What has parts.
pub(super) const WHOLES: [&str; 5] = ["DOMAIN", "FOREIGN TABLE", "MATERIALIZED VIEW", "TABLE", "VIEW"];
/// What has columns with defaults.
pub(super) const RELATIONS: [&str; 3] = ["FOREIGN TABLE", "TABLE", "VIEW"];
/// A connection of the server's own to another one: whoever restores decides whether it is wanted again.
pub(super) const SUBSCRIPTION: &str = "SUBSCRIPTION";
pub(super) const POLICY: &str = "POLICY";
pub(super) const TABLE: &str = "TABLE";
const AS_RESTRICTIVE: &str = " AS RESTRICTIVE";

/// Whether a policy takes rows away from those who would see them by another one.
pub(in crate::restore) fn is_restrictive(entry: &TocEntry) -> bool {
    entry.kind == POLICY && entry.definition.contains(AS_RESTRICTIVE)
}

/// Whether it is the number of a column, which is a part of its table.
pub(super) fn is_identity(entry: &TocEntry) -> bool {
    entry.kind == "SEQUENCE" && entry.definition.trim_start().starts_with("ALTER TABLE")
}

/// The class that tells whether something of a kind is there; none where names alone do not.
pub(super) fn class(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "TABLE" | "VIEW" | "MATERIALIZED VIEW" | "FOREIGN TABLE" | "SEQUENCE" | "INDEX" => "RELATION",
        "TYPE" | "DOMAIN" | "SHELL TYPE" => "TYPE",
        "FUNCTION" | "PROCEDURE" | "AGGREGATE" => "ROUTINE",
        "CONSTRAINT" | "FK CONSTRAINT" | "CHECK CONSTRAINT" => "CONSTRAINT",
        "SCHEMA" => "SCHEMA",
        "EXTENSION" => "EXTENSION",
        "PUBLICATION" => "PUBLICATION",
        "PUBLICATION TABLE" => "PUBLICATION TABLE",
        "EVENT TRIGGER" => "EVENT TRIGGER",
        "SERVER" => "SERVER",
        "FOREIGN DATA WRAPPER" => "FOREIGN DATA WRAPPER",
        "PROCEDURAL LANGUAGE" => "LANGUAGE",
        "COLLATION" => "COLLATION",
        "CONVERSION" => "CONVERSION",
        "TEXT SEARCH CONFIGURATION" => "TEXT SEARCH CONFIGURATION",
        "TEXT SEARCH DICTIONARY" => "TEXT SEARCH DICTIONARY",
        "STATISTICS" => "STATISTICS",
        "TRIGGER" => "TRIGGER",
        "POLICY" => "POLICY",
        "RULE" => "RULE",
        _ => return None,
    })
}

/// `the policy storage.objects Own files`.
pub(in crate::restore) fn named(entry: &TocEntry) -> String {
    let schema = entry.schema.as_deref().filter(|schema| !schema.is_empty());
    let place = schema.map_or_else(String::new, |schema| format!("{schema}."));
    format!("the {} {place}{}", word(&entry.kind), entry.tag)
}

fn word(kind: &str) -> String {
    match kind {
        "FK CONSTRAINT" => "foreign key".to_owned(),
        "CHECK CONSTRAINT" => "check".to_owned(),
        "PUBLICATION TABLE" => "table of a publication".to_owned(),
        kind => kind.to_lowercase(),
    }
}

pub(super) fn kinds(kind: &str, count: u64) -> String {
    let word = word(kind);
    let plural = match word.as_str() {
        _ if count == 1 => word,
        "index" => "indexes".to_owned(),
        "policy" => "policies".to_owned(),
        "statistics" => "statistics".to_owned(),
        "table of a publication" => "tables of publications".to_owned(),
        _ if word.ends_with('y') && !word.ends_with("key") => format!("{}ies", &word[..word.len() - 1]),
        _ => format!("{word}s"),
    };
    format!("{} {plural}", count_words(count))
}
