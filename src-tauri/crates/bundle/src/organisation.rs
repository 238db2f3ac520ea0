//! The backup of an organisation as Opttius writes it: one JSON document with the rows of each table.
//!
//! It is read as a stream, row by row, whatever its size. Numbers and documents within rows keep the very
//! text that they have there: reading a number as a fraction of two would change prices. What the file claims
//! of itself is compared with what is in it: its reads are not paged, so that a table with as many rows as the
//! API gives at once was probably cut.

use std::collections::HashSet;
use std::io::Read;

use xxhash_rust::xxh3::xxh3_128;

use super::{BundleError, Limits};

mod columns;
mod cut;
mod document;
mod json;

pub use columns::{Cell, Column, ColumnKind, Row};
pub(super) use cut::cut;
pub use cut::{Cut, CutBy};

use columns::Columns;
use document::Document;

/// Keys that are compared; a table with more is not said to have one.
const KEYS_MAX: usize = 4_000_000;
/// Tables; the real ones have a few dozen.
const TABLES_MAX: usize = 10_000;

/// What the file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganisationFile {
    /// `backup_<organisation>_<time>`.
    pub backup_id: Option<String>,
    /// The organisation.
    pub organization_id: Option<String>,
    /// When it was made, as it stands there.
    pub created_at: Option<String>,
    /// By whom.
    pub created_by: Option<String>,
    /// Version of the format.
    pub version: Option<String>,
    /// The tables in their order, which is that of their foreign keys.
    pub tables: Vec<OrganisationTable>,
}

/// A table of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganisationTable {
    /// Name.
    pub name: String,
    /// Rows that are there.
    pub rows: u64,
    /// Rows that are claimed.
    pub record_count: Option<u64>,
    /// Bytes of the rows' text.
    pub bytes: u64,
    /// It was left out.
    pub is_skipped: bool,
    /// Reading it failed there, with this message.
    pub error: Option<String>,
    /// Its columns in the order in which they appear, with the types that all their values have.
    pub columns: Vec<Column>,
    /// `id`, when every row has one and no two the same.
    pub key: Option<String>,
}

/// Takes the rows.
pub trait OrganisationRows {
    /// The rows of a table follow.
    ///
    /// # Errors
    /// Ends the reading.
    fn table(&mut self, name: &str) -> Result<(), BundleError>;

    /// A row of the table that was begun.
    ///
    /// # Errors
    /// Ends the reading.
    fn row(&mut self, row: &Row) -> Result<(), BundleError>;

    /// All rows of the table were there.
    ///
    /// # Errors
    /// Ends the reading.
    fn end(&mut self, table: &OrganisationTable) -> Result<(), BundleError> {
        let _ = table;
        Ok(())
    }
}

/// Wants no rows: to know the tables and their columns.
#[derive(Debug)]
pub struct NoRows;

impl OrganisationRows for NoRows {
    fn table(&mut self, _name: &str) -> Result<(), BundleError> {
        Ok(())
    }

    fn row(&mut self, _row: &Row) -> Result<(), BundleError> {
        Ok(())
    }
}

impl OrganisationFile {
    /// Reads a file; `place` is what messages call it.
    ///
    /// # Errors
    /// `Damaged` when it is no such document, `Truncated`, `TooLarge` for a row, a depth or a number of
    /// tables beyond the limits; what `rows` returns.
    pub fn read(
        reader: &mut dyn Read,
        place: &str,
        limits: &Limits,
        rows: &mut dyn OrganisationRows,
    ) -> Result<Self, BundleError> {
        Document::new(reader, place, limits, rows).read()
    }
}

/// A table while its rows pass.
#[derive(Debug, Default)]
struct Building {
    table: OrganisationTable,
    columns: Columns,
    keys: HashSet<u128>,
    is_without_key: bool,
}

impl Building {
    fn new(name: String) -> Self {
        let table = OrganisationTable { name, ..OrganisationTable::default() };
        Self { table, ..Self::default() }
    }

    fn add(&mut self, row: &Row, bytes: u64) -> Result<(), &'static str> {
        self.table.rows += 1;
        self.table.bytes += bytes;
        self.columns.add(row)?;
        let id = row.cells.iter().find(|(name, _)| name == "id").map(|(_, cell)| cell);
        let Some(Cell::Text(text) | Cell::Number(text)) = id else {
            self.is_without_key = true;
            return Ok(());
        };
        if self.keys.len() >= KEYS_MAX || !self.keys.insert(xxh3_128(text.as_bytes())) {
            self.is_without_key = true;
        }
        Ok(())
    }

    fn finish(self) -> OrganisationTable {
        let Self { mut table, columns, keys, is_without_key } = self;
        table.columns = columns.finish(table.rows);
        table.key = (!keys.is_empty() && !is_without_key).then(|| "id".to_owned());
        table
    }
}
