//! Rows of a table as they are looked at without restoring it: a page of them, out of whatever holds them.
//!
//! Nothing is run and nothing is kept. A value that is too long to look at is cut, and the page says how many
//! were.

mod collector;
mod columns;
mod copy;
mod literal;
mod watched;

pub use collector::Collector;
pub use columns::columns_in;
pub use copy::CopyRows;
pub(crate) use copy::unescaped_bytes;
pub use literal::values;
pub use watched::WatchedTable;

use base::Code;
use base::failure::Failure;

/// Rows of a page.
pub const PAGE_ROWS_MAX: u32 = 500;

/// Which rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRange {
    /// So many are passed over.
    pub first: u64,
    /// How many, 1 to [`PAGE_ROWS_MAX`].
    pub count: u32,
}

impl RowRange {
    /// The range, where it is one that a page may have.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn checked(self) -> Result<Self, Failure> {
        if self.count == 0 || self.count > PAGE_ROWS_MAX {
            let hint = format!("Ask for 1 to {PAGE_ROWS_MAX} at a time.");
            return Err(Failure::invalid(format!("a page of {} rows", self.count), hint));
        }
        Ok(self)
    }
}

/// There are no rows of such a table.
pub fn table_not_found(schema: &str, name: &str) -> Failure {
    Failure::new(
        Code::TableNotFound,
        format!("it holds no rows of a table {schema}.{name}"),
        "Write the name as the list of its tables has it: schema.name.",
    )
}

/// Rows of a table, in the order in which they were dumped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowPage {
    /// The columns, as far as what holds the rows names them.
    pub columns: Vec<String>,
    /// The rows, each with a value for each column; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many there are before these.
    pub first: u64,
    /// Whether there are more behind them.
    pub has_more: bool,
    /// Values that were too long, and end in `…`.
    pub cut: u64,
}
