//! The database that a restore fills: bulk-load settings and names.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::scratch::{end_sessions, number};
use base::Code;
use base::failure::Failure;
use postgres::connection::said;
use postgres::target::{Target, quote_identifier};

/// More than a gibibyte for one index helps little.
const BUILDING_BYTES_MAX: i64 = 1 << 30;
/// Memory for one index, and what is shared among all sessions.
const MEMORY: &str = "select pg_size_bytes(current_setting('maintenance_work_mem')), \
    pg_size_bytes(current_setting('shared_buffers'))";

/// A backend takes a moment to end after its client did; the server itself waits five seconds too.
const RENAME_TRIES_MAX: usize = 10;
const RENAME_PAUSE: Duration = Duration::from_millis(200);

/// Settings of sessions while the database is filled, until it is renamed: asynchronous commits, since the
/// final rename syncs the whole WAL before it; index builds use as much memory as the server can spare for
/// `sessions` at once. Without them the restore only takes longer.
pub(super) async fn hurry(server: &Target, name: &str, sessions: usize) -> Result<(), Failure> {
    let session = server.session().await?;
    let hurried = async {
        let row = session.client.query_one(MEMORY, &[]).await?;
        let name = quote_identifier(name);
        let mut all = vec![format!("ALTER DATABASE {name} SET synchronous_commit = off")];
        all.extend(
            building_memory_kb(row.get(0), row.get(1), sessions)
                .map(|kilobytes| format!("ALTER DATABASE {name} SET maintenance_work_mem = '{kilobytes}kB'")),
        );
        session.client.batch_execute(&all.join(";")).await
    };
    let hurried: Result<(), tokio_postgres::Error> = hurried.await;
    session.close().await;
    if let Err(error) = hurried {
        tracing::warn!(%error, "the server does not let the restore hurry");
    }
    Ok(())
}

/// Takes back what `hurry` set: from here on a commit waits for the disk again.
pub(super) async fn calm(server: &Target, name: &str) -> Result<(), Failure> {
    let session = server.session().await?;
    let name = quote_identifier(name);
    let reset = format!(
        "ALTER DATABASE {name} RESET synchronous_commit; ALTER DATABASE {name} RESET maintenance_work_mem"
    );
    let calmed = session.client.batch_execute(&reset).await;
    session.close().await;
    calmed.map_err(postgres::refused)
}

/// The memory for building an index, if it should be more than the server's own: the sessions together
/// take at most half of what the server shares among all.
fn building_memory_kb(own_bytes: i64, shared_bytes: i64, sessions: usize) -> Option<i64> {
    let sessions = i64::try_from(sessions).unwrap_or(1).max(1);
    let bytes = (shared_bytes / (2 * sessions)).min(BUILDING_BYTES_MAX);
    (bytes > own_bytes).then_some(bytes / 1024)
}

/// Renames the complete database and resets these settings. Our sessions have ended; waits until the server
/// has closed them.
pub(super) async fn rename_database(
    server: &Target,
    (from, oid): (&str, u32),
    to: &str,
) -> Result<(), Failure> {
    calm(server, from).await?;
    let session = server.session().await?;
    let rename = format!("ALTER DATABASE {} RENAME TO {}", quote_identifier(from), quote_identifier(to));
    let mut renamed = session.client.batch_execute(&rename).await;
    for _ in 0..RENAME_TRIES_MAX {
        let is_busy = renamed.as_ref().is_err_and(|error| error.code() == Some(&SqlState::OBJECT_IN_USE));
        if !is_busy {
            break;
        }
        tokio::time::sleep(RENAME_PAUSE).await;
        end_sessions(&session, oid).await;
        renamed = session.client.batch_execute(&rename).await;
    }
    session.close().await;
    renamed.map_err(|error| {
        let said = said(&error);
        Failure::new(
            Code::RenameFailed,
            format!("the restored database cannot be named {to}: {said}"),
            "Somebody may have made a database of that name meanwhile. Plan the restore again with another name.",
        )
    })
}

/// The number of a database, which stays when its name changes.
pub(super) async fn database_oid(server: &Target, name: &str) -> Result<Option<u32>, Failure> {
    let session = server.session().await?;
    let found = number(&session, name).await;
    session.close().await;
    found
}

/// The name of a database that a job is still filling.
pub(super) fn incomplete_name(job_id: &str) -> String {
    format!("holdfast_incomplete_{}", &job_id[..8.min(job_id.len())])
}

#[cfg(test)]
mod tests {
    use super::building_memory_kb;

    const MIB: i64 = 1 << 20;

    #[test]
    fn indexes_are_built_with_what_a_server_can_spare_and_never_with_less_than_it_has() {
        assert_eq!(building_memory_kb(64 * MIB, 128 * MIB, 2), None);
        assert_eq!(building_memory_kb(64 * MIB, 4096 * MIB, 8), Some(256 * 1024));
        assert_eq!(building_memory_kb(64 * MIB, 65_536 * MIB, 2), Some(1024 * 1024));
        assert_eq!(building_memory_kb(2048 * MIB, 65_536 * MIB, 2), None);
    }
}
