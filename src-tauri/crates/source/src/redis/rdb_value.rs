//! Values of an RDB file: how long each is, by its kind.
//!
//! Source: Redis 7.4, `rdb.c`, `lzf_d.c`.

use std::io::Read;

use super::rdb::{Bytes, RdbError};

/// A key, a fact or a library of functions is at most so long here; nobody has a longer one.
const TEXT_BYTES_MAX: u64 = 32 * 1024 * 1024;
const VALUE: &str = "a value";

/// A length, or a way in which a text is written.
enum Length {
    Bytes(u64),
    /// An integer of so many bytes.
    Integer(u64),
    Compressed,
}

impl<R: Read> Bytes<R> {
    fn length_or_way(&mut self, what: &'static str) -> Result<Length, RdbError> {
        let first = self.byte(what)?;
        Ok(match (first >> 6, first & 0x3f) {
            (0, low) => Length::Bytes(u64::from(low)),
            (1, high) => Length::Bytes(u64::from(high) << 8 | u64::from(self.byte(what)?)),
            (2, 0) => Length::Bytes(u64::from(u32::from_be_bytes(self.array(what)?))),
            (2, 1) => Length::Bytes(u64::from_be_bytes(self.array(what)?)),
            (3, way @ 0..=2) => Length::Integer(1 << way),
            (3, 3) => Length::Compressed,
            _ => return Err(RdbError::Claim(format!("a length that begins with {first:#04x}"))),
        })
    }

    /// A length.
    pub(super) fn length(&mut self, what: &'static str) -> Result<u64, RdbError> {
        match self.length_or_way(what)? {
            Length::Bytes(length) => Ok(length),
            Length::Integer(_) | Length::Compressed => {
                Err(RdbError::Claim("a text where a length has to be".into()))
            }
        }
    }

    /// A text, decompressed; absent where it is larger than is kept.
    pub(super) fn text(&mut self, what: &'static str) -> Result<Option<Vec<u8>>, RdbError> {
        match self.length_or_way(what)? {
            Length::Bytes(length) => self.kept_text(length, what),
            Length::Integer(bytes) => {
                let read = self.kept_text(bytes, what)?.unwrap_or_default();
                let number = match read.as_slice() {
                    [one] => i64::from(i8::from_le_bytes([*one])),
                    [one, two] => i64::from(i16::from_le_bytes([*one, *two])),
                    [one, two, three, four] => i64::from(i32::from_le_bytes([*one, *two, *three, *four])),
                    _ => return Err(RdbError::Truncated(what)),
                };
                Ok(Some(number.to_string().into_bytes()))
            }
            Length::Compressed => {
                let (packed, plain) = (self.length(what)?, self.length(what)?);
                if plain > TEXT_BYTES_MAX || packed > TEXT_BYTES_MAX {
                    self.skip(packed, what)?;
                    return Ok(None);
                }
                let packed = self.kept_text(packed, what)?.unwrap_or_default();
                let plain = usize::try_from(plain).unwrap_or(usize::MAX);
                let broken = || RdbError::Claim("a compressed text that does not open".into());
                decompress(&packed, plain).map(Some).ok_or_else(broken)
            }
        }
    }

    fn kept_text(&mut self, length: u64, what: &'static str) -> Result<Option<Vec<u8>>, RdbError> {
        if length > TEXT_BYTES_MAX {
            self.skip(length, what)?;
            return Ok(None);
        }
        // It grows with what is really there.
        let mut text = Vec::new();
        self.pass(length, what, |piece| text.extend_from_slice(piece))?;
        Ok(Some(text))
    }

    fn skip_text(&mut self) -> Result<(), RdbError> {
        match self.length_or_way(VALUE)? {
            Length::Bytes(length) | Length::Integer(length) => self.skip(length, VALUE),
            Length::Compressed => {
                let packed = self.length(VALUE)?;
                self.length(VALUE)?;
                self.skip(packed, VALUE)
            }
        }
    }

    /// What a module wrote: its id, then parts that say of what kind they are.
    pub(super) fn module(&mut self, what: &'static str) -> Result<(), RdbError> {
        self.length(what)?;
        loop {
            match self.length(what)? {
                0 => return Ok(()),
                1 | 2 => drop(self.length(what)?),
                3 => self.skip(4, what)?,
                4 => self.skip(8, what)?,
                5 => self.skip_text()?,
                other => return Err(RdbError::Claim(format!("a part of a module of kind {other}"))),
            }
        }
    }
}

/// Passes over a value of a kind.
pub(super) fn skip<R: Read>(bytes: &mut Bytes<R>, kind: u8) -> Result<(), RdbError> {
    match kind {
        // One text: a string, and whatever is packed into one.
        0 | 9..=13 | 16 | 17 | 20 => bytes.skip_text(),
        // Lists of texts: lists, sets, quicklists.
        1 | 2 | 14 => texts(bytes, 1),
        // Pairs of texts.
        4 => texts(bytes, 2),
        3 => scores(bytes, old_score),
        5 => scores(bytes, |bytes| bytes.skip(8, VALUE)),
        7 => bytes.module(VALUE),
        18 => {
            for _ in 0..bytes.length(VALUE)? {
                bytes.length(VALUE)?;
                bytes.skip_text()?;
            }
            Ok(())
        }
        15 => stream(bytes, 1),
        19 => stream(bytes, 2),
        21 => stream(bytes, 3),
        // Hashes whose fields expire.
        24 => {
            bytes.skip(8, VALUE)?;
            for _ in 0..bytes.length(VALUE)? {
                bytes.length(VALUE)?;
                bytes.skip_text()?;
                bytes.skip_text()?;
            }
            Ok(())
        }
        25 => {
            bytes.skip(8, VALUE)?;
            bytes.skip_text()
        }
        kind => Err(RdbError::Kind(kind)),
    }
}

fn texts<R: Read>(bytes: &mut Bytes<R>, each: u64) -> Result<(), RdbError> {
    let length = bytes.length(VALUE)?;
    let all = length.checked_mul(each).ok_or_else(|| RdbError::Claim(format!("{length} parts")))?;
    for _ in 0..all {
        bytes.skip_text()?;
    }
    Ok(())
}

fn scores<R: Read>(
    bytes: &mut Bytes<R>,
    score: impl Fn(&mut Bytes<R>) -> Result<(), RdbError>,
) -> Result<(), RdbError> {
    for _ in 0..bytes.length(VALUE)? {
        bytes.skip_text()?;
        score(bytes)?;
    }
    Ok(())
}

/// A number as text; three lengths say that it is none, or infinite.
fn old_score<R: Read>(bytes: &mut Bytes<R>) -> Result<(), RdbError> {
    match bytes.byte(VALUE)? {
        253..=255 => Ok(()),
        length => bytes.skip(u64::from(length), VALUE),
    }
}

/// A stream: its nodes, what it knows of itself, its groups of readers.
fn stream<R: Read>(bytes: &mut Bytes<R>, version: u8) -> Result<(), RdbError> {
    const ID_BYTES: u64 = 16;
    const TIME_BYTES: u64 = 8;
    for _ in 0..bytes.length(VALUE)? {
        bytes.skip_text()?;
        bytes.skip_text()?;
    }
    // Length and last id; later versions also have the first id, the last deleted one, and how many were ever added.
    for _ in 0..if version >= 2 { 8 } else { 3 } {
        bytes.length(VALUE)?;
    }
    for _ in 0..bytes.length(VALUE)? {
        bytes.skip_text()?;
        for _ in 0..if version >= 2 { 3 } else { 2 } {
            bytes.length(VALUE)?;
        }
        for _ in 0..bytes.length(VALUE)? {
            bytes.skip(ID_BYTES + TIME_BYTES, VALUE)?;
            bytes.length(VALUE)?;
        }
        for _ in 0..bytes.length(VALUE)? {
            bytes.skip_text()?;
            bytes.skip(if version >= 3 { 2 * TIME_BYTES } else { TIME_BYTES }, VALUE)?;
            let pending = bytes.length(VALUE)?;
            let all =
                pending.checked_mul(ID_BYTES).ok_or_else(|| RdbError::Claim(format!("{pending} entries")))?;
            bytes.skip(all, VALUE)?;
        }
    }
    Ok(())
}

/// Opens what LZF compressed; absent where it is damaged.
fn decompress(packed: &[u8], plain: usize) -> Option<Vec<u8>> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < packed.len() {
        let control = usize::from(packed[at]);
        at += 1;
        if control < 32 {
            out.extend_from_slice(packed.get(at..=at + control)?);
            at += control + 1;
        } else {
            let mut length = control >> 5;
            if length == 7 {
                length += usize::from(*packed.get(at)?);
                at += 1;
            }
            let back = ((control & 0x1f) << 8 | usize::from(*packed.get(at)?)) + 1;
            at += 1;
            let from = out.len().checked_sub(back)?;
            if out.len() + length + 2 > plain {
                return None;
            }
            for step in 0..length + 2 {
                out.push(out[from + step]);
            }
        }
        if out.len() > plain {
            return None;
        }
    }
    (out.len() == plain).then_some(out)
}
