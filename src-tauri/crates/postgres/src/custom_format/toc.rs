//! The head of an archive: its header and its table of contents.

use std::collections::HashSet;

use super::data_files::{is_data_file, is_object_list};
use super::preamble::{self, Layout, header};
use super::scan::{Scan, Stop};
use super::{Block, FormatError};

/// A table with all its parts takes about ten entries; this is a million tables.
pub(super) const ENTRIES_MAX: i64 = 10_000_000;
const DEPENDENCIES_MAX: usize = 1_000_000;

/// Facts of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Archive version, as major, minor, revision.
    pub version: (u8, u8, u8),
    /// Bytes of a number's magnitude.
    pub int_bytes: u8,
    /// Whether the data blocks are compressed.
    pub is_compressed: bool,
    /// The database that was dumped.
    pub database: Option<String>,
    /// The server's version.
    pub server_version: Option<String>,
    /// The version of the `pg_dump` that wrote it.
    pub tool_version: Option<String>,
}

/// When an entry is restored, as `pg_restore --section` sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Before the rows: tables, types, functions.
    PreData,
    /// With the rows: rows, sequences, large objects with what belongs to them.
    Data,
    /// After the rows: indexes, constraints, triggers.
    PostData,
}

/// One entry of the table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TocEntry {
    /// Its number within the archive.
    pub dump_id: i64,
    /// When it is restored. Comments and rights say none of their own: theirs is that of the entry before.
    pub section: Section,
    /// Whether data blocks may follow for it.
    pub has_data: bool,
    /// Name of the object.
    pub tag: String,
    /// Kind: `TABLE DATA`, `SEQUENCE SET`, `EXTENSION` …
    pub kind: String,
    /// Statement that makes it.
    pub definition: String,
    /// `COPY … FROM stdin;` for the data of a table.
    pub copy: Option<String>,
    /// Schema.
    pub schema: Option<String>,
    /// Owner.
    pub owner: Option<String>,
    /// The entries that it needs, as far as the archive says.
    pub dependencies: Vec<i64>,
    /// The catalogue's table that it is from and its number there; zeros for what is from none, as comments.
    pub object: (u32, u32),
}

/// What becomes of an entry in another head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// It stays as it is.
    Keep,
    /// It goes.
    Drop,
    /// It is made by this statement.
    Define(String),
}

/// Header and table of contents, and where they end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toc {
    /// The header.
    pub header: Header,
    /// The entries.
    pub entries: Vec<TocEntry>,
    /// The first data block begins here.
    pub prefix_bytes: u64,
}

impl Toc {
    /// Reads the head of an archive that is here as a whole.
    ///
    /// # Errors
    /// `NotCustomFormat`, `UnknownVersion`, `Nonsense`, or `Truncated` when the head is not all there.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        match Self::scan(bytes) {
            Ok(toc) => Ok(toc),
            Err(Stop::Bad(error)) => Err(error),
            Err(Stop::More) => {
                Err(FormatError::Truncated { bytes: bytes.len() as u64, what: "its table of contents" })
            }
        }
    }

    pub(super) fn scan(bytes: &[u8]) -> Result<Self, Stop> {
        let mut scan = Scan::new(bytes);
        let header = header(&mut scan)?;
        let count = scan.int()?;
        if !(0..=ENTRIES_MAX).contains(&count) {
            return Err(scan.nonsense("the number of entries is impossible"));
        }
        let mut entries = Vec::new();
        let mut section = Section::PreData;
        for _ in 0..count {
            let entry = entry(&mut scan, &header, section)?;
            section = entry.section;
            entries.push(entry);
        }
        Ok(Self { header, entries, prefix_bytes: scan.at() })
    }

    /// Reads the table of contents of an archive whose data lies in files beside it: the `toc.dat` of the
    /// directory format, and of the tar format; with the name of each entry's file, where it has one. A name that
    /// `pg_dump` gives no file is refused, since `pg_restore` would open it wherever it leads.
    ///
    /// # Errors
    /// As `parse`.
    pub fn parse_files(bytes: &[u8]) -> Result<(Self, Vec<Option<String>>), FormatError> {
        files(bytes).map_err(|stop| match stop {
            Stop::Bad(error) => error,
            Stop::More => FormatError::Truncated { bytes: bytes.len() as u64, what: "its table of contents" },
        })
    }

    /// A head with only the entries that `keep` wants: an archive by itself, in which what they depend on
    /// and is left out counts as there already. `bytes` is the whole head.
    ///
    /// # Errors
    /// As `parse`.
    pub fn select(bytes: &[u8], keep: &dyn Fn(&TocEntry) -> bool) -> Result<Vec<u8>, FormatError> {
        Self::rewrite(bytes, &|entry| if keep(entry) { Edit::Keep } else { Edit::Drop })
    }

    /// A head with other entries, or entries with other statements.
    ///
    /// # Errors
    /// As `parse`.
    pub fn rewrite(bytes: &[u8], edit: &dyn Fn(&TocEntry) -> Edit) -> Result<Vec<u8>, FormatError> {
        rewritten(bytes, edit).map_err(|stop| match stop {
            Stop::Bad(error) => error,
            Stop::More => FormatError::Truncated { bytes: bytes.len() as u64, what: "its table of contents" },
        })
    }

    /// The entries that have data and none of these blocks: what a cut archive, or a cut list, lacks.
    pub fn without_blocks(&self, blocks: &[Block]) -> Vec<&TocEntry> {
        let there: HashSet<i64> = blocks.iter().map(|block| block.dump_id).collect();
        self.entries.iter().filter(|entry| entry.has_data && !there.contains(&entry.dump_id)).collect()
    }

    /// The encoding that the dump's text is in, as `pg_dump` declared it.
    pub fn encoding(&self) -> Option<&str> {
        let entry = self.entries.iter().find(|entry| entry.kind == "ENCODING")?;
        entry.definition.split('\'').nth(1)
    }
}

/// How the names of encodings begin in which no byte of a letter is a backslash. A name is compared without
/// signs.
const PLAIN_ENCODINGS: [&str; 17] = [
    "utf8",
    "unicode",
    "sqlascii",
    "latin",
    "iso8859",
    "win12",
    "windows12",
    "win866",
    "windows866",
    "win874",
    "windows874",
    "koi8",
    "euc",
    "mule",
    "alt",
    "tcvn",
    "abc",
];

impl Toc {
    /// Whether a backslash is one in the encoding of the dump's text. In some that only clients have, such as
    /// SJIS, it may be half a letter, and the end of what is quoted is no longer where it seems to be.
    pub fn has_plain_encoding(&self) -> bool {
        let Some(name) = self.encoding() else { return true };
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        PLAIN_ENCODINGS.iter().any(|plain| name.starts_with(plain))
    }
}

fn files(bytes: &[u8]) -> Result<(Toc, Vec<Option<String>>), Stop> {
    let mut scan = Scan::new(bytes);
    let preamble = preamble::preamble(&mut scan)?;
    if preamble.layout != Layout::Files {
        return Err(scan.nonsense("its data does not lie in files"));
    }
    let header = preamble.header;
    let count = scan.int()?;
    if !(0..=ENTRIES_MAX).contains(&count) {
        return Err(scan.nonsense("the number of entries is impossible"));
    }
    let (mut entries, mut names, mut section) = (Vec::new(), Vec::new(), Section::PreData);
    for _ in 0..count {
        let entry = entry_without_place(&mut scan, &header, section)?;
        section = entry.section;
        entries.push(entry);
        let name = scan.text()?.filter(|name| !name.is_empty());
        if name.as_deref().is_some_and(|name| !is_data_file(name) && !is_object_list(name)) {
            return Err(scan.nonsense("it names a file that no dump has"));
        }
        names.push(name);
    }
    Ok((Toc { header, entries, prefix_bytes: scan.at() }, names))
}

fn rewritten(bytes: &[u8], edit: &dyn Fn(&TocEntry) -> Edit) -> Result<Vec<u8>, Stop> {
    let mut scan = Scan::new(bytes);
    let header = header(&mut scan)?;
    let head = scan.at();
    let count = scan.int()?;
    let mut entries = Vec::new();
    let (mut kept, mut section) = (0_u64, Section::PreData);
    for _ in 0..count.max(0) {
        let start = scan.at();
        let (entry, definition) = placed_entry(&mut scan, &header, section)?;
        scan.skip_offset()?;
        section = entry.section;
        match edit(&entry) {
            Edit::Drop => continue,
            Edit::Keep => entries.extend_from_slice(part(bytes, start, scan.at())),
            Edit::Define(text) => {
                entries.extend_from_slice(part(bytes, start, definition.start));
                entries.push(0);
                number(&mut entries, text.len() as u64, header.int_bytes);
                entries.extend_from_slice(text.as_bytes());
                entries.extend_from_slice(part(bytes, definition.end, scan.at()));
            }
        }
        kept += 1;
    }
    let mut selected = part(bytes, 0, head).to_vec();
    selected.push(0);
    // No more than there were, so it fits into the same size.
    number(&mut selected, kept, header.int_bytes);
    selected.extend(entries);
    Ok(selected)
}

/// The magnitude of a number behind its sign.
fn number(bytes: &mut Vec<u8>, value: u64, int_bytes: u8) {
    let magnitude = value.to_le_bytes();
    bytes.extend((0..usize::from(int_bytes)).map(|at| magnitude.get(at).copied().unwrap_or(0)));
}

/// A part of the head that was read already.
fn part(bytes: &[u8], start: u64, end: u64) -> &[u8] {
    let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
    bytes.get(at(start)..at(end)).unwrap_or_default()
}

pub(super) fn entry(scan: &mut Scan<'_>, header: &Header, before: Section) -> Result<TocEntry, Stop> {
    let entry = entry_without_place(scan, header, before)?;
    scan.skip_offset()?;
    Ok(entry)
}

fn entry_without_place(scan: &mut Scan<'_>, header: &Header, before: Section) -> Result<TocEntry, Stop> {
    placed_entry(scan, header, before).map(|(entry, _)| entry)
}

/// An entry, and where its statement lies.
fn placed_entry(
    scan: &mut Scan<'_>,
    header: &Header,
    before: Section,
) -> Result<(TocEntry, std::ops::Range<u64>), Stop> {
    let minor = header.version.1;
    let dump_id = scan.int()?;
    let has_data = scan.int()? != 0;
    let mut oid = || Ok(scan.text()?.and_then(|text| text.trim().parse().ok()).unwrap_or(0));
    let object = (oid()?, oid()?);
    let tag = scan.text()?.unwrap_or_default();
    let kind = scan.text()?.unwrap_or_default();
    let section = match scan.int()? {
        1 => before,
        2 => Section::PreData,
        3 => Section::Data,
        4 => Section::PostData,
        _ => return Err(scan.nonsense("an entry of an unknown section")),
    };
    let from = scan.at();
    let definition = scan.text()?.unwrap_or_default();
    let place = from..scan.at();
    scan.text()?; // statement that drops it
    let copy = scan.text()?.filter(|text| !text.is_empty());
    let schema = scan.text()?.filter(|text| !text.is_empty());
    scan.text()?; // tablespace
    if minor >= 14 {
        scan.text()?; // table access method
    }
    if minor >= 16 {
        scan.int()?; // kind of relation
    }
    let owner = scan.text()?.filter(|text| !text.is_empty());
    scan.text()?; // with oids: always "false" since 12
    let dependencies = dependencies(scan)?;
    let entry = TocEntry {
        dump_id,
        section,
        has_data,
        tag,
        kind,
        definition,
        copy,
        schema,
        owner,
        dependencies,
        object,
    };
    Ok((entry, place))
}

fn dependencies(scan: &mut Scan<'_>) -> Result<Vec<i64>, Stop> {
    let mut all = Vec::new();
    while let Some(text) = scan.text()? {
        // `pg_restore` reads what is no number as 0, which no entry has.
        all.push(text.trim().parse().unwrap_or(0));
        if all.len() > DEPENDENCIES_MAX {
            return Err(scan.nonsense("an entry depends on too much"));
        }
    }
    Ok(all)
}
