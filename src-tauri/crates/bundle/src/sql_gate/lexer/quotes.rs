//! Texts, names and bodies in quotes.

use super::super::statement::{Token, grow};
use super::hunt::ProgramHunt;
use super::{Gap, Lexer, Mode, Quote, plain};

impl Lexer {
    pub(super) fn quote_byte(&mut self, byte: u8, quote: Quote) {
        if byte == b'\'' && quote.has_escapes && quote.is_escaped {
            grow(&mut self.word, byte);
            self.mode = Mode::Quote(Quote { is_escaped: false, ..quote });
            return;
        }
        if byte == b'\'' {
            self.mode = Mode::QuoteEnd(Quote { is_escaped: false, ..quote });
            return;
        }
        grow(&mut self.word, byte);
        let is_escaped = byte == b'\\' && !quote.is_escaped;
        self.mode = Mode::Quote(Quote { is_escaped, ..quote });
    }

    pub(super) fn quote_end(&mut self, byte: u8, quote: Quote) {
        // Two quotes are one that belongs to the text.
        if byte == b'\'' && !quote.is_bits {
            grow(&mut self.word, byte);
            self.mode = Mode::Quote(quote);
            return;
        }
        self.gap_byte(byte, quote, Gap::default());
    }

    /// Behind a closing quote. Where nothing but spaces, comments and at least one end of a line follows before
    /// the next quote, the text goes on, with the escapes that it began with.
    pub(super) fn gap_byte(&mut self, byte: u8, quote: Quote, gap: Gap) {
        let is_line_end = matches!(byte, b'\n' | b'\r');
        let next = if gap.is_comment {
            Gap { is_comment: !is_line_end, has_line_end: gap.has_line_end || is_line_end, ..gap }
        } else if gap.has_dash {
            if byte != b'-' {
                self.text_end();
                self.before = b'-';
                self.plain(byte);
                return;
            }
            Gap { is_comment: true, has_dash: false, ..gap }
        } else {
            match byte {
                b'\n' | b'\r' => Gap { has_line_end: true, ..gap },
                b' ' | b'\t' | 0x0c => gap,
                b'-' => Gap { has_dash: true, ..gap },
                b'\'' if gap.has_line_end => {
                    self.mode = Mode::Quote(quote);
                    return;
                }
                _ => {
                    // A space for newer versions alone.
                    if byte == 0x0b {
                        self.ambiguous();
                    }
                    self.text_end();
                    self.plain(byte);
                    return;
                }
            }
        };
        self.mode = Mode::QuoteGap(quote, next);
    }

    fn text_end(&mut self) {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.word)).into_owned();
        let setting = text.trim().to_ascii_lowercase();
        if self.statement.is_setting_by_function()
            && matches!(setting.as_str(), "standard_conforming_strings" | "client_encoding")
        {
            self.tally.refuse(self.line, "changes how the text is read", text.as_bytes());
        }
        self.token(Token::Text(text));
    }

    pub(super) fn name_end(&mut self, byte: u8) {
        if byte == b'"' {
            grow(&mut self.word, byte);
            self.mode = Mode::Name;
            return;
        }
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.word)).into_owned();
        self.token(Token::Name(text));
        self.plain(byte);
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
