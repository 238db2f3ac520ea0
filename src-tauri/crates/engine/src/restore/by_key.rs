//! Rows told by their keys: those that are missing come back, and what is there stays.

use super::tables::Chosen;
use super::transaction::Work;
use base::Code;
use base::failure::Failure;
use base::words::counted;
use postgres::target::{quote_identifier, quote_literal};

/// The rows of the backup, beside the table.
pub(super) const BACKUP: &str = "pg_temp.holdfast_rows";

/// A column of a primary key.
pub(super) struct KeyColumn {
    /// Its name, quoted.
    pub(super) name: String,
    /// The equality of the key's index, as SQL takes it; that of an extension's type is in no path of ours.
    equals: String,
}

/// Rows whose key is not there. What is there stays, whatever the backup says of it.
pub(super) async fn add_missing(work: &Work<'_>, one: &Chosen) -> Result<u64, Failure> {
    let key = key_of(work, one).await?;
    load_backup(work, one).await?;
    let absent = format!("NOT EXISTS (SELECT FROM {} l WHERE {})", one.quoted, same_key("l", "b", &key));
    let added = insert(work, one, &absent).await?;
    refuse_missing(work, one, &absent).await?;
    work.run(&one.name, &format!("DROP TABLE {BACKUP}")).await?;
    Ok(added)
}

/// Puts the rows of the backup into the table that are `absent`. Returns how many.
pub(super) async fn insert(work: &Work<'_>, one: &Chosen, absent: &str) -> Result<u64, Failure> {
    let columns = quoted_list(&one.columns);
    let insert = format!(
        "WITH added AS (INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} \
         FROM {BACKUP} b WHERE {absent} RETURNING 1) SELECT count(*)::int8 FROM added",
        table = one.quoted
    );
    number(work, &one.name, &insert).await
}

/// The columns of its primary key.
pub(super) async fn key_of(work: &Work<'_>, one: &Chosen) -> Result<Vec<KeyColumn>, Failure> {
    let key = work.query(&key_query(&one.quoted)).await?;
    if key.is_empty() {
        return Err(Failure::new(
            Code::NoKey,
            format!("{} has no primary key, so that which rows are missing cannot be told", one.name),
            "Restore it beside the old table, and compare there.",
        ));
    }
    let column =
        |row: &tokio_postgres::Row| KeyColumn { name: quote_identifier(row.get(0)), equals: row.get(1) };
    Ok(key.iter().map(column).collect())
}

/// Loads the rows of the backup beside the table.
pub(super) async fn load_backup(work: &Work<'_>, one: &Chosen) -> Result<(), Failure> {
    work.run(&one.name, &make_like(BACKUP, &one.columns, &one.quoted)).await?;
    work.copy(&one.name, &one.copy_into(BACKUP), one.block).await?;
    Ok(())
}

/// A temporary table with some columns of another.
pub(super) fn make_like(name: &str, columns: &[String], table: &str) -> String {
    let name = name.trim_start_matches("pg_temp.");
    let columns = quoted_list(columns);
    format!("CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA")
}

/// Something of the table may have turned a row into another one: the rows of the backup that are still `absent`.
pub(super) async fn refuse_missing(work: &Work<'_>, one: &Chosen, absent: &str) -> Result<(), Failure> {
    let asked = format!("SELECT count(*)::int8 FROM {BACKUP} b WHERE {absent}");
    let still = number(work, &one.name, &asked).await?;
    if still > 0 {
        return Err(Failure::new(
            Code::ChecksFailed,
            format!("{} of {} would still be missing; nothing was changed", counted(still, "row"), one.name),
            "Something of the table changes rows as they go in. Restore it beside the old table instead.",
        ));
    }
    Ok(())
}

/// The one number that a statement about a table is answered with. Of a large one that takes minutes.
pub(super) async fn number(work: &Work<'_>, table: &str, sql: &str) -> Result<u64, Failure> {
    let found = work.context.alive(work.query_about(table, sql)).await?;
    Ok(found.first().map_or(0, |row| u64::try_from(row.get::<_, i64>(0)).unwrap_or(0)))
}

/// Whether two rows have the same key, by the equality of its index.
pub(super) fn same_key(one: &str, other: &str, key: &[KeyColumn]) -> String {
    let same = key.iter().map(|KeyColumn { name, equals }| format!("{one}.{name} {equals} {other}.{name}"));
    same.collect::<Vec<_>>().join(" AND ")
}

fn quoted_list(columns: &[String]) -> String {
    columns.iter().map(|column| quote_identifier(column)).collect::<Vec<_>>().join(", ")
}

/// The columns of a table's primary key in its order, and the equality of each: of a B-tree the third strategy, else
/// the server's own. Columns that the index only carries are none of the key's.
pub(super) fn key_query(quoted: &str) -> String {
    format!(
        "select a.attname::text, coalesce((select pg_catalog.format('OPERATOR(%I.%s)', s.nspname, p.oprname) \
           from pg_catalog.pg_opclass c join pg_catalog.pg_am m on m.oid = c.opcmethod and m.amname = 'btree' \
           join pg_catalog.pg_amop o on o.amopfamily = c.opcfamily and o.amoplefttype = c.opcintype \
             and o.amoprighttype = c.opcintype and o.amopstrategy = 3 \
           join pg_catalog.pg_operator p on p.oid = o.amopopr join pg_catalog.pg_namespace s on s.oid = p.oprnamespace \
           where c.oid = (i.indclass::oid[])[k.at - 1]), 'OPERATOR(pg_catalog.=)') \
         from pg_catalog.pg_index i, unnest(i.indkey::int2[]) with ordinality k(number, at) \
         join pg_catalog.pg_attribute a on a.attrelid = {table}::regclass and a.attnum = k.number \
         where i.indrelid = {table}::regclass and i.indisprimary and k.at <= i.indnkeyatts order by k.at",
        table = quote_literal(quoted)
    )
}
