//! Reads a script byte by byte as the server's own lexer does, without a grammar. Commands and rows stand where
//! `psql` would find them.
//!
//! Source: `PostgreSQL`, `scan.l`, `psqlscan.l`, `mainloop.c`, `copy.c` (versions 12 to 18). Where those
//! versions read the same bytes in different ways, the script is refused.

use memchr::{memchr, memchr2};

use super::capture::Capture;
use super::pieces::Pieces;
use super::statement::{End, Statement, Token, grow};
use super::{Refusal, SqlVerdict, Table, Tally};

mod begin;
mod command;
mod hunt;
mod plain;
mod quotes;
mod rows;

use begin::BeginDepth;
use hunt::ProgramHunt;

/// A line of a command that is kept.
const LINE_BYTES_MAX: usize = 4096;
/// A quoted text that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Quote {
    /// A backslash escapes what follows it.
    has_escapes: bool,
    /// The byte before was a backslash that escapes.
    is_escaped: bool,
    /// Digits of bits, in which two quotes are not one.
    is_bits: bool,
}

/// What was read behind a closing quote: behind the end of a line the text may go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Gap {
    has_line_end: bool,
    has_dash: bool,
    is_comment: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mode {
    Plain,
    Word {
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
    QuoteGap(Quote, Gap),
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
    /// On the line of a statement about the encoding, behind it.
    BehindEncoding(String),
    Rows {
        table: Option<(String, String)>,
        rows: u64,
        bytes: u64,
    },
}

/// Reads a script.
#[derive(Debug)]
pub(super) struct Lexer {
    is_std_off: bool,
    mode: Mode,
    line: u64,
    tally: Tally,
    statement: Statement,
    parens: u64,
    begin: BeginDepth,
    word: Vec<u8>,
    /// The sign before, of those that mean something together with the next.
    before: u8,
    is_after_u: bool,
    hunt: ProgramHunt,
    /// The line of the first NUL byte.
    nul_line: Option<u64>,
    /// What follows is in this encoding.
    encoding: Option<String>,
    /// The word with which commands are allowed again.
    restricted: Option<String>,
    /// The table whose rows are looked at, in this reading of the script.
    pub(super) capture: Option<Box<Capture>>,
    /// The script's pieces, where somebody wants them.
    pub(super) pieces: Option<Pieces>,
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
            word: Vec::new(),
            before: 0,
            is_after_u: false,
            hunt: ProgramHunt::default(),
            nul_line: None,
            encoding: None,
            restricted: None,
            capture: None,
            pieces: None,
        }
    }

    /// The encoding of what follows, if another one begins here.
    pub(super) fn take_encoding(&mut self) -> Option<String> {
        self.encoding.take()
    }

    /// What must not run, so far.
    pub(super) fn first_refusal(&self) -> Option<&Refusal> {
        self.tally.verdict.refusals.first()
    }

    /// Refuses what stands here.
    pub(super) fn refuse(&mut self, reason: &str, text: &[u8]) {
        self.tally.refuse(self.line, reason, text);
    }

    pub(super) fn push_all(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while at < bytes.len() {
            let taken = self.push(&bytes[at..]);
            if taken == 0 {
                return;
            }
            at += taken;
        }
    }

    /// Takes some bytes, at least one; stops where another encoding begins.
    pub(super) fn push(&mut self, bytes: &[u8]) -> usize {
        let line = self.line;
        let mut at = 0;
        while at < bytes.len() && self.encoding.is_none() {
            let skipped = self.run(&bytes[at..]);
            if skipped == 0 {
                self.step(bytes[at]);
            }
            at += skipped.max(1);
        }
        if self.nul_line.is_none()
            && let Some(place) = memchr(0, &bytes[..at])
        {
            let lines = memchr::memchr_iter(b'\n', &bytes[..place]).count() as u64;
            self.nul_line = Some(line + lines);
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
                if let Some(pieces) = &mut self.pieces {
                    pieces.text(skipped);
                }
                end
            }
            _ => 0,
        }
    }

    fn step(&mut self, byte: u8) {
        self.statement.bytes += 1;
        if let Some(pieces) = &mut self.pieces {
            pieces.text(&[byte]);
        }
        self.byte(byte);
        if let Some(capture) = &mut self.capture {
            capture.text(&[byte]);
        }
        if self.is_between() {
            self.statement.bytes = 0;
            if let Some(pieces) = &mut self.pieces {
                pieces.forget();
            }
        }
        if byte == b'\n' {
            self.line += 1;
        }
    }

    /// Between two statements, where what was read belongs to neither.
    fn is_between(&self) -> bool {
        self.statement.is_empty()
            && self.before == 0
            && matches!(
                self.mode,
                Mode::Plain
                    | Mode::LineComment
                    | Mode::BlockComment { .. }
                    | Mode::Command
                    | Mode::BehindCopy(_)
                    | Mode::BehindEncoding(_)
                    | Mode::Rows { .. }
            )
    }

    fn byte(&mut self, byte: u8) {
        match std::mem::replace(&mut self.mode, Mode::Plain) {
            Mode::Plain => self.plain(byte),
            Mode::Word { is_after_dot } => self.word_byte(byte, is_after_dot),
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
            Mode::QuoteGap(quote, gap) => self.gap_byte(byte, quote, gap),
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
            Mode::BehindEncoding(name) => self.behind_encoding(byte, name),
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

    fn ambiguous(&mut self) {
        let text = self.word.clone();
        self.tally.refuse(self.line, "is read in different ways by versions of Postgres", &text);
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
            let reason = "has a NUL byte, which no text of a database has".to_owned();
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
        if self.parens > 0 || self.begin.depth() > 0 {
            return;
        }
        let statement = std::mem::take(&mut self.statement);
        self.begin = BeginDepth::default();
        if statement.is_empty() {
            return;
        }
        let line = statement.line;
        let end = statement.finish(&mut self.tally);
        if let Some(capture) = &mut self.capture {
            capture.end(&end);
        }
        if let End::Quotes { is_std_off } = end {
            self.is_std_off = is_std_off;
        }
        if let Some(pieces) = &mut self.pieces
            && !pieces.end(line, &end, !self.is_std_off)
        {
            self.tally.refuse(line, "holds bytes that are no letters of UTF8", b"");
        }
        match end {
            End::Rows(table) => self.mode = Mode::BehindCopy(table),
            End::Encoding(name) => self.mode = Mode::BehindEncoding(name),
            End::Nothing | End::Quotes { .. } => {}
        }
    }

    fn token(&mut self, token: Token) {
        if let Token::Word(word) = &token {
            self.begin.word(word, self.parens);
        } else {
            self.begin.other();
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
