//! Rows behind a `COPY … FROM stdin`, and what may not stand between.

use memchr::memchr;

use super::super::statement::grow;
use super::{Lexer, Mode};

impl Lexer {
    /// Rows of a table, up to the line that ends them; how much of them was taken.
    pub(super) fn rows(&mut self, bytes: &[u8]) -> usize {
        let Mode::Rows { table, rows, bytes: size } = &mut self.mode else { return 0 };
        let end = memchr(b'\n', bytes);
        if let Some(capture) = &mut self.capture {
            capture.copied(table.as_ref(), &bytes[..end.map_or(bytes.len(), |end| end + 1)]);
        }
        if let Some(pieces) = &mut self.pieces {
            pieces.rows(&bytes[..end.map_or(bytes.len(), |end| end + 1)]);
        }
        let Some(end) = end else {
            for byte in bytes.iter().take(8) {
                grow(&mut self.word, *byte);
            }
            *size += bytes.len() as u64;
            return bytes.len();
        };
        for byte in bytes[..end].iter().take(8) {
            grow(&mut self.word, *byte);
        }
        self.line += 1;
        *size += end as u64 + 1;
        let is_end = self.word == b"\\." || self.word == b"\\.\r";
        self.word.clear();
        if let Some(pieces) = &mut self.pieces {
            pieces.line_ended(is_end);
        }
        if is_end {
            let (table, found) = (table.take(), (*rows, size.saturating_sub(3)));
            if let Some(known) = table.and_then(|name| self.tally.table(name)) {
                known.0 += found.0;
                known.1 += found.1;
            }
            self.mode = Mode::Plain;
        } else {
            *rows += 1;
        }
        end + 1
    }

    pub(super) fn behind_copy(&mut self, byte: u8, table: Option<(String, String)>) {
        match byte {
            b'\n' => {
                self.word.clear();
                self.mode = Mode::Rows { table, rows: 0, bytes: 0 };
            }
            b' ' | b'\t' | b'\r' => self.mode = Mode::BehindCopy(table),
            _ => {
                self.tally.refuse(self.line, "stands behind a COPY, on its line", &[byte]);
                self.mode = Mode::BehindCopy(table);
            }
        }
    }

    /// Another encoding begins with a line.
    pub(super) fn behind_encoding(&mut self, byte: u8, name: String) {
        match byte {
            b'\n' => {
                self.encoding = Some(name);
                self.mode = Mode::Plain;
            }
            b' ' | b'\t' | b'\r' => self.mode = Mode::BehindEncoding(name),
            _ => {
                self.tally.refuse(self.line, "stands behind a change of the encoding, on its line", &[byte]);
                self.mode = Mode::BehindEncoding(name);
            }
        }
    }
}
