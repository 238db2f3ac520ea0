//! The custom format of `pg_dump`, understood well enough to count, to fingerprint and to load it.
//!
//! It is not a replacement for `pg_restore`: what the archive says about tables, functions and rights
//! is that program's business. Source of the layout: PostgreSQL, `pg_backup_archiver.c` and
//! `pg_backup_custom.c`, archive versions 1.12 (PostgreSQL 9.0) to 1.16 (17, 18).

mod block;
mod copied;
mod data_files;
mod error;
mod inflate;
mod lines;
mod locale;
mod names;
mod preamble;
mod properties;
mod references;
mod rights;
mod scan;
mod shape;
mod tap;
mod toc;
mod tokens;

pub use block::{Block, BlockKind, BlockText};
pub use copied::column_list;
pub use copied::{CopiedTable, SequenceSet};
pub use data_files::{is_data_file, is_object_file, is_object_list, lists_objects_alone};
pub use error::FormatError;
pub use inflate::Uncompressed;
pub use lines::LineDigest;
pub use locale::DatabaseLocale;
pub use names::TableName;
pub use names::identifier;
pub use preamble::{Compression, Layout, Preamble};
pub use properties::PropertyStatement;
pub use references::{ForeignKey, References};
pub use rights::{Right, RightsChange, RightsKey};
pub use shape::{KeyShape, TableShape};
pub use tap::{LargeObjects, Summary, TableDigest, Tap};
pub use toc::{Edit, Header, Section, Toc, TocEntry};
