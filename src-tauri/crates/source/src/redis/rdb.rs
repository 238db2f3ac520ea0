//! Reading an RDB file, key by key: a value is passed as the bytes that `RESTORE` takes, and never understood.
//!
//! Source: Redis 7.4, `rdb.h`, `rdb.c`. Foreign bytes: every length is checked before anything is kept.

use std::collections::BTreeMap;
use std::io::{self, Read};

use crc::{CRC_64_REDIS, Crc, Digest, Table};

use super::client::VALUE_BYTES_MAX;
use super::rdb_value;

/// The table that takes eight bytes at once.
pub(super) static CRC: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_REDIS);
/// The version with which the checksum came.
const CHECKSUM_SINCE: u16 = 5;
/// A server has 16 databases unless somebody wants more.
const DATABASES_MAX: usize = 65_536;

/// Libraries of functions are kept up to here, all together.
const FUNCTIONS_BYTES_MAX: usize = 32 * 1024 * 1024;

const SLOT: u8 = 0xf4;
const FUNCTION: u8 = 0xf5;
const MODULE_AUX: u8 = 0xf7;
const IDLE: u8 = 0xf8;
const FREQUENCY: u8 = 0xf9;
const AUX: u8 = 0xfa;
const SIZES: u8 = 0xfb;
const EXPIRES_MS: u8 = 0xfc;
const EXPIRES: u8 = 0xfd;
const SELECT: u8 = 0xfe;
const END: u8 = 0xff;

/// Why a file is no RDB file, or a damaged one.
#[derive(Debug, thiserror::Error)]
pub enum RdbError {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    /// It ends too early.
    #[error("it ends within {0}")]
    Truncated(&'static str),
    /// It does not begin as one.
    #[error("it does not begin with REDIS and a version")]
    Magic,
    /// Something in it is of a kind that is not known.
    #[error("it holds something of kind {0}, which is not known")]
    Kind(u8),
    /// What it says cannot be.
    #[error("it claims {0}")]
    Claim(String),
    /// The checksum at its end is another one.
    #[error("its checksum does not match")]
    Checksum,
}

/// A key of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The number of its database.
    pub database: u32,
    /// The key.
    pub key: Vec<u8>,
    /// When it expires (UTC milliseconds).
    pub expires_at_ms: Option<i64>,
    /// The value as `DUMP` gives it, without its version and checksum; absent where it is larger than is kept, or was
    /// not asked for.
    pub value: Option<Vec<u8>>,
}

/// How many keys a file has, by database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// By the numbers of the databases.
    pub by_database: BTreeMap<u32, u64>,
    /// Libraries of functions.
    pub functions: u64,
}

impl Keys {
    /// All keys.
    pub fn total(&self) -> u64 {
        self.by_database.values().sum()
    }
}

/// Reads a file to its end and counts its keys; its checksum has to match.
///
/// # Errors
/// When it is none, is cut, or is damaged.
pub fn count(reader: impl Read) -> Result<Keys, RdbError> {
    let mut rdb = RdbReader::new(reader, false)?;
    let mut keys = Keys::default();
    while let Some(entry) = rdb.next_entry()? {
        *keys.by_database.entry(entry.database).or_default() += 1;
    }
    keys.functions = rdb.functions.len() as u64 + rdb.functions_dropped;
    Ok(keys)
}

/// The bytes of a file: checked by their checksum, and kept while a value is read.
pub(super) struct Bytes<R> {
    reader: R,
    crc: Digest<'static, u64, Table<16>>,
    /// What was read of the value; absent while nothing is kept.
    kept: Option<Vec<u8>>,
    is_too_large: bool,
    buffer: Box<[u8]>,
    at: usize,
    end: usize,
}

impl<R: Read> Bytes<R> {
    fn fill(&mut self, what: &'static str) -> Result<(), RdbError> {
        loop {
            match self.reader.read(&mut self.buffer) {
                Ok(0) => return Err(RdbError::Truncated(what)),
                Ok(count) => {
                    (self.at, self.end) = (0, count);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Passes `length` bytes on, a piece at a time.
    pub(super) fn pass(
        &mut self,
        mut length: u64,
        what: &'static str,
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), RdbError> {
        while length > 0 {
            if self.at == self.end {
                self.fill(what)?;
            }
            let there = self.end - self.at;
            let count = usize::try_from(length).map_or(there, |wanted| wanted.min(there));
            let piece = &self.buffer[self.at..self.at + count];
            self.crc.update(piece);
            if let Some(kept) = &mut self.kept {
                if kept.len() + count > VALUE_BYTES_MAX {
                    (self.kept, self.is_too_large) = (None, true);
                } else {
                    kept.extend_from_slice(piece);
                }
            }
            each(piece);
            self.at += count;
            length -= count as u64;
        }
        Ok(())
    }

    pub(super) fn skip(&mut self, length: u64, what: &'static str) -> Result<(), RdbError> {
        self.pass(length, what, |_| {})
    }

    pub(super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], RdbError> {
        let (mut array, mut at) = ([0; N], 0);
        self.pass(N as u64, what, |piece| {
            array[at..at + piece.len()].copy_from_slice(piece);
            at += piece.len();
        })?;
        Ok(array)
    }

    pub(super) fn byte(&mut self, what: &'static str) -> Result<u8, RdbError> {
        Ok(self.array::<1>(what)?[0])
    }
}

/// Reads a file key by key.
pub struct RdbReader<R> {
    bytes: Bytes<R>,
    /// The version that the file is of.
    pub version: u16,
    /// Facts about the server that wrote it, such as `redis-ver`.
    pub facts: BTreeMap<String, String>,
    /// Libraries of functions, as far as they were read.
    pub functions: Vec<Vec<u8>>,
    functions_dropped: u64,
    keeps_values: bool,
    database: u32,
    is_over: bool,
}

impl<R: Read> RdbReader<R> {
    /// Reads the head. `keeps_values`: each entry then has its value.
    ///
    /// # Errors
    /// When it is no such file.
    pub fn new(reader: R, keeps_values: bool) -> Result<Self, RdbError> {
        let mut bytes = Bytes {
            reader,
            crc: CRC.digest(),
            kept: None,
            is_too_large: false,
            buffer: vec![0; 64 * 1024].into_boxed_slice(),
            at: 0,
            end: 0,
        };
        let head = bytes.array::<9>("its head")?;
        let digits = head.strip_prefix(b"REDIS").and_then(|digits| std::str::from_utf8(digits).ok());
        let version = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let version: u16 = version.and_then(|digits| digits.parse().ok()).ok_or(RdbError::Magic)?;
        Ok(Self {
            bytes,
            version,
            facts: BTreeMap::new(),
            functions: Vec::new(),
            functions_dropped: 0,
            keeps_values,
            database: 0,
            is_over: false,
        })
    }

    /// The next key; absent at the end, whose checksum matched.
    ///
    /// # Errors
    /// When the file is cut, damaged, or holds what is not known.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, RdbError> {
        let mut expires_at_ms = None;
        while !self.is_over {
            let kind = self.bytes.byte("the kind of an entry")?;
            match kind {
                EXPIRES_MS => expires_at_ms = Some(i64::from_le_bytes(self.bytes.array("a time")?)),
                EXPIRES => {
                    expires_at_ms = Some(i64::from(i32::from_le_bytes(self.bytes.array("a time")?)) * 1000);
                }
                FREQUENCY => self.bytes.skip(1, "a frequency")?,
                IDLE => drop(self.bytes.length("an age")?),
                SIZES => drop((self.bytes.length("a size")?, self.bytes.length("a size")?)),
                SLOT => {
                    for _ in 0..3 {
                        self.bytes.length("a slot")?;
                    }
                }
                SELECT => {
                    let number = self.bytes.length("a database")?;
                    self.database = u32::try_from(number)
                        .ok()
                        .filter(|number| (*number as usize) < DATABASES_MAX)
                        .ok_or_else(|| RdbError::Claim(format!("a database of number {number}")))?;
                }
                AUX => self.aux()?,
                MODULE_AUX => self.bytes.module("what a module keeps")?,
                FUNCTION => {
                    let text = self.bytes.text("a library of functions")?;
                    let kept: usize = self.functions.iter().map(Vec::len).sum();
                    match text.filter(|text| self.keeps_values && kept + text.len() <= FUNCTIONS_BYTES_MAX) {
                        Some(text) => self.functions.push(text),
                        None => self.functions_dropped += 1,
                    }
                }
                END => self.end()?,
                kind => return self.entry(kind, expires_at_ms).map(Some),
            }
        }
        Ok(None)
    }

    fn aux(&mut self) -> Result<(), RdbError> {
        let (name, value) = (self.bytes.text("a fact")?, self.bytes.text("a fact")?);
        if let (Some(name), Some(value)) = (name, value)
            && self.facts.len() < 100
        {
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            self.facts.insert(text(name), text(value));
        }
        Ok(())
    }

    fn entry(&mut self, kind: u8, expires_at_ms: Option<i64>) -> Result<Entry, RdbError> {
        let key = self.bytes.text("a key")?;
        let key = key.ok_or_else(|| RdbError::Claim("a key that is larger than any".into()))?;
        self.bytes.is_too_large = false;
        self.bytes.kept = self.keeps_values.then(|| vec![kind]);
        rdb_value::skip(&mut self.bytes, kind)?;
        let value = self.bytes.kept.take();
        Ok(Entry { database: self.database, key, expires_at_ms, value })
    }

    fn end(&mut self) -> Result<(), RdbError> {
        self.is_over = true;
        if self.version < CHECKSUM_SINCE {
            return Ok(());
        }
        let expected = self.bytes.crc.clone().finalize();
        let given = u64::from_le_bytes(self.bytes.array("its checksum")?);
        // Zero is what a server writes that was told to compute none.
        if given != 0 && given != expected { Err(RdbError::Checksum) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Redis 7.0: two databases, a key that expires, an LZF-compressed key, an integer key.
    fn file() -> Vec<u8> {
        let mut file = b"REDIS0010".to_vec();
        file.extend(b"\xfa\x09redis-ver\x057.0.1");
        file.extend(b"\xfe\x00\xfb\x02\x01");
        file.extend(b"\xfc\x00\x10\x00\x00\x00\x00\x00\x00\x00\x01a\x05hello");
        file.extend(b"\x00\xc0\x7f\xc1\x00\x01");
        // Forty times "x": a literal, then a reference of 39 bytes.
        file.extend(b"\xfe\x03\x00\xc3\x05\x28\x00x\xe0\x1e\x00\x01v");
        file.push(0xff);
        let crc = CRC.checksum(&file);
        file.extend(crc.to_le_bytes());
        file
    }

    #[test]
    fn keys_are_read_with_their_values_as_restore_takes_them() {
        let file = file();
        let mut rdb = RdbReader::new(file.as_slice(), true).unwrap();
        let mut entries = Vec::new();
        while let Some(entry) = rdb.next_entry().unwrap() {
            entries.push(entry);
        }
        assert_eq!(rdb.facts["redis-ver"], "7.0.1");
        let first = Entry {
            database: 0,
            key: b"a".to_vec(),
            expires_at_ms: Some(4096),
            value: Some(b"\x00\x05hello".to_vec()),
        };
        assert_eq!(entries[0], first);
        assert_eq!(
            (entries[1].key.as_slice(), entries[1].value.as_deref()),
            (&b"127"[..], Some(&b"\x00\xc1\x00\x01"[..]))
        );
        assert_eq!((entries[2].database, entries[2].key.len()), (3, 40));
        assert_eq!(count(file.as_slice()).unwrap().by_database, BTreeMap::from([(0, 2), (3, 1)]));
    }

    #[test]
    fn a_file_that_is_cut_or_has_any_bit_turned_is_found() {
        let file = file();
        for end in 0..file.len() {
            assert!(count(&file[..end]).is_err(), "cut at {end}");
        }
        for bit in 0..file.len() * 8 {
            let mut turned = file.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            let is_version = (5..9).contains(&(bit / 8));
            assert!(count(turned.as_slice()).is_err() || is_version, "bit {bit}");
        }
    }
}
