//! Two backups side by side: tables that came and went, rows, bytes, and whether the content is the same.
//!
//! By the manifests alone: the fingerprints in them are of the rows, whatever their order, so that equal
//! ones say that no row changed. No data is read.

use std::collections::BTreeMap;

use super::list::Backup;
use crate::archive::Manifest;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::source::postgres::custom_format::TableDigest;

/// How a table of two backups compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableChange {
    /// Only in the second.
    Added,
    /// Only in the first.
    Removed,
    /// In both, with other rows.
    Changed,
    /// In both, row for row.
    Equal,
}

/// One table in two backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDiff {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// How it compares.
    pub change: TableChange,
    /// Rows in the first and in the second.
    pub rows: (Option<u64>, Option<u64>),
    /// Bytes of rows in the first and in the second.
    pub bytes: (Option<u64>, Option<u64>),
}

/// Two backups side by side.
#[derive(Debug, Clone)]
pub struct BackupDiff {
    /// The first, which is the earlier one.
    pub first: Backup,
    /// The second.
    pub second: Backup,
    /// All tables of both: what changed first, then by name.
    pub tables: Vec<TableDiff>,
    /// What is not of tables, as sentences: server, tool, extensions, migration, large objects.
    pub facts: Vec<String>,
    /// Why a comparison of rows is not possible, where one of them was not counted.
    pub uncounted: Option<String>,
}

impl Engine {
    /// Compares two backups, the earlier one first whatever the order they are named in.
    ///
    /// # Errors
    /// As `backup_details`.
    pub async fn compare_backups(&self, one: &str, other: &str) -> Result<BackupDiff, Failure> {
        let (one, other) = (self.backup_details(one).await?, self.backup_details(other).await?);
        let is_in_order = one.backup.record.at_ms <= other.backup.record.at_ms;
        let (first, second) = if is_in_order { (one, other) } else { (other, one) };
        let (a, b) = (&first.manifest, &second.manifest);
        let uncounted = [a, b].into_iter().find_map(|manifest| manifest.database.uncounted.clone());
        Ok(BackupDiff {
            tables: tables(
                a.database.tables.as_deref().unwrap_or_default(),
                b.database.tables.as_deref().unwrap_or_default(),
            ),
            facts: facts(a, b),
            uncounted,
            first: first.backup,
            second: second.backup,
        })
    }
}

fn tables(first: &[TableDigest], second: &[TableDigest]) -> Vec<TableDiff> {
    type Sides<'a> = (Option<&'a TableDigest>, Option<&'a TableDigest>);
    let mut sides: BTreeMap<(&str, &str), Sides<'_>> = BTreeMap::new();
    for table in first {
        sides.entry((&table.schema, &table.name)).or_default().0 = Some(table);
    }
    for table in second {
        sides.entry((&table.schema, &table.name)).or_default().1 = Some(table);
    }
    let mut all: Vec<TableDiff> = sides
        .into_iter()
        .map(|((schema, name), (a, b))| TableDiff {
            schema: schema.to_owned(),
            name: name.to_owned(),
            change: match (a, b) {
                (None, _) => TableChange::Added,
                (_, None) => TableChange::Removed,
                (Some(a), Some(b)) if a.rows == b.rows && a.fingerprint == b.fingerprint => {
                    TableChange::Equal
                }
                _ => TableChange::Changed,
            },
            rows: (a.map(|table| table.rows), b.map(|table| table.rows)),
            bytes: (a.map(|table| table.bytes), b.map(|table| table.bytes)),
        })
        .collect();
    all.sort_by_key(|table| table.change == TableChange::Equal);
    all
}

/// What else is not the same, as sentences.
fn facts(first: &Manifest, second: &Manifest) -> Vec<String> {
    let mut facts = Vec::new();
    let mut compare = |what: &str, a: &str, b: &str| {
        if a != b {
            facts.push(format!("{what}: {a}, then {b}."));
        }
    };
    compare("Project", &first.origin.project, &second.origin.project);
    compare("Server", &first.server.version, &second.server.version);
    compare("pg_dump", &first.database.tool, &second.database.tool);
    let none = || "none".to_owned();
    compare(
        "Newest migration",
        &first.migration.clone().unwrap_or_else(none),
        &second.migration.clone().unwrap_or_else(none),
    );
    let objects = |manifest: &Manifest| {
        let (count, bytes) = manifest.database.large_objects;
        format!("{count} of {bytes} bytes")
    };
    compare("Large objects", &objects(first), &objects(second));
    let only = |of: &[String], in_other: &[String]| -> Vec<String> {
        of.iter().filter(|extension| !in_other.contains(extension)).cloned().collect()
    };
    let gone = only(&first.extensions, &second.extensions);
    let new = only(&second.extensions, &first.extensions);
    if !gone.is_empty() {
        facts.push(format!("Extensions of the first alone: {}.", gone.join(", ")));
    }
    if !new.is_empty() {
        facts.push(format!("Extensions of the second alone: {}.", new.join(", ")));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, rows: u64, fingerprint: &str) -> TableDigest {
        TableDigest {
            schema: "public".into(),
            name: name.into(),
            rows,
            bytes: rows * 10,
            fingerprint: fingerprint.into(),
        }
    }

    #[test]
    fn tables_that_came_went_and_changed_stand_before_those_that_are_equal() {
        let first = [table("a", 1, "x"), table("gone", 2, "y"), table("moved", 3, "z")];
        let second = [table("a", 1, "x"), table("moved", 3, "other"), table("new", 4, "n")];
        let all: Vec<_> = tables(&first, &second).into_iter().map(|one| (one.name, one.change)).collect();
        let expected = [
            ("gone", TableChange::Removed),
            ("moved", TableChange::Changed),
            ("new", TableChange::Added),
            ("a", TableChange::Equal),
        ];
        assert_eq!(all, expected.map(|(name, change)| (name.to_owned(), change)));
    }
}
