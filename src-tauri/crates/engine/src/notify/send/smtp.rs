//! A connection to a mail server that limits how much is read.
//!
//! The library that speaks SMTP reads a line for as long as it goes on. So the connection is ours, and ends where a
//! server says more than any mail server has to say.
//!
//! It also reads ahead, and keeps across STARTTLS what it has read: somebody in between could send in clear, right
//! after the answer to STARTTLS, all that the server behind TLS would have answered. So before TLS it is handed one
//! line at a time, and where more has come by the time TLS begins, the connection ends (CVE-2011-0411 is the same on
//! the side of servers).

use std::collections::VecDeque;
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
/// Limit for what a server sends during one mail: greetings and answers need a few KiB, with the certificates
/// of STARTTLS some ten.
const SAID_BYTES_MAX: usize = 256 * 1024;
/// The first byte of TLS (RFC 8446, 5.1); no command and no mail begins with it.
const TLS_HANDSHAKE: u8 = 22;

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
            return Ok(Box::new(Bounded::new(stream, peer, Said::InClear)) as Box<dyn AsyncTokioStream>);
        }
        let trusted = remote::trust::client().map_err(|said| Lost::Tls(io::Error::other(said)))?;
        let name = ServerName::try_from(host.to_owned()).map_err(|odd| Lost::Tls(io::Error::other(odd)))?;
        let stream = TlsConnector::from(Arc::new(trusted)).connect(name, stream).await.map_err(Lost::Tls)?;
        Ok(Box::new(Bounded::new(stream, peer, Said::Encrypted)) as Box<dyn AsyncTokioStream>)
    };
    tokio::time::timeout(CONNECT_LIMIT, way).await.unwrap_or(Err(Lost::Late))
}

/// Whether what is said can be changed on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// By anybody in between: it is read line by line.
    InClear,
    /// By nobody, within TLS or around it.
    Encrypted,
}

/// A connection of which so much is read and no more, and nothing ahead of TLS.
#[derive(Debug)]
struct Bounded<S> {
    stream: S,
    peer: SocketAddr,
    left: usize,
    said: Said,
    /// What came in clear after the line that was handed out last.
    ahead: VecDeque<u8>,
}

impl<S> Bounded<S> {
    fn new(stream: S, peer: SocketAddr, said: Said) -> Self {
        Self { stream, peer, left: SAID_BYTES_MAX, said, ahead: VecDeque::new() }
    }

    /// Hands out what is left of what has come, to the end of its first line.
    fn hand_out(&mut self, buffer: &mut ReadBuf<'_>) {
        let line = self.ahead.iter().position(|byte| *byte == b'\n').map_or(self.ahead.len(), |end| end + 1);
        let bytes: Vec<u8> = self.ahead.drain(..line.min(buffer.remaining())).collect();
        buffer.put_slice(&bytes);
    }

    /// Notes that TLS begins, once its first bytes are to be written.
    fn encrypt(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.said == Said::Encrypted || bytes.first() != Some(&TLS_HANDSHAKE) {
            return Ok(());
        }
        if !self.ahead.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it says more in clear than its answer to STARTTLS, which may come from somebody in between",
            ));
        }
        self.said = Said::Encrypted;
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            self.hand_out(buffer);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let Some(left) = self.left.checked_sub(buffer.filled().len() - before) else {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("it says more than the {} KiB that a mail server may", SAID_BYTES_MAX / 1024),
            )));
        };
        self.left = left;
        if self.said == Said::InClear {
            self.ahead.extend(&buffer.filled()[before..]);
            buffer.set_filled(before);
            self.hand_out(buffer);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.encrypt(bytes)?;
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    /// A server that has said so much in one piece, and its other end.
    async fn after(said: &str) -> (Bounded<DuplexStream>, DuplexStream) {
        let (ours, mut theirs) = duplex(1024);
        theirs.write_all(said.as_bytes()).await.unwrap();
        (Bounded::new(ours, SocketAddr::from(([127, 0, 0, 1], 25)), Said::InClear), theirs)
    }

    async fn heard(server: &mut Bounded<DuplexStream>) -> String {
        let mut buffer = [0; 64];
        let read = server.read(&mut buffer).await.unwrap();
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    }

    #[tokio::test]
    async fn nothing_that_was_said_in_clear_is_left_to_be_read_once_tls_begins() {
        // With the answer to STARTTLS, or before it was asked for.
        for said in ["220 go\r\n250 taken\r\n", "250 STARTTLS\r\n220 go\r\n250 taken"] {
            let (mut server, _open) = after(said).await;
            for line in said.split_inclusive('\n').filter(|line| !line.starts_with("250 taken")) {
                assert_eq!(heard(&mut server).await, line);
                server.write_all(b"STARTTLS\r\n").await.unwrap();
            }
            let error = server.write_all(&[TLS_HANDSHAKE, 3, 1]).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
        }
    }

    #[tokio::test]
    async fn a_server_that_says_no_more_than_its_answer_is_spoken_to_over_tls() {
        let (mut server, _open) = after("220 go\r\n").await;
        assert_eq!(heard(&mut server).await, "220 go\r\n");
        server.write_all(&[TLS_HANDSHAKE, 3, 1]).await.unwrap();
        assert_eq!(server.said, Said::Encrypted);
    }
}
