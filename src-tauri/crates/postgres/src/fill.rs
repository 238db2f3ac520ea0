//! Loading a dump from the vault into an empty database, in parallel, with no row on the disk.
//!
//! The head of the archive up to its first data block is itself an archive: `pg_restore` makes the
//! tables from it. Then the rows go straight from the vault into COPY, and as soon as a large table is
//! filled, `pg_restore` makes its indexes and constraints, what takes longest first; all that is left
//! of them comes at the end, and while indexes are built, the rows are compared. It does not create the
//! database, and judges nothing but what the tools and the server said.

mod beside;
mod builds;
mod data;
mod messages;
mod owners;
mod prefix;
mod rights;
mod run;
mod schedule;
mod script;
mod sessions;
mod stages;
#[cfg(test)]
mod tests;
mod tool;
mod work;

pub use data::{copy_rows, not_understood};
pub use messages::{Message, Noise};
pub use prefix::PrefixFile;
pub use run::{Ownership, load};
pub use run::{dumped_tables, load_as, sequences};
pub use script::{archive_to_script, script};

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use super::compare::{RowsError, TableDifference};
use super::connection::ConnectError;
use super::custom_format::{Block, FormatError, TableDigest};
use super::missing::BesideFunction;
use super::process::ProcessError;

/// Opens a range of the archive.
pub type OpenRange = Arc<dyn Fn(u64, u64) -> io::Result<Box<dyn Read + Send>> + Send + Sync>;

/// A dump in the vault.
#[derive(Clone)]
pub struct StoredDump {
    /// Its size.
    pub bytes: u64,
    /// Where its first data block begins.
    pub prefix_bytes: u64,
    /// Its data blocks.
    pub blocks: Vec<Block>,
    /// What was counted in it.
    pub tables: Vec<TableDigest>,
    /// Functions that its extensions have, and that their scripts do not make.
    pub beside: Vec<BesideFunction>,
    /// Opens a range of it.
    pub open: OpenRange,
}

/// The steps of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadStep {
    /// Tables, types, functions.
    Structure,
    /// Rows, sequences, large objects; beside them, indexes of tables that are filled.
    Rows,
    /// All other indexes, constraints, triggers; beside them the rows are compared.
    Indexes,
}

/// What a load did.
#[derive(Debug)]
pub struct LoadReport {
    /// Tables that were filled.
    pub tables: u64,
    /// Rows.
    pub rows: u64,
    /// What the tools said that is known noise, or a known degradation.
    pub messages: Vec<Message>,
    /// Tables whose rows are not those of the dump, or why they could not be compared.
    pub differences: Result<Vec<TableDifference>, RowsError>,
    /// How long the comparison took once everything else was done.
    pub compared_after: Duration,
}

/// Why a load failed.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The archive's head cannot be read.
    #[error("the dump's table of contents cannot be read")]
    Archive(#[from] FormatError),
    /// The vault did not give the dump, or the head could not be written for `pg_restore`.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The target cannot be reached.
    #[error("the target cannot be reached")]
    Connect(#[from] ConnectError),
    /// `pg_restore` could not be run.
    #[error("pg_restore could not be run")]
    Process(#[from] ProcessError),
    /// `pg_restore` said something that is not known to be harmless.
    #[error("pg_restore: {first}")]
    Tool {
        /// The first such message.
        first: String,
        /// How many there are.
        count: usize,
    },
    /// The server refused rows or a sequence.
    #[error("{object}: {message}")]
    Refused {
        /// The table or sequence.
        object: String,
        /// What the server said.
        message: String,
    },
    /// The dump announces data whose place in it is not known.
    #[error("{object}: the place of its data in the dump is not known")]
    NoBlock {
        /// The table, or the large objects.
        object: String,
    },
    /// The archive says how rows are loaded, or a sequence is set, in a form that is not `pg_dump`'s.
    #[error("{object}: how it is loaded is not written in the archive as expected")]
    NotUnderstood {
        /// The table or sequence.
        object: String,
    },
    /// Another number of rows went in than the dump holds.
    #[error("{table}: {loaded} rows went in, the dump holds {expected}")]
    RowCount {
        /// The table.
        table: String,
        /// Rows that went in.
        loaded: u64,
        /// Rows in the dump.
        expected: u64,
    },
    /// It was stopped.
    #[error("the restore was cancelled")]
    Cancelled,
}
