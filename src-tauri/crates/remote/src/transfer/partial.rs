//! The folder of one download: the partial file, its journal, and the lock that keeps a second one out.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use ring::digest::Context;

use super::TransferError;
use super::journal::Journal;
use base::disk;

pub(super) const FILE: &str = "download";
pub(super) const JOURNAL: &str = "journal";
const LOCK: &str = "lock";
/// A cancelled download may still have a write on the way, which holds the lock until it is done.
const LOCK_LIMIT: Duration = Duration::from_secs(3);
/// Writes and syncs end by themselves.
const QUIET_POLL: Duration = Duration::from_millis(2);
const LOCK_POLL: Duration = Duration::from_millis(20);
/// Read at once when the file is hashed.
const READ_BYTES: usize = 512 * 1024;
/// What stays free on the disk beyond the file: journals, catalogue, logs.
pub(super) const SPACE_MARGIN: u64 = 8 * 1024 * 1024;

/// The partial file. Whoever writes to it holds it, and with it the lock.
#[derive(Debug)]
pub(super) struct Partial {
    directory: Utf8PathBuf,
    path: Utf8PathBuf,
    file: File,
    _lock: File,
}

impl Partial {
    /// Opens or makes it.
    pub(super) async fn open(directory: &Utf8Path) -> Result<Arc<Self>, TransferError> {
        let wrong = |doing, path: &Utf8Path| {
            let path = path.to_owned();
            move |source| TransferError::disk(doing, &path, source)
        };
        disk::create_private_dir(directory)
            .and_then(|()| disk::make_private(directory))
            .map_err(wrong("make the folder", directory))?;
        let lock = lock(directory).await?;
        let path = directory.join(FILE);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(wrong("open", &path))?;
        Ok(Arc::new(Self { directory: directory.to_owned(), path, file, _lock: lock }))
    }

    pub(super) fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Bytes of the file as it is.
    pub(super) fn bytes(&self) -> Result<u64, TransferError> {
        Ok(self.file.metadata().map_err(|error| self.wrong("look at", error))?.len())
    }

    /// The journal, and whether there is one that cannot be used.
    pub(super) fn journal(&self) -> (Option<Journal>, bool) {
        let Ok(bytes) = std::fs::read(self.directory.join(JOURNAL)) else { return (None, false) };
        let bytes_there = self.bytes().unwrap_or(0);
        let journal = Journal::parse(&bytes).filter(|journal| journal.ranges.end() <= bytes_there);
        let is_unusable = journal.is_none();
        (journal, is_unusable)
    }

    /// Replaces the journal, whole.
    pub(super) fn write_journal(&self, journal: &Journal) -> Result<(), TransferError> {
        let path = self.directory.join(JOURNAL);
        disk::write_private(&path, &journal.to_bytes())
            .map_err(|error| TransferError::disk("write", &path, error))
    }

    /// Forgets everything: the journal first, so that none ever speaks of a file that is not there.
    pub(super) fn clear(&self) -> Result<(), TransferError> {
        let path = self.directory.join(JOURNAL);
        remove(&path)?;
        self.cut(0)
    }

    /// Makes the file so long; what is beyond goes.
    pub(super) fn cut(&self, bytes: u64) -> Result<(), TransferError> {
        self.file.set_len(bytes).map_err(|error| self.wrong("shorten", error))
    }

    /// Writes pieces one behind the other from `at` on.
    pub(super) fn write(&self, pieces: &[Bytes], mut at: u64) -> Result<(), TransferError> {
        for piece in pieces {
            write_all_at(&self.file, piece, at).map_err(|error| self.wrong("write", error))?;
            at += piece.len() as u64;
        }
        Ok(())
    }

    /// Returns once what was written survives a loss of power.
    pub(super) fn sync(&self) -> Result<(), TransferError> {
        self.file.sync_data().map_err(|error| self.wrong("sync", error))
    }

    /// Adds the bytes `from..to` to a hash, as they are in the file.
    pub(super) fn hash(&self, context: &mut Context, mut from: u64, to: u64) -> Result<(), TransferError> {
        let mut buffer = vec![0; READ_BYTES];
        while from < to {
            let wanted = usize::try_from(to - from).unwrap_or(READ_BYTES).min(READ_BYTES);
            let read = read_at(&self.file, &mut buffer[..wanted], from);
            let count = read.map_err(|error| self.wrong("read", error))?;
            if count == 0 {
                return Err(self.wrong("read", io::ErrorKind::UnexpectedEof.into()));
            }
            context.update(&buffer[..count]);
            from += count as u64;
        }
        Ok(())
    }

    /// Fails where the disk has not so many bytes left, and a margin.
    pub(super) fn needs(&self, bytes: u64) -> Result<(), TransferError> {
        let free =
            disk::free_bytes(&self.directory).map_err(|error| self.wrong("look at the disk of", error))?;
        let needed = bytes.saturating_add(SPACE_MARGIN);
        if free < needed {
            return Err(TransferError::NoSpace { directory: self.directory.clone(), needed, free });
        }
        Ok(())
    }

    fn wrong(&self, doing: &'static str, source: io::Error) -> TransferError {
        TransferError::disk(doing, &self.path, source)
    }
}

/// Who always holds the partial file of a download that runs: the download, and the edition.
const HOLDERS: usize = 2;

/// Returns once nobody writes to the file any more: what was given up may still have a write on the way,
/// which must not land in what is begun after it.
pub(super) async fn quiet(partial: &Arc<Partial>) {
    while Arc::strong_count(partial) > HOLDERS {
        tokio::time::sleep(QUIET_POLL).await;
    }
}

/// Removes what a download left in its folder, and the folder where nothing else is in it.
///
/// # Errors
/// `InUse` while the download runs, and what the disk says.
pub async fn discard(directory: &Utf8Path) -> Result<(), TransferError> {
    if !directory.exists() {
        return Ok(());
    }
    let lock = lock(directory).await?;
    // What says that the rest is something goes first.
    for name in [JOURNAL, FILE] {
        remove(&directory.join(name))?;
    }
    drop(lock);
    remove(&directory.join(LOCK))?;
    // Somebody else's files may be in it.
    let _ = std::fs::remove_dir(directory);
    Ok(())
}

/// Removes a file that may not be there.
pub(super) fn remove(path: &Utf8Path) -> Result<(), TransferError> {
    disk::remove(path).map_err(|error| TransferError::disk("remove", path, error))
}

/// The folder's lock, once nobody else has it.
pub(super) async fn lock(directory: &Utf8Path) -> Result<File, TransferError> {
    let path = directory.join(LOCK);
    let file = disk::open_lock(&path).map_err(|error| TransferError::disk("open", &path, error))?;
    let begin = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if begin.elapsed() < LOCK_LIMIT => {
                tokio::time::sleep(LOCK_POLL).await;
            }
            Err(TryLockError::WouldBlock) => {
                return Err(TransferError::InUse { directory: directory.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(TransferError::disk("lock", &path, error)),
        }
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[count..];
        at += count as u64;
    }
    Ok(())
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}
