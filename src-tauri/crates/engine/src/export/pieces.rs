//! A reproducible tar: order, time and mode are fixed, and it contains no account name.

use std::io::{self, Read, Write};

use tar::{Builder, EntryType, Header};

use super::ExportError;
use super::layout::Item;
use super::sink::Hashed;
use super::source::Source;

/// What is unpacked is its owner's alone.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// A file that is in the tar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) name: String,
    pub(super) bytes: u64,
    /// SHA-256 (hexadecimal).
    pub(super) sha256: String,
}

/// The tar.
pub(super) struct Pieces<W: Write> {
    tar: Builder<W>,
    seconds: u64,
    written: Vec<Written>,
}

/// How writing failed: the reason of the source, or the disk's.
pub(super) enum Broken {
    Source(ExportError),
    Disk(io::Error),
}

impl<W: Write> Pieces<W> {
    /// Every entry is of the moment `seconds` (UTC, since 1970).
    pub(super) fn new(sink: W, seconds: i64) -> Self {
        let seconds = u64::try_from(seconds).unwrap_or(0);
        Self { tar: Builder::new(sink), seconds, written: Vec::new() }
    }

    /// What is in it so far.
    pub(super) fn written(&self) -> &[Written] {
        &self.written
    }

    pub(super) fn folder(&mut self, name: &str) -> Result<(), Broken> {
        let mut header = self.header(EntryType::Directory, 0, FOLDER_MODE);
        self.tar.append_data(&mut header, format!("{name}/"), io::empty()).map_err(Broken::Disk)
    }

    /// A file of the backup, held against what the manifest says of it.
    pub(super) fn file<R: Read>(&mut self, item: &Item, mut source: Source<'_, R>) -> Result<(), Broken> {
        let mut header = self.header(EntryType::Regular, item.bytes, FILE_MODE);
        if let Err(error) = self.tar.append_data(&mut header, &item.name, &mut source) {
            return Err(source.failure().map_or(Broken::Disk(error), Broken::Source));
        }
        let sha256 = source.finish(item).map_err(Broken::Source)?;
        self.written.push(Written { name: item.name.clone(), bytes: item.bytes, sha256 });
        Ok(())
    }

    /// A short text.
    pub(super) fn text(&mut self, name: &str, text: &[u8]) -> Result<(), Broken> {
        self.stream(name, text.len() as u64, |into| into.write_all(text).map_err(Broken::Disk))
    }

    /// What `write` gives, which has to be so many bytes.
    pub(super) fn stream(
        &mut self,
        name: &str,
        bytes: u64,
        write: impl FnOnce(&mut dyn Write) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        let mut header = self.header(EntryType::Regular, bytes, FILE_MODE);
        // The header alone; its content follows as it comes.
        self.tar.append_data(&mut header, name, io::empty()).map_err(Broken::Disk)?;
        let mut hashed = Hashed::new(self.tar.get_mut());
        write(&mut hashed)?;
        let (sink, found, sha256) = hashed.finish();
        if found != bytes {
            let what = format!("{found} bytes came, and {bytes} were announced");
            return Err(Broken::Source(super::layout::mismatch(name, what)));
        }
        let rest = usize::try_from(found % BLOCK_BYTES).unwrap_or(0);
        if rest > 0 {
            sink.write_all(&[0; BLOCK][rest..]).map_err(Broken::Disk)?;
        }
        self.written.push(Written { name: name.to_owned(), bytes, sha256 });
        Ok(())
    }

    /// Ends the tar; yields what is below it, and what is in it.
    pub(super) fn finish(self) -> Result<(W, Vec<Written>), Broken> {
        Ok((self.tar.into_inner().map_err(Broken::Disk)?, self.written))
    }

    fn header(&self, kind: EntryType, bytes: u64, mode: u32) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(bytes);
        header.set_mode(mode);
        header.set_mtime(self.seconds);
        header.set_uid(0);
        header.set_gid(0);
        header
    }
}

/// What a tar is made of.
const BLOCK: usize = 512;
const BLOCK_BYTES: u64 = BLOCK as u64;
