//! Failures of the catalogue.

use crate::catalog::CatalogError;
use base::failure::Failure;

impl From<CatalogError> for Failure {
    fn from(error: CatalogError) -> Self {
        let message = error.to_string();
        match error {
            CatalogError::TooNew { .. } => Self::new(
                "catalog_too_new",
                message,
                "Install the newer version of Holdfast that made it, or start with another profile and rebuild the catalogue from the vault.",
            ),
            CatalogError::Io { .. } => Self::new(
                "catalog_io",
                message,
                "Check that the profile's folder exists, is writable and has free space.",
            ),
            CatalogError::Unknown { .. } => Self::new(
                "catalog_damaged",
                message,
                "Rebuild it from the vault: `holdfast vault rebuild-catalog`.",
            ),
            CatalogError::Sql(_) | CatalogError::Migrate(_) => Self::new(
                "catalog_failed",
                message,
                "Check the free space of the profile's disk; if it stays, move `catalog.db` away and rebuild it from the vault.",
            ),
        }
    }
}
