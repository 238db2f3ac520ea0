//! Rows as `COPY` writes them: a line each, values between tabs, escaped by backslashes.
//!
//! Source: `PostgreSQL`, "COPY", "Text Format".

use memchr::memchr;

use super::{Collector, RowPage};

/// A longer line is cut; its last values are missing then, and counted as cut.
const LINE_BYTES_MAX: usize = 16 << 20;
/// The line behind the last row.
const END_MARK: &[u8] = b"\\.";

/// Reads lines as they stream by.
#[derive(Debug, Clone)]
pub struct CopyRows {
    /// Takes the rows.
    pub collector: Collector,
    line: Vec<u8>,
    is_over: bool,
}

impl CopyRows {
    /// Begins before the first line.
    pub fn new(collector: Collector) -> Self {
        Self { collector, line: Vec::new(), is_over: false }
    }

    /// Another block of rows of the same table begins.
    pub fn begin(&mut self) {
        self.line.clear();
        self.is_over = false;
    }

    /// Takes the next bytes, cut anywhere.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !self.is_over && !self.collector.is_over() && !bytes.is_empty() {
            let end = memchr(b'\n', bytes);
            let piece = &bytes[..end.unwrap_or(bytes.len())];
            // Of a row that nobody wants, as much as tells it from the mark.
            let room = if self.collector.wants_next() { LINE_BYTES_MAX } else { END_MARK.len() + 2 };
            let room = room.saturating_sub(self.line.len());
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            let Some(end) = end else { return };
            bytes = &bytes[end + 1..];
            self.line();
        }
    }

    fn line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let text = line.strip_suffix(b"\r").unwrap_or(&line);
        if text == END_MARK {
            self.is_over = true;
        } else if self.collector.wants_next() {
            self.collector.row(line.split(|byte| *byte == b'\t').map(value));
        } else {
            self.collector.pass();
        }
        // The allocation serves again.
        self.line = line;
        self.line.clear();
    }

    /// The rows that were taken.
    pub fn finish(self) -> RowPage {
        self.collector.finish()
    }
}

/// A value without its escapes; `\N` is NULL.
fn value(text: &[u8]) -> Option<String> {
    (text != b"\\N").then(|| unescaped(text))
}

/// A text without its escapes.
pub(super) fn unescaped(text: &[u8]) -> String {
    String::from_utf8_lossy(&unescaped_bytes(text)).into_owned()
}

/// The same, byte for byte.
pub(crate) fn unescaped_bytes(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest) {
        plain.extend_from_slice(&rest[..at]);
        let (byte, taken) = escape(&rest[at + 1..]);
        plain.push(byte);
        rest = &rest[at + 1 + taken..];
    }
    plain.extend_from_slice(rest);
    plain
}

/// What the letters behind a backslash stand for, and how many they are.
fn escape(text: &[u8]) -> (u8, usize) {
    let number = |digits: &[u8], base: u32| {
        let text = std::str::from_utf8(digits).unwrap_or_default();
        // Three octal digits may be more than a byte holds; the server takes the lower bits too.
        u32::from_str_radix(text, base).unwrap_or_default().to_le_bytes()[0]
    };
    let run = |from: usize, most: usize, is_digit: fn(&u8) -> bool| {
        text[from..].iter().take(most).take_while(|byte| is_digit(byte)).count()
    };
    match text.first() {
        None => (b'\\', 0),
        Some(b'b') => (0x08, 1),
        Some(b'f') => (0x0c, 1),
        Some(b'n') => (b'\n', 1),
        Some(b'r') => (b'\r', 1),
        Some(b't') => (b'\t', 1),
        Some(b'v') => (0x0b, 1),
        Some(b'x') => match run(1, 2, u8::is_ascii_hexdigit) {
            0 => (b'x', 1),
            count => (number(&text[1..=count], 16), 1 + count),
        },
        Some(b'0'..=b'7') => {
            let count = run(0, 3, |byte| matches!(byte, b'0'..=b'7'));
            (number(&text[..count], 8), count)
        }
        Some(other) => (*other, 1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::copy_text::RowRange;

    fn page(text: &str, cuts: &[usize], first: u64, count: u32) -> RowPage {
        let mut rows = CopyRows::new(Collector::new(RowRange { first, count }));
        let mut bytes = text.as_bytes();
        for cut in cuts.iter().copied().chain(std::iter::repeat(7)) {
            let (piece, rest) = bytes.split_at(cut.min(bytes.len()));
            rows.push(piece);
            bytes = rest;
            if bytes.is_empty() {
                return rows.finish();
            }
        }
        unreachable!()
    }

    #[test]
    fn values_come_back_as_they_were() {
        let found = page("a\\tb\\\\\\n\t\\N\t\tM\\303\\274\\x41\n\\.\nnone\n", &[], 0, 9);
        let row: Vec<Option<&str>> = found.rows[0].iter().map(Option::as_deref).collect();
        assert_eq!(row, [Some("a\tb\\\n"), None, Some(""), Some("MüA")]);
        assert_eq!((found.rows.len(), found.has_more, found.columns[3].as_str()), (1, false, "column 4"));
    }

    #[test]
    fn a_long_value_is_cut_and_counted() {
        let found = page(&format!("{}\tx\n", "ü".repeat(3000)), &[], 0, 9);
        assert_eq!(found.rows[0][0].as_ref().unwrap().chars().count(), 2001);
        assert_eq!((found.cut, found.rows[0][1].as_deref()), (1, Some("x")));
    }

    proptest! {
        #[test]
        fn pages_side_by_side_are_all_rows_however_they_are_cut(
            rows in proptest::collection::vec("[a-c]{0,4}", 0..20),
            cuts in proptest::collection::vec(1usize..9, 0..20),
            count in 1u32..7,
        ) {
            let text = rows.iter().map(String::as_str).chain(["\\.", ""]).collect::<Vec<_>>().join("\n");
            let mut all = Vec::new();
            loop {
                let found = page(&text, &cuts, all.len() as u64, count);
                all.extend(found.rows.into_iter().map(|row| row[0].clone().unwrap()));
                if !found.has_more {
                    break;
                }
            }
            prop_assert_eq!(all, rows);
        }
    }
}
