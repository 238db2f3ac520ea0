//! How large the files are of which a database knows the names, as it says itself. The one question that reads rows.

use tokio_postgres::Client;

use super::{Files, KnownTable, PROFILES, Rule};
use crate::facts::FactsError;
use crate::target::{quote_identifier, quote_literal};

const WHAT: &str = "the sizes of stored files";

/// Some ten million rows. A figure that takes longer is not worth that the dump waits for it. Rows that row security
/// would hide are an error, so that no figure is of a part.
const LIMITS: &str = "set local statement_timeout = '15s'; set local row_security = off";

/// An ordinary table whose column is what is said of it, and whether the role sees all rows. Another type of the column
/// could bring a conversion that somebody wrote.
const TABLE: &str = "select c.oid, pg_catalog.has_schema_privilege(n.oid, 'usage') \
      and pg_catalog.has_table_privilege(c.oid, 'select') and not pg_catalog.row_security_active(c.oid) \
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
    join pg_catalog.pg_type t on t.oid = a.atttypid \
    join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace \
    where n.nspname = $1 and c.relname = $2 and a.attname = $3 and c.relkind = 'r' \
    and tn.nspname = 'pg_catalog' and t.typname = 'jsonb'";

/// The bytes of all files of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileBytes {
    /// Its schema.
    pub(super) schema: &'static str,
    /// Its name.
    pub(super) table: &'static str,
    /// Their sum, of those of which a size is known.
    pub(super) bytes: u64,
}

/// Asks in the transaction that a client is in. Its end takes the locks back.
///
/// # Errors
/// [`FactsError`], also where it takes too long; the transaction needs a savepoint before it.
#[crate::boxed]
pub async fn file_bytes(client: &Client) -> Result<Vec<FileBytes>, FactsError> {
    client.batch_execute(LIMITS).await.map_err(failed)?;
    let mut found = Vec::new();
    for thing in PROFILES.into_iter().flat_map(|profile| profile.things) {
        let (Rule::Rows(known), Some(files)) = (&thing.counted, &thing.files) else { continue };
        if let Some(bytes) = of_table(client, known, files).await? {
            found.push(FileBytes { schema: known.schema, table: known.table, bytes });
        }
    }
    Ok(found)
}

async fn of_table(client: &Client, known: &KnownTable, files: &Files) -> Result<Option<u64>, FactsError> {
    let of = [known.schema, known.table, files.column];
    let rows = client.query(TABLE, &[&of[0], &of[1], &of[2]]).await.map_err(failed)?;
    // A table that the role does not see all of stops the dump, and is named there.
    let Some(row) = rows.first().filter(|row| row.get(1)) else { return Ok(None) };
    let id: u32 = row.get(0);
    let table = format!("{}.{}", quote_identifier(known.schema), quote_identifier(known.table));
    client.batch_execute(&format!("lock table only {table} in access share mode")).await.map_err(failed)?;
    if !is_still(client, &table, id).await? {
        return Ok(None);
    }
    let size = format!("{} operator(pg_catalog.->>) $1::pg_catalog.text", quote_identifier(files.column));
    let sum = format!(
        "select pg_catalog.sum(case when ({size}) operator(pg_catalog.~) '^[0-9]{{1,15}}$' \
           then ({size})::pg_catalog.int8 end)::pg_catalog.int8 from only {table}"
    );
    let row = client.query_one(&sum, &[&files.key]).await.map_err(failed)?;
    let bytes: Option<i64> = row.try_get(0).map_err(|_| FactsError::Shape { what: WHAT })?;
    Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()))
}

/// Whether the name means the table that was looked at, and rows are stored in it, now that the lock keeps it so. The
/// catalogue's rows are those of the snapshot; what took the table's name since may be a view.
async fn is_still(client: &Client, table: &str, id: u32) -> Result<bool, FactsError> {
    let named = format!("{}::pg_catalog.regclass", quote_literal(table));
    let sql = format!(
        "select {named}::pg_catalog.oid operator(pg_catalog.=) $1 \
         and pg_catalog.pg_relation_filenode({named}) is not null"
    );
    let row = client.query_one(&sql, &[&id]).await.map_err(failed)?;
    row.try_get(0).map_err(|_| FactsError::Shape { what: WHAT })
}

fn failed(source: tokio_postgres::Error) -> FactsError {
    FactsError::Query { what: WHAT, source }
}
