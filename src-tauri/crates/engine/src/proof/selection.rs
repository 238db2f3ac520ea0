//! How much of a backup is restored: everything, data and keys, or the rows of selected tables.
//!
//! Everything else is removed from the archive's head, so that loading and checking work the same way for all
//! three. The vault is not changed.

use std::collections::HashSet;
use std::io::{Cursor, Read};
use std::sync::Arc;

use crate::archive::opened::blocking;
use base::failure::Failure;
use postgres::custom_format::{BlockKind, Section, Toc, TocEntry};
use postgres::fill::{LoadError, StoredDump};
use postgres::target::quote_identifier;

/// How much comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// All of it.
    Everything,
    /// Rows, with primary keys, unique and foreign keys; no other indexes, triggers, policies, rules.
    DataAndKeys,
    /// The rows of these tables, by schema and name, with all that belongs to them.
    Tables(Vec<(String, String)>),
}

/// A dump to load, and its table of contents.
pub(super) struct Selected {
    pub(super) dump: StoredDump,
    pub(super) toc: Toc,
    /// Entries that stay in the vault.
    pub(super) left_out: usize,
}

/// Takes of a dump what is wanted.
pub(super) async fn select(dump: StoredDump, selection: &Selection) -> Result<Selected, Failure> {
    let selection = selection.clone();
    blocking(move || -> Result<Selected, LoadError> {
        let io = |source| LoadError::Io { what: "read the dump from the vault", source };
        let mut head = Vec::new();
        (dump.open)(0, dump.prefix_bytes).map_err(io)?.read_to_end(&mut head).map_err(io)?;
        let whole = Toc::parse(&head)?;
        if selection == Selection::Everything {
            return Ok(Selected { dump, toc: whole, left_out: 0 });
        }
        let wanted = Wanted::of(&whole, &selection);
        let head = Toc::select(&head, &|entry| wanted.has(entry))?;
        let toc = Toc::parse(&head)?;
        let left_out = whole.entries.len() - toc.entries.len();
        let dump = with_head(dump, head, &toc);
        Ok(Selected { dump, toc, left_out })
    })
    .await
}

/// The dump with another head before the same data.
fn with_head(dump: StoredDump, head: Vec<u8>, toc: &Toc) -> StoredDump {
    let kept: HashSet<i64> = toc.entries.iter().map(|entry| entry.dump_id).collect();
    let filled: HashSet<(&str, &str)> = toc
        .entries
        .iter()
        .filter(|entry| entry.kind == "TABLE DATA")
        .map(|entry| (entry.schema.as_deref().unwrap_or_default(), entry.tag.as_str()))
        .collect();
    let tables = dump.tables.into_iter();
    let (whole, head): (_, Arc<[u8]>) = (dump.open, head.into());
    StoredDump {
        beside: dump.beside,
        bytes: dump.bytes,
        prefix_bytes: head.len() as u64,
        blocks: dump
            .blocks
            .into_iter()
            .filter(|block| block.kind != BlockKind::Rows || kept.contains(&block.dump_id))
            .collect(),
        tables: tables
            .filter(|table| filled.contains(&(table.schema.as_str(), table.name.as_str())))
            .collect(),
        open: Arc::new(move |offset, length| match offset {
            // Nothing but the head is read from the beginning.
            0 => Ok(Box::new(Cursor::new(Arc::clone(&head)).take(length))),
            _ => whole(offset, length),
        }),
    }
}

/// Which entries stay.
enum Wanted {
    Keys { lost_indexes: HashSet<String> },
    Tables { names: HashSet<(String, String)>, texts: Vec<String> },
}

impl Wanted {
    fn of(toc: &Toc, selection: &Selection) -> Self {
        match selection {
            Selection::Everything | Selection::DataAndKeys => {
                let lost = toc.entries.iter().filter(|entry| entry.kind == "INDEX" && !is_unique(entry));
                let texts = lost.flat_map(|entry| spellings(schema_of(entry), &entry.tag));
                Self::Keys { lost_indexes: texts.collect() }
            }
            Selection::Tables(names) => Self::Tables {
                texts: names.iter().flat_map(|(schema, name)| spellings(schema, name)).collect(),
                names: names.iter().cloned().collect(),
            },
        }
    }

    fn has(&self, entry: &TocEntry) -> bool {
        match self {
            Self::Keys { lost_indexes } => is_data_or_key(entry, lost_indexes),
            Self::Tables { names, texts } => is_of_sample(entry, names, texts),
        }
    }
}

fn is_data_or_key(entry: &TocEntry, lost_indexes: &HashSet<String>) -> bool {
    if entry.section != Section::PostData {
        return true;
    }
    match entry.kind.as_str() {
        "CONSTRAINT" | "FK CONSTRAINT" | "CHECK CONSTRAINT" => true,
        // A foreign key may stand on a unique index that is no constraint.
        "INDEX" => is_unique(entry),
        "INDEX ATTACH" => {
            let parent = entry.definition.strip_prefix("\nALTER INDEX ");
            let parent = parent.or_else(|| entry.definition.strip_prefix("ALTER INDEX "));
            let parent = parent.and_then(|text| text.split_once(" ATTACH PARTITION "));
            parent.is_some_and(|(parent, _)| !lost_indexes.contains(parent))
        }
        _ => false,
    }
}

fn is_of_sample(entry: &TocEntry, names: &HashSet<(String, String)>, texts: &[String]) -> bool {
    let is_sampled = |table: &str| names.contains(&(schema_of(entry).to_owned(), table.to_owned()));
    let is_of_large_object = entry.kind.starts_with("BLOB") || entry.tag.starts_with("LARGE OBJECT");
    if is_of_large_object {
        return false;
    }
    match entry.kind.as_str() {
        "TABLE DATA" => is_sampled(&entry.tag),
        "FK CONSTRAINT" => {
            // A key of an empty table holds; a key to a table without its rows cannot.
            let child = names.iter().any(|(schema, name)| {
                schema == schema_of(entry)
                    && entry.tag.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(' '))
            });
            let refers = entry.definition.split(" REFERENCES ").nth(1).unwrap_or_default();
            !child || texts.iter().any(|text| refers.strip_prefix(text.as_str()).is_some_and(ends_name))
        }
        "SEQUENCE SET" | "MATERIALIZED VIEW DATA" | "STATISTICS DATA" | "SUBSCRIPTION" => false,
        _ => true,
    }
}

fn ends_name(rest: &str) -> bool {
    rest.starts_with('(') || rest.starts_with(' ') || rest.starts_with(';')
}

fn is_unique(entry: &TocEntry) -> bool {
    entry.definition.trim_start().starts_with("CREATE UNIQUE INDEX")
}

fn schema_of(entry: &TocEntry) -> &str {
    entry.schema.as_deref().unwrap_or_default()
}

/// A name as `pg_dump` may write it: each part is quoted only where it has to be.
fn spellings(schema: &str, name: &str) -> Vec<String> {
    let forms = |text: &str| [text.to_owned(), quote_identifier(text)];
    forms(schema).iter().flat_map(|schema| forms(name).map(|name| format!("{schema}.{name}"))).collect()
}
