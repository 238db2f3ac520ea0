//! Tables of a backup made anew beside those that are there.
//!
//! Of the archive's statements only columns and keys are taken, and made again by their names and types.
//! Defaults, checks and what is generated would run in the database that is in use, with the rights of
//! whoever restores: they are named, and not made.

use super::plan::RestorePlan;
use super::tables::{Chosen, beside};
use super::transaction::Work;
use crate::failure::Failure;
use crate::source::postgres::custom_format::{KeyShape, TableShape, TocEntry};
use crate::source::postgres::target::quote_identifier;

/// The tables anew in a schema of their own, without what would tie them to the old ones. Returns what of
/// them is not made, as sentences.
pub(super) async fn make_beside(
    work: &Work<'_>,
    plan: &RestorePlan,
    chosen: &[Chosen],
) -> Result<Vec<String>, Failure> {
    let mut notes = Vec::new();
    work.run("the schema", &format!("CREATE SCHEMA {}", quote_identifier(beside(plan)))).await?;
    for one in chosen {
        let made = work.head.toc.entries.iter().find(|entry| {
            entry.kind == "TABLE" && entry.tag == one.entry.tag && entry.schema == one.entry.schema
        });
        let shape = made.and_then(TableShape::of).ok_or_else(|| not_understood(&one.name))?;
        // Rows of a table that inherits hold columns of another.
        if one.columns.iter().any(|column| !shape.has(column)) {
            return Err(not_understood(&one.name));
        }
        work.run(&one.name, &shape.create(beside(plan), &one.entry.tag)).await?;
        notes.extend(without(&one.name, &shape.left_out));
    }
    Ok(notes)
}

/// Keys of the tables beside; a foreign key would tie them to what is there. Returns which constraints are
/// not made, as sentences.
pub(super) async fn finish_beside(
    work: &Work<'_>,
    plan: &RestorePlan,
    chosen: &[Chosen],
) -> Result<Vec<String>, Failure> {
    let mut notes = Vec::new();
    for one in chosen {
        let of_table = |entry: &&TocEntry| {
            entry.kind == "CONSTRAINT"
                && entry.schema == one.entry.schema
                && entry.tag.starts_with(&format!("{} ", one.entry.tag))
        };
        let mut left_out = Vec::new();
        for entry in work.head.toc.entries.iter().filter(of_table) {
            match KeyShape::of(entry, &one.entry) {
                Some(key) => work.run(&one.name, &key.add(beside(plan), &one.entry.tag)).await?,
                None => left_out.push(format!("the constraint {}", entry.tag)),
            }
        }
        notes.extend(without(&one.name, &left_out));
    }
    Ok(notes)
}

/// What of a table is not beside.
fn without(table: &str, left_out: &[String]) -> Option<String> {
    (!left_out.is_empty()).then(|| format!("{table} beside is without {}.", left_out.join(", ")))
}

fn not_understood(table: &str) -> Failure {
    Failure::new(
        "table_not_understood",
        format!("how {table} is made is not written in the backup as expected"),
        "Restore the backup to look inside, and take the table from there.",
    )
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn what_is_not_made_beside_is_said() {
        let left_out = ["the default of note".to_owned(), "the constraint positive".to_owned()];
        assert_eq!(
            without("public.orders", &left_out).as_deref(),
            Some("public.orders beside is without the default of note, the constraint positive.")
        );
        assert_eq!(without("public.orders", &[]), None);
    }
}
