//! The transaction whose snapshot every reader of a backup shares.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::access::{AccessFact, access_facts};
use crate::choice::{LeftOut, consequences};
use crate::connection::{ConnectError, ConnectOptions, Peer, Session, Settings, connect};
use crate::facts::{self, Facts, FactsError, LockWait};
use crate::missing::{Dependent, ExtensionPart, extension_parts};
use crate::provider::{FileBytes, file_bytes};
use base::secret::Secret;

/// Often enough for the most impatient NAT that was met (60 s).
const PING_EVERY: Duration = Duration::from_secs(30);

/// How long the end of the transaction is waited for.
const ROLLBACK_WAIT: Duration = Duration::from_secs(5);

/// Takes the limit away that a role or a database may set so low that not even the next query ends in
/// time. Alone, since a limit counts for all statements that are sent together.
const UNLIMITED: &str = "set statement_timeout = 0";

/// Begins, and takes the limits away that would end a transaction of hours. Only those that the
/// server knows: `transaction_timeout` came with 17.
const BEGIN: &str = "set lock_timeout = 0; set idle_in_transaction_session_timeout = 0; \
    begin isolation level repeatable read read only; \
    select pg_catalog.set_config(name, '0', false) from pg_catalog.pg_settings where name = 'transaction_timeout'; \
    select pg_catalog.pg_export_snapshot()";

/// Why a moment could not be held.
#[derive(Debug, thiserror::Error)]
pub enum HolderError {
    /// No session.
    #[error("cannot hold a snapshot without a connection")]
    Connect {
        /// Why not.
        source: ConnectError,
    },
    /// The server refused.
    #[error("the server gave no snapshot")]
    Refused {
        /// What it said.
        source: tokio_postgres::Error,
    },
    /// The server answered without a snapshot.
    #[error("the server's answer held no snapshot")]
    NoSnapshot,
}

/// Holds one moment of one database for as long as it lives.
#[derive(Debug)]
pub struct Holder {
    session: Arc<Session>,
    snapshot: String,
    lost: watch::Receiver<bool>,
    pinger: JoinHandle<()>,
}

impl Holder {
    /// Opens the transaction and exports its snapshot.
    ///
    /// # Errors
    /// [`HolderError::Connect`], also where a transaction pooler would not hold it.
    pub async fn open(
        settings: &Settings,
        password: Option<&Secret>,
        options: &ConnectOptions,
    ) -> Result<Self, HolderError> {
        let session = connect(settings, password, options).await;
        let session = session.map_err(|source| HolderError::Connect { source })?;
        let refused = |source| HolderError::Refused { source };
        session.client.batch_execute(UNLIMITED).await.map_err(refused)?;
        let answer = session.client.simple_query(BEGIN).await;
        let answer = answer.map_err(refused)?;
        let snapshot = answer.iter().rev().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        let snapshot = snapshot.ok_or(HolderError::NoSnapshot)?;
        let session = Arc::new(session);
        let (told, lost) = watch::channel(false);
        let pinger = tokio::spawn(ping(Arc::clone(&session), told));
        Ok(Self { session, snapshot, lost, pinger })
    }

    /// The name under which other sessions see the moment: `pg_dump --snapshot`.
    pub fn snapshot(&self) -> &str {
        &self.snapshot
    }

    /// The address that was reached: `pg_dump` goes to the same one.
    pub fn peer(&self) -> &Peer {
        &self.session.peer
    }

    /// For queries at the moment. An error ends the transaction and the snapshot with it: a query
    /// that may fail needs a savepoint around it.
    pub fn client(&self) -> &Client {
        &self.session.client
    }

    /// The facts at the moment.
    ///
    /// # Errors
    /// [`FactsError`].
    pub async fn facts(&self) -> Result<Facts, FactsError> {
        facts::gather(&self.session.client).await
    }

    /// What belongs to extensions, and what needs them, at the moment.
    ///
    /// # Errors
    /// [`FactsError`]; the moment goes on.
    pub async fn extension_parts(&self) -> Result<Vec<ExtensionPart>, FactsError> {
        facts::aside(&self.session.client, extension_parts(&self.session.client)).await
    }

    /// What cannot be made again without what is left out, at the moment.
    ///
    /// # Errors
    /// [`FactsError`]; the moment goes on.
    pub async fn consequences(&self, out: &LeftOut) -> Result<Vec<Dependent>, FactsError> {
        facts::aside(&self.session.client, consequences(&self.session.client, out)).await
    }

    /// Who may do what, at the moment.
    ///
    /// # Errors
    /// [`FactsError`]; the moment goes on.
    pub async fn access_facts(&self, major: u16) -> Result<Vec<AccessFact>, FactsError> {
        facts::aside(&self.session.client, access_facts(&self.session.client, major)).await
    }

    /// How large the files are whose names are rows, as the database says, at the moment.
    ///
    /// # Errors
    /// [`FactsError`]; the moment goes on.
    pub async fn file_bytes(&self) -> Result<Vec<FileBytes>, FactsError> {
        facts::aside(&self.session.client, file_bytes(&self.session.client)).await
    }

    /// How rows would be written for this role in this database, where it is not as everywhere.
    ///
    /// # Errors
    /// [`FactsError`].
    pub async fn unusual_output(&self) -> Result<Vec<(&'static str, &'static str)>, FactsError> {
        facts::unusual_output(&self.session.client).await
    }

    /// Tables that were truncated or rewritten since the moment, which would be read as empty.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn rewritten(&self) -> Result<Vec<String>, tokio_postgres::Error> {
        facts::rewritten(&self.session.client).await
    }

    /// What a session of this name waits for; nothing where it waits for nothing, or nobody may know.
    pub async fn waits_for(&self, application_name: &str) -> Option<LockWait> {
        facts::lock_wait(&self.session.client, application_name).await
    }

    /// True once the session ended: what began may finish, nothing new can join the moment.
    pub fn is_lost(&self) -> bool {
        *self.lost.borrow() || self.session.is_closed()
    }

    /// Resolves when the session ends before [`Holder::close`].
    pub async fn lost(&self) {
        let mut lost = self.lost.clone();
        // The sender lives in the pinger, which ends only after it told.
        let _ = lost.wait_for(|is_lost| *is_lost).await;
    }

    /// Ends the transaction and the session. A server that does not answer is not waited for: it ends the
    /// transaction when it notices that the session is gone.
    pub async fn close(mut self) {
        self.pinger.abort();
        // The pinger shares the session until it has ended.
        let _ = (&mut self.pinger).await;
        let session = Arc::clone(&self.session);
        drop(self);
        let Some(session) = Arc::into_inner(session) else { return };
        if tokio::time::timeout(ROLLBACK_WAIT, session.client.batch_execute("rollback")).await.is_err() {
            tracing::warn!("the server did not answer the end of the snapshot's transaction");
        }
        session.close().await;
    }

    /// Whether what the session carries is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.session.tls.is_some()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.pinger.abort();
    }
}

async fn ping(session: Arc<Session>, told: watch::Sender<bool>) {
    loop {
        tokio::time::sleep(PING_EVERY).await;
        // A long query before it delays the answer: only an error counts, not silence.
        if let Err(error) = session.client.simple_query("select 1").await {
            tracing::warn!(%error, "the session that holds the snapshot ended");
            let _ = told.send(true);
            return;
        }
    }
}
