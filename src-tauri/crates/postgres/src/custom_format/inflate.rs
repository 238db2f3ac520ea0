//! A compressed archive as `pg_dump -Fc -Z0` would have written it, while it streams by.
//!
//! The vault deduplicates and compresses by itself, and the tap and the parallel load read rows where they
//! lie: both need the data as it is. The header is made to say so, the positions of the data are marked as
//! not known (as in a dump to a pipe, and `pg_restore` then finds the data by reading), and each block is
//! inflated and cut anew. An archive that is not compressed passes, its positions apart, unchanged.

use std::io::{self, BufReader, Chain, Cursor, Read};

mod data;
mod head;

use data::{Inflater, Piece};

use super::scan;
use super::{Compression, FormatError};

/// Bytes that are read at once.
const READ_BYTES: usize = 64 * 1024;
const KIND_ROWS: u8 = 1;
const KIND_LARGE_OBJECTS: u8 = 3;

/// Reads a compressed archive as an uncompressed one. Errors of the format are `FormatError`s inside of
/// `io::Error`s of the kind `InvalidData`, or `UnexpectedEof` when the archive was cut.
pub struct Uncompressed<R> {
    /// What was read beyond the head, and what follows it.
    inner: Chain<Cursor<Vec<u8>>, BufReader<R>>,
    state: State,
    int_bytes: usize,
    out: Vec<u8>,
    out_at: usize,
    /// Bytes read so far.
    seen: u64,
}

enum State {
    Head,
    /// Everything that follows passes as it is.
    Passing,
    /// A block, or the end.
    Kind(Compression),
    /// The number of a large object, or the end of them.
    ObjectId(Compression),
    /// The compressed text of a table, or of a large object.
    Data(Compression, Box<Inflater>, Within),
    Over,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Rows,
    LargeObject,
}

impl<R: Read> Uncompressed<R> {
    /// At the first byte of an archive.
    pub fn new(inner: R) -> Self {
        Self {
            inner: Cursor::new(Vec::new()).chain(BufReader::with_capacity(READ_BYTES, inner)),
            state: State::Head,
            int_bytes: 4,
            out: Vec::new(),
            out_at: 0,
            seen: 0,
        }
    }

    /// One step: puts something into `out`, or changes the state.
    fn advance(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Head => self.head(),
            State::Kind(compression) => self.kind(compression),
            State::ObjectId(compression) => self.object_id(compression),
            State::Data(compression, inflater, within) => self.data(compression, inflater, within),
            State::Passing => {
                self.state = State::Passing;
                Ok(())
            }
            State::Over => Ok(()),
        }
    }

    fn head(&mut self) -> io::Result<()> {
        let head = head::read(self.inner.get_mut().1)?;
        self.seen = head.bytes.len() as u64;
        self.int_bytes = head.int_bytes;
        self.out = head.bytes;
        *self.inner.get_mut().0 = Cursor::new(head.rest);
        self.state = match head.compression {
            Compression::None => State::Passing,
            Compression::Lz4 => return Err(invalid(FormatError::Lz4)),
            compression => State::Kind(compression),
        };
        Ok(())
    }

    fn kind(&mut self, compression: Compression) -> io::Result<()> {
        let mut kind = [0];
        if self.inner.read(&mut kind)? == 0 {
            self.state = State::Over;
            return Ok(());
        }
        self.seen += 1;
        self.out.push(kind[0]);
        self.copy_int()?;
        self.state = match kind[0] {
            KIND_ROWS => begin(compression, Within::Rows)?,
            KIND_LARGE_OBJECTS => State::ObjectId(compression),
            _ => return Err(self.nonsense("a data block of an unknown kind")),
        };
        Ok(())
    }

    fn object_id(&mut self, compression: Compression) -> io::Result<()> {
        self.state = if self.copy_int()? == 0 {
            State::Kind(compression)
        } else {
            begin(compression, Within::LargeObject)?
        };
        Ok(())
    }

    fn data(
        &mut self,
        compression: Compression,
        mut inflater: Box<Inflater>,
        within: Within,
    ) -> io::Result<()> {
        let piece = {
            let (int_bytes, seen) = (self.int_bytes, &mut self.seen);
            inflater.next(&mut self.inner, int_bytes, seen)?
        };
        match piece {
            Piece::Text(text) => {
                // A chunk of this size has to fit into the archive's numbers.
                let most = if self.int_bytes == 1 { usize::from(u8::MAX) } else { usize::from(u16::MAX) };
                for chunk in text.chunks(most) {
                    put_int(&mut self.out, chunk.len(), self.int_bytes);
                    self.out.extend_from_slice(chunk);
                }
                self.state = State::Data(compression, inflater, within);
            }
            Piece::End => {
                put_int(&mut self.out, 0, self.int_bytes);
                self.state = match within {
                    Within::Rows => State::Kind(compression),
                    Within::LargeObject => State::ObjectId(compression),
                };
            }
        }
        Ok(())
    }

    /// Reads a number, and writes it as it was.
    fn copy_int(&mut self) -> io::Result<i64> {
        let start = self.out.len();
        self.out.resize(start + 1 + self.int_bytes, 0);
        self.inner.read_exact(&mut self.out[start..]).map_err(|error| self.cut(error))?;
        self.seen += 1 + self.int_bytes as u64;
        scan::int(&self.out[start..]).ok_or_else(|| self.nonsense("a number is out of range"))
    }

    fn cut(&self, error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::UnexpectedEof { cut(self.seen, "a data block") } else { error }
    }

    fn nonsense(&self, what: &'static str) -> io::Error {
        invalid(FormatError::Nonsense { at: self.seen, what })
    }
}

impl<R: Read> Read for Uncompressed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        while self.out_at == self.out.len() {
            self.out.clear();
            self.out_at = 0;
            match self.state {
                State::Over => return Ok(0),
                State::Passing => return self.inner.read(into),
                _ => self.advance()?,
            }
        }
        let count = into.len().min(self.out.len() - self.out_at);
        into[..count].copy_from_slice(&self.out[self.out_at..self.out_at + count]);
        self.out_at += count;
        // The head may be large, and is not needed again.
        if self.out_at == self.out.len() && self.out.capacity() > 4 * READ_BYTES {
            self.out = Vec::new();
            self.out_at = 0;
        }
        Ok(count)
    }
}

fn begin(compression: Compression, within: Within) -> io::Result<State> {
    Ok(State::Data(compression, Box::new(Inflater::new(compression)?), within))
}

/// A number as archives have it: a sign, and the magnitude with its least significant byte first.
fn put_int(out: &mut Vec<u8>, value: usize, int_bytes: usize) {
    out.push(0);
    let magnitude = (value as u64).to_le_bytes();
    out.extend((0..int_bytes).map(|at| magnitude.get(at).copied().unwrap_or(0)));
}

fn invalid(error: FormatError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

fn cut(bytes: u64, what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, FormatError::Truncated { bytes, what })
}
