//! Makes what was written durable, and says so in the journal: sync first, then the journal, never the
//! other way round. Hashes the beginning of the file as it closes.
//!
//! After a restart the beginning is read from the disk and hashed again: what counts is what the disk
//! holds, not what memory once held, and at more than a gigabyte per second it costs less than one
//! request. The journal keeps the hash of the beginning, so that a disk which holds something else is
//! noticed before another byte is fetched.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ring::digest::{Context, SHA256};
use tokio::task::JoinHandle;

use super::TransferError;
use super::journal::{Journal, Mark};
use super::partial::Partial;
use super::ranges::Ranges;
use super::stream::Shared;
use super::writing::joined;

/// What came is synced when it is so much, per stream,
const KEEP_BYTES: u64 = 2 * 1024 * 1024;
/// or after so long.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// Hashed at once, so that syncing does not wait.
const HASH_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The hash of the beginning of a file.
#[derive(Clone)]
pub(super) struct Prefix {
    context: Context,
    pub(super) bytes: u64,
}

impl Default for Prefix {
    fn default() -> Self {
        Self { context: Context::new(&SHA256), bytes: 0 }
    }
}

impl Prefix {
    /// Goes on to `to`, with what is in the file.
    pub(super) fn extend(&mut self, partial: &Partial, to: u64) -> Result<(), TransferError> {
        partial.hash(&mut self.context, self.bytes, to)?;
        self.bytes = to;
        Ok(())
    }

    /// The hash so far.
    pub(super) fn sha256(&self) -> [u8; 32] {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.context.clone().finish().as_ref());
        sha256
    }
}

/// One at a time makes things durable.
pub(super) struct Keeper {
    partial: Arc<Partial>,
    total: u64,
    mark: Option<Mark>,
    prefix: Option<Prefix>,
    durable: Ranges,
    busy: Option<JoinHandle<Result<(Prefix, Ranges), TransferError>>>,
    last: Instant,
}

impl Keeper {
    pub(super) fn new(partial: Arc<Partial>, total: u64, mark: Option<Mark>, prefix: Prefix) -> Self {
        let (prefix, durable) = (Some(prefix), Ranges::default());
        Self { partial, total, mark, prefix, durable, busy: None, last: Instant::now() }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.busy.is_some()
    }

    /// Begins to make durable what is written, where that is due.
    pub(super) fn keep(&mut self, shared: &Shared<'_>) -> Result<(), TransferError> {
        if self.is_busy() {
            return Ok(());
        }
        let fresh = shared.segments().fresh_bytes();
        let streams = shared.active.load(Ordering::Relaxed).max(1) as u64;
        let is_late = self.last.elapsed() >= KEEP_EVERY;
        if fresh >= KEEP_BYTES * streams || (is_late && fresh > 0) {
            let written = shared.segments().written().clone();
            self.begin(written)?;
        }
        Ok(())
    }

    fn begin(&mut self, written: Ranges) -> Result<(), TransferError> {
        // It is away only while a job of before runs, or after one that failed.
        let Some(mut prefix) = self.prefix.take() else {
            return Err(TransferError::disk(
                "go on with",
                self.partial.path(),
                std::io::Error::other("it failed before"),
            ));
        };
        let (partial, total, mark) = (self.partial.clone(), self.total, self.mark.clone());
        self.busy = Some(tokio::task::spawn_blocking(move || {
            partial.sync()?;
            let to = written.prefix().min(prefix.bytes.saturating_add(HASH_BYTES_MAX));
            prefix.extend(&partial, to)?;
            let (bytes, sha256) = (prefix.bytes, prefix.sha256());
            partial.write_journal(&Journal {
                total,
                mark,
                ranges: written.clone(),
                prefix: bytes,
                sha256,
            })?;
            Ok((prefix, written))
        }));
        Ok(())
    }

    /// What is durable now. It may be dropped before, and asked again.
    pub(super) async fn kept(&mut self) -> Result<Ranges, TransferError> {
        let Some(busy) = &mut self.busy else { return Ok(self.durable.clone()) };
        let done = busy.await;
        self.busy = None;
        self.last = Instant::now();
        let (prefix, written) = done.unwrap_or_else(|error| {
            Err(TransferError::disk("work on", self.partial.path(), std::io::Error::other(error)))
        })?;
        self.prefix = Some(prefix);
        self.durable = written.clone();
        Ok(written)
    }

    /// Makes all of it durable, and hashes on to the end of the beginning.
    pub(super) async fn finish(&mut self, shared: &Shared<'_>) -> Result<Prefix, TransferError> {
        self.kept().await?;
        loop {
            let written = shared.segments().written().clone();
            let hashed = self.prefix.as_ref().map_or(0, |prefix| prefix.bytes);
            if self.durable == written && hashed == written.prefix() {
                break;
            }
            self.begin(written)?;
            let kept = self.kept().await?;
            shared.segments().mark_durable(&kept);
        }
        Ok(self.prefix.clone().unwrap_or_default())
    }
}

/// Hashes what an earlier run left at the beginning. `None` where it is not what that run wrote.
pub(super) async fn verified(
    partial: &Arc<Partial>,
    journal: &Journal,
) -> Result<Option<Prefix>, TransferError> {
    let (of_task, journal) = (partial.clone(), journal.clone());
    let handle = tokio::task::spawn_blocking(move || {
        let mut prefix = Prefix::default();
        prefix.extend(&of_task, journal.prefix)?;
        if prefix.sha256() != journal.sha256 {
            return Ok(None);
        }
        Ok(Some(prefix))
    });
    joined(handle, partial).await
}
