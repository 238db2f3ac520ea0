//! A TCP connection that an SSH server opened for us.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use russh::client::Msg;
use russh::{Channel, ChannelStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::gateway::Gateway;
use crate::link::Link;

/// Whoever waits to write looks so often whether the connection is still there: the library tells only readers.
const LOOK: Duration = Duration::from_secs(5);

/// A stream, with the connection that carries it and nothing else meanwhile.
pub(crate) struct Forwarded {
    stream: ChannelStream<Msg>,
    link: Option<Link>,
    look: Interval,
    gateway: Arc<Gateway>,
}

impl Forwarded {
    pub(crate) fn new(channel: Channel<Msg>, link: Link, gateway: Arc<Gateway>) -> Self {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { stream: channel.into_stream(), link: Some(link), look, gateway }
    }

    /// Of what waits, an error where nothing can come any more.
    fn unless_lost<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_pending() {
            while self.look.poll_tick(cx).is_ready() {
                if self.link.as_ref().is_none_or(Link::is_closed) {
                    return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
                }
            }
        }
        polled
    }
}

impl std::fmt::Debug for Forwarded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Forwarded").field(&self.gateway).finish()
    }
}

impl Drop for Forwarded {
    fn drop(&mut self) {
        if let Some(link) = self.link.take() {
            self.gateway.give_back(link);
        }
    }
}

impl AsyncRead for Forwarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Forwarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.unless_lost(cx, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.unless_lost(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.unless_lost(cx, polled)
    }
}
