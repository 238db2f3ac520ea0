//! Sessions that write and read rows as `pg_dump` does, kept for the next table.

use tokio::sync::Mutex;

use super::LoadError;
use super::data::refused;
use crate::compare::{RowsError, like_the_dump};
use crate::connection::{ConnectError, Session};
use crate::target::Target;

/// Why there is no session.
pub(super) enum NoSession {
    Connect(ConnectError),
    Settings(tokio_postgres::Error),
}

impl From<NoSession> for LoadError {
    fn from(error: NoSession) -> Self {
        match error {
            NoSession::Connect(source) => source.into(),
            NoSession::Settings(source) => refused("the session", &source),
        }
    }
}

impl From<NoSession> for RowsError {
    fn from(error: NoSession) -> Self {
        match error {
            NoSession::Connect(source) => source.into(),
            NoSession::Settings(source) => Self::Settings { source },
        }
    }
}

/// The sessions that nobody uses right now.
pub(super) struct Sessions<'a> {
    target: &'a Target,
    encoding: Option<&'a str>,
    idle: Mutex<Vec<Session>>,
}

impl<'a> Sessions<'a> {
    pub(super) fn new(target: &'a Target, encoding: Option<&'a str>) -> Self {
        Self { target, encoding, idle: Mutex::default() }
    }

    /// A session for one table. One in which something failed is not given back.
    pub(super) async fn take(&self) -> Result<Session, NoSession> {
        let idle = self.idle.lock().await.pop();
        if let Some(session) = idle.filter(|session| !session.is_closed()) {
            return Ok(session);
        }
        let session = self.target.session().await.map_err(NoSession::Connect)?;
        like_the_dump(&session, self.encoding).await.map_err(NoSession::Settings)?;
        Ok(session)
    }

    /// For the next table.
    pub(super) async fn give_back(&self, session: Session) {
        self.idle.lock().await.push(session);
    }

    /// Ends them all.
    pub(super) async fn close(&self) {
        for session in self.idle.lock().await.drain(..) {
            session.close().await;
        }
    }
}
