//! Tables related to the selected ones: those that their foreign keys reference, and those that reference
//! them.
//!
//! These are hints from the backup's keys. The target decides: its keys are checked over every row before the
//! commit.

use std::collections::BTreeSet;

use super::plan::RestorePlan;
use super::request::TableMode;
use crate::archive::Manifest;
use crate::engine::Engine;
use crate::proof::{self, read_toc};
use base::failure::Failure;
use base::words::{argument_words, counted};
use postgres::custom_format::{ForeignKey, References, TableName};

/// Foreign keys that are named in a plan; the rest is counted.
const KEYS_NAMED_MAX: usize = 8;
/// More tables than this make no command line that anybody reads.
const TABLES_NAMED_MAX: usize = 40;

impl Engine {
    /// Which tables of a backup point to which, read from its table of contents.
    ///
    /// # Errors
    /// `backup_not_found`, or why the vault does not give the head of the dump.
    #[crate::boxed]
    pub async fn table_references(&self, backup: &str) -> Result<References, Failure> {
        let record = self.profile.archive.find(backup).await?;
        let (_, manifest) = self.profile.archive.manifest(&record.id).await?;
        self.references_of(&record.id, &manifest).await
    }

    /// Adds to the plan what the chosen tables need beside them.
    pub(super) async fn hint_along(&self, plan: &mut RestorePlan, manifest: &Manifest) {
        // Beside the old tables no foreign key is made, so that nothing is needed.
        let Some(mode) = plan.mode.filter(|mode| *mode != TableMode::Beside) else { return };
        let chosen = plan.tables.iter().map(|table| TableName::new(&table.schema, &table.name)).collect();
        match self.references_of(&plan.backup_id, manifest).await {
            Ok(references) if !plan.left_out.is_empty() => {
                let said = hints_of_left_out(&references, &chosen);
                plan.warnings.extend(said);
            }
            Ok(references) => plan.warnings.extend(hints(&references, &chosen, mode)),
            Err(failure) => plan.warnings.push(format!(
                "Which tables the chosen ones point to could not be read: {}.",
                failure.message
            )),
        }
    }

    async fn references_of(&self, id: &str, manifest: &Manifest) -> Result<References, Failure> {
        Ok(read_toc(&proof::stored_dump(&self.profile, id, manifest).await?).await?.references())
    }
}

/// The tables that have to be chosen too, so that no key points out of the choice; at any depth.
fn needed(references: &References, chosen: &BTreeSet<TableName>) -> BTreeSet<TableName> {
    let mut all = chosen.clone();
    loop {
        let before = all.len();
        for key in &references.keys {
            if key.from_rows.iter().any(|table| all.contains(table)) {
                all.extend(key.to_rows.iter().cloned());
            }
        }
        if all.len() == before {
            return all;
        }
    }
}

/// What to consider, as sentences: the missing parents first.
fn hints(references: &References, chosen: &BTreeSet<TableName>, mode: TableMode) -> Vec<String> {
    let has = |tables: &[TableName]| tables.iter().any(|table| chosen.contains(table));
    let lacks = |tables: &[TableName]| tables.iter().any(|table| !chosen.contains(table));
    let parents: Vec<&ForeignKey> =
        references.keys.iter().filter(|key| has(&key.from_rows) && lacks(&key.to_rows)).collect();
    // Rows that are only added leave everything in place that others point to.
    let children: Vec<&ForeignKey> = references
        .keys
        .iter()
        .filter(|key| mode == TableMode::Replace && has(&key.to_rows) && lacks(&key.from_rows))
        .collect();
    let mut said = Vec::new();
    named(&mut said, &parents, |key| {
        format!(
            "{} points to {} ({}), which is not chosen: rows of {} that are missing there would make the restore fail. Add {}.",
            key.from, key.to, key.name, key.to, key.to
        )
    });
    let all = needed(references, chosen);
    if !parents.is_empty() && all.len() <= TABLES_NAMED_MAX {
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        said.push(format!("With all that is pointed to: --tables {}", argument_words(&names.join(","))));
    }
    named(&mut said, &children, |key| {
        format!(
            "{} points to {} ({}), and is not chosen: a row of it whose row in {} is not in the backup would make the restore fail. Add {}, or bring back only the missing rows.",
            key.from, key.to, key.name, key.to, key.from
        )
    });
    if !references.unread.is_empty() {
        said.push(format!(
            "{} of the backup could not be understood, so that what it points to is not known: {}.",
            counted(references.unread.len() as u64, "foreign key"),
            references.unread.iter().take(KEYS_NAMED_MAX).cloned().collect::<Vec<_>>().join(", ")
        ));
    }
    said
}

/// The same where everything was chosen that can be filled: what is left out stays as it is now.
fn hints_of_left_out(references: &References, chosen: &BTreeSet<TableName>) -> Vec<String> {
    let has = |tables: &[TableName]| tables.iter().any(|table| chosen.contains(table));
    let lacks = |tables: &[TableName]| tables.iter().any(|table| !chosen.contains(table));
    let parents: Vec<&ForeignKey> =
        references.keys.iter().filter(|key| has(&key.from_rows) && lacks(&key.to_rows)).collect();
    let mut said = Vec::new();
    named(&mut said, &parents, |key| {
        format!(
            "{} points to {} ({}), which is left as it is: where a row is missing there, nothing is changed.",
            key.from, key.to, key.name
        )
    });
    said
}

fn named(said: &mut Vec<String>, keys: &[&ForeignKey], words: impl Fn(&ForeignKey) -> String) {
    said.extend(keys.iter().take(KEYS_NAMED_MAX).map(|key| words(key)));
    let rest = keys.len().saturating_sub(KEYS_NAMED_MAX) as u64;
    if rest > 0 {
        said.push(format!("The same goes for {}.", counted(rest, "more foreign key")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> TableName {
        TableName::new("public", name)
    }

    fn key(from: &str, to: &str) -> ForeignKey {
        ForeignKey {
            name: format!("{from}_fkey"),
            from: table(from),
            from_rows: vec![table(from)],
            to: table(to),
            to_rows: vec![table(to)],
        }
    }

    /// Lines point to orders, orders to customers, customers to regions, and regions to themselves.
    fn shop() -> References {
        let keys = vec![
            key("lines", "orders"),
            key("orders", "customers"),
            key("customers", "regions"),
            key("regions", "regions"),
        ];
        References { keys, unread: Vec::new() }
    }

    #[test]
    fn the_parents_that_are_not_chosen_are_named_and_all_that_they_need() {
        let said = hints(&shop(), &[table("orders")].into(), TableMode::MissingRows);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("public.orders points to public.customers (orders_fkey)"), "{said:?}");
        assert_eq!(
            said[1],
            "With all that is pointed to: --tables 'public.customers,public.orders,public.regions'"
        );
    }

    #[test]
    fn those_that_point_to_the_chosen_ones_count_only_where_rows_are_replaced() {
        let chosen = [table("orders"), table("customers"), table("regions")].into();
        assert_eq!(hints(&shop(), &chosen, TableMode::MissingRows), Vec::<String>::new());
        let said = hints(&shop(), &chosen, TableMode::Replace);
        assert!(said[0].starts_with("public.lines points to public.orders (lines_fkey)"), "{said:?}");
        assert_eq!(said.len(), 1);
    }

    #[test]
    fn a_key_that_was_not_understood_is_said() {
        let references = References { keys: Vec::new(), unread: vec!["orders odd".into()] };
        let said = hints(&references, &[table("orders")].into(), TableMode::Replace);
        assert!(said[0].contains("1 foreign key of the backup could not be understood"), "{said:?}");
    }
}
