//! A file from its start to its end by one stream: for servers that give no parts of it, or encode it.
//!
//! What is interrupted begins again: nothing tells whether the rest would be of the same file.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use ring::digest::{Context, SHA256};
use tokio::task::JoinHandle;

use super::TransferError;
use super::ask::Answer;
use super::edition::{Done, Edition, Way};
use super::error::Fault;
use super::head::Coding;
use super::journal::{Journal, Mark};
use super::notes::About;
use super::partial::{Partial, quiet};
use super::ranges::Ranges;
use super::writing::joined;

/// How often a connection may end before the file does.
const TRIES: u32 = 6;
/// Written at once.
const BATCH_BYTES: usize = 512 * 1024;
/// Between two looks at the space on the disk, where nobody said how long the file is.
const SPACE_EVERY: u64 = 32 * 1024 * 1024;

/// Fetches all of it, as often as it takes.
pub(super) async fn run(edition: &Edition<'_>, answer: Answer) -> Result<Done, Fault> {
    let (line, mut answer) = (edition.line, Some(answer));
    let mut tries = 0;
    loop {
        let answer = match answer.take() {
            Some(answer) => answer,
            None => match edition.open(None, false).await? {
                Way::Whole(answer) => answer,
                Way::Ranged(opened) => opened.answer,
            },
        };
        match once(edition, answer).await {
            Err(Fault::Interrupted { what }) => {
                line.notes.say(About::Again, &format!("{what}; the server makes it begin at the start"));
                line.ready().await;
            }
            Err(Fault::Passing { what, wait }) => {
                tries += 1;
                if tries >= TRIES {
                    return Err(TransferError::KeepsEnding { times: tries, what }.into());
                }
                line.notes.say(About::Again, &format!("{what}; begun again at the start"));
                line.back_off(tries, &what, wait).await?;
            }
            outcome => return outcome,
        }
    }
}

async fn once(edition: &Edition<'_>, mut answer: Answer) -> Result<Done, Fault> {
    let line = edition.line;
    let promised = edition.promised();
    let (length, mark) = (answer.head.length, answer.head.mark.clone());
    let is_encoded = match &answer.head.coding {
        Coding::Identity => false,
        Coding::Gzip if promised.is_some() && promised == length => {
            line.notes.say(
                About::Coding,
                "the server calls the file encoded, but its length is the promised one: kept as it is",
            );
            false
        }
        Coding::Gzip => true,
        Coding::Other(coding) => return Err(Fault::odd(format!("the file is encoded as {coding}"))),
    };
    match length.filter(|_| !is_encoded) {
        Some(length) => edition.check_total(length)?,
        None if promised.is_none() && !edition.is_hash_known && !is_encoded => {
            line.notes.say(About::Length, "the server does not say how long the file is; whether all of it came shows only in what it holds");
        }
        None => {}
    }
    quiet(&edition.partial).await;
    edition.partial.clear()?;
    edition.partial.needs(length.or(promised).unwrap_or(0))?;
    let mut sink = Some(Sink::new(edition.partial.clone(), promised, is_encoded));
    let mut on_the_way: Option<JoinHandle<Result<Sink, Fault>>> = None;
    let mut batch = Vec::new();
    let mut batch_bytes = 0;
    loop {
        let reading = async {
            tokio::time::timeout(line.limits.idle, answer.response.chunk())
                .await
                .map_err(|_| Fault::passing("the connection gave nothing any more"))?
                .map_err(super::client::fault)
        };
        let piece = line.guard(reading).await?;
        let is_end = piece.is_none();
        if let Some(piece) = piece {
            edition.source.works();
            line.received(piece.len());
            line.limits.rate.take(piece.len()).await;
            batch_bytes += piece.len();
            batch.push(piece);
        }
        if batch_bytes >= BATCH_BYTES || is_end {
            let mut at_work = match (sink.take(), on_the_way.take()) {
                (Some(sink), _) => sink,
                (None, Some(handle)) => settled(handle, &edition.partial).await?,
                (None, None) => return Err(Fault::odd("nobody writes")),
            };
            let pieces: Vec<Bytes> = std::mem::take(&mut batch);
            batch_bytes = 0;
            on_the_way = Some(tokio::task::spawn_blocking(move || at_work.write(&pieces).map(|()| at_work)));
        }
        if is_end {
            break;
        }
    }
    let Some(handle) = on_the_way else { return Err(Fault::odd("nobody writes")) };
    let sink = settled(handle, &edition.partial).await?;
    let partial = edition.partial.clone();
    let handle = tokio::task::spawn_blocking(move || Ok(sink.finish(&partial, mark)));
    joined(handle, &edition.partial).await?
}

async fn settled(handle: JoinHandle<Result<Sink, Fault>>, partial: &Partial) -> Result<Sink, Fault> {
    handle.await.unwrap_or_else(|error| {
        Err(TransferError::disk("work on", partial.path(), io::Error::other(error)).into())
    })
}

/// Where the bytes go.
enum Sink {
    Plain(Box<Tail>),
    Gzip(Box<MultiGzDecoder<Tail>>),
}

/// The end of the file, and the hash up to it.
struct Tail {
    partial: Arc<Partial>,
    at: u64,
    context: Context,
    promised: Option<u64>,
    /// Why a write was refused.
    error: Option<TransferError>,
}

impl Sink {
    fn new(partial: Arc<Partial>, promised: Option<u64>, is_encoded: bool) -> Self {
        let tail = Tail { partial, at: 0, context: Context::new(&SHA256), promised, error: None };
        if is_encoded { Self::Gzip(Box::new(MultiGzDecoder::new(tail))) } else { Self::Plain(Box::new(tail)) }
    }

    fn write(&mut self, pieces: &[Bytes]) -> Result<(), Fault> {
        for piece in pieces {
            let written = match self {
                Self::Plain(tail) => tail.write_all(piece),
                Self::Gzip(decoder) => decoder.write_all(piece),
            };
            written.map_err(|error| self.wrong(&error))?;
        }
        Ok(())
    }

    /// What is wrong with the disk or the length, or else with the encoding.
    fn wrong(&mut self, error: &io::Error) -> Fault {
        let tail = match self {
            Self::Plain(tail) => tail,
            Self::Gzip(decoder) => decoder.get_mut(),
        };
        tail.error.take().map_or_else(
            || Fault::passing(format!("what the server encoded cannot be decoded ({error})")),
            Fault::Fatal,
        )
    }

    /// Syncs it, and says what it is.
    fn finish(mut self, partial: &Partial, mark: Option<Mark>) -> Result<Done, Fault> {
        if let Self::Gzip(decoder) = &mut self
            && let Err(error) = decoder.try_finish()
        {
            return Err(self.wrong(&error));
        }
        let tail = match &mut self {
            Self::Plain(tail) => tail,
            Self::Gzip(decoder) => decoder.get_mut(),
        };
        let bytes = tail.at;
        if tail.promised.is_some_and(|promised| bytes < promised) {
            return Err(Fault::passing("the connection ended before all bytes had come"));
        }
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(tail.context.clone().finish().as_ref());
        partial.sync()?;
        let mut ranges = Ranges::default();
        ranges.insert(0, bytes);
        partial.write_journal(&Journal { total: bytes, mark, ranges, prefix: bytes, sha256 })?;
        Ok(Done { bytes, sha256, streams_used: 1 })
    }
}

impl Write for Tail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let end = self.at + bytes.len() as u64;
        let done = match self.promised {
            Some(promised) if end > promised => Err(TransferError::LengthDiffers { promised, served: end }),
            None if end / SPACE_EVERY > self.at / SPACE_EVERY => self.partial.needs(0),
            _ => Ok(()),
        };
        let done = done.and_then(|()| self.partial.write(&[Bytes::copy_from_slice(bytes)], self.at));
        if let Err(error) = done {
            let text = error.to_string();
            self.error = Some(error);
            return Err(io::Error::other(text));
        }
        self.context.update(bytes);
        self.at = end;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
