//! What a server says of itself and of one database, read through the catalogue.
//!
//! Reads names, sizes and rights, never rows. It may run inside the transaction of a snapshot: a
//! query that the role may not run is rolled back to a savepoint, since an error would end the
//! transaction and the snapshot with it.
//! Source: Postgres docs, "System Catalogs", "System Information Functions".

mod configuration;
mod databases;
mod inventory;
mod large_objects;
mod locks;
mod migrations;
mod output;
mod server;
mod settings;

use std::collections::BTreeMap;

use tokio_postgres::Client;

pub use configuration::configuration_conditions;
pub use databases::{OtherDatabase, other_databases};
pub use inventory::{
    Extension, TableFacts, TableKind, Unreadable, UnreadableReason, available_extensions, extension_files,
    extensions, tables, unreadable,
};
pub use large_objects::fingerprint_large_objects;
pub use locks::{LockWait, held_alone, lock_wait, rewritten};
pub use migrations::{MigrationStamp, migration_stamps};
pub use output::unusual_output;
pub use server::{Clock, DatabaseFacts, ServerFacts, clock, database, server};
pub use settings::server_settings;

/// Everything that a manifest says about its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The server.
    pub server: ServerFacts,
    /// The database.
    pub database: DatabaseFacts,
    /// How the server is set, by name, as far as an application would notice.
    pub settings: BTreeMap<String, String>,
    /// The server's clock beside ours.
    pub clock: Clock,
    /// Tables, materialised views and foreign tables, by schema and name.
    pub tables: Vec<TableFacts>,
    /// Tables and sequences that a dump by this role would stumble over.
    pub unreadable: Vec<Unreadable>,
    /// Installed extensions.
    pub extensions: Vec<Extension>,
    /// What the migration tools say is the newest migration.
    pub migrations: Vec<MigrationStamp>,
}

/// Why the facts cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// A query failed.
    #[error("cannot read {what} from the server's catalogue")]
    Query {
        /// What was asked for.
        what: &'static str,
        /// What the server, or the network, said.
        source: tokio_postgres::Error,
    },
    /// The server answered in a shape that no Postgres has.
    #[error("the server's answer about {what} makes no sense")]
    Shape {
        /// What was asked for.
        what: &'static str,
    },
}

/// Reads all facts, in or outside a transaction.
///
/// # Errors
/// [`FactsError`]; a fact that the role may not see is `None` rather than an error.
pub async fn gather(client: &Client) -> Result<Facts, FactsError> {
    let server = server(client).await?;
    let tables = tables(client).await?;
    Ok(Facts {
        database: database(client).await?,
        settings: server_settings(client).await,
        clock: clock(client).await?,
        unreadable: unreadable(client).await?,
        extensions: extensions(client).await?,
        migrations: migration_stamps(client, &tables).await?,
        tables,
        server,
    })
}

/// How long a fact may wait for a table that another session locked; it is left out then.
const ENTER: &str = "savepoint holdfast_fact; set local lock_timeout = '3s'";
/// Rolling back undoes the limit too; a fact has nothing to keep.
const LEAVE: &str = "rollback to savepoint holdfast_fact; release savepoint holdfast_fact";

/// Names and expressions as text are the same whatever the role or the database is set to.
pub(crate) const PLAIN_TEXT: &str = "set quote_all_identifiers = off; set datestyle = ISO; set intervalstyle = postgres; \
    set timezone = 'UTC'; set extra_float_digits = 3; set bytea_output = hex; set xmloption = content";

/// A query that may be refused. Rolled back to a savepoint where a transaction is open, so that the
/// transaction lives on.
pub(crate) async fn tolerated(client: &Client, sql: &str) -> Option<Vec<tokio_postgres::Row>> {
    let is_in_transaction = client.batch_execute(ENTER).await.is_ok();
    let answer = client.query(sql, &[]).await;
    if is_in_transaction {
        client.batch_execute(LEAVE).await.ok()?;
    }
    match answer {
        Ok(rows) => Some(rows),
        Err(error) => {
            tracing::debug!(%error, "a fact that this role cannot see");
            None
        }
    }
}

/// Asks several things that may be refused, so that the transaction lives on.
pub(crate) async fn aside<T>(
    client: &Client,
    asked: impl Future<Output = Result<T, FactsError>>,
) -> Result<T, FactsError> {
    let is_in_transaction = client.batch_execute(ENTER).await.is_ok();
    let answer = asked.await;
    if is_in_transaction {
        let left = client.batch_execute(LEAVE).await;
        left.map_err(|source| FactsError::Query { what: "the catalogue", source })?;
    }
    answer
}

pub(crate) async fn rows(
    client: &Client,
    what: &'static str,
    sql: &str,
) -> Result<Vec<tokio_postgres::Row>, FactsError> {
    client.query(sql, &[]).await.map_err(|source| FactsError::Query { what, source })
}

async fn one(client: &Client, what: &'static str, sql: &str) -> Result<tokio_postgres::Row, FactsError> {
    rows(client, what, sql).await?.into_iter().next().ok_or(FactsError::Shape { what })
}

/// A column by name; `Shape` where its type is another than the query promises.
pub(crate) fn column<'a, T: tokio_postgres::types::FromSql<'a>>(
    row: &'a tokio_postgres::Row,
    name: &str,
    what: &'static str,
) -> Result<T, FactsError> {
    row.try_get(name).map_err(|_| FactsError::Shape { what })
}

/// Sizes and counts are never negative; -1 stands for "not known" in the catalogue.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
