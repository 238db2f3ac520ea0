//! How a server is set, as far as an application would notice on another one.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use super::tolerated;

/// Such settings as the server has them: what the role, the database or this connection sets is not its own. Libraries
/// are shown to roles that may read all settings.
const SETTINGS: &str = "select s.name::text, s.reset_val::text from pg_catalog.pg_settings s \
    where s.name in ('shared_preload_libraries', 'session_preload_libraries', 'wal_level', 'max_connections', \
      'max_prepared_transactions', 'max_replication_slots', 'max_wal_senders', 'DateStyle', 'IntervalStyle', 'TimeZone', \
      'array_nulls', 'bytea_output', 'default_tablespace', 'default_text_search_config', 'default_transaction_isolation', \
      'default_transaction_read_only', 'row_security', 'standard_conforming_strings', 'transform_null_equals', \
      'xmlbinary', 'xmloption') and s.source <> 'client' and s.reset_val is not null \
    and not exists (select from pg_catalog.pg_db_role_setting d, pg_catalog.unnest(d.setconfig) one \
      where d.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database())) \
        and d.setrole in (0, (select oid from pg_catalog.pg_roles where rolname = session_user)) \
        and lower(pg_catalog.split_part(one, '=', 1)) = lower(s.name))";

/// Reads them, by name; what the role may not see is left out.
pub async fn server_settings(client: &Client) -> BTreeMap<String, String> {
    let rows = tolerated(client, SETTINGS).await.unwrap_or_default();
    let read = rows.iter().filter_map(|row| Some((row.try_get(0).ok()?, row.try_get(1).ok()?)));
    read.collect()
}
