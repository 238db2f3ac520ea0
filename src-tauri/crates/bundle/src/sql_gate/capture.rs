//! Rows of one table as a script gives them: in the lines behind a `COPY`, and in the values of an `INSERT`.

use super::Tally;
use super::statement::{End, Statement};
use postgres::copy_text::{WatchedTable, columns_in, values};

/// Text of a statement, or of one row of it, that is kept.
const TEXT_BYTES_MAX: usize = 16 << 20;

/// Which part of a statement is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Of a statement that has no rows.
    Other,
    /// What comes before the values, or before the rows of a `COPY`.
    Beginning,
    /// Behind the columns of an `INSERT` into the table: between rows.
    Between,
    /// Within the brackets of a row.
    Row,
}

/// The table, and the text that is being read.
#[derive(Debug, Clone)]
pub(super) struct Capture {
    pub(super) table: WatchedTable,
    part: Part,
    text: Vec<u8>,
}

impl Capture {
    pub(super) fn new(table: WatchedTable) -> Self {
        Self { table, part: Part::Other, text: Vec::new() }
    }

    /// The next bytes of the script, those of rows left out.
    pub(super) fn text(&mut self, bytes: &[u8]) {
        if matches!(self.part, Part::Beginning | Part::Row) {
            let room = TEXT_BYTES_MAX.saturating_sub(self.text.len());
            self.text.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    /// A word of the statement ended, or a sign was read.
    pub(super) fn token(&mut self, statement: &Statement, depth: u64, tally: &Tally) {
        if self.part == Part::Other {
            if matches!(statement.only_word(), Some("copy" | "insert")) {
                self.part = Part::Beginning;
                self.text.clear();
            }
            return;
        }
        if !statement.row_begins(depth) {
            return;
        }
        if self.part == Part::Beginning {
            let is_it = statement.fills(tally).is_some_and(|(schema, name)| self.table.meets(&schema, &name));
            if !is_it {
                self.part = Part::Other;
                self.text.clear();
                return;
            }
            // Where no columns are named, the first brackets are those of the values.
            let text = String::from_utf8_lossy(&self.text);
            self.table.begin(columns_in(&text));
        }
        if self.part != Part::Row {
            self.part = Part::Row;
            self.text.clear();
        }
    }

    /// Brackets were closed, and no others are open.
    pub(super) fn closed(&mut self) {
        if self.part != Part::Row {
            return;
        }
        self.part = Part::Between;
        let collector = &mut self.table.rows.collector;
        if collector.wants_next() {
            let text = String::from_utf8_lossy(&self.text);
            // The bracket that opened the row is the first that was read of it.
            collector.row(values(text.strip_prefix('(').unwrap_or(&text)));
        } else {
            collector.pass();
        }
        self.text.clear();
    }

    /// The statement ended.
    pub(super) fn end(&mut self, end: &End) {
        if let End::Rows(Some((schema, name))) = end
            && self.table.meets(schema, name)
        {
            let text = String::from_utf8_lossy(&self.text);
            self.table.begin(columns_in(&text));
        }
        self.part = Part::Other;
        self.text.clear();
    }

    /// Bytes of rows behind a `COPY`.
    pub(super) fn copied(&mut self, table: Option<&(String, String)>, bytes: &[u8]) {
        if table.is_some_and(|(schema, name)| self.table.meets(schema, name)) {
            self.table.rows.push(bytes);
        }
    }
}
