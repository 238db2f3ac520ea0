//! The rows of one table from the vault into COPY.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio::sync::mpsc;

use super::{LoadError, StoredDump};
use crate::connection::{Session, said};
use crate::custom_format::{Block, BlockKind, BlockText, CopiedTable, Toc, TocEntry};
use crate::target::quote_identifier;
use base::meter::Meter;

/// COPY messages of this size keep both sides busy; four of them per table are under way.
const PIECE_BYTES: usize = 256 * 1024;
const PIECES_AHEAD: usize = 4;

/// One table to fill.
pub(super) struct Table {
    /// The entry of its rows.
    pub(super) dump_id: i64,
    /// Bytes of its rows in the dump.
    pub(super) bytes: u64,
    /// This archive made it, and all of its rows are in this block.
    pub(super) is_ours: bool,
    pub(super) name: String,
    copy: String,
    /// Begins the transaction. It empties a table that this archive made: a server with
    /// `wal_level=minimal` then writes no log for the rows (`pg_restore --jobs` does the same), and
    /// rows may go in frozen, so that nobody has to write their pages again after the first look.
    begin: String,
    block: Block,
    rows: Option<u64>,
}

/// What there is to fill.
pub(super) fn tables(dump: &StoredDump, toc: &Toc) -> Result<Vec<Table>, LoadError> {
    // A table that is left out would be empty, and nobody would notice where no figures are known.
    if let Some(lost) = toc.without_blocks(&dump.blocks).first() {
        let (schema, name) = (lost.schema.as_deref().unwrap_or_default(), &lost.tag);
        return Err(LoadError::NoBlock { object: format!("{schema}.{name}") });
    }
    blocks_of_tables(dump, toc)
}

fn blocks_of_tables(dump: &StoredDump, toc: &Toc) -> Result<Vec<Table>, LoadError> {
    let entries: std::collections::HashMap<i64, &TocEntry> =
        toc.entries.iter().map(|entry| (entry.dump_id, entry)).collect();
    let rows: std::collections::HashMap<(&str, &str), u64> =
        dump.tables.iter().map(|table| ((table.schema.as_str(), table.name.as_str()), table.rows)).collect();
    let created: std::collections::HashSet<(Option<&str>, &str)> = toc
        .entries
        .iter()
        .filter(|entry| entry.kind == "TABLE")
        .map(|entry| (entry.schema.as_deref(), entry.tag.as_str()))
        .collect();
    let filled = dump.blocks.iter().filter(|block| block.kind == BlockKind::Rows).filter_map(|block| {
        let entry = *entries.get(&block.dump_id)?;
        entry.copy.as_ref()?;
        let schema = entry.schema.clone().unwrap_or_default();
        // The statement is built of names: the text of an archive may be any other.
        let Some(copied) = CopiedTable::of(entry) else { return Some(Err(not_understood(entry))) };
        // Only what this archive created: an extension's table keeps the rows that came with it. Where
        // partitions load through their root, each would empty the ones before.
        let is_ours = created.contains(&(entry.schema.as_deref(), entry.tag.as_str()))
            && !entry.definition.starts_with("-- load via partition root");
        let name = format!("{}.{}", quote_identifier(&schema), quote_identifier(&entry.tag));
        let copy = copied.from_stdin();
        Some(Ok(Table {
            dump_id: block.dump_id,
            bytes: block.length,
            is_ours,
            rows: rows.get(&(schema.as_str(), entry.tag.as_str())).copied(),
            name: format!("{schema}.{}", entry.tag),
            begin: if is_ours { format!("BEGIN; TRUNCATE ONLY {name}") } else { "BEGIN".to_owned() },
            copy: if is_ours { format!("{copy} WITH (FREEZE)") } else { copy },
            block: *block,
        }))
    });
    filled.collect()
}

/// An entry whose statement has another form than `pg_dump` gives it. It is not run.
pub fn not_understood(entry: &TocEntry) -> LoadError {
    let object = format!("{}.{}", entry.schema.as_deref().unwrap_or_default(), entry.tag);
    LoadError::NotUnderstood { object }
}

/// Fills one table. Returns its rows.
pub(super) async fn copy(
    dump: &StoredDump,
    int_bytes: u8,
    session: &Session,
    table: &Table,
    meter: &Arc<Meter>,
) -> Result<u64, LoadError> {
    let server = |error: &tokio_postgres::Error| refused(&table.name, error);
    session.client.batch_execute(&table.begin).await.map_err(|error| server(&error))?;
    let loaded = copy_rows(dump, int_bytes, session, &table.name, &table.copy, table.block, meter).await?;
    session.client.batch_execute("COMMIT").await.map_err(|error| server(&error))?;
    match table.rows {
        Some(expected) if expected != loaded => {
            Err(LoadError::RowCount { table: table.name.clone(), loaded, expected })
        }
        _ => Ok(loaded),
    }
}

/// The rows of one block into the statement `copy`, within whatever transaction the session is in.
/// Returns how many.
///
/// # Errors
/// `Io` when the vault does not give them, `Refused` when the server does not take them.
pub async fn copy_rows(
    dump: &StoredDump,
    int_bytes: u8,
    session: &Session,
    name: &str,
    copy: &str,
    block: Block,
    meter: &Arc<Meter>,
) -> Result<u64, LoadError> {
    let (sender, mut pieces) = mpsc::channel::<std::io::Result<Bytes>>(PIECES_AHEAD);
    let open = Arc::clone(&dump.open);
    let reader = tokio::task::spawn_blocking(move || {
        // The other side hangs up when it fails; then nobody wants the rest.
        if let Err(error) = read_pieces(&open, block, int_bytes, &sender) {
            let _ = sender.blocking_send(Err(error));
        }
    });
    let server = |error: &tokio_postgres::Error| refused(name, error);
    let sink = session.client.copy_in::<_, Bytes>(copy).await.map_err(|error| server(&error))?;
    let mut sink = std::pin::pin!(sink);
    while let Some(piece) = pieces.recv().await {
        let piece = piece.map_err(|source| LoadError::Io { what: "read the dump from the vault", source })?;
        meter.add_bytes(piece.len() as u64);
        meter.add_rows(memchr::memchr_iter(b'\n', &piece).count() as u64);
        sink.send(piece).await.map_err(|error| server(&error))?;
    }
    // The rows end where the reader says so, not where it died.
    reader.await.map_err(|join| LoadError::Io {
        what: "read the dump from the vault",
        source: std::io::Error::other(join),
    })?;
    sink.finish().await.map_err(|error| server(&error))
}

fn read_pieces(
    open: &super::OpenRange,
    block: Block,
    int_bytes: u8,
    sender: &mpsc::Sender<std::io::Result<Bytes>>,
) -> std::io::Result<()> {
    // Older writers frame every row by itself: without a buffer, two small reads for each.
    let range = std::io::BufReader::with_capacity(PIECE_BYTES, open(block.offset, block.length)?);
    let mut text = BlockText::new(range, int_bytes)?;
    loop {
        let mut piece = vec![0; PIECE_BYTES];
        let mut filled = 0;
        while filled < piece.len() {
            let count = text.read(&mut piece[filled..])?;
            if count == 0 {
                break;
            }
            filled += count;
        }
        if filled == 0 {
            return Ok(());
        }
        piece.truncate(filled);
        if sender.blocking_send(Ok(Bytes::from(piece))).is_err() {
            return Ok(());
        }
    }
}

/// What the server said, with the object that it was about.
pub(super) fn refused(object: &str, error: &tokio_postgres::Error) -> LoadError {
    let message = said(error);
    LoadError::Refused { object: object.to_owned(), message }
}
