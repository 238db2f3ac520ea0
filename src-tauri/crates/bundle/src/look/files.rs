//! Dumps in several files, `pg_dump -Fd` and `-Ft`: a table of contents, and a file for each table.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::{Counting, Facts};
use crate::BundleError;
use crate::inspection::{Finding, Table};
use crate::limits::{Budget, Counted};
use crate::part::PartHead;
use crate::tar::{EntryKind, TarReader};
use postgres::custom_format::{FormatError, LineDigest, Preamble, Toc};

/// The table of contents of a million tables takes about 200 MB.
const TOC_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Files that are counted: one for each table.
const FILES_MAX: usize = 1_000_000;

/// What was seen of such a dump; the table of contents may come last.
#[derive(Debug, Default)]
pub(crate) struct DumpFiles {
    toc: Option<(Toc, Vec<Option<String>>)>,
    /// Rows and bytes of each data file, without the ending of its compression.
    counted: BTreeMap<String, Option<(u64, u64)>>,
    pub(crate) is_tar: bool,
}

impl DumpFiles {
    /// Whether there was one.
    pub(crate) fn is_there(&self) -> bool {
        self.toc.is_some()
    }

    /// A file of a directory.
    pub(super) fn file(
        &mut self,
        head: &PartHead,
        reader: &mut Counting<'_>,
        facts: &mut Facts,
        budget: &Budget<'_>,
    ) -> Result<(), BundleError> {
        let name = head.path.rsplit('/').next().unwrap_or_default();
        self.any(name, &head.stored_name, reader, facts, budget)
    }

    /// A tar of `pg_dump -Ft`.
    pub(super) fn tar(
        &mut self,
        head: &PartHead,
        reader: &mut Counting<'_>,
        facts: &mut Facts,
        budget: &Budget<'_>,
    ) -> Result<(), BundleError> {
        self.is_tar = true;
        let mut tar = TarReader::new(reader, &head.stored_name);
        while let Some(entry) = tar.next()? {
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            if let EntryKind::Refused(reason) = entry.kind {
                return Err(BundleError::Hostile { entry: name, reason: reason.to_owned() });
            }
            self.any(&name, &head.stored_name, &mut tar, facts, budget)?;
        }
        Ok(())
    }

    fn any(
        &mut self,
        name: &str,
        place: &str,
        reader: &mut dyn Read,
        facts: &mut Facts,
        budget: &Budget<'_>,
    ) -> Result<(), BundleError> {
        let read = |error| BundleError::of_read(place, "a dump's file", error);
        if name == "toc.dat" {
            let mut bytes = Vec::new();
            reader.take(TOC_BYTES_MAX).read_to_end(&mut bytes).map_err(read)?;
            if let Ok(preamble) = Preamble::parse(&bytes) {
                facts.learn(&preamble);
            }
            let damaged = |error: FormatError| BundleError::Damaged {
                place: place.to_owned(),
                what: error.to_string(),
            };
            self.toc = Some(Toc::parse_files(&bytes).map_err(damaged)?);
            return Ok(());
        }
        let Some(end) = name.find(".dat").filter(|_| !name.starts_with("blob") && name != "restore.sql")
        else {
            return Ok(());
        };
        if self.counted.len() >= FILES_MAX {
            return Ok(());
        }
        let counting = |inner: Box<dyn Read + '_>| {
            count(&mut Counted { inner, budget, place: place.to_owned() }).map(Some).map_err(read)
        };
        let counted = match &name[end + 4..] {
            "" => counting(Box::new(reader))?,
            ".gz" => counting(Box::new(flate2::read::MultiGzDecoder::new(reader)))?,
            ".zst" => counting(Box::new(zstd::Decoder::new(reader).map_err(read)?))?,
            // LZ4 is not read here.
            _ => None,
        };
        self.counted.insert(name[..end + 4].to_owned(), counted);
        Ok(())
    }

    /// The tables, and whether all were counted.
    pub(super) fn finish(self, findings: &mut Vec<Finding>) -> (Vec<Table>, bool) {
        let Some((toc, names)) = self.toc else { return (Vec::new(), true) };
        let (mut tables, mut missing, mut is_counted) = (Vec::new(), Vec::new(), true);
        for (entry, file) in toc.entries.iter().zip(names) {
            let Some(file) = file.filter(|_| entry.kind == "TABLE DATA") else { continue };
            let found = self.counted.get(&file);
            if found.is_none() {
                missing.push(entry.tag.clone());
            }
            let counted = found.copied().flatten();
            is_counted &= counted.is_some();
            tables.push(Table {
                schema: entry.schema.clone().unwrap_or_default(),
                name: entry.tag.clone(),
                rows: counted.map(|(rows, _)| rows),
                bytes: counted.map_or(0, |(_, bytes)| bytes),
            });
        }
        if let Some(first) = missing.first() {
            let words = format!(
                "The files with the rows of {} of {} tables are not there, {first} among them.",
                missing.len(),
                tables.len()
            );
            findings.push(Finding::danger("Rows missing", words));
        }
        (tables, is_counted)
    }
}

/// Rows and bytes of a data file.
fn count(reader: &mut dyn Read) -> io::Result<(u64, u64)> {
    let mut lines = LineDigest::of_block();
    let mut space = vec![0; 128 * 1024];
    loop {
        match reader.read(&mut space) {
            Ok(0) => break,
            Ok(count) => lines.push(&space[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if lines.is_complete() {
        Ok((lines.rows(), lines.bytes()))
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
