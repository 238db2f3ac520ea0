//! Several parts that follow one another, put together into one file with one hash.
//!
//! Each part is a download of its own in a folder of its own. Once it is whole it is added to the file, the
//! file is synced, the record says so, and only then is the part removed: at any moment each byte is
//! either in the file or in the part.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::TransferError;
use super::fetch::{Fetched, Request, fetch};
use super::limits::{Limits, Pause};
use super::link::Links;
use super::partial::{discard_one, lock, remove};
use base::disk;
use base::hex;
use base::meter::Meter;

/// Says which parts are in the file.
const RECORD: &str = "parts";
const FILE: &str = "whole";
const FOLDER: &str = "part-";
/// A record is two numbers and a hash.
const RECORD_BYTES_MAX: usize = 4096;
const READ_BYTES: usize = 512 * 1024;

/// One part.
pub struct Part<'a> {
    /// Where links to it come from.
    pub links: &'a dyn Links,
    /// Bytes that it should have.
    pub expected_bytes: Option<u64>,
    /// The SHA-256 that it should have.
    pub expected_sha256: Option<[u8; 32]>,
}

/// A file in parts to fetch. The fields are those of a [`Request`]; what is expected is of the whole.
pub struct PartsRequest<'a> {
    /// The parts, in their order.
    pub parts: &'a [Part<'a>],
    /// A folder for this download alone; made, and made private, where it is not.
    pub directory: &'a Utf8Path,
    /// What the file is called in sentences. No secret.
    pub name: &'a str,
    /// Bytes that all parts should have together.
    pub expected_bytes: Option<u64>,
    /// The SHA-256 of all of it.
    pub expected_sha256: Option<[u8; 32]>,
    /// What each part's download may take.
    pub limits: Limits,
    /// Counts bytes, those of an earlier run included.
    pub meter: &'a Arc<Meter>,
    /// Ends the download; what came stays for the next time.
    pub token: &'a CancellationToken,
    /// Pauses it.
    pub pause: &'a Pause,
    /// Is told sentences for the log.
    pub on_note: &'a (dyn Fn(&str) + Send + Sync),
}

/// Which parts are in the file, durably.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    parts: usize,
    bytes: u64,
    sha256: String,
}

/// The file, and its hash so far.
struct Joined {
    directory: Utf8PathBuf,
    file: File,
    context: Context,
    bytes: u64,
    parts: usize,
    _lock: File,
}

/// Fetches all parts, going on where an earlier run ended, and puts them together.
///
/// # Errors
/// A `TransferError`; parts that are in the file stay there for the next time.
pub async fn fetch_parts(request: PartsRequest<'_>) -> Result<Fetched, TransferError> {
    let directory = request.directory;
    disk::create_private_dir(directory)
        .and_then(|()| disk::make_private(directory))
        .map_err(|error| TransferError::disk("make the folder", directory, error))?;
    let lock = lock(directory).await?;
    let of_task = directory.to_owned();
    let (mut joined, was_torn) = blocking(directory, move || Joined::open(&of_task, lock)).await?;
    let mut notes = Vec::new();
    if was_torn || joined.parts > request.parts.len() {
        joined = blocking(directory, move || joined.clear()).await?;
        let note = format!("{}: what an earlier run put together cannot be used; begun again", request.name);
        (request.on_note)(&note);
        notes.push(note);
    }
    let mut total = Fetched {
        path: joined.path(),
        bytes: 0,
        sha256: [0; 32],
        notes,
        resumed_bytes: joined.bytes,
        refetched_bytes: 0,
        streams_used: 0,
    };
    request.meter.add_bytes(joined.bytes);
    for (number, part) in request.parts.iter().enumerate().skip(joined.parts) {
        let folder = directory.join(format!("{FOLDER}{number:04}"));
        let fetched = fetch(of_part(&request, part, &folder)).await?;
        total.notes.extend(fetched.notes);
        total.resumed_bytes += fetched.resumed_bytes;
        total.refetched_bytes += fetched.refetched_bytes;
        total.streams_used = total.streams_used.max(fetched.streams_used);
        joined = blocking(directory, move || joined.add(&fetched.path)).await?;
        discard_one(&folder).await?;
    }
    (total.bytes, total.sha256) = (joined.bytes, joined.sha256());
    let wrong = match (request.expected_bytes, request.expected_sha256) {
        (Some(promised), _) if promised != total.bytes => {
            Some(TransferError::LengthDiffers { promised, served: total.bytes })
        }
        (_, Some(expected)) if expected != total.sha256 => {
            Some(TransferError::HashDiffers { expected, found: total.sha256 })
        }
        _ => None,
    };
    match wrong {
        None => Ok(total),
        Some(error) => {
            // Nothing that looks whole may stay.
            blocking(directory, move || joined.clear()).await?;
            Err(error)
        }
    }
}

fn of_part<'a>(request: &PartsRequest<'a>, part: &Part<'a>, folder: &'a Utf8Path) -> Request<'a> {
    Request {
        links: part.links,
        directory: folder,
        name: request.name,
        expected_bytes: part.expected_bytes,
        expected_sha256: part.expected_sha256,
        limits: request.limits.clone(),
        meter: request.meter,
        token: request.token,
        pause: request.pause,
        on_note: request.on_note,
    }
}

async fn blocking<T: Send + 'static>(
    directory: &Utf8Path,
    work: impl FnOnce() -> Result<T, TransferError> + Send + 'static,
) -> Result<T, TransferError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(TransferError::disk("work on", directory, io::Error::other(error))))
}

impl Joined {
    /// Opens the file as far as the record says it is whole. Whether there was something unusable.
    fn open(directory: &Utf8Path, lock: File) -> Result<(Self, bool), TransferError> {
        let path = directory.join(FILE);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| TransferError::disk("open", &path, error))?;
        let (context, directory) = (Context::new(&SHA256), directory.to_owned());
        let mut joined = Self { directory, file, context, bytes: 0, parts: 0, _lock: lock };
        let Ok(text) = std::fs::read(joined.directory.join(RECORD)) else {
            // Without a record nothing in the file counts.
            return Ok((joined.clear()?, false));
        };
        let record: Option<Record> = Some(text)
            .filter(|text| text.len() <= RECORD_BYTES_MAX)
            .and_then(|text| serde_json::from_slice(&text).ok());
        let Some(record) = record else { return Ok((joined.clear()?, true)) };
        if !joined.take_up(&record)? {
            return Ok((joined.clear()?, true));
        }
        Ok((joined, false))
    }

    /// Hashes what is there again. Whether it is what the record says.
    fn take_up(&mut self, record: &Record) -> Result<bool, TransferError> {
        let path = self.path();
        let wrong = |error| TransferError::disk("read", &path, error);
        if self.file.metadata().map_err(wrong)?.len() < record.bytes {
            return Ok(false);
        }
        // Half of a part may stand behind it.
        self.file.set_len(record.bytes).map_err(wrong)?;
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match self.file.read(&mut buffer).map_err(wrong)? {
                0 => break,
                count => self.context.update(&buffer[..count]),
            }
        }
        (self.bytes, self.parts) = (record.bytes, record.parts);
        Ok(hex::encode(&self.sha256()) == record.sha256)
    }

    /// Adds a part, and returns once that is durable.
    fn add(mut self, part: &Utf8Path) -> Result<Self, TransferError> {
        let path = self.path();
        let mut from = File::open(part).map_err(|error| TransferError::disk("open", part, error))?;
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let count = from.read(&mut buffer).map_err(|error| TransferError::disk("read", part, error))?;
            if count == 0 {
                break;
            }
            self.file
                .write_all(&buffer[..count])
                .map_err(|error| TransferError::disk("write", &path, error))?;
            self.context.update(&buffer[..count]);
            self.bytes += count as u64;
        }
        self.file.sync_data().map_err(|error| TransferError::disk("sync", &path, error))?;
        self.parts += 1;
        let record = Record { parts: self.parts, bytes: self.bytes, sha256: hex::encode(&self.sha256()) };
        let record_path = self.directory.join(RECORD);
        disk::write_private(&record_path, &serde_json::to_vec(&record).unwrap_or_default())
            .map_err(|error| TransferError::disk("write", &record_path, error))?;
        Ok(self)
    }

    /// Forgets all of it; parts in their folders stay.
    fn clear(mut self) -> Result<Self, TransferError> {
        let path = self.path();
        let wrong = |error| TransferError::disk("shorten", &path, error);
        remove(&self.directory.join(RECORD))?;
        self.file.set_len(0).map_err(wrong)?;
        io::Seek::rewind(&mut self.file).map_err(wrong)?;
        (self.context, self.bytes, self.parts) = (Context::new(&SHA256), 0, 0);
        Ok(self)
    }

    fn sha256(&self) -> [u8; 32] {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.context.clone().finish().as_ref());
        sha256
    }

    fn path(&self) -> Utf8PathBuf {
        self.directory.join(FILE)
    }
}

/// The folders of parts below a download's folder.
pub(super) fn folders(directory: &Utf8Path) -> Result<Vec<Utf8PathBuf>, TransferError> {
    let wrong = |error| TransferError::disk("read", directory, error);
    let mut found = Vec::new();
    for entry in directory.read_dir_utf8().map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        if entry.file_name().starts_with(FOLDER) && entry.file_type().map_err(wrong)?.is_dir() {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

/// The file that parts are put together in, and what is recorded of it.
pub(super) const FILES: [&str; 2] = [RECORD, FILE];
