//! Reads a script byte by byte as `psql` does: line by line, without a grammar.
//!
//! Source: `PostgreSQL`, `psqlscan.l`, `psqlscanslash.l`, `mainloop.c`, `copy.c` (versions 12 to 18). Where
//! those versions read the same bytes in different ways, the script is refused.

use memchr::{memchr, memchr2};

use super::capture::Capture;
use super::statement::{End, Statement, Token, grow};
use super::{Refusal, SqlVerdict, Table, Tally, meta};

mod begin;
mod hunt;
mod plain;
mod quotes;

use begin::BeginDepth;
use hunt::ProgramHunt;

/// A line of a command that is kept.
const LINE_BYTES_MAX: usize = 4096;
/// A quoted text that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Quote {
    /// A backslash escapes what follows it.
    has_escapes: bool,
    /// It would escape with `standard_conforming_strings` off.
    is_plain: bool,
    /// The byte before was a backslash that escapes.
    is_escaped: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mode {
    Plain,
    Word {
        is_variable: bool,
        is_after_dot: bool,
    },
    Number {
        has_letters: bool,
    },
    /// Behind `1e-`.
    NumberSign,
    DollarTag,
    Dollar {
        tag: Vec<u8>,
        candidate: Vec<u8>,
    },
    Quote(Quote),
    QuoteEnd(Quote),
    Name,
    NameEnd,
    LineComment,
    BlockComment {
        depth: u64,
        before: u8,
    },
    Command,
    /// On the line of a `COPY … FROM stdin;`, behind it.
    BehindCopy(Option<(String, String)>),
    Rows {
        table: Option<(String, String)>,
        rows: u64,
        bytes: u64,
    },
}

/// Reads a script.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the bytes before")]
pub(super) struct Lexer {
    is_std_off: bool,
    mode: Mode,
    line: u64,
    tally: Tally,
    statement: Statement,
    parens: u64,
    begin: BeginDepth,
    /// The first word since the last semicolon, whatever is around it.
    part_is_copy: bool,
    part_is_new: bool,
    word: Vec<u8>,
    /// The sign before, of those that mean something together with the next.
    before: u8,
    is_after_u: bool,
    /// The quote is a variable's: `:'name'`.
    is_variable: bool,
    hunt: ProgramHunt,
    /// The line of the first NUL byte.
    nul_line: Option<u64>,
    fork: Option<Box<Lexer>>,
    /// The table whose rows are looked at, in this reading of the script.
    pub(super) capture: Option<Box<Capture>>,
}

impl Lexer {
    pub(super) fn new() -> Self {
        Self {
            is_std_off: false,
            mode: Mode::Plain,
            line: 1,
            tally: Tally::default(),
            statement: Statement::default(),
            parens: 0,
            begin: BeginDepth::default(),
            part_is_copy: false,
            part_is_new: true,
            word: Vec::new(),
            before: 0,
            is_after_u: false,
            is_variable: false,
            hunt: ProgramHunt::default(),
            nul_line: None,
            fork: None,
            capture: None,
        }
    }

    /// The reading with other quotes, if it has to begin here.
    pub(super) fn take_fork(&mut self) -> Option<Box<Self>> {
        self.fork.take()
    }

    pub(super) fn push_all(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while at < bytes.len() {
            at += self.push(&bytes[at..]);
        }
    }

    /// Takes some bytes, at least one; stops where a fork begins.
    pub(super) fn push(&mut self, bytes: &[u8]) -> usize {
        if self.nul_line.is_none()
            && let Some(place) = memchr(0, bytes)
        {
            let lines = memchr::memchr_iter(b'\n', &bytes[..place]).count() as u64;
            self.nul_line = Some(self.line + lines);
        }
        let mut at = 0;
        while at < bytes.len() && self.fork.is_none() {
            let skipped = self.run(&bytes[at..]);
            if skipped == 0 {
                self.step(bytes[at]);
            }
            at += skipped.max(1);
        }
        at
    }

    /// Skips what means nothing in the present mode; how much.
    fn run(&mut self, bytes: &[u8]) -> usize {
        match &mut self.mode {
            Mode::Rows { .. } => self.rows(bytes),
            Mode::Quote(Quote { is_escaped: false, .. }) => {
                let end = memchr2(b'\'', b'\\', bytes).unwrap_or(bytes.len());
                let skipped = &bytes[..end];
                for byte in skipped.iter().take(LINE_BYTES_MAX.saturating_sub(self.word.len())) {
                    grow(&mut self.word, *byte);
                }
                self.line += memchr::memchr_iter(b'\n', skipped).count() as u64;
                self.statement.bytes += end as u64;
                if let Some(capture) = &mut self.capture {
                    capture.text(skipped);
                }
                end
            }
            _ => 0,
        }
    }

    /// Rows of a table, up to the line that ends them; how much of them was taken.
    fn rows(&mut self, bytes: &[u8]) -> usize {
        let Mode::Rows { table, rows, bytes: size } = &mut self.mode else { return 0 };
        let end = memchr(b'\n', bytes);
        if let Some(capture) = &mut self.capture {
            capture.copied(table.as_ref(), &bytes[..end.map_or(bytes.len(), |end| end + 1)]);
        }
        let Some(end) = end else {
            for byte in bytes.iter().take(8) {
                grow(&mut self.word, *byte);
            }
            *size += bytes.len() as u64;
            return bytes.len();
        };
        for byte in bytes[..end].iter().take(8) {
            grow(&mut self.word, *byte);
        }
        self.line += 1;
        *size += end as u64 + 1;
        let is_end = self.word == b"\\." || self.word == b"\\.\r";
        self.word.clear();
        if is_end {
            let (table, found) = (table.take(), (*rows, size.saturating_sub(3)));
            if let Some(known) = table.and_then(|name| self.tally.table(name)) {
                known.0 += found.0;
                known.1 += found.1;
            }
            self.mode = Mode::Plain;
        } else {
            *rows += 1;
        }
        end + 1
    }

    fn step(&mut self, byte: u8) {
        self.statement.bytes += 1;
        self.byte(byte);
        if let Some(capture) = &mut self.capture {
            capture.text(&[byte]);
        }
        if byte == b'\n' {
            self.line += 1;
        }
    }

    fn byte(&mut self, byte: u8) {
        match std::mem::replace(&mut self.mode, Mode::Plain) {
            Mode::Plain => self.plain(byte),
            Mode::Word { is_variable, is_after_dot } => self.word_byte(byte, is_variable, is_after_dot),
            Mode::Number { has_letters } => self.number_byte(byte, has_letters),
            Mode::NumberSign => {
                if byte == b'-' {
                    self.ambiguous();
                }
                self.before = 0;
                self.plain(byte);
            }
            Mode::DollarTag => self.tag_byte(byte),
            Mode::Dollar { tag, candidate } => self.dollar_byte(byte, tag, candidate),
            Mode::Quote(quote) => self.quote_byte(byte, quote),
            Mode::QuoteEnd(quote) => self.quote_end(byte, quote),
            Mode::Name if byte == b'"' => self.mode = Mode::NameEnd,
            Mode::Name => {
                grow(&mut self.word, byte);
                self.mode = Mode::Name;
            }
            Mode::NameEnd => self.name_end(byte),
            Mode::LineComment => self.comment_byte(byte),
            Mode::BlockComment { depth, before } => self.mode = block_comment(byte, depth, before),
            Mode::Command => self.command_byte(byte),
            Mode::BehindCopy(table) => self.behind_copy(byte, table),
            // Taken in one piece, by `rows`.
            rows @ Mode::Rows { .. } => self.mode = rows,
        }
    }

    fn comment_byte(&mut self, byte: u8) {
        if matches!(byte, b'\n' | b'\r') {
            let text = String::from_utf8_lossy(&std::mem::take(&mut self.word)).into_owned();
            self.comment(text.trim());
            self.before = 0;
            return;
        }
        grow(&mut self.word, byte);
        self.mode = Mode::LineComment;
    }

    /// What `pg_dump` says in its comments.
    fn comment(&mut self, text: &str) {
        let verdict = &mut self.tally.verdict;
        if let Some(version) = text.strip_prefix("Dumped from database version ") {
            verdict.server_version.get_or_insert_with(|| version.to_owned());
        } else if let Some(version) = text.strip_prefix("Dumped by pg_dump version ") {
            verdict.tool_version.get_or_insert_with(|| version.to_owned());
        }
        verdict.is_dump |= matches!(text, "PostgreSQL database dump" | "PostgreSQL database cluster dump");
        verdict.is_complete |=
            matches!(text, "PostgreSQL database dump complete" | "PostgreSQL database cluster dump complete");
    }

    fn command_byte(&mut self, byte: u8) {
        if byte == b'\n' {
            self.command();
            return;
        }
        if self.word.len() < LINE_BYTES_MAX {
            self.word.push(byte);
        }
        self.mode = Mode::Command;
    }

    fn command(&mut self) {
        let line = std::mem::take(&mut self.word);
        let judged = if line.len() >= LINE_BYTES_MAX {
            meta::Command::Refused("is longer than any command of a backup")
        } else {
            meta::judge(&line)
        };
        match judged {
            meta::Command::Allowed => {}
            meta::Command::Connect(database) => {
                if self.tally.verdict.connects.len() < super::REFUSALS_MAX {
                    self.tally.verdict.connects.push(database);
                }
            }
            meta::Command::Refused(reason) => {
                self.tally.refuse(self.line, reason, &[b"\\", line.as_slice()].concat());
            }
        }
        self.before = 0;
    }

    fn behind_copy(&mut self, byte: u8, table: Option<(String, String)>) {
        match byte {
            b'\n' => {
                self.word.clear();
                self.mode = Mode::Rows { table, rows: 0, bytes: 0 };
            }
            b' ' | b'\t' | b'\r' => self.mode = Mode::BehindCopy(table),
            _ => {
                self.tally.refuse(self.line, "stands behind a COPY, on its line", &[byte]);
                self.mode = Mode::BehindCopy(table);
            }
        }
    }

    fn ambiguous(&mut self) {
        let text = self.word.clone();
        self.tally.refuse(self.line, "is read in different ways by versions of psql", &text);
    }

    /// What is known at the end.
    pub(super) fn finish(mut self) -> SqlVerdict {
        // A last line without its end.
        if self.mode == Mode::Command {
            self.command();
        } else if let Mode::Rows { rows, bytes, table } = &mut self.mode {
            let (name, found) = (table.take(), (*rows, *bytes));
            let is_end = self.word == b"\\.";
            if let Some(known) = name.and_then(|name| self.tally.table(name)) {
                known.0 += found.0;
                known.1 += found.1;
            }
            self.tally.verdict.is_cut = !is_end;
        } else {
            self.step(b'\n');
            self.line -= 1;
            self.tally.verdict.is_cut = !self.statement.is_empty() || self.mode != Mode::Plain;
        }
        let mut verdict = self.tally.verdict;
        if let Some(line) = self.nul_line {
            let reason = "has a NUL byte, at which lines are joined".to_owned();
            verdict.refusals.insert(0, Refusal { line, reason, quote: String::new() });
        }
        verdict.lines = self.line;
        verdict.is_cut |= verdict.is_dump && !verdict.is_complete;
        let tables = self.tally.tables.into_iter();
        verdict.tables = tables
            .map(|((schema, name), (rows, bytes))| Table { schema, name, rows: Some(rows), bytes })
            .collect();
        verdict
    }

    /// The end of a statement, if this semicolon is one.
    fn semicolon(&mut self) {
        let part_is_copy = std::mem::take(&mut self.part_is_copy);
        self.part_is_new = true;
        if self.parens > 0 {
            return;
        }
        if self.begin.depth() > 0 {
            // Newer versions wait for the END of the body, older ones end the statement here.
            if part_is_copy {
                self.ambiguous();
            }
            return;
        }
        let statement = std::mem::take(&mut self.statement);
        self.begin = BeginDepth::default();
        let end = statement.finish(&mut self.tally);
        if let Some(capture) = &mut self.capture {
            capture.end(&end);
        }
        if let End::Rows(table) = end {
            self.mode = Mode::BehindCopy(table);
        }
    }

    fn token(&mut self, token: Token) {
        if let Token::Word(word) = &token {
            self.begin.word(word, self.parens);
        }
        if std::mem::take(&mut self.part_is_new) {
            self.part_is_copy = matches!(&token, Token::Word(word) if word == "copy");
        }
        self.statement.add(token, self.line, self.parens);
        if let Some(capture) = &mut self.capture {
            capture.token(&self.statement, self.parens, &self.tally);
        }
    }
}

fn block_comment(byte: u8, depth: u64, before: u8) -> Mode {
    match (before, byte) {
        (b'*', b'/') if depth == 1 => Mode::Plain,
        (b'*', b'/') => Mode::BlockComment { depth: depth - 1, before: 0 },
        (b'/', b'*') => Mode::BlockComment { depth: depth + 1, before: 0 },
        _ => Mode::BlockComment { depth, before: byte },
    }
}
