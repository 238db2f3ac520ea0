//! Reading the archive's primitive values from a slice that may end too early.

use super::FormatError;

/// A definition of this size is no definition any more.
const TEXT_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Why a value could not be read.
pub(super) enum Stop {
    /// The slice ends before the value does.
    More,
    /// The value cannot be right.
    Bad(FormatError),
}

/// A position in a slice.
pub(super) struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    int_bytes: usize,
    offset_bytes: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, int_bytes: 0, offset_bytes: 0 }
    }

    pub(super) fn set_sizes(&mut self, int_bytes: u8, offset_bytes: u8) {
        (self.int_bytes, self.offset_bytes) = (usize::from(int_bytes), usize::from(offset_bytes));
    }

    pub(super) fn at(&self) -> u64 {
        self.at as u64
    }

    pub(super) fn nonsense(&self, what: &'static str) -> Stop {
        Stop::Bad(FormatError::Nonsense { at: self.at(), what })
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Stop> {
        let end = self.at.checked_add(count).ok_or(Stop::More)?;
        let taken = self.bytes.get(self.at..end).ok_or(Stop::More)?;
        self.at = end;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Stop> {
        Ok(self.take(1)?[0])
    }

    /// A sign byte, then the magnitude with its least significant byte first.
    pub(super) fn int(&mut self) -> Result<i64, Stop> {
        let bytes = self.take(1 + self.int_bytes)?;
        int(bytes).ok_or_else(|| self.nonsense("a number is out of range"))
    }

    /// A length and that many bytes; a negative length is no text at all.
    pub(super) fn text(&mut self) -> Result<Option<String>, Stop> {
        let length = self.int()?;
        let Ok(length) = u64::try_from(length) else { return Ok(None) };
        if length > TEXT_BYTES_MAX {
            return Err(self.nonsense("a text is impossibly long"));
        }
        let length = usize::try_from(length).map_err(|_| self.nonsense("a text is impossibly long"))?;
        Ok(Some(String::from_utf8_lossy(self.take(length)?).into_owned()))
    }

    /// Where an entry's data is, if the writer knew: a flag and the position.
    pub(super) fn skip_offset(&mut self) -> Result<(), Stop> {
        self.take(1 + self.offset_bytes).map(drop)
    }
}

/// The value of a sign byte and its magnitude.
pub(super) fn int(bytes: &[u8]) -> Option<i64> {
    let (sign, magnitude) = bytes.split_first()?;
    // The size that every common writer has.
    if let Ok(magnitude) = <[u8; 4]>::try_from(magnitude) {
        let value = i64::from(u32::from_le_bytes(magnitude));
        return Some(if *sign == 0 { value } else { -value });
    }
    let mut value: i64 = 0;
    for (place, byte) in magnitude.iter().enumerate() {
        let part = i64::from(*byte);
        if part != 0 {
            value =
                value.checked_add(part.checked_shl(u32::try_from(place * 8).ok()?).filter(|_| place < 7)?)?;
        }
    }
    Some(if *sign == 0 { value } else { -value })
}
