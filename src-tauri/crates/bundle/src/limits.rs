//! What a foreign file may cost: bytes, entries, depth, memory; and who may stop it.

use std::cell::Cell;
use std::io::{self, Read};

use tokio_util::sync::CancellationToken;

use super::BundleError;

/// What a foreign file may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes that may come out of the file, over all its layers' contents.
    pub unpacked_bytes_max: u64,
    /// How many times as large as what was read of the file that may be. Dumps of repetitive tables reach
    /// a few dozen, and one layer of gzip cannot pass 1032.
    pub ratio_max: u64,
    /// Below this many bytes nobody minds the ratio.
    pub ratio_free_bytes: u64,
    /// Entries of all archives within the file.
    pub entries_max: u64,
    /// Layers within layers, archives within archives counted.
    pub depth_max: usize,
    /// Bytes of one row of a JSON backup, or of one statement of a script, that are held at once.
    pub item_bytes_max: usize,
    /// A platform's API cuts tables at this many rows; absent where nobody said so, and it has to be guessed.
    pub api_rows_max: Option<u64>,
}

impl Limits {
    /// What a laptop can bear, and far more than any honest backup needs: 4 TiB, 250 times the size of the
    /// file, two million entries.
    pub fn generous() -> Self {
        Self {
            unpacked_bytes_max: 4 << 40,
            ratio_max: 250,
            ratio_free_bytes: 64 << 20,
            entries_max: 2_000_000,
            depth_max: 12,
            item_bytes_max: 64 << 20,
            api_rows_max: None,
        }
    }
}

/// Who watches, and who may stop it.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Ends the work at the next chunk.
    pub cancel: &'a CancellationToken,
    /// Told how many bytes of the file were read.
    pub progress: &'a dyn Fn(u64),
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

/// What was used of the limits.
pub(super) struct Budget<'a> {
    pub(super) limits: &'a Limits,
    pub(super) watch: Watch<'a>,
    /// Bytes read of the file.
    read: Cell<u64>,
    /// Bytes that came out of layers and archives.
    unpacked: Cell<u64>,
    entries: Cell<u64>,
}

impl<'a> Budget<'a> {
    pub(super) fn new(limits: &'a Limits, watch: Watch<'a>) -> Self {
        Self { limits, watch, read: Cell::new(0), unpacked: Cell::new(0), entries: Cell::new(0) }
    }

    /// Counts bytes read of the file.
    pub(super) fn add_read(&self, bytes: u64) -> Result<(), BundleError> {
        self.read.set(self.read.get().saturating_add(bytes));
        (self.watch.progress)(self.read.get());
        self.checkpoint()
    }

    pub(super) fn checkpoint(&self) -> Result<(), BundleError> {
        if self.watch.cancel.is_cancelled() { Err(BundleError::Cancelled) } else { Ok(()) }
    }

    /// Counts bytes that came out of a layer.
    pub(super) fn add_unpacked(&self, place: &str, bytes: u64) -> Result<(), BundleError> {
        let unpacked = self.unpacked.get().saturating_add(bytes);
        self.unpacked.set(unpacked);
        self.checkpoint()?;
        let limits = self.limits;
        let too_large = |what: String| BundleError::TooLarge { place: place.to_owned(), what };
        if unpacked > limits.unpacked_bytes_max {
            return Err(too_large(format!("more than {} bytes come out of it", limits.unpacked_bytes_max)));
        }
        let allowed = self.read.get().saturating_mul(limits.ratio_max).max(limits.ratio_free_bytes);
        if unpacked > allowed {
            return Err(too_large(format!("more than {} times its size comes out of it", limits.ratio_max)));
        }
        Ok(())
    }

    /// Counts an entry of an archive, of a size that the archive claims.
    pub(super) fn add_entry(&self, place: &str, claimed: u64) -> Result<(), BundleError> {
        let limits = self.limits;
        let too_large = |what: String| BundleError::TooLarge { place: place.to_owned(), what };
        self.entries.set(self.entries.get() + 1);
        if self.entries.get() > limits.entries_max {
            return Err(too_large(format!("more than {} entries", limits.entries_max)));
        }
        if claimed > limits.unpacked_bytes_max {
            return Err(too_large(format!("an entry claims to have {claimed} bytes")));
        }
        self.checkpoint()
    }
}

/// A layer's output, counted.
pub(super) struct Counted<'a, R> {
    pub(super) inner: R,
    pub(super) budget: &'a Budget<'a>,
    pub(super) place: String,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.budget.add_unpacked(&self.place, count as u64)?;
        Ok(count)
    }
}

impl std::fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Budget").field("unpacked", &self.unpacked.get()).finish_non_exhaustive()
    }
}
