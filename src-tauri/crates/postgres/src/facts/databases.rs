//! The other databases of a server.

use tokio_postgres::Client;

use super::{FactsError, column, tolerated, unsigned};

const WHAT: &str = "the databases";

/// So much more than an empty one may have that nobody used yet.
const EMPTY_BYTES: u64 = 1024 * 1024;
/// Nobody reads more names.
const LISTED_MAX: u32 = 100;
/// Databases that a platform keeps beside those of its users.
const OF_PLATFORMS: [&str; 5] = ["_supabase", "azure_maintenance", "azure_sys", "cloudsqladmin", "rdsadmin"];

/// A database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherDatabase {
    /// Its name.
    pub name: String,
    /// Its size on the server.
    pub bytes: u64,
}

/// Those of the same owner as the one that a client is in, with anything in them. Those of others are none of ours.
///
/// # Errors
/// [`FactsError::Shape`]; a server that does not tell has none.
pub async fn other_databases(client: &Client) -> Result<Vec<OtherDatabase>, FactsError> {
    let sql = format!(
        "select d.datname::text as name, coalesce(pg_catalog.pg_database_size(d.oid), 0)::int8 as bytes, \
           coalesce((select pg_catalog.pg_database_size(t.oid) from pg_catalog.pg_database t \
             where t.datname = 'template1' and pg_catalog.has_database_privilege(t.oid, 'connect')), 0)::int8 as empty \
         from pg_catalog.pg_database d \
         where d.datallowconn and not d.datistemplate and d.datname <> pg_catalog.current_database() \
         and pg_catalog.has_database_privilege(d.oid, 'connect') \
         and d.datdba = (select o.datdba from pg_catalog.pg_database o \
           where o.datname = pg_catalog.current_database()) \
         order by 1 limit {LISTED_MAX}"
    );
    let Some(found) = tolerated(client, &sql).await else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for row in &found {
        let name: String = column(row, "name", WHAT)?;
        let bytes = unsigned(column(row, "bytes", WHAT)?);
        let empty = unsigned(column(row, "empty", WHAT)?);
        if !OF_PLATFORMS.contains(&name.as_str()) && bytes > empty.saturating_add(EMPTY_BYTES) {
            all.push(OtherDatabase { name, bytes });
        }
    }
    Ok(all)
}
