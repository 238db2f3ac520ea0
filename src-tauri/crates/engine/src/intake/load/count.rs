//! Compares the loaded rows with the file, table by table.
//!
//! The file created these relations, so the role that loaded them counts them: a view in a table's place
//! would run with the counting role's rights. Only ordinary and partitioned tables are counted, since reading
//! those runs no code.

use std::collections::HashMap;

use tokio_postgres::Client;

use base::Code;
use base::failure::Failure;
use base::words::counted;
use ledger::job::JobContext;
use postgres::target::{Target, quote_identifier};

/// Tables whose rows differ that are named; more are counted.
const NAMED_MAX: usize = 8;
/// All user-created relations, by kind. Every name is schema-qualified, so that loaded code cannot choose
/// which functions this calls.
const RELATIONS: &str = "select n.nspname::pg_catalog.text, c.relname::pg_catalog.text, c.relkind::pg_catalog.text \
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace \
    where n.nspname operator(pg_catalog.<>) 'pg_catalog'::pg_catalog.name \
    and c.relkind operator(pg_catalog.=) any (array['r', 'p', 'v', 'm', 'f']::pg_catalog.\"char\"[])";

/// What has to be there once all is loaded: tables with their rows.
pub(super) type Expected = Vec<(String, String, u64)>;

/// Counts as the role that loaded, and compares.
///
/// # Errors
/// `rows_differ`, or what the server said.
pub(super) async fn compare(
    context: &JobContext,
    loader: &Target,
    expected: Expected,
) -> Result<(), Failure> {
    let session = loader.session().await?;
    let kinds: HashMap<(String, String), String> = session
        .client
        .query(RELATIONS, &[])
        .await
        .map_err(postgres::refused)?
        .iter()
        .map(|row| ((row.get(0), row.get(1)), row.get(2)))
        .collect();
    let (mut differing, mut rows) = (Vec::new(), 0);
    for (schema, name, expected) in &expected {
        context.checkpoint()?;
        context.meter().beat();
        let kind = kinds.get(&(schema.clone(), name.clone())).map(String::as_str);
        match found(&session.client, schema, name, kind).await {
            Ok(found) => {
                rows += found;
                if found != *expected {
                    differing.push(format!("{schema}.{name} has {found} rows, the file {expected}"));
                }
            }
            Err(why) => differing.push(format!("{schema}.{name} cannot be counted: {why}")),
        }
    }
    session.close().await;
    context.info(
        "open",
        format!("{} with {} loaded", counted(expected.len() as u64, "table"), counted(rows, "row")),
    );
    if differing.is_empty() {
        return Ok(());
    }
    let more = differing.len().saturating_sub(NAMED_MAX);
    differing.truncate(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(Failure::new(
        Code::RowsDiffer,
        format!("what was loaded is not what the file holds: {}{more}", differing.join("; ")),
        "Its rows are changed by triggers or rules of its own; load it by hand and look.",
    ))
}

/// Rows that a relation of this kind holds itself.
async fn found(client: &Client, schema: &str, name: &str, kind: Option<&str>) -> Result<u64, String> {
    match kind {
        Some("r" | "p") => {}
        // Old dumps make a table of a view first, and a foreign table has its rows elsewhere.
        Some(_) => return Ok(0),
        None => return Err("it is not there".into()),
    }
    let count = format!(
        "select pg_catalog.count(*) from only {}.{}",
        quote_identifier(schema),
        quote_identifier(name)
    );
    let row = client.query_one(&count, &[]).await;
    let row = row.map_err(|error| postgres::connection::said(&error))?;
    Ok(u64::try_from(row.get::<_, i64>(0)).unwrap_or(0))
}
