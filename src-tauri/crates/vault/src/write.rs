//! Writing a snapshot: streams in, one visible snapshot out, or nothing.
//!
//! The caller's threads read, others cut and hash; workers seal chunks (`write::pipeline`), uploaders
//! store packs (`write::upload`). What the snapshot will look like stands in `write::nodes`, and
//! `write::commit` alone makes it visible.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::Sender;
use jiff::Timestamp;

use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::lock::held::HeldLock;
use crate::tree::Node;
use crate::vault::Inner;

mod commit;
mod hash;
mod nodes;
mod pipeline;
mod relied;
mod seal;
mod stream;
mod upload;

use nodes::Nodes;
use pipeline::{Job, Pipeline, Running};
use stream::{Slabs, Streams};

/// What a new snapshot is called and compared with.
#[derive(Debug, Clone)]
pub struct BeginOptions {
    /// What the snapshot is found by.
    pub tags: Vec<String>,
    /// The snapshot that [`SnapshotWriter::keep`] takes files from.
    pub parent: Option<SnapshotId>,
    /// The machine, as the snapshot names it.
    pub hostname: String,
    /// The account, as the snapshot and the lock name it.
    pub username: String,
    /// The snapshot's time.
    pub time: Timestamp,
}

/// What a file has besides its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileMeta {
    /// The permission bits, such as `0o600`.
    pub mode: u32,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// A file that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileWritten {
    /// Its size in bytes.
    pub bytes: u64,
    /// How many of them the vault did not have yet.
    pub bytes_new: u64,
    /// The SHA-256 of its content.
    pub sha256: [u8; 32],
}

/// How far a writer is; for progress.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes read from all sources.
    pub bytes_read: u64,
    /// Bytes of them that the vault did not have yet.
    pub bytes_new: u64,
    /// Bytes written to packs for them, compressed and sealed.
    pub bytes_stored: u64,
}

/// A snapshot that was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Its name.
    pub snapshot: SnapshotId,
    /// The size of all its files in bytes.
    pub bytes: u64,
    /// How many of them the vault did not have before.
    pub bytes_new: u64,
    /// What they took in packs.
    pub bytes_stored: u64,
    /// The number of its files.
    pub files: u64,
}

/// Writes one snapshot. Nothing is visible before [`SnapshotWriter::commit`]; dropped, nothing
/// ever is. Packs that were stored by then stay, with an index, and the next writer reuses them.
pub struct SnapshotWriter {
    inner: Arc<Inner>,
    options: BeginOptions,
    pipeline: Arc<Pipeline>,
    jobs: Option<Sender<Job>>,
    running: Option<Running>,
    nodes: Nodes,
    slabs: Arc<Slabs>,
    streams: Streams,
    lock: HeldLock,
}

impl SnapshotWriter {
    pub(crate) fn begin(
        inner: &Arc<Inner>,
        options: BeginOptions,
        cancel: Cancel,
    ) -> Result<Self, VaultError> {
        let lock = HeldLock::shared(&inner.repository, &options.username)?;
        // Under the lock: nobody removes now what the index says is there. A pack that was lost
        // before must not be relied upon; what was in it is stored again.
        inner.forget_lost_packs()?;
        let parent = match &options.parent {
            Some(id) => Some(crate::snapshot::load(&inner.repository, id)?.tree),
            None => None,
        };
        let pipeline = Arc::new(Pipeline::new(inner, cancel));
        let (jobs, running) = Running::start(&pipeline)?;
        Ok(Self {
            inner: Arc::clone(inner),
            nodes: Nodes::new(parent, &options.username),
            options,
            pipeline,
            jobs: Some(jobs),
            running: Some(running),
            slabs: Arc::default(),
            streams: Streams::default(),
            lock,
        })
    }

    /// Writes one file from a reader of any length. Several threads may each write files at
    /// once; beyond eight they wait for each other.
    ///
    /// # Errors
    /// Any failure, also of the reader ([`VaultError::Source`]), is the failure of the snapshot:
    /// the writer then refuses to commit.
    pub fn file(
        &self,
        path: &str,
        meta: &FileMeta,
        reader: impl Read + Send,
    ) -> Result<FileWritten, VaultError> {
        self.fatal(self.write_file(path, meta, reader))
    }

    /// Writes one file that the snapshot can do without. If its reader fails ([`VaultError::Source`]), or no tree
    /// can hold its path ([`VaultError::BadPath`]), it is left out, and the snapshot goes on.
    ///
    /// # Errors
    /// These two; any other is the failure of the snapshot, as in [`SnapshotWriter::file`].
    pub fn try_file(
        &self,
        path: &str,
        meta: &FileMeta,
        reader: impl Read + Send,
    ) -> Result<FileWritten, VaultError> {
        match self.write_file(path, meta, reader) {
            left_out @ Err(VaultError::Source { .. } | VaultError::BadPath { .. }) => left_out,
            written => self.fatal(written),
        }
    }

    /// Takes a file over from the parent snapshot without reading it; yields its size in bytes.
    ///
    /// # Errors
    /// [`VaultError::Missing`] if the parent does not have it, or the vault not all of its
    /// content. This is no failure of the snapshot: the file can be written instead.
    pub fn keep(&self, path: &str) -> Result<u64, VaultError> {
        self.pipeline.checkpoint()?;
        self.nodes.keep(&self.inner, path, &self.pipeline.relied)
    }

    /// How far the writer is.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let counters = &self.pipeline.counters;
        Counters {
            bytes_read: counters.read.load(Ordering::Relaxed),
            bytes_new: counters.new.load(Ordering::Relaxed),
            bytes_stored: counters.stored.load(Ordering::Relaxed),
        }
    }

    fn write_file(
        &self,
        path: &str,
        meta: &FileMeta,
        reader: impl Read + Send,
    ) -> Result<FileWritten, VaultError> {
        self.pipeline.checkpoint()?;
        let claim = self.nodes.claim(path)?;
        let _stream = self.streams.enter();
        let streamed = match self.stream(path, reader) {
            Ok(streamed) => streamed,
            Err(error) => {
                self.nodes.release(&claim);
                return Err(error);
            }
        };
        let written = streamed.written;
        self.nodes.fill(&claim, self.node(&claim.name, meta, written.bytes, streamed.content));
        Ok(written)
    }

    fn node(&self, name: &[u8], meta: &FileMeta, size: u64, content: Vec<Id>) -> Node {
        let modified = meta.modified.to_string();
        let (uid, gid) = crate::lock::owner();
        Node {
            mode: meta.mode & crate::tree::MODE_PERMISSIONS,
            mtime: modified.clone(),
            atime: modified.clone(),
            ctime: modified,
            uid,
            gid,
            user: self.options.username.clone(),
            size,
            links: 1,
            content: Some(content),
            ..Node::named(name, "file")
        }
    }

    /// Remembers a failure as the writer's.
    fn fatal<T>(&self, result: Result<T, VaultError>) -> Result<T, VaultError> {
        if let Err(error) = &result {
            self.pipeline.fail(error);
        }
        result
    }
}

impl Drop for SnapshotWriter {
    fn drop(&mut self) {
        self.pipeline.fail(&VaultError::Cancelled);
        drop(self.jobs.take());
        if let Some(running) = self.running.take() {
            running.finish(&self.pipeline);
            // What was stored is found again by the next writer; if not, it is stored again.
            let _ = self.pipeline.flush_index();
        }
    }
}
