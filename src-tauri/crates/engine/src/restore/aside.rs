//! Creates tables of a backup beside existing ones.
//!
//! Only columns and keys are taken from the archive's statements, and rebuilt from names and types. Defaults,
//! checks and generated columns would run in the live database with the restorer's rights; they are reported,
//! not created. For the same reason a domain is replaced by its base type.

use super::plan::RestorePlan;
use super::tables::{Chosen, beside};
use super::transaction::Work;
use base::Code;
use base::failure::{Failure, Retry};
use postgres::custom_format::{KeyShape, TableShape, TocEntry};
use postgres::target::{quote_identifier, quote_literal};

/// The columns of a table whose types are domains, with what those are made of.
const DOMAINS: &str = "with recursive made_of(attnum, attname, own, typ, modifier) as (
    select a.attnum, a.attname::text, a.atttypid, a.atttypid, a.atttypmod from pg_catalog.pg_attribute a
      where a.attrelid = $TABLE::regclass and a.attnum > 0 and not a.attisdropped
    union all
    select m.attnum, m.attname, m.own, t.typbasetype, t.typtypmod from made_of m
      join pg_catalog.pg_type t on t.oid = m.typ where t.typtype = 'd')
  select m.attname, pg_catalog.format_type(m.typ, m.modifier) from made_of m
    join pg_catalog.pg_type t on t.oid = m.typ where t.typtype <> 'd' and m.typ <> m.own order by m.attnum";
/// Columns whose type contains a domain: as element, field or range. User-defined multiranges are not
/// examined, and count as containing one.
const WITHIN: &str = "with recursive within(attname, typ) as (
    select a.attname::text, a.atttypid from pg_catalog.pg_attribute a
      where a.attrelid = $TABLE::regclass and a.attnum > 0 and not a.attisdropped
    union
    select w.attname, i.typ from within w join pg_catalog.pg_type t on t.oid = w.typ, lateral (
      select t.typelem where t.typelem <> 0
      union all select f.atttypid from pg_catalog.pg_attribute f
        where t.typrelid <> 0 and f.attrelid = t.typrelid and f.attnum > 0 and not f.attisdropped
      union all select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid
    ) i(typ))
  select distinct w.attname from within w join pg_catalog.pg_type t on t.oid = w.typ where t.typtype = 'd' or t.typtype = 'm' and t.oid >= 16384";

/// Creates the tables in a schema of their own, without references to the old ones. Returns what is left out,
/// as sentences.
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
        let into = format!("{}.{}", quote_identifier(beside(plan)), quote_identifier(&one.entry.tag));
        let mut left_out = shape.left_out;
        left_out.extend(replace_domains(work, &one.name, &into).await?);
        notes.extend(without(&one.name, &left_out));
    }
    Ok(notes)
}

/// Puts in the place of each domain what it is made of. Returns of which columns.
async fn replace_domains(work: &Work<'_>, name: &str, into: &str) -> Result<Vec<String>, Failure> {
    let of = |sql: &str| sql.replace("$TABLE", &quote_literal(into));
    let mut columns = Vec::new();
    for row in work.query(&of(DOMAINS)).await? {
        let (column, base): (String, String) = (row.get(0), row.get(1));
        let change = format!("ALTER TABLE {into} ALTER COLUMN {} TYPE {base}", quote_identifier(&column));
        work.run(name, &change).await?;
        columns.push(format!("the domain of {column}"));
    }
    if let Some(row) = work.query(&of(WITHIN)).await?.first() {
        let column: String = row.get(0);
        return Err(Failure::new(
            Code::TableNotUnderstood,
            format!(
                "the type of {name}.{column} holds a domain, whose checks would run with the rights of this restore"
            ),
            "Restore the backup to look inside, and take the table from there.",
        ).retry(Retry::Never));
    }
    Ok(columns)
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
        Code::TableNotUnderstood,
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
