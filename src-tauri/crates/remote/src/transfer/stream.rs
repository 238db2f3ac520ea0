//! One stream: claims bytes, asks for them, writes them down; again, until nothing is left for it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::{Response, StatusCode};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::TransferError;
use super::ask::{Answer, Wanted};
use super::edition::Edition;
use super::error::Fault;
use super::head::{Coding, Head};
use super::journal::Mark;
use super::segments::{Claim, Segments};
use super::writing::Writing;

/// So much per stream may have come without being durable; what is on the way in the network comes on
/// top, and both together stay below the 8 MiB that may be fetched twice after a crash.
const UNSAFE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What the streams of one file share.
pub(super) struct Shared<'a> {
    pub(super) edition: &'a Edition<'a>,
    pub(super) segments: Mutex<Segments>,
    pub(super) mark: Option<Mark>,
    pub(super) tag: Option<String>,
    /// More was written, and may be synced.
    pub(super) written: Notify,
    /// More is durable.
    pub(super) durable: Notify,
    /// Bytes that came and are not in the file yet.
    pub(super) pending: AtomicU64,
    /// Streams that bring bytes.
    pub(super) flowing: AtomicUsize,
    /// Streams that run.
    pub(super) active: AtomicUsize,
    /// Bytes that a stream claims at once.
    pub(super) size: AtomicU64,
}

/// Why a stream ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nothing is left to claim.
    Idle,
    /// It was told to end.
    Retired,
}

/// The body that is being read.
pub(super) struct Body {
    pub(super) response: Response,
    /// Behind the last byte that it should bring.
    pub(super) end: u64,
}

impl Shared<'_> {
    pub(super) fn segments(&self) -> MutexGuard<'_, Segments> {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn size(&self) -> u64 {
        self.size.load(Ordering::Relaxed)
    }

    /// Bytes that came and are not durable yet.
    fn unsafe_bytes(&self) -> u64 {
        self.pending.load(Ordering::Relaxed) + self.segments().fresh_bytes()
    }

    /// Waits while more is at stake than may be fetched twice.
    pub(super) async fn room(&self) {
        loop {
            let durable = self.durable.notified();
            let streams = self.active.load(Ordering::Relaxed).max(1) as u64;
            if self.unsafe_bytes() <= streams * UNSAFE_BYTES_MAX {
                return;
            }
            self.written.notify_one();
            durable.await;
        }
    }

    /// Runs a stream to its end. `first` is an answer whose body was asked for already.
    pub(super) async fn stream(
        &self,
        mut first: Option<(Answer, u64)>,
        stop: &CancellationToken,
    ) -> Result<Ended, Fault> {
        let mut failures = 0;
        loop {
            let size = if first.is_some() { u64::MAX } else { self.size() };
            let Some(claim) = self.segments().claim(size) else { return Ok(Ended::Idle) };
            let ended = self.fetch(claim, first.take(), stop, &mut failures).await;
            self.segments().release(claim.id);
            match ended {
                Ok(Some(ended)) => return Ok(ended),
                Ok(None) => failures = 0,
                Err(Fault::Passing { what, wait }) => {
                    let backing_off = self.edition.line.back_off(failures, &what, wait);
                    match stop.run_until_cancelled(backing_off).await {
                        None => return Ok(Ended::Retired),
                        Some(backed_off) => backed_off?,
                    }
                    failures += 1;
                }
                Err(Fault::Interrupted { .. }) => {}
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Fetches a claim, or what of it nobody else takes.
    async fn fetch(
        &self,
        claim: Claim,
        first: Option<(Answer, u64)>,
        stop: &CancellationToken,
        failures: &mut u32,
    ) -> Result<Option<Ended>, Fault> {
        let line = self.edition.line;
        let mut body = if let Some((answer, end)) = first {
            Body { response: answer.response, end }
        } else {
            let asking = async {
                line.ready().await;
                line.guard(self.ask(claim)).await
            };
            match stop.run_until_cancelled(asking).await {
                None => return Ok(Some(Ended::Retired)),
                Some(body) => body?,
            }
        };
        let mut writing = Writing::new(self, claim);
        let pumped = writing.pump(&mut body, stop, failures).await;
        // What came is kept, whatever ended it.
        let flushed = writing.flush().await;
        flushed?;
        pumped
    }

    async fn ask(&self, claim: Claim) -> Result<Body, Fault> {
        let total = self.segments().total();
        let end = self.segments().end_of(claim.id);
        let wanted = Wanted { start: claim.next, end: Some(end).filter(|end| *end < total) };
        let answer = self.edition.source.ask(self.edition.line, Some(wanted), self.mark.as_ref()).await?;
        let end = self.check(&answer.head, claim.next, total)?;
        Ok(Body { response: answer.response, end: end.min(wanted.end.unwrap_or(total)) })
    }

    /// Where the bytes of an answer end, if they are of this version, and those that were asked for.
    fn check(&self, head: &Head, start: u64, total: u64) -> Result<u64, Fault> {
        let changed = |what: &str| Fault::Changed { what: what.to_owned() };
        let no_ranges = |what: &str| Fault::NoRanges { what: what.to_owned() };
        if head.is_other(self.mark.as_ref(), self.tag.as_deref()) {
            return Err(changed("the file changed on the server"));
        }
        match (head.status, head.served) {
            (StatusCode::PARTIAL_CONTENT, Some(served)) if head.coding == Coding::Identity => {
                if let Some(served) = served.total.filter(|served| *served != total) {
                    self.edition.check_total(served)?;
                    return Err(changed("the file has another length on the server"));
                }
                let is_asked = served.start == start && served.end > start;
                let is_consistent = head.length.is_none_or(|length| length == served.end - served.start);
                if is_asked && is_consistent {
                    return Ok(served.end);
                }
                Err(no_ranges("the server gives other bytes than it was asked for"))
            }
            (StatusCode::OK, _) if head.mark.is_none() || head.mark != self.mark => {
                Err(changed("the server gave the whole file where the rest of the old one was asked for"))
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, served) => {
                match served.and_then(|served| served.total).filter(|served| *served != total) {
                    // It said another length before.
                    Some(served) => Err(TransferError::LengthDiffers { promised: total, served }.into()),
                    None => Err(no_ranges("the server refuses a part that it has")),
                }
            }
            _ => Err(no_ranges("the server gives no parts of the file")),
        }
    }
}
