//! What a script consists of, one piece after another, for whoever sends it to a server.
//!
//! The same reading that judges a script cuts it: no other lexer sees it, neither here nor in a program. What
//! a piece says was UTF-8 before it was cut.

use super::statement::End;

/// Text of one statement. It is in memory several times on its way to the server.
pub(super) const STATEMENT_BYTES_MAX: u64 = 48 << 20;
/// Rows that travel together.
const ROWS_BYTES: usize = 64 * 1024;
/// The line that ends rows, with its end, has fewer bytes than this.
const LAST_LINE_BYTES_MAX: usize = 8;

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A statement.
    Statement {
        /// Its first line, from 1.
        line: u64,
        /// Its text, with the semicolon.
        text: String,
        /// What the script takes `standard_conforming_strings` for behind it.
        has_standard_strings: bool,
    },
    /// A `COPY … FROM stdin`. Its rows follow.
    Copy {
        /// Its first line, from 1.
        line: u64,
        /// Its text, with the semicolon.
        text: String,
    },
    /// Rows of the `COPY` before, cut anywhere.
    Rows(Vec<u8>),
    /// The end of these rows.
    RowsEnd,
    /// What follows is for this database.
    Connect {
        /// Its line, from 1.
        line: u64,
        /// The database.
        database: String,
    },
}

/// Collects them.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    ready: Vec<Piece>,
    /// Of the statement that is being read.
    text: Vec<u8>,
    /// Of the table that is being read.
    rows: Vec<u8>,
    /// Where the line that is being read begins in them.
    line: usize,
}

impl Pieces {
    /// The next bytes of the script, those of rows left out.
    pub(super) fn text(&mut self, bytes: &[u8]) {
        // What is longer is refused at its end.
        if (self.text.len() as u64) < STATEMENT_BYTES_MAX {
            self.text.extend_from_slice(bytes);
        }
    }

    /// What was read so far stands before a statement.
    pub(super) fn forget(&mut self) {
        self.text.clear();
    }

    /// A statement ended; false where its text is none.
    pub(super) fn end(&mut self, line: u64, end: &End, has_standard_strings: bool) -> bool {
        let Ok(text) = String::from_utf8(std::mem::take(&mut self.text)) else { return false };
        match end {
            // Said to the reader, not to the server.
            End::Encoding(_) => {}
            End::Rows(_) => self.ready.push(Piece::Copy { line, text }),
            End::Nothing | End::Quotes { .. } => {
                self.ready.push(Piece::Statement { line, text, has_standard_strings });
            }
        }
        true
    }

    pub(super) fn connect(&mut self, line: u64, database: &str) {
        self.ready.push(Piece::Connect { line, database: database.to_owned() });
    }

    /// Bytes of rows, up to the end of a line at most.
    pub(super) fn rows(&mut self, bytes: &[u8]) {
        self.rows.extend_from_slice(bytes);
        // A line that may yet be the last one waits.
        let is_decided = self.rows.len() - self.line > LAST_LINE_BYTES_MAX;
        if self.rows.len() >= ROWS_BYTES && is_decided {
            self.flush();
        }
    }

    /// A line of rows ended.
    pub(super) fn line_ended(&mut self, is_last: bool) {
        if is_last {
            self.rows.truncate(self.line);
            self.flush();
            self.ready.push(Piece::RowsEnd);
        }
        self.line = self.rows.len();
    }

    fn flush(&mut self) {
        self.line = 0;
        if !self.rows.is_empty() {
            self.ready.push(Piece::Rows(std::mem::take(&mut self.rows)));
        }
    }

    /// What is whole.
    pub(super) fn take(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.ready)
    }
}
