//! Which tables of an archive point to which, by their foreign keys.
//!
//! Partitioned tables hold no rows themselves: a key of one, or to one, is a key of the partitions that do.

use std::collections::{HashMap, HashSet};

use super::names::{TableName, after_brackets, identifier, table};
use super::{Toc, TocEntry};

/// A foreign key of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name.
    pub name: String,
    /// The table that has it.
    pub from: TableName,
    /// The tables with its rows: the table itself, or its partitions.
    pub from_rows: Vec<TableName>,
    /// The table that it points to.
    pub to: TableName,
    /// The tables with the rows that it points to.
    pub to_rows: Vec<TableName>,
}

/// The foreign keys of an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// All that were understood, by the table that has them.
    pub keys: Vec<ForeignKey>,
    /// Those that were not, as the archive calls them: what they point to is not known.
    pub unread: Vec<String>,
}

impl Toc {
    /// The foreign keys between tables whose rows the archive holds.
    pub fn references(&self) -> References {
        let filled: HashSet<TableName> = self.of_kind("TABLE DATA").map(named).collect();
        let mut parts: HashMap<TableName, Vec<TableName>> = HashMap::new();
        for (parent, part) in self.of_kind("TABLE ATTACH").filter_map(attached) {
            parts.entry(parent).or_default().push(part);
        }
        let mut all = References::default();
        for entry in self.of_kind("FK CONSTRAINT") {
            let Some((from, name, to)) = key(entry) else {
                all.unread.push(entry.tag.clone());
                continue;
            };
            let (from_rows, to_rows) = (rows_of(&from, &parts, &filled), rows_of(&to, &parts, &filled));
            // A key of tables whose rows were not dumped binds no row of the backup.
            if !from_rows.is_empty() && !to_rows.is_empty() {
                all.keys.push(ForeignKey { name, from, from_rows, to, to_rows });
            }
        }
        all.keys.sort_by(|one, other| (&one.from, &one.name).cmp(&(&other.from, &other.name)));
        all
    }

    fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a TocEntry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }
}

fn named(entry: &TocEntry) -> TableName {
    TableName::new(schema_of(entry), &entry.tag)
}

fn schema_of(entry: &TocEntry) -> &str {
    entry.schema.as_deref().unwrap_or_default()
}

/// `ALTER TABLE [ONLY] schema.table`, and what follows.
fn altered(entry: &TocEntry) -> Option<(TableName, &str)> {
    let rest = entry.definition.trim_start().strip_prefix("ALTER TABLE ")?;
    let (name, rest) = table(rest.strip_prefix("ONLY ").unwrap_or(rest), schema_of(entry))?;
    Some((name, rest.trim_start()))
}

/// The partitioned table and its partition.
fn attached(entry: &TocEntry) -> Option<(TableName, TableName)> {
    let (parent, rest) = altered(entry)?;
    let (part, _) = table(rest.strip_prefix("ATTACH PARTITION ")?, schema_of(entry))?;
    Some((parent, part))
}

/// The table, the key's name, and the table that it points to.
fn key(entry: &TocEntry) -> Option<(TableName, String, TableName)> {
    let (from, rest) = altered(entry)?;
    let (name, rest) = identifier(rest.strip_prefix("ADD CONSTRAINT ")?)?;
    let rest = after_brackets(rest.trim_start().strip_prefix("FOREIGN KEY ")?)?;
    let (to, _) = table(rest.trim_start().strip_prefix("REFERENCES ")?, schema_of(entry))?;
    Some((from, name, to))
}

/// The table itself where it has rows, and its partitions, at any depth.
fn rows_of(
    table: &TableName,
    parts: &HashMap<TableName, Vec<TableName>>,
    filled: &HashSet<TableName>,
) -> Vec<TableName> {
    let (mut found, mut seen, mut open) = (Vec::new(), HashSet::new(), vec![table]);
    while let Some(next) = open.pop() {
        // An archive that says that a table is a part of itself must not hold us.
        if !seen.insert(next) {
            continue;
        }
        if filled.contains(next) {
            found.push(next.clone());
        }
        open.extend(parts.get(next).into_iter().flatten());
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::super::{Header, Section};
    use super::*;

    fn entry(kind: &str, tag: &str, definition: &str) -> TocEntry {
        TocEntry {
            dump_id: 1,
            section: Section::PostData,
            has_data: false,
            tag: tag.into(),
            kind: kind.into(),
            definition: definition.into(),
            copy: None,
            schema: Some("public".into()),
            owner: None,
            dependencies: Vec::new(),
            object: (0, 0),
        }
    }

    fn toc(entries: Vec<TocEntry>) -> Toc {
        let header = Header {
            version: (1, 14, 0),
            int_bytes: 4,
            is_compressed: false,
            database: None,
            server_version: None,
            tool_version: None,
        };
        Toc { header, entries, prefix_bytes: 0 }
    }

    fn all(of: &[TableName]) -> Vec<String> {
        of.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_key_says_which_table_points_to_which() {
        let found = toc(vec![
            entry("TABLE DATA", "orders", ""),
            entry("TABLE DATA", "Some \"one\"", ""),
            entry(
                "FK CONSTRAINT",
                "orders for REFERENCES",
                "ALTER TABLE ONLY public.orders\n    ADD CONSTRAINT \"for REFERENCES\" FOREIGN KEY (\"a) REFERENCES b\") \
                 REFERENCES public.\"Some \"\"one\"\"\"(id) ON DELETE CASCADE;\n",
            ),
        ])
        .references();
        let key = &found.keys[0];
        assert_eq!((key.name.as_str(), key.from.to_string().as_str()), ("for REFERENCES", "public.orders"));
        assert_eq!(key.to.to_string(), "public.Some \"one\"");
        assert!(found.unread.is_empty());
    }

    #[test]
    fn a_key_to_a_partitioned_table_is_one_to_all_its_partitions_and_a_loop_ends() {
        let attach = |parent: &str, part: &str| {
            let sql = format!(
                "ALTER TABLE ONLY public.{parent} ATTACH PARTITION public.{part} FOR VALUES IN (1);\n"
            );
            entry("TABLE ATTACH", part, &sql)
        };
        let found = toc(vec![
            entry("TABLE DATA", "lines", ""),
            entry("TABLE DATA", "orders_a", ""),
            entry("TABLE DATA", "orders_b1", ""),
            attach("orders", "orders_a"),
            attach("orders", "orders_b"),
            attach("orders_b", "orders_b1"),
            attach("orders_b1", "orders"),
            entry(
                "FK CONSTRAINT",
                "lines k",
                "ALTER TABLE ONLY public.lines ADD CONSTRAINT k FOREIGN KEY (o) REFERENCES public.orders(id);",
            ),
        ])
        .references();
        assert_eq!(all(&found.keys[0].to_rows), ["public.orders_a", "public.orders_b1"]);
        assert_eq!(all(&found.keys[0].from_rows), ["public.lines"]);
    }

    #[test]
    fn what_is_not_understood_is_named_and_a_table_without_rows_binds_nothing() {
        let found = toc(vec![
            entry("TABLE DATA", "orders", ""),
            entry("FK CONSTRAINT", "orders odd", "ALTER TABLE public.orders ADD CONSTRAINT odd WHATEVER;"),
            entry(
                "FK CONSTRAINT",
                "orders k",
                "ALTER TABLE public.orders ADD CONSTRAINT k FOREIGN KEY (c) REFERENCES customers(id);",
            ),
        ])
        .references();
        assert_eq!((found.keys.len(), found.unread), (0, vec!["orders odd".to_owned()]));
    }
}
