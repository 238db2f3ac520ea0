//! The gate in front of `psql`: a script is read as `psql` would read it, and nothing of it runs before all
//! of it has passed.
//!
//! What is on the list of allowed commands, and why:
//! - `\connect DATABASE`, also in the form `-reuse-previous=on "dbname='…'"`: `pg_dump -C` and `pg_dumpall`
//!   write it. Never with a user, host or port, which would lead elsewhere. The verdict names the databases:
//!   whoever loads the script decides whether it may go there.
//! - `\restrict KEY`, `\unrestrict KEY`: `pg_dump` writes them since 2025; they only forbid.
//! - `\.`: the end of rows.
//! - `\set ON_ERROR_STOP on`, and `ECHO`, `QUIET`, `VERBOSITY` with plain values: harmless. No other variable,
//!   since the value of one is read as a part of the script; and never `ON_ERROR_STOP off`, see below.
//! - `\echo`, `\pset`, `\encoding` with plain words: harmless, as long as the encoding is one in which a
//!   backslash is a backslash.
//!
//! Everything else is refused: `\!`, `\copy`, `\i`, `\o`, `\w`, `\g…`, `\if`, `\gexec`, whatever comes with a
//! backquote, and what is not known. So are `COPY … PROGRAM` and `COPY` of a file; NUL bytes, at which
//! `psql` joins lines; variables that hold what a server says (`:LAST_ERROR_MESSAGE`); and text that
//! versions or settings of `psql` read in different ways.
//!
//! It has to be loaded with `psql -X -v ON_ERROR_STOP=1` and `standard_conforming_strings` on: rows of a
//! table whose `COPY` failed would else be read as commands. And by a role that is no superuser, since SQL
//! itself may do whatever its role may.

use std::collections::BTreeMap;
use std::io::Read;

use super::BundleError;
use super::inspection::Table;
use crate::rows::WatchedTable;

mod capture;
mod lexer;
mod meta;
mod statement;

use capture::Capture;
use lexer::Lexer;

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

/// Reads a script piece by piece.
#[derive(Debug)]
pub struct SqlGate {
    lexer: Lexer,
    /// The same script, read with `standard_conforming_strings` off, from where that makes a difference: a
    /// script can switch it off in ways that nobody sees.
    other: Option<Box<Lexer>>,
}

impl Default for SqlGate {
    fn default() -> Self {
        Self::new()
    }
}

impl SqlGate {
    /// At the beginning of a script.
    pub fn new() -> Self {
        Self { lexer: Lexer::new(), other: None }
    }

    /// At the beginning of a script, some rows of which are to be looked at.
    pub(crate) fn watching(table: WatchedTable) -> Self {
        let mut gate = Self::new();
        gate.lexer.capture = Some(Box::new(Capture::new(table)));
        gate
    }

    /// The table that is looked at, with what was found of it so far.
    pub(crate) fn watched(&mut self) -> Option<&mut WatchedTable> {
        self.lexer.capture.as_mut().map(|capture| &mut capture.table)
    }

    /// Takes the next bytes, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while at < bytes.len() {
            let taken = self.lexer.push(&bytes[at..]);
            if let Some(other) = &mut self.other {
                other.push_all(&bytes[at..at + taken]);
            }
            at += taken;
            if let Some(fork) = self.lexer.take_fork()
                && self.other.is_none()
            {
                self.other = Some(fork);
            }
        }
    }

    /// What all of it came to.
    pub fn finish(self) -> SqlVerdict {
        let mut verdict = self.lexer.finish();
        if let Some(other) = self.other {
            let hidden = other.finish();
            let unseen = hidden
                .refusals
                .into_iter()
                .find(|refusal| !verdict.refusals.iter().any(|known| known.line == refusal.line));
            if let Some(refusal) = unseen {
                let reason =
                    format!("{}, depending on how a backslash within quotes is read", refusal.reason);
                verdict.refusals.push(Refusal { reason, ..refusal });
            }
        }
        verdict
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
}

impl Tally {
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
