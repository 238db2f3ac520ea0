//! Tables, extensions, and what the role cannot read.

use std::collections::BTreeSet;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};

use super::{FactsError, column, rows, tolerated, unsigned};

/// Times that the files of extensions are asked for.
const LISTED_MAX: u32 = 3;

/// A thing with rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFacts {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: TableKind,
    /// The planner's estimate; `None` where the table was never analysed.
    pub rows_estimated: Option<u64>,
    /// Bytes with indexes and out-of-line values; those of a partitioned table are its partitions'.
    pub size_bytes: u64,
    /// The table that it is a partition of, by schema and name.
    pub partition_of: Option<(String, String)>,
}

/// What holds the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// An ordinary table, or a partition.
    Table,
    /// A table that only its partitions fill.
    Partitioned,
    /// A query's result, kept.
    MaterialisedView,
    /// Rows of another server, which a dump leaves out.
    Foreign,
}

/// An installed extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// `pgcrypto`.
    pub name: String,
    /// `1.3`.
    pub version: String,
    /// Where its objects are.
    pub schema: String,
}

/// A table or sequence that stops a dump by this role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: UnreadableReason,
    /// True for a sequence.
    pub is_sequence: bool,
    /// The table that a sequence numbers, by schema and name.
    pub owned_by: Option<(String, String)>,
}

/// Why a role cannot read a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadableReason {
    /// No USAGE on the schema.
    NoUsage,
    /// No SELECT on the table.
    NoSelect,
    /// Row security would hide rows from this role; `pg_dump` refuses rather than leave them out.
    RowSecurity,
}

/// What belongs to a dump: neither the system's, nor an extension's, nor a session's.
const OURS: &str = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relpersistence <> 't' \
     and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass \
     and d.objid = c.oid and d.deptype = 'e')";

/// Lists what holds rows, by schema and name.
///
/// # Errors
/// [`FactsError`].
pub async fn tables(client: &Client) -> Result<Vec<TableFacts>, FactsError> {
    const WHAT: &str = "the tables";
    let list = |size: &str| {
        format!(
            "select n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind, \
                    c.reltuples::int8 as rows, c.relpages as pages, ({size})::int8 as bytes, \
                    pn.nspname::text as parent_schema, p.relname::text as parent \
             from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             left join pg_catalog.pg_inherits i on c.relispartition and i.inhrelid = c.oid \
             left join pg_catalog.pg_class p on p.oid = i.inhparent \
             left join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace \
             where c.relkind in ('r', 'p', 'm', 'f') and {OURS} order by 1, 2"
        )
    };
    // The exact size opens every table, which a lock may forbid; pages are the last analyse's.
    let exact = list("coalesce(pg_catalog.pg_total_relation_size(c.oid), 0)");
    let found = if let Some(found) = tolerated(client, &exact).await {
        found
    } else {
        let pages = "c.relpages::int8 * current_setting('block_size')::int8";
        rows(client, WHAT, &list(pages)).await?
    };
    found.iter().map(|row| table(row, WHAT)).collect()
}

fn table(row: &tokio_postgres::Row, what: &'static str) -> Result<TableFacts, FactsError> {
    let kind: String = column(row, "kind", what)?;
    let estimate: i64 = column(row, "rows", what)?;
    let pages: i32 = column(row, "pages", what)?;
    // Before 14, a table that was never analysed says 0 rows on 0 pages instead of -1.
    let is_known = estimate > 0 || (estimate == 0 && pages > 0);
    Ok(TableFacts {
        schema: column(row, "schema", what)?,
        name: column(row, "name", what)?,
        kind: match kind.as_str() {
            "p" => TableKind::Partitioned,
            "m" => TableKind::MaterialisedView,
            "f" => TableKind::Foreign,
            _ => TableKind::Table,
        },
        rows_estimated: is_known.then(|| unsigned(estimate)),
        size_bytes: unsigned(column(row, "bytes", what)?),
        partition_of: column::<Option<String>>(row, "parent_schema", what)?.zip(column(row, "parent", what)?),
    })
}

/// Lists what a dump by this role would stumble over.
///
/// # Errors
/// [`FactsError`].
pub async fn unreadable(client: &Client) -> Result<Vec<Unreadable>, FactsError> {
    const WHAT: &str = "the rights";
    let sql = format!(
        "select schema, name, sequence, usage, readable, owner_schema, owner from ( \
           select n.nspname::text as schema, c.relname::text as name, c.relkind = 'S' as sequence, \
                  ow.place as owner_schema, ow.name as owner, \
                  has_schema_privilege(n.oid, 'usage') as usage, \
                  case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'select') \
                       else has_table_privilege(c.oid, 'select') end as readable, \
                  c.relkind in ('r', 'p') and c.relrowsecurity and row_security_active(c.oid) as secured \
           from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
           left join lateral (select tn.nspname::text as place, t.relname::text as name from pg_catalog.pg_depend d \
             join pg_catalog.pg_class t on t.oid = d.refobjid join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace \
             where c.relkind = 'S' and d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid \
             and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i') limit 1) ow on true \
           where c.relkind in ('r', 'p', 'm', 'S') and {OURS}) r \
         where not usage or not readable or secured order by 1, 2"
    );
    let found = rows(client, WHAT, &sql).await?;
    found
        .iter()
        .map(|row| {
            let reason = if !column::<bool>(row, "usage", WHAT)? {
                UnreadableReason::NoUsage
            } else if column::<bool>(row, "readable", WHAT)? {
                UnreadableReason::RowSecurity
            } else {
                UnreadableReason::NoSelect
            };
            Ok(Unreadable {
                schema: column(row, "schema", WHAT)?,
                name: column(row, "name", WHAT)?,
                reason,
                is_sequence: column(row, "sequence", WHAT)?,
                owned_by: column::<Option<String>>(row, "owner_schema", WHAT)?
                    .zip(column(row, "owner", WHAT)?),
            })
        })
        .collect()
}

/// Names of the extensions that could be made there.
///
/// # Errors
/// When the server refuses the question.
pub async fn available_extensions(client: &Client) -> Result<BTreeSet<String>, tokio_postgres::Error> {
    let names = "select name::text from pg_catalog.pg_available_extensions";
    Ok(extension_files(client, names).await?.iter().map(|row| row.get(0)).collect())
}

/// Asks what the server finds among its files of extensions, with a query outside of a transaction. The server
/// refuses all of it where one of them is taken away between its two looks; so it is asked again.
///
/// # Errors
/// When the server refuses the question each time.
pub async fn extension_files(client: &Client, query: &str) -> Result<Vec<Row>, tokio_postgres::Error> {
    for _ in 1..LISTED_MAX {
        match client.query(query, &[]).await {
            Err(error) if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) => {}
            asked => return asked,
        }
    }
    client.query(query, &[]).await
}

/// Lists the installed extensions.
///
/// # Errors
/// [`FactsError`].
pub async fn extensions(client: &Client) -> Result<Vec<Extension>, FactsError> {
    const WHAT: &str = "the extensions";
    let sql = "select e.extname::text as name, e.extversion as version, n.nspname::text as schema \
               from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace order by 1";
    let found = rows(client, WHAT, sql).await?;
    found
        .iter()
        .map(|row| {
            Ok(Extension {
                name: column(row, "name", WHAT)?,
                version: column(row, "version", WHAT)?,
                schema: column(row, "schema", WHAT)?,
            })
        })
        .collect()
}
