//! The one reading of a script from elsewhere: it judges a script, counts what is in it, and cuts it into the
//! pieces that are sent to a server. Nothing of it runs before all of it has passed.
//!
//! No other lexer sees foreign text. What a script is written in becomes UTF-8 first (`letters`), the pieces go
//! over a session of ours whose encoding is UTF-8 for good, and there is no `psql` that could find commands in
//! them. What is read wrong here is an error of the server, never a command.
//!
//! A script may say what it is written in, in the forms that a dump writes: `SET client_encoding = …`,
//! `SET NAMES …`, `\encoding …`. It holds from the next line on, and is no statement for the server. So may it
//! set `standard_conforming_strings`. Whatever changes these in another way is refused, or found when the
//! server says what it has.
//!
//! Of the commands for `psql` these are understood, and why:
//! - `\connect DATABASE`, also in the form `-reuse-previous=on "dbname='…'"`: `pg_dump -C` and `pg_dumpall`
//!   write it. Never with a user, host or port, which would lead elsewhere. The verdict names the databases:
//!   whoever loads the script decides whether it may go there.
//! - `\restrict KEY`, `\unrestrict KEY`: `pg_dump` writes them since 2025; they only forbid.
//! - `\.`: the end of rows.
//! - `\encoding NAME`.
//! - `\set ON_ERROR_STOP on`, and `ECHO`, `QUIET`, `VERBOSITY` with plain values, `\echo`, `\pset`: they mean
//!   nothing here. Variables of `psql` are not known, and no other is set.
//!
//! Everything else is refused: `\!`, `\copy`, `\i`, `\o`, `\w`, `\g…`, `\if`, `\gexec`, whatever comes with a
//! backquote, and what is not known. So are `COPY … PROGRAM` and `COPY` of a file, which the guest may not do
//! either; NUL bytes; and text that versions of Postgres read in different ways.
//!
//! It has to be loaded by a role that is no superuser, since SQL itself may do whatever its role may.

use std::collections::BTreeMap;
use std::io::Read;

use super::BundleError;
use super::inspection::Table;
use postgres::copy_text::WatchedTable;

mod capture;
mod letters;
mod lexer;
mod meta;
mod pieces;
mod script;
mod statement;

use capture::Capture;
use letters::Letters;
use lexer::Lexer;
pub use pieces::Piece;
use pieces::Pieces;
pub use script::Script;

/// Refusals that are kept; more are counted.
const REFUSALS_MAX: usize = 100;
/// Letters of a script that a refusal shows.
const QUOTE_LETTERS: usize = 60;

/// Something in a script that must not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Line, from 1.
    pub line: u64,
    /// What is wrong: `would run a program`.
    pub reason: String,
    /// The beginning of it, without what a screen would not show.
    pub quote: String,
}

/// What the gate says of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SqlVerdict {
    /// What must not run; the script may be loaded only when there is none.
    pub refusals: Vec<Refusal>,
    /// Refusals beyond those that are listed.
    pub more_refusals: u64,
    /// Databases that it connects to.
    pub connects: Vec<String>,
    /// Tables that it makes or fills, with their rows.
    pub tables: Vec<Table>,
    /// Statements.
    pub statements: u64,
    /// Version of the server, as the head of a dump says.
    pub server_version: Option<String>,
    /// Version of `pg_dump`, as the head of a dump says.
    pub tool_version: Option<String>,
    /// It ends within a statement, a quote, a comment or rows: it was cut.
    pub is_cut: bool,
    /// It has the line with which `pg_dump` and `pg_dumpall` end; a dump without it was cut.
    pub is_complete: bool,
    /// It has the line with which they begin.
    pub is_dump: bool,
    /// Lines.
    pub lines: u64,
}

impl SqlVerdict {
    /// Whether the script may be loaded.
    pub fn passes(&self) -> bool {
        self.refusals.is_empty()
    }
}

/// The mark with which a file in UTF-8 may begin.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Reads a script piece by piece.
#[derive(Debug)]
pub struct SqlGate {
    lexer: Lexer,
    letters: Letters,
    /// Bytes of the mark that were seen, at the very beginning.
    mark: Option<usize>,
    /// A line as UTF-8.
    text: Vec<u8>,
    /// Bytes came that are no letters: what follows cannot be read.
    is_over: bool,
}

impl Default for SqlGate {
    fn default() -> Self {
        Self::new()
    }
}

impl SqlGate {
    /// At the beginning of a script.
    pub fn new() -> Self {
        Self {
            lexer: Lexer::new(),
            letters: Letters::AsTheyAre,
            mark: Some(0),
            text: Vec::new(),
            is_over: false,
        }
    }

    /// At the beginning of a script, some rows of which are to be looked at.
    pub fn watching(table: WatchedTable) -> Self {
        let mut gate = Self::new();
        gate.lexer.capture = Some(Box::new(Capture::new(table)));
        gate
    }

    /// At the beginning of a script that is cut into pieces.
    fn cutting() -> Self {
        let mut gate = Self::new();
        gate.lexer.pieces = Some(Pieces::default());
        gate
    }

    /// The pieces that are whole.
    fn take_pieces(&mut self) -> Vec<Piece> {
        self.lexer.pieces.as_mut().map(Pieces::take).unwrap_or_default()
    }

    /// The table that is looked at, with what was found of it so far.
    pub fn watched(&mut self) -> Option<&mut WatchedTable> {
        self.lexer.capture.as_mut().map(|capture| &mut capture.table)
    }

    /// What must not run, so far.
    fn first_refusal(&self) -> Option<&Refusal> {
        self.lexer.first_refusal()
    }

    /// Takes the next bytes, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        let mut at = self.skip_mark(bytes);
        while at < bytes.len() && !self.is_over {
            at += self.take(&bytes[at..]);
        }
    }

    /// Skips a mark at the beginning; how many bytes belong to it.
    fn skip_mark(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(seen) = self.mark
            && let Some(byte) = bytes.get(at)
        {
            if *byte != MARK[seen] {
                self.mark = None;
                self.lexer.push_all(&MARK[..seen]);
                break;
            }
            at += 1;
            self.mark = Some(seen + 1).filter(|seen| *seen < MARK.len());
        }
        at
    }

    /// Takes some bytes, at least one: up to where another encoding begins.
    fn take(&mut self, bytes: &[u8]) -> usize {
        let taken = if self.letters.are_utf8() {
            self.lexer.push(bytes)
        } else {
            // No encoding of Postgres has the byte of a line's end within a letter.
            let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
            self.read(&bytes[..end], false);
            end
        };
        if let Some(letters) = self.lexer.take_encoding().and_then(|name| Letters::of(&name)) {
            self.letters = letters;
        }
        taken
    }

    /// Reads bytes in the script's own encoding.
    fn read(&mut self, bytes: &[u8], is_last: bool) {
        self.text.clear();
        let are_letters = self.letters.read(bytes, is_last, &mut self.text);
        self.lexer.push_all(&self.text);
        if !are_letters {
            let reason = format!("holds bytes that are no letters of {:?}", self.letters);
            self.lexer.refuse(&reason, b"");
            self.is_over = true;
        }
    }

    /// What all of it came to.
    pub fn finish(mut self) -> SqlVerdict {
        self.end();
        self.lexer.finish()
    }

    /// No more will come.
    fn end(&mut self) {
        if let Some(seen) = self.mark.take() {
            self.lexer.push_all(&MARK[..seen]);
        }
        if !self.letters.are_utf8() && !self.is_over {
            self.read(&[], true);
            self.is_over = true;
        }
    }

    /// A last line without its end is a line too.
    fn end_line(&mut self) {
        self.end();
        self.lexer.push_all(b"\n");
    }

    /// Reads a whole script.
    ///
    /// # Errors
    /// As the reader's.
    pub fn scan(reader: &mut dyn Read, place: &str) -> Result<SqlVerdict, BundleError> {
        let mut gate = Self::new();
        let mut space = vec![0; 256 * 1024];
        loop {
            match reader.read(&mut space) {
                Ok(0) => return Ok(gate.finish()),
                Ok(count) => gate.push(&space[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(BundleError::of_read(place, "a script", error)),
            }
        }
    }
}

/// What is collected of a script.
#[derive(Debug, Clone, Default)]
struct Tally {
    verdict: SqlVerdict,
    tables: BTreeMap<(String, String), (u64, u64)>,
    /// The schema of names without one, as dumps before 10.3 set it.
    search_path: Option<String>,
    /// The script is in another encoding than UTF-8.
    has_other_letters: bool,
}

impl Tally {
    /// Whether the encoding of this name can be read; if not, it is refused.
    fn knows_letters(&mut self, line: u64, name: &str) -> bool {
        if let Some(letters) = Letters::of(name) {
            self.has_other_letters = !letters.are_utf8();
            return true;
        }
        self.refuse(line, "is an encoding that Holdfast cannot read", name.as_bytes());
        false
    }

    fn refuse(&mut self, line: u64, reason: &str, text: &[u8]) {
        if self.verdict.refusals.len() >= REFUSALS_MAX {
            self.verdict.more_refusals += 1;
            return;
        }
        let text = String::from_utf8_lossy(text);
        let plain: String =
            text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        let mut quote: String = plain.trim().chars().take(QUOTE_LETTERS).collect();
        if plain.trim().chars().count() > QUOTE_LETTERS {
            quote.push('…');
        }
        self.verdict.refusals.push(Refusal { line, reason: reason.to_owned(), quote });
    }

    /// Tables are bounded: a script with more is counted in what is there.
    fn table(&mut self, name: (String, String)) -> Option<&mut (u64, u64)> {
        const TABLES_MAX: usize = 1_000_000;
        if self.tables.len() >= TABLES_MAX && !self.tables.contains_key(&name) {
            return None;
        }
        Some(self.tables.entry(name).or_default())
    }
}
