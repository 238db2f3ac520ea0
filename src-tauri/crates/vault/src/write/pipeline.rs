//! The bounded pipeline behind a writer: chunks go to workers that seal them into packs, full
//! packs go to uploaders.
//!
//! Everything that waits is bounded: two chunks per worker in the queue, one pack per uploader.
//! The first failure stops all of it.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use hashbrown::HashSet;

use super::relied::Relied;
use super::seal::Sealer;
use super::stream::Slab;
use super::upload::Unindexed;
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::pack::{BlobKind, FinishedPack, PackBuilder};
use crate::vault::Inner;

/// Workers beyond this many would wait for one stream's reader.
const WORKERS_MAX: usize = 6;
/// Chunks in the queue per worker: 2 x 1 MiB at most.
const QUEUED_PER_WORKER: usize = 2;
/// Two, so that one disk sync or request does not stop the others; 16 MiB each.
const UPLOADERS: usize = 2;

/// What the threads of one writer share.
pub(crate) struct Pipeline {
    pub(super) inner: Arc<Inner>,
    pub(super) cancel: Cancel,
    pub(super) counters: LiveCounters,
    pub(super) unindexed: Mutex<Unindexed>,
    pub(super) relied: Relied,
    /// Blobs that are on their way and in no index yet.
    pending: Mutex<HashSet<(Id, bool)>>,
    data: Mutex<PackBuilder>,
    trees: Mutex<PackBuilder>,
    /// Buffers of packs that were stored.
    buffers: Mutex<Vec<Vec<u8>>>,
    uploads: Mutex<Option<Sender<FinishedPack>>>,
    has_failed: AtomicBool,
    failure: Mutex<Option<VaultError>>,
    sealers: Mutex<Vec<Sealer>>,
}

#[derive(Default)]
pub(super) struct LiveCounters {
    pub(super) read: AtomicU64,
    pub(super) new: AtomicU64,
    pub(super) stored: AtomicU64,
}

/// The threads of one writer.
pub(super) struct Running {
    workers: Vec<JoinHandle<()>>,
    uploaders: Vec<JoinHandle<()>>,
}

/// One chunk on its way to a worker.
pub(super) struct Job {
    pub(super) slab: Arc<Slab>,
    pub(super) range: Range<usize>,
    pub(super) id: Id,
    pub(super) file: Arc<Chunks>,
}

/// The chunks of one file, and how many of them are still on their way.
#[derive(Default)]
pub(super) struct Chunks {
    state: Mutex<ChunksState>,
    changed: Condvar,
}

#[derive(Default)]
struct ChunksState {
    ids: Vec<Id>,
    outstanding: usize,
    bytes_new: u64,
}

impl Chunks {
    /// Adds the next chunk, which goes to a worker.
    pub(super) fn expect_one(&self, id: Id) {
        let mut state = lock(&self.state);
        state.ids.push(id);
        state.outstanding += 1;
    }

    /// Waits for all of them; yields the ids and how many bytes were new.
    pub(super) fn wait(&self) -> (Vec<Id>, u64) {
        let mut state = lock(&self.state);
        while state.outstanding > 0 {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        (std::mem::take(&mut state.ids), state.bytes_new)
    }
}

impl Drop for Job {
    /// However a job ends, whoever waits for its file must not wait for it any more.
    fn drop(&mut self) {
        lock(&self.file.state).outstanding -= 1;
        self.file.changed.notify_all();
    }
}

impl Running {
    pub(super) fn start(pipeline: &Arc<Pipeline>) -> Result<(Sender<Job>, Self), VaultError> {
        let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, WORKERS_MAX);
        let (jobs, jobs_out) = bounded(workers * QUEUED_PER_WORKER);
        let (uploads, uploads_out) = bounded(0);
        *lock(&pipeline.uploads) = Some(uploads);
        let mut running = Self { workers: Vec::new(), uploaders: Vec::new() };
        for _ in 0..workers {
            let (pipeline, jobs) = (Arc::clone(pipeline), jobs_out.clone());
            running.workers.push(spawn("vault-seal", move || pipeline.work(&jobs))?);
        }
        for _ in 0..UPLOADERS {
            let (pipeline, packs) = (Arc::clone(pipeline), uploads_out.clone());
            running.uploaders.push(spawn("vault-store", move || pipeline.upload(&packs))?);
        }
        Ok((jobs, running))
    }

    /// Waits until all chunks are sealed. The queue of jobs must be closed.
    pub(super) fn join_workers(&mut self, pipeline: &Pipeline) {
        for worker in self.workers.drain(..) {
            if worker.join().is_err() {
                pipeline.fail(&VaultError::damaged("writer", "a worker stopped unexpectedly"));
            }
        }
    }

    /// Waits until all packs are stored, or given up.
    pub(super) fn finish(mut self, pipeline: &Pipeline) {
        self.join_workers(pipeline);
        drop(lock(&pipeline.uploads).take());
        for uploader in self.uploaders.drain(..) {
            if uploader.join().is_err() {
                pipeline.fail(&VaultError::damaged("writer", "an uploader stopped unexpectedly"));
            }
        }
    }
}

impl Pipeline {
    pub(super) fn new(inner: &Arc<Inner>, cancel: Cancel) -> Self {
        Self {
            inner: Arc::clone(inner),
            cancel,
            counters: LiveCounters::default(),
            unindexed: Mutex::default(),
            relied: Relied::default(),
            pending: Mutex::default(),
            data: Mutex::new(PackBuilder::new(BlobKind::Data)),
            trees: Mutex::new(PackBuilder::new(BlobKind::Tree)),
            buffers: Mutex::default(),
            uploads: Mutex::new(None),
            has_failed: AtomicBool::new(false),
            failure: Mutex::new(None),
            sealers: Mutex::default(),
        }
    }

    /// Remembers the first failure.
    pub(super) fn fail(&self, error: &VaultError) {
        lock(&self.failure).get_or_insert_with(|| error.clone());
        self.has_failed.store(true, Ordering::Release);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Acquire)
    }

    /// The failure of another thread, or the caller's wish to stop.
    pub(super) fn checkpoint(&self) -> Result<(), VaultError> {
        if self.has_failed() {
            return Err(lock(&self.failure).clone().unwrap_or(VaultError::Cancelled));
        }
        self.cancel.checkpoint()
    }

    fn work(&self, jobs: &Receiver<Job>) {
        for job in jobs {
            if self.has_failed() {
                continue;
            }
            match self.seal(BlobKind::Data, job.id, &job.slab.bytes()[job.range.clone()]) {
                Ok(bytes_new) => lock(&job.file.state).bytes_new += bytes_new,
                Err(error) => self.fail(&error),
            }
        }
    }

    /// Stores the blob that has this hash, unless it is known already; yields its size, or 0 if the
    /// vault had it.
    pub(super) fn seal(&self, kind: BlobKind, id: Id, plaintext: &[u8]) -> Result<u64, VaultError> {
        let reused = lock(&self.sealers).pop();
        let mut sealer = match reused {
            Some(sealer) => sealer,
            None => Sealer::new()?,
        };
        let outcome = sealer.seal(self, kind, id, plaintext);
        lock(&self.sealers).push(sealer);
        outcome
    }

    /// Whether this blob has to be stored, by whoever asks first.
    pub(super) fn claim(&self, id: Id, kind: BlobKind) -> bool {
        let key = (id, kind == BlobKind::Tree);
        if !lock(&self.pending).insert(key) {
            return false;
        }
        // In this order: an uploader fills the index before it forgets what was pending.
        let known = self.inner.index().find(&id, kind);
        let Some(known) = known else { return true };
        self.relied.on_pack(known.pack);
        lock(&self.pending).remove(&key);
        false
    }

    pub(super) fn forget_pending(&self, keys: impl Iterator<Item = (Id, bool)>) {
        let mut pending = lock(&self.pending);
        for key in keys {
            pending.remove(&key);
        }
    }

    /// Appends a sealed blob to the pack of its kind, and hands full packs to the uploaders.
    pub(super) fn append(&self, kind: BlobKind, id: Id, sealed: &[u8], uncompressed: u32) {
        let full = {
            let mut builder = lock(self.builder(kind));
            let full = builder.is_full_for(sealed.len()).then(|| builder.take(self.buffer()));
            builder.push(id, sealed, uncompressed);
            full
        };
        if let Some(full) = full {
            self.hand_over(full);
        }
    }

    /// Hands the last packs over, which are not full.
    pub(super) fn hand_over_rest(&self) {
        for kind in [BlobKind::Data, BlobKind::Tree] {
            let rest = lock(self.builder(kind)).take(Vec::new());
            if !rest.is_empty() {
                self.hand_over(rest);
            }
        }
    }

    pub(super) fn give_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut buffers = lock(&self.buffers);
        if buffers.is_empty() {
            buffers.push(buffer);
        }
    }

    fn hand_over(&self, builder: PackBuilder) {
        let pack = builder.finish(&self.inner.repository.master);
        let uploads = lock(&self.uploads).clone();
        // Without uploaders the writer has failed, and says so itself.
        if let Some(uploads) = uploads {
            let _ = uploads.send(pack);
        }
    }

    fn builder(&self, kind: BlobKind) -> &Mutex<PackBuilder> {
        match kind {
            BlobKind::Data => &self.data,
            BlobKind::Tree => &self.trees,
        }
    }

    fn buffer(&self) -> Vec<u8> {
        lock(&self.buffers).pop().unwrap_or_default()
    }
}

/// What a mutex guards here is valid at every moment: a panic of another thread changes nothing.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, VaultError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(no_thread)
}

pub(super) fn no_thread(error: std::io::Error) -> VaultError {
    VaultError::Io { action: "start a thread", place: "this machine".to_owned(), source: Arc::new(error) }
}
