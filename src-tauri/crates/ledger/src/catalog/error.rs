//! Why the catalogue did not answer.

use camino::Utf8PathBuf;

/// Why the catalogue did not answer.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A newer version of Holdfast made it.
    #[error(
        "the catalogue {path} was made by a newer version of Holdfast (schema {found}, this one knows {known})"
    )]
    TooNew {
        /// The file.
        path: Utf8PathBuf,
        /// Schema in the file.
        found: i64,
        /// Newest schema that we know.
        known: i64,
    },
    /// The file cannot be opened, or not copied before a migration.
    #[error("cannot use {path}: {source}")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A column holds a value that we do not know.
    #[error("the catalogue holds an unknown {column} {value:?}")]
    Unknown {
        /// Which column.
        column: &'static str,
        /// The value.
        value: String,
    },
    /// SQLite refused.
    #[error("the catalogue refused: {0}")]
    Sql(#[from] sqlx::Error),
    /// A migration failed; the copy made before it is beside the file.
    #[error("the catalogue could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}
