//! The chunks of one compressed text, inflated.

use std::io::{self, Read};

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{Decoder, InBuffer, Operation as _, OutBuffer};

use super::super::{Compression, FormatError};
use super::{cut, invalid, scan};

/// Text that is handed on at once.
const TEXT_BYTES: usize = 64 * 1024;
/// A chunk of `pg_dump` is a few kilobytes; this is read of a larger one at a time.
const CHUNK_PART_BYTES: u64 = 64 * 1024;
/// Programs write windows of at most this (2^27); more would be memory that the archive demands.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Inflates one text, which is one compressed stream in chunks.
pub(super) struct Inflater {
    algorithm: Algorithm,
    text: Vec<u8>,
    input: Vec<u8>,
    input_at: usize,
    /// Bytes left of the chunk that is being read.
    chunk_left: u64,
    /// The compressed stream said that it is over.
    is_over: bool,
    /// Nothing was compressed, not even nothing: programs since 16 leave an empty object without a stream.
    is_untouched: bool,
}

enum Algorithm {
    Zlib(Decompress),
    Zstd(Decoder<'static>),
}

/// What came out.
pub(super) enum Piece<'a> {
    /// Some text, never none.
    Text(&'a [u8]),
    /// All chunks were read.
    End,
}

impl Inflater {
    pub(super) fn new(compression: Compression) -> io::Result<Self> {
        let algorithm = match compression {
            Compression::Zlib => Algorithm::Zlib(Decompress::new(true)),
            Compression::Zstd => {
                let mut decoder = Decoder::new()?;
                decoder.set_parameter(zstd::zstd_safe::DParameter::WindowLogMax(ZSTD_WINDOW_LOG_MAX))?;
                Algorithm::Zstd(decoder)
            }
            Compression::None | Compression::Lz4 => return Err(invalid(FormatError::Lz4)),
        };
        let (text, input) = (vec![0; TEXT_BYTES], Vec::new());
        Ok(Self { algorithm, text, input, input_at: 0, chunk_left: 0, is_over: false, is_untouched: true })
    }

    /// Inflates until there is text, or the chunks end.
    pub(super) fn next(
        &mut self,
        inner: &mut impl Read,
        int_bytes: usize,
        seen: &mut u64,
    ) -> io::Result<Piece<'_>> {
        loop {
            let count = if self.is_untouched { 0 } else { self.step(*seen)? };
            if count > 0 {
                return Ok(Piece::Text(&self.text[..count]));
            }
            if self.input_at < self.input.len() {
                continue;
            }
            if !self.read_input(inner, int_bytes, seen)? {
                // A stream that was begun has an end of its own.
                if !self.is_over && !self.is_untouched {
                    return Err(cut(*seen, "a compressed text"));
                }
                return Ok(Piece::End);
            }
        }
    }

    /// Feeds what is there; how much text came of it.
    fn step(&mut self, seen: u64) -> io::Result<usize> {
        let input = &self.input[self.input_at..];
        if self.is_over {
            if input.is_empty() {
                return Ok(0);
            }
            return Err(invalid(FormatError::Nonsense { at: seen, what: "data behind a compressed text" }));
        }
        let damaged = || invalid(FormatError::Nonsense { at: seen, what: "a compressed text is damaged" });
        let (taken, count) = match &mut self.algorithm {
            Algorithm::Zlib(zlib) => {
                let (taken, made) = (zlib.total_in(), zlib.total_out());
                let status = zlib.decompress(input, &mut self.text, FlushDecompress::None);
                match status.map_err(|_| damaged())? {
                    Status::StreamEnd => self.is_over = true,
                    Status::Ok | Status::BufError => {}
                }
                (zlib.total_in() - taken, zlib.total_out() - made)
            }
            Algorithm::Zstd(decoder) => {
                let mut from = InBuffer::around(input);
                let mut into = OutBuffer::around(&mut self.text[..]);
                let hint = decoder.run(&mut from, &mut into).map_err(|_| damaged())?;
                self.is_over = hint == 0;
                (from.pos() as u64, into.pos() as u64)
            }
        };
        if taken == 0 && count == 0 && !input.is_empty() {
            return Err(damaged());
        }
        self.input_at += usize::try_from(taken).unwrap_or(usize::MAX);
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Reads more of the chunks; false at their end.
    fn read_input(&mut self, inner: &mut impl Read, int_bytes: usize, seen: &mut u64) -> io::Result<bool> {
        let ends = |error: io::Error, seen: u64| {
            if error.kind() == io::ErrorKind::UnexpectedEof { cut(seen, "a data block") } else { error }
        };
        if self.chunk_left == 0 {
            let mut length = [0; 9];
            let length = &mut length[..=int_bytes];
            inner.read_exact(length).map_err(|error| ends(error, *seen))?;
            *seen += length.len() as u64;
            let value = scan::int(length).and_then(|value| u64::try_from(value).ok()).ok_or_else(|| {
                invalid(FormatError::Nonsense { at: *seen, what: "a chunk's length is impossible" })
            })?;
            if value == 0 {
                return Ok(false);
            }
            self.chunk_left = value;
        }
        let count = self.chunk_left.min(CHUNK_PART_BYTES);
        self.input.resize(usize::try_from(count).unwrap_or(0), 0);
        self.input_at = 0;
        inner.read_exact(&mut self.input).map_err(|error| ends(error, *seen))?;
        *seen += count;
        self.chunk_left -= count;
        self.is_untouched = false;
        Ok(true)
    }
}
