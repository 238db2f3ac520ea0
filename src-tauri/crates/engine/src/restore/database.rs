//! The database that a restore makes, and drops again when it did not become whole.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::archive::Manifest;
use crate::failure::Failure;
use crate::source::postgres::connection::Session;
use crate::source::postgres::process::terminate_backends;
use crate::source::postgres::target::{Target, quote_identifier, quote_literal};

/// More than a gibibyte for one index helps little.
const BUILDING_BYTES_MAX: i64 = 1 << 30;
/// Memory for one index, and what is shared among all sessions.
const MEMORY: &str = "select pg_size_bytes(current_setting('maintenance_work_mem')), \
    pg_size_bytes(current_setting('shared_buffers'))";

/// The subscriptions of this database, of all those on the server.
const SUBSCRIPTIONS: &str = "select subname::text from pg_catalog.pg_subscription where subdbid = \
    (select oid from pg_catalog.pg_database where datname = current_database())";

/// A backend takes a moment to end after its client did; the server itself waits five seconds too.
const RENAME_TRIES_MAX: usize = 10;
const RENAME_PAUSE: Duration = Duration::from_millis(200);

/// Creates the database with the encoding and locale of the original.
pub(super) async fn create_database(server: &Target, name: &str, manifest: &Manifest) -> Result<(), Failure> {
    let session = server.session().await?;
    let of = &manifest.database;
    let mut create = format!(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
        quote_identifier(name),
        quote_literal(&of.encoding),
        quote_literal(&of.collate),
        quote_literal(&of.ctype)
    );
    if let Some(locale) = of.locale.as_deref().filter(|_| of.locale_provider == "icu") {
        create = format!("{create} LOCALE_PROVIDER icu ICU_LOCALE {}", quote_literal(locale));
    }
    let created = session.client.batch_execute(&create).await;
    session.close().await;
    created.map_err(|error| {
        let said = error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned());
        Failure::new(
            "create_failed",
            format!("the server does not create the database {name}: {said}"),
            "Choose another name or server; if it names a locale, install that locale on the server.",
        )
    })
}

/// How sessions of a database that is being filled work, until it has its name: commits do not wait for
/// the disk, since the one that names it does, and with it the log of everything before it; indexes are
/// built with as much memory as the server can spare for `sessions` at once. Without it the restore only
/// takes longer.
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
    Ok(calmed?)
}

/// The memory for building an index, if it should be more than the server's own: the sessions together
/// take at most half of what the server shares among all.
fn building_memory_kb(own_bytes: i64, shared_bytes: i64, sessions: usize) -> Option<i64> {
    let sessions = i64::try_from(sessions).unwrap_or(1).max(1);
    let bytes = (shared_bytes / (2 * sessions)).min(BUILDING_BYTES_MAX);
    (bytes > own_bytes).then_some(bytes / 1024)
}

/// Drops what a failed restore left. Its own sessions are ended first; there can be no others yet.
pub(super) async fn drop_database(server: &Target, name: &str) -> Result<(), Failure> {
    let session = server.session().await?;
    terminate_backends(&session, &server.application).await?;
    end_subscriptions(server, name).await;
    end_sessions(&session, name).await;
    let dropped =
        session.client.batch_execute(&format!("DROP DATABASE IF EXISTS {}", quote_identifier(name))).await;
    session.close().await;
    Ok(dropped?)
}

/// Gives the complete database its name, and the server's settings. Our own sessions have ended; what
/// the server still winds up of them is waited for.
pub(super) async fn rename_database(server: &Target, from: &str, to: &str) -> Result<(), Failure> {
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
        end_sessions(&session, from).await;
        renamed = session.client.batch_execute(&rename).await;
    }
    session.close().await;
    renamed.map_err(|error| {
        let said = error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned());
        Failure::new(
            "rename_failed",
            format!("the restored database cannot be named {to}: {said}"),
            "Somebody may have made a database of that name meanwhile. Plan the restore again with another name.",
        )
    })
}

/// A database with a subscription cannot be dropped. What the dump restores has never met its publisher,
/// and is dropped without asking it for the slot, which is the original's. Where it cannot be done, the
/// server says so when the database is to be dropped.
async fn end_subscriptions(server: &Target, name: &str) {
    let ended = async {
        let session = server.with_database(name).session().await?;
        let ended = drop_subscriptions(&session).await;
        session.close().await;
        Ok::<(), Failure>(ended?)
    };
    if let Err(error) = ended.await {
        tracing::warn!(%error, database = name, "subscriptions of an incomplete database could not be dropped");
    }
}

async fn drop_subscriptions(session: &Session) -> Result<(), tokio_postgres::Error> {
    for row in session.client.query(SUBSCRIPTIONS, &[]).await? {
        let name = quote_identifier(row.get(0));
        // Each by itself: together they would be one transaction, in which none is dropped.
        for statement in [
            format!("ALTER SUBSCRIPTION {name} DISABLE"),
            format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE)"),
            format!("DROP SUBSCRIPTION {name}"),
        ] {
            session.client.batch_execute(&statement).await?;
        }
    }
    Ok(())
}

/// Ends the role's sessions to a database that is still incomplete, and so nobody's but ours: a pooler
/// keeps them for the next client.
async fn end_sessions(session: &Session, name: &str) {
    let end = "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity \
        where datname = $1 and usename = current_user and pid <> pg_catalog.pg_backend_pid()";
    if let Err(error) = session.client.query(end, &[&name]).await {
        tracing::warn!(%error, database = name, "sessions of an incomplete database could not be ended");
    }
}

/// The number of a database, which stays when its name changes.
pub(super) async fn database_oid(server: &Target, name: &str) -> Result<Option<u32>, Failure> {
    let session = server.session().await?;
    let row =
        session.client.query_opt("select oid from pg_catalog.pg_database where datname = $1", &[&name]).await;
    session.close().await;
    Ok(row?.map(|row| row.get(0)))
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
