//! Rows that SQL wrote as one text.
//!
//! What is asked for every project at once is answered as one JSON array: a row of its own for each of a thousand
//! projects wakes two threads and copies each value, which took longer than the query.

use serde::de::DeserializeOwned;

use super::CatalogError;

/// Reads an array of rows.
///
/// # Errors
/// `Unknown` where a row is not as it should be.
pub(super) fn read_rows<T: DeserializeOwned>(written: &str) -> Result<Vec<T>, CatalogError> {
    serde_json::from_str(written)
        .map_err(|error| CatalogError::Unknown { column: "row", value: error.to_string() })
}
