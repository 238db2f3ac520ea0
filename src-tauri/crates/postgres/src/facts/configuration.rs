//! Tables of extensions whose rows a dump holds in part.
//!
//! An extension may mark a table as its configuration, with a condition that tells a user's rows from
//! those that it brings itself. A dump has the user's rows only.
//! Source: Postgres docs, "Extension Configuration Tables".

use std::collections::HashMap;

use tokio_postgres::Client;

use super::{FactsError, column, rows};

/// The conditions (`WHERE …`) by schema and table, for tables that have one.
///
/// # Errors
/// [`FactsError`].
pub async fn configuration_conditions(
    client: &Client,
) -> Result<HashMap<(String, String), String>, FactsError> {
    const WHAT: &str = "the extensions' tables";
    let sql = "select n.nspname::text as schema, c.relname::text as name, k.condition as condition \
        from pg_catalog.pg_extension e, unnest(e.extconfig, e.extcondition) as k(id, condition) \
        join pg_catalog.pg_class c on c.oid = k.id join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
        where c.relkind = 'r' and k.condition <> ''";
    let found = rows(client, WHAT, sql).await?;
    found
        .iter()
        .map(|row| {
            let table = (column(row, "schema", WHAT)?, column(row, "name", WHAT)?);
            Ok((table, column(row, "condition", WHAT)?))
        })
        .collect()
}
