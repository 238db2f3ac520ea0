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

/// The statement for the rows that a dump has of an extension's table: the user's, not the extension's.
pub fn of_the_users_rows(copy: &str, condition: &str) -> String {
    let table = copy.trim_end().trim_end_matches(';').trim_end();
    let table = table.strip_suffix(" FROM stdin").unwrap_or(table);
    let table = table.strip_prefix("COPY ").unwrap_or(table).trim_end();
    let (mut is_quoted, mut columns_at) = (false, None);
    for (at, letter) in table.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => {
                columns_at = Some(at);
                break;
            }
            _ => {}
        }
    }
    let (name, columns) = columns_at.map_or((table, "*"), |at| {
        (table[..at].trim_end(), table[at..].trim_start_matches('(').trim_end_matches(')'))
    });
    format!("COPY (SELECT {columns} FROM {name} {condition}) FROM stdin;")
}

#[cfg(test)]
mod tests {
    use super::of_the_users_rows;

    #[test]
    fn an_extensions_table_is_read_by_its_condition() {
        assert_eq!(
            of_the_users_rows("COPY \"a (b\".conf (k, \"v)\") FROM stdin;\n", "where not is_std"),
            "COPY (SELECT k, \"v)\" FROM \"a (b\".conf where not is_std) FROM stdin;"
        );
    }
}
