//! Rows of the database as JSON: a tar with a file for each table, an object on each line, and a manifest.
//!
//! All of it is of the dump's one snapshot. The rows are counted and compared with the backup's own fingerprints.

use std::collections::HashSet;
use std::io::{self, Read, Write};

use base::command::is_meant;
use postgres::custom_format::{
    Block, BlockKind, BlockText, CopiedTable, LineDigest, TableShape, Toc, TocEntry,
};
use postgres::json_rows::{JsonError, JsonRows};
use ring::digest::{SHA256, digest};
use serde_json::json;

use super::ExportError;
use super::layout::{Item, MANIFEST, SUMS, mismatch};
use super::metadata::{seconds, sums};
use super::pieces::{Broken, Pieces};
use super::request::Destination;
use super::sink::{Hashed, Sink};
use super::source::{Source, Watch};
use super::target::Target;
use super::whole::{Backup, Content, Made, why};
use crate::archive::DatabasePart;

/// What the manifest calls its format.
const FORMAT: &str = "holdfast-tables/1";
const SPACE_BYTES: usize = 256 * 1024;
/// A buffer that grew for one long row is given back.
const KEPT_BYTES: usize = 4 << 20;
/// A longer name is none of a file everywhere.
const FILE_BYTES_MAX: usize = 200;
/// More than this is no table of contents that names tables.
const HEAD_BYTES_MAX: u64 = 1 << 30;

/// Tables of a dump, and the dump.
pub(super) struct Tables<'a> {
    pub(super) backup: &'a Backup,
    pub(super) item: &'a Item,
    /// As `schema.name`, with a star at the end for all that begin so; none takes all.
    pub(super) wanted: &'a [String],
}

/// A table that is written.
struct Found {
    schema: String,
    name: String,
    file: String,
    copied: CopiedTable,
    shape: Option<TableShape>,
    block: Block,
}

/// What was written of it.
struct Counted {
    rows: u64,
    bytes: u64,
    sha256: String,
}

impl Tables<'_> {
    /// Writes the tar. A tar names sizes first, so the rows are turned into JSON twice: once to count their bytes, and
    /// once into the file; nothing is put on the disk in between. Blocks.
    pub(super) fn write(&self, to: &Destination, run: &str, watch: &Watch<'_>) -> Result<Made, ExportError> {
        let database = self.backup.manifest.dump()?;
        let (int_bytes, found) = self.find(database, watch)?;
        let (target, file) = Target::begin(to, run)?;
        let disk = |source| ExportError::writing(&to.path, source);
        let sink = Sink::new(file, to.packing, to.passphrase.as_ref()).map_err(disk)?;
        let mut pieces = Pieces::new(sink, seconds(&self.backup.manifest));
        let poured = self.pour((database, int_bytes), &found, &mut pieces, watch);
        let (sink, written) = poured.and_then(|()| pieces.finish()).map_err(|broken| why(broken, to))?;
        let (bytes, sha256) = sink.finish().map_err(disk)?;
        Ok(Made { target, bytes, sha256, content: Content::Tar(written) })
    }

    fn pour(
        &self,
        (database, int_bytes): (&DatabasePart, u8),
        found: &[Found],
        pieces: &mut Pieces<Sink>,
        watch: &Watch<'_>,
    ) -> Result<(), Broken> {
        let mut all = Vec::with_capacity(found.len());
        for table in found {
            let mut hashed = Hashed::new(io::sink());
            let rows = self.rows(database, int_bytes, table, &mut hashed, watch)?;
            let (_, bytes, sha256) = hashed.finish();
            all.push(Counted { rows, bytes, sha256 });
        }
        pieces.text(MANIFEST, &self.manifest(database, found, &all))?;
        for (table, Counted { bytes, .. }) in found.iter().zip(&all) {
            pieces.stream(&table.file, *bytes, |into| {
                self.rows(database, int_bytes, table, into, watch).map(drop)
            })?;
        }
        let text = sums(pieces.written());
        pieces.text(SUMS, &text)
    }

    fn manifest(&self, database: &DatabasePart, found: &[Found], all: &[Counted]) -> Vec<u8> {
        let manifest = &self.backup.manifest;
        let tables: Vec<_> = found
            .iter()
            .zip(all)
            .map(|(table, Counted { rows, bytes, sha256 })| {
                let shape = table.shape.as_ref();
                let kind = |column: &String| shape.and_then(|shape| shape.kind_of(column));
                let untyped = JsonRows::untyped(&table.copied, shape);
                let left_out = shape.map(|shape| shape.generated().collect::<Vec<_>>()).unwrap_or_default();
                let columns: Vec<_> = table
                    .copied
                    .columns
                    .iter()
                    .map(|column| json!({ "name": column, "type": kind(column) }))
                    .collect();
                json!({
                    "schema": table.schema, "name": table.name, "file": table.file, "rows": rows,
                    "bytes": bytes, "sha256": sha256, "columns": columns,
                    "all_texts": untyped, "generated": left_out,
                })
            })
            .collect();
        let at = jiff::Timestamp::from_millisecond(manifest.moment_at_ms).map(|at| at.to_string());
        let whole = json!({
            "format": FORMAT,
            "backup": self.backup.id.to_string(),
            "project": manifest.origin.project,
            "database": database.name,
            "at": at.ok(),
            "lsn": manifest.server.as_ref().and_then(|server| server.lsn.clone()),
            "tables": tables,
            "not_taken": self.not_taken(),
        });
        format!("{whole:#}\n").into_bytes()
    }

    /// What is wanted, in the order of names, and how the archive writes numbers.
    fn find(&self, database: &DatabasePart, watch: &Watch<'_>) -> Result<(u8, Vec<Found>), ExportError> {
        let wrong = |what: String| mismatch(&self.item.path, what);
        let no_json = |what: String| ExportError::NoJson { table: database.name.clone(), what };
        if let Some(why) = &database.uncounted {
            return Err(no_json(format!("where each row is in the dump is not known ({why})")));
        }
        let Backup { vault, id, .. } = self.backup;
        let mut head = Vec::new();
        let prefix = database.prefix_bytes.min(HEAD_BYTES_MAX);
        let mut source = Source::new(vault.read_range(id, &self.item.path, 0, prefix)?, watch);
        if let Err(error) = source.read_to_end(&mut head) {
            return Err(source.failure().unwrap_or_else(|| wrong(error.to_string())));
        }
        let toc = Toc::parse(&head).map_err(|error| wrong(error.to_string()))?;
        // What is written without an encoding is judged value by value.
        if let Some(encoding) = toc.encoding().filter(|of| !["UTF8", "SQL_ASCII"].contains(of)) {
            return Err(no_json(format!("its texts are in {encoding}, and JSON is UTF-8")));
        }
        let mut found: Vec<Found> = Vec::new();
        for entry in toc.entries.iter().filter(|entry| entry.kind == "TABLE DATA") {
            let schema = entry.schema.clone().unwrap_or_default();
            if !self.wants(&schema, &entry.tag) {
                continue;
            }
            let words = format!("{schema}.{}", entry.tag);
            let is_its = |block: &&Block| block.kind == BlockKind::Rows && block.dump_id == entry.dump_id;
            let block = database.blocks.iter().find(is_its).copied();
            let block = block.ok_or_else(|| wrong(format!("it has no rows of {words}")))?;
            let copied = CopiedTable::of(entry)
                .ok_or_else(|| wrong(format!("it does not name the columns of {words} as pg_dump does")))?;
            found.push(Found {
                file: file_of(&schema, &entry.tag),
                shape: shape_of(&toc, &schema, &entry.tag),
                name: entry.tag.clone(),
                schema,
                copied,
                block,
            });
        }
        found.sort_by(|one, other| (&one.schema, &one.name).cmp(&(&other.schema, &other.name)));
        let mut taken = HashSet::new();
        for table in &mut found {
            // Two names that differ in their capitals alone are one file on many computers.
            if !taken.insert(table.file.to_lowercase()) || table.file.len() > FILE_BYTES_MAX {
                table.file = short_file_of(&table.schema, &table.name);
            }
        }
        let missing = self
            .wanted
            .iter()
            .find(|wanted| !found.iter().any(|table| is_meant(wanted, &table.schema, &table.name)));
        match missing {
            Some(missing) if !self.not_taken().is_empty() => {
                Err(no_json(format!("the rows that {missing} names are not in the backup, by choice")))
            }
            Some(missing) => Err(ExportError::NoTable { table: missing.clone() }),
            None => Ok((toc.header.int_bytes, found)),
        }
    }

    /// Tables that are wanted, and whose rows the backup does not have by choice.
    fn not_taken(&self) -> Vec<String> {
        let tables = self.backup.manifest.not_taken().into_iter().flat_map(|out| &out.tables);
        let wanted = tables.filter(|table| self.wants(&table.schema, &table.name));
        wanted.map(|table| format!("{}.{}", table.schema, table.name)).collect()
    }

    fn wants(&self, schema: &str, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|wanted| is_meant(wanted, schema, name))
    }

    /// Writes the rows of a table; how many.
    fn rows(
        &self,
        database: &DatabasePart,
        int_bytes: u8,
        table: &Found,
        into: &mut dyn Write,
        watch: &Watch<'_>,
    ) -> Result<u64, Broken> {
        let words = format!("{}.{}", table.schema, table.name);
        let wrong = |what: String| Broken::Source(mismatch(&self.item.path, format!("{words}: {what}")));
        let no_json = |error: JsonError| {
            Broken::Source(ExportError::NoJson { table: words.clone(), what: error.to_string() })
        };
        let Backup { vault, id, .. } = self.backup;
        let range = vault.read_range(id, &self.item.path, table.block.offset, table.block.length)?;
        let mut source = Source::new(range, watch);
        let mut text = match BlockText::new(&mut source, int_bytes) {
            Ok(text) => text,
            Err(error) => {
                return Err(source.failure().map_or_else(|| wrong(error.to_string()), Broken::Source));
            }
        };
        let mut rows = JsonRows::of(&table.copied, table.shape.as_ref());
        let (mut digest, mut space, mut lines) = (LineDigest::of_stream(), vec![0; SPACE_BYTES], Vec::new());
        loop {
            let count = match text.read(&mut space) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) => {
                    drop(text);
                    return Err(source.failure().map_or_else(|| wrong(error.to_string()), Broken::Source));
                }
            };
            digest.push(&space[..count]);
            rows.push(&space[..count], &mut lines).map_err(no_json)?;
            into.write_all(&lines).map_err(Broken::Disk)?;
            lines.clear();
            lines.shrink_to(KEPT_BYTES);
        }
        let mut counted = database.tables.iter().flatten();
        let expected = counted.find(|one| (&one.schema, &one.name) == (&table.schema, &table.name));
        let expected =
            expected.ok_or_else(|| wrong("the backup does not say how many rows it has".into()))?;
        if (expected.rows, &expected.fingerprint) != (digest.rows(), &digest.fingerprint()) {
            return Err(wrong(format!(
                "{} rows came, which are not the {} of the backup",
                digest.rows(),
                expected.rows
            )));
        }
        Ok(digest.rows())
    }
}

fn shape_of(toc: &Toc, schema: &str, name: &str) -> Option<TableShape> {
    let is_it = |entry: &&TocEntry| {
        entry.kind == "TABLE" && entry.schema.as_deref() == Some(schema) && entry.tag == name
    };
    toc.entries.iter().find(is_it).and_then(TableShape::of)
}

/// The file of a table. What no file is called everywhere is written as its bytes, so that no two tables share one.
fn file_of(schema: &str, name: &str) -> String {
    let plain = |text: &str| {
        let mut plain = String::new();
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => plain.push(char::from(byte)),
                _ => {
                    plain.push('%');
                    plain.push_str(&base::hex::encode(&[byte]).to_uppercase());
                }
            }
        }
        plain
    };
    format!("{}.{}.jsonl", plain(schema), plain(name))
}

/// The same where that is too long or taken: its beginning, and what tells it from all others.
fn short_file_of(schema: &str, name: &str) -> String {
    let whole = digest(&SHA256, format!("{schema}\0{name}").as_bytes());
    let whole = base::hex::encode(whole.as_ref());
    let file = file_of(schema, name);
    let beginning = file.strip_suffix(".jsonl").unwrap_or(&file);
    format!("{}-{}.jsonl", &beginning[..beginning.len().min(FILE_BYTES_MAX / 2)], &whole[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_with_or_without_its_schema_and_by_its_beginning() {
        assert!(is_meant("users", "public", "users") && is_meant("app.users", "app", "users"));
        assert!(!is_meant("users", "app", "users") && !is_meant("users", "public", "users_old"));
        assert!(is_meant("app.*", "app", "users") && is_meant("users_*", "public", "users_2026"));
        assert!(!is_meant("app.*", "apple", "users"));
    }

    #[test]
    fn no_two_tables_share_a_file_and_no_name_leads_out_of_the_folder() {
        assert_eq!(file_of("public", "users"), "public.users.jsonl");
        assert_eq!(file_of("public", "../a b"), "public.%2E%2E%2Fa%20b.jsonl");
        assert_ne!(file_of("a.b", "c"), file_of("a", "b.c"));
        let long = short_file_of("public", &"ж".repeat(60));
        assert!(long.len() < FILE_BYTES_MAX, "{long}");
        assert_ne!(short_file_of("public", "User"), short_file_of("public", "user"));
    }
}
