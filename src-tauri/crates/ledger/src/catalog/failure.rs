//! Failures of the catalogue.

use crate::catalog::CatalogError;
use base::Code;
use base::failure::Failure;

impl From<CatalogError> for Failure {
    fn from(error: CatalogError) -> Self {
        let message = error.to_string();
        match error {
            CatalogError::TooNew { .. } => Self::new(
                Code::CatalogTooNew,
                message,
                "Install the newer version of Holdfast that made it, or start with another profile and rebuild the catalogue from the vault.",
            ),
            CatalogError::Io { .. } => Self::new(
                Code::CatalogIo,
                message,
                "Check that the profile's folder exists, is writable and has free space.",
            ),
            CatalogError::Unknown { .. } => Self::new(
                Code::CatalogDamaged,
                message,
                "Rebuild it from the vault: `holdfast vault rebuild-catalog`.",
            ),
            CatalogError::Sql(_) | CatalogError::Migrate(_) => Self::new(
                Code::CatalogFailed,
                message,
                "Check the free space of the profile's disk; if it stays, move `catalog.db` away and rebuild it from the vault.",
            ),
        }
    }
}
