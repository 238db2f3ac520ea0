//! One connection to an SSH server, signed in.

use std::borrow::Cow;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use russh::client::{self, Handle, Msg};
use russh::keys::{Algorithm, EcdsaCurve};
use russh::{Channel, ChannelMsg, ChannelOpenFailure, Preferred, SshId};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::address::Address;
use crate::error::SshError;
use crate::host_key::HostKey;
use crate::identity::Identity;
use crate::known_hosts;

/// After so long without a word the server is asked for one, so that a router on the way keeps the connection.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// So many questions without an answer end the connection.
const KEEPALIVES_MAX: usize = 3;
/// A server that says nothing for so long is gone, whatever its kernel answers: longer than any run waits for a step.
const SILENCE_MAX: Duration = Duration::from_mins(10);
/// A silent peer is probed after this long, and then as often: also before anybody has signed in.
const PROBES: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));
/// An agent may ask a person before it signs.
const SIGN_IN: Duration = Duration::from_mins(1);
/// Kinds of host keys that are asked for. There is no library without a known leak that judges RSA.
const HOST_KEYS: [Algorithm; 4] = [
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
];

/// A connection that carries one stream at a time.
pub(crate) struct Link {
    handle: Handle<HostKey>,
    /// Since when nobody uses it.
    pub(crate) idle_since: Instant,
}

impl Link {
    /// Connects, looks whether it is the server that was meant, and signs in.
    ///
    /// # Errors
    /// All of [`SshError`] but those of streams.
    pub(crate) async fn open(identity: &Identity, limit: Duration) -> Result<Self, SshError> {
        let address = identity.address();
        let server = || address.server();
        let late = |after| SshError::Timeout { server: server(), after };
        let socket = dial(address, limit).await?;
        let (host_key, refused) = HostKey::of(address);
        let of = address.clone();
        let listed = match &address.host_key {
            // It was accepted as it is shown to whoever asks in the usual order.
            Some(_) => Vec::new(),
            None => tokio::task::spawn_blocking(move || known_hosts::kinds(&of)).await.unwrap_or_default(),
        };
        let shaking_hands = client::connect_stream(Arc::new(config(&listed)), socket, host_key);
        let mut handle = match timeout(limit, shaking_hands).await {
            Err(_) => return Err(late(limit)),
            Ok(Ok(handle)) => handle,
            Ok(Err(error)) => {
                let why = refused.lock().unwrap_or_else(PoisonError::into_inner).take();
                return Err(why.unwrap_or_else(|| unshaken(server(), error)));
            }
        };
        let signing_in = timeout(limit.max(SIGN_IN), identity.sign_in(&mut handle));
        signing_in.await.map_err(|_| late(limit.max(SIGN_IN)))??;
        Ok(Self { handle, idle_since: Instant::now() })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }

    /// Opens a channel.
    ///
    /// # Errors
    /// [`Unopened`].
    pub(crate) async fn channel(&self, wanted: Wanted<'_>) -> Result<Channel<Msg>, Unopened> {
        match wanted {
            Wanted::Tcp(host, port) => self.forward(host, port).await,
            Wanted::Subsystem(_) | Wanted::Run(_) => self.session(wanted).await,
        }
    }

    async fn session(&self, wanted: Wanted<'_>) -> Result<Channel<Msg>, Unopened> {
        let mut channel = self.handle.channel_open_session().await.map_err(|error| match error {
            russh::Error::ChannelOpenFailure(_) => Unopened::Forbidden,
            other => Unopened::Lost(other),
        })?;
        let asked = match wanted {
            Wanted::Run(line) => channel.exec(true, line).await,
            Wanted::Subsystem(name) => channel.request_subsystem(true, name).await,
            Wanted::Tcp(..) => Ok(()),
        };
        asked.map_err(Unopened::Lost)?;
        loop {
            match channel.wait().await {
                Some(ChannelMsg::Success) => return Ok(channel),
                Some(ChannelMsg::Failure | ChannelMsg::Close | ChannelMsg::Eof) => {
                    return Err(Unopened::Forbidden);
                }
                // How much may be sent is told beside the answer.
                Some(_) => {}
                None => return Err(Unopened::Lost(russh::Error::Disconnect)),
            }
        }
    }

    async fn forward(&self, host: &str, port: u16) -> Result<Channel<Msg>, Unopened> {
        let opening = self.handle.channel_open_direct_tcpip(host, u32::from(port), "127.0.0.1", 0);
        opening.await.map_err(|error| match error {
            russh::Error::ChannelOpenFailure(ChannelOpenFailure::AdministrativelyProhibited) => {
                Unopened::Forbidden
            }
            russh::Error::ChannelOpenFailure(_) => Unopened::NothingThere,
            other => Unopened::Lost(other),
        })
    }
}

/// What is asked for on a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// A TCP connection to a host and a port, as they are seen from the server.
    Tcp(&'a str, u16),
    /// One of the server's own programs: `sftp`.
    Subsystem(&'a str),
    /// A line for the account's shell.
    Run(&'a str),
}

/// Why a connection carries no stream.
pub(crate) enum Unopened {
    /// The server does not do that for this account.
    Forbidden,
    /// The server reaches nothing there.
    NothingThere,
    /// The connection broke.
    Lost(russh::Error),
}

/// Why there was no handshake. A server that is asked for too much at once hangs up before its first word.
fn unshaken(server: String, error: russh::Error) -> SshError {
    use russh::Error::{Disconnect, HUP, IO, RecvError, SendError};
    let is_lost = matches!(error, IO(_) | Disconnect | HUP | RecvError | SendError);
    let source = Box::new(error);
    if is_lost { SshError::Lost { server, source } } else { SshError::Handshake { server, source } }
}

/// Kinds of keys that are `listed` for the server come first: of several it shows the one that is asked for first.
fn config(listed: &[String]) -> client::Config {
    let mut kinds = HOST_KEYS;
    kinds.sort_by_key(|kind| !listed.contains(&kind.to_string()));
    client::Config {
        client_id: SshId::Standard(Cow::Borrowed("SSH-2.0-Holdfast")),
        preferred: Preferred { key: Cow::Owned(kinds.to_vec()), ..Preferred::DEFAULT },
        inactivity_timeout: Some(SILENCE_MAX),
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: KEEPALIVES_MAX,
        nodelay: true,
        ..client::Config::default()
    }
}

/// The first of the server's addresses that answers.
async fn dial(address: &Address, limit: Duration) -> Result<TcpStream, SshError> {
    let server = || address.server();
    let late = |_| SshError::Timeout { server: server(), after: limit };
    let looking_up = tokio::net::lookup_host((address.host.as_str(), address.port));
    let found = timeout(limit, looking_up).await.map_err(late)?;
    let found: Vec<_> = found.map_err(|source| SshError::UnknownHost { server: server(), source })?.collect();
    if found.is_empty() {
        return Err(SshError::UnknownHost { server: server(), source: io::ErrorKind::NotFound.into() });
    }
    let connected = timeout(limit, TcpStream::connect(found.as_slice())).await.map_err(late)?;
    let stream = connected.map_err(|source| SshError::Unreachable { server: server(), source })?;
    prepared(&stream).map_err(|source| SshError::Unreachable { server: server(), source })?;
    Ok(stream)
}

/// Small packets at once, and an end for a peer that no longer answers.
fn prepared(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let (idle, interval) = PROBES;
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(idle).with_interval(interval))?;
    // A peer that takes nothing more answers probes all the same.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(SILENCE_MAX))?;
    Ok(())
}
