//! Who keeps a session waiting.

use tokio_postgres::{Client, SimpleQueryMessage};

/// A session that waits for a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockWait {
    /// Schema and name of the table.
    pub table: String,
    /// Who is in the way: process, role, program.
    pub blocker: String,
}

/// What a session of this name waits for. Nothing where it does not wait, or the server does not tell.
///
/// By catalogue functions alone, so that it cannot wait itself; activity is read anew, since within a
/// transaction the server would repeat what it said first.
pub async fn lock_wait(client: &Client, application_name: &str) -> Option<LockWait> {
    let name = application_name.replace('\'', "''");
    let sql = format!(
        "select pg_catalog.pg_stat_clear_snapshot(); \
         select coalesce(n.nspname || '.' || c.relname, l.relation::text), \
                coalesce('process ' || b.pid || ' (role ' || coalesce(b.usename, '?') || \
                  coalesce(', ' || nullif(b.application_name, ''), '') || ')', 'another session') \
         from pg_catalog.pg_stat_activity a \
         join pg_catalog.pg_locks l on l.pid = a.pid and not l.granted and l.relation is not null \
         left join pg_catalog.pg_class c on c.oid = l.relation \
         left join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         left join pg_catalog.pg_stat_activity b on b.pid = (pg_catalog.pg_blocking_pids(a.pid))[1] \
         where a.application_name = '{name}' and a.datname = current_database() limit 1"
    );
    let answer = client.simple_query(&sql).await.ok()?;
    answer.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) if row.len() == 2 => {
            Some(LockWait { table: row.get(0)?.to_owned(), blocker: row.get(1)?.to_owned() })
        }
        _ => None,
    })
}
