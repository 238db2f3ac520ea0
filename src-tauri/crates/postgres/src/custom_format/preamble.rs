//! The header of an archive, in full: what `Header` says of it, and what only this folder needs.

use jiff::civil::DateTime;

use super::scan::{Scan, Stop};
use super::{FormatError, Header};

const MAGIC: &[u8] = b"PGDMP";
const LAYOUT_CUSTOM: u8 = 1;
/// Also what the table of contents of a directory says of itself.
const LAYOUT_TAR: u8 = 3;

/// How the data of an archive is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// zlib.
    Zlib,
    /// LZ4 frames.
    Lz4,
    /// zstd.
    Zstd,
}

/// Where the data of an archive lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Behind the table of contents, in one file.
    Custom,
    /// In files beside the table of contents: a directory, or a tar of one.
    Files,
}

/// The header, and what else stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preamble {
    /// The header.
    pub header: Header,
    /// Where the data lies.
    pub layout: Layout,
    /// How the data is compressed.
    pub compression: Compression,
    /// When it was made, by the clock and in the time zone of the computer that made it.
    pub created: Option<DateTime>,
    /// Bytes of a position.
    pub(super) offset_bytes: u8,
    /// The bytes of the header that say how the data is compressed.
    pub(super) compression_at: (u64, u64),
}

impl Preamble {
    /// Reads what an archive begins with.
    ///
    /// # Errors
    /// `NotCustomFormat`, `UnknownVersion`, `Nonsense`; `Truncated` when the header is not all there.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        preamble(&mut Scan::new(bytes)).map_err(|stop| match stop {
            Stop::Bad(error) => error,
            Stop::More => FormatError::Truncated { bytes: bytes.len() as u64, what: "its header" },
        })
    }
}

/// The header of an archive in one file.
pub(super) fn header(scan: &mut Scan<'_>) -> Result<Header, Stop> {
    let preamble = preamble(scan)?;
    match preamble.layout {
        Layout::Custom => Ok(preamble.header),
        Layout::Files => Err(Stop::Bad(FormatError::NotCustomFormat)),
    }
}

/// The header of any archive.
pub(super) fn preamble(scan: &mut Scan<'_>) -> Result<Preamble, Stop> {
    if scan.take(MAGIC.len())? != MAGIC {
        return Err(Stop::Bad(FormatError::NotCustomFormat));
    }
    let version = (scan.byte()?, scan.byte()?, scan.byte()?);
    if version.0 != 1 || !(12..=16).contains(&version.1) {
        return Err(Stop::Bad(FormatError::UnknownVersion { major: version.0, minor: version.1 }));
    }
    let (int_bytes, offset_bytes) = (scan.byte()?, scan.byte()?);
    if !(1..=8).contains(&int_bytes) || !(1..=8).contains(&offset_bytes) {
        return Err(scan.nonsense("the size of numbers is impossible"));
    }
    scan.set_sizes(int_bytes, offset_bytes);
    let layout = match scan.byte()? {
        LAYOUT_CUSTOM => Layout::Custom,
        LAYOUT_TAR => Layout::Files,
        _ => return Err(Stop::Bad(FormatError::NotCustomFormat)),
    };
    let start = scan.at();
    let compression = compression(scan, version.1)?;
    let compression_at = (start, scan.at());
    let created = created(scan)?;
    let (database, server_version, tool_version) = (scan.text()?, scan.text()?, scan.text()?);
    let is_compressed = compression != Compression::None;
    let header = Header { version, int_bytes, is_compressed, database, server_version, tool_version };
    Ok(Preamble { header, layout, compression, created, offset_bytes, compression_at })
}

/// Since 1.15 an algorithm, before a level of zlib: zero is none in both.
fn compression(scan: &mut Scan<'_>, minor: u8) -> Result<Compression, Stop> {
    if minor < 15 {
        return Ok(if scan.int()? == 0 { Compression::None } else { Compression::Zlib });
    }
    match scan.byte()? {
        0 => Ok(Compression::None),
        1 => Ok(Compression::Zlib),
        2 => Ok(Compression::Lz4),
        3 => Ok(Compression::Zstd),
        _ => Err(scan.nonsense("an unknown kind of compression")),
    }
}

fn created(scan: &mut Scan<'_>) -> Result<Option<DateTime>, Stop> {
    let (second, minute, hour) = (scan.int()?, scan.int()?, scan.int()?);
    // Months since January, years since 1900, and whether it was summer time.
    let (day, month, year, _) = (scan.int()?, scan.int()?, scan.int()?, scan.int()?);
    let small = |value: i64| i8::try_from(value).ok();
    let made = || {
        let year = i16::try_from(year.checked_add(1900)?).ok()?;
        let month = small(month.checked_add(1)?)?;
        DateTime::new(year, month, small(day)?, small(hour)?, small(minute)?, small(second.min(59))?, 0).ok()
    };
    Ok(made())
}
