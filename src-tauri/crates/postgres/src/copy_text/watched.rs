//! The table that is looked at, while a dump streams by.

use super::{Collector, CopyRows, RowPage, RowRange};

/// The table, and what was found of it.
#[derive(Debug, Clone)]
pub struct WatchedTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its rows, as they stream by.
    pub rows: CopyRows,
    /// Whether it came by.
    pub is_there: bool,
}

impl WatchedTable {
    /// The table of this name, and the rows that are wanted of it.
    pub fn new(schema: &str, name: &str, range: RowRange) -> Self {
        let rows = CopyRows::new(Collector::new(range));
        Self { schema: schema.to_owned(), name: name.to_owned(), rows, is_there: false }
    }

    /// Whether this is the table; notes that it is there.
    pub fn meets(&mut self, schema: &str, name: &str) -> bool {
        let is_it = self.schema == schema && self.name == name;
        self.is_there |= is_it;
        is_it
    }

    /// A block of its rows begins.
    pub fn begin(&mut self, columns: Vec<String>) {
        self.rows.collector.columns(columns);
        self.rows.begin();
    }

    /// Whether nothing more is wanted.
    pub fn is_over(&self) -> bool {
        self.rows.collector.is_over()
    }

    /// The page; nothing where there is no such table.
    pub fn finish(self) -> Option<RowPage> {
        self.is_there.then(|| self.rows.finish())
    }
}
