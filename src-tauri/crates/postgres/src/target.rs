//! A database that is written to or compared: where it is, and sessions to it.

use super::connection::{ConnectError, ConnectOptions, Session, Settings, connect};
use base::secret::Secret;

/// What may stand in the way of creating a database or loading it, or would lose what was committed with the power: a
/// database may be set so that no commit waits for the disk, which is meant for the one alone that a restore fills.
const WRITABLE: &str = "set statement_timeout = 0; set default_transaction_read_only = off; set lock_timeout = 0; \
    set quote_all_identifiers = off; select pg_catalog.set_config('synchronous_commit', 'on', false) \
    where pg_catalog.current_setting('synchronous_commit') = 'off' \
    and pg_catalog.left(pg_catalog.current_database()::text, 20) <> 'holdfast_incomplete_'";

/// For what asks tables alone: a view that was put in the place of one is an error then, and not a query of
/// its owner's that runs with our rights. Servers know it since August 2024.
const TABLES_ALONE: &str = "select pg_catalog.set_config(name, 'view, foreign-table', false) \
    from pg_catalog.pg_settings where name = 'restrict_nonsystem_relation_kind'";

/// A database that is written to or compared.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it is.
    pub settings: Settings,
    /// Its password.
    pub password: Option<Secret>,
    /// Under which its sessions are found on the server.
    pub application: String,
}

impl Target {
    /// A new session.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn session(&self) -> Result<Session, ConnectError> {
        let options = ConnectOptions::new(self.application.clone());
        let session = connect(&self.settings, self.password.as_ref(), &options).await?;
        // A database or a role may be set to read only, and to an end after seconds: a habit of its
        // applications, no protection. What the server then refuses says so itself.
        make_writable(&session).await;
        Ok(session)
    }

    /// A new session that asks tables and the catalogue, and nothing that others wrote.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn session_for_tables(&self) -> Result<Session, ConnectError> {
        let session = self.session().await?;
        if let Err(error) = session.client.batch_execute(TABLES_ALONE).await {
            return Err(ConnectError::of_sign_in(error, &self.settings));
        }
        Ok(session)
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self { settings: self.settings.with_database(database), ..self.clone() }
    }
}

/// Takes what stands in the way of a session that writes, at its beginning and after a script that may have set it.
pub async fn make_writable(session: &Session) {
    if let Err(error) = session.client.batch_execute(WRITABLE).await {
        tracing::warn!(%error, "a session keeps the limits of its role");
    }
}

/// A name as SQL takes it, whatever is in it.
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL takes it, whatever `standard_conforming_strings` says.
pub fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}
