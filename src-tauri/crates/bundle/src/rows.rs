//! Rows of one table of a file, without keeping anything of it.

use std::io::Read;

use camino::Utf8Path;

use super::limits::{Limits, Watch};
use super::organisation::{Cell, OrganisationFile, OrganisationRows, Row};
use super::part::{DatabaseFormat, PartHead, Sink};
use super::tar::TarReader;
use super::{BundleError, SqlGate, unpack};
use base::secret::Secret;
use postgres::copy_text::{RowPage, RowRange, WatchedTable, columns_in};
use postgres::custom_format::{Tap, Toc, Uncompressed};

const SPACE_BYTES: usize = 256 * 1024;
/// The table of contents of a million tables takes about 200 MB.
const TOC_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The schema of tables that came without one.
const DEFAULT_SCHEMA: &str = "public";

/// A page of the rows of a table in a file; nothing where the file has no such table.
///
/// # Errors
/// As `inspect`: the file is foreign, and the limits hold here too.
pub fn rows(
    path: &Utf8Path,
    passphrase: Option<&Secret>,
    limits: &Limits,
    watch: Watch<'_>,
    table: (&str, &str),
    range: RowRange,
) -> Result<Option<RowPage>, BundleError> {
    let mut sink = RowSink::new(limits, watch, WatchedTable::new(table.0, table.1, range));
    sink.pass(path, passphrase)?;
    // A folder's table of contents may come behind its files.
    if sink.is_known_late {
        sink.pass(path, passphrase)?;
    }
    Ok(sink.table.finish())
}

/// Takes the rows of one table out of the parts that pass.
pub(super) struct RowSink<'a> {
    bounds: Bounds<'a>,
    pub(super) table: WatchedTable,
    /// The file of a dump in several files that holds the rows, without the ending of its compression.
    file: Option<String>,
    /// That file is known, and was not met since.
    is_known_late: bool,
}

impl Sink for RowSink<'_> {
    fn part(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError> {
        match head.format {
            Some(DatabaseFormat::Custom) => self.custom(head, reader)?,
            Some(DatabaseFormat::PlainSql) => self.script(head, reader)?,
            Some(DatabaseFormat::OrganisationJson) => self.organisation(head, reader)?,
            Some(DatabaseFormat::Directory) => {
                self.file(head.path.rsplit('/').next().unwrap_or_default(), head, reader)?;
            }
            Some(DatabaseFormat::Tar) => self.tar(head, reader)?,
            None => {}
        }
        self.go_on()
    }
}

impl<'a> RowSink<'a> {
    pub(super) fn new(limits: &'a Limits, watch: Watch<'a>, table: WatchedTable) -> Self {
        Self { bounds: Bounds { limits, watch }, table, file: None, is_known_late: false }
    }

    /// One pass over the file, up to where nothing more is wanted.
    fn pass(&mut self, path: &Utf8Path, passphrase: Option<&Secret>) -> Result<(), BundleError> {
        let Bounds { limits, watch } = self.bounds;
        match unpack(path, passphrase, limits, watch, self) {
            Err(_) if self.table.is_over() => Ok(()),
            ended => ended,
        }
    }

    /// Whoever has what was wanted reads no further.
    fn go_on(&self) -> Result<(), BundleError> {
        if self.table.is_over() { Err(BundleError::Cancelled) } else { Ok(()) }
    }

    fn take(&mut self) -> WatchedTable {
        let empty = WatchedTable::new("", "", RowRange { first: 0, count: 1 });
        std::mem::replace(&mut self.table, empty)
    }

    fn custom(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError> {
        let mut tap = Tap::watching(self.take());
        let read = self.bounds.pour(&mut Uncompressed::new(reader), &head.stored_name, |bytes| {
            tap.push(bytes);
            !tap.watched().is_some_and(|table| table.is_over())
        });
        if let Some(table) = tap.watched() {
            self.table = table.clone();
        }
        self.go_on()?;
        read?;
        let damaged = |what: String| BundleError::Damaged { place: head.stored_name.clone(), what };
        tap.finish().map(drop).map_err(|error| damaged(error.to_string()))
    }

    fn script(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError> {
        let mut gate = SqlGate::watching(self.take());
        let read = self.bounds.pour(reader, &head.stored_name, |bytes| {
            gate.push(bytes);
            !gate.watched().is_some_and(|table| table.is_over())
        });
        if let Some(table) = gate.watched() {
            self.table = table.clone();
        }
        read?;
        // A table without rows is a table too.
        let verdict = gate.finish();
        let (schema, name) = (self.table.schema.clone(), self.table.name.clone());
        self.table.is_there |=
            verdict.tables.iter().any(|table| table.schema == schema && table.name == name);
        Ok(())
    }

    fn organisation(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError> {
        let mut rows = DocumentRows { table: &mut self.table, is_it: false };
        OrganisationFile::read(reader, &head.stored_name, self.bounds.limits, &mut rows).map(drop)
    }

    fn tar(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError> {
        let mut tar = TarReader::new(reader, &head.stored_name);
        while let Some(entry) = tar.next()? {
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            self.file(&name, head, &mut tar)?;
            self.go_on()?;
        }
        Ok(())
    }

    /// A file of a dump in several files.
    fn file(&mut self, name: &str, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError> {
        let read = |error| BundleError::of_read(&head.stored_name, "a dump's file", error);
        if name == "toc.dat" {
            return if self.file.is_none() { self.contents(head, reader) } else { Ok(()) };
        }
        let Some(wanted) = self.file.as_deref() else { return Ok(()) };
        let Some(ending) = name.strip_prefix(wanted) else { return Ok(()) };
        let mut opened: Box<dyn Read + '_> = match ending {
            "" => Box::new(reader),
            ".gz" => Box::new(flate2::read::MultiGzDecoder::new(reader)),
            ".zst" => Box::new(zstd::Decoder::new(reader).map_err(read)?),
            _ => {
                let what = format!("rows that are compressed as {ending}");
                return Err(BundleError::Unsupported { place: head.stored_name.clone(), what });
            }
        };
        self.is_known_late = false;
        let rows = &mut self.table.rows;
        self.bounds.pour(&mut opened, &head.stored_name, |bytes| {
            rows.push(bytes);
            !rows.collector.is_over()
        })
    }

    /// The table of contents says which file holds the rows.
    fn contents(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError> {
        let mut bytes = Vec::new();
        let read = reader.take(TOC_BYTES_MAX).read_to_end(&mut bytes);
        read.map_err(|error| BundleError::of_read(&head.stored_name, "a dump's file", error))?;
        let damaged = |what: String| BundleError::Damaged { place: head.stored_name.clone(), what };
        let (toc, names) = Toc::parse_files(&bytes).map_err(|error| damaged(error.to_string()))?;
        for (entry, file) in toc.entries.iter().zip(names) {
            let schema = entry.schema.as_deref().unwrap_or_default();
            if entry.kind == "TABLE DATA" && self.table.meets(schema, &entry.tag) {
                self.table.begin(columns_in(entry.copy.as_deref().unwrap_or_default()));
                self.is_known_late = file.is_some();
                self.file = file;
                return Ok(());
            }
        }
        Ok(())
    }
}

/// What reading may cost, and who may stop it.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    limits: &'a Limits,
    watch: Watch<'a>,
}

impl Bounds<'_> {
    /// Reads on as long as `take` wants more. What opens by itself may never end: it is bounded here.
    fn pour(
        self,
        reader: &mut dyn Read,
        place: &str,
        mut take: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), BundleError> {
        let mut space = vec![0; SPACE_BYTES];
        let mut total = 0_u64;
        loop {
            if self.watch.cancel.is_cancelled() {
                return Err(BundleError::Cancelled);
            }
            let count = match reader.read(&mut space) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(BundleError::of_read(place, "its rows", error)),
            };
            total += count as u64;
            if total > self.limits.unpacked_bytes_max {
                let what = format!("more than {} bytes come out of it", self.limits.unpacked_bytes_max);
                return Err(BundleError::TooLarge { place: place.to_owned(), what });
            }
            if !take(&space[..count]) {
                return Ok(());
            }
        }
    }
}

/// Rows of a JSON document, whose rows each have columns of their own.
struct DocumentRows<'a> {
    table: &'a mut WatchedTable,
    is_it: bool,
}

impl OrganisationRows for DocumentRows<'_> {
    fn table(&mut self, name: &str) -> Result<(), BundleError> {
        self.is_it = self.table.meets(DEFAULT_SCHEMA, name);
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), BundleError> {
        if !self.is_it {
            return Ok(());
        }
        let collector = &mut self.table.rows.collector;
        if !collector.wants_next() {
            collector.pass();
            return if collector.is_over() { Err(BundleError::Cancelled) } else { Ok(()) };
        }
        let named = row.cells.iter().map(|(name, cell)| (name.clone(), text(cell)));
        collector.named(named.collect());
        Ok(())
    }
}

fn text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Null => None,
        Cell::Bool(value) => Some(value.to_string()),
        Cell::Number(text) | Cell::Text(text) | Cell::Json(text) => Some(text.clone()),
    }
}
