//! The head of an archive, rewritten: no compression, no positions.

use std::io::{self, Read};

use super::super::preamble::{self, Layout};
use super::super::scan::{Scan, Stop};
use super::super::toc::{ENTRIES_MAX, Section, entry};
use super::super::{Compression, FormatError, Preamble};
use super::{READ_BYTES, cut, invalid};

/// The head of a million tables takes about 200 MB; here it is held whole.
const HEAD_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The position of an entry's data is not known: to be found by reading.
const POSITION_NOT_SET: u8 = 1;
const POSITION_SET: u8 = 2;

/// A head that was rewritten, with what it said before.
pub(super) struct Head {
    /// The head as it is now.
    pub(super) bytes: Vec<u8>,
    /// What was read beyond it.
    pub(super) rest: Vec<u8>,
    pub(super) int_bytes: usize,
    pub(super) compression: Compression,
}

/// Reads up to the first data block, and some way into it. Looks at the head only after it has doubled, so
/// that the cost stays linear.
pub(super) fn read(inner: &mut impl Read) -> io::Result<Head> {
    let mut bytes = Vec::new();
    let mut try_at = 1;
    loop {
        let wanted = READ_BYTES.max(bytes.len()) as u64;
        let count = inner.by_ref().take(wanted).read_to_end(&mut bytes)?;
        if count == 0 || bytes.len() >= try_at {
            match rewritten(&mut bytes) {
                Ok((preamble, end)) => {
                    let rest = bytes.split_off(end);
                    let int_bytes = usize::from(preamble.header.int_bytes);
                    return Ok(Head { bytes, rest, int_bytes, compression: preamble.compression });
                }
                Err(Stop::Bad(error)) => return Err(invalid(error)),
                Err(Stop::More) if count == 0 => {
                    return Err(cut(bytes.len() as u64, "its table of contents"));
                }
                Err(Stop::More) => try_at = bytes.len() * 2,
            }
        }
        if bytes.len() > HEAD_BYTES_MAX {
            let limit = HEAD_BYTES_MAX as u64;
            return Err(invalid(FormatError::TooLarge { what: "the table of contents", limit }));
        }
    }
}

/// Rewrites a head that is all there; where it ends.
fn rewritten(bytes: &mut [u8]) -> Result<(Preamble, usize), Stop> {
    let mut scan = Scan::new(bytes);
    let preamble = preamble::preamble(&mut scan)?;
    if preamble.layout != Layout::Custom {
        return Err(Stop::Bad(FormatError::NotCustomFormat));
    }
    let count = scan.int()?;
    if !(0..=ENTRIES_MAX).contains(&count) {
        return Err(scan.nonsense("the number of entries is impossible"));
    }
    let mut section = Section::PreData;
    let mut places = Vec::new();
    for _ in 0..count {
        section = entry(&mut scan, &preamble.header, section)?.section;
        places.push(place(scan.at()));
    }
    let end = place(scan.at());
    let (from, to) = preamble.compression_at;
    bytes[place(from)..place(to)].fill(0);
    for after in places {
        // A flag and the position end each entry.
        let position = &mut bytes[after - 1 - usize::from(preamble.offset_bytes)..after];
        if position[0] == POSITION_SET {
            position.fill(0);
            position[0] = POSITION_NOT_SET;
        }
    }
    Ok((preamble, end))
}

/// A position in a slice, which fits.
fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
