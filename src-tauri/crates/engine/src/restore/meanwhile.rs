//! Rows that others committed during the safety backup, if writers were not blocked: counted, named, and kept
//! before they are replaced.
//!
//! A row says which transaction wrote it. Before the backup's moment comes, the server is asked which was the oldest that
//! went on: whatever an older one wrote is in that backup. What a later one wrote may be in it or not, and is kept. So
//! more than what is in neither copy may be kept, and never less. A row that is gone says nothing: what was deleted
//! meanwhile is neither counted nor kept, and every report says so.

use std::collections::HashSet;

use super::locks::named;
use super::plan::RestorePlan;
use super::preview::free_name;
use super::request::{TableMode, Writers};
use super::target::NAME_BYTES_MAX;
use super::transaction::Work;
use crate::engine::Engine;
use base::failure::Failure;
use base::words::counted;
use ledger::job::JobContext;
use postgres::target::{quote_identifier, quote_literal};

/// How the schema's name begins in which they are kept.
pub(super) const WRITTEN: &str = "holdfast_written";

/// A row that is gone has no transaction any more.
const NOT_COUNTED: &str = "Rows that were deleted meanwhile are not counted.";
/// As the server numbers transactions in rows.
const OLDEST: &str =
    "select (pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot()) % 4294967296)::text";
/// Tables with their columns. Of partitions each is one.
const TABLES: &str = "select n.nspname::text, c.relname::text, \
    array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 \
      and not a.attisdropped order by a.attnum) \
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_' order by 1, 2";

/// The oldest transaction that went on before the safety backup.
#[derive(Debug, Clone)]
pub(crate) struct Since {
    transaction: String,
}

/// What was kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Where, if there was anything.
    pub(super) schema: Option<String>,
    /// Which rows, as sentences.
    pub(super) notes: Vec<String>,
}

impl Engine {
    /// Records, before the safety backup, the oldest running transaction; `None` if writers are blocked.
    ///
    /// # Errors
    /// Why the target cannot be asked.
    pub(crate) async fn before_writers(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
    ) -> Result<Option<Since>, Failure> {
        if plan.writers == Writers::Wait || !plan.waits_for_backup() {
            return Ok(None);
        }
        let mut target = self.target_of(plan).await?;
        target.application = format!("holdfast {}", context.id());
        let session = target.session().await?;
        let asked = session.client.query_one(OLDEST, &[]).await;
        session.close().await;
        context.info(
            "snapshot",
            "writers go on while the safety backup is made; rows that they add or change are kept apart",
        );
        Ok(Some(Since { transaction: asked.map_err(postgres::refused)?.get(0) }))
    }
}

/// Keeps, within the transaction and under its locks, what was written since: as text, so that nothing that is replaced
/// is needed for it.
pub(super) async fn keep_written(
    work: &Work<'_>,
    plan: &RestorePlan,
    schemas: &[String],
    since: &Since,
) -> Result<Kept, Failure> {
    let replaced = named(work, plan);
    let is_later = format!(
        "pg_catalog.age(xmin) <= pg_catalog.age({}::pg_catalog.xid)",
        quote_literal(&since.transaction)
    );
    let (mut kept, mut taken) = (Kept::default(), HashSet::new());
    for row in work.query(TABLES).await? {
        let (schema, name, columns): (String, String, Vec<String>) = (row.get(0), row.get(1), row.get(2));
        let table = format!("{}.{}", quote_identifier(&schema), quote_identifier(&name));
        let key = (schema, name);
        if !replaced.contains(&key) || columns.is_empty() {
            continue;
        }
        let asked = format!("select count(*)::int8 from only {table} where {is_later}");
        let rows = work.query(&asked).await?.first().map_or(0, |row| row.get::<_, i64>(0));
        if rows == 0 {
            continue;
        }
        let into = if let Some(schema) = &kept.schema {
            schema.clone()
        } else {
            let schema = free_name(WRITTEN, "", schemas);
            let make = format!("CREATE SCHEMA {}", quote_identifier(&schema));
            work.run("the schema of what was written meanwhile", &make).await?;
            kept.schema = Some(schema.clone());
            schema
        };
        let (schema, name) = key;
        let as_kept = free_table(&format!("{schema}_{name}"), &mut taken);
        let values: Vec<String> = columns.iter().map(|column| as_text(column)).collect();
        let keep = format!(
            "CREATE TABLE {}.{} AS SELECT {} FROM ONLY {table} WHERE {is_later}",
            quote_identifier(&into),
            quote_identifier(&as_kept),
            values.join(", ")
        );
        work.run(&format!("to keep what was written to {schema}.{name}"), &keep).await?;
        kept.notes.push(format!(
            "{} of {schema}.{name}, written since the safety backup began, {} kept as text in {into}.{as_kept}.",
            counted(u64::try_from(rows).unwrap_or(0), "row"),
            match (plan.mode, rows) {
                (Some(TableMode::Merge), 1) => "is",
                (Some(TableMode::Merge), _) => "are",
                (_, 1) => "is replaced and",
                (_, _) => "are replaced and",
            }
        ));
    }
    if kept.notes.is_empty() {
        let none = "No row of these tables was added or changed since the safety backup began.";
        kept.notes.push(none.to_owned());
    }
    kept.notes.push(NOT_COUNTED.to_owned());
    for note in &kept.notes {
        work.context.info("prepare", note.clone());
    }
    Ok(kept)
}

/// By the output of its type and by no cast, which the owner of a type may write.
fn as_text(column: &str) -> String {
    let column = quote_identifier(column);
    format!(
        "case pg_catalog.num_nulls({column}) when 0 then pg_catalog.format('%s', {column}) end as {column}"
    )
}

/// A name that no other table there has, as long as a name can be.
fn free_table(wanted: &str, taken: &mut HashSet<String>) -> String {
    let mut number = 1_u32;
    loop {
        let again = if number == 1 { String::new() } else { format!("_{number}") };
        let mut end = wanted.len().min(NAME_BYTES_MAX - again.len());
        while !wanted.is_char_boundary(end) {
            end -= 1;
        }
        let name = format!("{}{again}", &wanted[..end]);
        if taken.insert(name.clone()) {
            return name;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_whose_names_come_to_the_same_are_kept_apart() {
        let mut taken = HashSet::new();
        assert_eq!(free_table("a_b", &mut taken), "a_b");
        assert_eq!(free_table("a_b", &mut taken), "a_b_2");
        let long = "ä".repeat(40);
        let (one, other) = (free_table(&long, &mut taken), free_table(&long, &mut taken));
        assert!(
            one != other && one.len() <= NAME_BYTES_MAX && other.len() <= NAME_BYTES_MAX,
            "{one} {other}"
        );
    }
}
