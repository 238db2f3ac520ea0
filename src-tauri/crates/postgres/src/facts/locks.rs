//! Who keeps a session waiting, and what was rewritten under a snapshot.

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

/// A table that another session holds for itself alone, or is about to: a migration, in most cases. Nothing where
/// there is none, or the server does not tell.
pub async fn held_alone(client: &Client) -> Option<LockWait> {
    let sql = "select n.nspname || '.' || c.relname, \
                coalesce('process ' || l.pid || ' (role ' || coalesce(a.usename, '?') || \
                  coalesce(', ' || nullif(a.application_name, ''), '') || ')', 'another session') \
         from pg_catalog.pg_locks l \
         join pg_catalog.pg_class c on c.oid = l.relation \
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         left join pg_catalog.pg_stat_activity a on a.pid = l.pid \
         where l.mode = 'AccessExclusiveLock' and c.relkind in ('r', 'p') and c.relpersistence <> 't' \
           and n.nspname !~ '^pg_' and l.pid <> pg_catalog.pg_backend_pid() \
           and l.database = (select oid from pg_catalog.pg_database where datname = current_database()) \
         order by l.granted desc, 1 limit 1";
    let answer = client.simple_query(sql).await.ok()?;
    answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some(LockWait { table: row.get(0)?.to_owned(), blocker: row.get(1)?.to_owned() })
        }
        _ => None,
    })
}

/// Tables that were truncated or rewritten since the snapshot of this transaction was taken. Their old rows are gone,
/// and the new ones are of no moment that the snapshot sees: it reads them as empty, without an error
/// (PostgreSQL, "Caveats" of multiversion concurrency control).
///
/// # Errors
/// When the server does not answer.
pub async fn rewritten(client: &Client) -> Result<Vec<String>, tokio_postgres::Error> {
    // The catalogue is read as of the snapshot; the function sees it as it is.
    let sql = "select n.nspname || '.' || c.relname from pg_catalog.pg_class c \
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         where c.relkind = 'r' and c.relfilenode <> 0 and c.relpersistence <> 't' and n.nspname !~ '^pg_' \
           and c.relfilenode is distinct from pg_catalog.pg_relation_filenode(c.oid) order by 1 limit 20";
    let answer = client.simple_query(sql).await?;
    let name = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    Ok(answer.iter().filter_map(name).collect())
}
