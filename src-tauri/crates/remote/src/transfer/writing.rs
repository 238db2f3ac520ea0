//! What comes is written to the file, a batch on the way while the next one comes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::TransferError;
use super::error::Fault;
use super::segments::Claim;
use super::stream::{Body, Ended, Shared};

/// Written at once.
const BATCH_BYTES: usize = 512 * 1024;
/// At the end of a range nothing more should come; so long it may take to see that.
const END_LIMIT: Duration = Duration::from_secs(5);

/// A write of `bytes` bytes at `start`.
struct OnTheWay {
    handle: JoinHandle<Result<(), TransferError>>,
    start: u64,
    bytes: u64,
}

/// Writes what comes to the file, a batch on the way while the next one comes.
pub(super) struct Writing<'s, 'a> {
    shared: &'s Shared<'a>,
    claim: u64,
    /// Behind the last byte that came.
    at: u64,
    batch: Vec<Bytes>,
    batch_bytes: usize,
    is_flowing: bool,
    on_the_way: Option<OnTheWay>,
}

impl<'s, 'a> Writing<'s, 'a> {
    pub(super) fn new(shared: &'s Shared<'a>, claim: Claim) -> Self {
        Self {
            shared,
            claim: claim.id,
            at: claim.next,
            batch: Vec::new(),
            batch_bytes: 0,
            is_flowing: false,
            on_the_way: None,
        }
    }

    pub(super) async fn pump(
        &mut self,
        body: &mut Body,
        stop: &CancellationToken,
        failures: &mut u32,
    ) -> Result<Option<Ended>, Fault> {
        let shared = self.shared;
        let line = shared.edition.line;
        loop {
            let end = shared.segments().end_of(self.claim);
            if self.at >= body.end {
                if end == body.end {
                    expect_end(&mut body.response).await?;
                }
                return Ok(None);
            }
            if self.reach(self.at + 1, body.end) <= self.at {
                return Ok(None);
            }
            let reading = async {
                shared.room().await;
                tokio::time::timeout(line.limits.idle, body.response.chunk())
                    .await
                    .map_err(|_| Fault::passing("the connection gave nothing any more"))?
                    .map_err(super::client::fault)
            };
            let Some(piece) = stop.run_until_cancelled(line.guard(reading)).await else {
                return Ok(Some(Ended::Retired));
            };
            let Some(piece) = piece? else {
                return Err(Fault::passing("the connection ended before all bytes had come"));
            };
            *failures = 0;
            if !std::mem::replace(&mut self.is_flowing, true) {
                shared.flowing.fetch_add(1, Ordering::Relaxed);
            }
            shared.edition.source.works();
            let came = self.at + piece.len() as u64;
            let end = self.reach(came, body.end);
            let taken = usize::try_from(end.min(came) - self.at).unwrap_or(piece.len());
            // Bytes that nobody needs are no progress: a server that gives only such ones has stalled.
            line.received(taken);
            self.add(piece.slice(..taken)).await?;
            if came > body.end {
                return Err(Fault::NoRanges { what: "the server gives more bytes than it says".to_owned() });
            }
            if came > end {
                // Others have what follows; the body is ahead of what is wanted of it, and of no more use.
                return Ok(None);
            }
            if stop.run_until_cancelled(line.limits.rate.take(piece.len())).await.is_none() {
                return Ok(Some(Ended::Retired));
            }
        }
    }

    /// Where the claim ends, once it has grown towards `to` where the body goes on and the bytes are free.
    fn reach(&self, to: u64, body_end: u64) -> u64 {
        let mut segments = self.shared.segments();
        while segments.end_of(self.claim) < to.min(body_end) {
            if !segments.extend(self.claim, self.shared.size(), body_end) {
                break;
            }
        }
        segments.end_of(self.claim).min(body_end).max(self.at)
    }

    async fn add(&mut self, piece: Bytes) -> Result<(), TransferError> {
        self.at += piece.len() as u64;
        self.batch_bytes += piece.len();
        self.shared.pending.fetch_add(piece.len() as u64, Ordering::Relaxed);
        self.batch.push(piece);
        if self.batch_bytes >= BATCH_BYTES { self.write().await } else { Ok(()) }
    }

    /// Sends the batch on its way, once the one before it is down.
    async fn write(&mut self) -> Result<(), TransferError> {
        self.settle().await?;
        let (pieces, bytes) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.batch_bytes) as u64);
        let (partial, start) = (self.shared.edition.partial.clone(), self.at - bytes);
        let handle = tokio::task::spawn_blocking(move || partial.write(&pieces, start));
        self.on_the_way = Some(OnTheWay { handle, start, bytes });
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), TransferError> {
        let Some(OnTheWay { handle, start, bytes }) = self.on_the_way.take() else { return Ok(()) };
        let done = joined(handle, &self.shared.edition.partial).await;
        self.shared.pending.fetch_sub(bytes, Ordering::Relaxed);
        done?;
        self.shared.segments().wrote(self.claim, start, bytes);
        self.shared.written.notify_one();
        Ok(())
    }

    pub(super) async fn flush(&mut self) -> Result<(), TransferError> {
        if self.batch_bytes > 0 {
            self.write().await?;
        }
        self.settle().await
    }
}

impl Drop for Writing<'_, '_> {
    fn drop(&mut self) {
        let lost = self.batch_bytes as u64 + self.on_the_way.as_ref().map_or(0, |write| write.bytes);
        self.shared.pending.fetch_sub(lost, Ordering::Relaxed);
        if self.is_flowing {
            self.shared.flowing.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The outcome of work on the disk; a panic in it is an error of the disk.
pub(super) async fn joined<T>(
    handle: JoinHandle<Result<T, TransferError>>,
    partial: &super::partial::Partial,
) -> Result<T, TransferError> {
    handle.await.unwrap_or_else(|error| {
        Err(TransferError::disk("work on", partial.path(), std::io::Error::other(error)))
    })
}

/// A body that brings more than its range contradicts its own headers.
async fn expect_end(response: &mut Response) -> Result<(), Fault> {
    match tokio::time::timeout(END_LIMIT, response.chunk()).await {
        Ok(Ok(Some(more))) if !more.is_empty() => {
            Err(Fault::NoRanges { what: "the server gives more bytes than it says".to_owned() })
        }
        _ => Ok(()),
    }
}
