//! The table that is looked at, while a dump streams by.

use super::{Collector, CopyRows, RowPage, RowRange};

/// The table, and what was found of it.
#[derive(Debug, Clone)]
pub(crate) struct WatchedTable {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) rows: CopyRows,
    /// Whether it came by.
    pub(crate) is_there: bool,
}

impl WatchedTable {
    pub(crate) fn new(schema: &str, name: &str, range: RowRange) -> Self {
        let rows = CopyRows::new(Collector::new(range));
        Self { schema: schema.to_owned(), name: name.to_owned(), rows, is_there: false }
    }

    /// Whether this is the table; notes that it is there.
    pub(crate) fn meets(&mut self, schema: &str, name: &str) -> bool {
        let is_it = self.schema == schema && self.name == name;
        self.is_there |= is_it;
        is_it
    }

    /// A block of its rows begins.
    pub(crate) fn begin(&mut self, columns: Vec<String>) {
        self.rows.collector.columns(columns);
        self.rows.begin();
    }

    /// Whether nothing more is wanted.
    pub(crate) fn is_over(&self) -> bool {
        self.rows.collector.is_over()
    }

    /// The page; nothing where there is no such table.
    pub(crate) fn finish(self) -> Option<RowPage> {
        self.is_there.then(|| self.rows.finish())
    }
}
