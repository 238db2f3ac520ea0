//! Texts, names and bodies in quotes.

use super::super::Tally;
use super::super::statement::{Token, grow};
use super::hunt::ProgramHunt;
use super::{Lexer, Mode, Quote, plain};

/// Variables of `psql` with what a server or a user said.
const VARIABLES: [&str; 20] = [
    "LAST_ERROR_MESSAGE",
    "LAST_ERROR_SQLSTATE",
    "DBNAME",
    "USER",
    "HOST",
    "PORT",
    "ERROR",
    "SQLSTATE",
    "ROW_COUNT",
    "SERVER_VERSION_NAME",
    "SERVER_VERSION_NUM",
    "SERVICE",
    "ENCODING",
    "VERSION",
    "VERSION_NAME",
    "VERSION_NUM",
    "PROMPT1",
    "PROMPT2",
    "PROMPT3",
    "HISTFILE",
];

impl Lexer {
    pub(super) fn quote_byte(&mut self, byte: u8, quote: Quote) {
        if byte == b'\'' && quote.has_escapes && quote.is_escaped {
            grow(&mut self.word, byte);
            self.mode = Mode::Quote(Quote { is_escaped: false, ..quote });
            return;
        }
        if byte == b'\'' {
            if quote.is_plain && !quote.has_escapes && quote.is_escaped {
                self.begin_fork();
            }
            self.mode = Mode::QuoteEnd(Quote { is_escaped: false, ..quote });
            return;
        }
        grow(&mut self.word, byte);
        // A line's end is not escaped: `psql` reads line by line.
        let is_escaped = byte == b'\\' && !quote.is_escaped;
        self.mode = Mode::Quote(Quote { is_escaped, ..quote });
    }

    /// Here the text ends, or goes on, depending on a setting.
    fn begin_fork(&mut self) {
        if self.is_std_off || self.fork.is_some() {
            return;
        }
        let mut fork = self.clone();
        fork.capture = None;
        fork.is_std_off = true;
        fork.tally = Tally { search_path: self.tally.search_path.clone(), ..Tally::default() };
        fork.mode = Mode::Quote(Quote { has_escapes: true, is_plain: true, is_escaped: false });
        self.fork = Some(Box::new(fork));
    }

    pub(super) fn quote_end(&mut self, byte: u8, quote: Quote) {
        // Two quotes are one that belongs to the text.
        if byte == b'\'' {
            grow(&mut self.word, byte);
            self.mode = Mode::Quote(quote);
            return;
        }
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.word)).into_owned();
        if std::mem::take(&mut self.is_variable) {
            self.variable(&text);
        }
        let setting = text.trim().to_ascii_lowercase();
        if matches!(setting.as_str(), "standard_conforming_strings" | "client_encoding") {
            self.tally.refuse(self.line, "changes how the text is read", text.as_bytes());
        }
        self.token(Token::Text(text));
        self.plain(byte);
    }

    pub(super) fn name_end(&mut self, byte: u8) {
        if byte == b'"' {
            grow(&mut self.word, byte);
            self.mode = Mode::Name;
            return;
        }
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.word)).into_owned();
        if std::mem::take(&mut self.is_variable) {
            self.variable(&text);
        }
        self.token(Token::Name(text));
        self.plain(byte);
    }

    pub(super) fn variable(&mut self, name: &str) {
        if VARIABLES.contains(&name) {
            self.tally.refuse(
                self.line,
                "would read what a server said as a part of the script",
                name.as_bytes(),
            );
        }
    }

    pub(super) fn dollar_byte(&mut self, byte: u8, tag: Vec<u8>, mut candidate: Vec<u8>) {
        if self.hunt.byte(byte) {
            self.tally.refuse(self.line, "has a COPY of a program in it", b"COPY ... PROGRAM");
        }
        if byte == b'$' {
            candidate.push(byte);
            if candidate == tag {
                self.hunt = ProgramHunt::default();
                self.token(Token::Text(String::new()));
                self.before = 0;
                self.mode = Mode::Plain;
                return;
            }
            candidate.clear();
            candidate.push(byte);
        } else if !candidate.is_empty() {
            if candidate.len() < tag.len() && plain::is_tag(byte) {
                candidate.push(byte);
            } else {
                candidate.clear();
            }
        }
        self.mode = Mode::Dollar { tag, candidate };
    }
}
