//! Archives of `pg_dump -Fc`: their tables counted as they pass.

use std::io::{self, Read};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Counting, Facts, Look};
use crate::BundleError;
use crate::inspection::{Finding, Table};
use crate::part::PartHead;
use postgres::custom_format::{FormatError, Preamble, Tap, Uncompressed};

/// A header's texts are short.
const HEADER_BYTES: usize = 4096;

impl Look<'_> {
    pub(super) fn custom(&mut self, head: &PartHead, reader: &mut Counting<'_>) -> Result<(), BundleError> {
        let mut first = Vec::with_capacity(HEADER_BYTES);
        let read = |error| BundleError::of_read(&head.stored_name, "a dump", error);
        reader.by_ref().take(HEADER_BYTES as u64).read_to_end(&mut first).map_err(read)?;
        if let Ok(preamble) = Preamble::parse(&first) {
            self.facts.learn(&preamble);
        }
        let mut tap = Tap::new();
        let mut plain = Uncompressed::new(io::Cursor::new(first).chain(&mut *reader));
        let mut space = vec![0; 256 * 1024];
        loop {
            let count = match plain.read(&mut space) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) => return self.unread(head, error),
            };
            self.unpacked += count as u64;
            // Its own compression may be a bomb as well as a layer's.
            self.budget.add_unpacked(&head.stored_name, count as u64)?;
            tap.push(&space[..count]);
        }
        match tap.finish() {
            Ok(summary) => {
                self.large_objects.0 += summary.large_objects.count;
                self.large_objects.1 += summary.large_objects.bytes;
                self.tables.extend(summary.tables.into_iter().map(|table| Table {
                    schema: table.schema,
                    name: table.name,
                    rows: Some(table.rows),
                    bytes: table.bytes,
                }));
                Ok(())
            }
            Err(error) => self.uncounted(head, &error),
        }
    }

    /// An error of the stream ends the inspection; a format that cannot be counted does not.
    fn unread(&mut self, head: &PartHead, error: io::Error) -> Result<(), BundleError> {
        let format = error.get_ref().and_then(|inner| inner.downcast_ref::<FormatError>()).cloned();
        match format {
            Some(format) => self.uncounted(head, &format),
            None => Err(BundleError::of_read(&head.stored_name, "a dump", error)),
        }
    }

    fn uncounted(&mut self, head: &PartHead, error: &FormatError) -> Result<(), BundleError> {
        let place = head.stored_name.clone();
        match error {
            FormatError::Truncated { what, .. } => {
                Err(BundleError::Truncated { place, what: (*what).to_owned() })
            }
            FormatError::Nonsense { .. } => Err(BundleError::Damaged { place, what: error.to_string() }),
            FormatError::TooLarge { .. } => Err(BundleError::TooLarge { place, what: error.to_string() }),
            FormatError::NotCustomFormat
            | FormatError::UnknownVersion { .. }
            | FormatError::Compressed
            | FormatError::Lz4
            | FormatError::NotCopy { .. } => {
                self.is_uncounted = true;
                let words = format!("The rows of {place} could not be counted: {error}.");
                self.findings.push(Finding::warning("Rows not counted", words));
                Ok(())
            }
        }
    }
}

impl Facts {
    /// Takes over what a dump's header says, where nothing was said before.
    pub(super) fn learn(&mut self, preamble: &Preamble) {
        let header = &preamble.header;
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        self.database = self.database.take().or_else(|| text(&header.database));
        self.server_version = self.server_version.take().or_else(|| text(&header.server_version));
        self.tool_version = self.tool_version.take().or_else(|| text(&header.tool_version));
        self.created_at = self.created_at.or_else(|| preamble.created.and_then(utc));
    }
}

/// A moment without a time zone, read as UTC.
fn utc(moment: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(moment).ok()
}
