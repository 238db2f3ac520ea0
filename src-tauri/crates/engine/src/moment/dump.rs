//! Streaming `pg_dump` into the vault, with the tap on the stream.

use std::io::{self, Read};
use std::sync::Arc;

use jiff::Timestamp;
use vault::{FileMeta, SnapshotWriter};

use crate::archive::failure::vault_failure;
use crate::archive::{DATABASE_DIRECTORY, Part};
use base::Code;
use base::failure::Failure;
use base::hex;
use base::meter::Meter;
use postgres::custom_format::{FormatError, Summary, Tap};
use postgres::dump::Dump;

/// Only the owner reads what a restore of the files would make.
const MODE: u32 = 0o600;

/// A dump that is in the vault, not yet visible.
pub(crate) struct Stored {
    /// The file.
    pub(crate) part: Part,
    /// What is in it, or why that cannot be said.
    pub(crate) summary: Result<Summary, FormatError>,
}

/// Where a database's dump lies: names that no file tree can hold are percent-encoded.
pub(crate) fn dump_path(database: &str) -> String {
    use std::fmt::Write as _;
    let mut name = String::new();
    for byte in database.bytes() {
        if byte.is_ascii_alphanumeric() || b"_-.".contains(&byte) && !(name.is_empty() && byte == b'.') {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    format!("{DATABASE_DIRECTORY}/{name}.dump")
}

/// Moves the dump into the vault. Blocks. A dump that ends badly is an error even when bytes came.
pub(crate) fn store(
    writer: &SnapshotWriter,
    mut dump: Dump,
    path: &str,
    meter: &Arc<Meter>,
) -> Result<Stored, Failure> {
    let output = dump.take_output().ok_or_else(|| {
        Failure::new(Code::Internal, "the dump has no output", "Copy this report to the developers.")
    })?;
    let mut tapped = Tapped { output, tap: Tap::new(), meter: Arc::clone(meter), rows: 0 };
    let meta = FileMeta { mode: MODE, modified: Timestamp::now() };
    let written = writer.file(path, &meta, &mut tapped);
    let Tapped { tap, output, .. } = tapped;
    // What goes on writing ends once nobody reads.
    drop(output);
    // The dump's own words tell more than the pipe that it closed; they are asked for first.
    dump_end(dump, &written)?;
    let written = written.map_err(vault_failure)?;
    let part = Part { path: path.to_owned(), bytes: written.bytes, sha256: hex::encode(&written.sha256) };
    let summary = tap.finish();
    // It says that all went well, and yet it is none: never a backup.
    if let Err(error @ (FormatError::Truncated { .. } | FormatError::NotCustomFormat)) = &summary {
        return Err(Failure::new(
            Code::DumpFailed,
            format!("what pg_dump wrote is not whole: {error}"),
            "Start it again; what is already in the vault is used.",
        ));
    }
    Ok(Stored { part, summary })
}

fn dump_end<T>(dump: Dump, written: &Result<T, vault::VaultError>) -> Result<(), Failure> {
    if let Err(error) = written
        && !matches!(error, vault::VaultError::Source { .. })
    {
        // The vault failed first: the dump is stopped, and what it says about a closed pipe is no news.
        dump.kill_handle().kill();
        let _ = dump.finish();
        return Ok(());
    }
    Ok(dump.finish()?)
}

/// Stores an archive that comes as a stream, counted as it passes. Blocks.
pub(crate) fn store_stream(
    writer: &SnapshotWriter,
    stream: impl Read + Send,
    path: &str,
    meter: &Arc<Meter>,
) -> Result<Stored, Failure> {
    let mut tapped = Tapped { output: stream, tap: Tap::new(), meter: Arc::clone(meter), rows: 0 };
    let meta = FileMeta { mode: MODE, modified: Timestamp::now() };
    let written = writer.file(path, &meta, &mut tapped).map_err(vault_failure)?;
    let part = Part { path: path.to_owned(), bytes: written.bytes, sha256: hex::encode(&written.sha256) };
    Ok(Stored { part, summary: tapped.tap.finish() })
}

/// Stores a text. Blocks.
pub(crate) fn store_text(writer: &SnapshotWriter, text: &[u8], path: &str) -> Result<Part, Failure> {
    let meta = FileMeta { mode: MODE, modified: Timestamp::now() };
    let written = writer.file(path, &meta, text).map_err(vault_failure)?;
    Ok(Part { path: path.to_owned(), bytes: written.bytes, sha256: hex::encode(&written.sha256) })
}

/// The child's output, with the tap and the meter on it.
struct Tapped<R> {
    output: R,
    tap: Tap,
    meter: Arc<Meter>,
    rows: u64,
}

impl<R: Read> Read for Tapped<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.output.read(into)?;
        self.tap.push(&into[..count]);
        self.meter.add_bytes(count as u64);
        let rows = self.tap.rows();
        self.meter.add_rows(rows - self.rows);
        self.rows = rows;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::dump_path;

    #[test]
    fn every_database_name_gives_a_path_that_a_tree_can_hold() {
        assert_eq!(dump_path("shop"), "/database/shop.dump");
        assert_eq!(dump_path("../a b"), "/database/%2E.%2Fa%20b.dump");
        assert_eq!(dump_path("größe"), "/database/gr%C3%B6%C3%9Fe.dump");
    }
}
