//! What a database says is in a storage service, at the moment of a backup.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::SourceError;
use crate::object::Object;

/// A row of `storage.objects`, as a file, or why none can be read of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RowLine {
    /// The file.
    pub object: Object,
    /// Why it is not taken, in a sentence without its full stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Rows of `storage.objects` of a moment, in the order of the bytes of their keys: one [`RowLine`] a line, as JSON.
#[derive(Debug)]
pub struct Rows {
    file: Mutex<File>,
    /// The moment (UTC milliseconds).
    pub(super) at_ms: i64,
}

impl Rows {
    /// The rows in a file, which is read from its beginning.
    pub fn of(file: File, at_ms: i64) -> Self {
        Self { file: Mutex::new(file), at_ms }
    }

    pub(super) fn each(
        &self,
        each: &mut dyn FnMut(RowLine) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let place = "the rows of storage.objects";
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.rewind().map_err(|error| SourceError::reading(place, error))?;
        for line in BufReader::new(&mut *file).lines() {
            let line = line.map_err(|error| SourceError::reading(place, error))?;
            each(serde_json::from_str(&line).map_err(|error| SourceError::reading(place, error.into()))?)?;
        }
        Ok(())
    }
}
