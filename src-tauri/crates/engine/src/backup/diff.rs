//! Comparing two backups: added and removed tables, rows, bytes, and whether the content is equal; objects of
//! the structure, sequences, roles, extensions.
//!
//! Uses only the manifests and the heads of the dumps; no row is read. Fingerprints do not depend on row
//! order, so equal fingerprints mean that no row changed. What cannot be compared is reported as unknown,
//! never as equal.

mod documents;
mod facts;
mod roles;
mod structure;

use std::collections::BTreeMap;

use super::list::{Backup, BackupDetails};
use crate::archive::{DatabasePart, Manifest};
use crate::engine::Engine;
use crate::proof;
use base::failure::Failure;
use postgres::custom_format::{TableDigest, Toc};

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
    /// One of the two was not counted, so that nothing can be said.
    Unknown,
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

/// How an object of the structure compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectChange {
    /// Only in the second.
    Added,
    /// Only in the first.
    Removed,
    /// In both, made or owned otherwise.
    Changed,
}

/// An object of the structure that is not the same in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectDiff {
    /// What it is, in words: `table`, `index`, `foreign key`, `role` …
    pub kind: String,
    /// Schema, where it lies in one.
    pub schema: Option<String>,
    /// Name, as the archive writes it.
    pub name: String,
    /// How it compares.
    pub change: ObjectChange,
}

/// What the comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffVerdict {
    /// Everything was compared, and nothing differs.
    Same,
    /// Something differs.
    Differs,
    /// Nothing that was compared differs, and not everything was compared.
    Unknown,
}

/// Two backups side by side.
#[derive(Debug, Clone)]
pub struct BackupDiff {
    /// The first, which is the earlier one.
    pub first: Backup,
    /// The second.
    pub second: Backup,
    /// What it comes to.
    pub verdict: DiffVerdict,
    /// All tables of both: what changed first, then by name.
    pub tables: Vec<TableDiff>,
    /// Objects of the structure and roles that are not the same, by kind and name.
    pub objects: Vec<ObjectDiff>,
    /// What is of neither, as sentences: server, tool, extensions, migration, sequences, large objects.
    pub facts: Vec<String>,
    /// What could not be compared, as sentences.
    pub not_compared: Vec<String>,
    /// Why a comparison of rows is not possible, where one of them was not counted.
    pub uncounted: Option<String>,
}

/// What the parts of a comparison found: each adds to it.
#[derive(Debug, Default)]
struct Found {
    objects: Vec<ObjectDiff>,
    /// What differs of the content.
    content: Vec<String>,
    /// What differs of how the backups were made.
    circumstances: Vec<String>,
    not_compared: Vec<String>,
}

impl Engine {
    /// Compares two backups, the earlier one first, in whichever order they are given.
    ///
    /// # Errors
    /// As `backup_details`.
    #[crate::boxed]
    pub async fn compare_backups(&self, one: &str, other: &str) -> Result<BackupDiff, Failure> {
        let (one, other) = (self.backup_details(one).await?, self.backup_details(other).await?);
        let is_in_order = one.backup.record.at_ms <= other.backup.record.at_ms;
        let (first, second) = if is_in_order { (one, other) } else { (other, one) };
        let documents = |details: &BackupDetails| {
            let is_alone = details.manifest.is_of_documents_alone();
            details.manifest.documents.as_deref().filter(|_| is_alone).cloned()
        };
        if let Some(both) = documents(&first).zip(documents(&second)) {
            return self.compare_documents(first, second, both).await;
        }
        let (a, b) = (&first.manifest, &second.manifest);
        a.dump()?;
        b.dump()?;
        let uncounted = [a, b].into_iter().find_map(|manifest| manifest.database.as_ref()?.uncounted.clone());
        let counted = |database: &DatabasePart| database.tables.is_some();
        let of = |manifest: &Manifest| {
            manifest.database.as_ref().is_some_and(counted).then(|| manifest.tables().to_vec())
        };
        let (of_a, of_b) = (of(a), of(b));
        let tables = tables(of_a.as_deref(), of_b.as_deref());

        let mut found = Found::default();
        facts::compare(&mut found, a, b);
        match (self.head_of(&first).await, self.head_of(&second).await) {
            (Ok(a), Ok(b)) => structure::compare(&mut found, &a, &b),
            (Err(failure), _) | (_, Err(failure)) => {
                found.not_compared.push(format!("The structure: {}.", failure.message));
            }
        }
        match (self.roles_of(&first).await, self.roles_of(&second).await) {
            (Ok(Some(a)), Ok(Some(b))) => roles::compare(&mut found, &a, &b),
            (Err(failure), _) | (_, Err(failure)) => {
                found.not_compared.push(format!("Roles: {}.", failure.message));
            }
            (Ok(None), Ok(None)) => found.not_compared.push("Roles: they are in neither of the two.".into()),
            (Ok(None), _) => found.not_compared.push("Roles: they are not in the first.".into()),
            (_, Ok(None)) => found.not_compared.push("Roles: they are not in the second.".into()),
        }

        let Found { objects, content, circumstances, not_compared } = found;
        let is_same = content.is_empty() && objects.is_empty();
        let verdict = verdict(&tables, is_same, not_compared.is_empty());
        let facts = content.into_iter().chain(circumstances).collect();
        let (first, second) = (first.backup, second.backup);
        Ok(BackupDiff { first, second, verdict, tables, objects, facts, not_compared, uncounted })
    }

    /// The backup of the same project that was made before this one.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn backup_before(&self, backup: &Backup) -> Result<Option<String>, Failure> {
        let points = self
            .profile
            .catalog
            .growth(&backup.record.project_id, i64::MIN, backup.record.components)
            .await?;
        let at = points.iter().position(|point| point.id == backup.record.id);
        Ok(at.and_then(|at| at.checked_sub(1)).map(|at| points[at].id.clone()))
    }

    async fn head_of(&self, backup: &BackupDetails) -> Result<Toc, Failure> {
        let BackupDetails { backup, manifest, .. } = backup;
        proof::read_toc(&proof::stored_dump(&self.profile, &backup.record.id, manifest).await?).await
    }

    async fn roles_of(&self, backup: &BackupDetails) -> Result<Option<String>, Failure> {
        let vault = self.profile.archive.vault().await?;
        roles::read(vault, &backup.backup.record.id, &backup.manifest).await
    }
}

fn verdict(tables: &[TableDiff], is_rest_same: bool, is_complete: bool) -> DiffVerdict {
    let has = |wanted: &[TableChange]| tables.iter().any(|table| wanted.contains(&table.change));
    if !is_rest_same || has(&[TableChange::Added, TableChange::Removed, TableChange::Changed]) {
        DiffVerdict::Differs
    } else if is_complete && !has(&[TableChange::Unknown]) {
        DiffVerdict::Same
    } else {
        DiffVerdict::Unknown
    }
}

/// The tables of both; a side that was not counted says nothing of any table.
fn tables(first: Option<&[TableDigest]>, second: Option<&[TableDigest]>) -> Vec<TableDiff> {
    type Sides<'a> = (Option<&'a TableDigest>, Option<&'a TableDigest>);
    let is_counted = first.is_some() && second.is_some();
    let mut sides: BTreeMap<(&str, &str), Sides<'_>> = BTreeMap::new();
    for table in first.unwrap_or_default() {
        sides.entry((&table.schema, &table.name)).or_default().0 = Some(table);
    }
    for table in second.unwrap_or_default() {
        sides.entry((&table.schema, &table.name)).or_default().1 = Some(table);
    }
    let mut all: Vec<TableDiff> = sides
        .into_iter()
        .map(|((schema, name), (a, b))| TableDiff {
            schema: schema.to_owned(),
            name: name.to_owned(),
            change: match (a, b) {
                _ if !is_counted => TableChange::Unknown,
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
        let all: Vec<_> =
            tables(Some(&first), Some(&second)).into_iter().map(|one| (one.name, one.change)).collect();
        let expected = [
            ("gone", TableChange::Removed),
            ("moved", TableChange::Changed),
            ("new", TableChange::Added),
            ("a", TableChange::Equal),
        ];
        assert_eq!(all, expected.map(|(name, change)| (name.to_owned(), change)));
    }

    #[test]
    fn against_a_backup_that_was_not_counted_every_table_is_unknown() {
        let counted = [table("a", 1, "x")];
        for (first, second) in [(None, Some(&counted[..])), (Some(&counted[..]), None)] {
            let all = tables(first, second);
            assert_eq!(all[0].change, TableChange::Unknown);
            assert_eq!(verdict(&all, true, true), DiffVerdict::Unknown);
        }
    }

    #[test]
    fn two_are_the_same_only_where_everything_was_compared() {
        let (one, other) = ([table("a", 1, "x")], [table("a", 1, "y")]);
        let (equal, changed) = (tables(Some(&one), Some(&one)), tables(Some(&one), Some(&other)));
        assert_eq!(verdict(&equal, true, true), DiffVerdict::Same);
        assert_eq!(verdict(&equal, true, false), DiffVerdict::Unknown);
        assert_eq!(verdict(&equal, false, true), DiffVerdict::Differs);
        assert_eq!(verdict(&changed, true, false), DiffVerdict::Differs);
        assert_eq!(verdict(&[], true, false), DiffVerdict::Unknown);
    }
}
