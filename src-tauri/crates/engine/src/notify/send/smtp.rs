//! The way to a mail server: a connection whose answers are read within a limit.
//!
//! The library that speaks SMTP reads a line for as long as it goes on. So the connection is ours, and ends where a
//! server says more than any mail server has to say.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncTokioStream;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A server that takes no connection, or does not come to TLS, in this time is tried again later.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// A server says so much at most while one mail is sent: greetings and answers come to a few KiB, with the
/// certificates of STARTTLS to some ten.
const SAID_BYTES_MAX: usize = 256 * 1024;

/// Where the connection was lost before anybody spoke SMTP.
#[derive(Debug)]
pub(super) enum Lost {
    /// Nothing answered in time.
    Late,
    /// There is no connection.
    Connect(io::Error),
    /// The connection cannot be encrypted.
    Tls(io::Error),
}

/// Connects; encrypted from the first byte where `is_tls`.
pub(super) async fn connect(host: &str, port: u16, is_tls: bool) -> Result<Box<dyn AsyncTokioStream>, Lost> {
    let way = async {
        let stream = TcpStream::connect((host, port)).await.map_err(Lost::Connect)?;
        let peer = stream.peer_addr().map_err(Lost::Connect)?;
        if !is_tls {
            return Ok(Box::new(Bounded { stream, peer, left: SAID_BYTES_MAX }) as Box<dyn AsyncTokioStream>);
        }
        let trusted = remote::trust::client().map_err(|said| Lost::Tls(io::Error::other(said)))?;
        let name = ServerName::try_from(host.to_owned()).map_err(|odd| Lost::Tls(io::Error::other(odd)))?;
        let stream = TlsConnector::from(Arc::new(trusted)).connect(name, stream).await.map_err(Lost::Tls)?;
        Ok(Box::new(Bounded { stream, peer, left: SAID_BYTES_MAX }) as Box<dyn AsyncTokioStream>)
    };
    tokio::time::timeout(CONNECT_LIMIT, way).await.unwrap_or(Err(Lost::Late))
}

/// A connection of which so much is read and no more.
#[derive(Debug)]
struct Bounded<S> {
    stream: S,
    peer: SocketAddr,
    left: usize,
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        match self.left.checked_sub(buffer.filled().len() - before) {
            Some(left) => {
                self.left = left;
                Poll::Ready(Ok(()))
            }
            None => Poll::Ready(Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("it says more than the {} KiB that a mail server may", SAID_BYTES_MAX / 1024),
            ))),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug> AsyncTokioStream for Bounded<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}
