//! A byte stream to a server, plain or encrypted, in the shape that tokio-postgres wants.

use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use camino::Utf8PathBuf;
use ssh::{NearEnd, Route};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream as PostgresTls};
use tokio_rustls::client::TlsStream;

use super::binding::end_point_digest;
use super::resolve::Resolved;

/// Any stream that can carry a session: TCP, a Unix socket, an SSH channel.
pub trait AnyStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> AnyStream for S {}

/// What a stream leads to.
#[derive(Debug, Clone)]
pub enum Peer {
    /// A TCP address.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Socket(Utf8PathBuf),
    /// What an SSH server reaches.
    Route {
        /// The way there.
        route: Route,
        /// Where programs of this computer begin it.
        near: Arc<NearEnd>,
    },
    /// A stream that the caller opened.
    Given,
}

impl PartialEq for Peer {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tcp(one), Self::Tcp(other)) => one == other,
            (Self::Socket(one), Self::Socket(other)) => one == other,
            (Self::Route { route: one, .. }, Self::Route { route: other, .. }) => one == other,
            (Self::Given, Self::Given) => true,
            _ => false,
        }
    }
}

impl Eq for Peer {}

impl Peer {
    /// The TCP address, for `PGHOSTADDR`.
    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Route { near, .. } => Some(near.address()),
            Self::Socket(_) | Self::Given => None,
        }
    }

    /// The way to it once more. None to a stream that the caller opened.
    pub(crate) fn again(&self) -> Option<Resolved> {
        match self {
            Self::Tcp(address) => Some(Resolved::Addresses(vec![*address])),
            Self::Socket(path) => Some(Resolved::Socket(path.clone())),
            Self::Route { route, .. } => Some(Resolved::Route(route.clone())),
            Self::Given => None,
        }
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Socket(path) => path.fmt(f),
            Self::Route { route, .. } => route.fmt(f),
            Self::Given => f.write_str("a stream"),
        }
    }
}

/// A negotiated stream.
pub enum Wire {
    /// Not encrypted.
    Plain(Box<dyn AnyStream>),
    /// Encrypted.
    Tls(Box<TlsStream<Box<dyn AnyStream>>>),
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Wire::Plain",
            Self::Tls(_) => "Wire::Tls",
        })
    }
}

impl Wire {
    fn stream(&mut self) -> Pin<&mut dyn AnyStream> {
        match self {
            Self::Plain(stream) => Pin::new(&mut **stream),
            Self::Tls(stream) => Pin::new(&mut **stream),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream().poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().stream().poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream().poll_shutdown(cx)
    }
}

impl PostgresTls for Wire {
    fn channel_binding(&self) -> ChannelBinding {
        let Self::Tls(stream) = self else { return ChannelBinding::none() };
        let certificates = stream.get_ref().1.peer_certificates();
        certificates
            .and_then(|chain| chain.first())
            .and_then(|leaf| end_point_digest(leaf))
            .map_or_else(ChannelBinding::none, ChannelBinding::tls_server_end_point)
    }
}

/// Hands the negotiated stream on: the handshake is done before tokio-postgres sees it, so that
/// each step has its own error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Negotiated;

impl TlsConnect<Wire> for Negotiated {
    type Stream = Wire;
    type Error = io::Error;
    type Future = Ready<io::Result<Wire>>;

    fn connect(self, stream: Wire) -> Self::Future {
        ready(Ok(stream))
    }
}
