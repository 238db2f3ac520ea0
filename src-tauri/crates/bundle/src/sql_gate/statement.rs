//! One statement, as far as it is needed: its first words outside of brackets.

use super::Tally;
use super::pieces::STATEMENT_BYTES_MAX;

/// Words that are kept of a statement.
const TOKENS_MAX: usize = 48;
/// Letters of a word; names have 63.
const TOKEN_BYTES_MAX: usize = 256;

/// A word of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Small letters, as SQL reads it.
    Word(String),
    /// A name in quotes.
    Name(String),
    /// A text, with its beginning.
    Text(String),
    /// Anything else.
    Sign(u8),
}

/// What is known of the statement that is being read.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is where the reading is, and they are independent of each other"
)]
#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    tokens: Vec<Token>,
    pub(super) line: u64,
    /// Brackets opened after `VALUES`, outside of others.
    rows: u64,
    has_values: bool,
    /// Behind the values: `ON CONFLICT (id)` is no row.
    is_behind_values: bool,
    pub(super) bytes: u64,
    /// Behind `FROM stdin`.
    is_behind_stdin: bool,
    /// Its rows are said to be in an encoding of their own.
    has_own_encoding: bool,
}

/// What the end of a statement means.
pub(super) enum End {
    Nothing,
    /// Rows follow, up to a line `\.`.
    Rows(Option<(String, String)>),
    /// What follows on the next line is in this encoding. Nothing for the server.
    Encoding(String),
    /// What follows is read with `standard_conforming_strings` on or off.
    Quotes {
        is_std_off: bool,
    },
}

impl Statement {
    pub(super) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    pub(super) fn add(&mut self, token: Token, line: u64, depth: u64) {
        if self.tokens.is_empty() {
            self.line = line;
        }
        if depth == 0
            && let Token::Word(word) = &token
        {
            self.is_behind_values = self.has_values;
            self.has_values |= word == "values";
        }
        if depth == 1 && self.has_values && !self.is_behind_values && token == Token::Sign(b'(') {
            self.rows += 1;
        }
        if let Token::Word(word) = &token {
            self.has_own_encoding |= self.is_behind_stdin && word == "encoding";
            self.is_behind_stdin |=
                depth == 0 && word == "stdin" && self.tokens.last() == Some(&Token::Word("from".into()));
        }
        let is_outside = depth == 0 || depth == 1 && token == Token::Sign(b'(');
        if is_outside && self.tokens.len() < TOKENS_MAX {
            self.tokens.push(token);
        }
    }

    /// Judges a whole statement.
    pub(super) fn finish(self, tally: &mut Tally) -> End {
        if self.tokens.is_empty() {
            return End::Nothing;
        }
        tally.verdict.statements += 1;
        if self.bytes > STATEMENT_BYTES_MAX {
            let reason = format!("is longer than {} MiB", STATEMENT_BYTES_MAX >> 20);
            tally.refuse(self.line, &reason, self.said().as_bytes());
        }
        match self.word(0) {
            Some("copy") => self.copy(tally),
            Some("insert") => {
                if let Some(name) = self.name(2, tally)
                    && let Some(table) = tally.table(name)
                {
                    table.0 += if self.has_values { self.rows.max(1) } else { 0 };
                    table.1 += self.bytes;
                }
                End::Nothing
            }
            Some("create") => {
                self.create(tally);
                End::Nothing
            }
            Some("set") => self.set(tally),
            Some("reset" | "discard") => {
                self.reset(tally);
                End::Nothing
            }
            _ => End::Nothing,
        }
    }

    /// Whether a text that follows is the setting that `set_config` would change.
    pub(super) fn is_setting_by_function(&self) -> bool {
        let name = Token::Word("set_config".into());
        matches!(self.tokens.as_slice(), [.., before, Token::Sign(b'(')] if *before == name)
    }

    /// The word that it has so far, where it has no more than one.
    pub(super) fn only_word(&self) -> Option<&str> {
        if self.tokens.len() == 1 { self.word(0) } else { None }
    }

    /// The table that it puts values into, once these have begun.
    pub(super) fn fills(&self, tally: &Tally) -> Option<(String, String)> {
        if self.has_values && self.word(0) == Some("insert") { self.name(2, tally) } else { None }
    }

    /// Whether the last word began a row of values.
    pub(super) fn row_begins(&self, depth: u64) -> bool {
        depth == 1 && self.rows > 0 && !self.is_behind_values
    }

    fn word(&self, at: usize) -> Option<&str> {
        match self.tokens.get(at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// A name, with or without its schema, that begins at a token.
    fn name(&self, at: usize, tally: &Tally) -> Option<(String, String)> {
        let one = |at: usize| match self.tokens.get(at) {
            Some(Token::Word(word) | Token::Name(word)) => Some(word.clone()),
            _ => None,
        };
        let first = one(at)?;
        if self.tokens.get(at + 1) == Some(&Token::Sign(b'.')) {
            return Some((first, one(at + 2)?));
        }
        Some((tally.search_path.clone().unwrap_or_else(|| "public".into()), first))
    }

    fn copy(&self, tally: &mut Tally) -> End {
        let place = (1..self.tokens.len()).find(|at| matches!(self.word(*at), Some("from" | "to")));
        let mut refuse = |reason| {
            let said = self.said();
            tally.refuse(self.line, reason, said.as_bytes());
        };
        let Some(place) = place else {
            refuse("is a COPY that is not understood");
            return End::Nothing;
        };
        match self.tokens.get(place + 1) {
            Some(Token::Word(word)) if word == "stdin" && self.word(place) == Some("from") => {
                if self.has_own_encoding {
                    refuse("has rows in an encoding of their own");
                }
                End::Rows(self.name(if self.word(1) == Some("binary") { 2 } else { 1 }, tally))
            }
            Some(Token::Word(word)) if word == "stdout" && self.word(place) == Some("to") => {
                refuse("would give rows out, which no backup does");
                End::Nothing
            }
            Some(Token::Word(word)) if word == "program" => {
                refuse("would run a program on the server");
                End::Nothing
            }
            Some(Token::Text(_)) => {
                refuse("would read or write a file on the server");
                End::Nothing
            }
            _ => {
                refuse("is a COPY that is not understood");
                End::Nothing
            }
        }
    }

    fn create(&self, tally: &mut Tally) {
        let table = (1..4).find(|at| self.word(*at) == Some("table"));
        let Some(at) = table else { return };
        let after = if self.word(at + 1) == Some("if") { at + 4 } else { at + 1 };
        if let Some(name) = self.name(after, tally) {
            tally.table(name);
        }
    }

    /// Settings that change how text is read: in the forms that a dump writes, each is a statement about what
    /// follows. In any other form it is refused, and what hides one is seen when the server says what it has.
    fn set(&self, tally: &mut Tally) -> End {
        let at = usize::from(self.word(1) == Some("session"));
        let tokens = self.tokens.get(at + 1..).unwrap_or_default();
        let value = match tokens.last() {
            Some(Token::Word(text) | Token::Name(text) | Token::Text(text)) => text.as_str(),
            _ => "",
        };
        let is_by_sign = tokens.get(1) == Some(&Token::Sign(b'='));
        let is_assigned = tokens.len() == 3 && (is_by_sign || self.word(at + 2) == Some("to"));
        match self.word(at + 1) {
            Some("search_path") => {
                let first = match tokens.get(2) {
                    Some(Token::Word(text) | Token::Name(text) | Token::Text(text)) => text.as_str(),
                    _ => "",
                };
                tally.search_path = Some(first.to_owned()).filter(|name| !name.is_empty());
            }
            Some("standard_conforming_strings") => match value.to_ascii_lowercase().as_str() {
                "on" | "true" | "yes" if is_assigned => return End::Quotes { is_std_off: false },
                "off" | "false" | "no" if is_assigned => return End::Quotes { is_std_off: true },
                _ => self.refuse(tally, "changes how quotes are read"),
            },
            Some("client_encoding") if is_assigned => return self.encoding(value, tally),
            Some("names") if tokens.len() == 2 => return self.encoding(value, tally),
            Some("client_encoding" | "names") => self.refuse(tally, "changes how the text is read"),
            Some("local")
                if matches!(self.word(2), Some("client_encoding" | "standard_conforming_strings")) =>
            {
                self.refuse(tally, "changes how the text is read");
            }
            _ => {}
        }
        End::Nothing
    }

    fn encoding(&self, name: &str, tally: &mut Tally) -> End {
        if tally.knows_letters(self.line, name) {
            return End::Encoding(name.to_owned());
        }
        End::Nothing
    }

    /// What is set back would have to be read as before.
    fn reset(&self, tally: &mut Tally) {
        let is_all = self.word(1) == Some("all") && tally.has_other_letters;
        if is_all || matches!(self.word(1), Some("client_encoding" | "standard_conforming_strings")) {
            self.refuse(tally, "changes how the text is read");
        }
    }

    fn refuse(&self, tally: &mut Tally, reason: &str) {
        tally.refuse(self.line, reason, self.said().as_bytes());
    }

    /// The statement's beginning, for a person.
    pub(super) fn said(&self) -> String {
        let words: Vec<String> = self
            .tokens
            .iter()
            .map(|token| match token {
                Token::Word(text) | Token::Name(text) => text.clone(),
                Token::Text(text) => format!("'{text}'"),
                Token::Sign(sign) => char::from(*sign).to_string(),
            })
            .collect();
        words.join(" ").replace(" . ", ".")
    }
}

/// Adds to a bounded word.
pub(super) fn grow(word: &mut Vec<u8>, byte: u8) {
    if word.len() < TOKEN_BYTES_MAX {
        word.push(byte);
    }
}
