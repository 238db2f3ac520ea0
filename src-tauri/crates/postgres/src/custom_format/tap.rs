//! The tap: parses an archive while it streams by, and keeps what a manifest needs.
//!
//! It never stops the stream. What it cannot parse it swallows, and says so at the end: the dump is
//! kept, and the proof says that it has no fingerprints.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::scan::{self, Stop};
use super::{Block, BlockKind, FormatError, LineDigest, Toc};
use crate::copy_text::{WatchedTable, columns_in};

/// The head is kept until it is parsed: a million tables take about 200 MB.
const HEAD_BYTES_MAX: usize = 512 * 1024 * 1024;
const KIND_ROWS: u8 = 1;
const KIND_LARGE_OBJECTS: u8 = 3;

/// What a dump holds of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDigest {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Bytes of its rows.
    pub bytes: u64,
    /// Order-independent fingerprint: 32 hexadecimal digits.
    pub fingerprint: String,
}

/// What a dump holds of large objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LargeObjects {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Wrapping sum of XXH3-128 over each object's number and content.
    pub fingerprint: u128,
}

impl LargeObjects {
    /// The fingerprint as manifests hold it: 32 hexadecimal digits.
    pub fn fingerprint_text(&self) -> String {
        format!("{:032x}", self.fingerprint)
    }
}

/// What the tap saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Header and table of contents.
    pub toc: Toc,
    /// Tables in the order of the archive.
    pub tables: Vec<TableDigest>,
    /// Large objects.
    pub large_objects: LargeObjects,
    /// The first data block begins here.
    pub prefix_bytes: u64,
    /// Where each data block lies.
    pub blocks: Vec<Block>,
}

/// Parses an archive piece by piece.
#[derive(Debug)]
pub struct Tap {
    state: State,
    /// Bytes seen before the current slice.
    seen: u64,
    rows: u64,
    watched: Option<WatchedTable>,
}

#[derive(Debug)]
enum State {
    Head { bytes: Vec<u8>, try_at: usize },
    Data(Box<Data>),
    Failed(FormatError),
}

#[derive(Debug)]
struct Data {
    toc: Toc,
    by_id: HashMap<i64, usize>,
    /// Entries whose block began.
    seen: HashSet<i64>,
    int_bytes: usize,
    /// A number or kind that began in an earlier slice.
    partial: Vec<u8>,
    expect: Expect,
    block: Option<OpenBlock>,
    tables: Vec<TableDigest>,
    large_objects: LargeObjects,
    blocks: Vec<Block>,
}

/// What comes next in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Kind,
    DumpId,
    ObjectId,
    ChunkLength,
    Chunk(u64),
}

struct OpenBlock {
    dump_id: i64,
    kind: BlockKind,
    offset: u64,
    lines: LineDigest,
    object: Option<Xxh3>,
    /// Its rows are those of the table that is looked at.
    is_watched: bool,
}

impl std::fmt::Debug for OpenBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenBlock").field("dump_id", &self.dump_id).finish_non_exhaustive()
    }
}

impl Default for Tap {
    fn default() -> Self {
        Self::new()
    }
}

impl Tap {
    /// At the beginning of an archive.
    pub fn new() -> Self {
        Self { state: State::Head { bytes: Vec::new(), try_at: 0 }, seen: 0, rows: 0, watched: None }
    }

    /// At the beginning of an archive, some rows of which are to be looked at.
    pub fn watching(table: WatchedTable) -> Self {
        Self { watched: Some(table), ..Self::new() }
    }

    /// The table that is looked at, with what was found of it so far.
    pub fn watched(&mut self) -> Option<&mut WatchedTable> {
        self.watched.as_mut()
    }

    /// Takes the next bytes, cut anywhere.
    pub fn push(&mut self, slice: &[u8]) {
        let before = self.seen;
        self.seen += slice.len() as u64;
        let outcome = match &mut self.state {
            State::Failed(_) => return,
            State::Data(data) => data.push(slice, before, &mut self.rows, &mut self.watched),
            State::Head { bytes, try_at } => {
                bytes.extend_from_slice(slice);
                if bytes.len() < *try_at {
                    return;
                }
                head(bytes, try_at, &mut self.rows, &mut self.watched).map(|data| {
                    if let Some(data) = data {
                        self.state = State::Data(data);
                    }
                })
            }
        };
        if let Err(error) = outcome {
            self.state = State::Failed(error);
        }
    }

    /// Rows so far, in all tables.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// What the archive held.
    ///
    /// # Errors
    /// Why it could not be parsed; `Truncated` when it ended in the middle.
    pub fn finish(mut self) -> Result<Summary, FormatError> {
        let truncated = |what| FormatError::Truncated { bytes: self.seen, what };
        match self.state {
            State::Failed(error) => Err(error),
            // It may have been completed after the last try, and all of the data with it.
            State::Head { bytes, mut try_at } => {
                match head(&bytes, &mut try_at, &mut self.rows, &mut self.watched)? {
                    Some(data) => data.finish(&truncated),
                    None => Err(truncated("its table of contents")),
                }
            }
            State::Data(data) => data.finish(&truncated),
        }
    }
}

/// Parses the head once it is all there; retries only after it doubled, so that the cost stays linear.
fn head(
    bytes: &[u8],
    try_at: &mut usize,
    rows: &mut u64,
    watched: &mut Option<WatchedTable>,
) -> Result<Option<Box<Data>>, FormatError> {
    match Toc::scan(bytes) {
        Err(Stop::Bad(error)) => Err(error),
        Err(Stop::More) if bytes.len() > HEAD_BYTES_MAX => {
            Err(FormatError::TooLarge { what: "the table of contents", limit: HEAD_BYTES_MAX as u64 })
        }
        Err(Stop::More) => {
            *try_at = bytes.len() * 2;
            Ok(None)
        }
        Ok(toc) => {
            let start = toc.prefix_bytes;
            let mut data = Box::new(Data::new(toc)?);
            let rest = usize::try_from(start).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
            data.push(rest, start, rows, watched)?;
            Ok(Some(data))
        }
    }
}

impl Data {
    fn new(toc: Toc) -> Result<Self, FormatError> {
        if toc.header.is_compressed {
            return Err(FormatError::Compressed);
        }
        let by_id = toc.entries.iter().enumerate().map(|(at, entry)| (entry.dump_id, at)).collect();
        Ok(Self {
            by_id,
            seen: HashSet::new(),
            int_bytes: usize::from(toc.header.int_bytes),
            partial: Vec::new(),
            expect: Expect::Kind,
            block: None,
            tables: Vec::new(),
            large_objects: LargeObjects::default(),
            blocks: Vec::new(),
            toc,
        })
    }

    fn push(
        &mut self,
        mut slice: &[u8],
        start: u64,
        rows: &mut u64,
        watched: &mut Option<WatchedTable>,
    ) -> Result<(), FormatError> {
        let total = slice.len();
        while !slice.is_empty() {
            let at = start + (total - slice.len()) as u64;
            if let Expect::Chunk(left) = self.expect {
                let take = slice.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                self.take_data(&slice[..take], rows, watched);
                slice = &slice[take..];
                let left = left - take as u64;
                self.expect = if left == 0 { Expect::ChunkLength } else { Expect::Chunk(left) };
                continue;
            }
            let wanted = if self.expect == Expect::Kind { 1 } else { 1 + self.int_bytes };
            // Each row has its own frame, and nearly every frame lies whole in its slice.
            if self.partial.is_empty()
                && let Some((value, rest)) = slice.split_at_checked(wanted)
            {
                slice = rest;
                self.take_value(value, at + wanted as u64, watched)?;
                continue;
            }
            let take = slice.len().min(wanted - self.partial.len());
            self.partial.extend_from_slice(&slice[..take]);
            slice = &slice[take..];
            if self.partial.len() == wanted {
                let value = std::mem::take(&mut self.partial);
                self.take_value(&value, at + take as u64, watched)?;
                // The allocation serves again.
                self.partial = value;
                self.partial.clear();
            }
        }
        Ok(())
    }

    fn take_data(&mut self, bytes: &[u8], rows: &mut u64, watched: &mut Option<WatchedTable>) {
        let Some(block) = &mut self.block else { return };
        match block.kind {
            BlockKind::Rows => {
                let before = block.lines.rows();
                block.lines.push(bytes);
                *rows += block.lines.rows() - before;
                if let Some(table) = watched.as_mut().filter(|_| block.is_watched) {
                    table.rows.push(bytes);
                }
            }
            BlockKind::LargeObjects => {
                self.large_objects.bytes += bytes.len() as u64;
                if let Some(object) = &mut block.object {
                    object.update(bytes);
                }
            }
        }
    }

    fn take_value(
        &mut self,
        bytes: &[u8],
        end: u64,
        watched: &mut Option<WatchedTable>,
    ) -> Result<(), FormatError> {
        let nonsense = |what| FormatError::Nonsense { at: end - bytes.len() as u64, what };
        if self.expect == Expect::Kind {
            let kind = match bytes[0] {
                KIND_ROWS => BlockKind::Rows,
                KIND_LARGE_OBJECTS => BlockKind::LargeObjects,
                _ => return Err(nonsense("a data block of an unknown kind")),
            };
            let lines = LineDigest::of_block();
            let offset = end - 1;
            self.block = Some(OpenBlock { dump_id: 0, kind, offset, lines, object: None, is_watched: false });
            self.expect = Expect::DumpId;
            return Ok(());
        }
        let value = scan::int(bytes).ok_or_else(|| nonsense("a number is out of range"))?;
        let block = self.block.as_mut().ok_or_else(|| nonsense("a number outside a block"))?;
        match self.expect {
            Expect::DumpId => {
                let at =
                    *self.by_id.get(&value).ok_or_else(|| nonsense("a data block of an unknown entry"))?;
                let entry = &self.toc.entries[at];
                let is_due =
                    entry.has_data && (block.kind == BlockKind::LargeObjects) == (entry.kind == "BLOBS");
                if !is_due || !self.seen.insert(value) {
                    return Err(nonsense("a data block that is not due here"));
                }
                if block.kind == BlockKind::Rows && entry.copy.is_none() {
                    return Err(FormatError::NotCopy { table: entry.tag.clone() });
                }
                block.dump_id = value;
                if let Some(table) = watched
                    && block.kind == BlockKind::Rows
                    && table.meets(entry.schema.as_deref().unwrap_or_default(), &entry.tag)
                {
                    block.is_watched = true;
                    table.begin(columns_in(entry.copy.as_deref().unwrap_or_default()));
                }
                self.expect = match block.kind {
                    BlockKind::Rows => Expect::ChunkLength,
                    BlockKind::LargeObjects => Expect::ObjectId,
                };
            }
            Expect::ObjectId if value == 0 => self.close_block(end)?,
            Expect::ObjectId => {
                let mut object = Xxh3::new();
                object.update(&value.to_le_bytes());
                block.object = Some(object);
                self.large_objects.count += 1;
                self.expect = Expect::ChunkLength;
            }
            Expect::ChunkLength if value == 0 => match block.kind {
                BlockKind::Rows => self.close_block(end)?,
                BlockKind::LargeObjects => {
                    let hash = block.object.take().map_or(0, |object| object.digest128());
                    self.large_objects.fingerprint = self.large_objects.fingerprint.wrapping_add(hash);
                    self.expect = Expect::ObjectId;
                }
            },
            Expect::ChunkLength => {
                let length = u64::try_from(value).map_err(|_| nonsense("a chunk's length is negative"))?;
                self.expect = Expect::Chunk(length);
            }
            Expect::Kind | Expect::Chunk(_) => {}
        }
        Ok(())
    }

    fn close_block(&mut self, end: u64) -> Result<(), FormatError> {
        self.expect = Expect::Kind;
        let Some(block) = self.block.take() else { return Ok(()) };
        let OpenBlock { dump_id, kind, offset, lines, .. } = block;
        self.blocks.push(Block { dump_id, kind, offset, length: end - offset });
        if kind == BlockKind::LargeObjects {
            return Ok(());
        }
        if !lines.is_complete() {
            return Err(FormatError::Nonsense { at: end, what: "rows end without their mark" });
        }
        if let Some(entry) = self.by_id.get(&dump_id).map(|at| &self.toc.entries[*at]) {
            self.tables.push(TableDigest {
                schema: entry.schema.clone().unwrap_or_default(),
                name: entry.tag.clone(),
                rows: lines.rows(),
                bytes: lines.bytes(),
                fingerprint: lines.fingerprint(),
            });
        }
        Ok(())
    }

    fn finish(self, truncated: &dyn Fn(&'static str) -> FormatError) -> Result<Summary, FormatError> {
        if self.expect != Expect::Kind || !self.partial.is_empty() {
            return Err(truncated("a data block"));
        }
        // Every entry with data has its block, also an empty table: a missing one is a cut archive,
        // and a cut between two blocks shows in nothing else.
        if !self.toc.without_blocks(&self.blocks).is_empty() {
            return Err(truncated("its data blocks"));
        }
        let prefix_bytes = self.toc.prefix_bytes;
        let Self { toc, tables, large_objects, blocks, .. } = self;
        Ok(Summary { toc, tables, large_objects, prefix_bytes, blocks })
    }
}

#[cfg(test)]
#[path = "tap_tests.rs"]
mod tests;
