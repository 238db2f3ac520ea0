//! A file as a stream: windows of blobs are fetched and opened ahead by two threads.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::blob::{Opener, locate};
use super::window::{WINDOW_BYTES, fetch};
use crate::error::VaultError;
use crate::id::Id;
use crate::index::Location;
use crate::pack::BlobKind;
use crate::tree::Node;
use crate::vault::Inner;
use crate::words::counted;

/// The threads that read ahead.
const THREADS: usize = 2;
/// The windows on their way; with the one being read, 16 MiB of plaintext.
const AHEAD: usize = 3;

type Window = Result<Vec<Vec<u8>>, VaultError>;
type Request = (Vec<Location>, Sender<Window>);

/// Reads one file, or a range of it. Every byte that it yields is authenticated and belongs to
/// the file; damage is an error, never wrong data.
pub struct FileReader {
    inner: Arc<Inner>,
    path: String,
    size: u64,
    content: Vec<Id>,
    /// The next blob to ask for.
    next: usize,
    /// Bytes to leave out before the first that is wanted.
    skip: u64,
    /// Bytes that are still wanted.
    left: u64,
    ready: VecDeque<Vec<u8>>,
    /// How much of the first ready blob was read.
    read: usize,
    ahead: VecDeque<Receiver<Window>>,
    requests: Option<Sender<Request>>,
    failure: Option<VaultError>,
}

impl FileReader {
    pub(crate) fn new(
        inner: &Arc<Inner>,
        path: &str,
        node: Node,
        offset: u64,
        length: u64,
    ) -> Result<Self, VaultError> {
        let mut reader = Self {
            inner: Arc::clone(inner),
            path: path.to_owned(),
            size: node.size,
            content: node.content.unwrap_or_default(),
            next: 0,
            skip: 0,
            left: 0,
            ready: VecDeque::new(),
            read: 0,
            ahead: VecDeque::new(),
            requests: None,
            failure: None,
        };
        reader.seek(offset, length)?;
        Ok(reader)
    }

    /// The size of the whole file in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Goes on reading at this offset of the file, to its end.
    ///
    /// # Errors
    /// If a part of the file is in no index.
    pub fn skip_to(&mut self, offset: u64) -> Result<(), VaultError> {
        self.seek(offset, u64::MAX)
    }

    fn seek(&mut self, offset: u64, length: u64) -> Result<(), VaultError> {
        let offset = offset.min(self.size);
        self.ready.clear();
        self.ahead.clear();
        (self.read, self.next, self.failure) = (0, 0, None);
        self.left = length.min(self.size - offset);
        self.skip = offset;
        while self.skip > 0 {
            let Some(id) = self.content.get(self.next) else { break };
            let bytes = locate(&self.inner, id, BlobKind::Data)?.blob.plaintext_bytes();
            if bytes > self.skip {
                break;
            }
            self.skip -= bytes;
            self.next += 1;
        }
        Ok(())
    }

    /// The blobs of the next window; none at the end of what is wanted.
    fn plan(&mut self, wanted: u64) -> Result<Vec<Location>, VaultError> {
        let (mut window, mut bytes) = (Vec::new(), 0);
        while let Some(id) = self.content.get(self.next) {
            let location = locate(&self.inner, id, BlobKind::Data)?;
            if bytes >= wanted || (bytes > 0 && bytes + location.blob.plaintext_bytes() > WINDOW_BYTES) {
                break;
            }
            bytes += location.blob.plaintext_bytes();
            window.push(location);
            self.next += 1;
        }
        Ok(window)
    }

    fn advance(&mut self) -> Result<(), VaultError> {
        let wanted = self.skip.saturating_add(self.left);
        if self.ahead.is_empty() && (self.requests.is_none() || self.next >= self.content.len()) {
            let window = self.plan(wanted)?;
            if window.is_empty() {
                let what = format!("{} of {} in no blob", counted(self.left, "byte"), self.path);
                return Err(VaultError::damaged("tree", what));
            }
            let bytes: u64 = window.iter().map(|location| location.blob.plaintext_bytes()).sum();
            if bytes >= wanted {
                // A small file or the last window: no thread is worth it.
                self.ready.extend(fetch(&self.inner, &mut Opener::new()?, &window)?);
                return Ok(());
            }
            self.request(window)?;
        }
        while self.ahead.len() < AHEAD {
            let window = self.plan(wanted)?;
            if window.is_empty() {
                break;
            }
            self.request(window)?;
        }
        let stopped = || VaultError::damaged("reader", "its threads stopped unexpectedly");
        let window = self.ahead.pop_front().ok_or_else(stopped)?;
        self.ready.extend(window.recv().map_err(|_| stopped())??);
        Ok(())
    }

    fn request(&mut self, window: Vec<Location>) -> Result<(), VaultError> {
        if self.requests.is_none() {
            self.requests = Some(start(&self.inner)?);
        }
        let (reply, replied) = bounded(1);
        if let Some(requests) = &self.requests {
            let _ = requests.send((window, reply));
        }
        self.ahead.push_back(replied);
        Ok(())
    }

    fn next_bytes(&mut self, buffer: &mut [u8]) -> Result<usize, VaultError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        while self.left > 0 && !buffer.is_empty() {
            let Some(blob) = self.ready.front() else {
                self.advance()?;
                continue;
            };
            let rest = &blob[self.read..];
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(rest.len());
            self.skip -= skipped as u64;
            let rest = &rest[skipped..];
            let wanted = usize::try_from(self.left).unwrap_or(usize::MAX);
            let count = rest.len().min(buffer.len()).min(wanted);
            buffer[..count].copy_from_slice(&rest[..count]);
            self.read += skipped + count;
            self.left -= count as u64;
            if self.read == blob.len() {
                self.ready.pop_front();
                self.read = 0;
            }
            if count > 0 {
                return Ok(count);
            }
        }
        Ok(0)
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.next_bytes(buffer).map_err(|error| {
            self.failure = Some(error.clone());
            error.into()
        })
    }
}

/// Starts the threads; they end when the reader is dropped.
fn start(inner: &Arc<Inner>) -> Result<Sender<Request>, VaultError> {
    let (requests, requested) = bounded::<Request>(AHEAD);
    for _ in 0..THREADS {
        let (inner, requested) = (Arc::clone(inner), requested.clone());
        let mut opener = Opener::new()?;
        let work = move || {
            for (window, reply) in requested {
                let _ = reply.send(fetch(&inner, &mut opener, &window));
            }
        };
        std::thread::Builder::new().name("vault-read".to_owned()).spawn(work).map_err(|error| {
            VaultError::Io {
                action: "start a thread",
                place: "this machine".to_owned(),
                source: Arc::new(error),
            }
        })?;
    }
    Ok(requests)
}
