//! Reading a tar as a stream: ustar, pax and GNU's, without trust.
//!
//! The names, sizes and kinds of a foreign tar are claims. Long names and pax records are bounded, whatever
//! is no plain file or folder is refused by the caller, and an archive without its end is a cut one.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::BundleError;

mod header;
mod pax;

use header::Header;
pub(super) use header::is_header;

const BLOCK_BYTES: usize = 512;
const BLOCK: u64 = BLOCK_BYTES as u64;
/// Of a name that follows in a block of its own.
const LONG_NAME_BYTES_MAX: u64 = 64 * 1024;
/// Of the records of one pax header.
const PAX_BYTES_MAX: u64 = 1024 * 1024;
/// Headers that describe the next entry: a handful at most.
const DESCRIPTIONS_MAX: usize = 16;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Folder,
    /// With what it is called.
    Refused(&'static str),
}

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its name, as it stands there.
    pub(super) name: Vec<u8>,
    pub(super) kind: EntryKind,
    pub(super) bytes: u64,
    /// Seconds since 1970.
    pub(super) modified: Option<i64>,
}

/// Reads the entries one after another; as a `Read` it is the content of the present one.
pub(super) struct TarReader<R> {
    inner: R,
    place: String,
    /// Bytes left of the present entry, and of what fills its last block.
    left: u64,
    fill: u64,
    /// Records for all entries that follow.
    global: BTreeMap<String, Vec<u8>>,
    is_over: bool,
}

impl<R: Read> TarReader<R> {
    pub(super) fn new(inner: R, place: &str) -> Self {
        Self { inner, place: place.to_owned(), left: 0, fill: 0, global: BTreeMap::new(), is_over: false }
    }

    /// The next entry, after what is left of the present one was skipped; `None` at the archive's end.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, BundleError> {
        if self.is_over {
            return Ok(None);
        }
        let (mut long_name, mut records, mut is_described) = (None, self.global.clone(), false);
        for _ in 0..DESCRIPTIONS_MAX {
            self.skip()?;
            let Some(header) = self.header()? else {
                self.is_over = true;
                if is_described {
                    return Err(self.damaged("a header describes an entry that is not there"));
                }
                return Ok(None);
            };
            is_described |= matches!(header.flag, b'L' | b'K' | b'x' | b'X');
            self.begin(header.bytes);
            match header.flag {
                b'L' => long_name = Some(self.description(LONG_NAME_BYTES_MAX, "a long name")?),
                b'K' => drop(self.description(LONG_NAME_BYTES_MAX, "a long link")?),
                b'x' | b'X' => {
                    let text = self.description(PAX_BYTES_MAX, "a pax header")?;
                    pax::read(&text, &mut records).map_err(|what| self.damaged(what))?;
                }
                b'g' => {
                    let text = self.description(PAX_BYTES_MAX, "a pax header")?;
                    pax::read(&text, &mut self.global).map_err(|what| self.damaged(what))?;
                    if ["path", "size", "linkpath"].iter().any(|key| self.global.contains_key(*key)) {
                        return Err(self.damaged("a pax header gives one name or size to all entries"));
                    }
                    records.extend(self.global.clone());
                }
                // A volume's label.
                b'V' => {}
                _ => return self.entry(header, long_name, &records).map(Some),
            }
        }
        Err(self.damaged("too many headers describe one entry"))
    }

    fn entry(
        &mut self,
        header: Header,
        long_name: Option<Vec<u8>>,
        records: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Entry, BundleError> {
        let number = |key: &str| -> Result<Option<u64>, BundleError> {
            let Some(value) = records.get(key) else { return Ok(None) };
            let digits =
                std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
            let number = digits.and_then(|text| text.parse().ok());
            number.map(Some).ok_or_else(|| self.damaged("a pax header has a size that is no number"))
        };
        let bytes = number("size")?.unwrap_or(header.bytes);
        let is_sparse = records.keys().any(|key| key.starts_with("GNU.sparse"));
        let mut kind = match header.flag {
            _ if is_sparse => EntryKind::Refused("it is a sparse file, whose size is only a claim"),
            0 | b'0' | b'7' if header.name.ends_with(b"/") && bytes == 0 => EntryKind::Folder,
            0 | b'0' | b'7' => EntryKind::File,
            b'5' | b'D' => EntryKind::Folder,
            b'1' => EntryKind::Refused("it is a hard link"),
            b'2' => EntryKind::Refused("it is a symbolic link"),
            b'3' | b'4' => EntryKind::Refused("it is a device"),
            b'6' => EntryKind::Refused("it is a named pipe"),
            b'S' => EntryKind::Refused("it is a sparse file, whose size is only a claim"),
            b'M' => EntryKind::Refused("it continues from another volume"),
            _ => EntryKind::Refused("it is of an unknown kind"),
        };
        let name = records.get("path").cloned().or(long_name).unwrap_or(header.name);
        if kind == EntryKind::Folder && bytes > 0 && header.flag != b'D' {
            kind = EntryKind::Refused("it is a folder that claims to have content");
        }
        self.begin(bytes);
        let seconds = records
            .get("mtime")
            .and_then(|value| std::str::from_utf8(value).ok()?.split('.').next()?.parse().ok());
        Ok(Entry { name, kind, bytes, modified: seconds.or(header.modified) })
    }

    fn begin(&mut self, bytes: u64) {
        self.left = bytes;
        self.fill = (BLOCK - bytes % BLOCK) % BLOCK;
    }

    /// The content of an entry that describes the next one.
    fn description(&mut self, most: u64, what: &'static str) -> Result<Vec<u8>, BundleError> {
        if self.left > most {
            return Err(BundleError::TooLarge {
                place: self.place.clone(),
                what: format!("{what} of {} bytes", self.left),
            });
        }
        let mut text = Vec::new();
        self.read_to_end(&mut text).map_err(|error| BundleError::of_read(&self.place, what, error))?;
        if what != "a pax header" {
            let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
            text.truncate(end);
        }
        Ok(text)
    }

    /// The next header; `None` at the archive's end, which is a block of zeros.
    fn header(&mut self) -> Result<Option<Header>, BundleError> {
        let mut block = [0; BLOCK_BYTES];
        self.fill_block(&mut block)?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        Header::parse(&block).map(Some).map_err(|what| self.damaged(what))
    }

    fn fill_block(&mut self, block: &mut [u8]) -> Result<(), BundleError> {
        let read = self.inner.read_exact(block);
        read.map_err(|error| BundleError::of_read(&self.place, "a tar, which has no end", error))
    }

    fn skip(&mut self) -> Result<(), BundleError> {
        let place = self.place.clone();
        let read = |error| BundleError::of_read(&place, "a tar's entry", error);
        let left =
            self.left.checked_add(self.fill).ok_or_else(|| self.damaged("an entry's size is impossible"))?;
        (self.left, self.fill) = (0, 0);
        let skipped = io::copy(&mut self.inner.by_ref().take(left), &mut io::sink()).map_err(read)?;
        if skipped < left { Err(read(io::ErrorKind::UnexpectedEof.into())) } else { Ok(()) }
    }

    /// After the end: whether anything but zeros follows.
    pub(super) fn has_trailing_data(&mut self) -> Result<bool, BundleError> {
        let mut space = vec![0; 64 * 1024];
        let mut found = false;
        loop {
            let read = self.inner.read(&mut space);
            match read.map_err(|error| BundleError::of_read(&self.place, "what follows a tar", error))? {
                0 => return Ok(found),
                count => found |= space[..count].iter().any(|byte| *byte != 0),
            }
        }
    }

    fn damaged(&self, what: &str) -> BundleError {
        BundleError::Damaged { place: self.place.clone(), what: what.to_owned() }
    }
}

impl<R: Read> Read for TarReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let wanted = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let count = self.inner.read(&mut into[..wanted])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}
