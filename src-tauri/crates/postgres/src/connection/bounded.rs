//! What a server may say before it is its turn to listen again: a session reads no answer without a limit.
//!
//! The client library takes in a whole message, and a query's rows until the last one, whatever they come to. Rows of a
//! COPY are handed on one by one, so that each is limited by itself and their sum is not.
//! Source: Postgres docs, "Frontend/Backend Protocol", "Message Formats".

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use super::wire::{Negotiated, Wire};

/// What is asked of a server's catalogues takes about a hundred MiB where it has a hundred thousand tables.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Postgres itself allocates no more than a GiB for a row's text.
const COPY_ROW_BYTES_MAX: u64 = 1024 * 1024 * 1024 + 64 * 1024;
/// Type and length.
const HEADER_BYTES: usize = 5;
/// The length counts itself.
const LENGTH_BYTES: u64 = 4;
/// `CopyData`.
const COPY_DATA: u8 = b'd';
/// `ReadyForQuery`: the answer is over.
const READY: u8 = b'Z';

/// Follows the messages of a server by their headers.
#[derive(Debug, Default)]
struct Frames {
    header: [u8; HEADER_BYTES],
    /// How much of the next header is known.
    known: usize,
    /// What is to come of the message.
    left: u64,
    /// What was said since it was last our turn, COPY rows left out.
    answer: u64,
}

impl Frames {
    /// Takes in what came.
    fn came(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.left > 0 {
                let passed = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                self.left -= passed as u64;
                bytes = &bytes[passed..];
                continue;
            }
            let taken = bytes.len().min(HEADER_BYTES - self.known);
            self.header[self.known..self.known + taken].copy_from_slice(&bytes[..taken]);
            self.known += taken;
            bytes = &bytes[taken..];
            if self.known == HEADER_BYTES {
                self.known = 0;
                self.begin()?;
            }
        }
        Ok(())
    }

    /// A message begins.
    fn begin(&mut self) -> io::Result<()> {
        let [kind, length @ ..] = self.header;
        let length = u64::from(u32::from_be_bytes(length)).saturating_sub(LENGTH_BYTES);
        self.left = length;
        if kind == COPY_DATA {
            return within(length, COPY_ROW_BYTES_MAX, "a row");
        }
        self.answer = self.answer.saturating_add(length + HEADER_BYTES as u64);
        within(self.answer, ANSWER_BYTES_MAX, "an answer")?;
        if kind == READY {
            self.answer = 0;
        }
        Ok(())
    }
}

fn within(bytes: u64, bytes_max: u64, what: &str) -> io::Result<()> {
    if bytes <= bytes_max {
        return Ok(());
    }
    let said = format!("the server sends {what} of more than {} MiB", bytes_max / (1024 * 1024));
    Err(io::Error::new(io::ErrorKind::InvalidData, said))
}

/// A wire whose other end cannot say more than that.
pub(super) struct Bounded {
    wire: Wire,
    frames: Frames,
}

impl Bounded {
    /// From the sign-in on: before it no message has a header.
    pub(super) fn new(wire: Wire) -> Self {
        Self { wire, frames: Frames::default() }
    }
}

impl AsyncRead for Bounded {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.wire).poll_read(cx, buf))?;
        Poll::Ready(this.frames.came(&buf.filled()[before..]))
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().wire).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().wire).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().wire).poll_shutdown(cx)
    }
}

impl TlsStream for Bounded {
    fn channel_binding(&self) -> ChannelBinding {
        self.wire.channel_binding()
    }
}

impl TlsConnect<Bounded> for Negotiated {
    type Stream = Bounded;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Bounded>>;

    fn connect(self, stream: Bounded) -> Self::Future {
        std::future::ready(Ok(stream))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A message's header, and as many bytes as it promises, up to a few.
    fn message(kind: u8, length: u64) -> Vec<u8> {
        let promised = u32::try_from(length + LENGTH_BYTES).unwrap();
        let mut bytes = vec![kind];
        bytes.extend(promised.to_be_bytes());
        bytes.extend(std::iter::repeat_n(b'Z', usize::try_from(length.min(64)).unwrap()));
        bytes
    }

    fn headers(frames: &mut Frames, kind: u8, length: u64) -> io::Result<()> {
        frames.came(&message(kind, length)[..HEADER_BYTES])?;
        frames.left = 0;
        Ok(())
    }

    #[test]
    fn rows_that_come_to_more_than_an_answer_may_end_the_session_and_those_of_several_answers_do_not() {
        let row = ANSWER_BYTES_MAX / 4;
        let mut frames = Frames::default();
        for _ in 0..20 {
            for _ in 0..3 {
                headers(&mut frames, b'D', row).unwrap();
            }
            headers(&mut frames, READY, 1).unwrap();
        }
        for _ in 0..3 {
            headers(&mut frames, b'D', row).unwrap();
        }
        let error = headers(&mut frames, b'D', row).unwrap_err();
        assert!(error.to_string().contains("an answer of more than 256 MiB"), "{error}");
    }

    #[test]
    fn rows_of_a_copy_are_limited_one_by_one_and_any_other_message_by_its_own_claim() {
        let mut frames = Frames::default();
        for _ in 0..20 {
            headers(&mut frames, COPY_DATA, COPY_ROW_BYTES_MAX).unwrap();
        }
        assert!(headers(&mut frames, COPY_DATA, COPY_ROW_BYTES_MAX + 1).is_err());
        for kind in *b"NEAST" {
            let claimed = headers(&mut Frames::default(), kind, u64::from(u32::MAX) - LENGTH_BYTES);
            assert!(claimed.is_err(), "{}", char::from(kind));
        }
        // A length that does not even count itself is none, and nothing to count by.
        assert!(Frames::default().came(&[b'D', 0, 0, 0, 0, b'D', 0, 0, 0, 3]).is_ok());
    }

    proptest! {
        #[test]
        fn however_the_bytes_are_cut_the_messages_are_the_same(
            lengths in prop::collection::vec(0_u64..64, 1..20),
            cuts in prop::collection::vec(1_usize..12, 1..40),
        ) {
            let stream: Vec<u8> = lengths.iter().flat_map(|length| message(b'D', *length)).collect();
            let (mut whole, mut cut) = (Frames::default(), Frames::default());
            whole.came(&stream).unwrap();
            let (mut rest, mut at) = (stream.as_slice(), 0);
            while !rest.is_empty() {
                let (piece, later) = rest.split_at(cuts[at % cuts.len()].min(rest.len()));
                cut.came(piece).unwrap();
                (rest, at) = (later, at + 1);
            }
            let expected: u64 = lengths.iter().map(|length| length + HEADER_BYTES as u64).sum();
            prop_assert_eq!((whole.answer, whole.left, whole.known), (expected, 0, 0));
            prop_assert_eq!((cut.answer, cut.left, cut.known), (expected, 0, 0));
        }
    }
}
