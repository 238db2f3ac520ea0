//! Collects a page out of rows that pass.

use super::{RowPage, RowRange};

/// Letters of a value; whoever needs more of it restores the table.
const VALUE_LETTERS_MAX: usize = 2000;
/// Text of a page; a page of fewer rows than were asked for is one.
const PAGE_BYTES_MAX: usize = 4 << 20;

/// Collects a page.
#[derive(Debug, Clone)]
pub struct Collector {
    range: RowRange,
    /// Rows that passed.
    seen: u64,
    bytes: usize,
    page: RowPage,
}

impl Collector {
    /// Takes the rows of this range and passes over the others.
    pub fn new(range: RowRange) -> Self {
        Self { range, seen: 0, bytes: 0, page: RowPage { first: range.first, ..RowPage::default() } }
    }

    /// Names the columns; those that were named first stay.
    pub fn columns(&mut self, columns: Vec<String>) {
        if self.page.columns.is_empty() {
            self.page.columns = columns;
        }
    }

    /// Whether the next row is one of the page. Another one need not be read, only passed.
    pub fn wants_next(&self) -> bool {
        self.seen >= self.range.first && !self.is_full()
    }

    fn is_full(&self) -> bool {
        self.page.rows.len() >= self.range.count as usize || self.bytes >= PAGE_BYTES_MAX
    }

    /// A row passes whose values nobody wants.
    pub fn pass(&mut self) {
        self.seen += 1;
        self.page.has_more = self.is_full();
    }

    /// A row of the page.
    pub fn row(&mut self, values: impl IntoIterator<Item = Option<String>>) {
        let row: Vec<Option<String>> =
            values.into_iter().map(|value| value.map(|text| self.bounded(text))).collect();
        self.seen += 1;
        self.page.rows.push(row);
    }

    /// A row of the page whose values come with their columns; a column that was not there yet is added.
    pub fn named(&mut self, values: Vec<(String, Option<String>)>) {
        let mut row = vec![None; self.page.columns.len()];
        for (name, value) in values {
            let at = self.page.columns.iter().position(|known| *known == name).unwrap_or_else(|| {
                self.page.columns.push(name);
                row.push(None);
                row.len() - 1
            });
            row[at] = value;
        }
        self.row(row);
    }

    fn bounded(&mut self, mut text: String) -> String {
        if let Some((end, _)) = text.char_indices().nth(VALUE_LETTERS_MAX) {
            text.truncate(end);
            text.push('…');
            self.page.cut += 1;
        }
        self.bytes += text.len();
        text
    }

    /// Whether all is known: the page is full, and there is a row behind it.
    pub fn is_over(&self) -> bool {
        self.page.has_more
    }

    /// The page.
    pub fn finish(mut self) -> RowPage {
        let widest = self.page.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = widest.max(self.page.columns.len());
        // Rows whose columns nobody names are numbered.
        let named = self.page.columns.len();
        self.page.columns.extend((named + 1..=width).map(|number| format!("column {number}")));
        // A row that came before a column was met has no value there.
        for row in &mut self.page.rows {
            row.resize(width, None);
        }
        self.page
    }
}
