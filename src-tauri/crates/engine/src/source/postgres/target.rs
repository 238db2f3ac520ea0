//! A database that is written to or compared: where it is, and sessions to it.

use super::connection::{ConnectError, ConnectOptions, Session, Settings, connect};
use crate::secret::Secret;

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
        connect(&self.settings, self.password.as_ref(), &ConnectOptions::new(self.application.clone())).await
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self { settings: self.settings.with_database(database), ..self.clone() }
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
