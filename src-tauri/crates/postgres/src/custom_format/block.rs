//! One data block of an archive: where it lies, and its text without the framing.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use super::scan;

/// Kinds of data blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// Rows of one table.
    Rows,
    /// Large objects.
    LargeObjects,
}

/// Where a data block lies in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The entry it belongs to.
    pub dump_id: i64,
    /// Kind.
    pub kind: BlockKind,
    /// Its first byte.
    pub offset: u64,
    /// Its bytes, framing included.
    pub length: u64,
}

/// The COPY text of a block of rows: framing removed, ending before the line `\.`.
pub struct BlockText<R> {
    inner: R,
    int_bytes: usize,
    /// Bytes left in the chunk; absent before the first one.
    chunk: Option<u64>,
    /// Bytes that look like the end and may not be it.
    held: Vec<u8>,
    is_line_start: bool,
    is_over: bool,
}

impl<R: Read> BlockText<R> {
    /// Reads the block that begins at `inner`'s next byte.
    ///
    /// # Errors
    /// When the block's own head cannot be read.
    pub fn new(mut inner: R, int_bytes: u8) -> io::Result<Self> {
        let int_bytes = usize::from(int_bytes);
        // Kind, and the entry's number.
        let mut head = vec![0; 2 + int_bytes];
        inner.read_exact(&mut head)?;
        Ok(Self { inner, int_bytes, chunk: None, held: Vec::new(), is_line_start: true, is_over: false })
    }

    fn next_chunk(&mut self) -> io::Result<u64> {
        let mut bytes = vec![0; 1 + self.int_bytes];
        self.inner.read_exact(&mut bytes)?;
        let length = scan::int(&bytes).and_then(|value| u64::try_from(value).ok());
        length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a chunk's length is impossible"))
    }

    /// Reads raw block bytes into `into`; 0 at the block's end.
    fn read_raw(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = match self.chunk {
            Some(left) if left > 0 => left,
            _ => {
                let next = self.next_chunk()?;
                if next == 0 {
                    return Ok(0);
                }
                next
            }
        };
        let wanted = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = self.inner.read(&mut into[..wanted])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.chunk = Some(left - count as u64);
        Ok(count)
    }
}

impl<R: Read> Read for BlockText<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.is_over || into.is_empty() {
            return Ok(0);
        }
        // What was held back turned out to be text: it goes first.
        let mut filled = self.held.len().min(into.len());
        into[..filled].copy_from_slice(&self.held[..filled]);
        self.held.drain(..filled);
        if filled < into.len() {
            let count = self.read_raw(&mut into[filled..])?;
            if count == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the rows end without their mark"));
            }
            filled += count;
        }
        match self.find_end(&into[..filled]) {
            Found::Mark(at) => {
                self.is_over = true;
                Ok(at)
            }
            Found::Maybe(at) => {
                self.held.splice(0..0, into[at..filled].iter().copied());
                self.is_line_start = true;
                if at == 0 { self.complete_held(into) } else { Ok(at) }
            }
            Found::Nothing => {
                self.is_line_start = into[filled - 1] == b'\n';
                Ok(filled)
            }
        }
    }
}

enum Found {
    /// The mark begins here.
    Mark(usize),
    /// The slice ends in what may become the mark.
    Maybe(usize),
    /// No mark.
    Nothing,
}

impl<R: Read> BlockText<R> {
    fn find_end(&self, text: &[u8]) -> Found {
        let mut from = 0;
        while let Some(found) = memchr::memchr(b'\\', &text[from..]) {
            let at = from + found;
            let begins_line = if at == 0 { self.is_line_start } else { text[at - 1] == b'\n' };
            if begins_line {
                match &text[at + 1..] {
                    [b'.', b'\n', ..] => return Found::Mark(at),
                    [] | [b'.'] => return Found::Maybe(at),
                    _ => {}
                }
            }
            // Past the escaped character too: `\\.` is no mark.
            from = (at + 2).min(text.len());
        }
        Found::Nothing
    }

    /// The slice held nothing but the beginning of what may be the mark: reads on until it is decided.
    fn complete_held(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut byte = [0];
        while self.held.len() < 3 {
            if self.read_raw(&mut byte)? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the rows end without their mark"));
            }
            self.held.push(byte[0]);
        }
        if self.held.starts_with(b"\\.\n") {
            self.is_over = true;
            return Ok(0);
        }
        let count = self.held.len().min(into.len());
        into[..count].copy_from_slice(&self.held[..count]);
        self.held.drain(..count);
        self.is_line_start = into[count - 1] == b'\n';
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn framed(text: &[u8], chunks: &[usize]) -> Vec<u8> {
        let int = |value: usize| {
            let mut bytes = vec![0];
            bytes.extend(u32::try_from(value).unwrap().to_le_bytes());
            bytes
        };
        let mut block = vec![1];
        block.extend(int(7));
        let mut rest = text;
        for size in chunks.iter().copied().chain(std::iter::repeat(1000)) {
            if rest.is_empty() {
                break;
            }
            let (chunk, later) = rest.split_at(size.clamp(1, rest.len()));
            block.extend(int(chunk.len()));
            block.extend(chunk);
            rest = later;
        }
        block.extend(int(0));
        block
    }

    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = into.len().min(self.1).min(self.0.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    proptest! {
        #[test]
        fn a_blocks_text_comes_back_however_it_was_cut(
            text in "([a-b.\\\\]{0,5}\\n){0,9}",
            chunks in proptest::collection::vec(1usize..6, 0..30),
            dribble in 1usize..7,
            buffer in 1usize..9,
        ) {
            // A backslash in COPY text is always followed by the character that it escapes.
            let text = text.replace('\\', "\\\\");
            let block = framed(format!("{text}\\.\n\n\n").as_bytes(), &chunks);
            let mut reader = BlockText::new(Dribble(&block, dribble), 4).unwrap();
            let mut out = Vec::new();
            let mut space = vec![0; buffer];
            loop {
                let count = reader.read(&mut space).unwrap();
                if count == 0 {
                    break;
                }
                out.extend_from_slice(&space[..count]);
            }
            prop_assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    #[test]
    fn a_block_that_ends_early_is_an_error() {
        let block = framed(b"a\nb\n\\.\n", &[3]);
        for end in 0..block.len() - 8 {
            let read =
                BlockText::new(&block[..end], 4).and_then(|mut text| text.read_to_end(&mut Vec::new()));
            assert!(read.is_err(), "{end}");
        }
    }
}
