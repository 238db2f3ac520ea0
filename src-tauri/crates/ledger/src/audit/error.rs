//! Why something could not be recorded, or the log not be read.

use camino::Utf8PathBuf;

use crate::catalog::CatalogError;

/// Why something could not be recorded, or the log not be read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The catalogue refused the entry.
    #[error("the audit log cannot be written: {source}")]
    Write {
        /// Why.
        source: CatalogError,
    },
    /// The head beside the catalogue cannot be written.
    #[error("the head of the audit log {path} cannot be written: {source}")]
    Head {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The catalogue does not give the entries.
    #[error("the audit log cannot be read: {source}")]
    Read {
        /// Why.
        source: CatalogError,
    },
    /// The file of an export cannot be written.
    #[error("cannot write {path}: {source}")]
    Export {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is a file that is no export of ours.
    #[error("{path} is there already, and is no export of the audit log")]
    FileExists {
        /// The file.
        path: Utf8PathBuf,
    },
}
