//! The `search_path` that every session begins with: one in which nobody can plant anything.
//!
//! Functions and operators are looked up along it, and the one whose types fit best wins, wherever it is. Who
//! may create in a schema of the path, by default of older servers everybody in `public`, so chooses what a
//! query of ours runs, with our rights (CVE-2018-1058); a role or a database may have any path.
//!
//! A startup parameter would be there before everything else. Poolers refuse one or leave it out
//! (`PgBouncer`: "unsupported startup parameter"), and `RESET` would lead back to it instead of to the role's
//! own path. So it is the first statement of every session, whose own names all say that they are of
//! `pg_catalog`.

use tokio::io::AsyncReadExt as _;
use tokio_postgres::SimpleQueryMessage;

use super::error::ConnectError;
use super::pooler;
use super::session::Session;
use super::supabase::refuse_transaction_pooler;
use super::wire::{Negotiated, Wire};
use base::secret::Secret;

/// What is looked up is the catalogue's first, and then the session's own: `pg_catalog` comes before all that
/// is named, and `pg_temp` would come before it for tables and types if it were not. What somebody makes
/// without a schema is gone with the session; with `pg_catalog` as the first name it would go there.
const PATH: &str = "pg_temp";
/// Sets it: at once after what may have set another.
pub const SAFE_PATH: &str = "set search_path = pg_temp";
/// The path of the role within a transaction, and until its end; see [`Session::use_path_of_role`].
pub const PATH_OF_ROLE: &str = "set local search_path to default";
/// A request to cancel: its length, a number, the server process, the secret (Postgres docs, "Message
/// Formats").
const REQUEST_BYTES: usize = 16;

/// Puts a session that was just signed in to the safe path, before its first other statement.
///
/// Behind a pooler that gives each transaction another server connection, a setting of the session stays with
/// that connection, and with whoever is given it next. So it lasts only where the process that answers is the
/// one that signed the session in, or where the pooler was seen to keep them together.
///
/// # Errors
/// [`ConnectError::TransactionPooler`], with nothing left behind; what hinders the statement otherwise.
pub(super) async fn begin(session: &Session, password: Option<&Secret>) -> Result<(), ConnectError> {
    let settings = session.settings();
    refuse_transaction_pooler(settings)?;
    if first_statement(session).await? {
        return Ok(());
    }
    if !pooler::is_believed(session) {
        if pooler::is_transaction_pooler(session, password).await? {
            return Err(ConnectError::transaction_pooler(settings));
        }
        pooler::believe(session);
    }
    session.use_safe_path().await.map_err(|error| ConnectError::of_sign_in(error, settings))
}

/// The first statement. Whether its setting lasts, since the server itself is at the other end; if not, it
/// ended with the statement.
pub(super) async fn first_statement(session: &Session) -> Result<bool, ConnectError> {
    let process = signed_in_by(session).await;
    // A number in quotes: a sign before it would be an operator.
    let sql = format!(
        "select pg_catalog.set_config('search_path', '{PATH}', \
         pg_catalog.int4ne(pg_catalog.pg_backend_pid(), '{}')), pg_catalog.pg_backend_pid()",
        process.unwrap_or(0)
    );
    // By the simple protocol: a transaction pooler may not know prepared statements.
    let answer = session.client.simple_query(&sql).await;
    let answer = answer.map_err(|error| ConnectError::of_sign_in(error, session.settings()))?;
    let answered = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(1)?.parse::<i32>().ok(),
        _ => None,
    });
    Ok(process.is_some() && answered == process)
}

/// The server process that the sign-in named. The client shows it nowhere but in what it would send to
/// cancel.
async fn signed_in_by(session: &Session) -> Option<i32> {
    let (near, mut far) = tokio::io::duplex(REQUEST_BYTES);
    let token = session.client.cancel_token();
    token.cancel_query_raw(Wire::Plain(Box::new(near)), Negotiated).await.ok()?;
    let mut request = [0; REQUEST_BYTES];
    far.read_exact(&mut request).await.ok()?;
    let process = request.get(8..12)?.try_into().ok()?;
    Some(i32::from_be_bytes(process))
}

impl Session {
    /// Back to the safe path: after a script, which may have set another, and after
    /// [`Session::use_path_of_role`].
    ///
    /// # Errors
    /// The server's.
    pub async fn use_safe_path(&self) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(SAFE_PATH).await
    }

    /// The path that the role has in this database, as in every session of its own. For SQL that an
    /// administrator wrote for it, and that is run with the rights of that very role; never for a question of
    /// ours.
    ///
    /// # Errors
    /// The server's.
    pub async fn use_path_of_role(&self) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute("reset search_path").await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_that_is_set_again_is_the_one_that_a_session_begins_with() {
        assert_eq!(SAFE_PATH, format!("set search_path = {PATH}"));
    }
}
