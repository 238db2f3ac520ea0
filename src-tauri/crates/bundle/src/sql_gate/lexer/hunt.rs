//! Looks for `COPY … FROM PROGRAM` in the body of a function, where it is a statement in a text.

/// Letters of the words that are looked for.
const WORD_BYTES_MAX: usize = 8;

/// What was seen of it.
#[derive(Debug, Clone, Default)]
pub(super) struct ProgramHunt {
    word: Vec<u8>,
    has_copy: bool,
    is_after_direction: bool,
}

impl ProgramHunt {
    /// Takes a byte; true when it completes one.
    pub(super) fn byte(&mut self, byte: u8) -> bool {
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 {
            if self.word.len() <= WORD_BYTES_MAX {
                self.word.push(byte.to_ascii_lowercase());
            }
            return false;
        }
        if byte == b';' {
            *self = Self::default();
            return false;
        }
        if self.word.is_empty() {
            return false;
        }
        let found = self.has_copy && self.is_after_direction && self.word == b"program";
        self.has_copy |= self.word == b"copy";
        self.is_after_direction = self.word == b"from" || self.word == b"to";
        self.word.clear();
        found
    }
}
