//! The database that a restore makes, and drops again when it did not become whole.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::archive::Manifest;
use crate::failure::Failure;
use crate::source::postgres::process::terminate_backends;
use crate::source::postgres::target::{Target, quote_identifier, quote_literal};

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

/// Drops what a failed restore left. Its own sessions are ended first; there can be no others yet.
pub(super) async fn drop_database(server: &Target, name: &str) -> Result<(), Failure> {
    let session = server.session().await?;
    terminate_backends(&session, &server.application).await?;
    let dropped =
        session.client.batch_execute(&format!("DROP DATABASE IF EXISTS {}", quote_identifier(name))).await;
    session.close().await;
    Ok(dropped?)
}

/// Gives the complete database its name. Our own sessions have ended; what the server still winds up of
/// them is waited for.
pub(super) async fn rename_database(server: &Target, from: &str, to: &str) -> Result<(), Failure> {
    let session = server.session().await?;
    let rename = format!("ALTER DATABASE {} RENAME TO {}", quote_identifier(from), quote_identifier(to));
    let mut renamed = session.client.batch_execute(&rename).await;
    for _ in 0..RENAME_TRIES_MAX {
        let is_busy = renamed.as_ref().is_err_and(|error| error.code() == Some(&SqlState::OBJECT_IN_USE));
        if !is_busy {
            break;
        }
        tokio::time::sleep(RENAME_PAUSE).await;
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

/// The name of a database that a job is still filling.
pub(super) fn incomplete_name(job_id: &str) -> String {
    format!("holdfast_incomplete_{}", &job_id[..8.min(job_id.len())])
}
