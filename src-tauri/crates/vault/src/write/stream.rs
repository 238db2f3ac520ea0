//! One file's stream: read into slabs, cut, hashed, and handed to the workers.

use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::hash::StreamHash;
use super::pipeline::{Chunks, Job, lock};
use super::{FileWritten, SnapshotWriter};
use crate::chunk::Chunker;
use crate::error::VaultError;
use crate::id::Id;
use crate::pack::BlobKind;

/// What is read at once: eight chunks of mean size, two of the largest.
const SLAB_BYTES: usize = 2 << 20;
/// Slabs that are kept for the next reader.
const SLABS_IDLE_MAX: usize = 6;
/// Streams at once; each holds one or two slabs.
const STREAMS_MAX: usize = 16;

/// A file that was streamed.
pub(super) struct Streamed {
    pub(super) content: Vec<Id>,
    pub(super) written: FileWritten,
}

/// Slabs to use again.
#[derive(Default)]
pub(super) struct Slabs(Mutex<Vec<Vec<u8>>>);

/// A buffer that chunks are slices of; it goes back when the last of them is sealed.
pub(super) struct Slab {
    buffer: Vec<u8>,
    home: Arc<Slabs>,
}

impl Slab {
    fn take(home: &Arc<Slabs>, bytes: usize) -> Self {
        let mut buffer = lock(&home.0).pop().unwrap_or_default();
        if buffer.len() < bytes {
            buffer.resize(bytes, 0);
        }
        Self { buffer, home: Arc::clone(home) }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Slab {
    fn drop(&mut self) {
        let mut idle = lock(&self.home.0);
        if idle.len() < SLABS_IDLE_MAX {
            idle.push(std::mem::take(&mut self.buffer));
        }
    }
}

/// Bounds how many streams there are at once.
#[derive(Default)]
pub(super) struct Streams {
    open: Mutex<usize>,
    closed: Condvar,
}

/// One stream's place; free again when dropped.
pub(super) struct StreamPlace<'a>(&'a Streams);

impl Streams {
    pub(super) fn enter(&self) -> StreamPlace<'_> {
        let mut open = lock(&self.open);
        while *open >= STREAMS_MAX {
            open = self.closed.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
        *open += 1;
        StreamPlace(self)
    }
}

impl Drop for StreamPlace<'_> {
    fn drop(&mut self) {
        *lock(&self.0.open) -= 1;
        self.0.closed.notify_one();
    }
}

impl SnapshotWriter {
    /// Reads a stream to its end.
    pub(super) fn stream(&self, path: &str, mut reader: impl Read) -> Result<Streamed, VaultError> {
        let chunks = Arc::<Chunks>::default();
        let mut hash = StreamHash::new();
        let (mut offset, mut is_first) = (0_u64, true);
        let mut carried: Option<(Arc<Slab>, usize, usize)> = None;
        loop {
            let chunker = Chunker::at(offset);
            let mut slab = Slab::take(&self.slabs, SLAB_BYTES.max(chunker.max() * 2));
            let mut filled = 0;
            if let Some((old, start, end)) = carried.take() {
                filled = end - start;
                slab.buffer[..filled].copy_from_slice(&old.bytes()[start..end]);
            }
            let is_end = self.fill(path, &mut reader, &mut slab.buffer, &mut filled)?;
            if is_first
                && is_end
                && chunker.cut(&slab.bytes()[..filled], true).is_none_or(|cut| cut == filled)
            {
                return self.single(&slab.bytes()[..filled]);
            }
            is_first = false;
            let slab = Arc::new(slab);
            let mut start = 0;
            while let Some(length) = chunker.cut(&slab.bytes()[start..filled], is_end) {
                let id = hash.chunk(&slab.bytes()[start..start + length]);
                self.submit(&slab, start..start + length, id, &chunks)?;
                start += length;
                offset += length as u64;
            }
            if is_end {
                break;
            }
            carried = Some((slab, start, filled));
        }
        let (content, bytes_new) = chunks.wait();
        // What a worker failed on is not in the vault.
        self.pipeline.checkpoint()?;
        let sha256 = hash.finish().0;
        Ok(Streamed { content, written: FileWritten { bytes: offset, bytes_new, sha256 } })
    }

    /// A file of one chunk or none is sealed right here: no thread has to be woken, and its hash
    /// is the chunk's.
    fn single(&self, plaintext: &[u8]) -> Result<Streamed, VaultError> {
        let bytes = plaintext.len() as u64;
        if plaintext.is_empty() {
            let written = FileWritten { bytes, bytes_new: 0, sha256: Id::of(&[]).0 };
            return Ok(Streamed { content: Vec::new(), written });
        }
        let id = Id::of(plaintext);
        let bytes_new = self.pipeline.seal(BlobKind::Data, id, plaintext)?;
        Ok(Streamed { content: vec![id], written: FileWritten { bytes, bytes_new, sha256: id.0 } })
    }

    /// Fills the buffer; yields whether the stream has ended.
    fn fill(
        &self,
        path: &str,
        reader: &mut impl Read,
        buffer: &mut [u8],
        filled: &mut usize,
    ) -> Result<bool, VaultError> {
        while *filled < buffer.len() {
            self.pipeline.checkpoint()?;
            match reader.read(&mut buffer[*filled..]) {
                Ok(0) => return Ok(true),
                Ok(read) => {
                    *filled += read;
                    self.pipeline.counters.read.fetch_add(read as u64, Ordering::Relaxed);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(VaultError::Source { path: path.to_owned(), source: Arc::new(error) });
                }
            }
        }
        Ok(false)
    }

    fn submit(
        &self,
        slab: &Arc<Slab>,
        range: Range<usize>,
        id: Id,
        chunks: &Arc<Chunks>,
    ) -> Result<(), VaultError> {
        chunks.expect_one(id);
        let job = Job { slab: Arc::clone(slab), range, id, file: Arc::clone(chunks) };
        let is_sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if !is_sent {
            // Only if every worker is gone.
            self.pipeline.fail(&VaultError::damaged("writer", "its workers stopped unexpectedly"));
        }
        self.pipeline.checkpoint()
    }
}
