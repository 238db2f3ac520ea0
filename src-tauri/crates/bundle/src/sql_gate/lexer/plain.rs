//! Outside of quotes and comments: words, numbers, signs.

use super::super::statement::{Token, grow};
use super::{Lexer, Mode, Quote};

/// A tag of dollar quotes is a name.
const TAG_BYTES_MAX: usize = 250;

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// A byte of a tag between dollars.
pub(super) fn is_tag(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit()
}

impl Lexer {
    pub(super) fn plain(&mut self, byte: u8) {
        let before = std::mem::take(&mut self.before);
        let is_after_u = std::mem::take(&mut self.is_after_u);
        self.mode = Mode::Plain;
        let is_comment = matches!((before, byte), (b'-', b'-') | (b'/', b'*'));
        if matches!(before, b'-' | b'/') && !is_comment && self.statement.is_empty() {
            self.token(Token::Sign(before));
        }
        match byte {
            b'\'' => {
                // `U&'…'` has no escapes of this kind, whatever the setting.
                let is_plain = !(before == b'&' && is_after_u);
                self.quote(is_plain && self.is_std_off, false);
            }
            b'"' => {
                self.word.clear();
                self.mode = Mode::Name;
            }
            b'$' => {
                self.word.clear();
                self.mode = Mode::DollarTag;
            }
            b'-' if before == b'-' => {
                self.word.clear();
                self.mode = Mode::LineComment;
            }
            b'*' if before == b'/' => self.mode = Mode::BlockComment { depth: 1, before: 0 },
            b'\\' => {
                self.word.clear();
                self.mode = Mode::Command;
            }
            b';' => self.semicolon(),
            _ if is_word_start(byte) => {
                self.word.clear();
                grow(&mut self.word, byte);
                self.mode = Mode::Word { is_after_dot: before == b'.' };
            }
            _ if byte.is_ascii_digit() => {
                self.word.clear();
                self.before = byte;
                self.mode = Mode::Number { has_letters: false };
            }
            b'(' => {
                self.parens += 1;
                self.token(Token::Sign(byte));
            }
            b')' => {
                self.parens = self.parens.saturating_sub(1);
                self.before = byte;
                if self.statement.is_empty() {
                    self.token(Token::Sign(byte));
                }
                if let Some(capture) = self.capture.as_mut().filter(|_| self.parens == 0) {
                    capture.closed();
                }
            }
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => {}
            _ => {
                self.before = byte;
                self.is_after_u = is_after_u && byte == b'&';
                if byte != b'-' && byte != b'/' {
                    self.token(Token::Sign(byte));
                }
            }
        }
    }

    fn quote(&mut self, has_escapes: bool, is_bits: bool) {
        self.word.clear();
        self.mode = Mode::Quote(Quote { has_escapes, is_escaped: false, is_bits });
    }

    pub(super) fn word_byte(&mut self, byte: u8, is_after_dot: bool) {
        if is_tag(byte) || byte == b'$' {
            grow(&mut self.word, byte);
            self.mode = Mode::Word { is_after_dot };
            return;
        }
        let small = String::from_utf8_lossy(&self.word).to_lowercase();
        if byte == b'\'' && matches!(small.as_str(), "e" | "b" | "x" | "n") {
            if is_after_dot {
                self.ambiguous();
            }
            let has_escapes = small == "e" || small == "n" && self.is_std_off;
            self.quote(has_escapes, matches!(small.as_str(), "b" | "x"));
            return;
        }
        let is_u = small == "u";
        self.token(Token::Word(small));
        self.is_after_u = is_u;
        self.plain(byte);
        self.is_after_u = is_u && byte == b'&';
    }

    pub(super) fn number_byte(&mut self, byte: u8, has_letters: bool) {
        let before = std::mem::take(&mut self.before);
        match byte {
            _ if is_tag(byte) => {
                self.before = byte;
                self.mode = Mode::Number { has_letters: has_letters || !byte.is_ascii_digit() };
            }
            b'\'' | b'$' if has_letters => {
                self.word = vec![before, byte];
                self.ambiguous();
                self.plain(byte);
            }
            b'-' | b'+' if matches!(before, b'e' | b'E') => {
                self.word = vec![before, byte];
                self.mode = Mode::NumberSign;
            }
            _ => {
                self.token(Token::Sign(b'0'));
                self.plain(byte);
            }
        }
    }

    pub(super) fn tag_byte(&mut self, byte: u8) {
        if byte == b'$' {
            let tag = [b"$", self.word.as_slice(), b"$"].concat();
            self.word.clear();
            self.mode = Mode::Dollar { tag, candidate: Vec::new() };
            return;
        }
        // A parameter of a statement.
        if self.word.is_empty() && byte.is_ascii_digit() {
            self.mode = Mode::Number { has_letters: false };
            return;
        }
        if is_tag(byte) {
            if self.word.len() >= TAG_BYTES_MAX {
                self.ambiguous();
            }
            grow(&mut self.word, byte);
            self.mode = Mode::DollarTag;
            return;
        }
        // No quote: what looked like a tag is read again as a word.
        let word = std::mem::take(&mut self.word);
        self.token(Token::Sign(b'$'));
        self.mode = Mode::Plain;
        for again in word {
            self.byte(again);
        }
        self.byte(byte);
    }
}
