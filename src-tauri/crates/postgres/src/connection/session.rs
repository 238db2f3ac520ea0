//! A signed-in session: one client, driven by its own task.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::{CancelToken, Client, Config, Connection};

use super::bounded::Bounded;
use super::dial::dial;
use super::error::ConnectError;
use super::negotiate::{TlsFacts, negotiate};
use super::path;
use super::resolve::{Resolved, resolve};
use super::settings::{Settings, TlsMode};
use super::supabase::refuse_transaction_pooler;
use super::wire::{AnyStream, Negotiated, Peer, Wire};
use base::secret::Secret;

/// How long a closed session may take to say goodbye.
pub(super) const GOODBYE: Duration = Duration::from_secs(2);

/// How to connect, beside where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectOptions {
    /// Shown in `pg_stat_activity`, and how leftovers of a killed job are found.
    pub application_name: String,
    /// Limit for each of the steps: name, connection, TLS, sign-in.
    pub timeout: Duration,
    /// Go here instead of to what the host's name leads to. Certificates are still judged by that name.
    pub to: Option<Resolved>,
}

impl ConnectOptions {
    /// Ten seconds per step, to where the host's name leads.
    pub fn new(application_name: impl Into<String>) -> Self {
        Self { application_name: application_name.into(), timeout: Duration::from_secs(10), to: None }
    }
}

/// What the server said, or why nothing came of it.
pub fn said(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned())
}

/// An open session. Dropped, it closes by itself.
#[derive(Debug)]
pub struct Session {
    /// Runs queries.
    pub client: Client,
    /// Where it leads; the address goes into `PGHOSTADDR` of child processes.
    pub peer: Peer,
    /// What protects it; `None` is plain text.
    pub tls: Option<TlsFacts>,
    settings: Settings,
    options: ConnectOptions,
    driver: JoinHandle<()>,
}

impl Session {
    /// A handle that stops the query that runs now.
    pub fn canceller(&self) -> Canceller {
        Canceller {
            token: self.client.cancel_token(),
            settings: self.settings.clone(),
            options: self.options.clone(),
            peer: self.peer.clone(),
        }
    }

    /// What it was opened with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How it was opened.
    pub(super) fn options(&self) -> &ConnectOptions {
        &self.options
    }

    /// True once the server or the network ended it.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Says goodbye and waits until the connection is gone, at most two seconds.
    pub async fn close(self) {
        let Self { client, mut driver, .. } = self;
        drop(client);
        if tokio::time::timeout(GOODBYE, &mut driver).await.is_err() {
            driver.abort();
        }
    }
}

/// Stops the running query of a session, over a connection of its own.
#[derive(Clone)]
pub struct Canceller {
    token: CancelToken,
    settings: Settings,
    options: ConnectOptions,
    peer: Peer,
}

impl std::fmt::Debug for Canceller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Canceller").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Canceller {
    /// Asks the server to stop the query. The server does not say whether it did.
    ///
    /// # Errors
    /// What hinders the second connection. A stream that the caller gave cannot be opened again.
    pub async fn cancel(&self) -> Result<(), ConnectError> {
        let host = &self.settings.host;
        let Some(to) = self.peer.again() else {
            let source = std::io::ErrorKind::Unsupported.into();
            return Err(ConnectError::NoRoute { host: host.clone(), source });
        };
        let request = async {
            let dialled = dial(host, &to, self.options.timeout).await?;
            let (wire, _) = negotiate(dialled.stream, &self.settings).await?;
            self.token
                .cancel_query_raw(wire, Negotiated)
                .await
                .map_err(|error| ConnectError::of_sign_in(error, &self.settings))
        };
        within(host, self.options.timeout, request).await
    }
}

/// Opens a session. Its `search_path` is one in which nobody can plant anything.
///
/// # Errors
/// [`ConnectError`] tells the steps apart: name, connection, TLS, sign-in.
#[crate::boxed]
pub async fn connect(
    settings: &Settings,
    password: Option<&Secret>,
    options: &ConnectOptions,
) -> Result<Session, ConnectError> {
    // Before the password goes anywhere.
    refuse_transaction_pooler(settings)?;
    let to = match &options.to {
        Some(to) => to.clone(),
        None => resolve(settings, options.timeout).await?,
    };
    let first = attempt(settings, password, options, &to).await;
    // libpq's second chance: `allow` begins in plain text, `prefer` with TLS.
    let other = match (settings.tls, &first) {
        (TlsMode::Allow, Err(ConnectError::NotAdmitted { .. })) => TlsMode::Require,
        (TlsMode::Prefer, Err(ConnectError::NotAdmitted { .. } | ConnectError::TlsRejected { .. })) => {
            TlsMode::Disable
        }
        _ => return first,
    };
    let second = attempt(&Settings { tls: other, ..settings.clone() }, password, options, &to).await;
    // A second failure tells less than the first: "does not offer TLS" is no news under `allow`.
    second.or(first)
}

async fn attempt(
    settings: &Settings,
    password: Option<&Secret>,
    options: &ConnectOptions,
    to: &Resolved,
) -> Result<Session, ConnectError> {
    let session = signed_in(settings, password, options, to).await?;
    within(&settings.host, options.timeout, path::begin(&session, password)).await?;
    Ok(session)
}

/// A session that was told nothing yet.
pub(super) async fn signed_in(
    settings: &Settings,
    password: Option<&Secret>,
    options: &ConnectOptions,
    to: &Resolved,
) -> Result<Session, ConnectError> {
    let dialled = dial(&settings.host, to, options.timeout).await?;
    let negotiated = negotiate(dialled.stream, settings);
    let (wire, tls) = within(&settings.host, options.timeout, negotiated).await?;
    sign_in(wire, tls, dialled.peer, settings, password, options).await
}

/// Opens a session over a stream that the caller opened, such as an SSH channel. Where a pooler is at its
/// other end, it is not found out of which kind, and refused.
///
/// # Errors
/// [`ConnectError`] of TLS and of the sign-in.
#[crate::boxed]
pub async fn connect_over(
    stream: Box<dyn AnyStream>,
    settings: &Settings,
    password: Option<&Secret>,
    options: &ConnectOptions,
) -> Result<Session, ConnectError> {
    let (wire, tls) = within(&settings.host, options.timeout, negotiate(stream, settings)).await?;
    let session = sign_in(wire, tls, Peer::Given, settings, password, options).await?;
    within(&settings.host, options.timeout, path::begin(&session, password)).await?;
    Ok(session)
}

/// The last step: role, password, database.
async fn sign_in(
    wire: Wire,
    tls: Option<TlsFacts>,
    peer: Peer,
    settings: &Settings,
    password: Option<&Secret>,
    options: &ConnectOptions,
) -> Result<Session, ConnectError> {
    let config = config(&wire, settings, password, options);
    let signing_in = async {
        let signed_in = config.connect_raw(Bounded::new(wire), Negotiated).await;
        signed_in.map_err(|error| ConnectError::of_sign_in(error, settings))
    };
    let (client, connection) = within(&settings.host, options.timeout, signing_in).await?;
    let driver = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a Postgres session ended");
        }
    });
    Ok(Session { client, peer, tls, settings: settings.clone(), options: options.clone(), driver })
}

/// What is said when signing in.
fn config(wire: &Wire, settings: &Settings, password: Option<&Secret>, options: &ConnectOptions) -> Config {
    let mut config = Config::new();
    config.user(&settings.user).dbname(&settings.database).application_name(&options.application_name);
    if let Some(password) = password {
        config.password(password.expose());
    }
    match wire {
        Wire::Plain(_) => config.ssl_mode(SslMode::Disable),
        // The handshake is over: "direct" keeps tokio-postgres from asking for it again.
        Wire::Tls(_) => config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct),
    };
    config
}

/// Signs in to a server of ours, with settings that hold whatever the role or the database has. The caller
/// drives the connection, and sees all that the server says.
pub(super) async fn signed_in_by_hand(
    settings: &Settings,
    password: Option<&Secret>,
    options: &ConnectOptions,
    begins_with: &str,
) -> Result<(Client, Connection<Wire, Wire>), ConnectError> {
    let to = resolve(settings, options.timeout).await?;
    let dialled = dial(&settings.host, &to, options.timeout).await?;
    let negotiated = negotiate(dialled.stream, settings);
    let (wire, _) = within(&settings.host, options.timeout, negotiated).await?;
    let mut config = config(&wire, settings, password, options);
    config.options(begins_with);
    let signing_in = async {
        let signed_in = config.connect_raw(wire, Negotiated).await;
        signed_in.map_err(|error| ConnectError::of_sign_in(error, settings))
    };
    within(&settings.host, options.timeout, signing_in).await
}

async fn within<T>(
    host: &str,
    limit: Duration,
    step: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    tokio::time::timeout(limit, step)
        .await
        .unwrap_or_else(|_| Err(ConnectError::Timeout { host: host.to_owned(), after: limit }))
}
