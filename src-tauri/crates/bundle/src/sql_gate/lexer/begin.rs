//! Bodies of functions between BEGIN ATOMIC and END, in which semicolons end nothing.
//!
//! `psql` tells them by the first words of a statement; this is the same rule, with the second word, without
//! which the grammar knows no body.

/// How many bodies and cases are open.
#[derive(Debug, Clone, Default)]
pub(super) struct BeginDepth {
    /// The first letters of those among the first words that matter.
    first: [u8; 4],
    words: usize,
    depth: u64,
    /// The word before was BEGIN.
    is_after_begin: bool,
}

impl BeginDepth {
    pub(super) fn depth(&self) -> u64 {
        self.depth
    }

    /// What is no word.
    pub(super) fn other(&mut self) {
        self.is_after_begin = false;
    }

    pub(super) fn word(&mut self, word: &str, parens: u64) {
        if matches!(word, "create" | "function" | "procedure" | "or" | "replace")
            && let Some(place) = self.first.get_mut(self.words)
        {
            *place = word.as_bytes()[0];
        }
        self.words = self.words.saturating_add(1);
        let is_after_begin = std::mem::replace(&mut self.is_after_begin, word == "begin");
        let makes_function = matches!(self.first, [b'c', b'f' | b'p', ..] | [b'c', b'o', b'r', b'f' | b'p']);
        if !makes_function || parens > 0 {
            return;
        }
        match word {
            "atomic" if is_after_begin && self.depth == 0 => self.depth = 1,
            "case" if self.depth > 0 => self.depth += 1,
            "end" => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}
