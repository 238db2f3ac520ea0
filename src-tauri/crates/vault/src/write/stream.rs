//! One file's stream: read into slabs by the caller's thread, cut and hashed by another, and handed
//! to the workers.

use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crossbeam_channel::{Sender, bounded};

use super::hash::StreamHash;
use super::pipeline::{Chunks, Job, lock, no_thread};
use super::{FileWritten, SnapshotWriter};
use crate::chunk::Chunker;
use crate::error::VaultError;
use crate::id::Id;
use crate::pack::BlobKind;

/// What is read at once: eight chunks of mean size, two of the largest.
const SLAB_BYTES: usize = 2 << 20;
/// Pieces that wait to be cut: the reader goes on while one is being cut.
const PIECES_AHEAD: usize = 1;
/// Slabs that are kept for the next reader.
const SLABS_IDLE_MAX: usize = 8;
/// Streams at once; each holds up to four slabs.
const STREAMS_MAX: usize = 8;

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

/// What was read at once, with room in front for what the piece before it left.
struct Piece {
    slab: Slab,
    /// Where its bytes stand in the slab.
    range: Range<usize>,
    /// Whether the stream ends with it.
    is_end: bool,
}

/// Cuts what was read into chunks, hashes them, and hands them to the workers.
struct Cutter<'a> {
    writer: &'a SnapshotWriter,
    chunks: Arc<Chunks>,
    hash: StreamHash,
    /// Where the next chunk begins in the file.
    offset: u64,
    /// What the last piece ended with: the beginning of a chunk.
    carried: Option<(Arc<Slab>, Range<usize>)>,
}

impl<'a> Cutter<'a> {
    fn new(writer: &'a SnapshotWriter) -> Self {
        Self { writer, chunks: Arc::default(), hash: StreamHash::new(), offset: 0, carried: None }
    }

    fn take(&mut self, piece: Piece) -> Result<(), VaultError> {
        let Piece { mut slab, mut range, is_end } = piece;
        if let Some((old, rest)) = self.carried.take() {
            let end = range.start;
            range.start -= rest.len();
            slab.buffer[range.start..end].copy_from_slice(&old.bytes()[rest]);
        }
        let slab = Arc::new(slab);
        while let Some(length) = Chunker::at(self.offset).cut(&slab.bytes()[range.clone()], is_end) {
            let chunk = range.start..range.start + length;
            let id = self.hash.chunk(&slab.bytes()[chunk.clone()]);
            self.writer.submit(&slab, chunk, id, &self.chunks)?;
            range.start += length;
            self.offset += length as u64;
        }
        if !is_end {
            self.carried = Some((slab, range));
        }
        Ok(())
    }

    /// Waits until all of it is sealed.
    fn finish(self) -> Result<Streamed, VaultError> {
        let (content, bytes_new) = self.chunks.wait();
        // What a worker failed on is not in the vault.
        self.writer.pipeline.checkpoint()?;
        let sha256 = self.hash.finish().0;
        Ok(Streamed { content, written: FileWritten { bytes: self.offset, bytes_new, sha256 } })
    }
}

impl SnapshotWriter {
    /// Reads a stream to its end. What does not fit into one piece is cut and hashed beside the
    /// reading, so that neither waits for the other.
    pub(super) fn stream(&self, path: &str, mut reader: impl Read) -> Result<Streamed, VaultError> {
        let first = self.piece(path, &mut reader, 0)?;
        let mut cutter = Cutter::new(self);
        if !first.is_end {
            return self.read_ahead(path, reader, first, cutter);
        }
        let bytes = &first.slab.bytes()[first.range.clone()];
        if Chunker::at(0).cut(bytes, true).is_none_or(|cut| cut == bytes.len()) {
            return self.single(bytes);
        }
        cutter.take(first)?;
        cutter.finish()
    }

    fn read_ahead(
        &self,
        path: &str,
        reader: impl Read,
        first: Piece,
        mut cutter: Cutter<'_>,
    ) -> Result<Streamed, VaultError> {
        std::thread::scope(|scope| {
            let (sender, pieces) = bounded(PIECES_AHEAD);
            let cut = move || {
                pieces.into_iter().try_for_each(|piece| cutter.take(piece))?;
                Ok(cutter)
            };
            let cutting = std::thread::Builder::new().name("vault-cut".to_owned()).spawn_scoped(scope, cut);
            let cutting = cutting.map_err(no_thread)?;
            let read = self.read_pieces(path, reader, first, &sender);
            drop(sender);
            let stopped = |_| Err(VaultError::damaged("writer", "a reader stopped unexpectedly"));
            let cutter = cutting.join().unwrap_or_else(stopped)?;
            read?;
            cutter.finish()
        })
    }

    fn read_pieces(
        &self,
        path: &str,
        mut reader: impl Read,
        first: Piece,
        pieces: &Sender<Piece>,
    ) -> Result<(), VaultError> {
        let (mut next, mut offset) = (first, 0);
        loop {
            let is_end = next.is_end;
            offset += next.range.len() as u64;
            // If nobody takes it, cutting has failed, and says so itself.
            if pieces.send(next).is_err() || is_end {
                return Ok(());
            }
            next = self.piece(path, &mut reader, offset)?;
        }
    }

    /// Reads the next piece, which begins at this offset of the file.
    fn piece(&self, path: &str, reader: &mut impl Read, offset: u64) -> Result<Piece, VaultError> {
        let room = Chunker::at(offset).max();
        let mut slab = Slab::take(&self.slabs, room + SLAB_BYTES.max(room * 2));
        let mut filled = room;
        let is_end = self.fill(path, reader, &mut slab.buffer, &mut filled)?;
        Ok(Piece { slab, range: room..filled, is_end })
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
